/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * Log lines to stderr, with the syslog priority in front where journald reads it.
 * A line says what happened in plain words and never holds a secret. Any thread may log; the
 * packet path does not (it counts instead).
 */
#pragma once

#include <stdbool.h>

/* Subsystems: one list gives the enum and the word the operator types. */
#define GH_LOG_SUBSYSTEMS(X)      \
	X(MAIN, "main")           \
	X(CONFIG, "config")       \
	X(NET, "net")             \
	X(IKE, "ike")             \
	X(IPSEC, "ipsec")         \
	X(DATAPLANE, "dataplane") \
	X(VRRP, "vrrp")           \
	X(HA, "ha")               \
	X(KPI, "kpi")             \
	X(SHELL, "shell")

enum gh_log_subsystem {
#define X(id, word) GH_LOG_##id,
	GH_LOG_SUBSYSTEMS(X)
#undef X
	    GH_LOG_COUNT,
};

/* Levels are those of syslog(3): LOG_ERR, LOG_WARNING, LOG_NOTICE, LOG_INFO, LOG_DEBUG. */
#include <syslog.h>

/* program appears in each line when stderr is not the journal's. With GATEHOUSE_LOG=debug in the
 * environment every subsystem starts at LOG_DEBUG. */
void gh_log_init(const char *program);

/* At run time, any thread. The default is LOG_INFO. */
void gh_log_set_level(enum gh_log_subsystem subsystem, int level);
bool gh_log_enabled(enum gh_log_subsystem subsystem, int level);

void gh_log(enum gh_log_subsystem subsystem, int level, const char *fmt, ...)
    __attribute__((format(printf, 3, 4)));
