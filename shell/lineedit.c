/* SPDX-License-Identifier: BSD-3-Clause */
#include "shell/lineedit.h"

#include <fcntl.h>
#include <poll.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <readline/history.h>
#include <readline/readline.h>

#include "common/secret.h"
#include "shell/complete.h"
#include "shell/confirm.h"

#define HISTORY_LINES 1000
#define HISTORY_FILE ".gatehouse_history"

/* readline's callbacks have no argument of ours */
static struct session *session;
static struct candidates found;
static unsigned next_found;

/* More keys wait already: somebody pastes. */
static bool is_pasting(void)
{
	struct pollfd pfd = {.fd = STDIN_FILENO, .events = POLLIN};

	return poll(&pfd, 1, 0) > 0;
}

static void find_candidates(void)
{
	char *line = strndup(rl_line_buffer, (size_t)rl_point);

	candidates_free(&found);
	if (line != NULL)
		complete_line(session, line, &found);
	free(line);
	next_found = 0;
}

static char *next_match(const char *text, int state)
{
	while (next_found < found.count) {
		const struct candidate *c = &found.list[next_found++];

		if (!c->hint && strncmp(c->word, text, strlen(text)) == 0)
			return strdup(c->word);
	}
	return NULL;
}

static char **complete(const char *text, int start, int end)
{
	rl_attempted_completion_over = 1;
	rl_sort_completion_matches = 0;
	find_candidates();
	return rl_completion_matches(text, next_match);
}

/* TAB: completion; indentation where a line starts in a paste. */
static int on_tab(int count, int key)
{
	if (is_pasting() && rl_line_buffer[strspn(rl_line_buffer, " ")] == '\0')
		return rl_insert(count, ' ');
	return rl_complete(count, key);
}

static bool in_open_quote(void)
{
	char *line = strndup(rl_line_buffer, (size_t)rl_point);
	struct line_error err;
	struct words words;
	bool open;

	words_split(line != NULL ? line : "", &words, &err);
	open = words.open_quote;
	words_free(&words);
	free(line);
	return open;
}

/* Prints text in columns from indent on, broken at blanks. */
static void print_wrapped(struct output *o, const char *head, int indent, const char *text)
{
	int width = output_width(o) - indent - 1;
	struct text line = {0};

	text_addf(&line, "  %-*s", indent - 2, head);
	if ((int)strlen(head) > indent - 4 && *text != '\0') {
		output_line(o, line.data);
		line.len = 0;
		text_addf(&line, "%*s", indent, "");
	}
	while (width > 20 && (int)strlen(text) > width) {
		int at = width;

		while (at > 0 && text[at] != ' ')
			at--;
		at = at > 0 ? at : width;
		text_addf(&line, "%.*s", at, text);
		output_line(o, line.data);
		text += at + (text[at] == ' ');
		line.len = 0;
		text_addf(&line, "%*s", indent, "");
	}
	text_addf(&line, "%s", text);
	output_line(o, line.data);
	text_free(&line);
}

static int help_indent(void)
{
	int indent = 12;

	for (unsigned i = 0; i < found.count; i++) {
		int len = (int)strlen(found.list[i].word) + 4;

		if (len > indent && len <= 30)
			indent = len;
	}
	return indent;
}

/* Ctrl-C at the prompt drops the line. */
static int on_signal(void)
{
	if (!client_interrupted())
		return 0;
	rl_crlf();
	rl_replace_line("", 0);
	rl_on_new_line();
	rl_redisplay();
	return 0;
}

/* A Ctrl-C that came while no key was awaited counts before the next one. */
static int next_key(FILE *in)
{
	on_signal();
	return rl_getc(in);
}

static int on_help(int count, int key)
{
	int indent;

	if (is_pasting() || in_open_quote())
		return rl_insert(count, key);
	find_candidates();
	indent = help_indent();
	printf("?\n");
	output_begin(&session->out);
	for (unsigned i = 0; i < found.count; i++)
		print_wrapped(&session->out, found.list[i].word, indent, found.list[i].help);
	if (found.enter)
		print_wrapped(&session->out, "<enter>", indent, "");
	if (found.count == 0 && !found.enter)
		printf("%% %s\n",
		    found.problem[0] != '\0' ? found.problem : "nothing may follow here");
	rl_on_new_line();
	rl_redisplay();
	rl_check_signals();
	return 0;
}

static const char *history_path(char *buf, size_t size)
{
	const char *home = getenv("HOME");

	if (home == NULL || *home == '\0')
		return NULL;
	snprintf(buf, size, "%s/" HISTORY_FILE, home);
	return buf;
}

static void set_up(void)
{
	char path[512];

	rl_readline_name = "gatehouse";
	rl_attempted_completion_function = complete;
	rl_completer_word_break_characters = " \t";
	rl_completer_quote_characters = NULL;
	rl_signal_event_hook = on_signal;
	rl_getc_function = next_key;
	rl_catch_signals = 1;
	rl_variable_bind("show-all-if-ambiguous", "on");
	rl_bind_key('\t', on_tab);
	rl_bind_key('?', on_help);
	using_history();
	stifle_history(HISTORY_LINES);
	if (history_path(path, sizeof(path)) != NULL)
		read_history(path);
}

/* Line by line, so that a session which is killed leaves its history too. */
static void save_line(void)
{
	char path[512];
	int fd;

	if (history_path(path, sizeof(path)) == NULL)
		return;
	fd = open(path, O_WRONLY | O_CREAT | O_CLOEXEC, 0600);
	if (fd < 0)
		return;
	close(fd);
	append_history(1, path);
}

static void shorten_history(void)
{
	char path[512];

	if (history_path(path, sizeof(path)) != NULL)
		history_truncate_file(path, HISTORY_LINES);
}

static void remember(const char *line)
{
	HIST_ENTRY *last =
	    history_length > 0 ? history_get(history_base + history_length - 1) : NULL;

	if (line[strspn(line, " \t")] == '\0' || (last != NULL && strcmp(last->line, line) == 0))
		return;
	add_history(line);
	save_line();
}

/* What one Enter brought: a line, or several that were pasted. */
static void run_lines(char *text)
{
	char *save = NULL;
	unsigned lines = 0;

	for (char *line = strtok_r(text, "\r\n", &save); line != NULL && !session->quit;
	     line = strtok_r(NULL, "\r\n", &save)) {
		bool secret = false;

		session->source.line = ++lines + (save != NULL && *save != '\0');
		session_line(session, line, &secret);
		if (!secret)
			remember(line);
	}
	if (!is_pasting())
		session_flush(session);
}

void lineedit_loop(struct session *s)
{
	char prompt[PLACE_TEXT_MAX + 256];
	char *line;

	session = s;
	set_up();
	while (!s->quit) {
		client_interrupted();
		if (client_poll(&s->client) < 0) {
			fprintf(stderr, "%% gatehoused is gone; uncommitted changes with it\n");
			break;
		}
		line = readline(session_prompt(s, prompt, sizeof(prompt)));
		client_interrupted();
		if (line == NULL) {
			printf("\n");
			if (confirm_leave(s))
				break;
			clearerr(stdin);
			continue;
		}
		run_lines(line);
		gh_wipe_free(line, strlen(line));
	}
	shorten_history();
	candidates_free(&found);
}
