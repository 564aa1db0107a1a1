/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * Configuration trees: edits that can be undone, validation, differences.
 *
 * A tree is the /gatehouse:config container and is never NULL; an empty configuration is the
 * container alone (or with defaults). Trees are owned by whoever made them and freed with
 * lyd_free_all. One thread.
 */
#pragma once

#include <libyang/libyang.h>
#include <stdbool.h>
#include <stddef.h>

#include "common/error.h"
#include "db/paths.h"

#define GH_CONFIG_PATH "/gatehouse:config"
#define GH_SECRET_MASK "********" /* shown in place of a secret; refused as a value */

struct lyd_node *gh_tree_new(const struct ly_ctx *ctx);
struct lyd_node *gh_tree_copy(const struct lyd_node *tree); /* NULL: out of memory */

/* From JSON, strictly, without validation or defaults. NULL with err set. */
struct lyd_node *gh_tree_parse(const struct ly_ctx *ctx, const char *json, struct gh_error *err);

/* To JSON in one line, freed by the caller; what nobody set is left out unless defaults. */
char *gh_tree_print(const struct lyd_node *tree, bool defaults);

/* Checks every constraint of the model and adds default values. */
int gh_tree_validate(struct lyd_node *tree, struct gh_error *err);

/* A copy without secrets: their values are GH_SECRET_MASK. */
struct lyd_node *gh_tree_masked(const struct lyd_node *tree);

enum gh_edit_op {
	GH_EDIT_SET,
	GH_EDIT_DELETE,
	GH_EDIT_REMOVE,
	GH_EDIT_MOVE,
	GH_EDIT_CREATE,	 /* SET of what is not there yet; -EEXIST */
	GH_EDIT_REPLACE, /* SET, and nothing is left below it */
	GH_EDIT_NEED,	 /* changes nothing; -ENOENT if it is not there */
};

struct gh_edit {
	enum gh_edit_op op;
	const char *path;  /* data path */
	const char *value; /* or NULL; MOVE: first, last, before KEY, after KEY */
};

/* What undoes the edits done so far; zeroed when new. */
struct gh_undo {
	struct gh_undo_step *steps;
	size_t count, size;
};

/* Does one edit. Returns 1 if the tree changed, 0 if it was so already, <0 with err set; the tree
 * is then as before. Appends to undo. */
int gh_edit_apply(
    struct lyd_node *tree, const struct gh_edit *edit, struct gh_undo *undo, struct gh_error *err);
/* Calls fn with the path of each node that the edits created (its topmost), changed or removed. */
void gh_undo_paths(const struct gh_undo *undo, void (*fn)(const char *path, void *ctx), void *ctx);

void gh_undo_revert(struct gh_undo *undo); /* undoes all, last first, and empties undo */
void gh_undo_drop(struct gh_undo *undo);   /* keeps the edits, frees the memory */

/* The differences between two trees as a libyang diff; NULL in *diff if there are none. Values
 * that nobody set make no difference, but stand in entries that were created or deleted. before may
 * be NULL. */
int gh_tree_diff(const struct lyd_node *before, const struct lyd_node *after,
    struct lyd_node **diff, struct gh_error *err);

/* The same, told where to look: what differs stands at these paths or below; NULL: anywhere. */
int gh_tree_diff_at(const struct lyd_node *before, const struct lyd_node *after,
    struct gh_paths *touched, struct lyd_node **diff, struct gh_error *err);

/* A copy of a diff of these trees with nothing in it but what somebody set; NULL if that is
 * nothing. This is what is kept and shown. */
struct lyd_node *gh_diff_explicit(
    const struct lyd_node *diff, const struct lyd_node *before, const struct lyd_node *after);

/* One changed statement of a diff. */
struct gh_diff_item {
	const char *operation;	     /* create, delete, replace, move */
	const struct lyd_node *node; /* in the diff */
	const char *old_value;	     /* of a replaced leaf, else NULL */
	bool subtree; /* a created or deleted entry or container: its leaves follow */
};

/* Calls fn for each changed statement, in order, until it returns non-zero, which is returned. */
int gh_diff_walk(
    const struct lyd_node *diff, int (*fn)(const struct gh_diff_item *item, void *ctx), void *ctx);
