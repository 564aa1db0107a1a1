/* SPDX-License-Identifier: BSD-3-Clause */
#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/signalfd.h>
#include <sys/wait.h>
#include <unistd.h>

#include "common/clock.h"
#include "common/log.h"
#include "launcher/launcher.h"

#define BACKOFF_MIN_MS 50
#define BACKOFF_MAX_MS 5000
#define STEADY_MS 5000 /* who ran that long is started again at once */
#define STOP_MS 5000   /* from SIGTERM to SIGKILL */

struct child {
	pid_t pid; /* 0: not running */
	const char *program;
	struct pid_record rec;
	uint64_t started_at, start_at; /* monotonic ms */
	uint64_t backoff_ms;
};

struct supervisor {
	const struct gh_instance *inst;
	int signals; /* signalfd */
	sigset_t outer_mask;
	bool stopping;
	uint64_t kill_at;
	struct child children[DAEMON_COUNT];
};

static void redirect_log(const struct gh_instance *inst, const char *word)
{
	char file[40], path[GH_INSTANCE_PATH_MAX];
	int null = open("/dev/null", O_RDWR | O_CLOEXEC), log;

	snprintf(file, sizeof(file), "log/%s.log", word);
	log = open(
	    gh_instance_path(inst, file, path), O_WRONLY | O_CREAT | O_APPEND | O_CLOEXEC, 0640);
	if (null >= 0)
		dup2(null, STDIN_FILENO);
	dup2(log >= 0 ? log : null, STDOUT_FILENO);
	dup2(log >= 0 ? log : null, STDERR_FILENO);
	if (log > STDERR_FILENO)
		close(log);
	if (null > STDERR_FILENO)
		close(null);
}

static void child_exec(struct supervisor *sv, enum daemon_id id)
{
	char *argv[] = {(char *)(uintptr_t)daemon_program(id), (char *)(uintptr_t) "--instance",
	    (char *)(uintptr_t)sv->inst->name, (char *)(uintptr_t)daemon_option(id), NULL};

	sigprocmask(SIG_SETMASK, &sv->outer_mask, NULL);
	redirect_log(sv->inst, daemon_word(id));
	execv(sv->children[id].program, argv);
	fprintf(stderr, "cannot run %s: %s\n", sv->children[id].program, strerror(errno));
	_exit(127);
}

static void child_start(struct supervisor *sv, enum daemon_id id)
{
	struct child *c = &sv->children[id];
	pid_t pid = fork();

	if (pid == 0)
		child_exec(sv, id);
	c->start_at = 0;
	c->started_at = gh_clock_ms();
	if (pid < 0) {
		gh_log(GH_LOG_MAIN, LOG_ERR, "cannot start %s: %s", daemon_program(id),
		    strerror(errno));
		c->start_at = c->started_at + BACKOFF_MAX_MS;
		return;
	}
	c->pid = c->rec.pid = pid;
	c->rec.started_ms = gh_wallclock_ms();
	pidfile_write(sv->inst, id, &c->rec);
}

static void log_end(enum daemon_id id, int status, uint64_t wait_ms)
{
	if (WIFSIGNALED(status))
		gh_log(GH_LOG_MAIN, LOG_WARNING, "%s died of signal %d (%s); again in %llu ms",
		    daemon_program(id), WTERMSIG(status), strsignal(WTERMSIG(status)),
		    (unsigned long long)wait_ms);
	else
		gh_log(GH_LOG_MAIN, LOG_WARNING, "%s ended with status %d; again in %llu ms",
		    daemon_program(id), WEXITSTATUS(status), (unsigned long long)wait_ms);
}

static void child_ended(struct supervisor *sv, enum daemon_id id, int status)
{
	struct child *c = &sv->children[id];
	uint64_t now = gh_clock_ms();

	c->pid = 0;
	if (sv->stopping)
		return;
	if (now - c->started_at >= STEADY_MS)
		c->backoff_ms = 0;
	log_end(id, status, c->backoff_ms);
	c->start_at = now + c->backoff_ms;
	c->backoff_ms = c->backoff_ms == 0 ? BACKOFF_MIN_MS : c->backoff_ms * 2;
	if (c->backoff_ms > BACKOFF_MAX_MS)
		c->backoff_ms = BACKOFF_MAX_MS;
	c->rec.restarts++;
}

static void reap(struct supervisor *sv)
{
	int status;
	pid_t pid;

	while ((pid = waitpid(-1, &status, WNOHANG)) > 0) {
		for (unsigned id = 0; id < DAEMON_COUNT; id++) {
			if (sv->children[id].pid == pid)
				child_ended(sv, id, status);
		}
	}
}

static void signal_all(struct supervisor *sv, int signal)
{
	for (unsigned id = 0; id < DAEMON_COUNT; id++) {
		if (sv->children[id].pid > 0)
			kill(sv->children[id].pid, signal);
	}
}

static void read_signals(struct supervisor *sv)
{
	struct signalfd_siginfo si;

	while (read(sv->signals, &si, sizeof(si)) == sizeof(si)) {
		if (si.ssi_signo == SIGCHLD) {
			reap(sv);
		} else if (!sv->stopping) {
			sv->stopping = true;
			sv->kill_at = gh_clock_ms() + STOP_MS;
			signal_all(sv, SIGTERM);
		}
	}
}

static bool any_running(const struct supervisor *sv)
{
	for (unsigned id = 0; id < DAEMON_COUNT; id++) {
		if (sv->children[id].pid > 0)
			return true;
	}
	return false;
}

/* Does what is due and returns the milliseconds until something else is; -1: nothing. */
static int due(struct supervisor *sv)
{
	uint64_t now = gh_clock_ms(), next = UINT64_MAX;

	if (sv->stopping) {
		if (now >= sv->kill_at) {
			signal_all(sv, SIGKILL);
			sv->kill_at = now + STOP_MS;
		}
		return (int)(sv->kill_at - now);
	}
	for (unsigned id = 0; id < DAEMON_COUNT; id++) {
		struct child *c = &sv->children[id];

		if (c->pid == 0 && now >= c->start_at)
			child_start(sv, id);
		if (c->pid == 0 && c->start_at < next)
			next = c->start_at;
	}
	return next == UINT64_MAX ? -1 : (int)(next > now ? next - now : 0);
}

static void block_signals(struct supervisor *sv)
{
	sigset_t mask;

	sigemptyset(&mask);
	sigaddset(&mask, SIGCHLD);
	sigaddset(&mask, SIGTERM);
	sigaddset(&mask, SIGINT);
	sigprocmask(SIG_BLOCK, &mask, &sv->outer_mask);
	sv->signals = signalfd(-1, &mask, SFD_NONBLOCK | SFD_CLOEXEC);
}

void supervisor_run(const struct gh_instance *inst, int lock, char programs[DAEMON_COUNT][256])
{
	struct supervisor sv = {.inst = inst};
	struct pollfd pfd;

	setsid();
	supervisor_lock_write(lock, getpid());
	redirect_log(inst, "supervisor");
	gh_log_init("gatehouse");
	block_signals(&sv);
	pfd = (struct pollfd){.fd = sv.signals, .events = POLLIN};
	for (unsigned id = 0; id < DAEMON_COUNT; id++)
		sv.children[id].program = programs[id];
	while (!sv.stopping || any_running(&sv)) {
		poll(&pfd, 1, due(&sv));
		read_signals(&sv);
	}
	_exit(0);
}
