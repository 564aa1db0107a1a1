# SPDX-License-Identifier: BSD-3-Clause
# shellcheck shell=bash
#
# The demo: the lab of lab.sh with a gateway in it, and the proof that it does what it should.
# Needs GH_TOP, GH_BUILD, step.sh and lab.sh.

DEMO_PROVEN=""

# demo_init NAME: the namespaces' prefix and the instance's name.
demo_init()
{
	DEMO_NAME=$1
	lab_init "$DEMO_NAME" "/run/$DEMO_NAME"
}

demo_cli()
{
	"$GH_BUILD/gatehouse-cli" --instance "$DEMO_NAME" "$@"
}

demo_bring_up()
{
	step "making the namespaces" lab_topology
	step "starting the gateway" "$GH_BUILD/gatehouse" up "$DEMO_NAME" \
		--netns "$(lab_ns gw)" --load "$GH_TOP/docs/demo/vpnc1.conf"
	step "waiting for the gateway's address" lab_wait 15 \
		lab_in cpe ping -c1 -W1 250.0.0.2
	charon_conns cpe cpe
	step "starting the uCPE's strongSwan" charon_start cpe
}

# Every step ends the script when it fails.
demo_prove()
{
	lab_spawn wan capture tcpdump -i wan -s 0 -U --immediate-mode -w "$LAB_DIR/wan.pcap"
	step "capturing on the WAN" lab_wait 5 grep -q 'listening on' "$LAB_DIR/capture.log"
	step "bringing the tunnel up from the uCPE" charon_ctl cpe --initiate --child net
	step "ping uCPE -> LAN through the tunnel" demo_ping cpe 172.16.0.1 172.26.0.1
	step "ping LAN -> uCPE through the tunnel" demo_ping lan 172.26.0.1 172.16.0.1
	lab_spawn lan iperf-server iperf3 --server --bind 172.26.0.1
	step "starting iperf3 on the LAN" lab_wait 5 demo_iperf_listens
	step "iperf3 uCPE -> LAN" demo_iperf up
	step "iperf3 LAN -> uCPE" demo_iperf down --reverse
	lab_stop iperf-server
	lab_stop capture
	step "asking the gateway for its SAs" demo_shows_sas
	step "looking for clear text in the capture" demo_capture_is_clean
	demo_sum_up
}

demo_ping()
{
	lab_in "$1" ping -q -c 20 -i 0.05 -W 2 -p 676174656b656570 -I "$2" "$3" | tee /dev/stderr |
		grep -q ' 0% packet loss'
}

demo_iperf_listens()
{
	lab_in lan ss -Hltn | grep -q 172.26.0.1:5201
}

demo_iperf()
{
	local name=$1
	shift
	lab_in cpe iperf3 --client 172.26.0.1 --bind 172.16.0.1 --time 3 --json "$@" \
		>"$LAB_DIR/iperf-$name.json" || {
		cat "$LAB_DIR/iperf-$name.json"
		return 1
	}
	[ "$(demo_mbits "$name")" -gt 0 ]
}

# The receiver's rate, whole Mbit/s.
demo_mbits()
{
	sed -n '/"sum_received"/,/}/s/.*"bits_per_second":[[:space:]]*\([0-9]*\).*/\1/p' \
		"$LAB_DIR/iperf-$1.json" | awk '{ print int($1 / 1000000) }'
}

demo_shows_sas()
{
	demo_cli -c 'show ike ike-sa remote-id ucpe1.6wind.com' | tee "$LAB_DIR/sas.txt"
	grep -q 'ucpe1.6wind.com' "$LAB_DIR/sas.txt" && grep -q '172.16.0.0/24' "$LAB_DIR/sas.txt"
}

demo_count()
{
	tcpdump -n -r "$LAB_DIR/wan.pcap" "$1" 2>/dev/null | wc -l
}

# On the WAN may be: ESP, IKE, ARP, ICMP between outer addresses, and what IPv6 says on its own link.
demo_capture_is_clean()
{
	local other
	DEMO_ESP=$(demo_count 'ip proto 50 or (udp port 4500 and udp[8:4] != 0)')
	other=$(demo_count 'not (ip proto 50 or udp port 500 or udp port 4500 or arp or
		(icmp and not net 172.16.0.0/12) or (ip6 and (src net fe80::/10 or src host ::)))')
	echo "$DEMO_ESP ESP packets, $other other packets"
	[ "$DEMO_ESP" -ge 80 ] || return 1
	[ "$other" -eq 0 ] || {
		tcpdump -n -c 10 -r "$LAB_DIR/wan.pcap" 'not (ip proto 50 or udp or arp)'
		return 1
	}
	! grep -q gatekeep "$LAB_DIR/wan.pcap" || {
		echo "the pings' payload is in the capture in clear"
		return 1
	}
	echo "$DEMO_ESP" >"$LAB_DIR/esp-count"
}

demo_sum_up()
{
	DEMO_PROVEN="the configuration committed, a tunnel with $(demo_peer) up, 40 pings \
without loss, iperf3 $(demo_mbits up) Mbit/s up and $(demo_mbits down) Mbit/s down, \
$(cat "$LAB_DIR/esp-count") ESP packets and no clear packet on the WAN"
}

demo_peer()
{
	echo "strongSwan $(dpkg-query -W -f='${Version}' charon-systemd | cut -d- -f1)"
}

demo_explain()
{
	cat "$LAB_DIR/sas.txt"
	cat <<-TEXT

	$DEMO_PROVEN.

	The namespaces are $(lab_ns cpe), $(lab_ns wan), $(lab_ns gw) and $(lab_ns lan). From another terminal:
	  ip netns exec $(lab_ns cpe) ping -I 172.16.0.1 172.26.0.1
	  ip netns exec $(lab_ns wan) tcpdump -ni wan
	  $GH_BUILD/gatehouse-cli --instance $DEMO_NAME
	You are now in the gateway's shell. Try: show ike ike-sa, show interface, show fast-path,
	show config; edit running; ? for help.

	TEXT
}

demo_down()
{
	[ ! -x "$GH_BUILD/gatehouse" ] || "$GH_BUILD/gatehouse" down "$DEMO_NAME" >/dev/null 2>&1
	lab_down
	rm -rf "/var/lib/gatehouse/$DEMO_NAME"
	rmdir /var/lib/gatehouse /run/gatehouse 2>/dev/null
	return 0
}
