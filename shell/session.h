/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * A shell session: the connection, where the operator stands, the statements not sent yet. One
 * per process, one thread. The candidate itself lives in gatehoused.
 */
#pragma once

#include <libcli.h>

#include "shell/arguments.h"
#include "shell/client.h"
#include "shell/output.h"
#include "shell/walker.h"

struct command;

/* Where lines come from, for messages. */
struct line_source {
	const char *name; /* a file's, "-c", or NULL: a person types */
	unsigned line;	  /* 1-based, of the line being run */
};

/* A line whose edits wait to be sent. */
struct batch_text {
	char *text;
	unsigned number; /* its line in the source */
};

struct session {
	struct schema schema;
	struct walker config, state;
	struct client client;
	struct output out;
	struct cli_def *cli; /* command tree, help, filters */
	struct command *commands;
	unsigned command_count;
	/* where the operator stands */
	struct place at;
	bool configuring;
	bool uncommitted; /* the candidate differs from its base */
	bool quit;
	/* statements read but not sent; an edit's line is an index into the texts */
	struct edits batch;
	struct batch_text *batch_texts;
	unsigned batch_lines;
	/* the command being run */
	const struct command *current;
	const char *line;
	const struct words *words;
	unsigned first_argument, word_count; /* words of the command's arguments */
	struct arguments args;
	bool wants_json;
	int status; /* of the last command: 0 or negative */
	/* input */
	struct line_source source;
	bool interactive; /* a person at a terminal: ask, page, caret */
	bool keep_going;  /* scripts: go on after an error */
	unsigned errors;  /* lines refused so far */
};

int session_open(struct session *s, const struct gh_instance *inst, struct gh_error *err);
void session_close(struct session *s);

/* Runs a line. 0; -EINVAL or another negative errno when it was refused (and said so). Statements
 * may stay in the batch: an error of theirs comes with session_flush. secret (may be NULL) is set
 * when the line holds a secret that no history should keep. */
int session_line(struct session *s, const char *line, bool *secret);

/* Sends the batch. 0, or negative when a statement was refused (and said so). */
int session_flush(struct session *s);

/* The prompt: "host> ", "host running vrf main#! ". Returns buf. */
const char *session_prompt(const struct session *s, char *buf, size_t size);

/* Says what is wrong with a line: a caret under the word for a person, source:line:word else. */
void session_line_error(struct session *s, const char *line, const struct line_error *err);

/* Says why the daemon refused. */
void session_refused(struct session *s, const struct client_error *err);

/* Enters the configuration mode, or leaves it for the operational one. */
void session_configure(struct session *s, bool on);

/* Calls an rpc for the current command; refusals are said. */
int session_rpc(struct session *s, const char *rpc, const struct arguments *args,
    client_data_fn data, void *arg);

/* Parses one piece of an answer; NULL (and said) when it does not fit the model. Free with
 * lyd_free_all. */
struct lyd_node *session_parse_reply(struct session *s, const char *json, size_t len);

/* The rpc of that name in the model, or NULL. */
const struct lysc_node *session_find_rpc(const struct session *s, const char *name);

/* Prints a line through the command's filters and the pager. arg is the session. */
void session_print(void *arg, const char *line);
