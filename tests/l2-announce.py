# Copyright (c) 2026 The ovs-l3ha authors.
# SPDX-License-Identifier: Apache-2.0
"""A router that moves, with real packets.

usage: l2-announce.py LIMIT

"v" is where a VM is plugged, "r" where this host's copy of a router is, and
"x" leads to the other copy through the physical bridge.  The active copy and
the VM send to each other all the time, once a millisecond, so the switch has
every flow cached and always has packets of the last place that it has not
learned from yet.  Then the other copy announces itself by one gratuitous ARP.
Fails unless the VM's packets go there within LIMIT milliseconds and stay.
"""
import socket
import struct
import sys
import threading
import time


def mac(s):
    return bytes.fromhex(s.replace(":", ""))


ROUTER = mac("fa:16:3e:00:00:14")
VM = mac("fa:16:3e:00:00:11")
BROADCAST = b"\xff" * 6
ROUTER_IP = bytes([10, 1, 0, 1])
VM_IP = bytes([10, 1, 0, 9])
PACKET_OUTGOING = 4

GARP = (BROADCAST + ROUTER + struct.pack("!HHHBBH", 0x806, 1, 0x800, 6, 4, 1)
        + ROUTER + ROUTER_IP + BROADCAST + ROUTER_IP).ljust(60, b"\0")


def udp(dst, src, dst_ip, src_ip):
    header = struct.pack("!BBHHHBBH4s4s", 0x45, 0, 60, 0, 0, 64, 17, 0,
                         src_ip, dst_ip)
    return (dst + src + b"\x08\x00" + header
            + struct.pack("!HHHH", 7, 7, 40, 0) + bytes(32))


class Traffic:
    def __init__(self):
        self.sockets = {}
        for name in "vrx":
            sock = socket.socket(socket.AF_PACKET, socket.SOCK_RAW,
                                 socket.htons(3))
            sock.bind((name, 0))
            self.sockets[name] = sock
        self.active = "r"
        self.seen = []          # (time, interface) of the VM's packets.
        for name in "rx":
            threading.Thread(target=self.receive, args=(name,),
                             daemon=True).start()

    def receive(self, name):
        while True:
            data, address = self.sockets[name].recvfrom(2000)
            if (address[2] != PACKET_OUTGOING and data[:6] == ROUTER
                    and data[6:12] == VM):
                self.seen.append((time.monotonic(), name))

    def send(self):
        to_router = udp(ROUTER, VM, ROUTER_IP, VM_IP)
        to_vm = udp(VM, ROUTER, VM_IP, ROUTER_IP)
        while True:
            active = self.active
            self.sockets["v"].send(to_router)
            self.sockets[active].send(to_vm)
            time.sleep(0.001)

    def move(self, to, watch):
        """Moves the router and returns the time in ms until the first packet
        came there and until the last one went elsewhere."""
        start = time.monotonic()
        # One assignment, so that the old place sends nothing after this.
        self.active = to
        self.seen = []
        self.sockets[to].send(GARP)
        time.sleep(watch)
        seen = self.seen
        there = [t for t, name in seen if name == to]
        elsewhere = [t for t, name in seen if name != to]
        return ((min(there) - start) * 1000 if there else float("inf"),
                (max(elsewhere) - start) * 1000 if elsewhere else 0.0)


def main():
    limit = float(sys.argv[1])
    failed = False
    traffic = Traffic()
    traffic.sockets["r"].send(GARP)
    threading.Thread(target=traffic.send, daemon=True).start()
    traffic.move("r", 2)
    soon = limit / 1000 + 1
    # The last one watches beyond the time for which data teaches nothing.
    for to, watch in (("x", soon), ("r", soon), ("x", soon), ("r", soon),
                      ("x", 7)):
        first, last = traffic.move(to, watch)
        print("to %s: there after %.1f ms, last elsewhere after %.1f ms"
              % (to, first, last))
        failed |= first > limit or last > limit
    return failed


sys.exit(main())
