/* SPDX-License-Identifier: BSD-3-Clause */
#include "shell/arguments.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

const struct lysc_node *arguments_next(const struct lysc_node *rpc, const struct lysc_node *last)
{
	const struct lysc_node *node = last;

	do {
		node = lys_getnext(node, rpc, NULL, 0);
	} while (node != NULL && node->nodetype != LYS_LEAF);
	return node;
}

bool argument_is_positional(const struct lysc_node *leaf)
{
	return schema_extension(leaf, "positional") != NULL || (leaf->flags & LYS_MAND_TRUE);
}

static const struct lysc_type *real_type(const struct lysc_node *leaf)
{
	const struct lysc_type *type = schema_type(leaf);

	if (type->basetype == LY_TYPE_LEAFREF)
		return ((const struct lysc_type_leafref *)type)->realtype;
	return type;
}

static bool is_flag(const struct lysc_node *leaf)
{
	return real_type(leaf)->basetype == LY_TYPE_EMPTY;
}

const char *argument_value(const struct arguments *args, const char *leaf)
{
	for (unsigned i = 0; i < args->count; i++)
		if (strcmp(args->list[i].leaf->name, leaf) == 0)
			return args->list[i].value;
	return NULL;
}

void argument_add(struct arguments *args, const struct lysc_node *leaf, const char *value)
{
	if (args->count < ARGUMENTS_MAX)
		args->list[args->count++] = (struct argument){.leaf = leaf, .value = strdup(value)};
}

void arguments_free(struct arguments *args)
{
	for (unsigned i = 0; i < args->count; i++)
		free(args->list[i].value);
	args->count = 0;
}

/* The leaf that word names or abbreviates; *count says how many could be meant. */
static const struct lysc_node *find_leaf(
    const struct lysc_node *rpc, const char *word, unsigned *count)
{
	const struct lysc_node *leaf = NULL, *found = NULL;

	*count = 0;
	while ((leaf = arguments_next(rpc, leaf)) != NULL) {
		if (strncmp(leaf->name, word, strlen(word)) != 0)
			continue;
		found = leaf;
		if (strcmp(leaf->name, word) == 0) {
			*count = 1;
			return leaf;
		}
		(*count)++;
	}
	return *count == 1 ? found : NULL;
}

static const struct lysc_node *free_positional(
    const struct lysc_node *rpc, const struct arguments *args)
{
	const struct lysc_node *leaf = NULL;

	while ((leaf = arguments_next(rpc, leaf)) != NULL)
		if (argument_is_positional(leaf) && argument_value(args, leaf->name) == NULL)
			return leaf;
	return NULL;
}

static void list_leaves(const struct lysc_node *rpc, const struct arguments *args,
    const char *prefix, char *buf, size_t size)
{
	const struct lysc_node *leaf = NULL;
	size_t len = 0;

	buf[0] = '\0';
	while ((leaf = arguments_next(rpc, leaf)) != NULL && len + 1 < size)
		if (argument_value(args, leaf->name) == NULL &&
		    strncmp(leaf->name, prefix, strlen(prefix)) == 0)
			len += (size_t)snprintf(
			    buf + len, size - len, "%s%s", len > 0 ? ", " : "", leaf->name);
}

static int unknown_word(const struct lysc_node *rpc, const struct arguments *args,
    const struct words *words, unsigned at, unsigned matches, struct line_error *err)
{
	const char *word = words->list[at].text;
	char names[512];

	list_leaves(rpc, args, matches > 1 ? word : "", names, sizeof(names));
	if (matches > 1)
		return words_error(words, at, err, "\"%s\" is ambiguous: %s", word, names);
	if (names[0] == '\0')
		return words_error(
		    words, at, err, "\"%s\" is too much: the command ends here", word);
	return words_error(words, at, err, "\"%s\" is not known here: expected %s%s", word,
	    strchr(names, ',') != NULL ? "one of " : "", names);
}

static int take_value(const struct schema *s, const struct lysc_node *leaf,
    const struct words *words, unsigned at, unsigned count, struct arguments *out,
    struct line_error *err)
{
	char message[768], type[512], *value;

	if (at >= count)
		return words_error(words, at, err, "expected a value for %s: %s", leaf->name,
		    schema_type_text(leaf, type, sizeof(type)));
	if (schema_check_value(s, leaf, words->list[at].text, &value, message, sizeof(message)) < 0)
		return words_error(words, at, err, "%s", message);
	argument_add(out, leaf, value);
	free(value);
	return 0;
}

/* Reads one argument from word *at on. */
static int take_argument(const struct schema *s, const struct lysc_node *rpc,
    const struct words *words, unsigned *at, unsigned count, struct arguments *out,
    struct line_error *err)
{
	const struct lysc_node *positional = free_positional(rpc, out), *leaf;
	unsigned matches;
	int ret;

	leaf = find_leaf(rpc, words->list[*at].text, &matches);
	if (leaf != NULL && argument_value(out, leaf->name) != NULL)
		leaf = NULL;
	if (leaf != NULL && leaf == positional && *at + 1 >= count)
		leaf = NULL; /* the value happens to look like its name */
	if (leaf == NULL && positional == NULL)
		return unknown_word(rpc, out, words, *at, matches, err);
	if (leaf == NULL) {
		ret = take_value(s, positional, words, *at, count, out, err);
		*at += 1;
		return ret;
	}
	*at += 1;
	if (is_flag(leaf)) {
		argument_add(out, leaf, "");
		return 0;
	}
	ret = take_value(s, leaf, words, *at, count, out, err);
	*at += 1;
	return ret;
}

static int check_mandatory(const struct lysc_node *rpc, const struct arguments *args,
    const struct words *words, unsigned count, struct line_error *err)
{
	const struct lysc_node *leaf = NULL;
	char type[512];

	while ((leaf = arguments_next(rpc, leaf)) != NULL)
		if ((leaf->flags & LYS_MAND_TRUE) && argument_value(args, leaf->name) == NULL)
			return words_error(words, count, err, "expected the %s: %s", leaf->name,
			    schema_type_text(leaf, type, sizeof(type)));
	return 0;
}

int arguments_parse(const struct schema *s, const struct lysc_node *rpc, const struct words *words,
    unsigned first, unsigned count, struct arguments *out, struct line_error *err)
{
	unsigned at = first;

	*out = (struct arguments){0};
	while (at < count) {
		int ret = take_argument(s, rpc, words, &at, count, out, err);

		if (ret < 0)
			return ret;
	}
	return check_mandatory(rpc, out, words, count, err);
}

const struct lysc_node *arguments_expect(const struct schema *s, const struct lysc_node *rpc,
    const struct words *words, unsigned first, unsigned count, struct arguments *before)
{
	struct line_error err;
	unsigned at = first, matches;

	*before = (struct arguments){0};
	while (at < count) {
		const struct lysc_node *leaf = find_leaf(rpc, words->list[at].text, &matches);

		if (leaf != NULL && at + 1 == count && !is_flag(leaf) &&
		    argument_value(before, leaf->name) == NULL)
			return leaf;
		if (take_argument(s, rpc, words, &at, count, before, &err) < 0)
			return NULL;
	}
	return NULL;
}

static void add_value(struct text *out, const struct lysc_node *leaf, const char *value)
{
	switch (real_type(leaf)->basetype) {
	case LY_TYPE_EMPTY:
		text_addf(out, "[null]");
		break;
	case LY_TYPE_BOOL:
	case LY_TYPE_UINT8:
	case LY_TYPE_UINT16:
	case LY_TYPE_UINT32:
	case LY_TYPE_INT8:
	case LY_TYPE_INT16:
	case LY_TYPE_INT32:
		text_addf(out, "%s", value);
		break;
	default:
		text_add_json_string(out, value);
	}
}

void arguments_to_rpc(const struct lysc_node *rpc, const struct arguments *args, struct text *out)
{
	text_addf(out, "{\"%s:%s\":{", rpc->module->name, rpc->name);
	for (unsigned i = 0; i < args->count; i++) {
		text_addf(out, "%s\"%s\":", i > 0 ? "," : "", args->list[i].leaf->name);
		add_value(out, args->list[i].leaf, args->list[i].value);
	}
	text_addf(out, "}}");
}
