# Copyright (c) 2026 The ovs-l3ha authors.
# SPDX-License-Identifier: Apache-2.0

"""Creates objects through several servers at once.

usage: api-race.py COLLECTION BODY NUMBER CLIENTS URL...

Each of CLIENTS threads has a connection of its own to one of the servers and
creates its share of NUMBER objects from BODY (JSON, the object without its
envelope).  Prints how many answers of each status came, and how many
different values there are of what must be unique: addresses and MACs of
ports, segments of networks.
"""

import collections
import http.client
import json
import sys
import threading
import time
import urllib.parse

UNIQUE = {
    "ports": lambda port: (
        [("MAC", port["mac_address"])]
        + [("address", ip["ip_address"]) for ip in port["fixed_ips"]]),
    "networks": lambda network: [
        ("segment", network["provider:segmentation_id"])],
    "routers": lambda router: [("id", router["id"])],
}


def client(url, path, body, n, results):
    where = urllib.parse.urlsplit(url)
    conn = http.client.HTTPConnection(where.hostname, where.port, timeout=60)
    for _ in range(n):
        start = time.monotonic()
        conn.request("POST", path, body, {"Content-Type": "application/json"})
        answer = conn.getresponse()
        data = json.loads(answer.read())
        results.append((answer.status, data, time.monotonic() - start))


def main():
    collection, body = sys.argv[1], json.loads(sys.argv[2])
    n, n_clients = int(sys.argv[3]), int(sys.argv[4])
    urls = sys.argv[5:]
    name = collection[:-1]
    body = json.dumps({name: body})
    results = []
    threads = [threading.Thread(target=client, args=(
        urls[i % len(urls)], "/v2.0/" + collection, body, n // n_clients,
        results)) for i in range(n_clients)]
    start = time.monotonic()
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    elapsed = time.monotonic() - start

    statuses = collections.Counter(status for status, _, _ in results)
    for status, count in sorted(statuses.items()):
        print("%d: %d" % (status, count))
    values = collections.defaultdict(set)
    for status, data, _ in results:
        if status == 201:
            for what, value in UNIQUE[collection](data[name]):
                values[what].add(value)
        else:
            print(data, file=sys.stderr)
    for what, different in sorted(values.items()):
        print("%s: %d" % (what, len(different)))
    times = sorted(t for _, _, t in results)
    print("%.0f per second, median %.1f ms" % (
        len(results) / elapsed, times[len(times) // 2] * 1000),
        file=sys.stderr)


main()
