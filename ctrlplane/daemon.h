/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * What the parts of gatehoused get from ctrlplane/main.c when they start, and how they start.
 * Main loop only.
 */
#pragma once

#include <ev.h>
#include <libyang/libyang.h>

#include "common/error.h"
#include "common/instance.h"

struct gh_dpc;

struct gh_daemon {
	const struct gh_instance *instance;
	struct ev_loop *loop;	     /* the default loop */
	const struct ly_ctx *schema; /* the model */
	struct gh_dpc *dpc;	     /* the dataplane client; connects when the loop runs */
};

/*
 * A part's start: creates what it needs, registers its engine and rpcs (ctrlplane/engine.h). Called
 * before the stored configuration is applied. Returns <0 with err set to keep the daemon from
 * starting. Its stop frees all and is called after the loop has ended, last started first; it does
 * not undo what the configuration made (traffic goes on while the daemon is away).
 *
 * The daemon starts parts in the order of the table in ctrlplane/main.c; a part adds one line
 * there: int gh_net_start(struct gh_daemon *daemon, struct gh_error *err); void gh_net_stop(void);
 */
struct gh_part {
	const char *name;
	int (*start)(struct gh_daemon *daemon, struct gh_error *err);
	/* After the stored configuration was applied, before the loop runs. Optional. */
	int (*ready)(struct gh_error *err);
	void (*stop)(void);
};

/* The running configuration, with defaults; never NULL once the daemon serves. Valid until the
 * next commit. */
const struct lyd_node *gh_running(void);
