/* SPDX-License-Identifier: BSD-3-Clause */
#include "shell/answer.h"

#include <stdlib.h>
#include <string.h>

#include "common/secret.h"

static struct lyd_node *same_any(const struct lyd_node *op, const struct lyd_node *node)
{
	struct lyd_node *child;

	LY_LIST_FOR (lyd_child(op), child)
		if (child->schema == node->schema)
			return child;
	return NULL;
}

/* Pieces of an anydata hold parts of one tree: the later are merged into the first. */
static void merge_any(struct lyd_node *into, struct lyd_node *from)
{
	struct lyd_node_any *a = (struct lyd_node_any *)into, *b = (struct lyd_node_any *)from;

	if (a->value_type == LYD_ANYDATA_DATATREE && b->value_type == LYD_ANYDATA_DATATREE)
		lyd_merge_siblings(&a->value.tree, b->value.tree, 0);
}

static void append_output(struct lyd_node *into, struct lyd_node *from)
{
	struct lyd_node *child, *next;

	LY_LIST_FOR_SAFE(lyd_child_no_keys(from), next, child)
	{
		struct lyd_node *had = child->schema != NULL &&
					       child->schema->nodetype != LYS_LIST &&
					       child->schema->nodetype != LYS_LEAFLIST
					   ? same_any(into, child)
					   : NULL;

		if (had != NULL && (child->schema->nodetype & LYD_NODE_ANY)) {
			merge_any(had, child);
		} else if (had == NULL) {
			lyd_unlink_tree(child);
			lyd_insert_child(into, child);
		}
	}
}

int answer_take(void *arg, const char *json, size_t len)
{
	struct answer *a = arg;
	struct lyd_node *piece = session_parse_reply(a->s, json, len);

	if (piece == NULL)
		return 0;
	if (a->tree == NULL) {
		a->tree = piece;
		return 0;
	}
	append_output(a->tree, piece);
	lyd_free_all(piece);
	return 0;
}

void answer_print(struct answer *a, const struct lyd_node *tree, LYD_FORMAT format)
{
	char *text = NULL, *line, *save = NULL;

	if (tree == NULL) {
		if (format == LYD_JSON)
			session_print(a->s, "{}");
		return;
	}
	if (lyd_print_mem(&text, tree, format, LYD_PRINT_WITHSIBLINGS) != LY_SUCCESS ||
	    text == NULL)
		return;
	for (line = strtok_r(text, "\n", &save); line != NULL; line = strtok_r(NULL, "\n", &save))
		session_print(a->s, line);
	free(text);
}

void answer_free(struct answer *a)
{
	lyd_free_all(a->tree);
	a->tree = NULL;
}
