/* SPDX-License-Identifier: BSD-3-Clause */
#include "shell/session.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "common/secret.h"
#include "shell/batch.h"
#include "shell/command.h"
#include "shell/dialect.h"

#define LIBCLI_LINE_MAX 4000 /* libcli takes 4096, the command's words included */

static void print_callback(struct cli_def *cli, const char *line)
{
	struct session *s = cli_get_context(cli);

	output_line(&s->out, line);
}

void session_print(void *arg, const char *line)
{
	struct session *s = arg;

	cli_print(s->cli, "%s", line);
}

static void show_notice(void *arg, const char *text)
{
	fprintf(stderr, "%s\n", text);
}

/* Where the person sits: the SSH peer, else the terminal. */
static const char *find_origin(const char *tty, char *buf, size_t size)
{
	const char *ssh = getenv("SSH_CONNECTION");

	if (ssh != NULL && *ssh != '\0')
		snprintf(buf, size, "ssh from %.*s", (int)strcspn(ssh, " "), ssh);
	else
		snprintf(buf, size, "%s", tty != NULL ? tty : "script");
	return buf;
}

int session_open(struct session *s, const struct gh_instance *inst, struct gh_error *err)
{
	const char *tty = isatty(STDIN_FILENO) ? ttyname(STDIN_FILENO) : NULL;
	char origin[128];
	int ret = schema_load(&s->schema, err);

	if (ret < 0)
		return ret;
	s->config = (struct walker){.schema = &s->schema, .root = s->schema.config};
	s->state = (struct walker){.schema = &s->schema, .root = s->schema.state};
	place_init(&s->at, &s->config);
	s->client.notice = show_notice;
	s->client.tty = tty;
	ret = client_open(
	    &s->client, inst, "gatehouse-cli", find_origin(tty, origin, sizeof(origin)), err);
	if (ret == 0)
		ret = commands_register(s);
	if (ret < 0) {
		schema_free(&s->schema);
		return ret;
	}
	cli_print_callback(s->cli, print_callback);
	s->cli->client = s->out.stream; /* where filters like count print */
	return 0;
}

void session_close(struct session *s)
{
	batch_clear(s);
	client_close(&s->client);
	commands_free(s);
	schema_free(&s->schema);
}

const char *session_prompt(const struct session *s, char *buf, size_t size)
{
	const char *host = s->client.hostname[0] != '\0' ? s->client.hostname : "gatehouse";

	if (!s->configuring)
		snprintf(buf, size, "%s> ", host);
	else
		snprintf(buf, size, "%s running %s#%s ", host,
		    s->at.depth > 0 ? s->at.text : "config", s->uncommitted ? "!" : "");
	return buf;
}

void session_configure(struct session *s, bool on)
{
	s->configuring = on;
	cli_set_configmode(s->cli, on ? MODE_CONFIG : MODE_EXEC, NULL);
	if (!on)
		place_init(&s->at, &s->config);
}

/* Where a byte of the line stands on the terminal: UTF-8's continuation bytes take no room. */
static unsigned display_column(const char *line, unsigned column)
{
	unsigned at = 0;

	for (unsigned i = 0; i < column && line[i] != '\0'; i++)
		at += ((unsigned char)line[i] & 0xc0) != 0x80;
	return at + (column > strlen(line) ? column - (unsigned)strlen(line) : 0);
}

static void print_caret(struct session *s, const char *line, unsigned column)
{
	char prompt[PLACE_TEXT_MAX + 256];
	int width = output_width(&s->out);
	unsigned indent = (unsigned)strlen(session_prompt(s, prompt, sizeof(prompt))) + column;

	if (s->source.name == NULL && width > 0 && indent < (unsigned)width && s->source.line <= 1)
		fprintf(stderr, "%*s^\n", (int)indent, "");
	else
		fprintf(stderr, "  %s\n  %*s^\n", line, (int)column, "");
}

void session_line_error(struct session *s, const char *line, const struct line_error *err)
{
	unsigned column = display_column(line, err->column);

	s->errors++;
	fflush(s->out.stream);
	if (s->interactive) {
		print_caret(s, line, column);
		fprintf(stderr, "%% %s\n", err->message);
		return;
	}
	fprintf(stderr, "%s:%u:%u: %s\n", s->source.name, s->source.line, err->word, err->message);
	fprintf(stderr, "  %s\n  %*s^\n", line, (int)column, "");
}

void session_refused(struct session *s, const struct client_error *err)
{
	struct text where = {0};

	s->errors++;
	fflush(s->out.stream);
	if (s->interactive)
		fprintf(stderr, "%% ");
	else
		fprintf(stderr, "%s:%u: ", s->source.name, s->source.line);
	if (err->path[0] != '\0') {
		dialect_add_path(&s->schema, err->path, &where);
		if (where.data[0] != '/') /* a statement, and not an rpc */
			fprintf(stderr, "/ %s: ", where.data);
		text_free(&where);
	}
	fprintf(stderr, "%s\n", err->message);
}

const struct lysc_node *session_find_rpc(const struct session *s, const char *name)
{
	const struct lysc_node_action *rpc;

	for (rpc = s->schema.module->compiled->rpcs; rpc != NULL;
	     rpc = (struct lysc_node_action *)rpc->next)
		if (strcmp(rpc->name, name) == 0)
			return &rpc->node;
	return NULL;
}

int session_rpc(struct session *s, const char *name, const struct arguments *args,
    client_data_fn data, void *arg)
{
	const struct lysc_node *rpc = session_find_rpc(s, name);
	const struct arguments none = {0};
	struct client_error err = {.edit = -1};
	struct text body = {0};
	int ret;

	if (rpc == NULL) {
		snprintf(err.message, sizeof(err.message), "the model has no rpc \"%s\"", name);
		session_refused(s, &err);
		return -ENOENT;
	}
	arguments_to_rpc(rpc, args != NULL ? args : &none, &body);
	ret = client_rpc(&s->client, body.data, body.len, data, arg, &err);
	text_free(&body);
	if (ret < 0 && !(ret == -ECANCELED && s->out.discarding))
		session_refused(s, &err);
	if (ret < 0 && ret != -EREMOTEIO && ret != -ECANCELED)
		s->quit = true;
	return ret;
}

struct lyd_node *session_parse_reply(struct session *s, const char *json, size_t len)
{
	struct lyd_node *tree = NULL, *op = NULL;
	struct ly_in *in = NULL;
	char *text = strndup(json, len);

	if (text == NULL || ly_in_new_memory(text, &in) != LY_SUCCESS)
		abort();
	if (lyd_parse_op(s->schema.ctx, NULL, in, LYD_JSON, LYD_TYPE_REPLY_YANG, &tree, &op) !=
	    LY_SUCCESS) {
		struct client_error err = {.edit = -1};

		snprintf(err.message, sizeof(err.message),
		    "the answer does not fit the model (%s): is gatehoused of another version "
		    "(%s)?",
		    ly_errmsg(s->schema.ctx), s->client.version);
		session_refused(s, &err);
	}
	ly_in_free(in, 0);
	gh_wipe_free(text, len);
	return tree;
}

/* The offset of the first "|" outside quotes, or of the end. */
static size_t find_pipe(const char *line)
{
	char quote = '\0';
	size_t at;

	for (at = 0; line[at] != '\0'; at++) {
		bool starts = at == 0 || line[at - 1] == ' ' || line[at - 1] == '\t';

		if (quote != '\0' && quote == '"' && line[at] == '\\' && line[at + 1] != '\0')
			at++;
		else if (quote != '\0')
			quote = line[at] == quote ? '\0' : quote;
		else if (starts && (line[at] == '"' || line[at] == '\''))
			quote = line[at];
		else if (line[at] == '|')
			break;
	}
	return at;
}

/* The filters with their names written out: libcli takes abbreviations, but its include and
 * exclude look at the name as typed. Each must be known before anything runs. */
static int expand_filters(struct session *s, const char *line, size_t pipe, struct text *out)
{
	text_add(out, "", 0);
	if (strlen(line + pipe) > LIBCLI_LINE_MAX) {
		struct line_error err = {
		    .column = (unsigned)pipe, .message = "the filters are too long"};

		session_line_error(s, line, &err);
		return -E2BIG;
	}
	while (line[pipe] == '|') {
		size_t from = pipe + 1 + strspn(line + pipe + 1, " \t"), len, end;
		const struct cli_command *f = NULL;
		struct line_error err = {.column = (unsigned)from};

		len = strcspn(line + from, " \t|");
		while (len > 0 && (f = command_next_filter(s, f)) != NULL)
			if (strncmp(f->command, line + from, len) == 0 && len >= f->unique_len)
				break;
		if (f == NULL) {
			snprintf(err.message, sizeof(err.message),
			    "expected a filter: match, include, exclude, count, begin, between, "
			    "grep or egrep");
			session_line_error(s, line, &err);
			return -EINVAL;
		}
		end = from + find_pipe(line + from);
		text_addf(out, "| %s", f->command);
		text_add(out, line + from + len, end - from - len);
		text_add(out, " ", 1);
		pipe = end;
	}
	return 0;
}

static int run_command(struct session *s, const char *line, const struct words *words,
    const struct command_match *match)
{
	size_t pipe = find_pipe(line);
	struct text filters = {0};
	int ret;

	ret = session_flush(s);
	if (ret < 0 && !s->keep_going) /* a commit behind a refused statement is not meant */
		return ret;
	ret = expand_filters(s, line, pipe, &filters);
	s->line = line;
	s->words = words;
	s->first_argument = match->used;
	for (s->word_count = match->used; s->word_count < words->count; s->word_count++)
		if (words->list[s->word_count].column >= pipe)
			break;
	if (ret == 0)
		ret = command_run(s, match, line, filters.data);
	text_free(&filters);
	return ret;
}

/* Says why the first words make no command. */
static int no_command(struct session *s, const char *line, const struct words *words,
    const struct command_match *match)
{
	struct line_error err;
	const char *word = match->used < words->count ? words->list[match->used].text : NULL;
	bool statement =
	    !s->configuring && match->used == 0 && (walk_matches(&s->config, &s->at, word) > 0);

	if (word == NULL)
		words_error(words, match->used, &err, "expected one of %s", match->text);
	else if (match->used == 0 && match->candidates > 1)
		words_error(words, 0, &err, "\"%s\" is ambiguous: %s", word, match->text);
	else if (statement)
		words_error(words, 0, &err,
		    "\"%s\" is a statement of the configuration: enter \"edit running\" first",
		    word);
	else
		words_error(words, match->used, &err,
		    "\"%s\" is not known here: expected one of %s", word, match->text);
	session_line_error(s, line, &err);
	return -EINVAL;
}

static int run_statement(
    struct session *s, const char *line, const struct words *words, bool deleting, bool *secret)
{
	struct line_error err;
	unsigned had = s->batch.count;
	int ret;

	if (deleting)
		ret = walk_delete(&s->config, &s->at, words, 1, &s->batch, &err);
	else
		ret = walk_statement(&s->config, &s->at, words, &s->batch, &err);
	if (ret < 0) {
		session_flush(s);
		session_line_error(s, line, &err);
		return ret;
	}
	for (unsigned i = had; i < s->batch.count && secret != NULL; i++)
		*secret = *secret || s->batch.list[i].secret;
	batch_add_line(s, line, had);
	return batch_is_full(s) ? session_flush(s) : 0;
}

static bool is_statement(const struct session *s, const struct words *words,
    const struct command_match *match, struct line_error *err)
{
	unsigned statements = walk_matches(&s->config, &s->at, words->list[0].text);

	if (!s->configuring || (match->exact && !walk_is_exact(&s->at, words->list[0].text)))
		return false;
	if (walk_is_exact(&s->at, words->list[0].text))
		return true;
	if (match->candidates > 0 && statements > 0) {
		words_error(words, 0, err, "\"%s\" is ambiguous: a statement or %s",
		    words->list[0].text,
		    match->candidates > 1 ? "a command" : match->node->command);
		return false;
	}
	return match->candidates == 0;
}

static int run_words(struct session *s, const char *line, const struct words *words, bool *secret)
{
	struct line_error err = {0};
	struct command_match match;
	size_t pipe = find_pipe(line);
	unsigned count = words->count;

	while (count > 0 && words->list[count - 1].column >= pipe)
		count--;
	command_find(s, words, count, &match);
	if (is_statement(s, words, &match, &err))
		return run_statement(s, line, words, false, secret);
	if (err.message[0] != '\0') {
		session_flush(s);
		session_line_error(s, line, &err);
		return -EINVAL;
	}
	if (match.command == NULL || (match.used < count && match.node->children != NULL)) {
		session_flush(s);
		return no_command(s, line, words, &match);
	}
	if (match.command->arguments == ARGUMENTS_DELETE)
		return run_statement(s, line, words, true, secret);
	return run_command(s, line, words, &match);
}

int session_line(struct session *s, const char *line, bool *secret)
{
	struct words words;
	struct line_error err;
	int ret = words_split(line, &words, &err);

	if (secret != NULL)
		*secret = false;
	if (ret < 0) {
		session_flush(s);
		session_line_error(s, line, &err);
	} else if (words.count > 0) {
		ret = run_words(s, line, &words, secret);
	}
	words_free(&words);
	return ret;
}
