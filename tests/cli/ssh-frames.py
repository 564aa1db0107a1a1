# SPDX-License-Identifier: BSD-3-Clause
"""Writes frames to gatehoused's socket as whoever runs it: SOCKET ROLE SECRET; see ssh-roles.sh."""
import json
import socket
import struct
import sys

path, role, secret = sys.argv[1:4]
HELLO, RPC, DATA, OK, ERROR = 1, 2, 16, 17, 18


class Session:
    def __init__(self):
        self.sock = socket.socket(socket.AF_UNIX)
        self.sock.settimeout(20)
        self.sock.connect(path)
        self.id = 0

    def send(self, kind, body):
        self.id += 1
        body = body if isinstance(body, bytes) else json.dumps(body).encode()
        self.sock.sendall(struct.pack("=IIHHI", len(body), self.id, kind, 0, 0) + body)

    def exactly(self, n):
        got = b""
        while len(got) < n:
            part = self.sock.recv(n - len(got))
            if not part:
                raise EOFError
            got += part
        return got

    def take(self):
        length, ident, kind, _, _ = struct.unpack("=IIHHI", self.exactly(16))
        return ident, kind, self.exactly(length)

    def ask(self, name, body=None):
        """How the answer ended, and all of it."""
        self.send(RPC, body if isinstance(body, bytes) else {"gatehouse:" + name: body or {}})
        text = b""
        while True:
            ident, kind, part = self.take()
            text += part
            if ident == self.id and kind in (OK, ERROR):
                return kind, text


def check(good, what):
    if not good:
        print("FAIL as %s: %s" % (role, what))
        sys.exit(1)


if role == "nobody":
    try:
        Session()
    except PermissionError:
        sys.exit(0)
    check(False, "could connect")

s = Session()
s.send(HELLO, {"client": "gatehouse-cli", "origin": "console", "user": "root", "role": "admin"})
_, kind, hello = s.take()
check(kind == HELLO and json.loads(hello)["role"] == role, "greeted with %r" % hello)

psk = "/gatehouse:config/vrf[name='main']/ike/pre-shared-key[name='p']"
reads = [
    ("get-config", {}),
    ("get-config", {"source": "running"}),
    ("get-config", {"source": "startup"}),
    ("get-config", {"with-defaults": True}),
    ("get-config", {"path": psk + "/secret"}),
    ("get-config", {"number": 0}),
    ("compare", {"with": 1}),
    ("compare", {"with": 1, "source": "running"}),
    ("list-keys", {"path": psk + "/secret"}),
    ("show-configuration-history", {"number": 0}),
    ("show-configuration-history", {}),
    ("get-state", {}),
    ("validate", {}),
    ("subscribe", {"since": "0"}),
]
seen = False
for name, body in reads:
    kind, text = s.ask(name, body)
    seen = seen or secret.encode() in text
    check(role == "admin" or secret.encode() not in text, "%s %r gave the secret" % (name, body))
    check(role == "admin" or b"$6$" not in text, "%s %r gave a hash" % (name, body))
check(seen == (role == "admin"), "an admin reads secrets")

host = {"path": "/gatehouse:config/system/hostname", "value": "raw"}
writes = [
    ("edit", {"edit": [host]}),
    ("load", {"json": "{}", "replace": [None]}),
    ("rollback", {"number": 1}),
    ("discard", {}),
    ("commit", {}),
    ("commit", {"confirmed": 60}),
    ("cancel-commit", {}),
    ("lock", {"target": "running"}),
    ("unlock", {"target": "running"}),
    ("kill-session", {"session": 1}),
]
if role != "admin":
    for name, body in writes:
        kind, text = s.ask(name, body)
        check(kind == ERROR and b"access-denied" in text, "%s: %r" % (name, text))
    for body in (
        b'{"gatehouse:show-version":{},"gatehouse:commit":{}}',
        b'{"gatehouse:show-version":{},"gatehouse:edit":{}}',
        b'{ "gatehouse:commit" : {} }',
        b'{"gatehouse:\\u0063ommit":{}}',
        b'[{"gatehouse:commit":{}}]',
    ):
        kind, text = s.ask("", body)
        check(kind == ERROR, "%r: %r" % (body, text))
    kind, text = s.ask("clear-ike-sa", {"all": [None]})
    check((b"access-denied" in text) == (role == "viewer"), "clear-ike-sa: %r" % text)
else:
    kind, text = s.ask("edit", {"edit": [host]})
    check(kind == OK, "edit: %r" % text)
    kind, text = s.ask("discard")
    check(kind == OK, "discard: %r" % text)
