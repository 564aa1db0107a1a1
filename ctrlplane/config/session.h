/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * Answering an rpc (struct gh_rpc in ctrlplane/engine.h). Main loop only.
 *
 * The usual handler builds the whole output in one piece and returns 0; the server then ends the
 * answer with OK. A long list is sent in many pieces; when gh_reply_send says that the client is
 * slow, the handler stops, calls gh_reply_keep, and goes on from its `writable` callback. A handler
 * that waits for something else (a peer, a timer) also calls gh_reply_keep and finishes later.
 *
 * A kept reply stays valid until gh_reply_done or gh_reply_fail, which the handler must call
 * exactly once, also when the client has gone meanwhile (gh_reply_cancelled).
 */
#pragma once

#include <libyang/libyang.h>
#include <stdbool.h>
#include <stddef.h>

#include "common/error.h"
#include "ctrlplane/engine.h"

/* A fresh node of the rpc, to which the handler adds output nodes (lyd_new_term(node, NULL, name,
 * value, 1, NULL) and the like; note output = 1). Owned by the caller until it is sent. */
struct lyd_node *gh_reply_piece(struct gh_reply *reply);

/* Sends one piece and frees it. 0: go on; 1: go on too, but the client is slow: stop if you can
 * (gh_reply_keep); <0: the client is gone or has cancelled, or memory is short: stop. */
int gh_reply_send(struct gh_reply *reply, struct lyd_node *piece);

/* The same for text: {"gatehouse:NAME":{part of the output}}, at most GH_FRAME_MAX bytes. */
int gh_reply_send_json(struct gh_reply *reply, const char *json, size_t len);

/* The handler finishes later. `writable` (may be NULL) is called when the client has taken what was
 * sent, `cancelled` (may be NULL) when nobody waits any more; the handler then cleans up and calls
 * gh_reply_done. Calling gh_reply_keep again replaces the callbacks. */
void gh_reply_keep(struct gh_reply *reply, void (*writable)(struct gh_reply *reply, void *ctx),
    void (*cancelled)(struct gh_reply *reply, void *ctx), void *ctx);

/* End the answer of a kept reply; it is freed. */
void gh_reply_done(struct gh_reply *reply);
void gh_reply_fail(struct gh_reply *reply, const struct gh_error *err);

bool gh_reply_cancelled(const struct gh_reply *reply);

/* Who asks: the user's name; and whether secrets may be shown to him in clear. */
const char *gh_reply_user(const struct gh_reply *reply);
bool gh_reply_may_see_secrets(const struct gh_reply *reply);
