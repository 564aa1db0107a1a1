#!/usr/bin/python3
# SPDX-License-Identifier: BSD-3-Clause
"""commit, confirmed commit: confirmed, expired, cancelled, ended with its session, and outliving
the daemon."""
import signal
import time

from lib import *


def edit(m, name):
    m.edit_config(target="candidate", config=config(
        "<ike><pre-shared-key><name>%s</name><secret>x</secret></pre-shared-key></ike>" % name))


def names(m, source="running"):
    return sorted(e.text for e in find(m.get_config(source=source), "//g:pre-shared-key/g:name"))


def plain(gw, m):
    edit(m, "plain")
    equal(names(m), [], "not committed yet")
    m.commit()
    equal(names(m), ["plain"], "committed")
    contains(gw.cli("show config"), "pre-shared-key plain", "the CLI")
    contains(gw.cli("show configuration history"), "ssh from 127.0.0.1", "history")
    m.commit()  # nothing to do


def confirmed(m):
    edit(m, "kept")
    m.commit(confirmed=True, timeout="60")
    equal(names(m), ["kept", "plain"], "in force while unconfirmed")
    m.commit()
    time.sleep(0.3)
    equal(names(m), ["kept", "plain"], "confirmed")


def expired(gw, m):
    edit(m, "gone")
    start = time.monotonic()
    m.commit(confirmed=True, timeout="2")
    equal(names(m), ["gone", "kept", "plain"], "in force while unconfirmed")
    wait_for("the return", lambda: names(m) == ["kept", "plain"])
    took = time.monotonic() - start
    assert 1.8 < took < 4, "expired after %.1f s" % took
    contains(gw.cli("show configuration history"), "gatehoused", "history")


def extended(m):
    edit(m, "e1")
    m.commit(confirmed=True, timeout="2")
    edit(m, "e2")
    m.commit(confirmed=True, timeout="60")
    time.sleep(2.5)
    equal(names(m), ["e1", "e2", "kept", "plain"], "a further confirmed commit extends the time")
    rpc(m, '<cancel-commit xmlns="%s"/>' % NC)
    equal(names(m), ["kept", "plain"], "cancel-commit goes back to before the first")
    refused(rpc, m, '<cancel-commit xmlns="%s"/>' % NC, tag="operation-failed")


def ended(gw, m):
    other = gw.connect()
    edit(other, "mine")
    other.commit(confirmed=True, timeout="60")
    refused(m.commit, tag="in-use", message="confirmed")
    equal(names(m), ["kept", "mine", "plain"], "in force")
    other.close_session()
    wait_for("the return", lambda: names(m) == ["kept", "plain"])


def persistent(gw, m):
    other = gw.connect()
    edit(other, "persists")
    other.commit(confirmed=True, timeout="60", persist="token")
    other.close_session()
    refused(m.commit, tag="in-use", message="persist-id")
    refused(rpc, m, '<commit xmlns="%s"><persist-id>wrong</persist-id></commit>' % NC,
            tag="invalid-value")
    equal(names(m), ["kept", "persists", "plain"], "outlives its session")
    rpc(m, '<commit xmlns="%s"><persist-id>token</persist-id></commit>' % NC)
    m.commit()
    equal(names(m), ["kept", "persists", "plain"], "confirmed by another session")


def restarted(gw, m):
    edit(m, "unconfirmed")
    m.commit(confirmed=True, timeout="4", persist="token")
    equal(len(names(m)), 4, "in force")
    gw.stop(gw.daemon, signal.SIGKILL)
    gw.start_daemon()
    m = gw.connect()
    wait_for("the return after a restart",
             lambda: names(m) == ["kept", "persists", "plain"])
    edit(m, "bound")
    m.commit(confirmed=True, timeout="600")
    gw.stop(gw.daemon, signal.SIGKILL)
    gw.start_daemon()
    m = gw.connect()
    wait_for("the return, as its session is gone",
             lambda: names(m) == ["kept", "persists", "plain"])


def stale(gw, m):
    # two candidates: what does not touch the same is merged, what does is refused
    other = gw.connect()
    edit(m, "m1")
    edit(other, "o1")
    m.commit()
    other.commit()
    assert {"m1", "o1"} <= set(names(m)), names(m)
    leaf = "<ike><global-options><threads>%d</threads></global-options></ike>"
    m.edit_config(target="candidate", config=config(leaf % 2))
    other.edit_config(target="candidate", config=config(leaf % 3))
    m.commit()
    refused(other.commit, tag="in-use", path="threads", message="changed this since")
    other.discard_changes()
    other.close_session()


def test(gw):
    m = gw.connect()
    plain(gw, m)
    confirmed(m)
    expired(gw, m)
    extended(m)
    ended(gw, m)
    persistent(gw, m)
    stale_names = names(m)
    equal(stale_names, ["kept", "persists", "plain"], "so far")
    restarted(gw, m)
    stale(gw, gw.connect())


run(test)
