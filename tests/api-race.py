# Copyright (c) 2026 The ovs-l3ha authors.
# SPDX-License-Identifier: Apache-2.0

"""Creates ports through several servers at once.

usage: api-race.py NETWORK_ID N_PORTS CLIENTS URL...

Each of CLIENTS threads has a connection of its own to one of the servers and
creates its share of N_PORTS.  Prints how many answers of each status came;
the last line says how many different addresses were given out.
"""

import collections
import http.client
import json
import sys
import threading
import time
import urllib.parse


def client(url, network_id, n, results):
    where = urllib.parse.urlsplit(url)
    conn = http.client.HTTPConnection(where.hostname, where.port, timeout=60)
    body = json.dumps({"port": {"network_id": network_id}})
    for _ in range(n):
        start = time.monotonic()
        conn.request("POST", "/v2.0/ports", body,
                     {"Content-Type": "application/json"})
        answer = conn.getresponse()
        data = json.loads(answer.read())
        results.append((answer.status, data, time.monotonic() - start))


def main():
    network_id, n_ports, n_clients = sys.argv[1], int(sys.argv[2]), int(
        sys.argv[3])
    urls = sys.argv[4:]
    results = []
    threads = [threading.Thread(target=client, args=(
        urls[i % len(urls)], network_id, n_ports // n_clients, results))
        for i in range(n_clients)]
    start = time.monotonic()
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    elapsed = time.monotonic() - start

    statuses = collections.Counter(status for status, _, _ in results)
    for status, n in sorted(statuses.items()):
        print("%d: %d" % (status, n))
    ips = [ip["ip_address"] for status, data, _ in results if status == 201
           for ip in data["port"]["fixed_ips"]]
    macs = [data["port"]["mac_address"] for status, data, _ in results
            if status == 201]
    times = sorted(t for _, _, t in results)
    print("%.0f per second, median %.1f ms" % (
        len(results) / elapsed, times[len(times) // 2] * 1000),
        file=sys.stderr)
    if len(set(ips)) != len(ips) or len(set(macs)) != len(macs):
        print("an address was given out twice")
    print("%d addresses" % len(set(ips)))


main()
