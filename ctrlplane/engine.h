/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * An engine is a participant of the configuration transaction: net, ike, and later vrrp, ha, kpi.
 *
 * A commit runs: libyang validates the candidate; each engine verifies; each engine applies in
 * registration order; the store makes it durable; running becomes visible. If an apply or the
 * store fails, the engines that had applied are called again with the change reversed (undo is
 * apply of the opposite diff, so there is one code path), last one first. At start the same code
 * applies the stored configuration as a change from the empty one.
 *
 * All callbacks run on gatehoused's main loop (libev default loop) and may not block. Trees belong
 * to the caller and are valid during the call only.
 */
#pragma once

#include <libyang/libyang.h>
#include <sys/queue.h>

#include "common/error.h"

/* What a commit changes. */
struct gh_change {
	const struct lyd_node *before; /* whole running, with defaults; NULL: empty */
	const struct lyd_node *after;  /* whole candidate, validated, with defaults */
	const struct lyd_node *diff;   /* libyang diff (yang:operation metadata), before -> after */
};

/* Where an RPC handler or a state provider puts its answer; see ctrlplane/config/session.h. */
struct gh_reply;

struct gh_engine {
	/* Also the argument of the gh:engine extension in the model: a configured statement
	 * whose engine is not registered is listed at commit as not yet active. */
	const char *name;
	/* May refuse: returns <0 and sets err (path and reason). Changes nothing. Optional. */
	int (*verify)(void *ctx, const struct gh_change *chg, struct gh_error *err);
	/* Takes the change over. Returns <0 and sets err only if it has left its state as before.
	 */
	int (*apply)(void *ctx, const struct gh_change *chg, struct gh_error *err);
	void *ctx;
	TAILQ_ENTRY(gh_engine) next; /* the registry's */
};

/* An operational command: the handler of one YANG rpc, by name. */
struct gh_rpc {
	const char *name; /* as in db/yang, e.g. "show-ike-sa" */
	/* input: the rpc node with its input children. Output goes out in pieces by gh_reply_*.
	 * Returns 0, or <0 with err set. May keep `reply` beyond the call, see session.h. */
	int (*handle)(
	    void *ctx, const struct lyd_node *input, struct gh_reply *reply, struct gh_error *err);
	void *ctx;
	TAILQ_ENTRY(gh_rpc) next;
};

void gh_engine_register(struct gh_engine *engine);
void gh_rpc_register(struct gh_rpc *rpc);
