# Copyright (c) 2026 The ovs-l3ha authors.
# SPDX-License-Identifier: Apache-2.0

"""A client that creates ports and goes to another server when one is away.

usage: api-restart.py NETWORK_ID FILE URL...

Until FILE exists, creates ports one after the other on a connection that is
kept open; a request that gets no answer is sent to the next server.  Prints
how many were created and, each on a line, answers that are not 201.
"""

import http.client
import json
import os
import sys
import urllib.parse


def main():
    network_id, stop_file, urls = sys.argv[1], sys.argv[2], sys.argv[3:]
    body = json.dumps({"port": {"network_id": network_id, "fixed_ips": []}})
    created, i, conn = 0, 0, None
    while not os.path.exists(stop_file):
        try:
            if conn is None:
                where = urllib.parse.urlsplit(urls[i % len(urls)])
                conn = http.client.HTTPConnection(where.hostname, where.port,
                                                  timeout=30)
            conn.request("POST", "/v2.0/ports", body,
                         {"Content-Type": "application/json"})
            answer = conn.getresponse()
            text = answer.read()
        except (OSError, http.client.HTTPException):
            conn, i = None, i + 1
            continue
        if answer.status == 201:
            created += 1
        else:
            print(answer.status, text.decode())
        with open(stop_file + ".count", "w") as f:
            f.write("%d %d\n" % (created, i))
    print("created %d" % created)


main()
