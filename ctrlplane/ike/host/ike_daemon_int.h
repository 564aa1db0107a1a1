/* SPDX-License-Identifier: BSD-3-Clause */
/* What the files of this folder share. */
#pragma once

#include <ev.h>

#include "ctrlplane/engine.h"
#include "ctrlplane/ike/host/children.h"
#include "ctrlplane/ike/host/counters.h"
#include "ctrlplane/ike/host/ike_daemon.h"
#include "ctrlplane/ike/host/ike_udp.h"
#include "ctrlplane/ike/host/job_pool.h"
#include "ctrlplane/ike/host/outbox.h"
#include "ctrlplane/ike/host/record_log.h"
#include "ctrlplane/ike/ike.h"

#define IKE_VRF "main" /* the VRF that IKE serves */

struct ike_daemon {
	struct ev_loop *loop;
	const struct gh_instance *inst;
	struct gh_dpc *dpc;
	const struct ly_ctx *schema;
	struct ike_engine *engine;
	struct ike_udp *udp;	    /* NULL until started */
	struct job_pool *pool;	    /* NULL until started */
	struct record_log *records; /* NULL until started */
	struct outbox *outbox;
	struct children *children;
	struct counters *counters;
	ev_timer timer;
	bool started;
	struct gh_engine participant;
	struct gh_dpc_provider provider;
	struct gh_dpc_listener listener;
	struct gh_rpc rpcs[8];
};

/* apply.c */
void ike_apply_init(struct ike_daemon *d);

/* show.c */
void ike_show_init(struct ike_daemon *d);
