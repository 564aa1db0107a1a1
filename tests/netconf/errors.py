#!/usr/bin/python3
# SPDX-License-Identifier: BSD-3-Clause
"""rpc-errors: tags, paths with their prefixes bound, messages that tell what to do."""
from lib import *


def edit(m, inner):
    return lambda: m.edit_config(target="candidate", config=config(inner))


def test(gw):
    m = gw.connect()
    main = "/gatehouse:config/gatehouse:vrf[gatehouse:name='main']/gatehouse:ike"
    e = refused(edit(m, "<ike><bogus/></ike>"), tag="unknown-element", path=main,
                message="'bogus' is not known below ike")
    contains(etree.tostring(e.xml).decode(), "<bad-element>bogus</bad-element>", "error-info")
    refused(edit(m, '<x xmlns="urn:nowhere"/>'), tag="unknown-namespace", message="urn:nowhere")
    refused(edit(m, "<ike><enabled>perhaps</enabled></ike>"), tag="invalid-value",
            path=main + "/gatehouse:enabled", message="expected true or false")
    refused(edit(m, "<ike><global-options><threads>99</threads></global-options></ike>"),
            tag="invalid-value", path=main + "/gatehouse:global-options/gatehouse:threads",
            message="expected 1 to 64 threads")
    refused(edit(m, "<ike><vpn><local-id>x</local-id></vpn></ike>"), tag="missing-element",
            message="key")
    refused(edit(m, '<ike><vpn nc:operation="frobnicate"><name>x</name></vpn></ike>'))

    # operations
    refused(rpc, m, '<frobnicate xmlns="%s"/>' % NC, tag="operation-not-supported")
    refused(rpc, m, '<show-version xmlns="urn:gatehouse"><x/></show-version>',
            tag="unknown-element", message='"x"')
    refused(rpc, m, '<kill-session xmlns="%s"/>' % NC, tag="missing-element")
    refused(rpc, m, '<kill-session xmlns="%s"><session-id>99999</session-id></kill-session>' % NC,
            tag="invalid-value", message="there is no session 99999")
    refused(rpc, m, '<kill-session xmlns="%s"><session-id>%s</session-id></kill-session>'
            % (NC, m.session_id), tag="invalid-value")
    refused(rpc, m, '<kill-session xmlns="%s"><session-id>abc</session-id></kill-session>' % NC,
            tag="invalid-value", path="/ietf-netconf:kill-session/ietf-netconf:session-id")
    refused(rpc, m, '<show-ike-sa xmlns="urn:gatehouse"><remote-address>zzz</remote-address>'
            "</show-ike-sa>", tag="invalid-value",
            path="/gatehouse:show-ike-sa/gatehouse:remote-address")

    # must, with the model's own words
    m.edit_config(target="candidate", config=config(
        "<ike><ike-policy-template><name>t</name></ike-policy-template></ike>"))
    refused(m.validate, source="candidate", path="ike-policy-template[gatehouse:name='t']")
    m.discard_changes()

    # the session has come through all this
    equal(text(rpc(m, '<show-version xmlns="urn:gatehouse"/>'), "//g:product"), "Gatehouse")


run(test)
