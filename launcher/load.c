/* SPDX-License-Identifier: BSD-3-Clause */
#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#include "launcher/launcher.h"

int load_file(const struct gh_instance *inst, const char *file, struct gh_error *err)
{
	int status = 0, rc;
	char cli[256];
	pid_t pid;

	rc = program_find("gatehouse-cli", cli, sizeof(cli), err);
	if (rc < 0)
		return rc;
	pid = fork();
	if (pid == 0) {
		execl(cli, "gatehouse-cli", "--instance", inst->name, "--load", file, (char *)NULL);
		fprintf(stderr, "gatehouse: cannot run %s: %s\n", cli, strerror(errno));
		_exit(127);
	}
	if (pid < 0 || waitpid(pid, &status, 0) < 0 || status != 0)
		return gh_error_set(err, -EINVAL, file,
		    "the configuration was not committed; the instance runs without it");
	return 0;
}
