/* SPDX-License-Identifier: BSD-3-Clause */
#include "shell/walker.h"

#include <errno.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "common/secret.h"
#include "shell/names.h"

enum walk_mode { WALK_SET, WALK_DELETE, WALK_PATH };

/* One pass over a line. */
struct walk {
	const struct walker *w;
	enum walk_mode mode;
	const struct words *words;
	unsigned at, count; /* the next word, and where to stop */
	struct place cur;
	const struct lysc_node *target; /* what the last step named; NULL after navigation */
	struct edits *edits;
	struct expectation *expect; /* set: stop with -EAGAIN where a word is wanted */
	struct line_error *err;
};

#define FAIL(walk, index, ...) words_error((walk)->words, (index), (walk)->err, __VA_ARGS__)

static const struct word *next_word(const struct walk *walk)
{
	return walk->at < walk->count ? &walk->words->list[walk->at] : NULL;
}

/* What a person calls the place. */
static const char *here(const struct place *at)
{
	return at->depth > 0 ? at->text : "the top level";
}

static int want_value(
    struct walk *walk, const struct lysc_node *leaf, const struct lysc_node *list, bool key_word)
{
	char type[512];

	if (walk->expect != NULL) {
		walk->expect->at = walk->cur; /* without the step under way */
		walk->expect->at.path[walk->cur.path_len[walk->cur.depth]] = '\0';
		walk->expect->at.text[walk->cur.text_len[walk->cur.depth]] = '\0';
		walk->expect->node = leaf;
		walk->expect->list = list;
		walk->expect->key_word = key_word;
		return -EAGAIN;
	}
	if (key_word)
		return FAIL(walk, walk->at, "expected \"%s\" and its value", leaf->name);
	schema_type_text(leaf, type, sizeof(type));
	if (list != NULL)
		return FAIL(
		    walk, walk->at, "expected the %s of the %s: %s", leaf->name, list->name, type);
	return FAIL(walk, walk->at, "expected a value for %s: %s", leaf->name, type);
}

/* Takes the next word as a value of leaf; *value is malloc'ed. */
static int take_value(
    struct walk *walk, const struct lysc_node *leaf, const struct lysc_node *list, char **value)
{
	const struct word *word = next_word(walk);
	char message[768];

	if (word == NULL)
		return want_value(walk, leaf, list, false);
	if (schema_check_value(walk->w->schema, leaf, word->text, value, message, sizeof(message)) <
	    0)
		return FAIL(walk, walk->at, "%s", message);
	walk->at++;
	return 0;
}

static int append(struct walk *walk, char *buf, size_t size, unsigned short *len, const char *fmt,
    ...) __attribute__((format(printf, 5, 6)));

static int append(
    struct walk *walk, char *buf, size_t size, unsigned short *len, const char *fmt, ...)
{
	va_list ap;
	int n;

	va_start(ap, fmt);
	n = vsnprintf(buf + *len, size - *len, fmt, ap);
	va_end(ap);
	if (n < 0 || (size_t)n >= size - *len)
		return FAIL(walk, walk->at, "the statement is too long");
	*len = (unsigned short)(*len + n);
	return 0;
}

/* Appends "/name" and later the predicates to the current path. */
static int path_append_name(struct walk *walk, const struct lysc_node *node, unsigned short *len)
{
	bool foreign = node->module != walk->cur.node->module;

	return append(walk, walk->cur.path, PLACE_PATH_MAX, len, "/%s%s%s",
	    foreign ? node->module->name : "", foreign ? ":" : "", node->name);
}

/* A predicate; XPath has no escapes, so a value with both kinds of quotes cannot be a key. */
static int path_append_predicate(
    struct walk *walk, const char *name, const char *value, unsigned short *len)
{
	char quote = strchr(value, '\'') != NULL ? '"' : '\'';

	if (strchr(value, quote) != NULL)
		return FAIL(walk, walk->at - 1, "a name cannot hold both kinds of quotes");
	return append(
	    walk, walk->cur.path, PLACE_PATH_MAX, len, "[%s=%c%s%c]", name, quote, value, quote);
}

static int text_append(struct walk *walk, const char *word, unsigned short *len)
{
	char quoted[PLACE_TEXT_MAX];

	word_quote(word, quoted, sizeof(quoted));
	return append(
	    walk, walk->cur.text, PLACE_TEXT_MAX, len, "%s%s", *len > 0 ? " " : "", quoted);
}

/* Consumes the name in front of a key's value where one is required or allowed. */
static int take_key_word(
    struct walk *walk, const struct lysc_node *list, const struct lysc_node *key)
{
	const struct word *word = next_word(walk);
	bool named = schema_keys_are_named(list);
	bool is_name = word != NULL && !word->quoted && strcmp(word->text, key->name) == 0;

	if (!named && schema_is_line(list))
		named = is_name && walk->at + 1 < walk->count;
	if (!named)
		return 0;
	if (word == NULL)
		return want_value(walk, key, list, true);
	if (!is_name)
		return FAIL(walk, walk->at, "expected \"%s\" and its value", key->name);
	walk->at++;
	return 0;
}

static int take_key(struct walk *walk, const struct lysc_node *list, const struct lysc_node *key,
    unsigned short *path_len, unsigned short *text_len)
{
	char *value = NULL;
	int ret = take_key_word(walk, list, key);

	if (ret == 0)
		ret = take_value(walk, key, list, &value);
	if (ret == 0)
		ret = path_append_predicate(walk, key->name, value, path_len);
	if (ret == 0)
		ret = text_append(walk, value, text_len);
	free(value);
	return ret;
}

static int take_keys(struct walk *walk, const struct lysc_node *list, unsigned short *path_len,
    unsigned short *text_len)
{
	const struct lysc_node *key = NULL;

	while ((key = schema_next_child(list, key)) != NULL) {
		int ret = lysc_is_key(key) ? take_key(walk, list, key, path_len, text_len) : 0;

		if (ret < 0)
			return ret;
	}
	return 0;
}

/* Steps into a container or list entry. */
static int enter(struct walk *walk, const struct lysc_node *node)
{
	unsigned short path_len = walk->cur.path_len[walk->cur.depth];
	unsigned short text_len = walk->cur.text_len[walk->cur.depth];
	bool whole = walk->mode == WALK_PATH && node->nodetype == LYS_LIST &&
		     walk->at == walk->count && walk->expect == NULL;
	int ret;

	if (walk->cur.depth >= PLACE_DEPTH_MAX)
		return FAIL(walk, walk->at, "the statement is nested too deeply");
	ret = path_append_name(walk, node, &path_len);
	if (ret == 0)
		ret = text_append(walk, node->name, &text_len);
	if (ret == 0 && node->nodetype == LYS_LIST && !whole)
		ret = take_keys(walk, node, &path_len, &text_len);
	if (ret < 0) {
		walk->cur.path[walk->cur.path_len[walk->cur.depth]] = '\0';
		walk->cur.text[walk->cur.text_len[walk->cur.depth]] = '\0';
		return ret;
	}
	walk->cur.node = node;
	walk->cur.depth++;
	walk->cur.path_len[walk->cur.depth] = path_len;
	walk->cur.text_len[walk->cur.depth] = text_len;
	return 0;
}

static void add_edit(struct walk *walk, enum edit_op op, const char *path, const char *value)
{
	bool secret = walk->target != NULL && schema_extension(walk->target, "secret") != NULL;
	struct edits *edits = walk->edits;
	struct edit *edit;

	if (edits == NULL)
		return;
	if (edits->count == edits->size) {
		edits->size = edits->size > 0 ? edits->size * 2 : 16;
		edits->list = reallocarray(edits->list, edits->size, sizeof(*edits->list));
		if (edits->list == NULL)
			abort();
	}
	edit = &edits->list[edits->count++];
	*edit = (struct edit){.op = op, .word = walk->at, .path = strdup(path), .secret = secret};
	if (value != NULL)
		edit->value = strdup(value);
}

static int set_leaf(struct walk *walk, const struct lysc_node *leaf)
{
	unsigned short len = walk->cur.path_len[walk->cur.depth];
	bool empty = schema_type(leaf)->basetype == LY_TYPE_EMPTY;
	char *value = NULL;
	int ret;

	if (lysc_is_key(leaf))
		return FAIL(walk, walk->at - 1, "%s is the name of this %s and cannot be changed",
		    leaf->name, walk->cur.node->name);
	ret = empty ? 0 : take_value(walk, leaf, NULL, &value);
	if (ret == 0)
		ret = path_append_name(walk, leaf, &len);
	if (ret == 0)
		add_edit(walk, EDIT_SET, walk->cur.path, empty ? "" : value);
	walk->cur.path[walk->cur.path_len[walk->cur.depth]] = '\0';
	free(value);
	return ret;
}

/* Names a leaf or leaf-list without setting it; cur.path is left with the leaf appended. */
static int name_leaf(struct walk *walk, const struct lysc_node *leaf)
{
	unsigned short len = walk->cur.path_len[walk->cur.depth];
	char *value = NULL;
	int ret = path_append_name(walk, leaf, &len);
	bool wanted = walk->mode == WALK_DELETE && leaf->nodetype == LYS_LEAFLIST;

	if (ret == 0 && wanted && (walk->at < walk->count || walk->expect != NULL)) {
		if (walk->expect != NULL)
			walk->expect->complete = true;
		ret = take_value(walk, leaf, NULL, &value);
		if (ret == 0)
			ret = path_append_predicate(walk, ".", value, &len);
	}
	free(value);
	if (ret == 0 && walk->at < walk->count)
		ret = FAIL(
		    walk, walk->at, "the line should end here: %s takes no more words", leaf->name);
	return ret;
}

static int step(struct walk *walk, const struct lysc_node *node)
{
	walk->target = node;
	if (schema_is_context(node))
		return enter(walk, node);
	if (walk->mode == WALK_SET)
		return set_leaf(walk, node);
	return name_leaf(walk, node);
}

static const struct lysc_node *restart_node(struct walk *walk, const char *name, bool first)
{
	const struct lysc_node *top = schema_child(walk->w->root, name);

	if (walk->mode != WALK_SET || !first || walk->cur.depth == 0 || top == NULL ||
	    !schema_is_context(top))
		return NULL;
	place_init(&walk->cur, walk->w);
	return top;
}

static int take_name(struct walk *walk, const char *name, bool first)
{
	struct names found;
	const struct lysc_node *node;

	names_find(walk->cur.node, name, &found);
	node = found.unique;
	if (node == NULL && found.count == 0)
		node = restart_node(walk, name, first);
	if (node == NULL && found.count > 1)
		return FAIL(walk, walk->at, "\"%s\" is ambiguous: %s", name, found.text);
	if (node == NULL)
		return FAIL(walk, walk->at, "\"%s\" is not known in %s: %s", name, here(&walk->cur),
		    found.text);
	walk->at++;
	return step(walk, node);
}

/* Follows a word's leading "/" and ".." steps; returns what is left of it. */
static const char *navigate(struct walk *walk, const char *text)
{
	const char *rest = text;

	if (*rest == '/') {
		place_init(&walk->cur, walk->w);
		rest++;
	}
	while (strncmp(rest, "..", 2) == 0 && (rest[2] == '/' || rest[2] == '\0')) {
		place_up(&walk->cur);
		rest += rest[2] == '/' ? 3 : 2;
	}
	if (rest != text)
		walk->target = NULL;
	return rest;
}

/* Reads the words up to count. */
static int run(struct walk *walk)
{
	unsigned first = walk->at;

	while (walk->at < walk->count) {
		const struct word *word = &walk->words->list[walk->at];
		const char *name = word->quoted ? word->text : navigate(walk, word->text);
		int ret = 0;

		if (*name == '\0' && !word->quoted)
			walk->at++;
		else
			ret = take_name(walk, name, walk->at == first && name == word->text);
		if (ret < 0)
			return ret;
	}
	return 0;
}

static void edits_truncate(struct edits *edits, unsigned count)
{
	while (edits->count > count) {
		struct edit *last = &edits->list[--edits->count];

		free(last->path);
		if (last->value != NULL)
			gh_wipe_free(last->value, strlen(last->value));
	}
}

/* A line that ends in a list entry or presence container creates it. */
static void create_target(struct walk *walk)
{
	const struct lysc_node *node = walk->target;

	if (node->nodetype == LYS_LIST ||
	    (node->nodetype == LYS_CONTAINER && (node->flags & LYS_PRESENCE)))
		add_edit(walk, EDIT_SET, walk->cur.path, NULL);
}

int walk_statement(const struct walker *w, struct place *at, const struct words *words,
    struct edits *edits, struct line_error *err)
{
	struct walk walk = {
	    .w = w, .words = words, .count = words->count, .cur = *at, .edits = edits, .err = err};
	unsigned had = edits->count;
	int ret = run(&walk);

	if (ret < 0) {
		edits_truncate(edits, had);
		return ret;
	}
	if (walk.target == NULL) {
		*at = walk.cur;
	} else if (schema_is_context(walk.target)) {
		create_target(&walk);
		if (!schema_is_line(walk.target))
			*at = walk.cur;
	}
	return 0;
}

static void leave_deleted(struct place *at, const char *deleted)
{
	size_t len = strlen(deleted);

	while (at->depth > 0 && strncmp(at->path, deleted, len) == 0 &&
	       (at->path[len] == '\0' || at->path[len] == '/'))
		place_up(at);
}

int walk_delete(const struct walker *w, struct place *at, const struct words *words, unsigned first,
    struct edits *edits, struct line_error *err)
{
	struct walk walk = {.w = w,
	    .mode = WALK_DELETE,
	    .words = words,
	    .at = first,
	    .count = words->count,
	    .cur = *at,
	    .edits = edits,
	    .err = err};
	int ret = run(&walk);

	if (ret < 0)
		return ret;
	if (walk.target == NULL &&
	    !(words->count == first + 1 && strcmp(words->list[first].text, "/") == 0))
		return words_error(words, words->count, err,
		    "expected the statement to delete, or / for all of the configuration");
	add_edit(&walk, EDIT_DELETE, walk.cur.path, NULL);
	leave_deleted(at, walk.cur.path);
	return 0;
}

int walk_path(const struct walker *w, const struct place *at, const struct words *words,
    unsigned first, char *path, struct line_error *err)
{
	struct walk walk = {.w = w,
	    .mode = WALK_PATH,
	    .words = words,
	    .at = first,
	    .count = words->count,
	    .cur = *at,
	    .err = err};
	int ret = run(&walk);

	if (ret == 0)
		strcpy(path, walk.cur.path);
	return ret;
}

unsigned walk_matches(const struct walker *w, const struct place *at, const char *word)
{
	struct names found;
	const struct lysc_node *top;

	if (*word == '/' || strncmp(word, "..", 2) == 0)
		return 1;
	names_find(at->node, word, &found);
	if (found.unique != NULL && strcmp(found.unique->name, word) == 0)
		return 1;
	top = schema_child(w->root, word);
	if (found.count == 0 && top != NULL && schema_is_context(top))
		return 1;
	return found.count;
}

bool walk_is_exact(const struct place *at, const char *word)
{
	return *word == '/' || strncmp(word, "..", 2) == 0 || schema_child(at->node, word) != NULL;
}

int walk_expect(const struct walker *w, const struct place *at, const struct words *words,
    unsigned first, unsigned count, bool deleting, struct expectation *out, struct line_error *err)
{
	struct walk walk = {.w = w,
	    .mode = deleting ? WALK_DELETE : WALK_SET,
	    .words = words,
	    .at = first,
	    .count = count,
	    .cur = *at,
	    .expect = out,
	    .err = err};
	int ret;

	*out = (struct expectation){0};
	ret = run(&walk);
	if (ret == -EAGAIN)
		return 0;
	if (ret < 0)
		return ret;
	out->at = walk.cur;
	out->complete = count > first;
	out->ended = deleting && walk.target != NULL && !schema_is_context(walk.target);
	return 0;
}
