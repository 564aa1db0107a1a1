/* SPDX-License-Identifier: BSD-3-Clause */
#include "db/islands.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "db/model.h"
#include "db/tree.h"

/* Validating many entries in part costs more than validating all. */
#define TOUCHED_MAX 200
#define ENTRY_MAX 1000 /* nodes */

struct gh_islands {
	struct ly_set lists; /* of lysc_node */
};

static bool is_within(const struct lysc_node *node, const struct lysc_node *top)
{
	while (node != NULL && node != top)
		node = node->parent;
	return node != NULL;
}

static bool may_be_island(const struct lysc_node *node)
{
	const struct lysc_node_list *list = (const struct lysc_node_list *)node;

	return node->nodetype == LYS_LIST && (node->flags & LYS_CONFIG_W) != 0 &&
	       (node->flags & LYS_KEYLESS) == 0 && list->uniques == NULL && list->min == 0 &&
	       (list->max == 0 || list->max == UINT32_MAX) &&
	       (node->parent == NULL || (node->parent->nodetype & (LYS_CHOICE | LYS_CASE)) == 0);
}

static const struct lysc_node *config_schema(const struct ly_ctx *ctx)
{
	return lys_find_path(ctx, NULL, GH_CONFIG_PATH, 0);
}

/* Whether a constraint at `node`, which looks at these schema nodes, keeps a list from being an
 * island. Only a leafref may look out of its entry, and not into another one. */
static bool spoils(const struct lysc_node *list, const struct lysc_node *node,
    const struct ly_set *atoms, bool leafref)
{
	bool inside = is_within(node, list), into = false, out = false;

	for (uint32_t i = 0; i < atoms->count; i++) {
		const struct lysc_node *atom = atoms->snodes[i];

		if (!is_within(atom, list))
			out = true;
		else if (!inside || !is_within(node, atom))
			into = true;
	}
	return inside ? out && (into || !leafref) : into;
}

static void drop_spoiled(
    struct gh_islands *is, const struct lysc_node *node, const struct ly_set *atoms, bool leafref)
{
	for (uint32_t i = is->lists.count; i > 0; i--) {
		if (spoils(is->lists.snodes[i - 1], node, atoms, leafref))
			ly_set_rm_index(&is->lists, i - 1, NULL);
	}
}

static void look_at(struct gh_islands *is, const struct lysc_node *node,
    const struct lyxp_expr *expr, const struct lysc_prefix *prefixes, bool leafref)
{
	struct ly_set *atoms = NULL;

	if (lys_find_expr_atoms(node, node->module, expr, prefixes, 0, &atoms) == LY_SUCCESS)
		drop_spoiled(is, node, atoms, leafref);
	else
		is->lists.count = 0; /* not understood: nothing is an island */
	ly_set_free(atoms, NULL);
}

static void look_at_type(
    struct gh_islands *is, const struct lysc_node *node, const struct lysc_type *type)
{
	const struct lysc_type_leafref *ref = (const struct lysc_type_leafref *)type;
	const struct lysc_type_union *any = (const struct lysc_type_union *)type;
	LY_ARRAY_COUNT_TYPE u;

	if (type->basetype == LY_TYPE_LEAFREF)
		look_at(is, node, ref->path, ref->prefixes, true);
	else if (type->basetype == LY_TYPE_INST)
		is->lists.count = 0; /* may point anywhere */
	else if (type->basetype == LY_TYPE_UNION)
		LY_ARRAY_FOR(any->types, u)
	look_at_type(is, node, any->types[u]);
}

static LY_ERR look_at_node(struct lysc_node *node, void *ctx, ly_bool *skip)
{
	struct gh_islands *is = ctx;
	struct lysc_must *musts = lysc_node_musts(node);
	struct lysc_when **whens = lysc_node_when(node);
	LY_ARRAY_COUNT_TYPE u;

	LY_ARRAY_FOR(musts, u)
	look_at(is, node, musts[u].cond, musts[u].prefixes, false);
	LY_ARRAY_FOR(whens, u)
	{
		if (whens[u]->context == NULL)
			is->lists.count = 0;
		else
			look_at(is, whens[u]->context, whens[u]->cond, whens[u]->prefixes, false);
	}
	if ((node->nodetype & (LYS_LEAF | LYS_LEAFLIST)) != 0)
		look_at_type(is, node, ((const struct lysc_node_leaf *)node)->type);
	return LY_SUCCESS;
}

static LY_ERR add_list(struct lysc_node *node, void *ctx, ly_bool *skip)
{
	struct gh_islands *is = ctx;

	return may_be_island(node) ? ly_set_add(&is->lists, node, 1, NULL) : LY_SUCCESS;
}

struct gh_islands *gh_islands_new(const struct ly_ctx *ctx)
{
	struct gh_islands *is = calloc(1, sizeof(*is));
	const struct lysc_node *top = config_schema(ctx);

	if (is == NULL || top == NULL || lysc_tree_dfs_full(top, add_list, is) != LY_SUCCESS ||
	    lysc_tree_dfs_full(top, look_at_node, is) != LY_SUCCESS) {
		gh_islands_free(is);
		return NULL;
	}
	return is;
}

void gh_islands_free(struct gh_islands *is)
{
	if (is != NULL)
		ly_set_erase(&is->lists, NULL);
	free(is);
}

bool gh_is_island(const struct gh_islands *is, const struct lysc_node *list)
{
	return ly_set_contains(&is->lists, (void *)list, NULL);
}

/* ---- validating a part ---- */

/* A part of a tree: what is outside of islands, and the chosen entries. */
struct part {
	const struct gh_islands *islands;
	struct ly_set entries;	  /* in the tree */
	struct ly_set above;	  /* entries that a chosen one lies in */
	struct lyd_node **copies; /* of the entries, in their order */
	bool deleted;		  /* an entry is gone */
};

/* The innermost entry of an island at or above the node; NULL: it is in none. */
static struct lyd_node *island_of(const struct gh_islands *is, struct lyd_node *node)
{
	while (node != NULL && !gh_is_island(is, node->schema))
		node = lyd_parent(node);
	return node;
}

static bool is_large(const struct lyd_node *entry)
{
	const struct lyd_node *node;
	unsigned n = 0;

	LYD_TREE_DFS_BEGIN(entry, node)
	{
		if (++n > ENTRY_MAX)
			return true;
		LYD_TREE_DFS_END(entry, node);
	}
	return false;
}

/* 1: it is cheaper to look at everything. */
static int choose(struct part *part, struct lyd_node *entry)
{
	struct lyd_node *up;
	LY_ERR rc;

	if (is_large(entry))
		return 1;
	rc = ly_set_add(&part->entries, entry, 0, NULL);
	for (up = lyd_parent(entry); up != NULL && rc == LY_SUCCESS; up = lyd_parent(up)) {
		if (gh_is_island(part->islands, up->schema))
			rc = ly_set_add(&part->above, up, 0, NULL);
	}
	return rc == LY_SUCCESS ? 0 : -ENOMEM;
}

/* Entries within chosen entries come with those. */
static void drop_inner(struct part *part)
{
	for (uint32_t i = part->entries.count; i > 0; i--) {
		const struct lyd_node *up = lyd_parent(part->entries.dnodes[i - 1]);

		while (up != NULL && !ly_set_contains(&part->entries, (void *)up, NULL))
			up = lyd_parent(up);
		if (up != NULL)
			ly_set_rm_index(&part->entries, i - 1, NULL);
	}
}

/* Cuts a data path behind its last but one node; false: there was only one. */
static bool cut_last(char *path)
{
	char quote = '\0', *slash = NULL;

	for (char *p = path; *p != '\0'; p++) {
		if (quote != '\0')
			quote = *p == quote ? '\0' : quote;
		else if (*p == '\'' || *p == '"')
			quote = *p;
		else if (*p == '/')
			slash = p;
	}
	if (slash == NULL || slash == path)
		return false;
	*slash = '\0';
	return true;
}

/* Whether the node that `rest` names below `parent` is an entry of an island. */
static bool names_entry(
    const struct gh_islands *is, const struct lyd_node *parent, const char *rest)
{
	size_t len = strcspn(rest, "[/");
	const struct lysc_node *list =
	    lys_find_child(parent->schema, parent->schema->module, rest, len, LYS_LIST, 0);

	return list != NULL && rest[len] == '[' && gh_is_island(is, list);
}

/* Chooses the entry that the touched path lies in; one that was deleted leaves nothing that could
 * be invalid. 1: something outside of islands was touched; <0: out of memory. */
static int add_place(struct part *part, struct lyd_node *tree, const char *touched)
{
	char *path = strdup(touched);
	struct lyd_node *node = NULL, *entry;
	int rc = 1;

	if (path == NULL)
		return -ENOMEM;
	while (lyd_find_path(tree, path, 0, &node) != LY_SUCCESS) {
		node = NULL;
		if (!cut_last(path))
			break;
	}
	entry = island_of(part->islands, node);
	if (node != NULL && touched[strlen(path)] == '/' &&
	    names_entry(part->islands, node, touched + strlen(path) + 1))
		rc = 0, part->deleted = true;
	else if (entry != NULL)
		rc = choose(part, entry);
	free(path);
	return rc;
}

static int find_entries(struct part *part, struct lyd_node *tree, struct gh_paths *touched)
{
	struct gh_paths *place, *next;
	int rc = 0;

	if (touched == NULL || HASH_COUNT(touched) > TOUCHED_MAX)
		return 1;
	HASH_ITER (hh, touched, place, next) {
		if (rc == 0)
			rc = add_place(part, tree, place->path);
	}
	drop_inner(part);
	return rc;
}

/* *copy is NULL unless what is below the child is still to be copied. */
static LY_ERR copy_child(
    struct part *part, const struct lyd_node *child, struct lyd_node *to, struct lyd_node **copy)
{
	uint32_t at = 0, options = LYD_DUP_WITH_FLAGS;
	bool chosen = false;
	LY_ERR rc;

	*copy = NULL;
	if (gh_is_island(part->islands, child->schema)) {
		chosen = ly_set_contains(&part->entries, (void *)child, &at);
		if (!chosen && !ly_set_contains(&part->above, (void *)child, NULL))
			return LY_SUCCESS;
	}
	if (chosen)
		options |= LYD_DUP_RECURSIVE;
	rc = lyd_dup_single(child, (struct lyd_node_inner *)to, options, copy);
	if (rc == LY_SUCCESS && chosen) {
		part->copies[at] = *copy;
		*copy = NULL;
	}
	return rc;
}

static LY_ERR copy_below(struct part *part, const struct lyd_node *from, struct lyd_node *to)
{
	const struct lyd_node *child;
	struct lyd_node *copy;
	LY_ERR rc = LY_SUCCESS;

	LY_LIST_FOR (lyd_child_no_keys(from), child) {
		rc = copy_child(part, child, to, &copy);
		if (rc == LY_SUCCESS && copy != NULL)
			rc = copy_below(part, child, copy);
		if (rc != LY_SUCCESS)
			break;
	}
	return rc;
}

/* Puts what validation made of an entry in the place of what was in it. */
static void take_over(struct lyd_node *entry, struct lyd_node *copy)
{
	struct lyd_node *child, *next;

	LY_LIST_FOR_SAFE(lyd_child_no_keys(entry), next, child)
	lyd_free_tree(child);
	LY_LIST_FOR_SAFE(lyd_child_no_keys(copy), next, child)
	{
		uint32_t flags = child->flags;

		lyd_unlink_tree(child);
		lyd_insert_child(entry, child);
		child->flags = flags;
	}
	entry->flags = copy->flags;
}

static int validate_part(struct lyd_node *tree, struct part *part, struct gh_error *err)
{
	struct lyd_node *copy = NULL;
	int rc = -ENOMEM;

	part->copies = calloc(part->entries.count + 1, sizeof(*part->copies));
	if (part->copies != NULL &&
	    lyd_dup_single(tree, NULL, LYD_DUP_WITH_FLAGS, &copy) == LY_SUCCESS &&
	    copy_below(part, tree, copy) == LY_SUCCESS)
		rc = gh_tree_validate(copy, err);
	else
		gh_error_set(err, rc, NULL, "there is not enough memory");
	for (uint32_t i = 0; rc == 0 && i < part->entries.count; i++)
		take_over(part->entries.dnodes[i], part->copies[i]);
	lyd_free_all(copy);
	free(part->copies);
	return rc;
}

int gh_tree_validate_at(struct lyd_node *tree, const struct gh_islands *islands,
    struct gh_paths *touched, struct gh_error *err)
{
	struct part part = {.islands = islands};
	int rc = find_entries(&part, tree, touched);

	if (rc == 0)
		rc = validate_part(tree, &part, err);
	else
		rc = gh_tree_validate(tree, err);
	ly_set_erase(&part.entries, NULL);
	ly_set_erase(&part.above, NULL);
	return rc;
}

/* ---- following a change ---- */

static const struct lyd_node *next_entry(const struct lyd_node *entry)
{
	return entry->next != NULL && entry->next->schema == entry->schema ? entry->next : NULL;
}

static bool same_neighbour(const struct lyd_node *a, const struct lyd_node *b)
{
	a = next_entry(a);
	b = next_entry(b);
	return a == NULL || b == NULL
		   ? a == b
		   : lyd_compare_single(lyd_child(a), lyd_child(b), 0) == LY_SUCCESS;
}

static struct lyd_node *entry_at(struct lyd_node *tree, const struct lyd_node *like)
{
	char *path = lyd_path(like, LYD_PATH_STD, NULL, 0);
	struct lyd_node *node = NULL;

	if (path == NULL || lyd_find_path(tree, path, 0, &node) != LY_SUCCESS)
		node = NULL;
	free(path);
	return node;
}

/* An entry that is new has to be the last, where copies of it come, too. */
static bool copy_new(struct lyd_node *old, struct lyd_node *entry)
{
	struct lyd_node *above = entry_at(old, lyd_parent(entry));

	return above != NULL && next_entry(entry) == NULL &&
	       lyd_dup_single(entry, (struct lyd_node_inner *)above,
		   LYD_DUP_RECURSIVE | LYD_DUP_WITH_FLAGS, NULL) == LY_SUCCESS;
}

static bool follow_entry(struct lyd_node *old, struct lyd_node *entry)
{
	struct lyd_node *was = entry_at(old, entry), *copy = NULL;

	if (lysc_is_userordered(entry->schema))
		return false;
	if (was == NULL)
		return copy_new(old, entry);
	if (!same_neighbour(was, entry) ||
	    lyd_dup_single(entry, NULL, LYD_DUP_RECURSIVE | LYD_DUP_WITH_FLAGS, &copy) !=
		LY_SUCCESS)
		return false;
	take_over(was, copy);
	lyd_free_tree(copy);
	return true;
}

bool gh_tree_follow(struct lyd_node *old, struct lyd_node *now, const struct gh_islands *islands,
    struct gh_paths *touched)
{
	struct part part = {.islands = islands};
	bool done = find_entries(&part, now, touched) == 0 && !part.deleted;

	for (uint32_t i = 0; done && i < part.entries.count; i++)
		done = follow_entry(old, part.entries.dnodes[i]);
	ly_set_erase(&part.entries, NULL);
	ly_set_erase(&part.above, NULL);
	return done;
}
