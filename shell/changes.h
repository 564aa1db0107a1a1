/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * Differences between configurations as lines to read: "+ / vrf main …" and "- / …", as typed.
 */
#pragma once

#include "shell/session.h"

/* The change entries among the output of an rpc (grouping change-list). Returns their number. */
unsigned changes_print(struct session *s, const struct lyd_node *op);

/* "/ vrf main ike ha" for each entry of the leaf-list of that name, as paths or plain text; title
 * goes before the first. Returns their number. */
unsigned changes_print_list(
    struct session *s, const struct lyd_node *op, const char *name, const char *title);
