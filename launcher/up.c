/* SPDX-License-Identifier: BSD-3-Clause */
#include <errno.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include "common/clock.h"
#include "launcher/launcher.h"

#define START_LIMIT_MS 30000
#define POLL_MS 50
#define RESTARTS_MAX 3 /* who dies that often while starting never will */

static void pause_ms(long ms)
{
	nanosleep(&(struct timespec){.tv_sec = ms / 1000, .tv_nsec = ms % 1000 * 1000000}, NULL);
}

/* Daemons whose supervisor died still hold ports and sockets. */
static void stop_orphans(const struct gh_instance *inst)
{
	uint64_t deadline = gh_clock_ms() + 5000;
	struct pid_record rec;

	for (unsigned id = 0; id < DAEMON_COUNT; id++) {
		pidfile_read(inst, id, &rec);
		if (rec.pid > 0)
			kill(rec.pid, SIGTERM);
		while (rec.pid > 0 && gh_clock_ms() < deadline) {
			pause_ms(POLL_MS);
			pidfile_read(inst, id, &rec);
		}
		if (rec.pid > 0)
			kill(rec.pid, SIGKILL);
	}
}

/* Why the instance will never answer, or NULL. */
static const char *hopeless(const struct gh_instance *inst, enum daemon_id *who)
{
	struct pid_record rec;

	if (supervisor_pid(inst) == 0)
		return "the supervisor ended";
	for (unsigned id = 0; id < DAEMON_COUNT; id++) {
		pidfile_read(inst, id, &rec);
		*who = id;
		if (rec.restarts >= RESTARTS_MAX)
			return "it dies each time it is started";
	}
	return NULL;
}

static int wait_for_answers(const struct gh_instance *inst, struct gh_error *err)
{
	uint64_t deadline = gh_clock_ms() + START_LIMIT_MS;
	enum daemon_id who = DAEMON_DATAPLANE;
	enum answer answer = ANSWER_NONE;
	const char *why = NULL;

	while (why == NULL && (answer = instance_answers(inst)) != ANSWER_BOTH) {
		pause_ms(POLL_MS);
		why = hopeless(inst, &who);
		if (why == NULL && gh_clock_ms() >= deadline) {
			who = answer == ANSWER_NONE ? DAEMON_GATEHOUSED : DAEMON_DATAPLANE;
			why = "it did not answer in time";
		}
	}
	if (why == NULL)
		return 0;
	print_log_tail(inst, who);
	return gh_error_set(
	    err, -ETIMEDOUT, inst->dir, "%s is not up: %s", daemon_program(who), why);
}

static int find_programs(char programs[DAEMON_COUNT][256], struct gh_error *err)
{
	int rc = 0;

	for (unsigned id = 0; id < DAEMON_COUNT && rc == 0; id++)
		rc = program_find(daemon_program(id), programs[id], sizeof(programs[id]), err);
	return rc;
}

/* The namespace's name is kept for `status`. */
static void record_netns(const struct gh_instance *inst, const char *netns)
{
	char path[GH_INSTANCE_PATH_MAX];
	FILE *f = fopen(gh_instance_path(inst, "run/netns", path), "we");

	if (f == NULL)
		return;
	fprintf(f, "%s\n", netns != NULL ? netns : "");
	fclose(f);
}

/* Forks before it enters the namespace, so that we stay where we are. */
static int start_supervisor(const struct gh_instance *inst, int netns,
    char programs[DAEMON_COUNT][256], struct gh_error *err)
{
	int lock = supervisor_lock(inst, err);
	pid_t pid;

	if (lock < 0)
		return lock;
	stop_orphans(inst);
	pid = fork();
	if (pid == 0) {
		if (netns >= 0 && netns_enter(netns, err) < 0)
			_exit(fail(err));
		supervisor_run(inst, lock, programs);
	}
	supervisor_lock_write(lock, pid);
	close(lock);
	return pid < 0 ? gh_error_set(err, -errno, NULL, "cannot fork: %s", strerror(errno)) : 0;
}

static int start(const struct gh_instance *inst, const struct options *opt, struct gh_error *err)
{
	char programs[DAEMON_COUNT][256];
	int netns = -1, rc = find_programs(programs, err);

	if (rc == 0)
		rc = instance_prepare(inst, err);
	if (rc == 0 && opt->netns != NULL)
		rc = netns = netns_open(opt->netns, err);
	if (rc >= 0)
		rc = start_supervisor(inst, netns, programs, err);
	if (netns >= 0)
		close(netns);
	if (rc == 0)
		record_netns(inst, opt->netns);
	return rc;
}

int command_up(const struct gh_instance *inst, const struct options *opt)
{
	struct gh_error err = {0};

	if (start(inst, opt, &err) < 0)
		return fail(&err);
	if (wait_for_answers(inst, &err) < 0) {
		command_down(inst);
		return fail(&err);
	}
	printf("instance %s is up\n", inst->name);
	fflush(stdout);
	if (opt->load != NULL && load_file(inst, opt->load, &err) < 0)
		return fail(&err);
	return 0;
}

int command_down(const struct gh_instance *inst)
{
	pid_t pid = supervisor_pid(inst);

	if (pid > 0)
		kill(pid, SIGTERM);
	while (supervisor_pid(inst) > 0)
		pause_ms(POLL_MS);
	stop_orphans(inst);
	instance_clear_run(inst);
	return 0;
}

int command_restart(const struct gh_instance *inst, enum daemon_id id, const struct options *opt)
{
	uint64_t deadline = gh_clock_ms() + START_LIMIT_MS;
	struct gh_error err = {0};
	struct pid_record before, now;

	pidfile_read(inst, id, &before);
	if (supervisor_pid(inst) == 0 || before.pid == 0) {
		gh_error_set(&err, -ESRCH, inst->dir, "%s is not running: use `gatehouse up %s`",
		    daemon_program(id), inst->name);
		return fail(&err);
	}
	kill(before.pid, opt->signal);
	do {
		pause_ms(POLL_MS);
		pidfile_read(inst, id, &now);
	} while ((now.pid == 0 || now.pid == before.pid) && gh_clock_ms() < deadline);
	return wait_for_answers(inst, &err) < 0 ? fail(&err) : 0;
}
