/* SPDX-License-Identifier: BSD-3-Clause */
#include "shell/schema.h"

#include <errno.h>
#include <string.h>

#include "db/model.h"

int schema_use(struct schema *s, struct ly_ctx *ctx, const char *module, struct gh_error *err)
{
	*s = (struct schema){.ctx = ctx};
	s->module = ly_ctx_get_module_implemented(ctx, module);
	if (s->module != NULL) {
		s->config = lys_find_child(NULL, s->module, "config", 0, LYS_CONTAINER, 0);
		s->state = lys_find_child(NULL, s->module, "state", 0, LYS_CONTAINER, 0);
	}
	if (s->config == NULL)
		return gh_error_set(
		    err, -EINVAL, module, "the YANG model has no container \"config\"");
	return 0;
}

int schema_load(struct schema *s, struct gh_error *err)
{
	struct ly_ctx *ctx = gh_model_new(err);

	if (ctx == NULL)
		return -EINVAL;
	return schema_use(s, ctx, GH_MODEL, err);
}

void schema_free(struct schema *s)
{
	ly_ctx_destroy(s->ctx);
	*s = (struct schema){0};
}

static bool is_offered(const struct lysc_node *parent, const struct lysc_node *node)
{
	if (node->flags & LYS_STATUS_OBSLT)
		return false;
	if ((parent->flags & LYS_CONFIG_W) && (node->flags & LYS_CONFIG_R))
		return false;
	return (node->nodetype &
		   (LYS_CONTAINER | LYS_LIST | LYS_LEAF | LYS_LEAFLIST | LYS_ANYDATA)) != 0;
}

const struct lysc_node *schema_next_child(
    const struct lysc_node *parent, const struct lysc_node *last)
{
	const struct lysc_node *node = last;

	do {
		node = lys_getnext(node, parent, NULL, 0);
	} while (node != NULL && !is_offered(parent, node));
	return node;
}

const struct lysc_node *schema_child(const struct lysc_node *parent, const char *name)
{
	const struct lysc_node *node = NULL;

	while ((node = schema_next_child(parent, node)) != NULL)
		if (strcmp(node->name, name) == 0)
			return node;
	return NULL;
}

const char *schema_extension(const struct lysc_node *node, const char *name)
{
	return gh_model_ext(node, name);
}

bool schema_is_context(const struct lysc_node *node)
{
	return (node->nodetype & (LYS_CONTAINER | LYS_LIST)) != 0;
}

static bool only_keys(const struct lysc_node *list)
{
	const struct lysc_node *child = NULL;

	while ((child = schema_next_child(list, child)) != NULL)
		if (!lysc_is_key(child))
			return false;
	return true;
}

bool schema_is_line(const struct lysc_node *node)
{
	if (!schema_is_context(node))
		return false;
	return schema_extension(node, "one-line") != NULL ||
	       (node->nodetype == LYS_LIST && only_keys(node));
}

unsigned schema_key_count(const struct lysc_node *list)
{
	const struct lysc_node *child = NULL;
	unsigned count = 0;

	if (list->nodetype != LYS_LIST)
		return 0;
	while ((child = schema_next_child(list, child)) != NULL)
		count += lysc_is_key(child) ? 1 : 0;
	return count;
}

bool schema_keys_are_named(const struct lysc_node *list)
{
	return schema_key_count(list) > 1 || schema_extension(list, "key-words") != NULL;
}

/* A sentence ends with a full stop before a blank or the end; line breaks become blanks. */
const char *schema_summary(const struct lysc_node *node, char *buf, size_t size)
{
	const char *from = node->dsc != NULL ? node->dsc : "";
	size_t len = 0;

	for (; *from != '\0' && len + 1 < size; from++) {
		bool blank = *from == '\n' || *from == ' ' || *from == '\t';

		if (*from == '.' && (from[1] == '\0' || from[1] == ' ' || from[1] == '\n'))
			break;
		if (blank && (len == 0 || buf[len - 1] == ' '))
			continue;
		buf[len++] = blank ? ' ' : *from;
	}
	buf[len] = '\0';
	return buf;
}

const struct lysc_type *schema_type(const struct lysc_node *leaf)
{
	const struct lysc_type *type;

	if (leaf->nodetype == LYS_LEAF)
		type = ((const struct lysc_node_leaf *)leaf)->type;
	else if (leaf->nodetype == LYS_LEAFLIST)
		type = ((const struct lysc_node_leaflist *)leaf)->type;
	else
		return NULL;
	return type;
}
