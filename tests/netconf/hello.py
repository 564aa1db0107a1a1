#!/usr/bin/python3
# SPDX-License-Identifier: BSD-3-Clause
"""Greeting, capabilities, and an operation of the product."""
from lib import *


def test(gw):
    m = gw.connect()
    caps = list(m.server_capabilities)
    for wanted in (
        "urn:ietf:params:netconf:base:1.0",
        "urn:ietf:params:netconf:base:1.1",
        "urn:ietf:params:netconf:capability:candidate:1.0",
        "urn:ietf:params:netconf:capability:confirmed-commit:1.1",
        "urn:ietf:params:netconf:capability:rollback-on-error:1.0",
        "urn:ietf:params:netconf:capability:validate:1.1",
        "urn:ietf:params:netconf:capability:xpath:1.0",
        "urn:ietf:params:netconf:capability:notification:1.0",
        "urn:ietf:params:netconf:capability:interleave:1.0",
    ):
        assert wanted in caps, wanted
    assert not any("startup" in c for c in caps), caps
    assert not any("writable-running" in c for c in caps), caps
    assert any(c.startswith("urn:ietf:params:netconf:capability:yang-library:1.1?") for c in caps)
    wd = [c for c in caps if ":with-defaults:1.0" in c]
    contains(wd[0], "basic-mode=explicit", "with-defaults")

    # the session's number is the daemon's, so that locks and show sessions name it
    contains(gw.cli("show sessions"), "%6s  root" % m.session_id, "show sessions")

    reply = rpc(m, '<show-version xmlns="urn:gatehouse"/>')
    equal(text(reply, "//g:product"), "Gatehouse", "show-version")
    assert m.close_session().ok


run(test)
