/* SPDX-License-Identifier: BSD-3-Clause */
#include "common/log.h"

#include <stdarg.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

static const char *const words[GH_LOG_COUNT] = {
#define X(id, word) [GH_LOG_##id] = word,
    GH_LOG_SUBSYSTEMS(X)
#undef X
};

static _Atomic int levels[GH_LOG_COUNT];
static const char *program_name = "gatehouse";
static bool to_journal;

void gh_log_init(const char *program)
{
	const char *level = getenv("GATEHOUSE_LOG");
	bool debug = level != NULL && strcmp(level, "debug") == 0;

	program_name = program;
	to_journal = getenv("JOURNAL_STREAM") != NULL;
	for (int i = 0; i < GH_LOG_COUNT; i++)
		levels[i] = debug ? LOG_DEBUG : LOG_INFO;
}

void gh_log_set_level(enum gh_log_subsystem subsystem, int level)
{
	levels[subsystem] = level;
}

bool gh_log_enabled(enum gh_log_subsystem subsystem, int level)
{
	return level <= levels[subsystem];
}

static size_t put_prefix(char *line, size_t size, enum gh_log_subsystem subsystem, int level)
{
	struct timespec now;
	struct tm tm;
	char when[32];

	if (to_journal)
		return (size_t)snprintf(line, size, "<%d>%s: ", level, words[subsystem]);
	clock_gettime(CLOCK_REALTIME, &now);
	gmtime_r(&now.tv_sec, &tm);
	strftime(when, sizeof(when), "%Y-%m-%dT%H:%M:%S", &tm);
	return (size_t)snprintf(line, size, "%s.%03ldZ %s[%d] %s: ", when, now.tv_nsec / 1000000,
	    program_name, getpid(), words[subsystem]);
}

void gh_log(enum gh_log_subsystem subsystem, int level, const char *fmt, ...)
{
	char line[1024];
	va_list ap;
	size_t n;
	int m;

	if (!gh_log_enabled(subsystem, level))
		return;
	n = put_prefix(line, sizeof(line) - 1, subsystem, level);
	va_start(ap, fmt);
	m = vsnprintf(line + n, sizeof(line) - 1 - n, fmt, ap);
	va_end(ap);
	n += m < 0 ? 0 : (size_t)m;
	if (n > sizeof(line) - 2)
		n = sizeof(line) - 2;
	line[n++] = '\n';
	/* One write, so that lines of several threads never mix. */
	if (write(STDERR_FILENO, line, n) < 0)
		return;
}
