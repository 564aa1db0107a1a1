/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * Writes docs/reference from the model: reference configuration|commands > FILE. See `make
 * reference`.
 */
#include <stdio.h>
#include <string.h>

#include "db/expect.h"
#include "db/model.h"

#define HEADINGS 3 /* levels below the top that get a heading of their own */

/* Descriptions are wrapped in the model. */
static void put_text(const char *text)
{
	bool blank = false;

	for (; text != NULL && *text != '\0'; text++) {
		if (*text == ' ' || *text == '\n' || *text == '\t') {
			blank = true;
			continue;
		}
		if (blank)
			putchar(' ');
		blank = false;
		if (*text == '<' || *text == '*' || *text == '_' || *text == '|')
			putchar('\\');
		putchar(*text);
	}
}

static bool is_term(const struct lysc_node *node)
{
	return (node->nodetype & (LYS_LEAF | LYS_LEAFLIST)) != 0;
}

static const struct lysc_type *type_of(const struct lysc_node *node)
{
	/* The same place in leafs and leaf-lists. */
	return node->nodetype == LYS_LEAF ? ((const struct lysc_node_leaf *)node)->type
					  : ((const struct lysc_node_leaflist *)node)->type;
}

static void put_name(const struct lysc_node *node)
{
	const struct lysc_node *key;

	printf("`%s", node->name);
	if (node->nodetype == LYS_LIST) {
		for (key = lysc_node_child(node); key != NULL && lysc_is_key(key); key = key->next)
			printf(" %s", key->name);
	}
	printf("`");
}

static void put_default(const struct lysc_node *node)
{
	const struct lysc_node_leaf *leaf = (const struct lysc_node_leaf *)node;

	if (node->nodetype == LYS_LEAF && leaf->dflt != NULL)
		printf("; default `%s`", lyd_value_get_canonical(node->module->ctx, leaf->dflt));
}

static void put_facts(const struct lysc_node *node)
{
	char expected[600];

	if (is_term(node)) {
		printf(": ");
		put_text(gh_expect(type_of(node), expected, sizeof(expected)));
		put_default(node);
		printf("%s.", node->nodetype == LYS_LEAFLIST ? "; any number" : "");
	} else {
		printf(".");
	}
	printf(" ");
	put_text(node->dsc);
	if ((node->flags & LYS_MAND_TRUE) != 0 && !lysc_is_key(node))
		printf(" *Must be given.*");
	if (gh_model_is_secret(node))
		printf(" *Secret.*");
	printf("\n");
}

static void put_below(const struct lysc_node *parent, unsigned depth);

static void put_item(const struct lysc_node *node, unsigned depth)
{
	printf("%*s- ", (int)depth * 2, "");
	put_name(node);
	put_facts(node);
	put_below(node, depth + 1);
}

static void put_below(const struct lysc_node *parent, unsigned depth)
{
	const struct lysc_node *node = NULL;

	while ((node = lys_getnext(node, parent, NULL, 0)) != NULL)
		put_item(node, depth);
}

static void put_section(const struct lysc_node *node, unsigned level, const char *above)
{
	const struct lysc_node *child = NULL;
	char path[200];

	snprintf(path, sizeof(path), "%s%s%s", above, above[0] != '\0' ? " " : "", node->name);
	printf("\n%.*s %s\n\n", (int)level + 1, "#####", path);
	put_text(node->dsc);
	printf("\n\n");
	while ((child = lys_getnext(child, node, NULL, 0)) != NULL) {
		if (is_term(child) || level == HEADINGS)
			put_item(child, 0);
	}
	while (level < HEADINGS && (child = lys_getnext(child, node, NULL, 0)) != NULL) {
		if (!is_term(child))
			put_section(child, level + 1, path);
	}
}

static void put_configuration(const struct ly_ctx *ctx)
{
	const struct lysc_node *top = lys_find_path(ctx, NULL, "/gatehouse:config", 0),
			       *node = NULL;

	puts("# Configuration statements\n\nMade from the model (`db/yang`) by `make reference`. A "
	     "word behind a list's name is\nan entry's key. NETCONF has the same names below "
	     "`/gatehouse:config`.");
	while ((node = lys_getnext(node, top, NULL, 0)) != NULL)
		put_section(node, 1, "");
}

static void put_side(const struct lysc_node *rpc, const char *title, uint32_t options)
{
	const struct lysc_node *node = lys_getnext(NULL, rpc, NULL, options);

	if (node != NULL)
		printf("\n%s:\n\n", title);
	for (; node != NULL; node = lys_getnext(node, rpc, NULL, options))
		put_item(node, 0);
}

static void put_rpc(const struct lysc_node *rpc)
{
	const char *command = gh_model_ext(rpc, "command"), *role = gh_model_ext(rpc, "role");

	printf("\n## %s\n\n", command != NULL && command[0] != '\0' ? command : rpc->name);
	put_text(rpc->dsc);
	printf(
	    "\n\nRpc `%s`; for role `%s` and above.\n", rpc->name, role != NULL ? role : "admin");
	put_side(rpc, "Takes", 0);
	put_side(rpc, "Gives", LYS_GETNEXT_OUTPUT);
}

static void put_commands(const struct ly_ctx *ctx)
{
	const struct lys_module *mod = ly_ctx_get_module_implemented(ctx, GH_MODEL);
	const struct lysc_node_action *rpc;

	puts("# Commands\n\nMade from the model (`db/yang`) by `make reference`: what the shell's "
	     "operational commands take\nand give, and what NETCONF and scripts call as rpcs.");
	LY_LIST_FOR (mod->compiled->rpcs, rpc)
		put_rpc(&rpc->node);
}

int main(int argc, char **argv)
{
	struct gh_error err = {0};
	struct ly_ctx *ctx = gh_model_new(&err);

	if (ctx == NULL || argc != 2) {
		fprintf(stderr, "usage: reference configuration|commands\n%s", err.message);
		return 2;
	}
	if (strcmp(argv[1], "configuration") == 0)
		put_configuration(ctx);
	else
		put_commands(ctx);
	ly_ctx_destroy(ctx);
	return 0;
}
