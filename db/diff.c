/* SPDX-License-Identifier: BSD-3-Clause */
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "db/tree.h"

int gh_tree_diff(const struct lyd_node *before, const struct lyd_node *after,
    struct lyd_node **diff, struct gh_error *err)
{
	*diff = NULL;
	if (lyd_diff_siblings(before, after, 0, diff) == LY_SUCCESS)
		return 0;
	return gh_error_set(err, -EINVAL, ly_errpath(LYD_CTX(after)),
	    "the changes could not be computed: %s",
	    ly_errmsg(LYD_CTX(after)) != NULL ? ly_errmsg(LYD_CTX(after)) : "no memory");
}

/* Comparing many places one by one costs more than comparing all. */
#define TOUCHED_MAX 200

static const struct lyd_node *node_at(const struct lyd_node *tree, const char *path)
{
	struct lyd_node *node = NULL;

	return lyd_find_path(tree, path, 0, &node) == LY_SUCCESS ? node : NULL;
}

static bool is_default(const struct lyd_node *node)
{
	return node != NULL && (node->flags & LYD_DEFAULT) != 0;
}

/* Whether it is there in both trees or in none, as far as what somebody set goes. */
static bool stands_alike(const struct lyd_node *a, const struct lyd_node *b)
{
	return (a == NULL || is_default(a)) == (b == NULL || is_default(b));
}

/* Where to compare: below what both trees have. The order of entries that have one is seen from
 * above only. */
static void add_place(struct gh_paths **places, const struct lyd_node *before,
    const struct lyd_node *after, const char *touched)
{
	const struct lyd_node *node = node_at(after, touched), *up;
	char *path = NULL;

	if (node == NULL)
		node = node_at(before, touched);
	if (node == NULL)
		return; /* came and went */
	for (up = lyd_parent(node); up != NULL; up = lyd_parent(up)) {
		path = lyd_path(up, LYD_PATH_STD, NULL, 0);
		if (path != NULL && !stands_alike(node_at(before, path), node_at(after, path)))
			node = up;
		free(path);
	}
	while (lysc_is_userordered(node->schema))
		node = lyd_parent(node);
	path = lyd_path(node, LYD_PATH_STD, NULL, 0);
	if (path != NULL)
		gh_paths_add(places, path);
	free(path);
}

static LY_ERR diff_place(const struct lyd_node *before, const struct lyd_node *after,
    const char *path, struct lyd_node **diff)
{
	const struct lyd_node *old = node_at(before, path), *new = node_at(after, path);
	struct lyd_node *part = NULL;
	LY_ERR rc;

	if (is_default(old) && lyd_child(old) == NULL)
		old = NULL;
	if (is_default(new) && lyd_child(new) == NULL)
		new = NULL;
	if (old == NULL && new == NULL)
		return LY_SUCCESS;
	rc = lyd_diff_tree(old, new, 0, &part);
	if (rc == LY_SUCCESS && part != NULL)
		rc = lyd_diff_merge_all(diff, part, 0);
	lyd_free_all(part);
	return rc;
}

static LY_ERR diff_places(const struct lyd_node *before, const struct lyd_node *after,
    struct gh_paths *places, struct lyd_node **diff)
{
	struct gh_paths *place, *next;
	LY_ERR rc = LY_SUCCESS;

	HASH_ITER (hh, places, place, next) {
		if (rc == LY_SUCCESS && !gh_paths_cover_above(places, place->path))
			rc = diff_place(before, after, place->path, diff);
	}
	return rc;
}

int gh_tree_diff_at(const struct lyd_node *before, const struct lyd_node *after,
    struct gh_paths *touched, struct lyd_node **diff, struct gh_error *err)
{
	struct gh_paths *places = NULL, *entry, *next;
	LY_ERR rc;

	*diff = NULL;
	if (touched == NULL || HASH_COUNT(touched) > TOUCHED_MAX)
		return gh_tree_diff(before, after, diff, err);
	HASH_ITER (hh, touched, entry, next)
		add_place(&places, before, after, entry->path);
	rc = diff_places(before, after, places, diff);
	gh_paths_clear(&places);
	if (rc == LY_SUCCESS)
		return 0;
	lyd_free_all(*diff);
	return gh_tree_diff(before, after, diff, err);
}

static const char *meta(const struct lyd_node *node, const char *name)
{
	const struct lyd_meta *m = lyd_find_meta(node->meta, NULL, name);

	return m != NULL ? lyd_get_meta_value(m) : NULL;
}

/* What happens to a node of a diff: as it says, or as its parent. */
static const char *operation(const struct lyd_node *node, const char *inherited)
{
	const char *op = meta(node, "yang:operation");

	return op != NULL ? op : inherited;
}

/* The node of a tree that a node of the diff speaks of. */
static const struct lyd_node *counterpart(
    const struct lyd_node *siblings, const struct lyd_node *node)
{
	struct lyd_node *match = NULL;

	if (siblings != NULL)
		lyd_find_sibling_first(siblings, node, &match);
	return match;
}

/* Whether a node of a diff only says what nobody set. */
static bool says_default(const struct lyd_node *node, const char *op, const struct lyd_node *old,
    const struct lyd_node *new)
{
	if (strcmp(op, "none") == 0)
		return false;
	return is_default(strcmp(op, "delete") == 0 ? old : new);
}

static void drop_defaults(struct lyd_node *diff, const char *inherited,
    const struct lyd_node *before, const struct lyd_node *after)
{
	struct lyd_node *node, *next;

	LY_LIST_FOR_SAFE(diff, next, node)
	{
		const char *op = operation(node, inherited);
		const struct lyd_node *old = counterpart(before, node);
		const struct lyd_node *new = counterpart(after, node);

		if (says_default(node, op, old, new))
			lyd_free_tree(node);
		else
			drop_defaults(lyd_child(node), op, old != NULL ? lyd_child(old) : NULL,
			    new != NULL ? lyd_child(new) : NULL);
	}
}

struct lyd_node *gh_diff_explicit(
    const struct lyd_node *diff, const struct lyd_node *before, const struct lyd_node *after)
{
	struct lyd_node *copy = NULL;

	/* A diff has one top, the configuration itself. */
	if (diff == NULL || says_default(diff, operation(diff, "none"), before, after) ||
	    lyd_dup_siblings(diff, NULL, LYD_DUP_RECURSIVE, &copy) != LY_SUCCESS)
		return NULL;
	drop_defaults(copy, "none", before, after);
	return copy;
}

struct walk {
	int (*fn)(const struct gh_diff_item *item, void *ctx);
	void *ctx;
};

static bool has_content(const struct lyd_node *node)
{
	return lyd_child_no_keys(node) != NULL;
}

static int visit(const struct walk *w, const struct lyd_node *node, const char *op)
{
	bool term = (node->schema->nodetype & (LYS_LEAF | LYS_LEAFLIST)) != 0;
	struct gh_diff_item item = {.operation = op, .node = node};

	if (strcmp(op, "none") == 0)
		return 0;
	if (!term && node->schema->nodetype == LYS_CONTAINER &&
	    (node->schema->flags & LYS_PRESENCE) == 0)
		return 0;
	if (lysc_is_userordered(node->schema) && strcmp(op, "replace") == 0)
		item.operation = "move";
	else if (strcmp(op, "replace") == 0)
		item.old_value = meta(node, "yang:orig-value");
	item.subtree = !term && has_content(node);
	return w->fn(&item, w->ctx);
}

static int walk(const struct walk *w, const struct lyd_node *siblings, const char *inherited)
{
	const struct lyd_node *node;
	int rc = 0;

	LY_LIST_FOR (siblings, node) {
		const char *op = operation(node, inherited);

		if (lysc_is_key(node->schema))
			continue;
		rc = visit(w, node, op);
		if (rc == 0 && strcmp(op, "replace") != 0)
			rc = walk(w, lyd_child(node), op);
		else if (rc == 0)
			rc = walk(w, lyd_child(node), "none");
		if (rc != 0)
			break;
	}
	return rc;
}

int gh_diff_walk(
    const struct lyd_node *diff, int (*fn)(const struct gh_diff_item *item, void *ctx), void *ctx)
{
	struct walk w = {.fn = fn, .ctx = ctx};

	return walk(&w, diff, "none");
}
