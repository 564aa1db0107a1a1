/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * Records on their way to the dataplane, gathered into frames. One frame is under way at a time:
 * that keeps the order strict when a frame fails in its middle, and lets records gather meanwhile.
 *
 * Within that order an SA_SET may overtake POLICY_SETs and a POLICY_DEL may overtake SA_DELs
 * (neither ever refers to what it overtakes), so that the usual "SAs, policies, SAs, policies" of
 * many tunnels becomes two frames.
 *
 * Threads: the owner's only. The queue owns its frames; record bytes are wiped when freed.
 */
#pragma once

#include <stdint.h>
#include <sys/queue.h>

#include "ctrlplane/dpclient/dpclient.h"

#define GH_DPQ_BATCH 4096u /* records a frame, so that the dataplane's control loop breathes */

struct gh_dpq_frame {
	TAILQ_ENTRY(gh_dpq_frame) next;
	uint16_t type;	      /* enum gh_dp_type */
	bool sent;	      /* under way: nothing may join */
	uint32_t record_size; /* 0: a frame without a body */
	uint32_t count, room;
	uint8_t *records;
	struct gh_dpc_done *done; /* one for each record */
};

TAILQ_HEAD(gh_dpq, gh_dpq_frame);

/* Queues one record; 0 or -ENOMEM. */
int gh_dpq_add(
    struct gh_dpq *q, uint16_t type, const void *record, uint32_t size, struct gh_dpc_done done);

/* The first frame was answered: takes it off, puts what stands behind a failed record back in
 * front, and calls every decided record's done. */
void gh_dpq_answer(struct gh_dpq *q, const struct gh_dp_reply *reply);

/* The connection is gone: everything ends with -ENOTCONN. */
void gh_dpq_abort(struct gh_dpq *q);
