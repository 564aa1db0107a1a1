/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * The side of a worker (dataplane/worker.h) that only the dataplane's own nodes and its control
 * thread touch.
 */
#pragma once

#include <stdatomic.h>

#include "common/error.h"
#include "dataplane/host_class.h"
#include "dataplane/police.h"
#include "dataplane/worker.h"

struct gh_worker_private {
	/* written by the control thread while the worker does not run */
	int cpu; /* -1: not pinned */
	pthread_t thread;
	bool threaded; /* false: driven by gh_worker_walk (tests) */
	struct rte_ring *from_host;
	/* between the two */
	_Atomic(struct rte_graph *) graph; /* in use: written by the worker */
	_Atomic(struct rte_graph *) next;  /* to be used: written by the control thread */
	atomic_bool stop;
	unsigned graph_number;
	/* the worker's own */
	uint64_t found; /* packets that source nodes took in this walk */
	struct gh_bucket host[GH_HOST_CLASS_COUNT];
	struct gh_bucket icmp;
	uint16_t ip_id;
	struct rte_ip_frag_tbl *fragments;
};

/* One worker on each CPU of the bitmap; none: one that is not pinned. Traffic pauses for
 * a moment. Control thread. 0 or negative errno. */
int gh_workers_set(const struct gh_dp_workers *set, struct gh_error *err);

/* Workers without threads, driven by gh_worker_walk: tests. */
int gh_workers_set_inline(unsigned count, struct gh_error *err);

/* Ports changed: every worker gets a new graph; returns when all use theirs. */
int gh_workers_rebuild(struct gh_error *err);
void gh_workers_stop(void);

struct gh_worker *gh_worker(unsigned id);

/* The worker that serves receive queue q of an interface; of queue 0: also what the host sends,
 * and transmission when the port has too few transmit queues. */
unsigned gh_worker_of_queue(uint16_t iface, uint16_t q);

/* One walk of a worker's graph; number of packets that came in. */
uint64_t gh_worker_walk(struct gh_worker *w);
