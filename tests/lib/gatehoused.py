# SPDX-License-Identifier: BSD-3-Clause
"""A gatehoused of a test's own, and a client of its session protocol (common/session_proto.h).

A Daemon lives in a directory and a network namespace of its own; leaving the `with` block ends it
by its pid and removes the directory, also when the test failed.
"""

import json
import os
import shutil
import signal
import socket
import struct
import subprocess
import sys
import tempfile
import time

TOP = os.environ.get("GH_TOP") or os.path.realpath(os.path.dirname(__file__) + "/../..")
BUILD = os.environ.get("GH_BUILD") or TOP + "/build"

HEADER = struct.Struct("=IIHHI")
HELLO, RPC = 1, 2
DATA, OK, ERROR = 16, 17, 18


class Refused(Exception):
    """The daemon answered ERROR."""


class Gone(Exception):
    """The daemon closed the connection."""


class Session:
    def __init__(self, path, timeout=120):
        self.socket = socket.socket(socket.AF_UNIX)
        self.socket.settimeout(timeout)
        self.socket.connect(path)
        self.id = 0
        try:
            self.send(HELLO, 0, {"client": "test", "origin": "test"})
            self.hello = json.loads(self.receive()[2])
        except BaseException:
            self.close()
            raise

    def close(self):
        self.socket.close()

    def send(self, kind, number, body):
        body = json.dumps(body).encode()
        try:
            self.socket.sendall(HEADER.pack(len(body), number, kind, 0, 0) + body)
        except OSError as e:
            raise Gone(str(e))

    def read(self, size):
        data = bytearray()
        while len(data) < size:
            try:
                piece = self.socket.recv(size - len(data))
            except ConnectionError as e:
                raise Gone(str(e))
            if not piece:
                raise Gone("closed")
            data += piece
        return bytes(data)

    def receive(self):
        """The next frame as (type, id, body)."""
        size, number, kind, _, _ = HEADER.unpack(self.read(HEADER.size))
        return kind, number, self.read(size)

    def call(self, name, **inputs):
        """Runs an rpc and returns the pieces of its output; underscores in names are hyphens."""
        self.id += 1
        inputs = {k.replace("_", "-"): v for k, v in inputs.items()}
        self.send(RPC, self.id, {"gatehouse:" + name: inputs})
        pieces = []
        while True:
            kind, number, body = self.receive()
            if number != self.id:
                continue
            if kind == DATA:
                pieces.append(json.loads(body)["gatehouse:" + name])
            elif kind == OK:
                return pieces
            else:
                raise Refused(body.decode())

    def edit(self, *edits):
        """Each edit is (path, value) or (path, None, operation); paths are below the top."""
        rows = []
        for path, *rest in edits:
            row = {"path": "/gatehouse:config" + path}
            if rest and rest[0] is not None:
                row["value"] = rest[0]
            if len(rest) > 1:
                row["operation"] = rest[1]
            rows.append(row)
        self.call("edit", edit=rows)

    def commit(self):
        """The number of the commit; None when there was nothing to commit."""
        for piece in self.call("commit"):
            if "id" in piece:
                return int(piece["id"])
        return None

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.close()


class Daemon:
    def __init__(self, directory=None, name="t"):
        self.mine = directory is None
        self.root = directory or tempfile.mkdtemp(prefix="gatehoused.")
        self.name = name
        self.process = None
        self.namespace = "ghs%d" % os.getpid()
        self.log_path = self.root + "/daemon.log"
        self.env = dict(os.environ, GATEHOUSE_ROOT=self.root)

    def path(self, name):
        return "%s/%s/%s" % (self.root, self.name, name)

    def __enter__(self):
        subprocess.run(["ip", "netns", "add", self.namespace], check=True)
        try:
            self.start()
        except BaseException:
            self.__exit__(*sys.exc_info())
            raise
        return self

    def __exit__(self, kind, value, trace):
        self.stop()
        if kind is not None and os.path.exists(self.log_path):
            with open(self.log_path, errors="replace") as f:
                print(f.read()[-4000:])
        subprocess.run(["ip", "netns", "del", self.namespace], check=False)
        if self.mine:
            shutil.rmtree(self.root, ignore_errors=True)

    def start(self, seconds=60):
        """Starts it and returns after how many seconds it served."""
        begin = time.monotonic()
        with open(self.log_path, "ab") as log:
            self.process = subprocess.Popen(
                ["ip", "netns", "exec", self.namespace, BUILD + "/gatehoused", "--instance",
                 self.name, "--foreground"],
                stdin=subprocess.DEVNULL, stdout=log, stderr=log, env=self.env,
            )
        while True:
            if self.process.poll() is not None:
                raise AssertionError("gatehoused ended while starting")
            try:
                Session(self.path("run/control.sock")).close()
                return time.monotonic() - begin
            except (OSError, Gone):
                pass
            if time.monotonic() - begin > seconds:
                raise AssertionError("gatehoused does not serve after %d s" % seconds)
            time.sleep(0.002)

    def kill(self):
        """kill -9, returns when it is gone."""
        self.process.send_signal(signal.SIGKILL)
        self.process.wait()

    def stop(self):
        if self.process is None:
            return
        if self.process.poll() is None:
            self.process.terminate()
        try:
            self.process.wait(20)
        except subprocess.TimeoutExpired:
            self.kill()

    def session(self):
        return Session(self.path("run/control.sock"))

    def cpu(self):
        """Seconds of CPU that it has used."""
        with open("/proc/%d/stat" % self.process.pid) as f:
            fields = f.read().rsplit(")", 1)[1].split()
        return (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")

    def resident(self):
        """Megabytes of resident memory now, and at most so far."""
        sizes = {}
        with open("/proc/%d/status" % self.process.pid) as f:
            for line in f:
                name, _, rest = line.partition(":")
                if name in ("VmRSS", "VmHWM"):
                    sizes[name] = int(rest.split()[0]) / 1024
        return sizes["VmRSS"], sizes["VmHWM"]


def skip(why):
    print("skipped: " + why)
    sys.exit(77)


def need_root():
    if os.geteuid() != 0:
        skip("it takes root, for a network namespace")
