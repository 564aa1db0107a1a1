#!/usr/bin/python3
# SPDX-License-Identifier: BSD-3-Clause
"""get-schema for every module and submodule that the server lists; together they compile."""
import os
import shutil
import subprocess
import tempfile

from lib import *


def fetch(m, directory):
    state = m.get(filter=("subtree",
                          '<netconf-state xmlns="%s"><schemas/></netconf-state>' % NS["mon"]))
    listed = set()
    for s in find(state, "//mon:schema"):
        name = s.findtext("{%s}identifier" % NS["mon"])
        revision = s.findtext("{%s}version" % NS["mon"]) or ""
        equal(s.findtext("{%s}location" % NS["mon"]), "NETCONF", name)
        source = m.get_schema(name, version=revision or None).data
        assert source.lstrip().startswith(("module %s" % name, "submodule %s" % name)), name
        with open("%s/%s.yang" % (directory, name), "w") as f:
            f.write(source)
        listed.add(name)
    return listed


def test(gw):
    m = gw.connect()
    directory = gw.dir + "/yang"
    os.mkdir(directory)
    listed = fetch(m, directory)
    for name in ("gatehouse", "gatehouse-ike", "gatehouse-events", "gatehouse-extensions",
                 "ietf-netconf", "ietf-netconf-monitoring", "ietf-netconf-with-defaults",
                 "ietf-netconf-notifications", "notifications", "nc-notifications",
                 "ietf-yang-library", "ietf-yang-types"):
        assert name in listed, name
    refused(m.get_schema, "no-such-module", tag="invalid-value")
    refused(m.get_schema, "gatehouse", version="1999-01-01", tag="invalid-value")
    if shutil.which("yanglint"):
        subprocess.run(["yanglint", "-p", directory, directory + "/gatehouse.yang",
                        directory + "/ietf-netconf-notifications.yang"], check=True)
    print("%d schemas" % len(listed))


run(test)
