/* SPDX-License-Identifier: BSD-3-Clause */
#include "db/tree.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "db/expect.h"
#include "db/json_check.h"
#include "db/model.h"

struct lyd_node *gh_tree_new(const struct ly_ctx *ctx)
{
	const struct lys_module *mod = ly_ctx_get_module_implemented(ctx, GH_MODEL);
	struct lyd_node *tree = NULL;

	return lyd_new_inner(NULL, mod, "config", 0, &tree) == LY_SUCCESS ? tree : NULL;
}

struct lyd_node *gh_tree_copy(const struct lyd_node *tree)
{
	struct lyd_node *copy = NULL;

	lyd_dup_single(tree, NULL, LYD_DUP_RECURSIVE | LYD_DUP_WITH_FLAGS, &copy);
	return copy;
}

static int not_a_configuration(struct gh_error *err)
{
	return gh_error_set(err, -EINVAL, NULL,
	    "a configuration is one JSON object {\"%s:config\": {...}}", GH_MODEL);
}

struct lyd_node *gh_tree_parse(const struct ly_ctx *ctx, const char *json, struct gh_error *err)
{
	struct lyd_node *tree = NULL;

	if (json[0] != '\0' && !gh_json_is_well_formed(json, strlen(json))) {
		gh_error_set(err, -EINVAL, NULL, "this is not well-formed JSON");
		return NULL;
	}
	if (lyd_parse_data_mem(ctx, json, LYD_JSON,
		LYD_PARSE_ONLY | LYD_PARSE_STRICT | LYD_PARSE_NO_STATE, 0, &tree) != LY_SUCCESS) {
		gh_error_set(err, -EINVAL, ly_errpath(ctx), "%s",
		    ly_errmsg(ctx) != NULL ? ly_errmsg(ctx) : "not understood");
		return NULL;
	}
	if (tree == NULL)
		return gh_tree_new(ctx);
	if (tree->next != NULL || tree->schema == NULL ||
	    strcmp(tree->schema->name, "config") != 0 || tree->schema->nodetype != LYS_CONTAINER) {
		not_a_configuration(err);
		lyd_free_all(tree);
		return NULL;
	}
	return tree;
}

char *gh_tree_print(const struct lyd_node *tree, bool defaults)
{
	char *text = NULL;

	lyd_print_mem(&text, tree, LYD_JSON,
	    LYD_PRINT_SHRINK | (defaults ? LYD_PRINT_WD_ALL : LYD_PRINT_WD_EXPLICIT));
	return text;
}

int gh_tree_validate(struct lyd_node *tree, struct gh_error *err)
{
	struct lyd_node *first = tree;

	if (lyd_validate_all(&first, NULL, LYD_VALIDATE_NO_STATE | LYD_VALIDATE_PRESENT, NULL) ==
	    LY_SUCCESS)
		return 0;
	return gh_expect_validation_error(tree, err);
}

struct lyd_node *gh_tree_masked(const struct lyd_node *tree)
{
	struct lyd_node *copy = gh_tree_copy(tree), *node;

	if (copy == NULL)
		return NULL;
	LYD_TREE_DFS_BEGIN(copy, node)
	{
		if (node->schema != NULL && node->schema->nodetype == LYS_LEAF &&
		    gh_model_is_secret(node->schema))
			lyd_change_term(node, GH_SECRET_MASK);
		LYD_TREE_DFS_END(copy, node);
	}
	return copy;
}
