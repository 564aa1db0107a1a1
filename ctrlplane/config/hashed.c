/* SPDX-License-Identifier: BSD-3-Clause */
#include "ctrlplane/config/hashed.h"

#include <crypt.h>
#include <errno.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>

#include "common/secret.h"
#include "db/expect.h"
#include "db/model.h"
#include "db/tree.h"

#define LEAF \
	"password" /* such leaves are called so: a look at the name spares most of the search */
#define LENGTH_MIN 8

/* $ID$… as crypt(5) has it; what looks so but is no hash is refused when the candidate is verified.
 */
static bool is_hash(const char *value)
{
	return value[0] == '$' && strchr(value + 1, '$') != NULL;
}

/* Left as they are: hashes, and the mask, which is refused later. */
static bool stays(const char *value)
{
	return is_hash(value) || strcmp(value, GH_SECRET_MASK) == 0;
}

static const char *hash(const char *value, struct gh_error *err)
{
	static char result[CRYPT_OUTPUT_SIZE];
	char salt[CRYPT_GENSALT_OUTPUT_SIZE];
	struct crypt_data *data;
	const char *text = NULL;

	if (strlen(value) < LENGTH_MIN) {
		gh_error_set(
		    err, -EINVAL, NULL, "a password has at least %d characters", LENGTH_MIN);
		return NULL;
	}
	data = calloc(1, sizeof(*data));
	if (data != NULL && crypt_gensalt_rn("$6$", 0, NULL, 0, salt, sizeof(salt)) != NULL)
		text = crypt_r(value, salt, data);
	if (text != NULL && text[0] != '*')
		strcpy(result, text);
	else
		gh_error_set(
		    err, -EINVAL, NULL, "the password cannot be hashed: %s", strerror(errno));
	if (text != NULL && text[0] == '*')
		text = NULL;
	if (data != NULL)
		gh_wipe_free(data, sizeof(*data));
	return text != NULL ? result : NULL;
}

static bool ends_with_leaf(const char *path)
{
	size_t len = strlen(path), leaf = strlen(LEAF);
	size_t at = len >= leaf ? len - leaf : 0;

	return at > 0 && (path[at - 1] == '/' || path[at - 1] == ':') &&
	       strcmp(path + at, LEAF) == 0;
}

const char *gh_hashed_value(
    const struct ly_ctx *ctx, const char *path, const char *value, struct gh_error *err)
{
	const struct lysc_node *node;

	if (path == NULL || value == NULL || !ends_with_leaf(path) || stays(value))
		return value;
	node = gh_expect_node(ctx, path, NULL);
	if (node == NULL || gh_model_ext(node, "hashed") == NULL)
		return value;
	return hash(value, err);
}

static int hash_leaf(struct lyd_node *node, struct gh_error *err)
{
	const char *value = lyd_get_value(node), *text;
	LY_ERR rc;

	if (stays(value))
		return 0;
	text = hash(value, err);
	if (text == NULL)
		return err->code;
	rc = lyd_change_term(node, text);
	return rc == LY_SUCCESS || rc == LY_EEXIST || rc == LY_ENOT
		   ? 0
		   : gh_error_set(err, -ENOMEM, NULL, "there is not enough memory");
}

int gh_hashed_tree(struct lyd_node *tree, struct gh_error *err)
{
	struct lyd_node *node;
	int rc = 0;

	LYD_TREE_DFS_BEGIN(tree, node)
	{
		if (rc == 0 && node->schema != NULL && strcmp(node->schema->name, LEAF) == 0 &&
		    gh_model_ext(node->schema, "hashed") != NULL)
			rc = hash_leaf(node, err);
		LYD_TREE_DFS_END(tree, node);
	}
	return rc;
}
