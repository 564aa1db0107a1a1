/* SPDX-License-Identifier: BSD-3-Clause */
#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/file.h>
#include <unistd.h>

#include "launcher/launcher.h"

static const char *pid_path(
    const struct gh_instance *inst, enum daemon_id id, char buf[GH_INSTANCE_PATH_MAX])
{
	char file[40];

	snprintf(file, sizeof(file), "run/%s.state", daemon_word(id));
	return gh_instance_path(inst, file, buf);
}

void pidfile_write(const struct gh_instance *inst, enum daemon_id id, const struct pid_record *rec)
{
	char path[GH_INSTANCE_PATH_MAX], fresh[GH_INSTANCE_PATH_MAX + 4];
	FILE *f;

	snprintf(fresh, sizeof(fresh), "%s.new", pid_path(inst, id, path));
	f = fopen(fresh, "we");
	if (f == NULL)
		return;
	fprintf(f, "%d %u %" PRIu64 "\n", (int)rec->pid, rec->restarts, rec->started_ms);
	fclose(f);
	rename(fresh, path); /* readers see the old line or the new one, never half */
}

/* A pid may have been given to a stranger since: the supervisor starts daemons by their names. */
static bool runs_program(pid_t pid, const char *program)
{
	char path[40], argv0[64] = "";
	FILE *f;

	snprintf(path, sizeof(path), "/proc/%d/cmdline", (int)pid);
	f = fopen(path, "re");
	if (f == NULL)
		return false;
	if (fread(argv0, 1, sizeof(argv0) - 1, f) == 0)
		argv0[0] = '\0';
	fclose(f);
	return strcmp(argv0, program) == 0;
}

void pidfile_read(const struct gh_instance *inst, enum daemon_id id, struct pid_record *rec)
{
	char path[GH_INSTANCE_PATH_MAX];
	FILE *f = fopen(pid_path(inst, id, path), "re");
	int pid = 0, n = 0;

	*rec = (struct pid_record){0};
	if (f != NULL) {
		n = fscanf(f, "%d %u %" SCNu64, &pid, &rec->restarts, &rec->started_ms);
		fclose(f);
	}
	if (n == 3 && pid > 1 && runs_program(pid, daemon_program(id)))
		rec->pid = pid;
}

int supervisor_lock(const struct gh_instance *inst, struct gh_error *err)
{
	char path[GH_INSTANCE_PATH_MAX];
	int fd = open(
	    gh_instance_path(inst, "run/supervisor.pid", path), O_RDWR | O_CREAT | O_CLOEXEC, 0644);

	if (fd < 0)
		return gh_error_set(err, -errno, path, "cannot open: %s", strerror(errno));
	if (flock(fd, LOCK_EX | LOCK_NB) < 0) {
		close(fd);
		return gh_error_set(err, -EALREADY, NULL,
		    "instance %s is up already; `gatehouse down %s` ends it", inst->name,
		    inst->name);
	}
	return fd;
}

void supervisor_lock_write(int lock, pid_t pid)
{
	char text[16];
	int len = snprintf(text, sizeof(text), "%d\n", (int)pid);

	if (ftruncate(lock, 0) < 0 || pwrite(lock, text, (size_t)len, 0) != len)
		fprintf(stderr, "gatehouse: cannot write the supervisor's pid\n");
}

pid_t supervisor_pid(const struct gh_instance *inst)
{
	char path[GH_INSTANCE_PATH_MAX], text[16] = "";
	int fd = open(gh_instance_path(inst, "run/supervisor.pid", path), O_RDONLY | O_CLOEXEC);
	pid_t pid = 0;

	if (fd < 0)
		return 0;
	if (flock(fd, LOCK_SH | LOCK_NB) < 0 && errno == EWOULDBLOCK &&
	    read(fd, text, sizeof(text) - 1) > 0)
		pid = atoi(text);
	close(fd);
	return pid;
}
