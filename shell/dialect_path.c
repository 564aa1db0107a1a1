/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * Data paths of the daemon in typed words.
 */
#include <stdlib.h>
#include <string.h>

#include "shell/dialect.h"
#include "shell/words.h"

static void add_word(struct text *t, const char *word)
{
	size_t size = strlen(word) * 2 + 3;
	char *quoted = malloc(size);

	if (quoted == NULL)
		abort();
	text_add(t, quoted, word_quote(word, quoted, size));
	free(quoted);
}

/* A node name, without its module; advances *at. */
static char *take_name(const char **at)
{
	size_t len = strcspn(*at, "/[:=]");
	char *name;

	if ((*at)[len] == ':') {
		*at += len + 1;
		len = strcspn(*at, "/[:=]");
	}
	name = strndup(*at, len);
	*at += len;
	return name;
}

/* [name='value'] → name, value; false (and nothing to free) when it is none. */
static bool take_predicate(const char **at, char **name, char **value)
{
	const char *p = *at, *end;

	if (*p != '[')
		return false;
	p++;
	*name = take_name(&p);
	if (p[0] != '=' || (p[1] != '\'' && p[1] != '"') || (end = strchr(p + 2, p[1])) == NULL ||
	    end[1] != ']') {
		free(*name);
		return false;
	}
	*value = strndup(p + 2, (size_t)(end - p - 2));
	*at = end + 2;
	return true;
}

static void add_predicates(struct text *out, const struct lysc_node *node, const char **at)
{
	bool named = node->nodetype == LYS_LIST && schema_keys_are_named(node);
	char *name, *value;

	while (take_predicate(at, &name, &value)) {
		if (named)
			text_addf(out, " %s", name);
		text_add(out, " ", 1);
		add_word(out, value);
		free(name);
		free(value);
	}
}

static const struct lysc_node *take_root(const struct schema *s, const char **at)
{
	const struct lysc_node *root;
	char *name;

	if (**at != '/')
		return NULL;
	(*at)++;
	name = take_name(at);
	root = strcmp(name, s->config->name) == 0 ? s->config : NULL;
	if (root == NULL && s->state != NULL && strcmp(name, s->state->name) == 0)
		root = s->state;
	free(name);
	return root;
}

/* Appends the words of the steps after the root; false where the path is not understood. */
static bool add_steps(struct text *out, const struct lysc_node *node, const char *at)
{
	while (*at == '/') {
		char *name;

		at++;
		name = take_name(&at);
		node = schema_is_context(node) ? schema_child(node, name) : NULL;
		free(name);
		if (node == NULL)
			return false;
		text_addf(out, "%s%s", out->len > 0 ? " " : "", node->name);
		add_predicates(out, node, &at);
	}
	return *at == '\0';
}

void dialect_add_path(const struct schema *s, const char *path, struct text *out)
{
	const char *at = path;
	const struct lysc_node *root = take_root(s, &at);
	struct text words = {0};

	text_add(&words, "", 0);
	if (root != NULL && add_steps(&words, root, at))
		text_addf(out, "%s", words.data);
	else
		text_addf(out, "%s", path);
	text_free(&words);
}
