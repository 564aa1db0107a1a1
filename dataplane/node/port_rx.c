/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * Receives from one queue of one port. Cloned per interface slot and queue.
 */
#include <rte_ethdev.h>

#include "dataplane/graph.h"
#include "dataplane/iface_table.h"
#include "dataplane/node/node.h"
#include "dataplane/node/ports.h"
#include "dataplane/worker_private.h"

enum { EDGE_DROP = GH_EDGE_DROP, EDGE_INPUT };

static_assert(sizeof(struct gh_port_ctx) <= RTE_NODE_CTX_SZ, "fits a node's context");

GH_DROP_REASON(full, "port-queue-full", "Frames that a port did not take in time");

/* Frames of workers that have no transmit queue on this port. */
static void send_for_others(const struct gh_port_ctx *ctx)
{
	struct gh_shm_iface_counters *c = &gh_self->ifaces[ctx->iface];
	struct rte_mbuf *m[GH_BURST];
	unsigned n, sent;

	if (likely(rte_ring_empty(ctx->ring)))
		return;
	n = rte_ring_sc_dequeue_burst(ctx->ring, (void **)m, GH_BURST, NULL);
	sent = rte_eth_tx_burst(ctx->ethdev, 0, m, (uint16_t)n);
	gh_self->private->found += n;
	if (likely(sent == n))
		return;
	c->tx_full += n - sent;
	gh_self->drops[gh_drop_full] += n - sent;
	rte_pktmbuf_free_bulk(m + sent, n - sent);
}

static uint16_t process(struct rte_graph *graph, struct rte_node *node, void **objs, uint16_t count)
{
	const struct gh_port_ctx *ctx = (const struct gh_port_ctx *)(const void *)node->ctx;
	struct gh_worker *w = gh_self;
	struct gh_shm_iface_counters *c = &w->ifaces[ctx->iface];
	struct rte_mbuf **m = (struct rte_mbuf **)node->objs;
	uint64_t bytes = 0;
	uint16_t n;

	if (ctx->ring != NULL && ctx->queue == 0)
		send_for_others(ctx);
	n = rte_eth_rx_burst(ctx->ethdev, ctx->queue, m, GH_BURST);
	if (n == 0)
		return 0;
	for (uint16_t i = 0; i < n; i++) {
		m[i]->port = ctx->iface;
		bytes += m[i]->pkt_len;
	}
	c->rx_packets += n;
	c->rx_bytes += bytes;
	w->private->found += n;
	node->idx = n;
	gh_trace(node, node->objs, n);
	rte_node_next_stream_move(graph, node, EDGE_INPUT);
	return n;
}

static int init(const struct rte_graph *graph, struct rte_node *node)
{
	struct gh_port_ctx *ctx = (struct gh_port_ctx *)(void *)node->ctx;
	const struct gh_port *port;
	unsigned slot, queue;

	if (sscanf(node->name, "port_rx-%u-%u", &slot, &queue) != 2)
		return 0; /* the parent of the clones: never walked */
	port = gh_iface_port((uint16_t)slot);
	if (port == NULL)
		return -ENODEV;
	*ctx = (struct gh_port_ctx){.ring = port->tx_ring,
	    .ethdev = port->ethdev,
	    .queue = (uint16_t)queue,
	    .iface = (uint16_t)slot};
	return 0;
}

static struct rte_node_register node = {
    .name = "port_rx",
    .flags = RTE_NODE_SOURCE_F,
    .process = process,
    .init = init,
    .nb_edges = 2,
    .next_nodes = {[EDGE_DROP] = "drop", [EDGE_INPUT] = "eth_input"},
};
RTE_NODE_REGISTER(node)
