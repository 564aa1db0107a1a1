/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * Filters of get, get-config and subscriptions: subtree (RFC 6241 section 6) and XPath (8.9).
 * What a filter selects is marked, and the rest then cut away.
 */
#pragma once

#include <libyang/libyang.h>
#include <stdbool.h>

#include "common/error.h"

struct filter {
	const struct lyd_node *subtree; /* the filter's elements; valid as long as the rpc */
	const char *xpath;		/* or an expression with module names for prefixes */
	bool all;			/* there is no filter */
};

/* From the anyxml `filter` of an rpc, which may be NULL. -EINVAL with err set. */
int filter_read(const struct lyd_node *any, struct filter *filter, struct gh_error *err);

/* Leaves in *tree, which may get NULL, only what the filter selects, with parents and keys.
 * <0 with err set. */
int filter_apply(const struct filter *filter, struct lyd_node **tree, struct gh_error *err);

/* Whether the filter may select anything of a top-level container; true when in doubt. */
bool filter_wants(const struct filter *filter, const char *module, const char *name);

/* The one instance, by its path, outside of which the filter selects nothing of `schema` and below;
 * malloc'ed, or NULL. It spares reading the rest. */
char *filter_narrow(const struct filter *filter, const struct lysc_node *schema);
