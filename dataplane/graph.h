/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * Building a worker's graph. Receive and transmit nodes are clones, one per interface slot and
 * queue; they are made once and stay, what they do is decided when a graph is built. Control
 * thread.
 */
#pragma once

#include <rte_graph.h>

#include "common/error.h"
#include "dataplane/worker.h"

/* Clones the nodes for a slot (and all below it) with that many receive queues. */
int gh_graph_prepare(uint16_t iface, uint16_t rxqs, struct gh_error *err);

/* Call once before the first graph. */
int gh_graph_init(struct gh_error *err);

struct rte_graph *gh_graph_create(struct gh_worker *w, struct gh_error *err);
void gh_graph_destroy(struct rte_graph *graph);

/* The worker whose graph is being built: for init functions of nodes. */
extern struct gh_worker *gh_graph_worker;
