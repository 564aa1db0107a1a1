/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * A session's private candidate. Until its first edit it costs nothing and equals the running
 * configuration, whatever that becomes. From then on it stands on the commit that was running: a
 * commit of others is taken in when it touched nothing that this session touched, else refused by
 * name, never overwritten. Main loop only.
 */
#pragma once

#include "ctrlplane/config/transaction.h"
#include "db/tree.h"

struct gh_candidate {
	struct gh_datastore *ds;
	struct lyd_node *tree; /* NULL: no edits, equal to running */
	uint64_t base;	       /* the commit under the edits */
	struct gh_edit *log;   /* the edits, to be done again upon a newer base */
	size_t log_count, log_size;
	struct gh_paths *touched; /* what the edits changed */
};

void gh_candidate_init(struct gh_candidate *c, struct gh_datastore *ds);
void gh_candidate_discard(struct gh_candidate *c); /* also before the memory goes */

/* The candidate as it stands: not validated after edits. */
const struct lyd_node *gh_candidate_tree(const struct gh_candidate *c);
bool gh_candidate_has_edits(const struct gh_candidate *c);

/* Does all edits or none; *failed is then the index of the one that could not be done. */
int gh_candidate_edit(struct gh_candidate *c, const struct gh_edit *edits, size_t count,
    size_t *failed, struct gh_error *err);

/* Whether the edits could be done and the outcome committed; the candidate stays as it is. */
int gh_candidate_try(const struct gh_candidate *c, const struct gh_edit *edits, size_t count,
    const struct gh_commit_request *check, size_t *failed, struct gh_error *err);

/* Puts a whole tree in the candidate's place (taking it over), or merges it into the candidate. */
int gh_candidate_load(
    struct gh_candidate *c, struct lyd_node *tree, bool replace, struct gh_error *err);

/* Takes in what others have committed since. -EBUSY with err set, naming the commit, its author and
 * the statement, if they touched the same. */
int gh_candidate_rebase(struct gh_candidate *c, struct gh_error *err);

int gh_candidate_validate(struct gh_candidate *c, struct gh_error *err);

/* Commits, or checks only. The candidate is without edits after a commit. */
int gh_candidate_commit(struct gh_candidate *c, const struct gh_commit_request *request,
    struct gh_commit_result *result, struct gh_error *err);
