/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * show config [running|startup|candidate] [rollback N] [nodefault] [fullpath] [json|xml] [PATH]
 * show state [fullpath] [json|xml] [PATH]
 */
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "shell/answer.h"
#include "shell/command.h"
#include "shell/dialect.h"

struct view {
	const char *source; /* running, candidate, startup */
	const char *number; /* instead: so many commits ago */
	bool nodefault, fullpath, xml;
	char path[PLACE_PATH_MAX];
};

static bool take_word(struct view *v, struct session *s, const char *word, bool config)
{
	if (strcmp(word, "fullpath") == 0)
		v->fullpath = true;
	else if (strcmp(word, "json") == 0)
		s->wants_json = true;
	else if (strcmp(word, "xml") == 0)
		v->xml = true;
	else if (config && strcmp(word, "nodefault") == 0)
		v->nodefault = true;
	else if (config && strcmp(word, "running") == 0)
		v->source = "running";
	else if (config && strcmp(word, "candidate") == 0)
		v->source = "candidate";
	else if (config && strcmp(word, "startup") == 0)
		v->source = "startup";
	else
		return false;
	return true;
}

static int take_number(struct view *v, struct session *s, unsigned *at, struct line_error *err)
{
	const struct word *word = *at < s->word_count ? &s->words->list[*at] : NULL;

	if (word == NULL || *word->text == '\0' ||
	    strspn(word->text, "0123456789") != strlen(word->text) || strlen(word->text) > 6)
		return words_error(s->words, *at, err, "expected how many commits ago");
	v->number = word->text;
	*at += 1;
	return 0;
}

/* The words before the path, then the path. */
static int read_view(struct session *s, bool config, struct view *v, struct line_error *err)
{
	const struct walker *w = config ? &s->config : &s->state;
	unsigned at = s->first_argument;
	struct place from = s->at;
	struct words words = *s->words;

	if (!config || !s->configuring)
		place_init(&from, w);
	words.count = s->word_count;
	for (; at < words.count; at++) {
		const struct word *word = &words.list[at];

		if (config && strcmp(word->text, "rollback") == 0) {
			int ret;

			at++;
			ret = take_number(v, s, &at, err);
			if (ret < 0)
				return ret;
			at--;
		} else if (word->quoted || !take_word(v, s, word->text, config)) {
			break;
		}
	}
	return walk_path(w, &from, &words, at, v->path, err);
}

static const struct lysc_node *input_leaf(const struct lysc_node *rpc, const char *name)
{
	const struct lysc_node *leaf = NULL;

	while ((leaf = arguments_next(rpc, leaf)) != NULL && strcmp(leaf->name, name) != 0)
		;
	return leaf;
}

static void add_input(
    struct arguments *args, const struct lysc_node *rpc, const char *name, const char *value)
{
	const struct lysc_node *leaf = rpc != NULL ? input_leaf(rpc, name) : NULL;

	if (leaf != NULL && value != NULL)
		argument_add(args, leaf, value);
}

static const struct lyd_node *data_of(const struct answer *a)
{
	const struct lyd_node *child = a->tree != NULL ? lyd_child(a->tree) : NULL;
	const struct lyd_node_any *any = (const struct lyd_node_any *)child;

	if (child == NULL || child->schema == NULL || !(child->schema->nodetype & LYD_NODE_ANY) ||
	    any->value_type != LYD_ANYDATA_DATATREE)
		return NULL;
	return any->value.tree;
}

static int show(struct session *s, const char *rpc_name, const struct view *v, bool whole)
{
	const struct lysc_node *rpc = session_find_rpc(s, rpc_name);
	struct answer answer = {.s = s};
	struct arguments args = {0};
	const struct lyd_node *data;
	int ret;

	add_input(&args, rpc, "number", v->number);
	add_input(&args, rpc, "source", v->number == NULL ? v->source : NULL);
	add_input(&args, rpc, "path", whole ? NULL : v->path);
	add_input(&args, rpc, "with-defaults", v->nodefault ? "false" : "true");
	ret = session_rpc(s, rpc_name, &args, answer_take, &answer);
	data = data_of(&answer);
	if (ret == 0 && (s->wants_json || v->xml))
		answer_print(&answer, data, v->xml ? LYD_XML : LYD_JSON);
	else if (ret == 0 && data != NULL && v->fullpath)
		dialect_print_full_paths(data, session_print, s);
	else if (ret == 0 && data != NULL)
		dialect_print_tree(data, session_print, s);
	if (ret == 0 && data == NULL && s->interactive && !s->out.piped && !s->wants_json)
		fprintf(s->out.stream, "Nothing is there.\n");
	arguments_free(&args);
	answer_free(&answer);
	return ret;
}

static int show_view(struct session *s, bool config, const char *source)
{
	struct view v = {.source = source};
	const struct walker *w = config ? &s->config : &s->state;
	struct line_error err;
	struct place root;
	int ret;

	if (w->root == NULL)
		return -ENOENT;
	ret = read_view(s, config, &v, &err);
	if (ret < 0) {
		session_line_error(s, s->line, &err);
		return ret;
	}
	place_init(&root, w);
	return show(s, config ? "get-config" : "get-state", &v, strcmp(root.path, v.path) == 0);
}

int run_show_config(struct session *s)
{
	return show_view(s, true, s->configuring ? "candidate" : "running");
}

int run_show_running(struct session *s)
{
	return show_view(s, true, "running");
}

int run_show_state(struct session *s)
{
	return show_view(s, false, NULL);
}
