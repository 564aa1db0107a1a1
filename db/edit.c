/* SPDX-License-Identifier: BSD-3-Clause */
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "common/secret.h"
#include "db/expect.h"
#include "db/model.h"
#include "db/tree.h"

enum undo_kind { UNDO_CREATED, UNDO_CHANGED, UNDO_REMOVED, UNDO_MOVED };

struct gh_undo_step {
	enum undo_kind kind;
	struct lyd_node *node;
	struct lyd_node *parent;      /* REMOVED */
	struct lyd_node *next, *prev; /* REMOVED, MOVED: neighbours of the same schema node */
	char *path;		      /* of node, while it was in the tree */
	char *value;		      /* CHANGED: the value before */
	bool was_default;	      /* CHANGED */
};

/* A new step about a node that is in the tree now; NULL: out of memory. */
static struct gh_undo_step *undo_push(
    struct gh_undo *undo, enum undo_kind kind, struct lyd_node *node)
{
	size_t size = undo->size > 0 ? undo->size * 2 : 16;
	struct gh_undo_step *steps, *step;

	if (undo->count == undo->size) {
		steps = realloc(undo->steps, size * sizeof(*steps));
		if (steps == NULL)
			return NULL;
		undo->steps = steps;
		undo->size = size;
	}
	step = &undo->steps[undo->count];
	*step = (struct gh_undo_step){
	    .kind = kind, .node = node, .path = lyd_path(node, LYD_PATH_STD, NULL, 0)};
	if (step->path == NULL)
		return NULL;
	undo->count++;
	return step;
}

static void step_free(struct gh_undo_step *step)
{
	if (step->value != NULL)
		gh_wipe_free(step->value, strlen(step->value));
	free(step->path);
}

void gh_undo_paths(const struct gh_undo *undo, void (*fn)(const char *path, void *ctx), void *ctx)
{
	for (size_t i = 0; i < undo->count; i++)
		fn(undo->steps[i].path, ctx);
}

static int no_memory(const char *path, struct gh_error *err)
{
	return gh_error_set(err, -ENOMEM, path, "there is not enough memory");
}

/* Neighbours among the entries of the same list, to put a node back where it was. */
static void note_place(struct gh_undo_step *step, struct lyd_node *node)
{
	struct lyd_node *prev = node->prev->next != NULL ? node->prev : NULL;

	step->parent = lyd_parent(node);
	step->next = node->next != NULL && node->next->schema == node->schema ? node->next : NULL;
	step->prev = prev != NULL && prev->schema == node->schema ? prev : NULL;
}

#define REORDER_MAX 1000

/* Entries without an order of their own are shown in the order in which they came: those that stood
 * behind the node go behind it again. Of no consequence, so not worth much time. */
static void put_behind(struct lyd_node *node, struct lyd_node *next)
{
	for (unsigned n = 0;
	     n < REORDER_MAX && next != NULL && next != node && next->schema == node->schema; n++) {
		struct lyd_node *following = next->next;

		lyd_insert_child(lyd_parent(node), next);
		next = following;
	}
}

static void put_back(const struct gh_undo_step *step)
{
	if (lysc_is_userordered(step->node->schema) && step->next != NULL) {
		lyd_insert_before(step->next, step->node);
	} else if (lysc_is_userordered(step->node->schema) && step->prev != NULL) {
		lyd_insert_after(step->prev, step->node);
	} else if (step->kind == UNDO_REMOVED) {
		lyd_insert_child(step->parent, step->node);
		put_behind(step->node, step->next);
	}
}

static void undo_one(const struct gh_undo_step *step)
{
	switch (step->kind) {
	case UNDO_CREATED:
		lyd_free_tree(step->node);
		break;
	case UNDO_CHANGED:
		lyd_change_term(step->node, step->value);
		if (step->was_default)
			step->node->flags |= LYD_DEFAULT;
		break;
	case UNDO_REMOVED:
	case UNDO_MOVED:
		put_back(step);
		break;
	}
}

void gh_undo_revert(struct gh_undo *undo)
{
	while (undo->count > 0) {
		struct gh_undo_step *step = &undo->steps[--undo->count];

		undo_one(step);
		step_free(step);
	}
	free(undo->steps);
	*undo = (struct gh_undo){0};
}

void gh_undo_drop(struct gh_undo *undo)
{
	for (size_t i = 0; i < undo->count; i++) {
		if (undo->steps[i].kind == UNDO_REMOVED)
			lyd_free_tree(undo->steps[i].node);
		step_free(&undo->steps[i]);
	}
	free(undo->steps);
	*undo = (struct gh_undo){0};
}

static int change_leaf(
    struct lyd_node *leaf, const struct gh_edit *edit, struct gh_undo *undo, struct gh_error *err)
{
	struct gh_undo_step *step = undo_push(undo, UNDO_CHANGED, leaf);
	LY_ERR rc;

	if (step == NULL)
		return no_memory(edit->path, err);
	step->value = strdup(lyd_get_value(leaf));
	step->was_default = (leaf->flags & LYD_DEFAULT) != 0;
	rc = step->value == NULL ? LY_EMEM : lyd_change_term(leaf, edit->value);
	if (rc == LY_SUCCESS || rc == LY_EEXIST)
		return 1;
	step_free(step);
	undo->count--;
	return rc == LY_ENOT ? 0
			     : gh_expect_value_error(leaf->schema, edit->path, edit->value, err);
}

static int create_node(struct lyd_node *tree, const struct lysc_node *schema,
    const struct gh_edit *edit, struct gh_undo *undo, struct gh_error *err)
{
	struct lyd_node *first = NULL, *last = NULL;

	if (lyd_new_path2(tree, LYD_CTX(tree), edit->path, edit->value, 0, 0, LYD_NEW_PATH_UPDATE,
		&first, &last) != LY_SUCCESS)
		return gh_expect_value_error(schema, edit->path, edit->value, err);
	if (first == NULL)
		return 0;
	if (undo_push(undo, UNDO_CREATED, first) == NULL) {
		lyd_free_tree(first);
		return no_memory(edit->path, err);
	}
	return 1;
}

/* What can be said without libyang, in better words. */
static int check_set(
    const struct lysc_node *schema, const struct gh_edit *edit, struct gh_error *err)
{
	const struct lysc_node_leaf *leaf = (const struct lysc_node_leaf *)schema;
	bool term = (schema->nodetype & (LYS_LEAF | LYS_LEAFLIST)) != 0;
	size_t len = strlen(edit->path);
	char expected[400];

	if (!term && edit->value != NULL)
		return gh_error_set(err, -EINVAL, edit->path, "'%s' takes no value", schema->name);
	if (schema->nodetype == LYS_LIST && edit->path[len - 1] != ']')
		return gh_error_set(err, -EINVAL, edit->path,
		    "'%s' needs a %s: which one is meant?", schema->name,
		    lysc_node_child(schema)->name);
	if (edit->value != NULL && gh_model_is_secret(schema) &&
	    strcmp(edit->value, GH_SECRET_MASK) == 0)
		return gh_error_set(err, -EINVAL, edit->path,
		    "%s is what is shown in place of a secret: give the secret itself",
		    GH_SECRET_MASK);
	if (term && edit->value == NULL && edit->path[len - 1] != ']' &&
	    leaf->type->basetype != LY_TYPE_EMPTY && !lysc_is_key(schema))
		return gh_error_set(err, -EINVAL, edit->path, "%s: expected %s", schema->name,
		    gh_expect(leaf->type, expected, sizeof(expected)));
	return 0;
}

static int set_node(struct lyd_node *tree, const struct lysc_node *schema,
    const struct gh_edit *edit, struct gh_undo *undo, struct gh_error *err)
{
	struct lyd_node *node = NULL;

	if (check_set(schema, edit, err) < 0)
		return -EINVAL;
	if (schema->nodetype != LYS_LEAFLIST &&
	    lyd_find_path(tree, edit->path, 0, &node) == LY_SUCCESS) {
		if (schema->nodetype != LYS_LEAF || lysc_is_key(schema))
			return 0;
		return change_leaf(node, edit, undo, err);
	}
	return create_node(tree, schema, edit, undo, err);
}

static int unlink_node(struct lyd_node *node, struct gh_undo *undo)
{
	struct gh_undo_step *step = undo_push(undo, UNDO_REMOVED, node);

	if (step == NULL)
		return -ENOMEM;
	note_place(step, node);
	lyd_unlink_tree(node);
	return 0;
}

static int empty_tree(struct lyd_node *tree, struct gh_undo *undo)
{
	struct lyd_node *child, *next;
	int changed = 0;

	LY_LIST_FOR_SAFE(lyd_child(tree), next, child)
	{
		changed |= (child->flags & LYD_DEFAULT) == 0;
		if (unlink_node(child, undo) < 0)
			return -ENOMEM;
	}
	return changed;
}

/* The instances that an edit names: one, or all entries of a leaf-list or list. */
static struct ly_set *find_instances(
    struct lyd_node *tree, const struct lysc_node *schema, const struct gh_edit *edit)
{
	struct ly_set *set = NULL;
	uint32_t keep = 0;

	if (lyd_find_xpath(tree, edit->path, &set) != LY_SUCCESS)
		return NULL;
	for (uint32_t i = 0; i < set->count; i++) {
		struct lyd_node *node = set->dnodes[i];
		bool wanted = (node->flags & LYD_DEFAULT) == 0 && node->schema == schema;

		if (wanted && schema->nodetype == LYS_LEAFLIST && edit->value != NULL)
			wanted = lyd_value_compare((struct lyd_node_term *)node, edit->value,
				     strlen(edit->value)) == LY_SUCCESS;
		if (wanted)
			set->dnodes[keep++] = node;
	}
	set->count = keep;
	return set;
}

static int delete_node(struct lyd_node *tree, const struct lysc_node *schema,
    const struct gh_edit *edit, struct gh_undo *undo, struct gh_error *err)
{
	struct ly_set *set;
	int changed = 0;

	if (lysc_is_key(schema))
		return gh_error_set(err, -EINVAL, edit->path,
		    "'%s' is the entry's name: delete the whole entry", schema->name);
	if (schema->parent == NULL)
		return empty_tree(tree, undo) < 0 ? no_memory(edit->path, err) : 1;
	set = find_instances(tree, schema, edit);
	for (uint32_t i = 0; set != NULL && i < set->count && changed >= 0; i++)
		changed = unlink_node(set->dnodes[i], undo) < 0 ? -ENOMEM : 1;
	ly_set_free(set, NULL);
	if (changed == 0 && edit->op == GH_EDIT_DELETE)
		return gh_error_set(err, -ENOENT, edit->path,
		    "'%s' is not configured here: there is nothing to delete", schema->name);
	return changed < 0 ? no_memory(edit->path, err) : changed;
}

static bool is_there(
    struct lyd_node *tree, const struct lysc_node *schema, const struct gh_edit *edit)
{
	struct ly_set *set = find_instances(tree, schema, edit);
	bool found = set != NULL && set->count > 0;

	ly_set_free(set, NULL);
	return found;
}

static int create_new(struct lyd_node *tree, const struct lysc_node *schema,
    const struct gh_edit *edit, struct gh_undo *undo, struct gh_error *err)
{
	if (is_there(tree, schema, edit))
		return gh_error_set(err, -EEXIST, edit->path,
		    "'%s' is configured here already: it cannot be created", schema->name);
	return set_node(tree, schema, edit, undo, err);
}

/* Keeps the node itself, and so its place in a list that the user orders. */
static int replace_node(struct lyd_node *tree, const struct lysc_node *schema,
    const struct gh_edit *edit, struct gh_undo *undo, struct gh_error *err)
{
	struct lyd_node *node = NULL, *child, *next;
	int changed = 0;

	if (schema->parent == NULL)
		return empty_tree(tree, undo) < 0 ? no_memory(edit->path, err) : 1;
	if ((schema->nodetype & (LYS_LEAF | LYS_LEAFLIST)) == 0 &&
	    lyd_find_path(tree, edit->path, 0, &node) == LY_SUCCESS) {
		LY_LIST_FOR_SAFE(lyd_child_no_keys(node), next, child)
		{
			if (unlink_node(child, undo) < 0)
				return no_memory(edit->path, err);
			changed = 1;
		}
	}
	return set_node(tree, schema, edit, undo, err) < 0 ? -EINVAL : changed;
}

static int need_node(struct lyd_node *tree, const struct lysc_node *schema,
    const struct gh_edit *edit, struct gh_error *err)
{
	if (schema->parent == NULL || is_there(tree, schema, edit))
		return 0;
	return gh_error_set(
	    err, -ENOENT, edit->path, "'%s' is not configured here: create it first", schema->name);
}

static struct lyd_node *end_of_list(const struct lyd_node *node, bool last)
{
	struct lyd_node *it, *found = NULL;

	LY_LIST_FOR (lyd_first_sibling(node), it) {
		if (it->schema == node->schema && it != node && (last || found == NULL))
			found = it;
	}
	return found;
}

static struct lyd_node *entry_named(const struct lyd_node *node, const char *key)
{
	struct lyd_node *it;

	LY_LIST_FOR (lyd_first_sibling(node), it) {
		const struct lyd_node *name = it->schema->nodetype == LYS_LIST ? lyd_child(it) : it;

		if (it->schema == node->schema && strcmp(lyd_get_value(name), key) == 0)
			return it;
	}
	return NULL;
}

static int move_node(struct lyd_node *tree, const struct lysc_node *schema,
    const struct gh_edit *edit, struct gh_undo *undo, struct gh_error *err)
{
	const char *where = edit->value != NULL ? edit->value : "";
	struct lyd_node *node = NULL, *anchor;
	struct gh_undo_step *step;
	bool before;

	if (!lysc_is_userordered(schema))
		return gh_error_set(err, -EINVAL, edit->path,
		    "the entries of '%s' have no order of their own", schema->name);
	if (lyd_find_path(tree, edit->path, 0, &node) != LY_SUCCESS)
		return gh_error_set(
		    err, -ENOENT, edit->path, "there is no such '%s' to move", schema->name);
	before = strcmp(where, "first") == 0 || strncmp(where, "before ", 7) == 0;
	if (strcmp(where, "first") == 0 || strcmp(where, "last") == 0)
		anchor = end_of_list(node, !before);
	else if (before || strncmp(where, "after ", 6) == 0)
		anchor = entry_named(node, strchr(where, ' ') + 1);
	else
		return gh_error_set(
		    err, -EINVAL, edit->path, "expected first, last, before NAME or after NAME");
	if (anchor == NULL || anchor == node)
		return anchor == node || strchr(where, ' ') == NULL
			   ? 0
			   : gh_error_set(err, -ENOENT, edit->path, "there is no '%s' here",
				 strchr(where, ' ') + 1);
	step = undo_push(undo, UNDO_MOVED, node);
	if (step == NULL)
		return no_memory(edit->path, err);
	note_place(step, node);
	if (before)
		lyd_insert_before(anchor, node);
	else
		lyd_insert_after(anchor, node);
	return 1;
}

int gh_edit_apply(
    struct lyd_node *tree, const struct gh_edit *edit, struct gh_undo *undo, struct gh_error *err)
{
	const struct lysc_node *schema = gh_expect_node(LYD_CTX(tree), edit->path, err);

	if (schema == NULL)
		return -EINVAL;
	switch (edit->op) {
	case GH_EDIT_SET:
		return set_node(tree, schema, edit, undo, err);
	case GH_EDIT_DELETE:
	case GH_EDIT_REMOVE:
		return delete_node(tree, schema, edit, undo, err);
	case GH_EDIT_MOVE:
		return move_node(tree, schema, edit, undo, err);
	case GH_EDIT_CREATE:
		return create_new(tree, schema, edit, undo, err);
	case GH_EDIT_REPLACE:
		return replace_node(tree, schema, edit, undo, err);
	case GH_EDIT_NEED:
		return need_node(tree, schema, edit, err);
	}
	return gh_error_set(err, -EINVAL, edit->path, "the operation is not known");
}
