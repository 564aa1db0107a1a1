# SPDX-License-Identifier: BSD-3-Clause
# shellcheck shell=bash
#
# The Debian packages that Gatehouse needs, in one place, and how they are installed.

DEPS_BUILD="autoconf automake gcc make pkg-config libc6-dev libdpdk-dev libipsec-mb-dev
libyang2-dev libssl-dev libcli-dev libreadline-dev libsqlite3-dev libmnl-dev libev-dev
libcunit1-dev uthash-dev zlib1g-dev libnetconf2-dev libssh-dev libcrypt-dev"

DEPS_DEMO="iproute2 iputils-ping iperf3 tcpdump ethtool procps charon-systemd strongswan-swanctl
libcharon-extra-plugins libstrongswan-standard-plugins libstrongswan-extra-plugins"

DEPS_TEST="git expect jq python3 clang clang-format libclang-rt-14-dev openssh-server openssh-client
python3-ncclient"

# deps_missing PACKAGE…: those that are not installed.
deps_missing()
{
	local package
	for package in "$@"; do
		dpkg-query -W -f='${Status}' "$package" 2>/dev/null |
			grep -q ' installed$' || echo "$package"
	done
}

# deps_install PACKAGE…: installs what is missing; does nothing, and quickly, when nothing is.
deps_install()
{
	local missing
	missing=$(deps_missing "$@")
	[ -n "$missing" ] || return 0
	# shellcheck disable=SC2086
	set -- $missing
	step "apt-get update" deps_apt update
	step "installing $# Debian packages" deps_apt install -y --no-install-recommends "$@"
	deps_calm "$@"
}

deps_apt()
{
	DEBIAN_FRONTEND=noninteractive apt-get -q "$@" </dev/null
}

# Packages start their services on the host itself, which nobody asked for: those just installed
# are told to stop; those that were there before are left alone.
deps_calm()
{
	local package
	[ -d /run/systemd/system ] || return 0
	for package in "$@"; do
		case $package in
		charon-systemd) systemctl disable --now strongswan ;;
		openssh-server) systemctl disable --now ssh ;;
		esac >/dev/null 2>&1
	done
	return 0
}
