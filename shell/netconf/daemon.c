/* SPDX-License-Identifier: BSD-3-Clause */
#include "shell/netconf/daemon.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "common/secret.h"
#include "db/model.h"

struct collector {
	struct netconf *n;
	struct lyd_node *tree;
	bool failed;
};

static struct lyd_node *parse_piece(const struct ly_ctx *ctx, const char *json, size_t len)
{
	struct lyd_node *tree = NULL, *op = NULL;
	char *text = strndup(json, len);
	struct ly_in *in = NULL;

	if (text == NULL || ly_in_new_memory(text, &in) != LY_SUCCESS ||
	    lyd_parse_op(ctx, NULL, in, LYD_JSON, LYD_TYPE_REPLY_YANG, &tree, &op) != LY_SUCCESS) {
		lyd_free_all(tree);
		tree = NULL;
	}
	ly_in_free(in, 0);
	if (text != NULL)
		gh_wipe_free(text, len);
	return tree;
}

static struct lyd_node *same_single(const struct lyd_node *parent, const struct lyd_node *node)
{
	struct lyd_node *child;

	LY_LIST_FOR (lyd_child(parent), child) {
		if (child->schema == node->schema &&
		    (node->schema->nodetype & (LYS_LIST | LYS_LEAFLIST)) == 0)
			return child;
	}
	return NULL;
}

/* Moves the output of a piece behind what came before. */
static void absorb(struct lyd_node *into, struct lyd_node *piece)
{
	struct lyd_node *child, *next, *had;

	LY_LIST_FOR_SAFE(lyd_child(piece), next, child)
	{
		had = child->schema != NULL ? same_single(into, child) : NULL;
		if (had != NULL && had->schema->nodetype == LYS_CONTAINER) {
			absorb(had, child);
			continue;
		}
		lyd_free_tree(had);
		lyd_unlink_tree(child);
		lyd_insert_child(into, child);
	}
}

static int take_piece(void *arg, const char *json, size_t len)
{
	struct collector *c = arg;
	struct lyd_node *piece = parse_piece(c->n->ctx, json, len);

	c->failed |= piece == NULL;
	if (c->tree == NULL) {
		c->tree = piece;
	} else if (piece != NULL) {
		absorb(c->tree, piece);
		lyd_free_all(piece);
	}
	return piece == NULL;
}

static int fail(struct client_error *err, const char *message)
{
	*err = (struct client_error){.edit = -1, .tag = "operation-failed"};
	snprintf(err->message, sizeof(err->message), "%s", message);
	return -EPROTO;
}

static int call(struct netconf *n, const char *json, size_t len, client_data_fn data, void *arg,
    struct client_error *err)
{
	int rc = client_rpc(&n->daemon, json, len, data, arg, err);

	if (rc < 0 && rc != -EREMOTEIO && rc != -ECANCELED)
		n->daemon_gone = true;
	return rc;
}

int daemon_call(struct netconf *n, const char *json, size_t len, struct lyd_node **answer,
    struct client_error *err)
{
	struct collector c = {.n = n};
	int rc = call(n, json, len, answer != NULL ? take_piece : NULL, &c, err);

	if (c.failed)
		rc = fail(err, "the daemon's answer is not understood: are both of one version?");
	if (rc == 0 && answer != NULL)
		*answer = c.tree;
	else
		lyd_free_all(c.tree);
	return rc;
}

int daemon_rpc(struct netconf *n, const char *name, const char *members, struct lyd_node **answer,
    struct client_error *err)
{
	struct text t = {0};
	int rc;

	text_addf(&t, "{\"%s:%s\":{%s}}", GH_MODEL, name, members);
	rc = daemon_call(n, t.data, t.len, answer, err);
	text_free(&t);
	return rc;
}

/* {"gatehouse:NAME":{"data":TREE}}: TREE is kept as text, to be parsed as data and not as the
 * unchecked content of an anydata. */
static int take_data(void *arg, const char *json, size_t len)
{
	static const char member[] = "\"data\":";
	const char *start = memmem(json, len, member, sizeof(member) - 1);
	struct text *t = arg;

	if (start == NULL || len < 2)
		return 0;
	start += sizeof(member) - 1;
	text_add(t, start, len - (size_t)(start - json) - 2);
	return 0;
}

static int get_data(struct netconf *n, const struct text *rpc, uint32_t options,
    struct lyd_node **tree, struct client_error *err)
{
	struct text data = {0};
	int rc = call(n, rpc->data, rpc->len, take_data, &data, err);

	*tree = NULL;
	if (rc == 0 && data.len > 2 &&
	    lyd_parse_data_mem(n->ctx, data.data, LYD_JSON, options | LYD_PARSE_ONLY, 0, tree) !=
		LY_SUCCESS)
		rc = fail(err, ly_errmsg(n->ctx));
	text_free(&data);
	return rc;
}

int daemon_config(struct netconf *n, const char *source, const char *path, struct lyd_node **tree,
    struct client_error *err)
{
	struct text t = {0};
	int rc;

	text_addf(&t, "{\"%s:get-config\":{\"source\":\"%s\"", GH_MODEL, source);
	if (path != NULL) {
		text_addf(&t, ",\"path\":");
		text_add_json_string(&t, path);
	}
	text_addf(&t, "}}");
	rc = get_data(n, &t, LYD_PARSE_STRICT | LYD_PARSE_NO_STATE, tree, err);
	text_free(&t);
	return rc;
}

int daemon_state(struct netconf *n, struct lyd_node **tree, struct client_error *err)
{
	struct text t = {0};
	int rc;

	text_addf(&t, "{\"%s:get-state\":{}}", GH_MODEL);
	rc = get_data(n, &t, LYD_PARSE_STRICT, tree, err);
	text_free(&t);
	return rc;
}
