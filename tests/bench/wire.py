# Copyright (c) 2026 The ovs-l3ha authors.
# SPDX-License-Identifier: Apache-2.0
"""Plugs ports into br-int, one after the other, as a hypervisor does.

usage: wire.py tap|patch agent|bare < PORTS

PORTS has the id of a port at the beginning of each line, which is a tap device
or, to see what is left without devices, a patch port.  Prints for each, in ms,
how long it took from the moment when its row appeared in the database of
Open vSwitch until ovs-vswitchd had given it a number; and from then until the
agent reported that its flows are acknowledged ("agent") or, without an agent,
until ovs-vswitchd answered an OpenFlow barrier, before which it cannot
acknowledge anything ("bare").
"""
import os
import re
import selectors
import socket
import struct
import subprocess
import sys
import time

OFP15_VERSION = 6
OFPT_HELLO, OFPT_BARRIER_REQUEST, OFPT_BARRIER_REPLY = 0, 20, 21
TIMEOUT = 10


class Monitor:
    """What ovsdb-client(1) says of changes."""

    def __init__(self, *args):
        self.process = subprocess.Popen(
            ["ovsdb-client", "monitor", *args], stdout=subprocess.PIPE)
        self.file = self.process.stdout
        os.set_blocking(self.file.fileno(), False)
        self.rest = b""

    def lines(self):
        data = self.rest + (self.file.read() or b"")
        *lines, self.rest = data.split(b"\n")
        return [line.decode() for line in lines]


class Switch:
    """A connection to br-int."""

    def __init__(self):
        self.file = socket.socket(socket.AF_UNIX)
        self.file.connect("/var/run/openvswitch/br-int.mgmt")
        self.send(OFPT_HELLO)
        self.rest = b""

    def send(self, kind):
        self.file.send(struct.pack("!BBHI", OFP15_VERSION, kind, 8, 1))

    def has_answered(self):
        """Is a barrier reply among the messages that are there?"""
        found = False
        self.rest += self.file.recv(65536)
        while len(self.rest) >= 4:
            _, kind, length = struct.unpack("!BBH", self.rest[:4])
            if len(self.rest) < length:
                break
            found |= kind == OFPT_BARRIER_REPLY
            self.rest = self.rest[length:]
        return found


class Wiring:
    def __init__(self, kind, bare):
        self.kind = kind
        self.switch = Switch() if bare else None
        self.interfaces = Monitor("unix:/var/run/openvswitch/db.sock",
                                  "Open_vSwitch", "Interface", "name,ofport")
        self.ports = Monitor("tcp:192.0.2.10:6643", "OVS_L3HA", "Port", "up")
        self.selector = selectors.DefaultSelector()
        for source in self.interfaces, self.ports, self.switch:
            if source:
                self.selector.register(source.file, selectors.EVENT_READ,
                                       source)
        # Both have said what there is.
        for monitor in self.interfaces, self.ports:
            while not monitor.lines():
                time.sleep(0.01)

    def wait(self, port, tap):
        """Returns when the row appeared, when it had a number, and when that
        was acknowledged."""
        appeared = numbered = done = None
        deadline = time.monotonic() + TIMEOUT
        while not (appeared and numbered and done):
            for key, _ in self.selector.select(0.1):
                now = time.monotonic()
                if key.data is self.switch:
                    if self.switch.has_answered():
                        done = now
                    continue
                for line in key.data.lines():
                    match = re.search(r" (insert|new) +%s +(\[\]|[0-9]+)"
                                      % tap, line)
                    if match and not appeared:
                        appeared = now
                    if match and match[2] != "[]" and not numbered:
                        numbered = now
                        if self.switch:
                            self.switch.send(OFPT_BARRIER_REQUEST)
                    if line.startswith(port + " old") and not self.switch:
                        done = now
            if time.monotonic() > deadline:
                sys.exit("port %s is not wired after %d s" % (port, TIMEOUT))
        return appeared, numbered, done

    def plug(self, port):
        tap = "tap" + port[:11]
        settings = ["external_ids:iface-id=" + port]
        if self.kind == "patch":
            settings += ["type=patch", "options:peer=n" + tap]
        else:
            subprocess.check_call(["ip", "tuntap", "add", tap, "mode", "tap"])
            subprocess.check_call(["ip", "link", "set", tap, "up"])
        with subprocess.Popen(["ovs-vsctl", "add-port", "br-int", tap, "--",
                               "set", "Interface", tap, *settings]):
            appeared, numbered, done = self.wait(port, tap)
        print(round((numbered - appeared) * 1000),
              round((done - numbered) * 1000))

    def close(self):
        for monitor in self.interfaces, self.ports:
            monitor.process.kill()


def main():
    wiring = Wiring(sys.argv[1], sys.argv[2] == "bare")
    for line in sys.stdin:
        wiring.plug(line.split()[0])
    wiring.close()


main()
