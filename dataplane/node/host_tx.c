/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * Frames of Linux that leave as they are, by the port whose TAP they came from.
 */
#include <rte_ether.h>

#include "dataplane/node/node.h"
#include "dataplane/node/ports.h"

enum { EDGE_DROP = GH_EDGE_DROP, EDGE_UNUSED, EDGE_COUNT };
static_assert(GH_EDGE_PORT(1) == EDGE_COUNT, "port edges follow our own");

static void classify(struct gh_worker *w, struct rte_mbuf **m, rte_edge_t *next, uint16_t n)
{
	for (uint16_t i = 0; i < n; i++) {
		/* The header is still there: host_input only stepped over it. */
		rte_pktmbuf_prepend(m[i], sizeof(struct rte_ether_hdr));
		next[i] = GH_EDGE_PORT(m[i]->port);
	}
}

static uint16_t process(struct rte_graph *graph, struct rte_node *node, void **objs, uint16_t count)
{
	return gh_node_run(graph, node, objs, count, classify);
}

/* Edges to port_tx clones are added when interfaces are made. */
static struct rte_node_register node = {
    .name = "host_tx",
    .process = process,
    .nb_edges = EDGE_COUNT,
    .next_nodes = {[EDGE_DROP] = "drop", [EDGE_UNUSED] = "drop"},
};
RTE_NODE_REGISTER(node)
