#!/usr/bin/python3
# SPDX-License-Identifier: BSD-3-Clause
"""A numbered UDP flow and its echo.

flow.py echo ADDRESS PORT
flow.py send SOURCE ADDRESS PORT INTERVAL_MS REPORT

The sender numbers its packets and runs until SIGTERM, then for AFTERWARDS packets more, so that what
comes after a change is seen however quick the change was; it waits for stragglers and writes
"sent lost longest_gap_ms" to REPORT, where the gap is the longest time without an answer.
"""
import os
import select
import signal
import socket
import struct
import sys
import time

STRAGGLERS_S = 2.0
AFTERWARDS = 150


def echo(address, port):
    sock = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
    sock.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 1 << 20)
    sock.bind((address, port))
    while True:
        data, peer = sock.recvfrom(2048)
        sock.sendto(data, peer)


class Sender:
    def __init__(self, source, address, port):
        self.sock = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
        self.sock.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 1 << 20)
        self.sock.bind((source, 0))
        self.sock.setblocking(False)
        self.peer = (address, port)
        self.sent = 0
        self.missing = set()
        self.gap = 0.0
        self.last = time.monotonic()
        self.last_number = None  # set by SIGTERM

    def stop(self, *_):
        self.last_number = self.sent + AFTERWARDS

    def take(self, timeout):
        ready, _, _ = select.select([self.sock], [], [], timeout)
        while ready:
            try:
                data = self.sock.recv(2048)
            except BlockingIOError:
                return
            except OSError:
                continue  # an ICMP error about an earlier packet: that packet is lost
            now = time.monotonic()
            self.gap = max(self.gap, now - self.last)
            self.last = now
            self.missing.discard(struct.unpack_from("!Q", data)[0])

    def send(self):
        try:
            self.sock.sendto(struct.pack("!Q", self.sent) + bytes(192), self.peer)
        except OSError:
            pass  # counts as lost
        self.missing.add(self.sent)
        self.sent += 1

    def run(self, interval):
        due = time.monotonic()
        while self.last_number is None or self.sent < self.last_number:
            now = time.monotonic()
            if now >= due:
                self.send()
                due += interval
            self.take(max(0.0, due - time.monotonic()))
        stopped = time.monotonic()
        end = stopped + STRAGGLERS_S
        while self.missing and time.monotonic() < end:
            self.take(0.05)
        self.gap = max(self.gap, stopped - self.last)


def ranges(numbers):
    """[1, 2, 3, 7] as "1-3 7"."""
    runs = []
    for n in sorted(numbers):
        if runs and runs[-1][1] == n - 1:
            runs[-1][1] = n
        else:
            runs.append([n, n])
    return " ".join(str(a) if a == b else f"{a}-{b}" for a, b in runs)


def main():
    if sys.argv[1] == "echo":
        echo(sys.argv[2], int(sys.argv[3]))
    source, address, port, interval, report = sys.argv[2:]
    sender = Sender(source, address, int(port))
    signal.signal(signal.SIGTERM, sender.stop)
    sender.run(float(interval) / 1000)
    print("lost:", ranges(sender.missing))
    with open(report + ".new", "w", encoding="ascii") as out:
        out.write(f"{sender.sent} {len(sender.missing)} {int(sender.gap * 1000)}\n")
    os.rename(report + ".new", report)


main()
