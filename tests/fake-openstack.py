# Copyright (c) 2026 The ovs-l3ha authors.
# SPDX-License-Identifier: Apache-2.0

"""What ovs-l3ha-server needs of Keystone and Nova, and records what it asks.

usage: fake-openstack.py PORT DIRECTORY

PORT 0: the kernel chooses one.  In DIRECTORY:

  port      is written when requests are answered: the port
  tokens    is read: a line for each token of a user, TOKEN PROJECT ROLES;
            a token that is not in it is not valid
  log       is written: METHOD PATH [TOKEN]
  events    is written: NAME STATUS SERVER PORT of each event for Nova
  refuse    if it exists, Nova answers 503

The server's own user is "neutron" with password "secret".  Its tokens are not
known to a process that was started later.
"""

import http.server
import json
import os
import sys
import uuid

EXPIRES = "2099-01-01T00:00:00.000000Z"
service_tokens = set()


class Handler(http.server.BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"

    def log_message(self, *args):
        pass

    def answer(self, status, body, headers=()):
        data = json.dumps(body).encode()
        self.send_response(status)
        for name, value in headers:
            self.send_header(name, value)
        self.send_header("Content-Type", "application/json")
        self.send_header("Content-Length", str(len(data)))
        self.end_headers()
        self.wfile.write(data)

    def record(self, name, *words):
        with open(os.path.join(self.server.directory, name), "a") as f:
            f.write(" ".join(words) + "\n")

    def is_ours(self):
        return self.headers.get("X-Auth-Token") in service_tokens

    def do_GET(self):
        subject = self.headers.get("X-Subject-Token", "")
        self.record("log", "GET", self.path, subject)
        if not self.is_ours():
            self.answer(401, {"error": {"code": 401}})
            return
        with open(os.path.join(self.server.directory, "tokens")) as f:
            for line in f:
                token, project, roles = line.split()
                if token == subject:
                    self.answer(200, {"token": {
                        "project": {"id": project},
                        "user": {"id": "u-" + project},
                        "roles": [{"name": r} for r in roles.split(",")],
                        "expires_at": EXPIRES}})
                    return
        self.answer(404, {"error": {"code": 404}})

    def do_POST(self):
        body = json.loads(
            self.rfile.read(int(self.headers["Content-Length"])))
        self.record("log", "POST", self.path)
        if self.path == "/v3/auth/tokens":
            user = body["auth"]["identity"]["password"]["user"]
            if (user["name"], user["password"]) != ("neutron", "secret"):
                self.answer(401, {"error": {"code": 401}})
                return
            token = "service-" + uuid.uuid4().hex
            service_tokens.add(token)
            base = "http://127.0.0.1:%d" % self.server.server_port
            self.answer(201, {"token": {
                "expires_at": EXPIRES,
                "catalog": [{"type": "compute", "endpoints": [
                    {"interface": "public", "region": "here",
                     "url": base + "/compute/v2.1"}]}]}},
                [("X-Subject-Token", token)])
        elif not self.path.startswith("/open/") and not self.is_ours():
            self.answer(401, {"error": {"code": 401}})
        elif os.path.exists(os.path.join(self.server.directory, "refuse")):
            self.answer(503, {"error": {"code": 503}})
        else:
            for e in body["events"]:
                self.record("events", e["name"], e["status"],
                            e["server_uuid"], e["tag"])
            self.answer(200, {"events": body["events"]})


server = http.server.ThreadingHTTPServer(("127.0.0.1", int(sys.argv[1])),
                                         Handler)
server.directory = sys.argv[2]
with open(os.path.join(sys.argv[2], "port"), "w") as f:
    f.write("%d\n" % server.server_port)
server.serve_forever()
