# Copyright (c) 2026 The ovs-l3ha authors.
# SPDX-License-Identifier: Apache-2.0
"""TCP connections that show when a firewall cuts them.

usage: tcp-echo.py serve ADDRESS PORT...
       tcp-echo.py talk ADDRESS PORT
       tcp-echo.py try ADDRESS PORT

"serve" sends back what it gets.  "talk" opens one connection, says something
every 20 ms and prints "answer" for each answer, and "silence" when there is
none for a second.  "try" opens a connection and fails unless that succeeds
within a second.
"""
import socket
import sys
import threading


def echo(conn):
    try:
        while True:
            data = conn.recv(4096)
            if not data:
                break
            conn.sendall(data)
    except OSError:
        pass


def serve(address, ports):
    listeners = [socket.create_server(
        (address, int(port)),
        family=socket.AF_INET6 if ":" in address else socket.AF_INET)
        for port in ports]

    def accept(listener):
        while True:
            conn, _ = listener.accept()
            threading.Thread(target=echo, args=(conn,), daemon=True).start()

    threads = [threading.Thread(target=accept, args=(listener,))
               for listener in listeners]
    for thread in threads:
        thread.start()
    print("listening", flush=True)


def talk(address, port):
    conn = socket.create_connection((address, int(port)), timeout=5)
    conn.settimeout(1)
    pause = threading.Event()
    pending = 0
    while True:
        if not pending:
            conn.sendall(b"x")
            pending = 1
        try:
            if not conn.recv(1):
                sys.exit("the connection has ended")
            pending = 0
            print("answer", flush=True)
        except socket.timeout:
            print("silence", flush=True)
        pause.wait(0.02)


def main():
    if sys.argv[1] == "serve":
        serve(sys.argv[2], sys.argv[3:])
    elif sys.argv[1] == "talk":
        talk(sys.argv[2], sys.argv[3])
    else:
        socket.create_connection((sys.argv[2], int(sys.argv[3])),
                                 timeout=1).close()


main()
