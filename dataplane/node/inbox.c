/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * What comes into a worker's graph from other threads: packets handed over by workers and by the
 * control thread, and frames from the host.
 */
#include "dataplane/node/node.h"
#include "dataplane/worker_private.h"

static uint16_t from_others(struct rte_graph *graph, struct rte_node *node, struct gh_worker *w)
{
	struct rte_mbuf *m[GH_BURST];
	rte_edge_t next[GH_BURST];
	unsigned n = rte_ring_sc_dequeue_burst(w->handoff, (void **)m, GH_BURST, NULL);

	for (unsigned i = 0; i < n; i++)
		next[i] = m[i]->vlan_tci; /* enum gh_handoff_to */
	gh_node_dispatch(graph, node, (void **)m, 0, (uint16_t)n, (uint16_t)n, next);
	return (uint16_t)n;
}

static uint16_t from_host(struct rte_graph *graph, struct rte_node *node, struct gh_worker *w)
{
	void *m[GH_BURST];
	unsigned n = rte_ring_sc_dequeue_burst(w->private->from_host, m, GH_BURST, NULL);

	if (n > 0)
		rte_node_enqueue(graph, node, GH_HANDOFF_HOST_INPUT, m, (uint16_t)n);
	return (uint16_t)n;
}

static uint16_t process(struct rte_graph *graph, struct rte_node *node, void **objs, uint16_t count)
{
	struct gh_worker *w = gh_self;
	uint16_t n = 0;

	if (!rte_ring_empty(w->handoff))
		n += from_others(graph, node, w);
	if (!rte_ring_empty(w->private->from_host))
		n += from_host(graph, node, w);
	w->private->found += n;
	return n;
}

static struct rte_node_register node = {
    .name = "inbox",
    .flags = RTE_NODE_SOURCE_F,
    .process = process,
    .nb_edges = 6,
    .next_nodes = {[GH_EDGE_DROP] = "drop",
	[GH_HANDOFF_ESP_ENCRYPT] = "esp_encrypt",
	[GH_HANDOFF_ESP_DECRYPT] = "esp_decrypt",
	[GH_HANDOFF_ETH_OUTPUT] = "eth_output",
	[GH_HANDOFF_ICMP4_ERROR] = "icmp4_error",
	[GH_HANDOFF_HOST_INPUT] = "host_input"},
};
RTE_NODE_REGISTER(node)
