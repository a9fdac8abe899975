#! /usr/bin/env python3
# Copyright (c) 2026 The ovs-l3ha authors.
# SPDX-License-Identifier: Apache-2.0
"""One TCP connection over which one side sends a line with a number every
10 ms; the receiving side prints each line that it gets.

usage: tcp-lines.py listen|connect send|receive ADDRESS PORT

A missing line or a connection that ends is an error (exit status 1).
"""
import socket
import sys
import time


def send(conn):
    number = 0
    while True:
        number += 1
        conn.sendall(b"%d\n" % number)
        time.sleep(0.01)


def receive(conn):
    expected = 1
    for line in conn.makefile("r"):
        if int(line) != expected:
            sys.exit("got %s instead of %d" % (line.strip(), expected))
        print(expected, flush=True)
        expected += 1
    sys.exit("the connection has ended")


def main():
    how, what, address, port = sys.argv[1:]
    if how == "listen":
        listener = socket.create_server((address, int(port)))
        print("listening", flush=True)
        conn, _ = listener.accept()
    else:
        conn = socket.create_connection((address, int(port)), timeout=5)
        conn.settimeout(None)
    if what == "send":
        send(conn)
    else:
        receive(conn)


main()
