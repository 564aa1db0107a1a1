/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * Lists whose entries stand alone ("islands"): no constraint of the model that stands outside of an
 * entry looks into it, and none inside looks into another entry. Whether an entry of such a list is
 * valid depends on itself and on what is outside of all islands; so a change within one entry needs
 * that entry to be validated, not its ten thousand neighbours. Found by looking at every must,
 * when, leafref and unique of the compiled model. One thread.
 */
#pragma once

#include <libyang/libyang.h>
#include <stdbool.h>

#include "common/error.h"
#include "db/paths.h"

struct gh_islands;

/* Of a context's model, which has to live longer. NULL: out of memory. */
struct gh_islands *gh_islands_new(const struct ly_ctx *ctx);
void gh_islands_free(struct gh_islands *islands);

bool gh_is_island(const struct gh_islands *islands, const struct lysc_node *list);

/* gh_tree_validate for a tree that differs from a valid one at or below the touched paths only
 * (NULL: anywhere): no more is looked at than has to be. */
int gh_tree_validate_at(struct lyd_node *tree, const struct gh_islands *islands,
    struct gh_paths *touched, struct gh_error *err);

/* Makes `old` equal to `now`, from which it differs at or below the touched paths only, by copying
 * the entries that were touched. false: it cannot be done so; free `old`. */
bool gh_tree_follow(struct lyd_node *old, struct lyd_node *now, const struct gh_islands *islands,
    struct gh_paths *touched);
