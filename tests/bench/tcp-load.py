#! /usr/bin/env python3
# Copyright (c) 2026 The ovs-l3ha authors.
# SPDX-License-Identifier: Apache-2.0
"""Many TCP connections, on each of which only one side sends: on every second
one the side that connected, on the others the side that listened.

usage: tcp-load.py listen ADDRESS PORT
       tcp-load.py connect ADDRESS PORT NUMBER

Five times a second each side prints on how many connections it has received
something during the last second.  The two figures add up to the number of
connections that are alive.  A connection that is closed or reset is not.
"""
import selectors
import socket
import sys
import time

SEND_INTERVAL = 0.1
REPORT_INTERVAL = 0.2
ALIVE = 1.0


class Load:
    def __init__(self):
        self.selector = selectors.DefaultSelector()
        self.heard = {}         # Receiving connection -> time.
        self.sending = []

    def drop(self, conn):
        if conn in self.heard:
            del self.heard[conn]
        if conn in self.sending:
            self.sending.remove(conn)
        self.selector.unregister(conn)
        conn.close()

    def add(self, conn):
        conn.setblocking(False)
        self.selector.register(conn, selectors.EVENT_READ, "data")

    def send(self):
        for conn in list(self.sending):
            try:
                conn.send(b"x")
            except BlockingIOError:
                pass            # It is waiting for acknowledgements.
            except OSError:
                self.drop(conn)

    def receive(self, conn):
        try:
            data = conn.recv(4096)
        except OSError:
            data = b""
        if not data:
            self.drop(conn)
        elif conn not in self.heard and conn not in self.sending:
            # The first byte says who is to send from now on.
            if data[:1] == b"s":
                self.sending.append(conn)
            else:
                self.heard[conn] = time.monotonic()
        elif conn in self.heard:
            self.heard[conn] = time.monotonic()

    def run(self, listener=None):
        if listener:
            self.selector.register(listener, selectors.EVENT_READ, "new")
        send_at = report_at = time.monotonic()
        while True:
            now = time.monotonic()
            if now >= send_at:
                send_at = max(send_at + SEND_INTERVAL, now)
                self.send()
            if now >= report_at:
                report_at = max(report_at + REPORT_INTERVAL, now)
                print(sum(now - t < ALIVE for t in self.heard.values()),
                      flush=True)
            timeout = min(send_at, report_at) - time.monotonic()
            for key, _ in self.selector.select(max(timeout, 0)):
                if key.data == "new":
                    self.add(listener.accept()[0])
                else:
                    self.receive(key.fileobj)


def main():
    how, address, port = sys.argv[1:4]
    load = Load()
    if how == "listen":
        load.run(socket.create_server((address, int(port)), backlog=512))
    for i in range(int(sys.argv[4])):
        conn = socket.create_connection((address, int(port)), timeout=10)
        conn.sendall(b"sr"[i % 2:i % 2 + 1])
        load.add(conn)
        if i % 2:
            load.sending.append(conn)
        else:
            load.heard[conn] = 0
    load.run()


main()
