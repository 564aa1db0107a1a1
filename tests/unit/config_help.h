/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * What the tests of the configuration share: a model, a directory, edits in one line.
 */
#pragma once

#include <libyang/libyang.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "db/model.h"
#include "db/store.h"
#include "db/tree.h"
#include "tests/unit/unit.h"

#define VRF "/gatehouse:config/vrf[name='main']"
#define PHYSICAL(name) VRF "/interface/physical[name='" name "']"

static struct ly_ctx *model;

static inline void model_start(void)
{
	if (model == NULL)
		model = gh_model_new(NULL);
	CU_ASSERT_PTR_NOT_NULL_FATAL(model);
}

/* Directories that are there now; a test that fails leaves without removing its own. */
static char directories[16][64];

/* Removes what our programs make in it, and the directory itself. */
static inline int directory_empty(const char *dir)
{
	static const char *const files[] = {
	    "config.db", "config.db-wal", "config.db-shm", "config.db-journal", "sock"};
	char path[128];

	for (size_t i = 0; i < sizeof(files) / sizeof(files[0]); i++) {
		snprintf(path, sizeof(path), "%.64s/%s", dir, files[i]);
		unlink(path);
	}
	return rmdir(dir);
}

static inline void directories_sweep(void)
{
	for (size_t i = 0; i < sizeof(directories) / sizeof(directories[0]); i++) {
		if (directories[i][0] != '\0')
			directory_empty(directories[i]);
	}
}

/* A directory of the test's own. */
static inline void directory_make(char dir[64])
{
	static bool sweeping;

	if (!sweeping)
		sweeping = atexit(directories_sweep) == 0;
	snprintf(dir, 64, "/tmp/gatehouse-test-XXXXXX");
	CU_ASSERT_PTR_NOT_NULL_FATAL(mkdtemp(dir));
	for (size_t i = 0; i < sizeof(directories) / sizeof(directories[0]); i++) {
		if (directories[i][0] == '\0') {
			memcpy(directories[i], dir, 64);
			break;
		}
	}
}

static inline void directory_remove(const char *dir)
{
	CU_ASSERT_EQUAL(directory_empty(dir), 0);
	for (size_t i = 0; i < sizeof(directories) / sizeof(directories[0]); i++) {
		if (strcmp(directories[i], dir) == 0)
			directories[i][0] = '\0';
	}
}

/* One edit without an undo list; what gh_edit_apply returns. */
static inline int edit(struct lyd_node *tree, enum gh_edit_op op, const char *path,
    const char *value, struct gh_error *err)
{
	struct gh_edit e = {.op = op, .path = path, .value = value};
	struct gh_undo undo = {0};
	int rc = gh_edit_apply(tree, &e, &undo, err);

	gh_undo_drop(&undo);
	return rc;
}

static inline int set(struct lyd_node *tree, const char *path, const char *value)
{
	return edit(tree, GH_EDIT_SET, path, value, NULL);
}

/* The same but for the order of entries that have none. */
static inline bool same_content(const struct lyd_node *a, const struct lyd_node *b)
{
	struct lyd_node *diff = NULL, *set;
	bool same = gh_tree_diff(a, b, &diff, NULL) == 0;

	set = gh_diff_explicit(diff, a, b);
	same = same && set == NULL;
	lyd_free_all(set);
	lyd_free_all(diff);
	return same;
}

static inline bool same_tree(const struct lyd_node *a, const struct lyd_node *b)
{
	char *x = gh_tree_print(a, false), *y = gh_tree_print(b, false);
	bool same = x != NULL && y != NULL && strcmp(x, y) == 0;

	free(x);
	free(y);
	return same;
}
