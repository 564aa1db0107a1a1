/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * Writes the Ethernet header of the packet's next hop and sends it to that interface's port_tx.
 * What has no ready next hop waits for its neighbour on the control thread.
 */
#include <rte_ether.h>

#include "dataplane/iface.h"
#include "dataplane/nexthop.h"
#include "dataplane/node/node.h"
#include "dataplane/node/ports.h"

enum { EDGE_DROP = GH_EDGE_DROP, EDGE_HOLD, EDGE_COUNT };
static_assert(GH_EDGE_PORT(1) == EDGE_COUNT, "port edges follow our own");

GH_DROP_REASON(headroom, "eth-no-headroom", "Packets without room for an Ethernet header");

static __rte_always_inline rte_edge_t write_header(struct rte_mbuf *m)
{
	uint32_t index = gh_meta(m)->nexthop;
	struct gh_nexthop nh = *gh_nexthop(index);
	char *eth;

	if (unlikely(!(nh.flags & GH_NEXTHOP_READY)))
		return EDGE_HOLD;
	if (gh_nexthop_used[index] == 0)
		gh_nexthop_used[index] = 1;
	eth = rte_pktmbuf_prepend(m, sizeof(struct rte_ether_hdr));
	if (unlikely(eth == NULL))
		return gh_drop(m, gh_drop_headroom);
	memcpy(eth, &nh, 2 * RTE_ETHER_ADDR_LEN);
	((struct rte_ether_hdr *)eth)->ether_type = RTE_BE16(RTE_ETHER_TYPE_IPV4);
	return GH_EDGE_PORT(nh.iface);
}

static __rte_always_inline void classify(
    struct gh_worker *w, struct rte_mbuf **m, rte_edge_t *next, uint16_t n)
{
	for (uint16_t i = 0; i < n; i++)
		next[i] = write_header(m[i]);
}

static uint16_t process(struct rte_graph *graph, struct rte_node *node, void **objs, uint16_t count)
{
	return gh_node_run(graph, node, objs, count, classify);
}

/* Edges to port_tx clones are added when interfaces are made. */
static struct rte_node_register node = {
    .name = "eth_output",
    .process = process,
    .nb_edges = EDGE_COUNT,
    .next_nodes = {[EDGE_DROP] = "drop", [EDGE_HOLD] = "neigh_hold"},
};
RTE_NODE_REGISTER(node)
