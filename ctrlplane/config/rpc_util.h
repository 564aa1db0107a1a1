/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * Small helpers of rpc handlers: reading input, building output. Main loop only.
 */
#pragma once

#include <libyang/libyang.h>
#include <stdbool.h>
#include <stdint.h>

#include "ctrlplane/config/session.h"

/* The value of an input leaf, or NULL; its number, or `none`. */
const char *gh_input(const struct lyd_node *input, const char *name);
uint64_t gh_input_number(const struct lyd_node *input, const char *name, uint64_t none);

/* Adds an output leaf to the rpc or a list entry of it; a NULL value is left out. */
void gh_output(struct lyd_node *parent, const char *name, const char *value);
void gh_output_number(struct lyd_node *parent, const char *name, uint64_t value);
void gh_output_bool(struct lyd_node *parent, const char *name, bool value);
/* Adds an entry of an output list; NULL without memory (the adders above take NULL). */
struct lyd_node *gh_output_entry(struct lyd_node *parent, const char *list);

#define GH_TIME_STRLEN 32
/* Wall-clock milliseconds as 2026-01-31T12:00:00Z. Returns buf. */
const char *gh_time_str(uint64_t ms, char buf[GH_TIME_STRLEN]);

/* Sends the changes of a diff as entries of `change`, in pieces, secrets masked; the last piece is
 * given back for more output and has to be sent. */
struct lyd_node *gh_output_changes(struct gh_reply *reply, const struct lyd_node *diff);

/* The same below a given node, in one piece. */
void gh_output_changes_into(struct lyd_node *parent, const struct lyd_node *diff);
