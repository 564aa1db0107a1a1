# SPDX-License-Identifier: BSD-3-Clause
"""NETCONF through sshd's subsystem, message by message: ROLE SECRET SSH-COMMAND…; see
ssh-roles.sh. An admin commits the host name ncadmin."""
import subprocess
import sys

role, secret = sys.argv[1:3]
NC = "urn:ietf:params:xml:ns:netconf:base:1.0"
END = b"]]>]]>"

ssh = subprocess.Popen(sys.argv[3:], stdin=subprocess.PIPE, stdout=subprocess.PIPE)


def check(good, what):
    if not good:
        ssh.kill()
        print("FAIL: NETCONF as %s: %s" % (role, what))
        sys.exit(1)


def take():
    text = b""
    while not text.endswith(END):
        part = ssh.stdout.read1(65536)
        check(part, "the session ended: %r" % text)
        text += part
    return text.decode()


def ask(body):
    ask.id += 1
    ssh.stdin.write(
        ('<rpc message-id="%d" xmlns="%s">%s</rpc>' % (ask.id, NC, body)).encode() + END
    )
    ssh.stdin.flush()
    return take()


ask.id = 0
take()
ssh.stdin.write(
    ('<hello xmlns="%s"><capabilities><capability>urn:ietf:params:netconf:base:1.0</capability>'
     "</capabilities></hello>" % NC).encode() + END
)
ssh.stdin.flush()

host = '<config xmlns="urn:gatehouse"><system><hostname>nc%s</hostname></system></config>' % role
reads = [
    "<get-config><source><running/></source></get-config>",
    "<get-config><source><candidate/></source></get-config>",
    "<get/>",
]
guess = (
    '<get-config><source><running/></source><filter type="xpath" xmlns:g="urn:gatehouse"'
    " select=\"/g:config/g:vrf/g:ike/g:pre-shared-key[starts-with(g:secret,'%s')]\"/></get-config>"
    % secret[:4]
)
writes = [
    "<lock><target><candidate/></target></lock>",
    "<edit-config><target><candidate/></target><config>%s</config></edit-config>" % host,
    "<commit/>",
]
for body in reads:
    reply = ask(body)
    check("pre-shared-key" in reply, "%s: %s" % (body, reply))
    check((secret in reply) == (role == "admin"), "%s: %s" % (body, reply))
    check(("$6$" in reply) == (role == "admin"), "%s: %s" % (body, reply))
reply = ask(guess)
check(("<name>p</name>" in reply) == (role == "admin"), "a filter asks about a secret: " + reply)
for body in writes:
    reply = ask(body)
    check(("access-denied" in reply) == (role != "admin"), "%s: %s" % (body, reply))
    check(("<ok/>" in reply) == (role == "admin"), "%s: %s" % (body, reply))
ask("<close-session/>")
ssh.stdin.close()
ssh.wait(20)
