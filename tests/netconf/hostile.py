#!/usr/bin/python3
# SPDX-License-Identifier: BSD-3-Clause
"""Clients that send rubbish: the session ends or answers an error, and the daemon lives on."""
import os
import random
import subprocess

from lib import *

HELLO = (
    '<?xml version="1.0"?><hello xmlns="%s"><capabilities><capability>'
    "urn:ietf:params:netconf:base:1.%d</capability></capabilities></hello>]]>]]>"
)
HELLO_10, HELLO_11 = (HELLO % (NC, 0)).encode(), (HELLO % (NC, 1)).encode()


def chunked(body):
    body = body.encode() if isinstance(body, str) else body
    return b"\n#%d\n%s\n##\n" % (len(body), body)


def talk(gw, data, seconds=20):
    """Runs the program with this as its whole input; returns status, output, complaints."""
    p = subprocess.run(
        [BUILD + "/gatehouse-netconf", "--instance", "t"], input=data, env=gw.env,
        stdout=subprocess.PIPE, stderr=subprocess.PIPE, timeout=seconds,
    )
    complaints = p.stderr.decode(errors="replace")
    assert p.returncode in (0, 1), "status %d: %s" % (p.returncode, complaints)
    assert "Sanitizer" not in complaints and "runtime error" not in complaints, complaints
    return p.returncode, p.stdout, complaints


def rpc_text(inner, attributes='message-id="1"'):
    return '<rpc xmlns="%s" %s>%s</rpc>' % (NC, attributes, inner)


CLOSE = rpc_text("<close-session/>")


def ends(gw, what, data, complaint=""):
    status, _, complaints = talk(gw, data)
    equal(status, 1, what)
    contains(complaints, complaint, what)


def bad_hellos(gw):
    ends(gw, "nothing", b"", "before its hello")
    ends(gw, "rubbish", os.urandom(100) + b"]]>]]>")
    ends(gw, "no end", b"<hello", "before its hello")
    ends(gw, "another message", rpc_text("<get/>").encode() + b"]]>]]>", "no hello")
    ends(gw, "configuration for a hello",
         ('<config xmlns="%s"><vrf><name>x</name></vrf></config>]]>]]>' % GH).encode(), "no hello")
    ends(gw, "configuration in a hello",
         ('<hello xmlns="%s"><config xmlns="%s"/></hello>]]>]]>' % (NC, GH)).encode(), "no hello")
    ends(gw, "no capabilities", b'<hello xmlns="%s"/>]]>]]>' % NC.encode())
    ends(gw, "no base", HELLO_10.replace(b"base:1.0", b"other"))
    ends(gw, "session-id", HELLO_10.replace(b"</hello>", b"<session-id>4</session-id></hello>"))
    ends(gw, "two documents", HELLO_10.replace(b"]]>]]>", b"<a/><b/>]]>]]>"))


def bad_frames(gw):
    for frame in (b"garbage", b"\n#0\n", b"\n#-1\n", b"\n#01\nx", b"\n#99999999999999999999\n",
                  b"\n#18446744073709551615\nx", b"\n##\n", b"\n#\n", b"\n#1x\n", b"\n###\n",
                  b"#5\nhello"):
        ends(gw, "frame %r" % frame, HELLO_11 + frame, "framed")
    ends(gw, "a huge chunk", HELLO_11 + b"\n#4294967295\nx", "too large")
    ends(gw, "endless chunks", HELLO_11 + b"\n#1048576\n" % () + b"x" * 1048576 +
         (b"\n#1048576\n" + b"x" * 1048576) * 64, "too large")
    ends(gw, "an endless message", HELLO_10 + b"x" * (65 << 20), "too large")
    ends(gw, "half a message", HELLO_11 + b"\n#100\n<rpc", "without close-session")


def bad_messages(gw):
    for body in ("<", "<rpc", "</rpc>", "text", "<rpc/>", "&#0;", "<!DOCTYPE a><a/>",
                 "<a xmlns:x='y'/>", rpc_text(""), rpc_text("<get/><get/>"),
                 rpc_text("<get/>", ""), rpc_text("x"), "<rpc-reply/>",
                 rpc_text("<edit-config/>"), rpc_text("<get-config/>"),
                 rpc_text("<get-config><source><running/><candidate/></source></get-config>"),
                 rpc_text('<action xmlns="urn:ietf:params:xml:ns:yang:1"/>'),
                 rpc_text("<a>" * 3000 + "</a>" * 3000)):
        status, out, _ = talk(gw, HELLO_11 + chunked(body) + chunked(CLOSE))
        contains(out.decode(errors="replace"), "rpc-error", body[:60])
    status, out, _ = talk(gw, HELLO_11 + chunked(b"\xff\xfe\x00\x00") + chunked(CLOSE))
    contains(out.decode(errors="replace"), "malformed-message", "bytes")
    ends(gw, "rubbish in base:1.0", HELLO_10 + b"<<<<]]>]]>", "not understood")


def deep_config(gw):
    deep = "<vrf>" * 200 + "</vrf>" * 200
    body = rpc_text("<edit-config><target><candidate/></target>%s</edit-config>" % config(deep))
    _, out, _ = talk(gw, HELLO_11 + chunked(body) + chunked(CLOSE))
    contains(out.decode(), "rpc-error", "deep configuration")


def several_at_once(gw):
    status, out, _ = talk(gw, HELLO_11 + chunked(rpc_text('<show-version xmlns="urn:gatehouse"/>'))
                          + chunked(CLOSE))
    equal(status, 0, "pipelined messages, then the end of the input")
    contains(out.decode(), "Gatehouse", "pipelined messages")
    body = rpc_text('<show-version xmlns="urn:gatehouse"/>')
    split = b"".join(b"\n#1\n%c" % c for c in body.encode()) + b"\n##\n"
    status, out, _ = talk(gw, HELLO_11 + split + chunked(CLOSE))
    contains(out.decode(), "Gatehouse", "chunks of one byte")
    status, out, _ = talk(gw, HELLO_10 + body.encode() + b"]]>]]>" + CLOSE.encode() + b"]]>]]>")
    equal(status, 0, "base:1.0")
    contains(out.decode(), "Gatehouse", "base:1.0")


def mutations(gw, count):
    rng = random.Random(20261123)
    good = rpc_text(
        '<edit-config><target><candidate/></target><test-option>set</test-option>%s'
        "</edit-config>" % config('<ike><pre-shared-key nc:operation="create"><name>a</name>'
                                  "<secret>x</secret></pre-shared-key></ike>")).encode()
    get = rpc_text('<get-config><source><candidate/></source><filter type="subtree"><config xmlns='
                   '"%s"><vrf><name>main</name><ike><vpn/></ike></vrf></config></filter>'
                   "</get-config>" % GH).encode()
    data = HELLO_11
    for i in range(count):
        body = bytearray(rng.choice((good, get)))
        for _ in range(rng.randrange(1, 6)):
            at = rng.randrange(len(body))
            what = rng.randrange(4)
            if what == 0:
                body[at] = rng.randrange(256)
            elif what == 1:
                del body[at:at + rng.randrange(1, 20)]
            elif what == 2:
                body[at:at] = body[at:at + rng.randrange(1, 30)]
            else:
                body[at:at] = bytes(rng.choices(b"<>/\"'&;= nc:", k=3))
        data += chunked(bytes(body))
    talk(gw, data + chunked(CLOSE), 100)


def test(gw):
    bad_hellos(gw)
    bad_frames(gw)
    bad_messages(gw)
    deep_config(gw)
    several_at_once(gw)
    mutations(gw, 500)
    m = gw.connect()
    equal(text(rpc(m, '<show-version xmlns="urn:gatehouse"/>'), "//g:product"), "Gatehouse")
    wait_for("all other sessions to be gone",
             lambda: len(gw.cli("show sessions").splitlines()) == 3)


run(test)
