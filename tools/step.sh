# SPDX-License-Identifier: BSD-3-Clause
# shellcheck shell=bash
#
# Steps that tell what they do, how long it takes, and, when they fail, why.

STEP_LOG=${STEP_LOG:-$(mktemp /tmp/gatehouse-step.XXXXXX)}

# step TEXT COMMAND…: runs the command with its output kept aside. Ends the script when it fails.
step()
{
	local text=$1 start=$SECONDS pid
	shift
	printf '%s ' "$text"
	"$@" >"$STEP_LOG" 2>&1 &
	pid=$!
	step_watch "$pid" "$text" "$start"
	if wait "$pid"; then
		echo "done, $((SECONDS - start)) s"
		return 0
	fi
	echo "FAILED"
	tail -n 40 "$STEP_LOG" >&2
	exit 1
}

# A sign of life: seconds on a terminal, a dot every ten elsewhere.
step_watch()
{
	local ticks=0
	while kill -0 "$1" 2>/dev/null; do
		sleep 0.2
		ticks=$((ticks + 1))
		if [ -t 1 ]; then
			[ $((ticks % 5)) -ne 0 ] || printf '\r%s %d s ' "$2" "$((SECONDS - $3))"
		elif [ $((ticks % 50)) -eq 0 ]; then
			printf '.'
		fi
	done
}

# need_root: nothing here works without.
need_root()
{
	[ "$(id -u)" -eq 0 ] && return 0
	echo "This needs root: namespaces, packages and ports are made. Try: sudo $0 $*" >&2
	exit 1
}
