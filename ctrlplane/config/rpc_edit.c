/* SPDX-License-Identifier: BSD-3-Clause */
/* The rpcs that change the candidate and the running configuration. */
#include <errno.h>
#include <stdlib.h>
#include <string.h>

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
	    [GH_EDIT_MOVE] = "move"};
	unsigned op = GH_EDIT_SET;

	while (op < GH_EDIT_MOVE && (word == NULL || strcmp(word, words[op]) != 0))
		op++;
	return word == NULL ? GH_EDIT_SET : op;
}

static struct gh_edit *read_edits(const struct lyd_node *input, size_t *count)
{
	const struct lyd_node *child;
	struct gh_edit *edits;
	size_t n = 0;

	LY_LIST_FOR (lyd_child(input), child)
		n++;
	edits = calloc(n > 0 ? n : 1, sizeof(*edits));
	n = 0;
	LY_LIST_FOR (edits != NULL ? lyd_child(input) : NULL, child) {
		edits[n++] = (struct gh_edit){.op = edit_operation(gh_input(child, "operation")),
		    .path = gh_input(child, "path"),
		    .value = gh_input(child, "value")};
	}
	*count = n;
	return edits;
}

static int handle_edit(
    void *ctx, const struct lyd_node *input, struct gh_reply *reply, struct gh_error *err)
{
	size_t count, failed;
	struct gh_edit *edits = read_edits(input, &count);
	int rc;

	if (edits == NULL)
		return no_memory(err);
	rc = gh_candidate_edit(&reply->session->candidate, edits, count, &failed, err);
	free(edits);
	if (rc < 0)
		reply->edit = failed + 1;
	return rc < 0 ? rc : send_uncommitted(reply);
}

static int handle_load(
    void *ctx, const struct lyd_node *input, struct gh_reply *reply, struct gh_error *err)
{
	struct gh_candidate *c = &reply->session->candidate;
	struct lyd_node *tree = gh_tree_parse(c->ds->ctx, gh_input(input, "json"), err);

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

static struct gh_commit_request request_of(
    const struct gh_session *s, const struct lyd_node *input, bool check)
{
	const char *comment = gh_input(input, "comment");

	return (struct gh_commit_request){.user = s->who.user,
	    .origin = s->origin,
	    .comment = comment != NULL ? comment : "",
	    .check = check};
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

static int handle_commit(
    void *ctx, const struct lyd_node *input, struct gh_reply *reply, struct gh_error *err)
{
	struct gh_session *s = reply->session;
	bool check = gh_input(input, "check") != NULL;
	struct gh_commit_request req = request_of(s, input, check);
	struct gh_commit_result result;
	struct lyd_node *out;
	int rc = gh_candidate_commit(&s->candidate, &req, &result, err);

	if (rc < 0)
		return rc;
	out = check ? gh_output_changes(reply, result.diff) : gh_reply_piece(reply);
	if (result.id > 0)
		gh_output_number(out, "id", result.id);
	gh_not_yet_active(result.diff, output_inactive, out);
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
	int rc;

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
