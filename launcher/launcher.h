/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * gatehouse: starts, stops and watches the two daemons of an instance.
 *
 * `up` prepares the instance directory, leaves a supervisor behind and waits until both daemons
 * answer. The supervisor holds a lock on run/supervisor.pid as long as it lives, enters the
 * network namespace, and restarts a daemon that dies. A daemon outlives a dead supervisor: traffic
 * does not depend on it; the next `up` or `down` finds such orphans by their pid files.
 *
 * One process, one thread. Functions return 0 or a negative errno with err set, unless they say
 * otherwise.
 */
#pragma once

#include <stdbool.h>
#include <stdint.h>
#include <sys/types.h>

#include "common/error.h"
#include "common/instance.h"

/* The daemons, in the order of their start: id, program, the operator's word, an option that keeps
 * it in the foreground (NULL: it is anyhow). */
#define DAEMONS(X)                                             \
	X(DATAPLANE, "gatehouse-dataplane", "dataplane", NULL) \
	X(GATEHOUSED, "gatehoused", "gatehoused", "--foreground")

enum daemon_id {
#define X(id, program, word, option) DAEMON_##id,
	DAEMONS(X)
#undef X
	    DAEMON_COUNT,
};

const char *daemon_program(enum daemon_id id);
const char *daemon_word(enum daemon_id id);
const char *daemon_option(enum daemon_id id);

/* --- directory.c: the instance directory --- */
int instance_prepare(const struct gh_instance *inst, struct gh_error *err);
/* Removes what `down` must not leave: the content of run/ and run/ itself. */
void instance_clear_run(const struct gh_instance *inst);
/* Calls fn for each instance on this machine. */
void instance_each(void (*fn)(const struct gh_instance *inst));
/* The absolute path of a program of this build: beside the launcher, in its build tree, or where
 * it was installed. */
int program_find(const char *program, char *path, size_t size, struct gh_error *err);

/* --- pidfile.c: who runs --- */
struct pid_record {
	pid_t pid; /* 0: not running */
	unsigned restarts;
	uint64_t started_ms; /* wall clock */
};

void pidfile_write(const struct gh_instance *inst, enum daemon_id id, const struct pid_record *rec);
/* Fills *rec from the file; pid is 0 unless that process is alive and the right program. */
void pidfile_read(const struct gh_instance *inst, enum daemon_id id, struct pid_record *rec);
/* The descriptor that holds the supervisor's lock; -EALREADY when one lives. */
int supervisor_lock(const struct gh_instance *inst, struct gh_error *err);
void supervisor_lock_write(int lock, pid_t pid);
pid_t supervisor_pid(const struct gh_instance *inst); /* 0: none */

/* --- netns.c --- */
/* A descriptor of a named network namespace. */
int netns_open(const char *name, struct gh_error *err);
/* Enters it, with the /sys that belongs to it. */
int netns_enter(int fd, struct gh_error *err);

/* --- supervisor.c --- */
/* Does not return: starts the daemons and keeps them up until SIGTERM. */
void supervisor_run(const struct gh_instance *inst, int lock, char programs[DAEMON_COUNT][256])
    __attribute__((noreturn));

/* --- session.c: a question to gatehoused --- */
enum answer { ANSWER_NONE, ANSWER_GATEHOUSED, ANSWER_BOTH };
/* Who answers: nobody, gatehoused alone, or gatehoused in sync with its dataplane. */
enum answer instance_answers(const struct gh_instance *inst);

/* --- the commands; each returns an exit status --- */
struct options {
	const char *netns, *load;
	int signal; /* restart */
};

int command_up(const struct gh_instance *inst, const struct options *opt);
int command_down(const struct gh_instance *inst);
int command_status(const struct gh_instance *inst); /* NULL: all */
int command_restart(const struct gh_instance *inst, enum daemon_id id, const struct options *opt);
/* Feeds a configuration file through gatehouse-cli and commits it. */
int load_file(const struct gh_instance *inst, const char *file, struct gh_error *err);

/* What every command prints when it fails; returns 1. */
int fail(const struct gh_error *err);
/* The last lines of a daemon's log, for the person whose start failed. */
void print_log_tail(const struct gh_instance *inst, enum daemon_id id);
