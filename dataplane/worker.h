/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * Workers: each a thread with its own graph. What a node needs from its worker is here.
 */
#pragma once

#include <pthread.h>
#include <rte_graph.h>
#include <rte_mbuf.h>
#include <rte_ring.h>
#include <stdbool.h>
#include <stdint.h>

#include "dataplane/api/dp_shm.h"
#include "dataplane/iface.h"

#define GH_WORKER_MAX GH_SHM_WORKER_MAX
#define GH_BURST 64 /* frames taken from a port or a ring at once */

struct gh_worker {
	/* read by the worker, written before it runs */
	unsigned id; /* 0..GH_WORKER_MAX-1; also its row in the shared segment and its RCU slot */
	uint64_t *drops;		      /* [reason] */
	struct gh_shm_iface_counters *ifaces; /* [interface] */
	struct gh_shm_worker *stats;
	struct rte_ring *handoff; /* from other workers, see gh_handoff */
	void *ipsec;		  /* owned by dataplane/ipsec */
	/* written by the worker once per loop */
	uint64_t now; /* TSC */
	/* private to dataplane/worker.c and police.c */
	struct gh_worker_private *private;
};

/* The calling thread's worker; set on worker threads (and by tests), NULL elsewhere. */
extern __thread struct gh_worker *gh_self;

/*
 * Hands packets to a node of another worker's graph; what does not fit is dropped and counted.
 * Meta goes with the packet. Any thread
 * that has an own row of drop counters.
 */
enum gh_handoff_to {
	GH_HANDOFF_ESP_ENCRYPT = 1,
	GH_HANDOFF_ESP_DECRYPT,
	GH_HANDOFF_ETH_OUTPUT,
	GH_HANDOFF_ICMP4_ERROR,
	GH_HANDOFF_HOST_INPUT,
};
void gh_handoff(unsigned worker, enum gh_handoff_to to, struct rte_mbuf **m, uint16_t n);

/* Workers that run; ids are 0..count-1. Changes only while every worker is stopped. */
unsigned gh_worker_count(void);
