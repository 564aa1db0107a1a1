#!/bin/sh
# SPDX-License-Identifier: BSD-3-Clause
# What show config prints goes in again and is the same: as a tree, with defaults, as full paths.
. "$(dirname "$0")/lib.sh"

start_daemon
{
	echo edit running
	cat "$GH_TOP/tests/cli/seed.conf"
	printf '/\nvrf main ike pre-shared-key k id a secret "quo\\"ted \\\\ and blank"\n'
	printf '/ vrf main interface loopback lo1 description "# ! .. / | "\ncommit\n'
} | cli >/dev/null || fail "the seed is refused"

for form in "nodefault" "nodefault fullpath" "fullpath"; do
	cli -c "show config $form" >"$GATEHOUSE_ROOT/printed" || fail "show config $form"
	[ -s "$GATEHOUSE_ROOT/printed" ] || fail "show config $form prints nothing"
	{
		printf 'edit running\ndel /\n'
		cat "$GATEHOUSE_ROOT/printed"
		printf '/\nshow config %s\n' "$form"
		echo discard
	} | cli >"$GATEHOUSE_ROOT/again" || fail "$form does not go in again"
	cmp "$GATEHOUSE_ROOT/printed" "$GATEHOUSE_ROOT/again" || fail "$form is not the same again"
done
echo PASS
