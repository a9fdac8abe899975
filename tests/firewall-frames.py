# Copyright (c) 2026 The ovs-l3ha authors.
# SPDX-License-Identifier: Apache-2.0
"""Frames of an attacker, and a witness who notes which of them arrive.

usage: firewall-frames.py listen DEVICE
       firewall-frames.py attack DEVICE MAC IP IP6 VICTIM-MAC VICTIM-IP
                                 VICTIM-IP6 ROUTER-MAC ROUTER-IP
       firewall-frames.py tunnel FROM TO VNI NAME VICTIM-MAC

Every frame ends in "frame=NAME;".  "listen" prints each NAME that it gets.
"attack" sends from MAC and its addresses what it must not, then the frame
"honest", which it may: whoever has got that has got all.  "tunnel" sends one
frame to VICTIM-MAC in a VXLAN packet between two addresses.
"""
import ipaddress
import socket
import struct
import sys

BROADCAST = b"\xff" * 6
PACKET_OUTGOING = 4


def mac(text):
    return bytes.fromhex(text.replace(":", ""))


def ip(text):
    return ipaddress.ip_address(text).packed


def checksum(data):
    if len(data) % 2:
        data += b"\0"
    total = sum(struct.unpack("!%dH" % (len(data) // 2), data))
    while total >> 16:
        total = (total & 0xffff) + (total >> 16)
    return ~total & 0xffff


def ether(dst, src, ethertype, payload):
    return dst + src + struct.pack("!H", ethertype) + payload


def ipv4(src, dst, proto, payload):
    header = struct.pack("!BBHHHBBH4s4s", 0x45, 0, 20 + len(payload), 0, 0, 64,
                         proto, 0, src, dst)
    return (header[:10] + struct.pack("!H", checksum(header)) + header[12:]
            + payload)


def ipv6(src, dst, proto, payload):
    return struct.pack("!IHBB16s16s", 6 << 28, len(payload), proto, 255, src,
                       dst) + payload


def pseudo(src, dst, proto, payload):
    if len(src) == 4:
        return src + dst + struct.pack("!BBH", 0, proto, len(payload))
    return src + dst + struct.pack("!II", len(payload), proto)


def udp(src, dst, sport, dport, data):
    datagram = struct.pack("!HHHH", sport, dport, 8 + len(data), 0) + data
    total = checksum(pseudo(src, dst, 17, datagram) + datagram) or 0xffff
    return datagram[:6] + struct.pack("!H", total) + datagram[8:]


def icmp6(src, dst, kind, body):
    message = struct.pack("!BBH", kind, 0, 0) + body
    total = checksum(pseudo(src, dst, 58, message) + message)
    return message[:2] + struct.pack("!H", total) + message[4:]


def arp(op, sha, spa, tha, tpa):
    return struct.pack("!HHBBH", 1, 0x800, 6, 4, op) + sha + spa + tha + tpa


def name(text):
    return b"frame=" + text.encode() + b";"


class Attack:
    def __init__(self, device, *args):
        self.sock = socket.socket(socket.AF_PACKET, socket.SOCK_RAW)
        self.sock.bind((device, 0))
        self.mac, self.vmac, self.rmac = (mac(args[i]) for i in (0, 3, 6))
        self.ip, self.ip6, self.vip, self.vip6, self.rip = (
            ip(args[i]) for i in (1, 2, 4, 5, 7))

    def send(self, text, frame):
        self.sock.send(frame.ljust(60, b"\0") + name(text))

    def data4(self, text, src_mac, src, dst_mac=None):
        """UDP to the victim."""
        payload = ipv4(src, self.vip, 17,
                       udp(src, self.vip, 9, 9, name(text)))
        self.send(text, ether(dst_mac or self.vmac, src_mac, 0x800, payload))

    def data6(self, text, src_mac, src):
        payload = ipv6(src, self.vip6, 17,
                       udp(src, self.vip6, 9, 9, name(text)))
        self.send(text, ether(self.vmac, src_mac, 0x86dd, payload))

    def arp(self, text, src_mac, sha, spa, op=1):
        for dst in BROADCAST, self.vmac:
            self.send(text, ether(dst, src_mac, 0x806,
                                  arp(op, sha, spa, BROADCAST, self.vip)))

    def nd(self, text, src_mac, src, kind, target, option):
        dst = self.vip6
        body = target + struct.pack("!BB", 1 if kind == 135 else 2,
                                    1) + option
        flags = b"\0\0\0\0" if kind == 135 else b"\x20\0\0\0"
        payload = ipv6(src, dst, 58, icmp6(src, dst, kind, flags + body))
        self.send(text, ether(self.vmac, src_mac, 0x86dd, payload))

    def run(self):
        other_mac = mac("fa:16:3e:66:66:66")
        self.data4("source-mac", other_mac, self.ip)
        self.data4("victims-mac", self.vmac, self.ip)
        self.data4("router-mac", self.rmac, self.rip)
        self.data4("source-ip", self.mac, self.rip)
        self.data6("source-ip6", self.mac, self.vip6)
        self.arp("arp-spa", self.mac, self.mac, self.rip)
        self.arp("arp-reply", self.mac, self.mac, self.rip, 2)
        self.arp("arp-sha", self.mac, other_mac, self.ip)
        self.arp("arp-router", self.rmac, self.rmac, self.rip)
        self.nd("na-target", self.mac, self.ip6, 136, self.vip6, self.mac)
        self.nd("na-option", self.mac, self.ip6, 136, self.ip6, other_mac)
        self.nd("ns-source", self.mac, self.vip6, 135, self.vip6, self.mac)
        self.nd("ns-option", self.mac, self.ip6, 135, self.vip6, other_mac)
        self.nd("ra", self.mac, self.ip6, 134, b"", self.mac)
        for dst, port in (self.vip, 68), (b"\xff" * 4, 68):
            self.send("dhcp-server", ether(
                BROADCAST, self.mac, 0x800,
                ipv4(self.ip, dst, 17,
                     udp(self.ip, dst, 67, port, name("dhcp-server")))))
        self.send("dhcp6-server", ether(
            self.vmac, self.mac, 0x86dd,
            ipv6(self.ip6, self.vip6, 17,
                 udp(self.ip6, self.vip6, 547, 546, name("dhcp6-server")))))
        plain = ipv4(self.ip, self.vip, 17,
                     udp(self.ip, self.vip, 9, 9, name("vlan")))
        for vid in 0, 1, 50, 101:
            self.send("vlan", self.vmac + self.mac
                      + struct.pack("!HHH", 0x8100, vid, 0x800) + plain)
            self.send("vlan", BROADCAST + self.mac
                      + struct.pack("!HHH", 0x88a8, vid, 0x800) + plain)
        self.send("ethertype", ether(self.vmac, self.mac, 0x88cc, b""))
        self.data4("honest", self.mac, self.ip)


def listen(device):
    sock = socket.socket(socket.AF_PACKET, socket.SOCK_RAW, socket.htons(3))
    sock.bind((device, 0))
    print("listening", flush=True)
    while True:
        data, address = sock.recvfrom(2000)
        begin = data.rfind(b"frame=")
        if address[2] != PACKET_OUTGOING and begin >= 0:
            print(data[begin + 6:].split(b";")[0].decode(), flush=True)


def tunnel(src, dst, vni, text, victim):
    inner = ether(mac(victim), mac("fa:16:3e:66:66:66"), 0x806,
                  arp(1, mac("fa:16:3e:66:66:66"), b"\0" * 4, BROADCAST,
                      b"\0" * 4)).ljust(60, b"\0") + name(text)
    sock = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
    sock.bind((src, 0))
    sock.sendto(struct.pack("!II", 8 << 24, int(vni) << 8) + inner,
                (dst, 4789))


def main():
    if sys.argv[1] == "listen":
        listen(sys.argv[2])
    elif sys.argv[1] == "attack":
        Attack(*sys.argv[2:]).run()
    else:
        tunnel(*sys.argv[2:])


main()
