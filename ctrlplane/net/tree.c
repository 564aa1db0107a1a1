/* SPDX-License-Identifier: BSD-3-Clause */
#include "ctrlplane/net/tree.h"

#include <string.h>

bool tree_is(const struct lyd_node *n, const char *name)
{
	return strcmp(LYD_NAME(n), name) == 0;
}

const struct lyd_node *tree_child(const struct lyd_node *parent, const char *name)
{
	const struct lyd_node *n;

	for (n = parent ? lyd_child_no_keys(parent) : NULL; n != NULL; n = n->next) {
		if (tree_is(n, name))
			return n;
	}
	return NULL;
}

struct lyd_node *tree_counterpart(const struct lyd_node *tree, const struct lyd_node *node)
{
	const struct lyd_node *among = tree;
	struct lyd_node *found = NULL;

	if (lyd_parent(node) != NULL) {
		among = tree_counterpart(tree, lyd_parent(node));
		among = among != NULL ? lyd_child(among) : NULL;
	}
	if (among != NULL)
		lyd_find_sibling_first(among, node, &found);
	return found;
}

const char *tree_key(const struct lyd_node *entry)
{
	return lyd_get_value(lyd_child(entry));
}

const struct lyd_node *tree_config(const struct lyd_node *tree)
{
	const struct lyd_node *n;

	LY_LIST_FOR (tree, n) {
		if (tree_is(n, "config"))
			return n;
	}
	return NULL;
}
