# SPDX-License-Identifier: BSD-3-Clause
# shellcheck shell=bash
#
# What the tests of tests/net share: the lab (tools/lab.sh) with a gateway in it, traffic that is
# counted, and checks. A test sources this file, calls test_begin, and simply ends when all is
# well; whatever happens, everything it made is removed.

set -u
GH_TOP=${GH_TOP:-$(cd "$(dirname "${BASH_SOURCE[0]}")/../.." && pwd)}
GH_BUILD=${GH_BUILD:-$GH_TOP/build}
. "$GH_TOP/tools/lab.sh"

GW_CONF=$GH_TOP/docs/demo/vpnc1.conf

fail()
{
	echo "FAIL: $*" >&2
	exit 1
}

skip()
{
	echo "$*"
	exit 77
}

# test_begin: names, private instance directory, clean-up, topology.
test_begin()
{
	[ "$(id -u)" -eq 0 ] || skip "needs root for network namespaces"
	[ -x "$GH_BUILD/gatehouse" ] || fail "no programs in $GH_BUILD: build first"
	command -v swanctl >/dev/null || skip "strongSwan is not installed"
	lab_init "ght-$$" "/run/ght-$$"
	export GATEHOUSE_ROOT=$LAB_DIR/root
	trap 'exit 130' INT TERM HUP
	trap test_end EXIT
	lab_topology
}

test_end()
{
	local status=$?
	trap - EXIT
	if [ "$status" -ne 0 ] && [ "$status" -ne 77 ]; then
		test_explain
	fi
	test_stop_instances
	lab_down
	exit "$status"
}

test_stop_instances()
{
	local dir
	for dir in "$GATEHOUSE_ROOT"/*/; do
		[ -d "$dir" ] && timeout 20 "$GH_BUILD/gatehouse" down "$(basename "$dir")"
	done
	rmdir /run/gatehouse 2>/dev/null
}

# What a person wants to see of a failed test.
test_explain()
{
	local log
	{
		gw_cli -c 'show fast-path' -c 'show interface' -c 'show ike ike-sa detail'
		for log in "$GATEHOUSE_ROOT"/*/log/*.log "$LAB_DIR"/charon-*/charon.log; do
			echo "--- ${log#"$LAB_DIR"/}"
			tail -n 25 "$log"
		done
	} 2>&1 | tail -n 120 >&2
}

# expect SECONDS TEXT COMMAND…: waits for a condition; fails the test with the text.
expect()
{
	local seconds=$1 text=$2
	shift 2
	lab_wait "$seconds" "$@" || fail "$text (waited $seconds s for: $*)"
}

# --- the gateway ----------------------------------------------------------------------------

gw()
{
	"$GH_BUILD/gatehouse" "$@"
}

gw_cli()
{
	"$GH_BUILD/gatehouse-cli" --instance gw "$@"
}

# gw_up [FILE]: starts the gateway with a configuration and waits until it is reachable.
gw_up()
{
	gw up gw --netns "$(lab_ns gw)" --load "${1:-$GW_CONF}" || fail "the gateway did not start"
	expect 15 "250.0.0.2 is not reachable" lab_in cpe ping -c1 -W1 250.0.0.2
	expect 5 "the LAN's router is not reachable" lab_in lan ping -c1 -W1 172.32.0.1
}

# gw_conf EXTRA-LINES: a copy of the usual configuration with lines behind; prints its name.
gw_conf()
{
	local file=$LAB_DIR/gw.conf
	cp "$GW_CONF" "$file"
	printf '/\n%s\n' "$1" >>"$file"
	echo "$file"
}

gw_commit()
{
	printf 'edit running\n%s\n/\ncommit\n' "$1" | gw_cli || fail "commit refused: $1"
}

# gw_query SHOW JQ: an operational command's JSON through jq.
gw_query()
{
	gw_cli --json -c "$1" | jq -r "$2"
}

IKE_SAS='[.. | ."ike-sa"? | arrays | .[]]'

gw_ike_sas()
{
	gw_query 'show ike ike-sa' "$IKE_SAS | length"
}

gw_has_sas()
{
	[ "$(gw_ike_sas)" = "$1" ]
}

# gw_child LEAF: a leaf of the first IKE SA's first child.
gw_child()
{
	gw_query 'show ike ike-sa detail' "$IKE_SAS | .[0].\"child-sa\"[0].\"$1\""
}

# gw_drops REASON: how many packets were dropped for it.
gw_drops()
{
	gw_query 'show fast-path' "[.. | .drop? | arrays | .[] | select(.node == \"$1\")
		| .packets | tonumber] | add // 0"
}

gw_pid()
{
	cut -d' ' -f1 "$GATEHOUSE_ROOT/gw/run/$1.state"
}

# --- the uCPE -------------------------------------------------------------------------------

cpe_up()
{
	charon_conns cpe cpe "$@"
	charon_start cpe || fail "the uCPE's strongSwan did not start"
}

cpe_initiate()
{
	charon_ctl cpe --initiate --child net >"$LAB_DIR/initiate.log" 2>&1 || {
		cat "$LAB_DIR/initiate.log" >&2
		fail "the uCPE could not bring its tunnel up"
	}
}

cpe_has_child()
{
	charon_ctl cpe --list-sas | grep -q 'net: .*INSTALLED'
}

# The inbound SPI of the uCPE's only child.
cpe_spi()
{
	charon_ctl cpe --list-sas | sed -n 's/^ *in  *\([0-9a-f]*\).*/\1/p' | tail -n 1
}

# cpe_rekeyed SPI: the uCPE has a child, and it is not that one any more.
cpe_rekeyed()
{
	local spi
	spi=$(cpe_spi)
	[ -n "$spi" ] && [ "$spi" != "$1" ]
}

cpe_ike_rekeyed()
{
	local spi
	spi=$(cpe_ike_spi)
	[ -n "$spi" ] && [ "$spi" != "$1" ] && cpe_has_child
}

cpe_ike_spi()
{
	charon_ctl cpe --list-sas | sed -n 's/.*IKEv2, \([0-9a-f]*\)_i.*/\1/p' | head -n 1
}

# --- traffic --------------------------------------------------------------------------------

# ping_ok NODE SOURCE DESTINATION [COUNT]: not one lost.
ping_ok()
{
	lab_in "$1" ping -q -c "${4:-10}" -i 0.05 -W 2 -I "$2" "$3" | grep -q ' 0% packet loss' ||
		fail "packets from $2 to $3 were lost"
}

# flow_start: a numbered flow uCPE -> LAN -> uCPE, a packet every 4 ms each way.
flow_start()
{
	lab_spawn lan echo /usr/bin/python3 "$GH_TOP/tests/net/flow.py" echo 172.26.0.1 7777
	expect 5 "the echo does not run" has_udp_socket lan 172.26.0.1:7777
	lab_spawn cpe flow /usr/bin/python3 "$GH_TOP/tests/net/flow.py" send 172.16.0.1 172.26.0.1 7777 4 \
		"$LAB_DIR/flow"
	expect 5 "the flow does not run" has_udp_socket cpe 172.16.0.1:
}

has_udp_socket()
{
	lab_in "$1" ss -Haun | grep -q " $2"
}

# flow_stop: sets FLOW_SENT, FLOW_LOST and FLOW_GAP (ms).
flow_stop()
{
	kill -TERM "$(cat "$LAB_DIR/pids/flow")"
	expect 10 "the flow did not end" test -e "$LAB_DIR/flow"
	rm -f "$LAB_DIR/pids/flow"
	read -r FLOW_SENT FLOW_LOST FLOW_GAP <"$LAB_DIR/flow"
	rm -f "$LAB_DIR/flow"
	lab_stop echo
	echo "flow: $FLOW_SENT sent, $FLOW_LOST lost, longest gap $FLOW_GAP ms"
	[ "$FLOW_LOST" -eq 0 ] || cat "$LAB_DIR/flow.log"
}

flow_lost_nothing()
{
	flow_stop
	[ "$FLOW_SENT" -gt "${1:-100}" ] || fail "the flow sent only $FLOW_SENT packets"
	[ "$FLOW_LOST" -eq 0 ] || fail "$FLOW_LOST of $FLOW_SENT packets were lost"
}

# --- captures on the WAN --------------------------------------------------------------------

capture_start()
{
	lab_spawn wan capture tcpdump -i wan -s 0 -U --immediate-mode -w "$LAB_DIR/wan.pcap"
	expect 5 "tcpdump does not run" grep -q 'listening on' "$LAB_DIR/capture.log"
}

capture_stop()
{
	lab_stop capture
}

capture_count()
{
	tcpdump -n -r "$LAB_DIR/wan.pcap" "$1" 2>/dev/null | wc -l
}

ESP='(ip proto 50 or (udp port 4500 and udp[8:4] != 0))'

# Nothing of the sites' networks may be there but inside ESP.
capture_is_clean()
{
	local clear
	clear=$(capture_count 'net 172.16.0.0/12')
	[ "$clear" -eq 0 ] || {
		tcpdump -n -c 10 -r "$LAB_DIR/wan.pcap" 'net 172.16.0.0/12' >&2
		fail "$clear packets of the sites' networks on the WAN in clear"
	}
}

capture_has_esp()
{
	local esp
	esp=$(capture_count "$ESP")
	[ "$esp" -ge "$1" ] || fail "$esp ESP packets on the WAN, expected at least $1"
}
