/* SPDX-License-Identifier: BSD-3-Clause */
#include "ctrlplane/config/candidate.h"

#include <errno.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "common/secret.h"

static char *copy(const char *text)
{
	return text != NULL ? strdup(text) : NULL;
}

static void log_clear(struct gh_candidate *c)
{
	for (size_t i = 0; i < c->log_count; i++) {
		char *value = (char *)c->log[i].value;

		free((char *)c->log[i].path);
		if (value != NULL)
			gh_wipe_free(value, strlen(value));
	}
	free(c->log);
	c->log = NULL;
	c->log_count = c->log_size = 0;
}

static int log_add(struct gh_candidate *c, const struct gh_edit *edits, size_t count)
{
	size_t need = c->log_count + count, size = c->log_size > 0 ? c->log_size : 16;
	struct gh_edit *log;

	while (size < need)
		size *= 2;
	if (size != c->log_size) {
		log = realloc(c->log, size * sizeof(*log));
		if (log == NULL)
			return -ENOMEM;
		c->log = log;
		c->log_size = size;
	}
	for (size_t i = 0; i < count; i++)
		c->log[c->log_count++] = (struct gh_edit){
		    .op = edits[i].op, .path = copy(edits[i].path), .value = copy(edits[i].value)};
	return 0;
}

void gh_candidate_init(struct gh_candidate *c, struct gh_datastore *ds)
{
	*c = (struct gh_candidate){.ds = ds};
}

void gh_candidate_discard(struct gh_candidate *c)
{
	lyd_free_all(c->tree);
	c->tree = NULL;
	log_clear(c);
	gh_paths_clear(&c->touched);
}

const struct lyd_node *gh_candidate_tree(const struct gh_candidate *c)
{
	return c->tree != NULL ? c->tree : c->ds->running;
}

bool gh_candidate_has_edits(const struct gh_candidate *c)
{
	return c->tree != NULL;
}

static int start_editing(struct gh_candidate *c, struct gh_error *err)
{
	if (c->tree != NULL)
		return 0;
	c->tree = gh_datastore_copy(c->ds);
	c->base = c->ds->id;
	return c->tree != NULL ? 0 : gh_error_set(err, -ENOMEM, NULL, "there is not enough memory");
}

/* Nothing was changed yet: equal to running again. */
static void stop_if_untouched(struct gh_candidate *c)
{
	if (c->touched == NULL)
		gh_candidate_discard(c);
}

static void note_touched(const char *path, void *ctx)
{
	struct gh_candidate *c = ctx;

	gh_paths_add(&c->touched, path);
}

static int do_edits(struct gh_candidate *c, const struct gh_edit *edits, size_t count,
    size_t *failed, struct gh_error *err)
{
	struct gh_undo undo = {0};
	int rc = 0;

	for (size_t i = 0; i < count && rc >= 0; i++) {
		*failed = i;
		rc = gh_edit_apply(c->tree, &edits[i], &undo, err);
	}
	if (rc < 0) {
		gh_undo_revert(&undo);
		return rc;
	}
	gh_undo_paths(&undo, note_touched, c);
	gh_undo_drop(&undo);
	return 0;
}

int gh_candidate_edit(struct gh_candidate *c, const struct gh_edit *edits, size_t count,
    size_t *failed, struct gh_error *err)
{
	int rc = start_editing(c, err);

	*failed = 0;
	if (rc == 0)
		rc = do_edits(c, edits, count, failed, err);
	if (rc == 0 && log_add(c, edits, count) < 0)
		rc = gh_error_set(err, -ENOMEM, NULL, "there is not enough memory");
	stop_if_untouched(c);
	return rc;
}

int gh_candidate_try(const struct gh_candidate *c, const struct gh_edit *edits, size_t count,
    const struct gh_commit_request *check, size_t *failed, struct gh_error *err)
{
	struct gh_candidate scratch = {.ds = c->ds, .tree = gh_tree_copy(gh_candidate_tree(c))};
	struct gh_commit_result result = {0};
	int rc;

	*failed = count;
	if (scratch.tree == NULL)
		return gh_error_set(err, -ENOMEM, NULL, "there is not enough memory");
	rc = do_edits(&scratch, edits, count, failed, err);
	if (rc == 0) {
		*failed = count; /* what follows is nobody's fault alone */
		rc = gh_commit(c->ds, &scratch.tree, NULL, check, &result, err);
	}
	lyd_free_all(result.diff);
	gh_candidate_discard(&scratch);
	return rc;
}

int gh_candidate_load(
    struct gh_candidate *c, struct lyd_node *tree, bool replace, struct gh_error *err)
{
	int rc = start_editing(c, err);

	if (rc < 0) {
		lyd_free_all(tree);
		return rc;
	}
	if (replace) {
		lyd_free_all(c->tree);
		c->tree = tree;
	} else if (lyd_merge_siblings(&c->tree, tree, LYD_MERGE_DESTRUCT) != LY_SUCCESS) {
		rc = gh_error_set(err, -EINVAL, NULL, "the configuration cannot be merged: %s",
		    ly_errmsg(c->ds->ctx));
		gh_candidate_discard(c);
		return rc;
	}
	log_clear(c); /* cannot be done again upon another base: it conflicts with any commit */
	gh_paths_add(&c->touched, GH_CONFIG_PATH);
	return 0;
}

struct conflict {
	struct gh_paths *touched; /* by the session */
	struct gh_paths *changed; /* by the commit */
	char path[256];
};

static int note_change(const struct gh_diff_item *item, void *ctx)
{
	struct conflict *con = ctx;
	char *path = lyd_path(item->node, LYD_PATH_STD, NULL, 0);
	int hit = path != NULL && gh_paths_cover(con->touched, path);

	if (hit)
		snprintf(con->path, sizeof(con->path), "%s", path);
	else if (path != NULL)
		gh_paths_add(&con->changed, path);
	free(path);
	return hit;
}

static bool conflicts(struct conflict *con, const struct lyd_node *diff)
{
	struct gh_paths *entry, *next;
	bool hit = gh_diff_walk(diff, note_change, con) != 0;

	HASH_ITER (hh, con->touched, entry, next) {
		if (hit || !gh_paths_cover(con->changed, entry->path))
			continue;
		snprintf(con->path, sizeof(con->path), "%s", entry->path);
		hit = true;
	}
	gh_paths_clear(&con->changed);
	return hit;
}

struct author {
	uint64_t id;
	char name[64];
};

static int note_author(const struct gh_commit *commit, void *ctx)
{
	struct author *a = ctx;

	if (commit->id == a->id)
		snprintf(a->name, sizeof(a->name), "%s", commit->user);
	return commit->id <= a->id;
}

static int refuse(const struct gh_candidate *c, uint64_t id, const char *path, struct gh_error *err)
{
	struct author a = {.id = id, .name = "somebody"};

	gh_store_list(c->ds->store, GH_STORE_HISTORY, note_author, &a, NULL);
	return gh_error_set(err, -EBUSY, path,
	    "commit %" PRIu64
	    " by %s changed this since you began to edit: look at the difference, "
	    "discard your changes and make them again",
	    id, a.name);
}

static int check_conflicts(const struct gh_candidate *c, struct gh_error *err)
{
	struct conflict con = {.touched = c->touched};
	struct lyd_node *diff = NULL;

	for (uint64_t id = c->base + 1; id <= c->ds->id; id++) {
		bool hit;

		if (gh_store_change(c->ds->store, c->ds->ctx, id, &diff, err) < 0)
			return refuse(c, id, GH_CONFIG_PATH, err);
		hit = conflicts(&con, diff);
		lyd_free_all(diff);
		diff = NULL;
		if (hit)
			return refuse(c, id, con.path, err);
	}
	return 0;
}

int gh_candidate_rebase(struct gh_candidate *c, struct gh_error *err)
{
	struct lyd_node *old = c->tree, *tree;
	size_t failed;
	int rc;

	if (c->tree == NULL || c->base == c->ds->id)
		return 0;
	rc = check_conflicts(c, err);
	if (rc < 0)
		return rc;
	tree = gh_datastore_copy(c->ds);
	if (tree == NULL)
		return gh_error_set(err, -ENOMEM, NULL, "there is not enough memory");
	c->tree = tree;
	rc = do_edits(c, c->log, c->log_count, &failed, err);
	if (rc < 0) {
		lyd_free_all(c->tree);
		c->tree = old;
		return rc;
	}
	lyd_free_all(old);
	c->base = c->ds->id;
	return 0;
}

int gh_candidate_validate(struct gh_candidate *c, struct gh_error *err)
{
	int rc = gh_candidate_rebase(c, err);

	return rc < 0 || c->tree == NULL
		   ? rc
		   : gh_tree_validate_at(c->tree, c->ds->islands, c->touched, err);
}

int gh_candidate_commit(struct gh_candidate *c, const struct gh_commit_request *request,
    struct gh_commit_result *result, struct gh_error *err)
{
	struct lyd_node *tree;
	int rc = gh_candidate_rebase(c, err);

	*result = (struct gh_commit_result){0};
	if (rc < 0 || (c->tree == NULL && c->ds->behind_count == 0))
		return rc;
	if (c->tree == NULL && start_editing(c, err) < 0)
		return -ENOMEM;
	tree = c->tree;
	rc = gh_commit(c->ds, &tree, c->touched, request, result, err);
	c->tree = tree;
	if (rc == 0 && !request->check)
		gh_candidate_discard(c);
	return rc;
}
