#!/usr/bin/python3
# SPDX-License-Identifier: BSD-3-Clause
"""get and get-config: subtree and XPath filters, with-defaults, state about the server itself."""
from lib import *

SETUP = config(
    "<ike>"
    "<pre-shared-key><name>a</name><id>one.example</id><secret>x</secret></pre-shared-key>"
    "<pre-shared-key><name>b</name><id>two.example</id><secret>y</secret></pre-shared-key>"
    "<global-options><threads>2</threads><cookie-threshold>64</cookie-threshold></global-options>"
    "</ike>"
)


def subtree(m, inner, source="running"):
    return m.get_config(source=source, filter=("subtree", inner))


def keys(reply):
    return [e.text for e in find(reply, "//g:pre-shared-key/g:name")]


def within(inner):
    return '<config xmlns="%s"><vrf><name>main</name><ike>%s</ike></vrf></config>' % (GH, inner)


def subtrees(m):
    equal(keys(m.get_config(source="running")), ["a", "b"], "no filter")
    equal(keys(subtree(m, within("<pre-shared-key/>"))), ["a", "b"], "selection")
    one = subtree(m, within("<pre-shared-key><name>b</name></pre-shared-key>"))
    equal(keys(one), ["b"], "content match")
    equal(text(one, "//g:secret"), "y", "a content match alone gives the whole entry")
    equal(find(one, "//g:global-options"), [], "nothing else")
    some = subtree(m, within("<pre-shared-key><name>b</name><id/></pre-shared-key>"))
    equal(text(some, "//g:id"), "two.example", "selection beside a content match")
    equal(find(some, "//g:secret"), [], "only what was selected")
    by_id = subtree(m, within("<pre-shared-key><id>one.example</id></pre-shared-key>"))
    equal(keys(by_id), ["a"], "content match by a leaf that is no key")
    both = subtree(m, within("<pre-shared-key><name>a</name></pre-shared-key>"
                             "<global-options><threads/></global-options>"))
    equal(keys(both), ["a"], "two branches")
    equal(text(both, "//g:threads"), "2", "two branches")
    union = subtree(m, within("<pre-shared-key><name>a</name></pre-shared-key>"
                              "<pre-shared-key><name>b</name><id/></pre-shared-key>"))
    equal(keys(union), ["a", "b"], "two entries of one list")
    nothing = subtree(m, within("<pre-shared-key><name>none</name></pre-shared-key>"))
    equal(find(nothing, "//g:pre-shared-key"), [], "no such entry")
    equal(len(subtree(m, '<other xmlns="urn:other"/>').data_ele), 0, "another namespace")
    nowhere = subtree(m, '<config xmlns="%s"><vrf><name>no</name><ike/></vrf></config>' % GH)
    equal(len(nowhere.data_ele), 0, "a content match above fails")
    every = subtree(m, '<config xmlns="%s"><vrf><ike><global-options/></ike></vrf></config>' % GH)
    equal(text(every, "//g:threads"), "2", "a list without its key")


def xpaths(m):
    get = lambda xpath: m.get_config(
        source="running", filter=("xpath", ({"g": GH}, xpath)))
    equal(keys(get("/g:config/g:vrf/g:ike/g:pre-shared-key")), ["a", "b"], "path")
    equal(keys(get("//g:pre-shared-key[g:name='b']")), ["b"], "predicate")
    one = get("//g:pre-shared-key[g:id='one.example']/g:id")
    equal(keys(one), ["a"], "keys of the parents")
    equal(find(one, "//g:secret"), [], "only what was selected")
    equal(text(get("//g:threads | //g:pre-shared-key[g:name='a']"), "//g:threads"), "2", "union")
    equal(len(get("//g:pre-shared-key[g:name='none']").data_ele), 0, "nothing selected")
    refused(get, "//g:pre-shared-key[", tag="invalid-value")
    refused(get, "count(/g:config)", tag="invalid-value")


def with_defaults(m):
    get = lambda mode: m.get_config(source="running", with_defaults=mode)
    cookie, esn = "//g:cookie-threshold", "//g:ike/g:enabled"
    equal((text(m.get_config(source="running"), cookie),
           text(m.get_config(source="running"), esn)), ("64", None), "basic mode")
    equal((text(get("explicit"), cookie), text(get("explicit"), esn)), ("64", None), "explicit")
    equal((text(get("trim"), cookie), text(get("trim"), esn)), (None, None), "trim")
    equal((text(get("report-all"), cookie), text(get("report-all"), esn)), ("64", "true"), "all")
    tagged = get("report-all-tagged")
    equal(len(find(tagged, "//g:ike/g:enabled[@wd:default='true']")), 1, "report-all-tagged")
    one = m.get_config(source="running", with_defaults="report-all",
                       filter=("subtree", within("<enabled/>")))
    equal(text(one, esn), "true", "a default selected by a filter")


def about_the_server(gw, m):
    everything = m.get()
    equal(keys(everything), ["a", "b"], "get has the configuration")
    state = m.get(filter=("subtree",
                          '<netconf-state xmlns="%s"><sessions/></netconf-state>' % NS["mon"]))
    equal(text(state, "//mon:session/mon:session-id"), m.session_id, "sessions")
    equal(text(state, "//mon:session/mon:source-host"), "127.0.0.1", "source-host")
    equal(find(state, "//g:config"), [], "nothing else")
    m.lock("candidate")
    state = m.get(filter=("xpath", ({"m": NS["mon"]}, "/m:netconf-state/m:datastores")))
    equal(text(state, "//mon:datastore[mon:name='candidate']//mon:locked-by-session"),
          m.session_id, "locks")
    m.unlock("candidate")
    library = m.get(filter=("subtree", '<yang-library xmlns="%s"/>' % NS["lib"]))
    modules = [e.text for e in find(library, "//lib:module/lib:name")]
    for name in ("gatehouse", "ietf-netconf", "ietf-netconf-monitoring"):
        assert name in modules, (name, modules)
    streams = m.get(filter=("subtree",
                            '<netconf xmlns="urn:ietf:params:xml:ns:netmod:notification"/>'))
    contains(streams.xml, "<name>NETCONF</name>", "streams")


def candidate(m):
    m.edit_config(target="candidate", config=config(
        "<ike><pre-shared-key><name>c</name><secret>z</secret></pre-shared-key></ike>"))
    equal(keys(m.get_config(source="candidate")), ["a", "b", "c"], "candidate")
    equal(keys(m.get_config(source="running")), ["a", "b"], "running")
    one = subtree(m, within("<pre-shared-key><name>c</name></pre-shared-key>"), "candidate")
    equal(keys(one), ["c"], "candidate, filtered")
    refused(m.get_config, source="startup", tag="operation-not-supported")
    m.discard_changes()


def test(gw):
    m = gw.connect()
    equal(len(find(m.get_config(source="running"), "//g:vrf")), 0, "empty at first")
    m.edit_config(target="candidate", config=SETUP)
    m.commit()
    subtrees(m)
    xpaths(m)
    with_defaults(m)
    about_the_server(gw, m)
    candidate(m)


run(test)
