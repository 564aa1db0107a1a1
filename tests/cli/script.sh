#!/bin/sh
# SPDX-License-Identifier: BSD-3-Clause
# Without a terminal: -c, -f and standard input; exit status; source:line:word; JSON.
. "$(dirname "$0")/lib.sh"

# status EXPECTED COMMAND…: runs it, keeps its output in $out and $err
status()
{
	expected=$1
	shift
	"$@" >"$GATEHOUSE_ROOT/out" 2>"$GATEHOUSE_ROOT/err"
	got=$?
	out=$(cat "$GATEHOUSE_ROOT/out")
	err=$(cat "$GATEHOUSE_ROOT/err")
	[ "$got" -eq "$expected" ] || fail "$*: status $got, not $expected: $out $err"
}

has()
{
	case "$1" in
	*"$2"*) ;;
	*) fail "\"$1\" lacks \"$2\"" ;;
	esac
}

status 3 cli -c 'show version'
has "$err" "does not answer"
start_daemon
status 0 cli -c 'show version'
has "$out" Gatehouse
status 2 cli --bogus
status 2 cli show version
has "$err" "commands go behind -c"

# -c: the first error ends it, with its place
status 1 cli -c 'show version' -c 'show vrsion' -c 'show sessions'
has "$err" "-c:2:2: "
case "$out" in *SESSION*) fail "it went on after an error" ;; esac
status 1 cli -k -c 'show vrsion' -c 'show sessions'
has "$out" SESSION

# a file, whose statements are sent together: errors still name their line
cat >"$GATEHOUSE_ROOT/conf" <<'END'
edit running
# a comment
vrf main
    interface
        loopback lo1
            mtu 1400
            ..
        ..
    ..
END
cp "$GATEHOUSE_ROOT/conf" "$GATEHOUSE_ROOT/good"
echo 'commit' >>"$GATEHOUSE_ROOT/good"
status 0 cli -f "$GATEHOUSE_ROOT/good"
has "$out" "Committed as number 1"
cp "$GATEHOUSE_ROOT/conf" "$GATEHOUSE_ROOT/bad"
printf 'vrf main interface loopback lo2\n  mtu 1400\n  mtu 14x\ncommit\n' >>"$GATEHOUSE_ROOT/bad"
status 1 cli -f "$GATEHOUSE_ROOT/bad"
has "$err" "bad:12:2: "
has "$err" "576 to 9600"
# refused by the daemon, within a batch
cp "$GATEHOUSE_ROOT/conf" "$GATEHOUSE_ROOT/bad"
printf 'del vrf main interface loopback lo9\nvrf main interface loopback lo3\ncommit\n' \
	>>"$GATEHOUSE_ROOT/bad"
status 1 cli -f "$GATEHOUSE_ROOT/bad"
has "$err" "bad:10: / vrf main interface loopback lo9: "
status 1 cli -k -f "$GATEHOUSE_ROOT/bad"
has "$out" "Committed as number 2"
status 0 cli -c 'show config nodefault fullpath'
has "$out" "lo1 mtu 1400"
has "$out" "loopback lo3"

# --load enters and commits
printf 'vrf main interface loopback lo4\n..\nmtu 1400\n' >"$GATEHOUSE_ROOT/bad"
status 1 cli --load "$GATEHOUSE_ROOT/bad"
has "$err" "bad:3:1: "
printf 'vrf main interface loopback lo4\nmtu 1400\n' >"$GATEHOUSE_ROOT/good"
status 0 cli --load "$GATEHOUSE_ROOT/good"
has "$out" "Committed as number 3"

# standard input; uncommitted changes are told
printf 'edit running\nvrf other\n' >"$GATEHOUSE_ROOT/in"
status 0 sh -c "'$GH_BUILD/gatehouse-cli' --instance $NAME <'$GATEHOUSE_ROOT/in'"
has "$err" '"commit" is missing'
status 0 cli -c 'show config nodefault'
case "$out" in *other*) fail "uncommitted changes went in" ;; esac

# JSON
status 0 cli --json -c 'show sessions'
echo "$out" | python3 -c 'import json,sys; d=json.load(sys.stdin)
assert d["gatehouse:show-sessions"]["session"][0]["client"] == "gatehouse-cli"' ||
	fail "not the JSON expected: $out"
status 0 cli -c 'show config json nodefault'
echo "$out" | python3 -c 'import json,sys; d=json.load(sys.stdin)
assert d["gatehouse:config"]["vrf"][0]["name"] == "main"' || fail "not the JSON expected: $out"
status 0 cli -c 'show configuration history json | count'
echo PASS
