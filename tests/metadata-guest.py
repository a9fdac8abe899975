#! /usr/bin/env python3
# Copyright (c) 2026 The ovs-l3ha authors.
# SPDX-License-Identifier: Apache-2.0

"""A guest that speaks with the metadata service as it likes.

metadata-guest.py ADDRESS PORT SOURCE ask FILE
    sends the content of FILE and prints the status of the answer.
metadata-guest.py ADDRESS PORT SOURCE hold FILE N
    sends it on N connections at a time, waits until all but 16 of them were
    closed by the other side, and prints how many were.
metadata-guest.py ADDRESS PORT SOURCE flood N
    holds N connections open, half of them with an unfinished line, the others
    with as much of a header as is accepted, and opens a new one for each that
    is closed.  Prints "ready" when all were made once; goes on until killed.

SOURCE is the address to come from, "" for any."""

import resource
import selectors
import socket
import sys

HALF = b"GET /latest/meta-data/ HTTP/1.1\r\nHost: 169.254.169.254\r\n"
FULL = HALF + b"X-Padding: " + 7900 * b"x"


class Guest:
    def __init__(self, address, port, source):
        self.address = (address, int(port))
        self.source = (source, 0) if source else None
        self.selector = selectors.DefaultSelector()

    def connect(self, text):
        sock = socket.create_connection(self.address, 10, self.source)
        sock.sendall(text)
        return sock

    def watch(self, sock, text):
        sock.setblocking(False)
        self.selector.register(sock, selectors.EVENT_READ, text)

    def closed(self, timeout=None):
        """Returns what was sent on each connection that was closed."""
        texts = []
        for key, _ in self.selector.select(timeout):
            try:
                if key.fileobj.recv(4096):
                    continue
            except OSError:
                pass
            self.selector.unregister(key.fileobj)
            key.fileobj.close()
            texts.append(key.data)
        return texts

    def ask(self, text):
        sock = self.connect(text)
        answer = b""
        while b"\r\n" not in answer:
            data = sock.recv(4096)
            if not data:
                break
            answer += data
        print(answer.decode().partition(" ")[2].partition("\r\n")[0])

    def hold(self, text, n):
        for _ in range(n):
            self.watch(self.connect(text), text)
        n_closed = 0
        while n_closed < n - 16:
            n_closed += len(self.closed())
        print("%d of %d closed" % (n_closed + len(self.closed(0)), n))

    def flood(self, n):
        made = 0
        texts = [HALF if i % 2 else FULL for i in range(n)]
        while True:
            for text in texts:
                try:
                    self.watch(self.connect(text), text)
                    made += 1
                    if made == n:
                        print("ready", flush=True)
                except OSError:
                    pass
            texts = self.closed()


def main():
    hard = resource.getrlimit(resource.RLIMIT_NOFILE)[1]
    resource.setrlimit(resource.RLIMIT_NOFILE, (hard, hard))
    guest = Guest(*sys.argv[1:4])
    command = sys.argv[4]
    if command == "flood":
        guest.flood(int(sys.argv[5]))
    with open(sys.argv[5], "rb") as stream:
        text = stream.read()
    if command == "ask":
        guest.ask(text)
    else:
        guest.hold(text, int(sys.argv[6]))


main()
