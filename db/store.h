/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * Committed configurations in SQLite: each commit as a change with who, when and why, a full
 * snapshot every so often, a bounded history. What gh_store_append has returned 0 for survives
 * kill -9 and loss of power. One process and one thread at a time.
 *
 * A file that is damaged, is not ours, or was written by a newer version is refused with a sentence
 * that tells the way out, and left untouched.
 */
#pragma once

#include <libyang/libyang.h>
#include <stdint.h>

#include "common/error.h"

#define GH_STORE_HISTORY 100 /* commits that can be listed and rolled back to, by default */

struct gh_store;

struct gh_commit {
	uint64_t id;	  /* from 1, without gaps; 0: before the first */
	uint64_t time_ms; /* since the epoch */
	const char *user, *origin, *comment;
};

/* Opens or creates; mode 0600, as it holds secrets. history: commits to keep. NULL with err set. */
struct gh_store *gh_store_open(const char *path, unsigned history, struct gh_error *err);
void gh_store_close(struct gh_store *store);

/* The newest commit, 0 if there is none. */
uint64_t gh_store_last(const struct gh_store *store);

/* Makes a commit durable; commit->id has to be gh_store_last() + 1. */
int gh_store_append(struct gh_store *store, const struct gh_commit *commit,
    const struct lyd_node *diff, const struct lyd_node *config, struct gh_error *err);

/* The configuration as it was after that commit, not validated and without defaults; id 0 is the
 * empty one. *tree is the caller's. -ENOENT: too old or not yet made. */
int gh_store_load(struct gh_store *store, const struct ly_ctx *ctx, uint64_t id,
    struct lyd_node **tree, struct gh_error *err);

/* The change of a commit as a libyang diff. */
int gh_store_change(struct gh_store *store, const struct ly_ctx *ctx, uint64_t id,
    struct lyd_node **diff, struct gh_error *err);

/* Calls fn for the newest commits, latest first, until it returns non-zero, at most `count`. The
 * strings live during the call. */
int gh_store_list(struct gh_store *store, unsigned count,
    int (*fn)(const struct gh_commit *commit, void *ctx), void *ctx, struct gh_error *err);
