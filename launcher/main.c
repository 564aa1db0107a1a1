/* SPDX-License-Identifier: BSD-3-Clause */
#include <errno.h>
#include <getopt.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "launcher/launcher.h"

static const char *const programs[] = {
#define X(id, program, word, option) [DAEMON_##id] = program,
    DAEMONS(X)
#undef X
};

static const char *const words[] = {
#define X(id, program, word, option) [DAEMON_##id] = word,
    DAEMONS(X)
#undef X
};

static const char *const options[] = {
#define X(id, program, word, option) [DAEMON_##id] = option,
    DAEMONS(X)
#undef X
};

const char *daemon_option(enum daemon_id id)
{
	return options[id];
}

const char *daemon_program(enum daemon_id id)
{
	return programs[id];
}

const char *daemon_word(enum daemon_id id)
{
	return words[id];
}

int fail(const struct gh_error *err)
{
	fprintf(stderr, "gatehouse: %s%s%s\n", err->path, err->path[0] ? ": " : "", err->message);
	return 1;
}

static int usage(FILE *to)
{
	fputs("usage: gatehouse up NAME [--netns NS] [--load FILE]\n"
	      "       gatehouse down NAME\n"
	      "       gatehouse status [NAME]\n"
	      "       gatehouse restart NAME dataplane|gatehoused [--signal KILL]\n"
	      "\n"
	      "An instance is one gateway: a dataplane and a gatehoused in a network namespace.\n"
	      "Its directory is /var/lib/gatehouse/NAME, or $GATEHOUSE_ROOT/NAME; logs are in\n"
	      "its log/. --load feeds a configuration file through gatehouse-cli and commits it.\n",
	    to);
	return to == stdout ? 0 : 2;
}

static int parse_signal(const char *text)
{
	static const struct {
		const char *name;
		int number;
	} known[] = {{"TERM", SIGTERM}, {"KILL", SIGKILL}, {"ABRT", SIGABRT}, {"INT", SIGINT}};

	for (unsigned i = 0; i < sizeof(known) / sizeof(known[0]); i++) {
		if (strcmp(text, known[i].name) == 0)
			return known[i].number;
	}
	return -1;
}

/* Returns -1 when the line is right, else the exit status. */
static int parse_options(int argc, char **argv, struct options *opt)
{
	static const struct option longs[] = {{"netns", required_argument, NULL, 'n'},
	    {"load", required_argument, NULL, 'l'}, {"signal", required_argument, NULL, 's'},
	    {"help", no_argument, NULL, 'h'}, {0}};
	int c;

	while ((c = getopt_long(argc, argv, "h", longs, NULL)) != -1) {
		if (c == 'n')
			opt->netns = optarg;
		else if (c == 'l')
			opt->load = optarg;
		else if (c == 's')
			opt->signal = parse_signal(optarg);
		else
			return usage(c == 'h' ? stdout : stderr);
	}
	return opt->signal < 0 ? usage(stderr) : -1;
}

static int restart(const struct gh_instance *inst, const char *word, const struct options *opt)
{
	for (unsigned id = 0; id < DAEMON_COUNT; id++) {
		if (strcmp(word, words[id]) == 0)
			return command_restart(inst, id, opt);
	}
	return usage(stderr);
}

static int dispatch(int argc, char **argv, const struct options *opt)
{
	const char *command = argc > 0 ? argv[0] : "";
	struct gh_instance inst;
	struct gh_error err;

	if (strcmp(command, "status") == 0 && argc == 1)
		return command_status(NULL);
	if (argc < 2)
		return usage(stderr);
	if (gh_instance_init(&inst, argv[1], &err) < 0)
		return fail(&err);
	if (strcmp(command, "status") == 0 && argc == 2)
		return command_status(&inst);
	if (geteuid() != 0) {
		gh_error_set(&err, -EPERM, NULL, "only root can do that");
		return fail(&err);
	}
	if (strcmp(command, "up") == 0 && argc == 2)
		return command_up(&inst, opt);
	if (strcmp(command, "down") == 0 && argc == 2)
		return command_down(&inst);
	if (strcmp(command, "restart") == 0 && argc == 3)
		return restart(&inst, argv[2], opt);
	return usage(stderr);
}

int main(int argc, char **argv)
{
	struct options opt = {.signal = SIGTERM};
	int rc = parse_options(argc, argv, &opt);

	return rc >= 0 ? rc : dispatch(argc - optind, argv + optind, &opt);
}
