# Copyright (c) 2026 The ovs-l3ha authors.
# SPDX-License-Identifier: Apache-2.0
"""Stands between the agent and a switch and hides the switch's meters.

usage: no-meters.py SOCKET SWITCH-SOCKET

Prints "connection" for each connection.  A request to make a meter is refused
and "refused" printed.
"""
import os
import socket
import struct
import sys
import threading

ERROR, MULTIPART_REPLY, METER_MOD = 1, 19, 29
METER_FEATURES = 11
METER_MOD_FAILED, OUT_OF_METERS = 12, 9


def messages(sock):
    """The OpenFlow messages that come from 'sock', one by one."""
    data = b""
    while True:
        while len(data) < 8 or len(data) < struct.unpack("!H", data[2:4])[0]:
            more = sock.recv(65536)
            if not more:
                return
            data += more
        length = struct.unpack("!H", data[2:4])[0]
        yield data[:length]
        data = data[length:]


def close(*socks):
    for sock in socks:
        try:
            sock.shutdown(socket.SHUT_RDWR)
        except OSError:
            pass


def from_agent(agent, switch):
    for msg in messages(agent):
        if msg[1] == METER_MOD:
            print("refused", flush=True)
            body = struct.pack("!HH", METER_MOD_FAILED, OUT_OF_METERS) + msg
            agent.sendall(struct.pack("!BBH", msg[0], ERROR, 8 + len(body))
                          + msg[4:8] + body)
        else:
            switch.sendall(msg)
    close(agent, switch)


def from_switch(agent, switch):
    for msg in messages(switch):
        if (msg[1] == MULTIPART_REPLY
                and struct.unpack("!H", msg[8:10])[0] == METER_FEATURES):
            msg = msg[:16] + bytes(len(msg) - 16)
        agent.sendall(msg)
    close(agent, switch)


def main():
    listener = socket.socket(socket.AF_UNIX)
    listener.bind(sys.argv[1] + ".new")
    listener.listen()
    os.rename(sys.argv[1] + ".new", sys.argv[1])
    while True:
        agent, _ = listener.accept()
        print("connection", flush=True)
        switch = socket.socket(socket.AF_UNIX)
        switch.connect(sys.argv[2])
        for target in from_agent, from_switch:
            threading.Thread(target=target, args=(agent, switch),
                             daemon=True).start()


main()
