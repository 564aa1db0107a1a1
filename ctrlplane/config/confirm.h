/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * Commits that have to be confirmed, else the configuration goes back to what it was (RFC 6241
 * section 8.4). The deadline outlives the daemon: it is noted in <instance>/confirm.pending before
 * the commit, and taken up again when the daemon starts. Main loop only.
 */
#pragma once

#include <libyang/libyang.h>
#include <stdbool.h>
#include <stdint.h>

#include "common/error.h"

struct gh_confirm;
struct gh_reply;
struct gh_server;
struct gh_session;

/* The server's; takes up what an earlier daemon left. */
struct gh_confirm *gh_confirm_new(struct gh_server *server);
void gh_confirm_free(struct gh_confirm *confirm);

/* Before a commit: whether it is allowed while another waits to be confirmed. For a commit to be
 * confirmed it notes the way back. <0 with err set. */
int gh_confirm_before(struct gh_reply *reply, const struct lyd_node *input, struct gh_error *err);

/* After it: `id` is the new commit, 0 if nothing changed; failed: it was not done. Returns the
 * commit that has been confirmed by it, or 0. */
uint64_t gh_confirm_after(
    struct gh_reply *reply, const struct lyd_node *input, uint64_t id, bool failed);

/* A session has ended: its commit that only it could confirm is undone. */
void gh_confirm_session_gone(struct gh_session *s);

/* Seconds until an unconfirmed commit is undone; 0: there is none. */
uint32_t gh_confirm_within(const struct gh_server *server);

/* The session that alone may confirm; 0: none waits, or others may. */
uint32_t gh_confirm_owner(const struct gh_server *server);

/* Registers the rpc cancel-commit. */
void gh_confirm_rpcs_register(void);
