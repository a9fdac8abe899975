#! /usr/bin/env python3
# Copyright (c) 2026 The ovs-l3ha authors.
# SPDX-License-Identifier: Apache-2.0

"""The metadata service of the sandbox's controller, in the place of Nova's.

It believes who an instance is only if the id is signed, as Nova does, and
tells it its id, its project and its address.  GET /headers shows the request
as it came in.

metadata-service.py CONFIG-FILE PIDFILE [PORTFILE]"""

import configparser
import hashlib
import hmac
import http.server
import json
import os
import sys


class Handler(http.server.BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"

    def answer(self, status, text, content_type="text/plain"):
        body = text.encode()
        self.send_response(status)
        self.send_header("Content-Type", content_type)
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        if self.command != "HEAD":
            self.wfile.write(body)

    def instance(self):
        """Returns the id, or None after a refusal."""
        instance = self.headers.get("X-Instance-ID")
        signature = self.headers.get("X-Instance-ID-Signature", "")
        if (len(self.headers.get_all("X-Instance-ID", [])) != 1
                or not self.headers.get("X-Tenant-ID")):
            self.answer(400, "headers of the metadata agent are missing\n")
            return None
        expected = hmac.new(self.server.secret, instance.encode(),
                            hashlib.sha256).hexdigest()
        if not hmac.compare_digest(expected, signature):
            self.answer(403, "invalid signature\n")
            return None
        return instance

    def do_GET(self):
        length = int(self.headers.get("Content-Length") or 0)
        body = self.rfile.read(length)
        instance = self.instance()
        if instance is None:
            return
        address = self.headers.get("X-Forwarded-For", "")
        meta_data = {"instance-id": instance, "local-ipv4": address,
                     "hostname": "host-" + address.replace(".", "-")
                                                  .replace(":", "-")}
        directory = "/latest/meta-data/"
        if self.path == "/headers":
            self.answer(200, json.dumps({"request": self.requestline,
                                         "headers": self.headers.items(),
                                         "body": body.decode("latin1")})
                        + "\n", "application/json")
        elif self.path == directory:
            self.answer(200, "\n".join(sorted(meta_data)))
        elif self.path[len(directory):] in meta_data:
            self.answer(200, meta_data[self.path[len(directory):]])
        elif self.path == "/openstack/latest/meta_data.json":
            self.answer(200, json.dumps({
                "uuid": instance,
                "project_id": self.headers["X-Tenant-ID"],
                "hostname": meta_data["hostname"]}), "application/json")
        elif self.path == "/latest/user-data":
            self.answer(200, "#! /bin/sh\n" + 3000 * "echo sandbox\n")
        else:
            self.answer(404, "there is no " + self.path + "\n")

    do_HEAD = do_POST = do_PUT = do_GET


def main():
    config = configparser.ConfigParser(interpolation=None)
    config.read(sys.argv[1])
    server = http.server.ThreadingHTTPServer(
        (config["DEFAULT"]["nova_metadata_host"],
         config.getint("DEFAULT", "nova_metadata_port", fallback=8775)),
        Handler)
    server.daemon_threads = True
    server.secret = config.get("DEFAULT", "metadata_proxy_shared_secret",
                               fallback="").encode()
    for name, value in zip(sys.argv[2:], (os.getpid(), server.server_port)):
        with open(name, "w") as stream:
            print(value, file=stream)
    server.serve_forever()


main()
