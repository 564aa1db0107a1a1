/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * Routes packets that the gateway makes itself (ICMP errors); ip4_input has done so for others.
 */
#include "dataplane/fib.h"
#include "dataplane/host_class.h"
#include "dataplane/node/ip4.h"
#include "dataplane/node/node.h"

enum { EDGE_DROP = GH_EDGE_DROP, EDGE_OUT, EDGE_HOST };

GH_DROP_REASON(noroute, "ip4-own-no-route", "Packets of our own making to which no route leads");

static rte_edge_t route(struct rte_mbuf *m)
{
	uint32_t nexthop = gh_fib_lookup(gh_ip4_dst(rte_pktmbuf_mtod(m, struct rte_ipv4_hdr *)));
	uint16_t flags = gh_nexthop(nexthop)->flags;

	if (flags & GH_NEXTHOP_LOCAL) {
		gh_meta(m)->code = GH_HOST_REST;
		return EDGE_HOST;
	}
	if (flags & (GH_NEXTHOP_REFUSE | GH_NEXTHOP_DROP))
		return gh_drop(m, gh_drop_noroute);
	gh_meta(m)->nexthop = nexthop;
	return EDGE_OUT;
}

static void classify(struct gh_worker *w, struct rte_mbuf **m, rte_edge_t *next, uint16_t n)
{
	for (uint16_t i = 0; i < n; i++)
		next[i] = route(m[i]);
}

static uint16_t process(struct rte_graph *graph, struct rte_node *node, void **objs, uint16_t count)
{
	return gh_node_run(graph, node, objs, count, classify);
}

static struct rte_node_register node = {
    .name = "ip4_lookup",
    .process = process,
    .nb_edges = 3,
    .next_nodes = {[EDGE_DROP] = "drop", [EDGE_OUT] = "eth_output", [EDGE_HOST] = "host_output"},
};
RTE_NODE_REGISTER(node)
