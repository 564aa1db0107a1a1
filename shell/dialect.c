/* SPDX-License-Identifier: BSD-3-Clause */
#include "shell/dialect.h"

#include <stdlib.h>
#include <string.h>

#include "shell/words.h"

#define INDENT 4

struct printer {
	dialect_line_fn line;
	void *arg;
	struct text prefix; /* full paths: the words so far */
};

static void add_word(struct text *t, const char *word)
{
	size_t size = strlen(word) * 2 + 3;
	char *quoted = malloc(size);

	if (quoted == NULL)
		abort();
	text_add(t, quoted, word_quote(word, quoted, size));
	free(quoted);
}

static bool is_key(const struct lyd_node *node)
{
	return lysc_is_key(node->schema) != 0;
}

static bool is_context(const struct lyd_node *node)
{
	return node->schema != NULL && schema_is_context(node->schema);
}

static void add_leaf(struct text *t, const struct lyd_node *leaf)
{
	text_addf(t, "%s", leaf->schema->name);
	if (schema_type(leaf->schema)->basetype != LY_TYPE_EMPTY) {
		text_add(t, " ", 1);
		add_word(t, lyd_get_value(leaf));
	}
}

/* "physical wan01", or "influxdb-output url U" where keys are named. */
static void add_header(struct text *t, const struct lyd_node *node)
{
	bool named = schema_keys_are_named(node->schema);
	const struct lyd_node *child;

	text_addf(t, "%s", node->schema->name);
	if (node->schema->nodetype != LYS_LIST)
		return;
	LY_LIST_FOR (lyd_child(node), child) {
		if (!is_key(child))
			continue;
		text_add(t, " ", 1);
		if (named)
			add_leaf(t, child);
		else
			add_word(t, lyd_get_value(child));
	}
}

static void add_one_line(struct text *t, const struct lyd_node *node)
{
	const struct lyd_node *child;

	add_header(t, node);
	LY_LIST_FOR (lyd_child(node), child) {
		if (is_key(child) || is_context(child))
			continue;
		text_add(t, " ", 1);
		add_leaf(t, child);
	}
}

/* A container without presence that holds nothing says nothing. */
static bool says_nothing(const struct lyd_node *node)
{
	const struct lyd_node *child;

	if (node->schema->nodetype != LYS_CONTAINER || (node->schema->flags & LYS_PRESENCE))
		return false;
	LY_LIST_FOR (lyd_child(node), child)
		if (!is_context(child) || !says_nothing(child))
			return false;
	return true;
}

static void emit(struct printer *p, unsigned depth, struct text *t)
{
	struct text line = {0};

	text_addf(&line, "%*s%s", (int)(depth * INDENT), "", t->data);
	p->line(p->arg, line.data);
	text_free(&line);
	text_free(t);
}

static void print_children(struct printer *p, const struct lyd_node *parent, unsigned depth)
{
	const struct lyd_node *child;

	LY_LIST_FOR (lyd_child(parent), child) {
		struct text t = {0};

		if (child->schema == NULL || is_key(child))
			continue;
		if (!is_context(child)) {
			add_leaf(&t, child);
			emit(p, depth, &t);
			continue;
		}
		if (says_nothing(child))
			continue;
		if (schema_is_line(child->schema)) {
			add_one_line(&t, child);
			emit(p, depth, &t);
			continue;
		}
		add_header(&t, child);
		emit(p, depth, &t);
		print_children(p, child, depth + 1);
		text_addf(&t, "..");
		emit(p, depth + 1, &t);
	}
}

void dialect_print_tree(const struct lyd_node *root, dialect_line_fn line, void *arg)
{
	struct printer p = {.line = line, .arg = arg};

	print_children(&p, root, 0);
}

static bool has_statements(const struct lyd_node *node)
{
	const struct lyd_node *child;

	LY_LIST_FOR (lyd_child(node), child)
		if (!is_key(child) && !(is_context(child) && says_nothing(child)))
			return true;
	return false;
}

static void full_children(struct printer *p, const struct lyd_node *parent);

static void full_node(struct printer *p, const struct lyd_node *node)
{
	bool line = is_context(node) && schema_is_line(node->schema);
	size_t had = p->prefix.len;

	text_add(&p->prefix, " ", 1);
	if (!is_context(node))
		add_leaf(&p->prefix, node);
	else if (line)
		add_one_line(&p->prefix, node);
	else
		add_header(&p->prefix, node);
	if (!is_context(node) || line || !has_statements(node))
		p->line(p->arg, p->prefix.data);
	else
		full_children(p, node);
	p->prefix.len = had;
	p->prefix.data[had] = '\0';
}

static void full_children(struct printer *p, const struct lyd_node *parent)
{
	const struct lyd_node *child;

	LY_LIST_FOR (lyd_child(parent), child)
		if (child->schema != NULL && !is_key(child) &&
		    !(is_context(child) && says_nothing(child)))
			full_node(p, child);
}

void dialect_print_full_paths(const struct lyd_node *root, dialect_line_fn line, void *arg)
{
	struct printer p = {.line = line, .arg = arg};

	text_addf(&p.prefix, "/");
	full_children(&p, root);
	text_free(&p.prefix);
}
