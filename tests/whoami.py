#! /usr/bin/env python3
# Copyright (c) 2026 The ovs-l3ha authors.
# SPDX-License-Identifier: Apache-2.0
"""Tells who is seen as whom.

usage: whoami.py listen PORT...
       whoami.py tcp|udp ADDRESS PORT

The first answers every connection and every datagram to one of the ports, of
TCP and UDP, with "PEER PORT": the address that it comes from and the port that
it came to.  The second prints that answer; if there is none within a second,
it fails (exit status 1).
"""
import selectors
import socket
import sys


def listen(ports):
    selector = selectors.DefaultSelector()
    for port in ports:
        for kind in socket.SOCK_STREAM, socket.SOCK_DGRAM:
            sock = socket.socket(socket.AF_INET, kind)
            sock.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
            sock.bind(("", port))
            if kind == socket.SOCK_STREAM:
                sock.listen()
            selector.register(sock, selectors.EVENT_READ, (kind, port))
    print("listening", flush=True)
    while True:
        for key, _ in selector.select():
            kind, port = key.data
            if kind == socket.SOCK_STREAM:
                conn, peer = key.fileobj.accept()
                conn.sendall(b"%s %d" % (peer[0].encode(), port))
                conn.close()
            else:
                _, peer = key.fileobj.recvfrom(100)
                key.fileobj.sendto(b"%s %d" % (peer[0].encode(), port), peer)


def ask(kind, address, port):
    try:
        sock = socket.socket(socket.AF_INET, kind)
        sock.settimeout(1)
        sock.connect((address, port))
        if kind == socket.SOCK_DGRAM:
            sock.send(b"?")
        answer = sock.recv(100).decode()
    except OSError as e:
        sys.exit(str(e))
    if not answer:
        sys.exit("no answer")
    print(answer)


def main():
    if sys.argv[1] == "listen":
        listen([int(port) for port in sys.argv[2:]])
    kind = {"tcp": socket.SOCK_STREAM, "udp": socket.SOCK_DGRAM}
    ask(kind[sys.argv[1]], sys.argv[2], int(sys.argv[3]))


main()
