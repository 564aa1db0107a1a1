# SPDX-License-Identifier: BSD-3-Clause
# shellcheck shell=bash
#
# A small network in namespaces, shared by the demo (quickstart) and tests/net:
#
#   cpe ────────────── wan ────────────────── gw ────────────────── lan
#   10.1.0.2   10.1.0.1   192.168.0.1   192.168.0.11   192.168.1.11   192.168.1.250
#   172.16.0.1            250.0.0.1     250.0.0.2      172.32.0.1     172.32.0.250
#   (172.17…19.0.1)                     [wan]  [lan]                  172.26.0.1 (…29.0.1)
#
# cpe runs a real strongSwan; wan is the WAN router, where captures are taken; gw holds the
# gateway, whose two ports are the network devices `wan` and `lan`; lan is 172.32.0.250 with the
# hosts behind it. Every namespace is called PREFIX-cpe and so on; every process started here is
# in LAB_DIR/pids, so that lab_down leaves nothing behind.

LAB_NODES="cpe wan gw lan"

# lab_init PREFIX DIR: names of everything that follows. DIR is created.
lab_init()
{
	LAB_PREFIX=$1
	LAB_DIR=$2
	mkdir -p "$LAB_DIR/pids"
}

lab_ns()
{
	echo "$LAB_PREFIX-$1"
}

# lab_in NODE COMMAND…: runs a command in a node's namespace.
lab_in()
{
	local node=$1
	shift
	ip netns exec "$(lab_ns "$node")" "$@"
}

# lab_spawn NODE NAME COMMAND…: a background process; its output is in LAB_DIR/NAME.log.
lab_spawn()
{
	local node=$1 name=$2
	shift 2
	ip netns exec "$(lab_ns "$node")" "$@" >"$LAB_DIR/$name.log" 2>&1 </dev/null &
	echo $! >"$LAB_DIR/pids/$name"
}

# lab_stop NAME [SIGNAL]: ends a process started by lab_spawn and waits until it is gone.
lab_stop()
{
	local file=$LAB_DIR/pids/$1 pid
	[ -e "$file" ] || return 0
	pid=$(cat "$file")
	rm -f "$file"
	kill "-${2:-TERM}" "$pid" 2>/dev/null || return 0
	lab_wait 5 lab_gone "$pid" || kill -KILL "$pid" 2>/dev/null
	wait "$pid" 2>/dev/null
	return 0
}

lab_gone()
{
	! kill -0 "$1" 2>/dev/null || [ "$(cut -d' ' -f3 "/proc/$1/stat" 2>/dev/null)" = Z ]
}

# lab_wait SECONDS COMMAND…: polls until the command succeeds; 1 when the time is over.
lab_wait()
{
	local deadline=$((${EPOCHREALTIME/./} + $1 * 1000000))
	shift
	until "$@" >/dev/null 2>&1; do
		[ "${EPOCHREALTIME/./}" -lt "$deadline" ] || return 1
		sleep 0.05
	done
}

# lab_link NODE DEV NODE DEV: a veth pair. Checksums and segments are made whole by the sender, as
# on a real wire: what arrives at a port that bypasses the kernel must be complete.
lab_link()
{
	local a b
	a=$(lab_ns "$1")
	b=$(lab_ns "$3")
	ip -n "$a" link add "$2" type veth peer name "$4" netns "$b"
	lab_link_end "$1" "$2"
	lab_link_end "$3" "$4"
}

lab_link_end()
{
	lab_in "$1" sysctl -qw "net.ipv6.conf.$2.disable_ipv6=1"
	lab_in "$1" ethtool -K "$2" tx off tso off gso off gro off >/dev/null
	lab_in "$1" ip link set "$2" up
}

# lab_topology: builds the picture above; the gateway's ports get no addresses.
lab_topology()
{
	local node
	for node in $LAB_NODES; do
		ip netns add "$(lab_ns "$node")"
		lab_in "$node" ip link set lo up
		# Links without IPv6's own chatter; the gateway decides for itself.
		[ "$node" = gw ] || lab_in "$node" sysctl -qw net.ipv6.conf.default.disable_ipv6=1
	done
	lab_link cpe eth0 wan cpe
	lab_link wan wan gw wan
	lab_link gw lan lan eth0
	lab_addresses
}

lab_addresses()
{
	lab_in cpe ip addr add 10.1.0.2/24 dev eth0
	lab_in cpe ip route add default via 10.1.0.1
	lab_in wan ip addr add 10.1.0.1/24 dev cpe
	lab_in wan ip addr add 192.168.0.1/24 dev wan
	lab_in wan ip addr add 250.0.0.1/24 dev wan
	lab_in wan sysctl -qw net.ipv4.ip_forward=1
	lab_in lan ip addr add 192.168.1.250/24 dev eth0
	lab_in lan ip addr add 172.32.0.250/24 dev eth0
	lab_in lan ip route add default via 172.32.0.1
	for i in 0 1 2 3; do
		lab_in cpe ip addr add 172.1$((6 + i)).0.1/24 dev lo
		lab_in lan ip addr add 172.2$((6 + i)).0.1/24 dev lo
	done
}

# lab_down: ends every process, removes every namespace, then LAB_DIR.
lab_down()
{
	local file node
	for file in "$LAB_DIR"/pids/*; do
		[ -e "$file" ] && lab_stop "${file##*/}"
	done
	for node in $LAB_NODES; do
		ip netns del "$(lab_ns "$node")" 2>/dev/null
	done
	rm -rf "$LAB_DIR"
	return 0
}

# --- strongSwan -----------------------------------------------------------------------------

# charon_start NODE: a charon with its user-space ESP, its files in LAB_DIR/charon-NODE. The
# connections come from LAB_DIR/charon-NODE/swanctl.conf, which the caller writes before.
charon_start()
{
	local node=$1 dir=$LAB_DIR/charon-$1
	mkdir -p "$dir"
	charon_conf "$dir" >"$dir/strongswan.conf"
	lab_spawn "$node" "charon-$node" env "STRONGSWAN_CONF=$dir/strongswan.conf" \
		"$(charon_binary)"
	if ! lab_wait 10 charon_ctl "$node" --stats; then
		echo "charon in $node does not answer:" >&2
		cat "$LAB_DIR/charon-$node.log" "$dir/charon.log" >&2
		return 1
	fi
	charon_ctl "$node" --load-all --file "$dir/swanctl.conf" >"$dir/load.log" 2>&1 || {
		cat "$dir/load.log" >&2
		return 1
	}
}

charon_binary()
{
	command -v charon-systemd || echo /usr/sbin/charon-systemd
}

charon_ctl()
{
	local node=$1 command=$2
	shift 2
	STRONGSWAN_CONF=$LAB_DIR/charon-$node/strongswan.conf \
		swanctl "$command" --uri "unix://$LAB_DIR/charon-$node/vici" "$@"
}

CHARON_PLUGINS="random nonce openssl aes sha1 sha2 hmac gcm kdf curve25519 gmp pem pkcs1 \
kernel-libipsec kernel-netlink socket-default vici"

charon_conf()
{
	cat <<-CONF
	charon-systemd {
		load = $CHARON_PLUGINS
		retransmit_timeout = 1
		retransmit_tries = 4
		make_before_break = yes
		install_virtual_ip = no
		journal {
			default = -1
		}
		filelog {
			charon {
				path = $1/charon.log
				time_format = %T
				flush_line = yes
				default = 1
				ike = 2
			}
		}
		plugins {
			vici {
				socket = unix://$1/vici
			}
		}
	}
	CONF
}

# charon_conns NODE ROLE KEY=VALUE…: the usual connection `gw` with the child `net`, for the cpe
# or (to try the lab itself) for a charon in the place of the gateway. Overrides by KEY=VALUE:
# ike, esp, local_ts, remote_ts, psk, child_rekey, ike_rekey, start.
charon_conns()
{
	local node=$1 role=$2
	local ike=aes128gcm12-prfsha1-modp1024 esp=aes128gcm16 psk=uCPE-1-shared-secret
	local local_ts=172.16.0.0/24 remote_ts=172.26.0.0/24 child_rekey=0 ike_rekey=0 start=none
	local local_addrs=10.1.0.2 remote_addrs=250.0.0.2 id=ucpe1.6wind.com peer=vpnc.6wind.com
	if [ "$role" = gateway ]; then
		local_ts=172.26.0.0/24 remote_ts=172.16.0.0/24
		local_addrs=250.0.0.2 remote_addrs=%any id=vpnc.6wind.com peer=ucpe1.6wind.com
	fi
	shift 2
	[ $# -eq 0 ] || local "$@"
	mkdir -p "$LAB_DIR/charon-$node"
	cat >"$LAB_DIR/charon-$node/swanctl.conf" <<-CONF
	connections {
		gw {
			version = 2
			local_addrs = $local_addrs
			remote_addrs = $remote_addrs
			proposals = $ike
			rekey_time = $ike_rekey
			mobike = no
			local {
				auth = psk
				id = $id
			}
			remote {
				auth = psk
				id = $peer
			}
			children {
				net {
					local_ts = $local_ts
					remote_ts = $remote_ts
					esp_proposals = $esp
					rekey_time = $child_rekey
					start_action = $start
				}
			}
		}
	}
	secrets {
		ike-1 {
			id-1 = $id
			id-2 = $peer
			secret = $psk
		}
	}
	CONF
}
