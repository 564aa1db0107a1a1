/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * Commands: those of the shell itself (commands.c) and those that the model adds by gh:command.
 * libcli keeps their tree with help, modes and privileges, and filters what they print.
 */
#pragma once

#include "shell/session.h"

#define COMMAND_MODE_ANY MODE_ANY
#define COMMAND_MODE_CONFIG MODE_CONFIG

/* What the words behind a command are. */
enum command_arguments {
	ARGUMENTS_NONE,
	ARGUMENTS_RPC,	  /* the input of its rpc */
	ARGUMENTS_CONFIG, /* words of show config, then a path */
	ARGUMENTS_STATE,  /* the same below the state */
	ARGUMENTS_DELETE, /* a path, perhaps with a value */
	ARGUMENTS_OWN,	  /* the command reads them itself */
};

struct command {
	char *words;
	char *help;
	int mode;
	bool admin;
	enum command_arguments arguments;
	const struct lysc_node *rpc;
	int (*run)(struct session *s);
	struct cli_command *node; /* its place in libcli's tree */
};

/* Fills s->commands and the tree. Needs the schema and the user's role. */
int commands_register(struct session *s);
void commands_free(struct session *s);
extern const struct command shell_commands[];
extern const unsigned shell_command_count;

/* The command that the first words mean. */
struct command_match {
	const struct command *command;	/* NULL: none, or not complete */
	const struct cli_command *node; /* as far as the words were understood */
	unsigned used;			/* words understood */
	unsigned candidates;		/* for the first word: how many it may abbreviate */
	bool exact;			/* the first word is written out */
	char text[512];			/* when used stops early: what was expected */
};

void command_find(
    const struct session *s, const struct words *words, unsigned count, struct command_match *out);

/* Commands that may follow a node (NULL: first words), in the session's mode and privilege. */
const struct cli_command *command_next(
    const struct session *s, const struct cli_command *parent, const struct cli_command *last);
const struct cli_command *command_next_filter(
    const struct session *s, const struct cli_command *last);

/* The tree's words down to a node, and the command there (NULL for inner nodes). */
void command_words(const struct cli_command *node, struct text *out);
const struct command *command_of(const struct session *s, const struct cli_command *node);

/* Runs the matched command with its filters ("" or "| match x …"). */
int command_run(
    struct session *s, const struct command_match *match, const char *line, const char *filters);

/* Runners used by the table. */
int run_rpc(struct session *s); /* any rpc with gh:command */
int run_show_config(struct session *s);
int run_show_running(struct session *s);
int run_show_state(struct session *s);
int run_compare(struct session *s);
int run_commit(struct session *s);
int run_validate(struct session *s);

/* Registers match, which libcli lacks. */
void filters_register(struct session *s);
