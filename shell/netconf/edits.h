/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * The elements of an edit-config (RFC 6241 section 7.2) as a list of edits for the daemon's rpc.
 * Names are checked here; values, existence and constraints by the daemon, which says it better.
 */
#pragma once

#include <libyang/libyang.h>
#include <stdbool.h>
#include <stddef.h>

#include "shell/json.h"
#include "shell/netconf/fault.h"

struct edit {
	const char *operation; /* of the rpc edit */
	char *path;
	char *value; /* or NULL */
};

struct edits {
	struct edit *list;
	size_t count, size;
	bool plain; /* nothing but merges: no operation attributes, all of it fits the schema */
};

/* default_operation: merge, replace or none. 0, or <0 with *fault_element set, the caller's. */
int edits_make(struct edits *edits, const struct ly_ctx *ctx, const struct lyd_node *elements,
    const char *default_operation, struct lyd_node **fault_element);
void edits_free(struct edits *edits);

/* "edit":[…] of the edits from `from` up to `to`. */
void edits_print(const struct edits *edits, size_t from, size_t to, struct text *t);
