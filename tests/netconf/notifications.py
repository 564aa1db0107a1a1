#!/usr/bin/python3
# SPDX-License-Identifier: BSD-3-Clause
"""Notifications: of a commit in the CLI, of a confirmed commit; filters, replay and stopTime."""
import datetime
import time

from lib import *

PSK = "<ike><pre-shared-key><name>%s</name><secret>x</secret></pre-shared-key></ike>"


def subscribe(m, inner=""):
    return rpc(m, '<create-subscription xmlns="%s">%s</create-subscription>' % (NS["ntf"], inner))


def take(m, xpath, seconds=10):
    """The next notification that the XPath finds something in; others are passed over."""
    end = time.monotonic() + seconds
    while time.monotonic() < end:
        n = m.take_notification(timeout=end - time.monotonic())
        if n is None:
            break
        if find(n.notification_xml, xpath):
            return n.notification_xml
    raise AssertionError("no notification with %s" % xpath)


def commit_by_cli(gw, name):
    gw.cli("edit running", "/ vrf main ike pre-shared-key %s secret y" % name,
           "commit comment told")


def of_the_cli(gw, m):
    commit_by_cli(gw, "one")
    n = take(m, "//ncn:netconf-config-change")
    equal(text(n, "//ncn:datastore"), "running", "datastore")
    equal(text(n, "//ncn:username"), "root", "username")
    contains(text(n, "//ncn:edit/ncn:target"), "vrf[", "target")
    equal(text(n, "//ncn:edit/ncn:operation"), "create", "operation")
    n = take(m, "//g:configuration-change")
    equal(text(n, "//g:client"), "gatehouse-cli", "client")
    equal(text(n, "//g:comment"), "told", "comment")
    assert "secret" not in n or ">y<" not in n, n
    # and rpcs go on meanwhile
    equal(text(rpc(m, '<show-version xmlns="urn:gatehouse"/>'), "//g:product"), "Gatehouse")


def of_a_confirmed_commit(gw, m):
    other = gw.connect()
    other.edit_config(target="candidate", config=config(PSK % "two"))
    other.commit(confirmed=True, timeout="1")
    n = take(m, "//ncn:netconf-confirmed-commit[ncn:confirm-event='start']")
    equal(text(n, "//ncn:session-id"), other.session_id, "session-id")
    equal(text(n, "//ncn:source-host"), "127.0.0.1", "source-host")
    take(m, "//ncn:netconf-config-change/ncn:changed-by/ncn:server")
    take(m, "//ncn:netconf-confirmed-commit[ncn:confirm-event='timeout']")
    other.close_session()


def filtered(gw):
    m = gw.connect()
    subscribe(m, '<filter type="subtree"><configuration-change xmlns="%s"><comment>wanted'
                 "</comment></configuration-change></filter>" % GH)
    gw.cli("edit running", "/ vrf main ike pre-shared-key f1 secret y", "commit comment unwanted")
    gw.cli("edit running", "/ vrf main ike pre-shared-key f2 secret y", "commit comment wanted")
    n = m.take_notification(timeout=10)
    equal(text(n.notification_xml, "//g:comment"), "wanted", "the filter")
    refused(subscribe, m, tag="operation-failed", message="already")
    m.close_session()


def stamp(seconds):
    t = datetime.datetime.utcnow() + datetime.timedelta(seconds=seconds)
    return t.strftime("%Y-%m-%dT%H:%M:%SZ")


def replayed(gw):
    m = gw.connect()
    subscribe(m, "<startTime>%s</startTime><stopTime>%s</stopTime>" % (stamp(-600), stamp(2)))
    equal(text(take(m, "//g:configuration-change[g:comment='told']"), "//g:user"), "root", "old")
    take(m, "//*[local-name()='replayComplete']")
    commit_by_cli(gw, "live")
    take(m, "//g:configuration-change")
    take(m, "//*[local-name()='notificationComplete']")
    subscribe(m)  # the first one is over
    m.close_session()


def refusals(gw):
    m = gw.connect()
    refused(subscribe, m, "<stream>OTHER</stream>", tag="invalid-value")
    refused(subscribe, m, "<stopTime>%s</stopTime>" % stamp(5), tag="missing-element")
    refused(subscribe, m, "<startTime>%s</startTime>" % stamp(900), tag="bad-element")
    m.close_session()


def test(gw):
    m = gw.connect()
    subscribe(m)
    of_the_cli(gw, m)
    of_a_confirmed_commit(gw, m)
    filtered(gw)
    replayed(gw)
    refusals(gw)


run(test)
