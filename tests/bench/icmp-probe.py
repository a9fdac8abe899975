#! /usr/bin/env python3
# Copyright (c) 2026 The ovs-l3ha authors.
# SPDX-License-Identifier: Apache-2.0
"""Sends an ICMP echo request to each of many addresses every INTERVAL seconds
until it gets SIGTERM, then prints for each address, a line each, when the
longest time without an answer began and ended, in microseconds since the
epoch, and the address; the start and the end of the program count like
answers.

usage: icmp-probe.py INTERVAL ADDRESS...
"""
import os
import selectors
import signal
import socket
import struct
import sys
import time


def checksum(data):
    total = sum(struct.unpack("!%dH" % (len(data) // 2), data))
    total = (total >> 16) + (total & 0xffff)
    return ~(total + (total >> 16)) & 0xffff


def echo_request(ident, seq):
    header = struct.pack("!BBHHH", 8, 0, 0, ident, seq & 0xffff)
    return struct.pack("!BBHHH", 8, 0, checksum(header), ident, seq & 0xffff)


def main():
    interval = float(sys.argv[1])
    addresses = sys.argv[2:]
    last = dict.fromkeys(addresses, time.time_ns() // 1000)
    longest = dict.fromkeys(addresses, (0, 0))

    def answered(address, now):
        gap = longest[address]
        if now - last[address] > gap[1] - gap[0]:
            longest[address] = (last[address], now)

    ident = os.getpid() & 0xffff
    stop = []

    def finish(_signum, _frame):
        stop.append(True)
    signal.signal(signal.SIGTERM, finish)

    sock = socket.socket(socket.AF_INET, socket.SOCK_RAW,
                         socket.IPPROTO_ICMP)
    sock.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 4 << 20)
    sock.setblocking(False)
    selector = selectors.DefaultSelector()
    selector.register(sock, selectors.EVENT_READ)
    send_at = time.monotonic()
    seq = 0
    while not stop:
        now = time.monotonic()
        if now >= send_at:
            send_at = max(send_at + interval, now)
            seq += 1
            request = echo_request(ident, seq)
            for address in addresses:
                try:
                    sock.sendto(request, (address, 0))
                except OSError:
                    pass        # Nobody answers its ARP requests.
        selector.select(max(send_at - time.monotonic(), 0))
        now = time.time_ns() // 1000
        while True:
            try:
                data, (address, _) = sock.recvfrom(2048)
            except BlockingIOError:
                break
            reply = data[(data[0] & 15) * 4:]
            if (reply[0] == 0 and address in last
                    and struct.unpack("!H", reply[4:6])[0] == ident):
                answered(address, now)
                last[address] = now
    now = time.time_ns() // 1000
    for address in addresses:
        answered(address, now)
        print(*longest[address], address)


main()
