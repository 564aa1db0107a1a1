/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * The running configuration and how it changes: validate, verify, apply, make durable, show; or
 * leave everything as it was. ctrlplane/engine.h has the contract with the engines. Main loop only.
 */
#pragma once

#include <libyang/libyang.h>
#include <stdbool.h>
#include <stdint.h>

#include "common/error.h"
#include "ctrlplane/engine.h"
#include "db/islands.h"
#include "db/paths.h"
#include "db/store.h"

#define GH_BEHIND_MAX 8

struct gh_datastore {
	const struct ly_ctx *ctx;
	struct gh_store *store;	    /* owned */
	struct lyd_node *running;   /* owned; validated, with defaults */
	struct lyd_node *spare;	    /* owned; NULL, or equal to running: the next candidate */
	struct gh_islands *islands; /* owned */
	uint64_t id;		    /* the commit that running is */
	struct {
		const struct gh_engine *engine;
		char reason[800];
	} behind[GH_BEHIND_MAX]; /* engines that refused the stored configuration, and why */
	unsigned behind_count;
};

/* Loads the last commit of the store, which it takes over; engines are not told yet. */
int gh_datastore_open(struct gh_datastore *ds, const struct ly_ctx *ctx, struct gh_store *store,
    struct gh_error *err);
void gh_datastore_close(struct gh_datastore *ds);

/* Gives the loaded configuration to every engine as a change from the empty one. An engine that
 * refuses does not keep the daemon from serving, so that the operator can mend it: it is named in
 * `behind` and gets the whole again with the next commit, also one without changes. */
void gh_datastore_start(struct gh_datastore *ds);

/* A copy of running for somebody to edit; NULL: out of memory. */
struct lyd_node *gh_datastore_copy(struct gh_datastore *ds);

struct gh_commit_request {
	const char *user, *origin, *comment; /* never NULL */
	bool check;			     /* stop before apply */
};

struct gh_commit_result {
	uint64_t id;	       /* the new commit; 0: nothing changed, or only checked */
	struct lyd_node *diff; /* what was set or deleted, NULL if nothing; the caller's */
};

/* Puts *candidate in force, which differs from running at or below the touched paths only (NULL:
 * anywhere). It is validated in place and gets its defaults; when a commit was made, the datastore
 * takes it over and *candidate is NULL. On error everything is as before. */
int gh_commit(struct gh_datastore *ds, struct lyd_node **candidate, struct gh_paths *touched,
    const struct gh_commit_request *request, struct gh_commit_result *result, struct gh_error *err);

/* Calls fn with the data path of each statement created or changed by the diff that no registered
 * engine consumes; a subtree is named once, by its top. */
void gh_not_yet_active(
    const struct lyd_node *diff, void (*fn)(const char *path, void *ctx), void *ctx);
