/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * The shell's own commands.
 */
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "shell/changes.h"
#include "shell/command.h"
#include "shell/confirm.h"
#include "shell/dialect.h"
#include "shell/render.h"

static int run_configure(struct session *s)
{
	if (s->configuring)
		place_init(&s->at, &s->config);
	session_configure(s, true);
	return 0;
}

static int run_end(struct session *s)
{
	if (s->uncommitted && s->interactive)
		session_print(s, "Uncommitted changes are kept while this session lasts: \"edit "
				 "running\" returns to them.");
	session_configure(s, false);
	return 0;
}

static int run_quit(struct session *s)
{
	if (confirm_leave(s))
		s->quit = true;
	return 0;
}

/* One level up: from a context to its parent, to the operational mode, out. */
static int run_exit(struct session *s)
{
	if (!s->configuring)
		return run_quit(s);
	if (s->at.depth > 0)
		place_up(&s->at);
	else
		run_end(s);
	return 0;
}

static int run_discard(struct session *s)
{
	int ret = session_rpc(s, "discard", NULL, NULL, NULL);

	if (ret == 0)
		s->uncommitted = false;
	return ret;
}

static int take_uncommitted(void *arg, const char *json, size_t len)
{
	struct session *s = arg;
	struct lyd_node *reply = session_parse_reply(s, json, len), *leaf;

	if (reply != NULL && lyd_find_path(reply, "uncommitted", 1, &leaf) == LY_SUCCESS)
		s->uncommitted = strcmp(lyd_get_value(leaf), "true") == 0;
	lyd_free_all(reply);
	return 0;
}

static int run_cancel_commit(struct session *s)
{
	int ret = session_rpc(s, "cancel-commit", &s->args, NULL, NULL);

	if (ret == 0)
		session_print(s, "The commit that waited to be confirmed is undone.");
	return ret;
}

static int run_rollback(struct session *s)
{
	int ret;

	s->uncommitted = true;
	ret = session_rpc(s, "rollback", &s->args, take_uncommitted, s);
	if (ret == 0)
		session_print(s, s->uncommitted ? "Loaded: \"compare\" shows what a commit would "
						  "change."
						: "Loaded: nothing differs from what is running.");
	return ret;
}

static int run_write(struct session *s)
{
	if (s->uncommitted)
		return run_commit(s);
	session_print(s, "Nothing to write: every commit is durable at once.");
	return 0;
}

static int run_terminal_length(struct session *s)
{
	struct line_error err;
	char *end = NULL;
	long rows = -1;

	if (s->word_count == s->first_argument + 1)
		rows = strtol(s->words->list[s->first_argument].text, &end, 10);
	if (rows < 0 || rows > 10000 || *end != '\0') {
		words_error(s->words, s->first_argument, &err,
		    "expected a number of lines 0..10000 (0: no paging)");
		session_line_error(s, s->line, &err);
		return -EINVAL;
	}
	s->out.page_length = (int)rows;
	return 0;
}

static int run_help(struct session *s)
{
	static const char *const lines[] = {
	    "?  anywhere lists what may come next; TAB completes; words may be abbreviated.",
	    "show …            state and configuration; | match, include, exclude, count filter it",
	    "edit running      change a private copy of the configuration:",
	    "  NAME …          enter a context or set a value, several words in one line",
	    "  .. and /        go up, go to the top; \"/ vrf main …\" works from anywhere",
	    "  del PATH        delete",
	    "  show config     the copy; nodefault, fullpath, json, xml, or a PATH may follow",
	    "  compare         what a commit would change",
	    "  commit          put it in force; check, comment or confirmed may follow",
	    "  rollback N      load the configuration of N commits ago; discard drops changes",
	    "exit, end, quit   up one level, out of the configuration, out of the shell",
	};

	for (size_t i = 0; i < sizeof(lines) / sizeof(lines[0]); i++)
		session_print(s, lines[i]);
	return 0;
}

const struct command shell_commands[] = {
    {"show config", "Show the configuration as it is typed", MODE_ANY, false, ARGUMENTS_CONFIG,
	NULL, run_show_config, NULL},
    {"show running-config", "Show the configuration in force", MODE_ANY, false, ARGUMENTS_CONFIG,
	NULL, run_show_running, NULL},
    {"show state", "Show operational state as a tree", MODE_ANY, false, ARGUMENTS_STATE, NULL,
	run_show_state, NULL},
    {"edit running", "Change a private copy of the running configuration", MODE_ANY, true,
	ARGUMENTS_NONE, NULL, run_configure, NULL},
    {"configure", "The same as edit running", MODE_ANY, true, ARGUMENTS_NONE, NULL, run_configure,
	NULL},
    {"configure terminal", "The same as edit running", MODE_ANY, true, ARGUMENTS_NONE, NULL,
	run_configure, NULL},
    {"commit", "Put the changes in force, and make them durable", MODE_CONFIG, true, ARGUMENTS_RPC,
	NULL, run_commit, NULL},
    {"cancel-commit", "Undo the commit that waits to be confirmed", MODE_ANY, true, ARGUMENTS_RPC,
	NULL, run_cancel_commit, NULL},
    {"validate", "Say whether a commit would be accepted", MODE_CONFIG, false, ARGUMENTS_RPC, NULL,
	run_validate, NULL},
    {"compare", "Show what a commit would change; or the changes since rollback N", MODE_CONFIG,
	false, ARGUMENTS_OWN, NULL, run_compare, NULL},
    {"rollback", "Load an earlier configuration for a commit", MODE_CONFIG, true, ARGUMENTS_RPC,
	NULL, run_rollback, NULL},
    {"discard", "Drop all changes that are not committed", MODE_CONFIG, true, ARGUMENTS_RPC, NULL,
	run_discard, NULL},
    {"del", "Delete a statement and all below it", MODE_CONFIG, true, ARGUMENTS_DELETE, NULL, NULL,
	NULL},
    {"write memory", "Commit, as other routers call it", MODE_ANY, true, ARGUMENTS_NONE, NULL,
	run_write, NULL},
    {"terminal length", "Lines of a page; 0 turns paging off", MODE_ANY, false, ARGUMENTS_OWN, NULL,
	run_terminal_length, NULL},
    {"help", "The shell on one page", MODE_ANY, false, ARGUMENTS_NONE, NULL, run_help, NULL},
    {"end", "Back to the operational mode", MODE_CONFIG, false, ARGUMENTS_NONE, NULL, run_end,
	NULL},
    {"exit", "Up one level; at the top, leave", MODE_ANY, false, ARGUMENTS_NONE, NULL, run_exit,
	NULL},
    {"quit", "Leave the shell", MODE_ANY, false, ARGUMENTS_NONE, NULL, run_quit, NULL},
};

const unsigned shell_command_count = sizeof(shell_commands) / sizeof(shell_commands[0]);
