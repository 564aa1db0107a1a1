# SPDX-License-Identifier: BSD-3-Clause
# What the shell tests share, as lib.exp does for the expect tests. Sourced by sh scripts.

GH_TOP=${GH_TOP:-$(cd "$(dirname "$0")/../.." && pwd)}
GH_BUILD=${GH_BUILD:-$GH_TOP/build}
GATEHOUSE_ROOT=$(mktemp -d /tmp/gatehouse-cli.XXXXXX)
HOME=$GATEHOUSE_ROOT
LC_ALL=C.UTF-8
export GATEHOUSE_ROOT HOME LC_ALL
NAME=t$$

fail()
{
	echo "FAIL: $*"
	tail -n 20 "$GATEHOUSE_ROOT/daemon.log"
	exit 1
}

start_daemon()
{
	unshare --net "$GH_BUILD/gatehoused" --instance "$NAME" >"$GATEHOUSE_ROOT/daemon.log" 2>&1 ||
		fail "gatehoused does not start"
}

stop_daemon()
{
	pid=$(cut -d" " -f1 "$GATEHOUSE_ROOT/$NAME/run/gatehoused.pid" 2>/dev/null) || return 0
	kill "$pid" 2>/dev/null
	tail --pid="$pid" -f /dev/null
}

cleanup()
{
	stop_daemon
	rm -rf "$GATEHOUSE_ROOT"
}
trap cleanup EXIT
trap 'exit 1' INT TERM HUP

cli()
{
	"$GH_BUILD/gatehouse-cli" --instance "$NAME" "$@"
}
