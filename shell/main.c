/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * gatehouse-cli: an operator's shell, and the same for scripts.
 */
#include "config.h"

#include <errno.h>
#include <getopt.h>
#include <limits.h>
#include <locale.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "common/secret.h"
#include "shell/confirm.h"
#include "shell/lineedit.h"

#define NETCONF "gatehouse-netconf"

#define EXIT_REFUSED 1 /* a line was in error */
#define EXIT_USAGE 2
#define EXIT_NO_DAEMON 3

struct options {
	const char *instance;
	const char **commands; /* of -c */
	unsigned command_count;
	const char *file;
	bool load; /* the file is a configuration: enter and commit it */
	bool json, keep_going;
};

static const char usage[] =
    "Usage: gatehouse-cli [OPTION]…\n"
    "The shell of a Gatehouse instance. With a terminal it is interactive; else it runs the\n"
    "lines of -c, of a file, or of standard input, and stops at the first error.\n"
    "\n"
    "  -i, --instance NAME   the instance (default: $GATEHOUSE_INSTANCE, or \"default\")\n"
    "  -c, --command LINE    run this line; may be given several times\n"
    "  -f, --file FILE       run the lines of a file (\"-\": standard input)\n"
    "  -l, --load FILE       edit running, the lines of a file, and commit\n"
    "  -j, --json            what is shown comes as JSON\n"
    "  -k, --keep-going      go on after an erroneous line\n"
    "  -h, --help            this text\n"
    "  -V, --version\n"
    "\n"
    "Exit status: 0; 1 when a line was refused; 2 for a wrong option; 3 when the instance does\n"
    "not answer.\n";

static void add_command(struct options *o, const char *line)
{
	o->commands = reallocarray(o->commands, o->command_count + 1, sizeof(*o->commands));
	if (o->commands == NULL)
		abort();
	o->commands[o->command_count++] = line;
}

static int parse_options(int argc, char **argv, struct options *o)
{
	static const struct option longopts[] = {
	    {"instance", required_argument, NULL, 'i'},
	    {"command", required_argument, NULL, 'c'},
	    {"file", required_argument, NULL, 'f'},
	    {"load", required_argument, NULL, 'l'},
	    {"json", no_argument, NULL, 'j'},
	    {"keep-going", no_argument, NULL, 'k'},
	    {"help", no_argument, NULL, 'h'},
	    {"version", no_argument, NULL, 'V'},
	    {NULL, 0, NULL, 0},
	};
	int opt;

	while ((opt = getopt_long(argc, argv, "i:c:f:l:jkhV", longopts, NULL)) != -1) {
		if (opt == 'i')
			o->instance = optarg;
		else if (opt == 'c')
			add_command(o, optarg);
		else if (opt == 'f' || opt == 'l')
			o->file = optarg, o->load = opt == 'l';
		else if (opt == 'j')
			o->json = true;
		else if (opt == 'k')
			o->keep_going = true;
		else if (opt == 'h')
			return fputs(usage, stdout), -1;
		else if (opt == 'V')
			return puts("gatehouse-cli " PACKAGE_VERSION), -1;
		else
			return EXIT_USAGE;
	}
	if (optind < argc || (o->file != NULL && o->command_count > 0)) {
		fprintf(stderr,
		    optind < argc ? "gatehouse-cli: \"%s\" is no option: commands go behind -c\n"
				  : "gatehouse-cli: -c and -f exclude each other\n",
		    optind < argc ? argv[optind] : "");
		return EXIT_USAGE;
	}
	return 0;
}

static bool goes_on(const struct session *s)
{
	return !s->quit && (s->errors == 0 || s->keep_going);
}

static void run_commands(struct session *s, const struct options *o)
{
	s->source.name = "-c";
	for (unsigned i = 0; i < o->command_count && goes_on(s); i++) {
		char *text = strdup(o->commands[i]), *save = NULL;

		s->source.line = i + 1;
		for (char *line = strtok_r(text, "\n", &save); line != NULL && goes_on(s);
		     line = strtok_r(NULL, "\n", &save))
			session_line(s, line, NULL);
		gh_wipe_free(text, strlen(o->commands[i]));
	}
}

static void run_stream(struct session *s, FILE *in)
{
	char *line = NULL;
	size_t size = 0;

	while (goes_on(s) && getline(&line, &size, in) >= 0) {
		s->source.line++;
		line[strcspn(line, "\r\n")] = '\0';
		session_line(s, line, NULL);
	}
	gh_wipe_free(line, size);
}

static int run_file(struct session *s, const char *name, bool load)
{
	bool is_stdin = name == NULL || strcmp(name, "-") == 0;
	FILE *in = is_stdin ? stdin : fopen(name, "re");

	if (in == NULL) {
		fprintf(stderr, "gatehouse-cli: %s: %s\n", name, strerror(errno));
		return EXIT_USAGE;
	}
	s->source.name = is_stdin ? "stdin" : name;
	if (load)
		session_line(s, "edit running", NULL);
	run_stream(s, in);
	if (load && goes_on(s))
		session_line(s, "/", NULL);
	if (load && goes_on(s))
		session_line(s, "commit", NULL);
	if (!is_stdin)
		fclose(in);
	return 0;
}

static int run(struct session *s, const struct options *o)
{
	int ret = 0;

	if (s->interactive) {
		lineedit_loop(s);
		return 0;
	}
	if (o->command_count > 0)
		run_commands(s, o);
	else
		ret = run_file(s, o->file, o->load);
	session_flush(s);
	if (ret == 0 && s->errors == 0)
		confirm_leave(s);
	return ret != 0 ? ret : s->errors > 0 ? EXIT_REFUSED : 0;
}

/* sshd runs its subsystem through the user's shell, which this program is: gatehouse-cli -c
 * gatehouse-netconf. The program is the one that was installed or built with this one. */
static void run_subsystem(const struct options *o)
{
	char path[PATH_MAX];
	ssize_t n;

	if (o->command_count != 1 || strcmp(o->commands[0], NETCONF) != 0)
		return;
	n = readlink("/proc/self/exe", path, sizeof(path) - sizeof(NETCONF));
	while (n > 0 && path[n - 1] != '/')
		n--;
	strcpy(path + (n > 0 ? n : 0), NETCONF);
	execl(path, NETCONF, (char *)NULL);
	fprintf(stderr, "gatehouse-cli: %s: %s\n", path, strerror(errno));
	exit(EXIT_USAGE);
}

int main(int argc, char **argv)
{
	struct options o = {0};
	struct session s = {0};
	struct gh_instance inst;
	struct gh_error err;
	int ret = parse_options(argc, argv, &o);

	if (ret != 0)
		return ret < 0 ? 0 : ret;
	run_subsystem(&o);
	setlocale(LC_CTYPE, "");
	client_catch_interrupt();
	s.interactive = o.command_count == 0 && o.file == NULL && isatty(STDIN_FILENO);
	s.keep_going = o.keep_going;
	output_init(&s.out, stdout, isatty(STDOUT_FILENO));
	s.out.page_length = s.interactive && s.out.terminal ? -1 : 0;
	s.out.json = o.json;
	if (gh_instance_init(&inst, o.instance, &err) < 0 || session_open(&s, &inst, &err) < 0) {
		fprintf(stderr, "gatehouse-cli: %s%s%s\n", err.path, *err.path != '\0' ? ": " : "",
		    err.message);
		free(o.commands);
		return EXIT_NO_DAEMON;
	}
	ret = run(&s, &o);
	session_close(&s);
	free(o.commands);
	return ret;
}
