/* SPDX-License-Identifier: BSD-3-Clause */
/* The rpcs that change the candidate and the running configuration. */
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "ctrlplane/config/disturb.h"
#include "ctrlplane/config/event.h"
#include "ctrlplane/config/hashed.h"
#include "ctrlplane/config/rpc_util.h"
#include "ctrlplane/config/session_impl.h"

static int no_memory(struct gh_error *err)
{
	return gh_error_set(err, -ENOMEM, NULL, "there is not enough memory");
}

static int send_uncommitted(struct gh_reply *reply)
{
	struct lyd_node *out = gh_reply_piece(reply);

	gh_output_bool(out, "uncommitted", gh_candidate_has_edits(&reply->session->candidate));
	gh_reply_send(reply, out);
	return 0;
}

static enum gh_edit_op edit_operation(const char *word)
{
	static const char *const words[] = {[GH_EDIT_SET] = "set",
	    [GH_EDIT_DELETE] = "delete",
	    [GH_EDIT_REMOVE] = "remove",
	    [GH_EDIT_MOVE] = "move",
	    [GH_EDIT_CREATE] = "create",
	    [GH_EDIT_REPLACE] = "replace",
	    [GH_EDIT_NEED] = "need"};
	unsigned op = GH_EDIT_SET;

	while (op < GH_EDIT_NEED && (word == NULL || strcmp(word, words[op]) != 0))
		op++;
	return word == NULL ? GH_EDIT_SET : op;
}

/* Replaces the edit's value by its hash if it is a password; in the request itself, which is wiped
 * and freed when it has been answered. */
static int hash_password(const struct lyd_node *edit, struct gh_error *err)
{
	const char *path = gh_input(edit, "path"), *value = gh_input(edit, "value"), *text;
	struct lyd_node *leaf = NULL;

	text = gh_hashed_value(LYD_CTX(edit), path, value, err);
	if (text == value)
		return 0;
	if (text == NULL || lyd_find_path(edit, "value", 0, &leaf) != LY_SUCCESS)
		return text == NULL ? err->code : -EINVAL;
	lyd_change_term(leaf, text);
	return 0;
}

static int hash_passwords(const struct lyd_node *input, size_t *failed, struct gh_error *err)
{
	const struct lyd_node *child;
	int rc = 0;

	*failed = 0;
	LY_LIST_FOR (lyd_child(input), child) {
		if (child->schema->nodetype != LYS_LIST)
			continue;
		rc = hash_password(child, err);
		if (rc < 0)
			return rc;
		++*failed;
	}
	return 0;
}

static struct gh_edit *read_edits(const struct lyd_node *input, size_t *count)
{
	const struct lyd_node *child;
	struct gh_edit *edits;
	size_t n = 0;

	LY_LIST_FOR (lyd_child(input), child)
		n += child->schema->nodetype == LYS_LIST;
	edits = calloc(n > 0 ? n : 1, sizeof(*edits));
	n = 0;
	LY_LIST_FOR (edits != NULL ? lyd_child(input) : NULL, child) {
		if (child->schema->nodetype != LYS_LIST)
			continue;
		edits[n++] = (struct gh_edit){.op = edit_operation(gh_input(child, "operation")),
		    .path = gh_input(child, "path"),
		    .value = gh_input(child, "value")};
	}
	*count = n;
	return edits;
}

static struct gh_commit_request request_of(
    const struct gh_session *s, const struct lyd_node *input, bool check)
{
	const char *comment = gh_input(input, "comment");

	return (struct gh_commit_request){.user = s->who.user,
	    .origin = s->origin,
	    .comment = comment != NULL ? comment : "",
	    .check = check};
}

static int handle_edit(
    void *ctx, const struct lyd_node *input, struct gh_reply *reply, struct gh_error *err)
{
	const char *test = gh_input(input, "test");
	struct gh_candidate *c = &reply->session->candidate;
	struct gh_commit_request check = request_of(reply->session, input, true);
	size_t count, failed = 0;
	int rc = gh_lock_check_edit(reply, err);
	struct gh_edit *edits;

	if (rc == 0 && (rc = hash_passwords(input, &failed, err)) < 0)
		reply->edit = failed + 1;
	edits = rc == 0 ? read_edits(input, &count) : NULL;
	if (rc < 0 || edits == NULL) {
		free(edits);
		return rc < 0 ? rc : no_memory(err);
	}
	if (test != NULL && strcmp(test, "none") != 0)
		rc = gh_candidate_try(c, edits, count, &check, &failed, err);
	if (rc == 0 && (test == NULL || strcmp(test, "only") != 0))
		rc = gh_candidate_edit(c, edits, count, &failed, err);
	free(edits);
	if (rc < 0 && failed < count)
		reply->edit = failed + 1;
	return rc < 0 ? rc : send_uncommitted(reply);
}

static int handle_load(
    void *ctx, const struct lyd_node *input, struct gh_reply *reply, struct gh_error *err)
{
	struct gh_candidate *c = &reply->session->candidate;
	struct lyd_node *tree;
	int rc = gh_lock_check_edit(reply, err);

	if (rc < 0)
		return rc;
	tree = gh_tree_parse(c->ds->ctx, gh_input(input, "json"), err);
	if (tree != NULL && gh_hashed_tree(tree, err) < 0) {
		lyd_free_all(tree);
		return -EINVAL;
	}
	if (tree == NULL || gh_candidate_load(c, tree, gh_input(input, "replace") != NULL, err) < 0)
		return -EINVAL;
	return send_uncommitted(reply);
}

static int handle_discard(
    void *ctx, const struct lyd_node *input, struct gh_reply *reply, struct gh_error *err)
{
	gh_candidate_discard(&reply->session->candidate);
	return 0;
}

static void output_inactive(const char *path, void *ctx)
{
	gh_output(ctx, "not-yet-active", path);
}

static int handle_validate(
    void *ctx, const struct lyd_node *input, struct gh_reply *reply, struct gh_error *err)
{
	struct gh_session *s = reply->session;
	struct gh_commit_request req = request_of(s, input, true);
	struct gh_commit_result result;
	const struct lyd_node *tree;
	struct lyd_node *all = NULL, *set, *out;
	int rc = gh_candidate_commit(&s->candidate, &req, &result, err);

	if (rc < 0)
		return rc;
	lyd_free_all(result.diff);
	tree = gh_candidate_tree(&s->candidate);
	rc = gh_tree_diff(NULL, tree, &all, err);
	set = gh_diff_explicit(all, NULL, tree);
	out = gh_reply_piece(reply);
	gh_not_yet_active(set, output_inactive, out);
	lyd_free_all(set);
	lyd_free_all(all);
	gh_reply_send(reply, out);
	return rc;
}

static void tell_change(const struct gh_session *s, const struct gh_commit_request *req,
    const struct gh_commit_result *result)
{
	struct lyd_node *event = gh_event_new(s->server->ds->ctx, "configuration-change");

	gh_event_number(event, "commit", result->id);
	gh_event_leaf(event, "user", req->user);
	gh_event_leaf(event, "origin", req->origin);
	gh_event_number(event, "session", s->id);
	gh_event_leaf(event, "client", s->client);
	gh_event_leaf(event, "comment", req->comment);
	gh_event_changes(event, result->diff);
	gh_event_publish(event);
}

/* A commit that may wait to be confirmed, or confirm one that does. */
static int do_commit(struct gh_reply *reply, const struct lyd_node *input,
    const struct gh_commit_request *req, struct gh_commit_result *result, uint64_t *confirmed,
    struct gh_error *err)
{
	struct gh_session *s = reply->session;
	int rc = gh_lock_check_commit(reply, err);

	if (rc == 0)
		rc = gh_confirm_before(reply, input, err);
	if (rc < 0)
		return rc;
	rc = gh_candidate_commit(&s->candidate, req, result, err);
	if (rc < 0)
		gh_audit(s, "commit-failed", " path=\"%s\"", err->path);
	else if (result->id > 0)
		gh_audit(s, "commit", " commit=%llu", (unsigned long long)result->id);
	if (rc == 0 && result->id > 0)
		tell_change(s, req, result);
	*confirmed = gh_confirm_after(reply, input, rc == 0 ? result->id : 0, rc < 0);
	return rc;
}

static void output_disturbed(const char *what, void *ctx)
{
	gh_output(ctx, "disturbs", what);
}

static int handle_commit(
    void *ctx, const struct lyd_node *input, struct gh_reply *reply, struct gh_error *err)
{
	struct gh_session *s = reply->session;
	bool check = gh_input(input, "check") != NULL;
	struct gh_commit_request req = request_of(s, input, check);
	struct gh_commit_result result;
	struct lyd_node *out;
	uint64_t confirmed = 0;
	int rc;

	if (check)
		rc = gh_candidate_commit(&s->candidate, &req, &result, err);
	else
		rc = do_commit(reply, input, &req, &result, &confirmed, err);
	if (rc < 0)
		return rc;
	out = check ? gh_output_changes(reply, result.diff) : gh_reply_piece(reply);
	if (result.id > 0)
		gh_output_number(out, "id", result.id);
	if (confirmed > 0)
		gh_output_number(out, "confirmed-id", confirmed);
	gh_not_yet_active(result.diff, output_inactive, out);
	if (check)
		gh_disturbed(s->server->ds->running, result.diff, output_disturbed, out);
	lyd_free_all(result.diff);
	gh_reply_send(reply, out);
	return 0;
}

static int handle_rollback(
    void *ctx, const struct lyd_node *input, struct gh_reply *reply, struct gh_error *err)
{
	struct gh_candidate *c = &reply->session->candidate;
	uint64_t ago = gh_input_number(input, "number", 0);
	struct lyd_node *tree = NULL;
	int rc = gh_lock_check_edit(reply, err);

	if (rc < 0)
		return rc;
	if (ago > c->ds->id)
		return gh_error_set(err, -ENOENT, NULL,
		    "there are only %llu earlier configurations: see show configuration history",
		    (unsigned long long)c->ds->id);
	gh_candidate_discard(c);
	if (ago == 0)
		return send_uncommitted(reply);
	rc = gh_store_load(c->ds->store, c->ds->ctx, c->ds->id - ago, &tree, err);
	if (rc == 0)
		rc = gh_candidate_load(c, tree, true, err);
	return rc < 0 ? rc : send_uncommitted(reply);
}

static struct gh_rpc rpcs[] = {
    {.name = "edit", .handle = handle_edit},
    {.name = "load", .handle = handle_load},
    {.name = "discard", .handle = handle_discard},
    {.name = "validate", .handle = handle_validate},
    {.name = "commit", .handle = handle_commit},
    {.name = "rollback", .handle = handle_rollback},
};

void gh_edit_rpcs_register(void)
{
	for (size_t i = 0; i < sizeof(rpcs) / sizeof(rpcs[0]); i++)
		gh_rpc_register(&rpcs[i]);
}
