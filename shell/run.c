/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * Running rpcs: those of the model by gh:command, printed from the model alone, and commit,
 * validate and compare, whose output is changes and lists of statements.
 */
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "shell/answer.h"
#include "shell/changes.h"
#include "shell/command.h"
#include "shell/render.h"

struct show {
	struct session *s;
	struct render render;
};

static int show_data(void *arg, const char *json, size_t len)
{
	struct show *show = arg;
	struct lyd_node *reply = session_parse_reply(show->s, json, len);

	if (reply != NULL)
		render_output(&show->render, reply);
	lyd_free_all(reply);
	return show->s->out.discarding;
}

/* gh:detail-by names arguments that ask for one entry; "detail" does so by itself. */
static bool wants_detail(const struct lysc_node *rpc, const struct arguments *args)
{
	const char *by = schema_extension(rpc, "detail-by");
	char *names = strdup(by != NULL ? by : ""), *save = NULL;
	bool detail = argument_value(args, "detail") != NULL;

	for (char *n = strtok_r(names, " ", &save); n != NULL; n = strtok_r(NULL, " ", &save))
		detail = detail || argument_value(args, n) != NULL;
	free(names);
	return detail;
}

static const struct lysc_node *output_list(const struct lysc_node *rpc)
{
	const struct lysc_node *node = lys_getnext(NULL, rpc, NULL, LYS_GETNEXT_OUTPUT);

	return node != NULL && node->nodetype == LYS_LIST ? node : NULL;
}

static void say_nothing(struct session *s, const struct lysc_node *rpc)
{
	const struct lysc_node *list = output_list(rpc);

	if (s->interactive && !s->out.piped && list != NULL)
		fprintf(s->out.stream, "No %s.\n", list->name);
}

static int run_json(struct session *s, const char *rpc)
{
	struct answer answer = {.s = s};
	int ret = session_rpc(s, rpc, &s->args, answer_take, &answer);

	if (ret == 0)
		answer_print(&answer, answer.tree, LYD_JSON);
	answer_free(&answer);
	return ret;
}

int run_rpc(struct session *s)
{
	const struct command *cmd = s->current;
	struct show show = {.s = s,
	    .render = {.line = session_print,
		.arg = s,
		.width = s->out.piped ? 0 : output_width(&s->out),
		.titles = !s->out.piped,
		.detail = wants_detail(cmd->rpc, &s->args)}};
	int ret;

	if (s->wants_json)
		return run_json(s, cmd->rpc->name);
	ret = session_rpc(s, cmd->rpc->name, &s->args, show_data, &show);
	if (ret == 0 && show.render.lines == 0)
		say_nothing(s, cmd->rpc);
	if (ret == 0 && s->interactive && show.render.table.shown < show.render.table.count)
		fprintf(s->out.stream, "(%u more columns in a wider terminal, or with json)\n",
		    show.render.table.count - show.render.table.shown);
	return ret;
}

static const char *find_value(const struct lyd_node *op, const char *name)
{
	struct lyd_node *leaf;

	if (op == NULL || lyd_find_path(op, name, 1, &leaf) != LY_SUCCESS)
		return NULL;
	return lyd_get_value(leaf);
}

static void print_inactive(struct session *s, const struct lyd_node *op)
{
	changes_print_list(
	    s, op, "not-yet-active", "Accepted, but not yet active in this version:");
}

static void print_commit(struct session *s, const struct lyd_node *op)
{
	const char *id = find_value(op, "id"), *confirmed = find_value(op, "confirmed-id");
	const char *within = argument_value(&s->args, "confirmed");
	char line[128];

	if (confirmed != NULL) {
		snprintf(line, sizeof(line), "Commit %s is confirmed.", confirmed);
		session_print(s, line);
	}
	if (id != NULL) {
		snprintf(line, sizeof(line), "Committed as number %s.", id);
		session_print(s, line);
	} else if (confirmed == NULL) {
		session_print(s, "Nothing to commit: the configuration is as it was.");
	}
	if (id != NULL && within != NULL) {
		snprintf(line, sizeof(line),
		    "It is undone in %s s unless \"commit\" comes again before.", within);
		session_print(s, line);
	}
	print_inactive(s, op);
}

static void print_check(struct session *s, const struct lyd_node *op)
{
	if (changes_print(s, op) == 0)
		session_print(s, "A commit would change nothing.");
	changes_print_list(s, op, "disturbs", "It would disturb:");
	print_inactive(s, op);
}

/* The commit may have changed the host name, which the prompt shows. */
static void refresh_hostname(struct session *s)
{
	struct answer answer = {.s = s};
	const char *hostname;

	if (!s->interactive || session_rpc(s, "show-version", NULL, answer_take, &answer) < 0)
		return;
	hostname = find_value(answer.tree, "hostname");
	if (hostname != NULL)
		snprintf(s->client.hostname, sizeof(s->client.hostname), "%s", hostname);
	answer_free(&answer);
}

int run_commit(struct session *s)
{
	struct answer answer = {.s = s};
	bool check = argument_value(&s->args, "check") != NULL;
	int ret = session_rpc(s, "commit", &s->args, answer_take, &answer);

	if (ret == 0 && !check)
		s->uncommitted = false;
	if (ret == 0 && s->wants_json)
		answer_print(&answer, answer.tree, LYD_JSON);
	else if (ret == 0 && check)
		print_check(s, answer.tree);
	else if (ret == 0)
		print_commit(s, answer.tree);
	answer_free(&answer);
	if (ret == 0 && !check)
		refresh_hostname(s);
	return ret;
}

int run_validate(struct session *s)
{
	struct answer answer = {.s = s};
	int ret = session_rpc(s, "validate", &s->args, answer_take, &answer);

	if (ret == 0 && s->wants_json) {
		answer_print(&answer, answer.tree, LYD_JSON);
	} else if (ret == 0) {
		session_print(s, "The configuration is valid.");
		print_inactive(s, answer.tree);
	}
	answer_free(&answer);
	return ret;
}

static bool abbreviates(const struct word *word, const char *full)
{
	return strncmp(word->text, full, strlen(word->text)) == 0;
}

/* compare [rollback N] [json] */
static int read_compare(struct session *s, struct arguments *args)
{
	const struct lysc_node *rpc = session_find_rpc(s, "compare"), *with = NULL;
	const struct word *list = s->words->list;
	unsigned at = s->first_argument;
	struct line_error err;
	char message[512], *value;
	int ret = 0;

	while ((with = arguments_next(rpc, with)) != NULL && strcmp(with->name, "with") != 0)
		;
	if (with == NULL)
		return -ENOENT;
	if (at < s->word_count && abbreviates(&list[at], "rollback")) {
		at++;
		if (at == s->word_count)
			ret = words_error(s->words, at, &err, "expected how many commits ago");
		else if (schema_check_value(
			     &s->schema, with, list[at].text, &value, message, sizeof(message)) < 0)
			ret = words_error(s->words, at, &err, "%s", message);
		if (ret == 0) {
			argument_add(args, with, value);
			free(value);
			at++;
		}
	}
	if (ret == 0 && at < s->word_count && strcmp(list[at].text, "json") == 0) {
		s->wants_json = true;
		at++;
	}
	if (ret == 0 && at < s->word_count)
		ret = words_error(s->words, at, &err, "expected rollback and a number, or nothing");
	if (ret < 0)
		session_line_error(s, s->line, &err);
	return ret;
}

int run_compare(struct session *s)
{
	struct answer answer = {.s = s};
	struct arguments args = {0};
	int ret = read_compare(s, &args);

	if (ret == 0)
		ret = session_rpc(s, "compare", &args, answer_take, &answer);
	if (ret == 0 && s->wants_json)
		answer_print(&answer, answer.tree, LYD_JSON);
	else if (ret == 0 && (answer.tree == NULL || changes_print(s, answer.tree) == 0) &&
		 !s->out.piped)
		session_print(s, "No differences.");
	arguments_free(&args);
	answer_free(&answer);
	return ret;
}
