#!/bin/bash
# SPDX-License-Identifier: BSD-3-Clause
# Accounts and roles over a real sshd: an instance makes three users with keys and passwords, who
# log in, run single commands and NETCONF, and write frames to the socket by themselves. What each
# may do and may not; that a viewer gets no secret by any of these ways; that all is in the audit
# log; and that the machine's accounts are afterwards as they were.
#
# All of it happens in namespaces of its own, with a copy of /etc: the machine's accounts are safe
# whatever goes wrong, and no process is left.
set -u
DIR=$(cd "$(dirname "$0")" && pwd)
export GH_TOP=${GH_TOP:-$(cd "$DIR/../.." && pwd)}
export GH_BUILD=${GH_BUILD:-$GH_TOP/build}

if [ -z "${GH_SSH_INSIDE:-}" ]; then
	for tool in /usr/sbin/sshd ssh ssh-keygen expect unshare setpriv /usr/bin/python3; do
		command -v "$tool" >/dev/null || { echo "$tool is not installed"; exit 77; }
	done
	[ "$(id -u)" -eq 0 ] || { echo "it takes root"; exit 77; }
	R=$(mktemp -d /tmp/gatehouse-ssh.XXXXXX)
	# unshare ends the whole namespace with itself, but hears no gentler signal
	cleanup()
	{
		inside=$(pgrep -P "$child")
		kill -KILL "$child" 2>/dev/null
		wait "$child" 2>/dev/null
		[ -z "$inside" ] || tail --pid="$inside" -f /dev/null
		rm -rf "$R"
	}
	export R GH_SSH_INSIDE=1
	unshare --mount --net --pid --fork --kill-child --mount-proc -- "$0" "$@" &
	child=$!
	trap cleanup EXIT
	trap 'exit 1' INT TERM HUP
	wait "$child"
	exit $?
fi

SECRET=open-sesame-4711
ROLES="admin operator viewer"
PASSWORD=correct-horse-

fail()
{
	echo "FAIL: $*"
	tail -n 15 "$R/sshd.log" "$R/gw/t/log/gatehoused.log" "$R/gw/t/log/audit.log" 2>/dev/null
	exit 1
}

has()
{
	case "$1" in *"$2"*) ;; *) fail "$3: \"$1\" lacks \"$2\"" ;; esac
}

lacks()
{
	case "$1" in *"$2"*) fail "$3: \"$1\" has \"$2\"" ;; esac
}

prepare()
{
	ip link set lo up
	chmod 755 "$R"
	mkdir -p "$R/bin" "$R/gw" "$R/keys"
	cp "$GH_BUILD"/gatehouse{d,-cli,-netconf} "$R/bin/" || fail "the programs are not built"
	cp "$DIR/ssh-frames.py" "$R/bin/"
	cp -a /etc "$R/etc" && mount --bind "$R/etc" /etc || fail "/etc cannot be covered"
	mount -t tmpfs -o mode=755 none /run && mkdir /run/sshd || fail "/run cannot be covered"
	mount -t tmpfs -o mode=755 none /var && mkdir -p /var/lib /var/log &&
		touch /var/log/lastlog || fail "/var cannot be covered"
	mkdir "$R/before" && cp -a /etc/{passwd,shadow,group,gshadow,shells} "$R/before/"
	export GATEHOUSE_ROOT=$R/gw GATEHOUSE_INSTANCE=t HOME=$R LC_ALL=C.UTF-8
	for role in $ROLES; do
		ssh-keygen -q -t ed25519 -N "" -C "gh$role" -f "$R/keys/$role" || fail "ssh-keygen"
	done
}

root_cli()
{
	"$R/bin/gatehouse-cli" "$@"
}

configure()
{
	"$R/bin/gatehoused" --instance t || fail "gatehoused does not start"
	{
		echo "edit running"
		echo "/ vrf main ike pre-shared-key p secret $SECRET"
		echo "/ system auth manage-accounts true"
		for role in $ROLES; do
			echo "/ system auth user gh$role role $role"
			echo "/ system auth user gh$role password $PASSWORD$role"
			echo "/ system auth user gh$role authorized-key \"$(cat "$R/keys/$role.pub")\""
		done
		echo "commit"
	} >"$R/users.conf"
	root_cli -f "$R/users.conf" >"$R/out" 2>&1 || fail "users are refused: $(cat "$R/out")"
	lacks "$(root_cli -c 'show config')" "$PASSWORD" "a password is shown in clear"
	has "$(root_cli -c 'show config')" '$6$' "the hash is not kept"
	for role in $ROLES; do
		has "$(id "gh$role")" "(gatehouse-$role)" "the account's groups"
		has "$(getent passwd "gh$role")" ":$R/bin/gatehouse-cli" "the account's shell"
	done
	grep -qx "$R/bin/gatehouse-cli" /etc/shells || fail "the CLI is not in /etc/shells"
}

# What is refused, with the reason; and running stays as it is.
refused_configuration()
{
	local out
	while IFS='|' read -r line reason; do
		out=$(printf 'edit running\n/ %s\nvalidate\n' "$line" | root_cli 2>&1) &&
			fail "\"$line\" was taken"
		has "$out" "$reason" "\"$line\""
	done <<'END'
system auth user root role admin|reserved
system auth user Bad role admin|lower-case
system auth user ghx role king|admin
system auth user ghadmin authorized-key "ssh-rsa AAAA x"|ssh-rsa AAAA x
system auth user ghadmin password short|8 characters
system auth user ghadmin password "$1$abc$def"|crypt
END
	useradd -M -s /bin/false ghforeign || fail "useradd"
	out=$(printf 'edit running\n/ system auth user ghforeign role admin\ncommit\n' | root_cli 2>&1) &&
		fail "a foreign account was taken over"
	has "$out" "did not make" "a foreign account"
	has "$(getent passwd ghforeign)" "/bin/false" "the foreign account"
	userdel ghforeign || fail "userdel"
}

start_sshd()
{
	PORT=2222
	ssh-keygen -q -t ed25519 -N "" -f "$R/host" || fail "ssh-keygen"
	{
		cat "$GH_TOP/image/ssh/gatehouse.conf"
		printf 'Port %s\nListenAddress 127.0.0.1\nHostKey %s/host\nPidFile none\nUsePAM no\n' \
			"$PORT" "$R"
		printf 'SetEnv GATEHOUSE_ROOT=%s GATEHOUSE_INSTANCE=t\n' "$GATEHOUSE_ROOT"
	} >"$R/sshd_config"
	/usr/sbin/sshd -D -e -f "$R/sshd_config" 2>"$R/sshd.log" &
	sshd=$!
	for _ in $(seq 500); do
		(: </dev/tcp/127.0.0.1/$PORT) 2>/dev/null && return
		kill -0 "$sshd" 2>/dev/null || fail "sshd has ended"
		sleep 0.02
	done
	fail "sshd does not answer"
}

SSH=(ssh -F none -p 2222 -o StrictHostKeyChecking=no -o "UserKnownHostsFile=$R/known"
	-o LogLevel=ERROR -o BatchMode=yes -o IdentitiesOnly=yes)

as()
{
	local role=$1
	shift
	"${SSH[@]}" -i "$R/keys/$role" "gh$role@127.0.0.1" "$@"
}

# by -c: ssh HOST 'COMMAND'
single_commands()
{
	local out status
	for role in $ROLES; do
		has "$(as "$role" 'show version' </dev/null)" Gatehouse "$role: show version"
		out=$(as "$role" 'show ike ike-sa | count' </dev/null 2>&1) ||
			fail "$role: count: $out"
		out=$(as "$role" 'show users' </dev/null)
		has "$out" "ssh from 127.0.0.1" "$role: show users"
		out=$(as "$role" 'show config running json' </dev/null)
		has "$out" pre-shared-key "$role: show config"
		[ "$role" = admin ] && has "$out" "$SECRET" admin
		[ "$role" = admin ] || lacks "$out" "$SECRET" "$role: show config"
		out=$(printf 'edit running\nsystem hostname x%s\ncommit\n' "$role" |
			as "$role" 2>&1)
		status=$?
		[ "$role" = admin ] || has "$out" "takes the role admin" "$role: commit"
		[ "$role" = admin ] || [ "$status" -eq 1 ] || fail "$role: status $status"
		[ "$role" = admin ] && { [ "$status" -eq 0 ] || fail "admin: $out"; }
		out=$(as "$role" 'clear ike ike-sa all' </dev/null 2>&1)
		[ "$role" = viewer ] && has "$out" "takes the role operator" "viewer: clear"
		[ "$role" = viewer ] || lacks "$out" "takes the role" "$role: clear"
	done
	has "$(root_cli -c 'show config')" "hostname xadmin" "what is running"
}

# Nothing but the CLI and NETCONF.
nothing_else()
{
	as admin 'sh -c id' </dev/null >"$R/out" 2>&1 && fail "a Unix command ran"
	lacks "$(cat "$R/out")" "uid=" "a Unix command"
	as admin -s sftp </dev/null >"$R/out" 2>&1 && fail "sftp ran"
	as admin -W 127.0.0.1:2222 </dev/null >"$R/out" 2>&1 && fail "forwarding works"
	cp "$R/keys/admin.pub" /etc/gatehouse/authorized_keys/root
	"${SSH[@]}" -i "$R/keys/admin" root@127.0.0.1 true </dev/null 2>/dev/null && fail "root got in"
	rm /etc/gatehouse/authorized_keys/root
	"${SSH[@]}" -i "$R/keys/viewer" ghadmin@127.0.0.1 'show version' </dev/null 2>/dev/null &&
		fail "a viewer's key opened the admin's account"
	return 0
}

netconf()
{
	for role in $ROLES; do
		timeout 60 /usr/bin/python3 "$DIR/ssh-netconf.py" "$role" "$SECRET" "${SSH[@]}" \
			-i "$R/keys/$role" -s "gh$role@127.0.0.1" netconf || fail "NETCONF as $role"
	done
	has "$(root_cli -c 'show config')" "hostname ncadmin" "what is running"
}

raw_frames()
{
	local role
	for role in $ROLES; do
		setpriv --reuid "gh$role" --regid gatehouse --clear-groups --no-new-privs \
			/usr/bin/python3 "$R/bin/ssh-frames.py" "$R/gw/t/run/control.sock" "$role" "$SECRET" ||
			fail "raw frames as $role"
	done
	# whoever is not in the group does not get as far as the role
	setpriv --reuid nobody --regid nogroup --clear-groups \
		/usr/bin/python3 "$R/bin/ssh-frames.py" "$R/gw/t/run/control.sock" nobody "$SECRET" ||
		fail "raw frames as nobody"
}

# What lies in the instance's directory gives a viewer no secret.
files()
{
	local found
	found=$(setpriv --reuid ghviewer --regid gatehouse --init-groups \
		grep -rlaF -e "$SECRET" -e "$PASSWORD" "$R/gw" 2>/dev/null)
	[ -z "$found" ] || fail "a viewer reads a secret in $found"
	found=$(find "$R/gw" -type s -perm /007; find "$R/gw" -perm -002 ! -type l ! -type s)
	[ -z "$found" ] || fail "open to everybody: $found"
}

audit()
{
	local log=$R/gw/t/log/audit.log
	grep -q ' refused user=ghviewer .* role=viewer .*reported-from="ssh from 127.0.0.1".* rpc=' "$log" ||
		fail "no refusal of the viewer"
	grep -q ' refused user=ghviewer .* rpc=commit$' "$log" || fail "no refused commit"
	grep -q ' commit user=ghadmin .* commit=' "$log" || fail "no commit of the admin"
	grep -q ' action user=ghoperator .* rpc=clear-ike-sa' "$log" || fail "no action"
	grep -q ' open user=ghadmin .*reported-tty="/dev/pts' "$log" || fail "no login at a terminal"
	grep -q ' close user=ghadmin ' "$log" || fail "no logout"
	grep -rqaF -e "$SECRET" -e "$PASSWORD" -e "typed-password" "$R/gw/t/log" &&
		fail "a secret is in a log"
	return 0
}

# A user who is taken away is out at once; and all is as it was when accounts are not managed.
removal()
{
	printf 'edit running\ndel system auth user ghoperator\ncommit\n' | root_cli >"$R/out" 2>&1 ||
		fail "del: $(cat "$R/out")"
	as operator 'show version' </dev/null 2>/dev/null && fail "a removed user got in"
	id ghoperator 2>/dev/null && fail "the account is still there"
	[ ! -e /var/lib/gatehouse-users/ghoperator ] || fail "the home is still there"
	printf 'edit running\n/ system auth manage-accounts false\ncommit\n' |
		root_cli >"$R/out" 2>&1 || fail "manage-accounts: $(cat "$R/out")"
	cmp /etc/passwd "$R/before/passwd" && cmp /etc/shadow "$R/before/shadow" ||
		fail "the machine's accounts are not as they were"
	diff <(grep -v '^gatehouse' /etc/group) "$R/before/group" || fail "groups have changed"
}

prepare
configure
refused_configuration
start_sshd
single_commands
nothing_else
for role in $ROLES; do
	for how in key password; do
		expect -f "$DIR/ssh-login.tcl" "$role" "$how" "$PASSWORD$role" "$SECRET" \
			ssh -F none -p 2222 -o StrictHostKeyChecking=no \
			-o "UserKnownHostsFile=$R/known" -o LogLevel=ERROR -o IdentitiesOnly=yes \
			-i "$R/keys/$role" || fail "login as $role by $how"
	done
done
netconf
raw_frames
files
audit
removal
kill "$sshd"
wait "$sshd" 2>/dev/null
echo PASS
