#! /usr/bin/env python3
# Copyright (c) 2026 The ovs-l3ha authors.
# SPDX-License-Identifier: Apache-2.0

"""A guest that speaks with the metadata service as it likes.

metadata-guest.py ADDRESS PORT SOURCE ask FILE
    sends the content of FILE and prints the status of the answer.
metadata-guest.py ADDRESS PORT SOURCE drip FILE
    sends it byte by byte, one each 50 ms, until there is an answer, and prints
    the status of that.
metadata-guest.py ADDRESS PORT SOURCE hold FILE N
    sends it on N connections at a time, waits until all but 16 of them were
    closed by the other side, and prints how many were.
metadata-guest.py ADDRESS PORT SOURCE flood N
    holds N connections open, each with one of the TEXTS, and opens a new one
    for each that is closed.  Prints "ready" when all were made once; goes on
    until killed.

SOURCE is the address to come from, "" for any."""

import resource
import select
import socket
import sys

HALF = b"GET /latest/meta-data/ HTTP/1.1\r\nHost: 169.254.169.254\r\n"

# An unfinished header, as much of one as is accepted, more than that; most of
# a body, one that is too long; a request with others after it; one byte (and
# then another one now and again); a request whose answer is not read.
DRIP = b"G"
UNREAD = b"GET /latest/user-data HTTP/1.1\r\n\r\n"
TEXTS = [
    HALF,
    HALF + b"X-Padding: " + 7900 * b"x",
    HALF + b"X-Padding: " + 20000 * b"x",
    b"PUT / HTTP/1.1\r\nContent-Length: 8192\r\n\r\n" + 8000 * b"x",
    b"PUT / HTTP/1.1\r\nContent-Length: 1000000000\r\n\r\n" + 20000 * b"x",
    HALF + b"\r\n" + 1000 * b"GET / HTTP/1.1\r\n\r\n",
    DRIP,
    UNREAD,
]


class Guest:
    def __init__(self, address, port, source):
        self.address = (address, int(port))
        self.source = (source, 0) if source else None
        self.epoll = select.epoll()
        self.socks = {}

    def connect(self, text):
        sock = socket.create_connection(self.address, 10, self.source)
        sock.sendall(text)
        return sock

    def watch(self, sock, text):
        sock.setblocking(False)
        self.socks[sock.fileno()] = sock, text
        self.epoll.register(sock, select.EPOLLRDHUP if text is UNREAD
                            else select.EPOLLIN)

    def closed(self, timeout=None):
        """Returns what was sent on each connection that was closed."""
        texts = []
        for fd, _ in self.epoll.poll(timeout):
            sock, text = self.socks[fd]
            try:
                if text is not UNREAD and sock.recv(4096):
                    continue
            except OSError:
                pass
            del self.socks[fd]
            sock.close()
            texts.append(text)
        return texts

    def ask(self, text):
        self.print_status(self.connect(text))

    def drip(self, text):
        sock = self.connect(b"")
        while text and not select.select([sock], [], [], 0.05)[0]:
            sock.sendall(text[:1])
            text = text[1:]
        self.print_status(sock)

    def print_status(self, sock):
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
        texts = [TEXTS[i % len(TEXTS)] for i in range(n)]
        while True:
            for text in texts:
                try:
                    self.watch(self.connect(text), text)
                    made += 1
                    if made == n:
                        print("ready", flush=True)
                except OSError:
                    pass
            texts = self.closed(0.05)
            for sock, text in self.socks.values():
                if text is DRIP:
                    try:
                        sock.send(b"x")
                    except OSError:
                        pass


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
    elif command == "drip":
        guest.drip(text)
    else:
        guest.hold(text, int(sys.argv[6]))


main()
