# SPDX-License-Identifier: BSD-3-Clause
"""What the NETCONF tests share: a gateway of their own behind a real sshd on 127.0.0.1.

A Gateway is a temporary directory with an instance whose gatehoused runs in a network namespace of
its own, and an sshd with its own keys and port. Leaving the `with` block ends both, by their pids,
and removes the directory, also when the test failed.
"""

import getpass
import os
import shutil
import socket
import subprocess
import sys
import tempfile
import time

TOP = os.environ.get("GH_TOP") or os.path.realpath(os.path.dirname(__file__) + "/../..")
BUILD = os.environ.get("GH_BUILD") or TOP + "/build"

# Debian's python3 has the modules; another python3 may come first in PATH.
if not sys.executable.startswith("/usr/bin/"):
    os.execv("/usr/bin/python3", ["/usr/bin/python3"] + sys.argv)


def skip(why):
    print("skipped: " + why)
    sys.exit(77)


try:
    from lxml import etree
    from ncclient import manager, operations
    from ncclient.operations.rpc import RPCError
    from ncclient.xml_ import to_ele
except ImportError:
    skip("python3-ncclient is not installed")
if os.geteuid() != 0:
    skip("it takes root, for a network namespace")
for tool in ("/usr/sbin/sshd", "/usr/bin/ssh-keygen", "/usr/bin/unshare"):
    if not os.path.exists(tool):
        skip(tool + " is not installed")

NC = "urn:ietf:params:xml:ns:netconf:base:1.0"
GH = "urn:gatehouse"
NS = {
    "nc": NC,
    "g": GH,
    "ntf": "urn:ietf:params:xml:ns:netconf:notification:1.0",
    "ncn": "urn:ietf:params:xml:ns:yang:ietf-netconf-notifications",
    "mon": "urn:ietf:params:xml:ns:yang:ietf-netconf-monitoring",
    "lib": "urn:ietf:params:xml:ns:yang:ietf-yang-library",
    "wd": "urn:ietf:params:xml:ns:netconf:default:1.0",
}


def wait_for(what, condition, seconds=10):
    """Polls until the condition holds, and returns what it gave."""
    end = time.monotonic() + seconds
    while True:
        value = condition()
        if value:
            return value
        if time.monotonic() > end:
            raise AssertionError("waited %s s in vain for: %s" % (seconds, what))
        time.sleep(0.02)


def equal(got, expected, what=""):
    if got != expected:
        raise AssertionError("%s: got %r, expected %r" % (what, got, expected))


def contains(text, part, what=""):
    if part not in (text or ""):
        raise AssertionError("%s: %r is not in %r" % (what, part, text))


def refused(function, *args, tag=None, path=None, message=None, **kwargs):
    """Calls the function, which has to be answered by an rpc-error such as this."""
    try:
        function(*args, **kwargs)
    except RPCError as e:
        if tag is not None:
            equal(e.tag, tag, "error-tag (%s)" % e.message)
        if path is not None:
            contains(e.path, path, "error-path")
        if message is not None:
            contains(e.message, message, "error-message")
        return e
    raise AssertionError("%s was not refused" % getattr(function, "__name__", function))


def free_port():
    with socket.socket() as s:
        s.bind(("127.0.0.1", 0))
        return s.getsockname()[1]


def config(inner, attributes=""):
    """<config> of an edit-config around statements of vrf main."""
    return (
        '<config xmlns="%s" xmlns:nc="%s"><config xmlns="%s"%s>'
        "<vrf><name>main</name>%s</vrf></config></config>" % (NC, NC, GH, attributes, inner)
    )


class Gateway:
    def __enter__(self):
        self.dir = tempfile.mkdtemp(prefix="ghnc.")
        self.processes = []
        self.sessions = []
        self.env = dict(os.environ, GATEHOUSE_ROOT=self.dir + "/root")
        self.env.pop("GATEHOUSE_INSTANCE", None)
        self.env["ASAN_OPTIONS"] = "log_path=%s/sanitizer" % self.dir
        self.env["UBSAN_OPTIONS"] = "print_stacktrace=1:" + self.env["ASAN_OPTIONS"]
        os.mkdir(self.dir + "/root")
        try:
            self.start_daemon()
            self.start_sshd()
        except BaseException:
            self.__exit__(*sys.exc_info())
            raise
        return self

    def __exit__(self, kind, value, trace):
        for s in self.sessions:
            try:
                s.close_session()
            except Exception:  # it may be gone already
                pass
        try:
            wait_for("the end of the sessions' processes", lambda: not self.servers())
        finally:
            for p in reversed(self.processes):
                self.stop(p)
        if kind is not None and kind is not SystemExit:
            for log in ("daemon.log", "sshd.log"):
                try:
                    with open(self.dir + "/" + log, errors="replace") as f:
                        print("--- %s\n%s" % (log, f.read()[-6000:]))
                except OSError:
                    pass
        reports = [self.dir + "/" + f for f in os.listdir(self.dir) if f.startswith("sanitizer")]
        for report in reports:
            with open(report, errors="replace") as f:
                print(f.read()[:8000])
        shutil.rmtree(self.dir, ignore_errors=True)
        if reports and kind is None:
            raise AssertionError("%d reports of the sanitizers" % len(reports))

    def servers(self):
        """Session processes of this gateway; one writes a sanitizer's report as it ends."""
        found = []
        for pid in filter(str.isdigit, os.listdir("/proc")):
            try:
                with open("/proc/%s/cmdline" % pid, "rb") as f:
                    program = f.read().split(b"\0")[0]
                with open("/proc/%s/environ" % pid, "rb") as f:
                    ours = self.dir.encode() in f.read()
            except OSError:  # it has ended meanwhile
                continue
            if ours and program.endswith(b"/gatehouse-netconf"):
                found.append(int(pid))
        return found

    def spawn(self, name, command):
        log = open("%s/%s.log" % (self.dir, name), "ab")
        p = subprocess.Popen(
            command, stdin=subprocess.DEVNULL, stdout=log, stderr=log, env=self.env
        )
        log.close()
        self.processes.append(p)
        return p

    def stop(self, process, signal=None):
        if process.poll() is None:
            process.terminate() if signal is None else process.send_signal(signal)
        try:
            process.wait(10)
        except subprocess.TimeoutExpired:
            process.kill()
            process.wait()
        if process in self.processes:
            self.processes.remove(process)

    def start_daemon(self):
        self.daemon = self.spawn(
            "daemon",
            ["unshare", "-n", BUILD + "/gatehoused", "--instance", "t", "--foreground"],
        )
        control = self.dir + "/root/t/run/control.sock"
        wait_for("gatehoused", lambda: self.answers(socket.AF_UNIX, control))

    def answers(self, family, address):
        for p in self.processes:
            if p.poll() is not None:
                raise AssertionError("a process has ended: %s" % p.args)
        with socket.socket(family) as s:
            return s.connect_ex(address) == 0 if family == socket.AF_INET else self.try_unix(
                s, address
            )

    @staticmethod
    def try_unix(s, address):
        try:
            s.connect(address)
            return True
        except OSError:
            return False

    def keygen(self, name):
        subprocess.run(
            ["ssh-keygen", "-q", "-t", "ed25519", "-N", "", "-f", self.dir + "/" + name],
            check=True,
        )

    def start_sshd(self):
        os.makedirs("/run/sshd", exist_ok=True)
        self.port = free_port()
        self.keygen("host")
        self.keygen("user")
        os.chmod(self.dir, 0o755)
        passed_on = ("GATEHOUSE_ROOT", "ASAN_OPTIONS", "UBSAN_OPTIONS")
        subsystem = "/usr/bin/env %s %s/gatehouse-netconf --instance t" % (
            " ".join("%s=%s" % (name, self.env[name]) for name in passed_on),
            BUILD,
        )
        with open(self.dir + "/sshd_config", "w") as f:
            f.write(
                "ListenAddress 127.0.0.1\nPort %d\nHostKey %s/host\nPidFile none\n"
                "AuthorizedKeysFile %s/user.pub\nStrictModes no\nUsePAM no\n"
                "PermitRootLogin prohibit-password\nPasswordAuthentication no\n"
                "Subsystem netconf %s\n"
                % (self.port, self.dir, self.dir, subsystem)
            )
        self.sshd = self.spawn(
            "sshd", ["/usr/sbin/sshd", "-D", "-e", "-f", self.dir + "/sshd_config"]
        )
        wait_for("sshd", lambda: self.answers(socket.AF_INET, ("127.0.0.1", self.port)))

    def connect(self, user=None):
        session = manager.connect(
            host="127.0.0.1",
            port=self.port,
            username=user or getpass.getuser(),
            key_filename=self.dir + "/user",
            hostkey_verify=False,
            allow_agent=False,
            look_for_keys=False,
            timeout=30,
            device_params={"name": "default"},
        )
        self.sessions.append(session)
        return session

    def cli(self, *lines, ok=True):
        """Runs lines in the CLI; returns what it printed."""
        command = [BUILD + "/gatehouse-cli", "--instance", "t"]
        for line in lines:
            command += ["-c", line]
        p = subprocess.run(
            command, env=self.env, stdin=subprocess.DEVNULL, stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT, timeout=60, universal_newlines=True,
        )
        if ok and p.returncode != 0:
            raise AssertionError("gatehouse-cli %s: %s" % (lines, p.stdout))
        return p.stdout


def find(reply, xpath):
    """Elements of a reply, by an XPath with the prefixes of NS."""
    element = getattr(reply, "data_ele", None)
    if element is None:
        element = to_ele(reply.xml if hasattr(reply, "xml") else reply)
    return element.xpath(xpath, namespaces=NS)


def text(reply, xpath):
    found = find(reply, xpath)
    return found[0].text if found else None


def rpc(session, xml):
    """An operation given as XML."""
    return session.dispatch(to_ele(xml))


def run(test):
    """Runs a test function with a gateway of its own."""
    with Gateway() as gateway:
        test(gateway)
    print("passed")
