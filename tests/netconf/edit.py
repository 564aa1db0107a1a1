#!/usr/bin/python3
# SPDX-License-Identifier: BSD-3-Clause
"""edit-config in all its operations and options, copy-config, delete-config, discard, validate."""
from lib import *


def psk(name, secret=None, operation=None, ids=()):
    return "<pre-shared-key%s><name>%s</name>%s%s</pre-shared-key>" % (
        ' nc:operation="%s"' % operation if operation else "",
        name,
        "".join("<id>%s</id>" % i for i in ids),
        "<secret>%s</secret>" % secret if secret else "",
    )


def ike(inner):
    return config("<ike>%s</ike>" % inner)


def secrets(m, source="candidate"):
    reply = m.get_config(source=source)
    return {
        e.findtext("{%s}name" % GH): e.findtext("{%s}secret" % GH)
        for e in find(reply, "//g:pre-shared-key")
    }


def operations(m):
    edit = lambda x, **k: m.edit_config(target="candidate", config=x, **k)
    edit(ike(psk("a", "one")))
    edit(ike(psk("b", "two", "create")))
    equal(secrets(m), {"a": "one", "b": "two"}, "merge and create")
    edit(ike(psk("a", "uno")))
    equal(secrets(m)["a"], "uno", "merge changes a leaf")
    refused(edit, ike(psk("b", "x", "create")), tag="data-exists",
            path="gatehouse:pre-shared-key[gatehouse:name='b']")
    edit(ike(psk("a", None, "merge", ["x.example", "y.example"])))
    edit(ike(psk("a", "new", "replace", ["z.example"])))
    reply = m.get_config(source="candidate")
    equal([e.text for e in find(reply, "//g:pre-shared-key[g:name='a']/g:id")], ["z.example"],
          "replace leaves nothing of the old entry")
    edit(ike(psk("b", None, "delete")))
    equal(secrets(m), {"a": "new"}, "delete")
    refused(edit, ike(psk("b", None, "delete")), tag="data-missing", path="[gatehouse:name='b']")
    edit(ike(psk("b", None, "remove")))
    edit(ike('<enabled>false</enabled>'))
    edit(ike('<enabled nc:operation="delete"/>'))
    equal(find(m.get_config(source="candidate"), "//g:ike/g:enabled"), [], "delete of a leaf")
    edit(ike('<global-options><cookie-threshold nc:operation="create">7</cookie-threshold>'
             "</global-options>"))
    refused(edit, ike('<global-options nc:operation="create"><threads>2</threads>'
                      "</global-options>"), tag="data-exists", path="global-options")


def defaults(m):
    edit = lambda x, **k: m.edit_config(target="candidate", config=x, **k)
    edit(ike(psk("c", "see", "create")), default_operation="none")
    equal(secrets(m), {"a": "new", "c": "see"}, "default-operation none with a create inside")
    missing = ike("<vpn><name>nobody</name><local-id nc:operation=\"merge\">x</local-id></vpn>")
    refused(edit, missing, default_operation="none", tag="data-missing", path="'nobody'")
    edit(ike(psk("only", "one")), default_operation="replace")
    equal(secrets(m), {"only": "one"}, "default-operation replace")


def options(m):
    edit = lambda x, **k: m.edit_config(target="candidate", config=x, **k)
    wrong = ike("<vpn><name>v</name><ike-policy><template>none</template></ike-policy></vpn>")
    before = secrets(m)
    refused(edit, wrong, test_option="test-then-set")
    refused(edit, wrong, test_option="test-only")
    edit(ike(psk("t", "x")), test_option="test-only")
    equal(secrets(m), before, "test-only changes nothing")
    edit(ike(psk("t", "x")), test_option="test-then-set")
    equal(secrets(m), {"only": "one", "t": "x"}, "test-then-set")
    half = ike(psk("h1", "x") + psk("t", "y", "create") + psk("h2", "x"))
    refused(edit, half, error_option="rollback-on-error", tag="data-exists")
    equal(secrets(m), {"only": "one", "t": "x"}, "rollback-on-error")
    refused(edit, half, tag="data-exists")
    equal(secrets(m), {"only": "one", "t": "x"}, "stop-on-error")
    refused(edit, half, error_option="continue-on-error", tag="data-exists")
    equal(secrets(m), {"only": "one", "t": "x", "h1": "x", "h2": "x"}, "continue-on-error")


def order(m):
    edit = lambda x: m.edit_config(target="candidate", config=x)
    policies = lambda: [
        e.text for e in find(m.get_config(source="candidate"), "//g:security-policy/g:name")]
    policy = lambda name, where="": ike(
        "<vpn><name>v</name><security-policy %s><name>%s</name></security-policy></vpn>"
        % (where, name))
    yang = 'xmlns:yang="urn:ietf:params:xml:ns:yang:1" '
    for name in "ab":
        edit(policy(name))
    edit(policy("first", yang + 'yang:insert="first"'))
    edit(policy("mid", yang + 'yang:insert="after" yang:key="[name=\'a\']"'))
    equal(policies(), ["first", "a", "mid", "b"], "insert")
    edit(policy("first", yang + 'yang:insert="last"'))
    equal(policies(), ["a", "mid", "b", "first"], "move")
    refused(edit, policy("x", yang + 'yang:insert="before" yang:key="[name=\'no\']"'))


def copies(m):
    m.discard_changes()
    equal(secrets(m), {}, "discard-changes")
    whole = config("<ike>%s</ike>" % psk("copied", "x"))
    m.copy_config(source=to_ele("<source xmlns=\"%s\">%s</source>" % (NC, whole)),
                  target="candidate")
    equal(secrets(m), {"copied": "x"}, "copy-config of a configuration")
    m.copy_config(source="running", target="candidate")
    equal(secrets(m), {}, "copy-config of running")
    refused(m.copy_config, source="candidate", target="running", tag="operation-not-supported",
            message="candidate")
    refused(m.edit_config, target="running", config=whole, tag="operation-not-supported")
    refused(rpc, m, "<delete-config xmlns=\"%s\"><target><startup/></target></delete-config>" % NC,
            tag="operation-not-supported")


def validation(m):
    m.edit_config(target="candidate", config=ike(
        "<vpn><name>v</name><ike-policy><template>none</template></ike-policy>"
        "<ipsec-policy><template>none</template></ipsec-policy></vpn>"))
    e = refused(m.validate, source="candidate", tag="data-missing",
                path="/gatehouse:config/gatehouse:vrf[gatehouse:name='main']/gatehouse:ike/"
                     "gatehouse:vpn[gatehouse:name='v']/gatehouse:i")
    contains(etree.tostring(e.xml).decode(), "instance-required", "error-app-tag")
    contains(etree.tostring(e.xml).decode(), 'xmlns:gatehouse="urn:gatehouse"', "prefix")
    refused(m.commit, tag="data-missing", message="does not exist")
    m.validate(source="running")
    good = to_ele("<source xmlns=\"%s\">%s</source>" % (NC, ike(psk("a", "x"))))
    rpc(m, etree.tostring(wrap("validate", good)).decode())
    bad = to_ele("<source xmlns=\"%s\">%s</source>" % (NC, ike("<enabled>maybe</enabled>")))
    refused(rpc, m, etree.tostring(wrap("validate", bad)).decode(), tag="invalid-value")
    m.discard_changes()


def wrap(name, inner):
    outer = etree.Element("{%s}%s" % (NC, name))
    outer.append(inner)
    return outer


def bulk(m):
    # a large plain merge goes another way inside, with the same outcome
    m.edit_config(target="candidate",
                  config=ike("".join(psk("k%d" % i, "s%d" % i) for i in range(1500))))
    equal(len(secrets(m)), 1500, "a large merge")
    m.edit_config(target="candidate", default_operation="replace",
                  config=ike("".join(psk("r%d" % i, "s%d" % i) for i in range(1200))))
    equal(len(secrets(m)), 1200, "a large replace")
    m.discard_changes()


def test(gw):
    m = gw.connect()
    operations(m)
    defaults(m)
    options(m)
    order(m)
    copies(m)
    validation(m)
    bulk(m)


run(test)
