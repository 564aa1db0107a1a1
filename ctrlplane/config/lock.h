/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * Locks, as RFC 6241 section 7.5 has them, between the sessions of all programs. A lock on running
 * keeps others from committing; one on candidate keeps others from editing their candidates, and so
 * also from committing. A session's locks end with it. Main loop only.
 */
#pragma once

#include <stdbool.h>
#include <stdint.h>

#include "common/error.h"

struct gh_reply;
struct gh_session;

enum gh_lock_target { GH_LOCK_RUNNING, GH_LOCK_CANDIDATE, GH_LOCK_COUNT };

struct gh_lock {
	uint32_t session;  /* 0: free */
	uint64_t since_ms; /* wall clock */
};

/* Whether the session that asks may change its candidate, or commit: -EBUSY with err set, naming
 * who holds the lock. */
int gh_lock_check_edit(const struct gh_reply *reply, struct gh_error *err);
int gh_lock_check_commit(const struct gh_reply *reply, struct gh_error *err);

void gh_lock_session_gone(struct gh_session *s);

/* Whether the session holds it. */
bool gh_lock_holds(const struct gh_session *s, enum gh_lock_target target);
const char *gh_lock_name(enum gh_lock_target target);

/* Registers the rpcs lock, unlock and kill-session. */
void gh_lock_rpcs_register(void);
