/* SPDX-License-Identifier: BSD-3-Clause */
#include "shell/complete.h"

#include <stdlib.h>
#include <string.h>

#include "shell/command.h"

struct completion {
	struct session *s;
	struct words words;
	unsigned count; /* whole words before the cursor's */
	struct candidates *out;
};

static void add(struct completion *c, const char *word, const char *help, bool hint)
{
	struct candidate *grown;
	char quoted[1024];
	size_t len = strlen(c->out->partial);

	if (!hint && strncmp(word, c->out->partial, len) != 0)
		return;
	for (unsigned i = 0; i < c->out->count; i++)
		if (strcmp(c->out->list[i].word, word) == 0)
			return;
	grown = reallocarray(c->out->list, c->out->count + 1, sizeof(*grown));
	if (grown == NULL)
		abort();
	c->out->list = grown;
	if (!hint && strcmp(word, "..") != 0 && strcmp(word, "/") != 0)
		word_quote(word, quoted, sizeof(quoted));
	else
		snprintf(quoted, sizeof(quoted), "%s", word);
	grown[c->out->count++] =
	    (struct candidate){.word = strdup(quoted), .help = strdup(help), .hint = hint};
}

static void add_fixed(void *arg, const char *word, const char *help)
{
	add(arg, word, help, false);
}

static void add_nodes(struct completion *c, const struct lysc_node *parent)
{
	const struct lysc_node *child = NULL;
	char help[256];

	while ((child = schema_next_child(parent, child)) != NULL)
		if (!lysc_is_key(child))
			add(c, child->name, schema_summary(child, help, sizeof(help)), false);
}

static void add_commands(struct completion *c, const struct cli_command *parent)
{
	const struct cli_command *node = NULL;

	while ((node = command_next(c->s, parent, node)) != NULL)
		add(c, node->command, node->help != NULL ? node->help : "", false);
}

static void add_filters(struct completion *c)
{
	const struct cli_command *node = NULL;

	while ((node = command_next_filter(c->s, node)) != NULL)
		add(c, node->command, node->help != NULL ? node->help : "", false);
}

/* One key of the answer to list-keys each. */
static int take_keys(void *arg, const char *json, size_t len)
{
	struct completion *c = arg;
	struct lyd_node *reply = session_parse_reply(c->s, json, len), *child;

	LY_LIST_FOR (lyd_child(reply), child)
		if (child->schema != NULL && strcmp(child->schema->name, "key") == 0)
			add(c, lyd_get_value(child), "", false);
	lyd_free_all(reply);
	return 0;
}

/* Asks the daemon for what exists at a data path; silence is an answer too. */
static void add_existing(struct completion *c, const char *path)
{
	struct client_error err;
	struct text body = {0};

	text_addf(&body, "{\"gatehouse:list-keys\":{\"path\":");
	text_add_json_string(&body, path);
	text_addf(&body, ",\"source\":\"%s\"", c->s->configuring ? "candidate" : "running");
	if (c->out->partial[0] != '\0') {
		text_addf(&body, ",\"prefix\":");
		text_add_json_string(&body, c->out->partial);
	}
	text_addf(&body, "}}");
	client_rpc(&c->s->client, body.data, body.len, take_keys, c, &err);
	text_free(&body);
}

/* The leaf that a leafref's path ends at. */
static const struct lysc_node *leafref_target(const struct lysc_node *leaf)
{
	const struct lysc_type_leafref *type = (const struct lysc_type_leafref *)schema_type(leaf);
	const struct lysc_node *target = NULL;
	struct ly_set *atoms = NULL;

	if (type == NULL || type->basetype != LY_TYPE_LEAFREF ||
	    lys_find_expr_atoms(leaf, leaf->module, type->path, type->prefixes, 0, &atoms) !=
		LY_SUCCESS)
		return NULL;
	for (uint32_t i = 0; i < atoms->count; i++)
		if (atoms->snodes[i] != leaf &&
		    (atoms->snodes[i]->nodetype & (LYS_LEAF | LYS_LEAFLIST)))
			target = atoms->snodes[i];
	ly_set_free(atoms, NULL);
	return target;
}

static void add_leafref_targets(struct completion *c, const struct lysc_node *leaf)
{
	const struct lysc_node *target = leafref_target(leaf);
	char *path = target != NULL ? lysc_path(target, LYSC_PATH_DATA, NULL, 0) : NULL;

	if (path != NULL)
		add_existing(c, path);
	free(path);
}

static void add_hint(struct completion *c, const struct lysc_node *leaf)
{
	char word[128], type[512], summary[256], help[1024];

	schema_summary(leaf, summary, sizeof(summary));
	snprintf(word, sizeof(word), "<%s>", leaf->name);
	snprintf(help, sizeof(help), "%s%s%s", summary, *summary != '\0' ? ": " : "",
	    schema_type_text(leaf, type, sizeof(type)));
	add(c, word, help, true);
}

static void add_values(struct completion *c, const struct lysc_node *leaf)
{
	add_hint(c, leaf);
	schema_value_words(leaf, add_fixed, c);
	add_leafref_targets(c, leaf);
}

static void add_key(struct completion *c, const struct expectation *e)
{
	char path[PLACE_PATH_MAX + 128], help[256];

	if (e->key_word) {
		add(c, e->node->name, schema_summary(e->node, help, sizeof(help)), false);
		return;
	}
	add_values(c, e->node);
	if (schema_key_count(e->list) > 1)
		return;
	snprintf(path, sizeof(path), "%s/%s", e->at.path, e->list->name);
	add_existing(c, path);
}

/* A statement or a path: words from number first on. */
static void add_statement(struct completion *c, const struct walker *w, const struct place *from,
    unsigned first, bool path)
{
	struct expectation e;
	struct line_error err;

	if (walk_expect(w, from, &c->words, first, c->count, path, &e, &err) < 0) {
		snprintf(c->out->problem, sizeof(c->out->problem), "%s", err.message);
		return;
	}
	c->out->enter = c->out->enter || e.complete;
	if (e.ended)
		return;
	if (e.list != NULL) {
		add_key(c, &e);
	} else if (e.node != NULL && path) {
		char existing[PLACE_PATH_MAX + 128];

		add_hint(c, e.node);
		snprintf(existing, sizeof(existing), "%s/%s", e.at.path, e.node->name);
		add_existing(c, existing);
	} else if (e.node != NULL) {
		add_values(c, e.node);
	} else {
		add_nodes(c, e.at.node);
	}
}

static void add_arguments(struct completion *c, const struct lysc_node *rpc, unsigned first)
{
	struct arguments before;
	const struct lysc_node *leaf = NULL, *value;
	bool mandatory = false;
	char help[256];

	value = arguments_expect(&c->s->schema, rpc, &c->words, first, c->count, &before);
	while (value == NULL && (leaf = arguments_next(rpc, leaf)) != NULL) {
		if (argument_value(&before, leaf->name) != NULL)
			continue;
		mandatory = mandatory || (leaf->flags & LYS_MAND_TRUE);
		add(c, leaf->name, schema_summary(leaf, help, sizeof(help)), false);
		if (argument_is_positional(leaf))
			add_values(c, leaf);
	}
	if (value != NULL)
		add_values(c, value);
	c->out->enter = value == NULL && !mandatory;
	if (c->out->enter && lys_getnext(NULL, rpc, NULL, LYS_GETNEXT_OUTPUT) != NULL)
		add(c, "json", "The answer as JSON", false);
	arguments_free(&before);
}

static const char *const view_words[][2] = {
    {"running", "The configuration in force"},
    {"candidate", "This session's, with its changes"},
    {"startup", "What the next start takes"},
    {"rollback", "The one so many commits ago"},
    {"nodefault", "Without the values that nobody set"},
    {"fullpath", "One absolute line for each value"},
    {"json", "As JSON"},
    {"xml", "As XML"},
};

static void add_view(struct completion *c, bool config, unsigned first)
{
	const struct walker *w = config ? &c->s->config : &c->s->state;
	struct place from = c->s->at;
	unsigned at = first;
	size_t known = sizeof(view_words) / sizeof(view_words[0]);

	for (; at < c->count; at++) {
		size_t i;

		for (i = 0; i < known && strcmp(view_words[i][0], c->words.list[at].text) != 0; i++)
			;
		if (i == known)
			break;
		if (strcmp(view_words[i][0], "rollback") == 0)
			at++;
	}
	if (!config || !c->s->configuring)
		place_init(&from, w);
	if (at >= c->count)
		for (size_t i = config ? 0 : 5; i < known; i++)
			add(c, view_words[i][0], view_words[i][1], false);
	c->out->enter = true;
	if (w->root != NULL && at <= c->count)
		add_statement(c, w, &from, at, true);
}

static void add_command_arguments(struct completion *c, const struct command *cmd, unsigned first)
{
	switch (cmd->arguments) {
	case ARGUMENTS_RPC:
		add_arguments(c, cmd->rpc, first);
		break;
	case ARGUMENTS_CONFIG:
	case ARGUMENTS_STATE:
		add_view(c, cmd->arguments == ARGUMENTS_CONFIG, first);
		break;
	case ARGUMENTS_DELETE:
		add_statement(c, &c->s->config, &c->s->at, first, true);
		break;
	case ARGUMENTS_OWN:
		c->out->enter = true;
		if (first == c->count && cmd->run == run_compare)
			add(c, "rollback", "With the configuration so many commits ago", false);
		break;
	default:
		c->out->enter = true;
	}
}

static void add_first_words(struct completion *c)
{
	if (c->s->configuring) {
		add_nodes(c, c->s->at.node);
		add(c, "/", "The top level, in front of a statement", false);
		if (c->s->at.depth > 0)
			add(c, "..", "One level up", false);
	}
	add_commands(c, NULL);
}

static void add_after_words(struct completion *c)
{
	const char *first = c->words.list[0].text;
	struct command_match match;

	command_find(c->s, &c->words, c->count, &match);
	if (c->s->configuring &&
	    (walk_is_exact(&c->s->at, first) ||
		(match.candidates == 0 && walk_matches(&c->s->config, &c->s->at, first) > 0))) {
		add_statement(c, &c->s->config, &c->s->at, 0, false);
		return;
	}
	if (match.used == c->count && match.node != NULL && match.node->children != NULL)
		add_commands(c, match.node);
	if (match.command != NULL && (match.node->children == NULL || match.used == c->count))
		add_command_arguments(c, match.command, match.used);
	else if (match.used < c->count)
		snprintf(c->out->problem, sizeof(c->out->problem), "\"%s\" is not known here%s%s",
		    c->words.list[match.used].text,
		    match.text[0] != '\0' ? ": expected one of " : "", match.text);
}

/* After "|": a filter's name, or its arguments. False when the line has no pipe. */
static bool add_after_pipe(struct completion *c)
{
	unsigned pipe = c->words.count;

	while (pipe > 0 &&
	       !(c->words.list[pipe - 1].text[0] == '|' && !c->words.list[pipe - 1].quoted))
		pipe--;
	if (pipe == 0 || (c->s->configuring && walk_is_exact(&c->s->at, c->words.list[0].text)))
		return false;
	if (pipe >= c->count) {
		add_filters(c);
	} else {
		add(c, "<text>", "What to look for; quote it when it holds blanks", true);
		c->out->enter = true;
	}
	return true;
}

void complete_line(struct session *s, const char *line, struct candidates *out)
{
	struct completion c = {.s = s, .out = out};
	struct line_error err;
	size_t len = strlen(line);

	*out = (struct candidates){0};
	if (words_split(line, &c.words, &err) < 0) {
		snprintf(out->problem, sizeof(out->problem), "%s", err.message);
		words_free(&c.words);
		return;
	}
	c.count = c.words.count;
	if (c.count > 0 && c.words.list[c.count - 1].end == len) {
		c.count--;
		snprintf(out->partial, sizeof(out->partial), "%s", c.words.list[c.count].text);
	}
	if (add_after_pipe(&c))
		;
	else if (c.count == 0)
		add_first_words(&c);
	else
		add_after_words(&c);
	if (out->partial[0] != '\0')
		out->enter = false;
	words_free(&c.words);
}

void candidates_free(struct candidates *c)
{
	for (unsigned i = 0; i < c->count; i++) {
		free(c->list[i].word);
		free(c->list[i].help);
	}
	free(c->list);
	*c = (struct candidates){0};
}
