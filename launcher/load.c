/* SPDX-License-Identifier: BSD-3-Clause */
#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#include "launcher/launcher.h"

static pid_t start_cli(const struct gh_instance *inst, const char *cli, int input)
{
	pid_t pid = fork();

	if (pid != 0)
		return pid;
	dup2(input, STDIN_FILENO);
	execl(cli, "gatehouse-cli", "--instance", inst->name, (char *)NULL);
	fprintf(stderr, "gatehouse: cannot run %s: %s\n", cli, strerror(errno));
	_exit(127);
}

static void feed(FILE *in, FILE *out)
{
	char chunk[4096];
	size_t n;

	fputs("edit running\n", out);
	while ((n = fread(chunk, 1, sizeof(chunk), in)) > 0)
		fwrite(chunk, 1, n, out);
	fputs("\n/\ncommit\n", out);
}

int load_file(const struct gh_instance *inst, const char *file, struct gh_error *err)
{
	char cli[256];
	int pipes[2], status = 0, rc = program_find("gatehouse-cli", cli, sizeof(cli), err);
	FILE *in, *out;
	pid_t pid;

	if (rc < 0)
		return rc;
	in = fopen(file, "re");
	if (in == NULL || pipe2(pipes, O_CLOEXEC) < 0) {
		rc = gh_error_set(err, -errno, file, "cannot read: %s", strerror(errno));
		if (in != NULL)
			fclose(in);
		return rc;
	}
	pid = start_cli(inst, cli, pipes[0]);
	close(pipes[0]);
	out = fdopen(pipes[1], "w");
	signal(SIGPIPE, SIG_IGN); /* the shell stops reading at the first bad line */
	if (out != NULL) {
		feed(in, out);
		fclose(out);
	}
	fclose(in);
	if (pid < 0 || waitpid(pid, &status, 0) < 0 || status != 0)
		return gh_error_set(err, -EINVAL, file,
		    "the configuration was not committed; the instance runs without it");
	return 0;
}
