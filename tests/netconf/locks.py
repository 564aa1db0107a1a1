#!/usr/bin/python3
# SPDX-License-Identifier: BSD-3-Clause
"""Locks between NETCONF sessions and with the CLI; kill-session."""
from lib import *

PSK = "<ike><pre-shared-key><name>%s</name><secret>x</secret></pre-shared-key></ike>"
CLI_EDIT = ("edit running", "/ vrf main ike pre-shared-key cli secret y")


def holder(error):
    return find(etree.tostring(error.xml).decode(), "//nc:session-id")[0].text


def between_sessions(one, two):
    one.lock("candidate")
    e = refused(two.lock, "candidate", tag="lock-denied", message="locked by session")
    equal(holder(e), one.session_id, "who holds the lock")
    refused(one.lock, "candidate", tag="lock-denied")
    refused(two.unlock, "candidate", tag="operation-failed")
    refused(two.edit_config, target="candidate", config=config(PSK % "two"), tag="in-use",
            message="session %s" % one.session_id)
    one.edit_config(target="candidate", config=config(PSK % "one"))
    one.commit()
    one.unlock("candidate")
    two.edit_config(target="candidate", config=config(PSK % "two"))
    e = refused(two.lock, "candidate", tag="lock-denied", message="edits already")
    one.lock("running")
    refused(two.lock, "running", tag="lock-denied")
    refused(two.commit, tag="in-use", message="running configuration is locked")
    one.unlock("running")
    two.commit()


def with_the_cli(gw, one):
    one.lock("candidate")
    contains(gw.cli("show sessions"), "candidate", "show sessions lists the lock")
    out = gw.cli(*CLI_EDIT, ok=False)
    contains(out, "locked by session %s" % one.session_id, "the CLI's edit")
    one.unlock("candidate")
    one.lock("running")
    out = gw.cli(*CLI_EDIT, "commit", ok=False)
    contains(out, "locked by session %s" % one.session_id, "the CLI's commit")
    one.unlock("running")
    gw.cli(*CLI_EDIT, "commit")


def killed(one, two):
    two.lock("candidate")
    two.edit_config(target="candidate", config=config(PSK % "never"))
    rpc(one, "<kill-session xmlns=\"%s\"><session-id>%s</session-id></kill-session>"
        % (NC, two.session_id))
    wait_for("the end of the killed session", lambda: not two.connected)
    one.lock("candidate")  # the lock went with it
    one.unlock("candidate")
    equal(find(one.get_config(source="running"), "//g:pre-shared-key[g:name='never']"), [], "gone")


def test(gw):
    one, two = gw.connect(), gw.connect()
    assert one.session_id != two.session_id
    between_sessions(one, two)
    with_the_cli(gw, one)
    killed(one, two)
    three = gw.connect()
    three.lock("running")
    three.close_session()
    wait_for("the lock to go with its session", lambda: "running" not in gw.cli("show sessions"))


run(test)
