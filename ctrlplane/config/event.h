/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * Events: what happened, as YANG notifications (db/yang/gatehouse-events.yang), to the sessions
 * that asked by the rpc subscribe. The last ones are kept, so that a session can ask for what it
 * missed. Main loop only.
 */
#pragma once

#include <libyang/libyang.h>
#include <stddef.h>
#include <stdint.h>

struct gh_session;
struct gh_server;

/* The notification of that name, to which the caller adds leaves (gh_event_leaf). NULL without
 * memory, which the functions below take. */
struct lyd_node *gh_event_new(const struct ly_ctx *ctx, const char *name);
void gh_event_leaf(struct lyd_node *event, const char *name, const char *value);
void gh_event_number(struct lyd_node *event, const char *name, uint64_t value);

/* Sends and frees it; the time is now. Without a server (tests, start) it is only freed. */
void gh_event_publish(struct lyd_node *event);

/* Of what a commit changed; diff may be NULL, session 0 when it was none. */
void gh_event_changes(struct lyd_node *event, const struct lyd_node *diff);

/* The server says when it starts (NULL: it ends) and when a session goes. */
void gh_event_serve(struct gh_server *server);

/* Registers the rpc subscribe. */
void gh_event_rpcs_register(void);
