/* SPDX-License-Identifier: BSD-3-Clause */
#include "ctrlplane/config/transaction.h"

#include <errno.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "common/clock.h"
#include "common/log.h"
#include "ctrlplane/config/registry.h"
#include "db/model.h"
#include "db/tree.h"

int gh_datastore_open(
    struct gh_datastore *ds, const struct ly_ctx *ctx, struct gh_store *store, struct gh_error *err)
{
	*ds = (struct gh_datastore){
	    .ctx = ctx, .store = store, .id = gh_store_last(store), .islands = gh_islands_new(ctx)};
	if (ds->islands == NULL)
		gh_error_set(err, -ENOMEM, NULL, "there is not enough memory");
	if (ds->islands == NULL || gh_store_load(store, ctx, ds->id, &ds->running, err) < 0 ||
	    gh_tree_validate(ds->running, err) < 0) {
		gh_datastore_close(ds);
		return -EINVAL;
	}
	return 0;
}

void gh_datastore_close(struct gh_datastore *ds)
{
	lyd_free_all(ds->running);
	lyd_free_all(ds->spare);
	gh_islands_free(ds->islands);
	gh_store_close(ds->store);
	*ds = (struct gh_datastore){0};
}

static int engine_apply(struct gh_engine *e, const struct gh_change *chg, struct gh_error *err)
{
	return e->apply == NULL ? 0 : e->apply(e->ctx, chg, err);
}

/* The whole configuration as a change from nothing. */
static int apply_from_empty(struct gh_engine *e, const struct lyd_node *after, struct gh_error *err)
{
	struct gh_change chg = {.after = after};
	struct lyd_node *diff = NULL;
	int rc = gh_tree_diff(NULL, after, &diff, err);

	chg.diff = diff;
	if (rc == 0)
		rc = engine_apply(e, &chg, err);
	lyd_free_all(diff);
	return rc;
}

static void note_behind(
    struct gh_datastore *ds, const struct gh_engine *e, const struct gh_error *err)
{
	unsigned i = ds->behind_count;

	gh_log(GH_LOG_CONFIG, LOG_ERR, "the stored configuration is not in force for '%s': %s%s%s",
	    e->name, err->path, err->path[0] != '\0' ? ": " : "", err->message);
	if (i == GH_BEHIND_MAX)
		return;
	ds->behind[i].engine = e;
	snprintf(ds->behind[i].reason, sizeof(ds->behind[i].reason), "%s%s%s", err->path,
	    err->path[0] != '\0' ? ": " : "", err->message);
	ds->behind_count++;
}

void gh_datastore_start(struct gh_datastore *ds)
{
	struct gh_engine *e;
	struct gh_error err;

	TAILQ_FOREACH (e, gh_engines(), next) {
		err = (struct gh_error){0};
		if (apply_from_empty(e, ds->running, &err) < 0)
			note_behind(ds, e, &err);
	}
}

static bool is_behind(const struct gh_datastore *ds, const struct gh_engine *e)
{
	for (unsigned i = 0; i < ds->behind_count; i++) {
		if (ds->behind[i].engine == e)
			return true;
	}
	return false;
}

static int verify_all(const struct gh_change *chg, struct gh_error *err)
{
	struct gh_engine *e;

	TAILQ_FOREACH (e, gh_engines(), next) {
		if (e->verify != NULL && e->verify(e->ctx, chg, err) < 0)
			return err->code < 0 ? err->code : -EINVAL;
	}
	return 0;
}

/* Takes the change back from every engine before `end` (NULL: from all), the last one first. */
static void undo_until(const struct gh_engine *end, const struct gh_change *chg)
{
	struct gh_change back = {.before = chg->after, .after = chg->before};
	struct lyd_node *diff = NULL;
	struct gh_engine *e;
	struct gh_error err = {0};
	bool reached = end == NULL;

	if (lyd_diff_reverse_all(chg->diff, &diff) != LY_SUCCESS) {
		gh_log(GH_LOG_CONFIG, LOG_CRIT, "a failed commit could not be undone: no memory");
		return;
	}
	back.diff = diff;
	TAILQ_FOREACH_REVERSE(e, gh_engines(), gh_engine_list, next)
	{
		if (!reached) {
			reached = e == end;
			continue;
		}
		if (engine_apply(e, &back, &err) < 0)
			gh_log(GH_LOG_CONFIG, LOG_CRIT, "'%s' could not undo a failed commit: %s",
			    e->name, err.message);
	}
	lyd_free_all(diff);
}

static int apply_all(struct gh_datastore *ds, const struct gh_change *chg, struct gh_error *err)
{
	struct gh_engine *e;
	int rc;

	TAILQ_FOREACH (e, gh_engines(), next) {
		if (is_behind(ds, e))
			rc = apply_from_empty(e, chg->after, err);
		else
			rc = chg->diff != NULL ? engine_apply(e, chg, err) : 0;
		if (rc < 0) {
			undo_until(e, chg);
			return rc;
		}
	}
	return 0;
}

static int make_durable(struct gh_datastore *ds, const struct gh_commit_request *req,
    const struct gh_change *chg, const struct lyd_node *kept, struct gh_error *err)
{
	struct gh_commit commit = {.id = ds->id + 1,
	    .time_ms = gh_wallclock_ms(),
	    .user = req->user,
	    .origin = req->origin,
	    .comment = req->comment};
	int rc = gh_store_append(ds->store, &commit, kept, chg->after, err);

	if (rc < 0)
		undo_until(NULL, chg);
	return rc;
}

/* What was running is made into the next session's candidate, so that a small commit need not copy
 * and free everything. */
static void make_visible(
    struct gh_datastore *ds, struct lyd_node **candidate, struct gh_paths *touched)
{
	struct lyd_node *old = ds->running;

	ds->running = *candidate;
	*candidate = NULL;
	ds->id++;
	lyd_free_all(ds->spare);
	ds->spare = NULL;
	if (gh_tree_follow(old, ds->running, ds->islands, touched))
		ds->spare = old;
	else
		lyd_free_all(old);
}

struct lyd_node *gh_datastore_copy(struct gh_datastore *ds)
{
	struct lyd_node *copy = ds->spare;

	ds->spare = NULL;
	return copy != NULL ? copy : gh_tree_copy(ds->running);
}

static int carry_out(struct gh_datastore *ds, struct lyd_node **candidate, struct gh_paths *touched,
    const struct gh_commit_request *req, const struct gh_change *chg,
    struct gh_commit_result *result, struct gh_error *err)
{
	int rc = apply_all(ds, chg, err);

	if (rc == 0 && result->diff != NULL)
		rc = make_durable(ds, req, chg, result->diff, err);
	if (rc < 0)
		return rc;
	ds->behind_count = 0;
	if (result->diff == NULL) /* the stored configuration has come into force at last */
		return 0;
	make_visible(ds, candidate, touched);
	result->id = ds->id;
	gh_log(GH_LOG_CONFIG, LOG_NOTICE, "commit %" PRIu64 " by %s from %s", ds->id, req->user,
	    req->origin);
	return 0;
}

int gh_commit(struct gh_datastore *ds, struct lyd_node **candidate, struct gh_paths *touched,
    const struct gh_commit_request *req, struct gh_commit_result *result, struct gh_error *err)
{
	struct gh_change chg = {.before = ds->running, .after = *candidate};
	struct lyd_node *diff = NULL;
	int rc = gh_tree_validate_at(*candidate, ds->islands, touched, err);

	*result = (struct gh_commit_result){0};
	if (rc == 0)
		rc = gh_tree_diff_at(ds->running, *candidate, touched, &diff, err);
	if (rc < 0 || (diff == NULL && ds->behind_count == 0))
		return rc;
	chg.diff = diff;
	result->diff = gh_diff_explicit(diff, chg.before, chg.after);
	rc = verify_all(&chg, err);
	if (rc == 0 && !req->check)
		rc = carry_out(ds, candidate, touched, req, &chg, result, err);
	if (rc < 0) {
		lyd_free_all(result->diff);
		result->diff = NULL;
	}
	lyd_free_all(diff);
	return rc;
}

struct inactive {
	void (*fn)(const char *path, void *ctx);
	void *ctx;
	char last[512];
};

/* The highest node whose engine is not there, so that a subtree is named once. */
static const struct lyd_node *inactive_top(const struct lyd_node *node)
{
	const char *engine = gh_model_engine(node->schema);
	const struct lyd_node *top = node;

	if (engine == NULL || gh_engine_known(engine))
		return NULL;
	for (; node != NULL; node = lyd_parent(node)) {
		engine = gh_model_engine(node->schema);
		if (engine == NULL || gh_engine_known(engine))
			break;
		top = node;
	}
	return top;
}

static int report_inactive(const struct gh_diff_item *item, void *ctx)
{
	struct inactive *in = ctx;
	const struct lyd_node *top;
	char path[sizeof(in->last)];

	if (strcmp(item->operation, "delete") == 0)
		return 0;
	top = inactive_top(item->node);
	if (top == NULL || lyd_path(top, LYD_PATH_STD, path, sizeof(path)) == NULL ||
	    strcmp(path, in->last) == 0)
		return 0;
	memcpy(in->last, path, sizeof(path));
	in->fn(path, in->ctx);
	return 0;
}

void gh_not_yet_active(
    const struct lyd_node *diff, void (*fn)(const char *path, void *ctx), void *ctx)
{
	struct inactive in = {.fn = fn, .ctx = ctx};

	gh_diff_walk(diff, report_inactive, &in);
}
