/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * libcli's tree of commands: filled from the shell's table and the model's rpcs, searched with
 * abbreviations, and run.
 */
#include "shell/command.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

static int dispatch(struct cli_def *cli, const char *name, char **argv, int argc)
{
	struct session *s = cli_get_context(cli);

	s->status = s->current->run(s);
	return s->status < 0 ? CLI_ERROR : CLI_OK;
}

static struct cli_command *find_child(
    const struct session *s, struct cli_command *parent, const char *word)
{
	struct cli_command *c = parent != NULL ? parent->children : s->cli->commands;

	for (; c != NULL; c = c->next)
		if (c->command_type == CLI_REGULAR_COMMAND && strcmp(c->command, word) == 0)
			return c;
	return NULL;
}

/* What an inner word of the tree leads to. */
static const char *group_help(const char *word)
{
	static const struct {
		const char *word, *help;
	} known[] = {
	    {"show", "Show configuration and state"},
	    {"clear", "Remove state"},
	    {"edit", "Change the configuration"},
	    {"ike", "IKEv2"},
	    {"ipsec", "IPsec"},
	    {"write", "Commit, as other routers call it"},
	    {"terminal", "Settings of this terminal"},
	    {"configuration", "The configuration's past"},
	};

	for (size_t i = 0; i < sizeof(known) / sizeof(known[0]); i++)
		if (strcmp(known[i].word, word) == 0)
			return known[i].help;
	return "";
}

/* Puts a command into the tree; words that lead to it are made on the way. An inner word is
 * visible in all modes, its commands are not. */
static void register_words(struct session *s, struct command *cmd)
{
	struct cli_command *parent = NULL, *node = NULL;
	char *words = strdup(cmd->words), *save = NULL;

	for (char *w = strtok_r(words, " ", &save); w != NULL; parent = node) {
		char *next = strtok_r(NULL, " ", &save);

		node = find_child(s, parent, w);
		if (node == NULL)
			node =
			    cli_register_command(s->cli, parent, w, next == NULL ? dispatch : NULL,
				PRIVILEGE_UNPRIVILEGED, next == NULL ? cmd->mode : MODE_ANY,
				next == NULL ? cmd->help : group_help(w));
		if (next == NULL) {
			node->callback = dispatch;
			node->mode = cmd->mode;
			node->privilege =
			    cmd->admin ? PRIVILEGE_PRIVILEGED : PRIVILEGE_UNPRIVILEGED;
			cmd->node = node;
		}
		w = next;
	}
	free(words);
}

static struct command *add_command(struct session *s)
{
	s->commands = reallocarray(s->commands, s->command_count + 1, sizeof(*s->commands));
	if (s->commands == NULL)
		abort();
	return &s->commands[s->command_count++];
}

static void add_model_command(struct session *s, const struct lysc_node *rpc, const char *words)
{
	const char *role = schema_extension(rpc, "role");
	struct command *cmd = add_command(s);
	char help[256];

	*cmd = (struct command){
	    .words = strdup(words),
	    .help = strdup(schema_summary(rpc, help, sizeof(help))),
	    .mode = MODE_ANY,
	    .admin = role == NULL || strcmp(role, "viewer") != 0,
	    .arguments = ARGUMENTS_RPC,
	    .rpc = rpc,
	    .run = run_rpc,
	};
}

static void add_model_commands(struct session *s)
{
	const struct lysc_node_action *rpc;
	const struct lysc_module *module = s->schema.module->compiled;

	for (rpc = module->rpcs; rpc != NULL; rpc = (struct lysc_node_action *)rpc->next) {
		const char *words = schema_extension(&rpc->node, "command");

		if (words != NULL)
			add_model_command(s, &rpc->node, words);
	}
}

static void add_shell_commands(struct session *s)
{
	for (unsigned i = 0; i < shell_command_count; i++) {
		const struct command *from = &shell_commands[i];
		struct command *cmd = add_command(s);

		*cmd = *from;
		cmd->words = strdup(from->words);
		cmd->help = strdup(from->help);
		if (from->arguments == ARGUMENTS_RPC)
			cmd->rpc = session_find_rpc(s, from->words);
	}
}

int commands_register(struct session *s)
{
	static const char *const stock[] = {
	    "help", "quit", "logout", "exit", "history", "enable", "disable", "configure", "show"};

	s->cli = cli_init();
	if (s->cli == NULL)
		return -ENOMEM;
	for (size_t i = 0; i < sizeof(stock) / sizeof(stock[0]); i++)
		cli_unregister_command(s->cli, stock[i]);
	cli_set_context(s->cli, s);
	add_shell_commands(s);
	add_model_commands(s);
	for (unsigned i = 0; i < s->command_count; i++)
		register_words(s, &s->commands[i]);
	filters_register(s);
	/* Whatever the role: the daemon refuses, says why, and has it in its audit log. libcli
	 * computes abbreviations when privilege or mode change, not before. */
	cli_set_privilege(s->cli, PRIVILEGE_PRIVILEGED);
	cli_set_configmode(s->cli, MODE_CONFIG, NULL);
	cli_set_configmode(s->cli, MODE_EXEC, NULL);
	return 0;
}

void commands_free(struct session *s)
{
	for (unsigned i = 0; i < s->command_count; i++) {
		free(s->commands[i].words);
		free(s->commands[i].help);
	}
	free(s->commands);
	s->commands = NULL;
	s->command_count = 0;
	if (s->cli != NULL)
		cli_done(s->cli);
	s->cli = NULL;
}

const struct command *command_of(const struct session *s, const struct cli_command *node)
{
	for (unsigned i = 0; node != NULL && i < s->command_count; i++)
		if (s->commands[i].node == node)
			return &s->commands[i];
	return NULL;
}

/* Whether the node itself or something below it may be run now. */
static bool is_usable(const struct session *s, const struct cli_command *node)
{
	if (node->privilege > s->cli->privilege ||
	    (node->mode != MODE_ANY && node->mode != s->cli->mode))
		return false;
	if (node->callback != NULL)
		return true;
	for (const struct cli_command *c = node->children; c != NULL; c = c->next)
		if (is_usable(s, c))
			return true;
	return false;
}

const struct cli_command *command_next(
    const struct session *s, const struct cli_command *parent, const struct cli_command *last)
{
	const struct cli_command *c;

	if (last != NULL)
		c = last->next;
	else
		c = parent != NULL ? parent->children : s->cli->commands;
	while (c != NULL && (c->command_type != CLI_REGULAR_COMMAND || !is_usable(s, c)))
		c = c->next;
	return c;
}

const struct cli_command *command_next_filter(
    const struct session *s, const struct cli_command *last)
{
	const struct cli_command *c = last != NULL ? last->next : s->cli->commands;

	while (c != NULL && c->command_type != CLI_FILTER_COMMAND)
		c = c->next;
	return c;
}

static void list_matches(const struct session *s, const struct cli_command *parent,
    const char *prefix, char *buf, size_t size)
{
	const struct cli_command *c = NULL;
	size_t len = 0;

	buf[0] = '\0';
	while ((c = command_next(s, parent, c)) != NULL && len + 1 < size)
		if (strncmp(c->command, prefix, strlen(prefix)) == 0)
			len += (size_t)snprintf(
			    buf + len, size - len, "%s%s", len > 0 ? ", " : "", c->command);
}

/* The child that word means; *count says how many it may abbreviate. */
static const struct cli_command *find_word(const struct session *s,
    const struct cli_command *parent, const char *word, unsigned *count, bool *exact)
{
	const struct cli_command *c = NULL, *found = NULL;

	*count = 0;
	*exact = false;
	while ((c = command_next(s, parent, c)) != NULL) {
		if (strncmp(c->command, word, strlen(word)) != 0)
			continue;
		found = c;
		*exact = strcmp(c->command, word) == 0;
		*count = *exact ? 1 : *count + 1;
		if (*exact)
			return found;
	}
	return *count == 1 ? found : NULL;
}

void command_find(
    const struct session *s, const struct words *words, unsigned count, struct command_match *out)
{
	const struct cli_command *at = NULL;
	unsigned matches = 0;
	bool exact = false;

	*out = (struct command_match){0};
	for (unsigned i = 0; i < count && (at == NULL || at->children != NULL); i++) {
		const struct cli_command *next =
		    find_word(s, at, words->list[i].text, &matches, &exact);

		if (i == 0) {
			out->candidates = matches;
			out->exact = exact;
		}
		if (next == NULL)
			break;
		at = next;
		out->used = i + 1;
	}
	out->node = at;
	out->command = command_of(s, at);
	if (out->used < count && matches > 1)
		list_matches(s, at, words->list[out->used].text, out->text, sizeof(out->text));
	else if (at == NULL || at->children != NULL)
		list_matches(s, at, "", out->text, sizeof(out->text));
}

void command_words(const struct cli_command *node, struct text *out)
{
	if (node->parent != NULL) {
		command_words(node->parent, out);
		text_add(out, " ", 1);
	}
	text_addf(out, "%s", node->command);
}

/* Reads the words behind the command, as its kind wants them. */
static int read_arguments(struct session *s, const struct command *cmd, struct line_error *err)
{
	unsigned last = s->word_count;

	s->args = (struct arguments){0};
	s->wants_json = s->out.json;
	if (cmd->arguments == ARGUMENTS_NONE && s->first_argument < s->word_count)
		return words_error(s->words, s->first_argument, err,
		    "\"%s\" is too much: the command ends here",
		    s->words->list[s->first_argument].text);
	if (cmd->arguments != ARGUMENTS_RPC)
		return 0;
	if (last > s->first_argument && strcmp(s->words->list[last - 1].text, "json") == 0) {
		s->wants_json = true;
		last--;
	}
	return arguments_parse(
	    &s->schema, cmd->rpc, s->words, s->first_argument, last, &s->args, err);
}

int command_run(
    struct session *s, const struct command_match *match, const char *line, const char *filters)
{
	struct line_error err;
	struct text run = {0};
	int ret = read_arguments(s, match->command, &err);

	if (ret < 0) {
		session_line_error(s, line, &err);
		arguments_free(&s->args);
		return ret;
	}
	command_words(match->command->node, &run);
	text_addf(&run, " %s", filters);
	s->current = match->command;
	s->out.piped = *filters != '\0';
	output_begin(&s->out);
	s->status = -EINVAL; /* stands when libcli refuses the filters */
	cli_run_command(s->cli, run.data);
	text_free(&run);
	arguments_free(&s->args);
	return s->status;
}
