/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * Passwords (gh:hashed in the model) never get into a candidate in clear: whatever brings a value
 * goes through here first. A hash takes some milliseconds. Main loop only.
 */
#pragma once

#include <libyang/libyang.h>

#include "common/error.h"

/* The hash of a password for the leaf at `path`, in static memory; `value` itself if the leaf is
 * none, or it is a hash already. NULL with err set. */
const char *gh_hashed_value(
    const struct ly_ctx *ctx, const char *path, const char *value, struct gh_error *err);

/* The same for all in a tree. */
int gh_hashed_tree(struct lyd_node *tree, struct gh_error *err);
