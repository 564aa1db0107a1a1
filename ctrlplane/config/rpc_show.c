/* SPDX-License-Identifier: BSD-3-Clause */
/* The rpcs that read configurations, history and sessions. */
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "common/clock.h"
#include "common/secret.h"
#include "config.h"
#include "ctrlplane/config/event.h"
#include "ctrlplane/config/json.h"
#include "ctrlplane/config/rpc_util.h"
#include "ctrlplane/config/session_impl.h"
#include "ctrlplane/config/state.h"
#include "db/expect.h"
#include "db/model.h"

static int no_memory(struct gh_error *err)
{
	return gh_error_set(err, -ENOMEM, NULL, "there is not enough memory");
}

/* The configuration `ago` commits back, without defaults; the caller's. */
static int load_earlier(
    const struct gh_datastore *ds, uint64_t ago, struct lyd_node **tree, struct gh_error *err)
{
	if (ago > ds->id)
		return gh_error_set(err, -ENOENT, NULL,
		    "there are only %llu earlier configurations: see show configuration history",
		    (unsigned long long)ds->id);
	return gh_store_load(ds->store, ds->ctx, ds->id - ago, tree, err);
}

static const struct lyd_node *source_tree(struct gh_session *s, const struct lyd_node *input)
{
	const char *source = gh_input(input, "source");

	if (source == NULL || strcmp(source, "candidate") != 0)
		return s->server->ds->running;
	gh_candidate_rebase(&s->candidate, NULL); /* a conflict is told at commit */
	return gh_candidate_tree(&s->candidate);
}

/* A copy of a node with all above and below it, joined to *whole. */
static void add_copy(struct lyd_node **whole, const struct lyd_node *node)
{
	struct lyd_node *copy = NULL;

	lyd_dup_single(
	    node, NULL, LYD_DUP_RECURSIVE | LYD_DUP_WITH_PARENTS | LYD_DUP_WITH_FLAGS, &copy);
	while (copy != NULL && lyd_parent(copy) != NULL)
		copy = lyd_parent(copy);
	if (*whole == NULL)
		*whole = copy;
	else if (copy != NULL)
		lyd_merge_siblings(whole, copy, LYD_MERGE_DESTRUCT | LYD_MERGE_WITH_FLAGS);
}

/* A copy of what stands at the path, with its parents; NULL in *part if nothing does. */
static int cut_out(
    const struct lyd_node *tree, const char *path, struct lyd_node **part, struct gh_error *err)
{
	struct ly_set *set = NULL;

	*part = NULL;
	if (lyd_find_xpath(tree, path, &set) != LY_SUCCESS)
		return gh_error_set(err, -EINVAL, path, "%s", ly_errmsg(LYD_CTX(tree)));
	for (uint32_t i = 0; i < set->count; i++)
		add_copy(part, set->dnodes[i]);
	ly_set_free(set, NULL);
	return 0;
}

static int send_tree(
    struct gh_reply *reply, const struct lyd_node *tree, bool defaults, struct gh_error *err)
{
	char *json = tree != NULL ? gh_tree_print(tree, defaults) : NULL;
	struct gh_text t = {0};
	int rc;

	gh_text_add(&t, "{\"%s:%s\":{\"data\":%s}}", GH_MODEL, reply->rpc->name,
	    json != NULL && json[0] != '\0' ? json : "{}");
	rc = t.failed ? no_memory(err) : gh_reply_send_json(reply, t.text, t.len);
	if (json != NULL)
		gh_wipe_free(json, strlen(json));
	if (t.text != NULL)
		gh_wipe_free(t.text, t.size);
	if (rc == -EMSGSIZE)
		return gh_error_set(err, rc, NULL,
		    "the configuration is too large for one answer: ask for parts of it by path");
	return rc == -ENOMEM ? rc : 0;
}

/* A copy with the defaults that validation will add to the edits of a candidate. */
static struct lyd_node *with_defaults(const struct lyd_node *tree)
{
	struct lyd_node *copy = gh_tree_copy(tree);

	if (copy != NULL)
		lyd_new_implicit_tree(copy, LYD_IMPLICIT_NO_STATE, NULL);
	return copy;
}

/* Copies only where it must: for masks, for missing defaults, for a part. */
static int show_tree(struct gh_reply *reply, const struct lyd_node *input,
    const struct lyd_node *tree, struct gh_error *err)
{
	const char *path = gh_input(input, "path"), *wd = gh_input(input, "with-defaults");
	bool defaults = wd != NULL && strcmp(wd, "true") == 0;
	struct lyd_node *part = NULL, *masked = NULL, *whole = NULL;
	int rc = 0;

	if (defaults && tree != reply->session->server->ds->running)
		tree = whole = with_defaults(tree);
	/* Before the path is followed: its predicates could ask about secrets. */
	if (!gh_reply_may_see_secrets(reply))
		tree = masked = gh_tree_masked(tree);
	if (path != NULL && tree != NULL) {
		rc = gh_expect_node(LYD_CTX(tree), path, err) != NULL ? 0 : -EINVAL;
		if (rc == 0)
			rc = cut_out(tree, path, &part, err);
		tree = part;
	}
	if (rc == 0)
		rc = send_tree(reply, tree, defaults, err);
	lyd_free_all(whole);
	lyd_free_all(part);
	lyd_free_all(masked);
	return rc;
}

static int handle_get_config(
    void *ctx, const struct lyd_node *input, struct gh_reply *reply, struct gh_error *err)
{
	struct gh_session *s = reply->session;
	struct lyd_node *earlier = NULL;
	int rc;

	if (gh_input(input, "number") == NULL)
		return show_tree(reply, input, source_tree(s, input), err);
	rc = load_earlier(s->server->ds, gh_input_number(input, "number", 0), &earlier, err);
	if (rc == 0)
		rc = show_tree(reply, input, earlier, err);
	lyd_free_all(earlier);
	return rc;
}

static int handle_get_state(
    void *ctx, const struct lyd_node *input, struct gh_reply *reply, struct gh_error *err)
{
	struct gh_server *server = reply->session->server;
	struct lyd_node *state = gh_state_tree(server->ds->ctx), *system = NULL, *part = NULL;
	const char *path = gh_input(input, "path");
	int rc = 0;

	if (state == NULL)
		return no_memory(err);
	lyd_new_inner(state, NULL, "system", 0, &system);
	gh_output(system, "hostname", gh_server_hostname(server));
	gh_output(system, "version", PACKAGE_VERSION);
	gh_output_number(system, "uptime", (gh_wallclock_ms() - server->started_ms) / GH_MS_PER_S);
	if (path != NULL)
		rc = cut_out(state, path, &part, err);
	if (rc == 0)
		rc = send_tree(reply, path != NULL ? part : state, true, err);
	lyd_free_all(part);
	lyd_free_all(state);
	return rc;
}

/* What differs between running and the candidate stands where edits were made. */
static int compare_with_running(struct gh_session *s, const struct lyd_node *newer,
    struct lyd_node **diff, struct gh_error *err)
{
	const struct gh_datastore *ds = s->server->ds;

	*diff = NULL;
	if (newer == ds->running)
		return 0;
	return gh_tree_diff_at(ds->running, newer,
	    s->candidate.base == ds->id ? s->candidate.touched : NULL, diff, err);
}

static int handle_compare(
    void *ctx, const struct lyd_node *input, struct gh_reply *reply, struct gh_error *err)
{
	struct gh_session *s = reply->session;
	const struct lyd_node *newer = source_tree(s, input);
	struct lyd_node *older = NULL, *diff = NULL, *changes;
	uint64_t ago = gh_input_number(input, "with", 0);
	int rc;

	if (ago == 0)
		rc = compare_with_running(s, newer, &diff, err);
	else
		rc = load_earlier(s->server->ds, ago, &older, err);
	if (rc == 0 && ago > 0)
		rc = gh_tree_diff(older, newer, &diff, err);
	changes = gh_diff_explicit(diff, older != NULL ? older : s->server->ds->running, newer);
	if (rc == 0 && changes != NULL)
		gh_reply_send(reply, gh_output_changes(reply, changes));
	lyd_free_all(changes);
	lyd_free_all(diff);
	lyd_free_all(older);
	return rc;
}

static int handle_list_keys(
    void *ctx, const struct lyd_node *input, struct gh_reply *reply, struct gh_error *err)
{
	const struct lyd_node *tree = source_tree(reply->session, input);
	const char *path = gh_input(input, "path"), *prefix = gh_input(input, "prefix");
	struct lyd_node *out, *masked = NULL;
	struct ly_set *set = NULL;

	if (gh_expect_node(LYD_CTX(tree), path, err) == NULL)
		return -EINVAL;
	if (!gh_reply_may_see_secrets(reply))
		tree = masked = gh_tree_masked(tree);
	if (tree == NULL)
		return no_memory(err);
	if (lyd_find_xpath(tree, path, &set) != LY_SUCCESS) {
		gh_error_set(err, -EINVAL, path, "%s", ly_errmsg(LYD_CTX(tree)));
		lyd_free_all(masked);
		return -EINVAL;
	}
	out = gh_reply_piece(reply);
	for (uint32_t i = 0; i < set->count; i++) {
		const struct lyd_node *node = set->dnodes[i];
		const char *value =
		    lyd_get_value(node->schema->nodetype == LYS_LIST ? lyd_child(node) : node);

		if (value != NULL && !gh_model_is_secret(node->schema) &&
		    (prefix == NULL || strncmp(value, prefix, strlen(prefix)) == 0))
			gh_output(out, "key", value);
	}
	ly_set_free(set, NULL);
	lyd_free_all(masked);
	gh_reply_send(reply, out);
	return 0;
}

struct history {
	struct gh_reply *reply;
	struct lyd_node *out;
	uint64_t only; /* a commit's id, 0: all */
	struct gh_datastore *ds;
};

static void output_commit_changes(struct history *h, uint64_t id, struct lyd_node *entry)
{
	struct lyd_node *diff = NULL;

	if (gh_store_change(h->ds->store, h->ds->ctx, id, &diff, NULL) == 0)
		gh_output_changes_into(entry, diff);
	lyd_free_all(diff);
}

static int output_commit(const struct gh_commit *c, void *ctx)
{
	struct history *h = ctx;
	struct lyd_node *entry;
	char time[GH_TIME_STRLEN];

	if (h->only != 0 && c->id != h->only)
		return 0;
	entry = gh_output_entry(h->out, "commit");
	gh_output_number(entry, "number", h->ds->id - c->id);
	gh_output_number(entry, "id", c->id);
	gh_output(entry, "time", gh_time_str(c->time_ms, time));
	gh_output(entry, "user", c->user);
	gh_output(entry, "origin", c->origin);
	gh_output(entry, "comment", c->comment);
	if (h->only != 0)
		output_commit_changes(h, c->id, entry);
	return h->only != 0;
}

static int handle_history(
    void *ctx, const struct lyd_node *input, struct gh_reply *reply, struct gh_error *err)
{
	struct gh_datastore *ds = reply->session->server->ds;
	struct history h = {.reply = reply, .ds = ds};
	uint64_t ago = gh_input_number(input, "number", UINT64_MAX);

	if (ago != UINT64_MAX && ago >= ds->id)
		return gh_error_set(
		    err, -ENOENT, NULL, "there are only %llu commits", (unsigned long long)ds->id);
	h.only = ago != UINT64_MAX ? ds->id - ago : 0;
	h.out = gh_reply_piece(reply);
	if (gh_store_list(ds->store, GH_STORE_HISTORY, output_commit, &h, err) < 0) {
		lyd_free_all(h.out);
		return -EIO;
	}
	gh_reply_send(reply, h.out);
	return 0;
}

static void output_locks(struct lyd_node *entry, const struct gh_session *s)
{
	char time[GH_TIME_STRLEN];

	for (int t = 0; t < GH_LOCK_COUNT; t++) {
		struct lyd_node *lock = NULL;

		if (!gh_lock_holds(s, t))
			continue;
		gh_output(entry, "locks", gh_lock_name(t));
		lock = gh_output_entry(entry, "lock");
		gh_output(lock, "target", gh_lock_name(t));
		gh_output(lock, "since", gh_time_str(s->server->locks[t].since_ms, time));
	}
}

static int handle_sessions(
    void *ctx, const struct lyd_node *input, struct gh_reply *reply, struct gh_error *err)
{
	struct lyd_node *out = gh_reply_piece(reply), *entry;
	const struct gh_session *s;
	char time[GH_TIME_STRLEN];

	TAILQ_FOREACH (s, &reply->session->server->sessions, next) {
		entry = gh_output_entry(out, "session");
		gh_output_number(entry, "id", s->id);
		gh_output(entry, "user", s->who.user);
		gh_output(entry, "role", gh_role_name(s->who.role));
		gh_output(entry, "client", s->client);
		gh_output(entry, "origin", s->origin);
		gh_output(entry, "since", gh_time_str(s->since_ms, time));
		gh_output_bool(entry, "uncommitted", gh_candidate_has_edits(&s->candidate));
		output_locks(entry, s);
	}
	gh_reply_send(reply, out);
	return 0;
}

static int handle_users(
    void *ctx, const struct lyd_node *input, struct gh_reply *reply, struct gh_error *err)
{
	struct lyd_node *out = gh_reply_piece(reply), *entry;
	const struct gh_session *s;
	char time[GH_TIME_STRLEN];

	TAILQ_FOREACH (s, &reply->session->server->sessions, next) {
		if (!s->greeted)
			continue;
		entry = gh_output_entry(out, "user");
		gh_output(entry, "user", s->who.user);
		gh_output(entry, "role", gh_role_name(s->who.role));
		gh_output(entry, "origin", s->origin);
		gh_output(entry, "tty", s->tty);
		gh_output(entry, "client", s->client);
		gh_output(entry, "since", gh_time_str(s->since_ms, time));
		gh_output_bool(entry, "uncommitted", gh_candidate_has_edits(&s->candidate));
		gh_output_number(entry, "session", s->id);
	}
	gh_reply_send(reply, out);
	return 0;
}

static int handle_status(
    void *ctx, const struct lyd_node *input, struct gh_reply *reply, struct gh_error *err)
{
	struct lyd_node *out = gh_reply_piece(reply);
	const struct gh_candidate *c = &reply->session->candidate;
	bool edits = gh_candidate_has_edits(c);

	gh_output_bool(out, "uncommitted", edits);
	gh_output_number(out, "base", edits ? c->base : c->ds->id);
	gh_output_number(out, "running", c->ds->id);
	if (gh_confirm_within(reply->session->server) > 0)
		gh_output_number(out, "confirm-within", gh_confirm_within(reply->session->server));
	gh_output(out, "hostname", gh_server_hostname(reply->session->server));
	gh_reply_send(reply, out);
	return 0;
}

static int handle_version(
    void *ctx, const struct lyd_node *input, struct gh_reply *reply, struct gh_error *err)
{
	const struct gh_server *server = reply->session->server;
	struct lyd_node *out = gh_reply_piece(reply);
	char time[GH_TIME_STRLEN];

	gh_output(out, "product", "Gatehouse");
	gh_output(out, "version", PACKAGE_VERSION);
	gh_output(out, "hostname", gh_server_hostname(server));
	gh_output(out, "instance", server->instance->name);
	gh_output(out, "started", gh_time_str(server->started_ms, time));
	gh_output_number(out, "uptime", (gh_wallclock_ms() - server->started_ms) / GH_MS_PER_S);
	gh_output_number(out, "commit", server->ds->id);
	gh_reply_send(reply, out);
	return 0;
}

static struct gh_rpc rpcs[] = {
    {.name = "get-config", .handle = handle_get_config},
    {.name = "get-state", .handle = handle_get_state},
    {.name = "compare", .handle = handle_compare},
    {.name = "list-keys", .handle = handle_list_keys},
    {.name = "show-configuration-history", .handle = handle_history},
    {.name = "show-sessions", .handle = handle_sessions},
    {.name = "show-users", .handle = handle_users},
    {.name = "session-status", .handle = handle_status},
    {.name = "show-version", .handle = handle_version},
};

void gh_session_rpcs_register(void)
{
	gh_edit_rpcs_register();
	gh_lock_rpcs_register();
	gh_confirm_rpcs_register();
	gh_event_rpcs_register();
	for (size_t i = 0; i < sizeof(rpcs) / sizeof(rpcs[0]); i++)
		gh_rpc_register(&rpcs[i]);
}
