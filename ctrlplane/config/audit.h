/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * The audit log: who came, committed, acted or was refused. One line an event in log/audit.log and
 * to syslog (facility authpriv; journald takes it there), never a value of the configuration. What
 * the client says of itself is marked as reported. Main loop only; never blocks.
 *
 *   2026-01-31T12:00:00Z commit user=alice uid=2000 role=admin session=7 client=gatehouse-cli
 *   reported-from="ssh from 192.0.2.1" reported-tty="/dev/pts/3" commit=12
 */
#pragma once

#include "common/error.h"

struct gh_session;

#define GH_AUDIT_FILE_MAX (16 << 20) /* bytes; then it becomes audit.log.1 */

/* Opens the log; path NULL: lines go to syslog only. Returns <0 with err set. */
int gh_audit_open(const char *path, const char *instance, struct gh_error *err);
void gh_audit_close(void);

/* event is one word; fmt adds " name=value…" and may be NULL. s may be NULL: the daemon itself. */
void gh_audit(const struct gh_session *s, const char *event, const char *fmt, ...)
    __attribute__((format(printf, 3, 4)));

/* A refused attempt. More than some in a second are counted instead of written. */
void gh_audit_refused(struct gh_session *s, const char *what);
