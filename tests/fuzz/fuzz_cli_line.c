/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * libFuzzer target for typed lines: the input is a script of statements, deletions and paths. Built
 * by `make fuzz` (clang only): ./fuzz_cli_line -max_len=2048 corpus tests/cli
 */
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "shell/dialect.h"
#include "shell/walker.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static struct schema schema;
static struct walker walker;

static void need(bool condition)
{
	if (!condition)
		abort();
}

/* What the daemon would say to it: the path must exist in the model. */
static void check_edit(const struct edit *edit)
{
	struct lyd_node *tree = NULL;
	LY_ERR ret;

	if (edit->op == EDIT_DELETE)
		return;
	ret = lyd_new_path(NULL, schema.ctx, edit->path, edit->value, 0, &tree);
	if (ret != LY_SUCCESS)
		fprintf(stderr, "%s = %s: %s\n", edit->path, edit->value, ly_errmsg(schema.ctx));
	need(ret == LY_SUCCESS);
	lyd_free_all(tree);
}

static void check_quoting(const struct words *words)
{
	for (unsigned i = 0; i < words->count; i++) {
		size_t len = 2 * strlen(words->list[i].text) + 5;
		char *line = malloc(len);
		struct line_error err;
		struct words again;

		need(line != NULL);
		memcpy(line, "x ", 2);
		word_quote(words->list[i].text, line + 2, len - 2);
		need(words_split(line, &again, &err) == 0 && again.count == 2);
		need(strcmp(again.list[1].text, words->list[i].text) == 0);
		words_free(&again);
		free(line);
	}
}

static void run_words(struct place *at, const struct words *words)
{
	bool deletes = words->count > 0 && strcmp(words->list[0].text, "del") == 0;
	struct place before = *at, view = *at;
	struct expectation expectation;
	struct edits edits = {0};
	struct line_error err;
	char path[PLACE_PATH_MAX];
	int ret;

	walk_expect(&walker, at, words, 0, words->count, deletes, &expectation, &err);
	walk_path(&walker, &view, words, 0, path, &err);
	if (deletes)
		ret = walk_delete(&walker, at, words, 1, &edits, &err);
	else
		ret = walk_statement(&walker, at, words, &edits, &err);
	if (ret < 0) {
		need(edits.count == 0 && strcmp(at->path, before.path) == 0);
		need(err.word >= 1 && err.word <= words->count + 1);
	}
	for (unsigned i = 0; i < edits.count; i++)
		check_edit(&edits.list[i]);
	edits_clear(&edits);
}

static void run_line(struct place *at, const char *line)
{
	struct line_error err;
	struct text text = {0};
	struct words words;

	if (words_split(line, &words, &err) == 0 && words.count > 0) {
		check_quoting(&words);
		run_words(at, &words);
	}
	words_free(&words);
	dialect_add_path(&schema, line, &text);
	text_free(&text);
	free(json_member(line, strlen(line), "message"));
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	char *text = strndup((const char *)data, size), *save = NULL;
	struct gh_error err;
	struct place at;

	if (schema.ctx == NULL) {
		need(schema_load(&schema, &err) == 0);
		walker = (struct walker){.schema = &schema, .root = schema.config};
	}
	place_init(&at, &walker);
	for (char *line = strtok_r(text, "\n", &save); line != NULL;
	     line = strtok_r(NULL, "\n", &save))
		run_line(&at, line);
	free(text);
	return 0;
}
