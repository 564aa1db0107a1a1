# SPDX-License-Identifier: BSD-3-Clause
# shellcheck shell=bash
#
# build_in DIR [CONFIGURE OPTION…]: configures a build directory once and brings it up to date.
# GH_TOP is the top of the source.

build_in()
{
	local dir=$1
	shift
	build_configure "$dir" "$@" || return 1
	make -C "$dir" -j"$(nproc)" --no-print-directory
}

build_configure()
{
	local dir=$1
	shift
	if [ ! -e "$GH_TOP/configure" ] || [ "$GH_TOP/configure.ac" -nt "$GH_TOP/configure" ]; then
		(cd "$GH_TOP" && ./autogen.sh) || return 1
	fi
	[ ! -e "$dir/Makefile" ] || return 0
	mkdir -p "$dir"
	# A compiler cache, where there is one, makes the second build directory cheap.
	case " $* " in
	*" CC="*) ;;
	*) ! command -v ccache >/dev/null || set -- "$@" "CC=ccache gcc" ;;
	esac
	(cd "$dir" && "$GH_TOP/configure" "$@")
}
