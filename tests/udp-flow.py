# Copyright (c) 2026 The ovs-l3ha authors.
# SPDX-License-Identifier: Apache-2.0
"""A steady stream of UDP packets, to see how much of it arrives.

usage: udp-flow.py sink PORT
       udp-flow.py send ADDRESS PORT NUMBER

"sink" prints a line for each packet.  "send" sends NUMBER packets of 1000
bytes, one each millisecond if it gets to run, and prints how many
milliseconds that took.
"""
import socket
import sys
import time


def sink(port):
    sock = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
    sock.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 4 << 20)
    sock.bind(("", port))
    print("listening", flush=True)
    while True:
        sock.recv(2000)
        print("packet", flush=True)


def send(address, port, number):
    sock = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
    sock.connect((address, port))
    begin = time.monotonic()
    for i in range(number):
        time.sleep(max(0, begin + i / 1000 - time.monotonic()))
        sock.send(b"x" * 1000)
    print(int((time.monotonic() - begin) * 1000))


def main():
    if sys.argv[1] == "sink":
        sink(int(sys.argv[2]))
    else:
        send(sys.argv[2], int(sys.argv[3]), int(sys.argv[4]))


main()
