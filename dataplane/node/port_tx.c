/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * Transmits on one port. Cloned per interface slot; each worker uses a queue of its own, or where
 * the port has too few, hands the frames to the worker that owns the queue.
 */
#include <rte_ethdev.h>

#include "dataplane/graph.h"
#include "dataplane/iface_table.h"
#include "dataplane/node/node.h"
#include "dataplane/node/ports.h"
#include "dataplane/worker_private.h"

GH_DROP_REASON(full, "port-tx-full", "Frames that a port did not take");
GH_DROP_REASON(gone, "port-gone", "Frames for an interface that was removed");

static uint64_t total_bytes(struct rte_mbuf *const *m, uint16_t n)
{
	uint64_t bytes = 0;

	for (uint16_t i = 0; i < n; i++)
		bytes += m[i]->pkt_len;
	return bytes;
}

static uint16_t transmit(const struct gh_port_ctx *ctx, struct rte_mbuf **m, uint16_t n)
{
	if (unlikely(ctx->ethdev == GH_PORT_NONE))
		return 0;
	if (likely(ctx->queue != UINT16_MAX))
		return rte_eth_tx_burst(ctx->ethdev, ctx->queue, m, n);
	return (uint16_t)rte_ring_mp_enqueue_burst(ctx->ring, (void **)m, n, NULL);
}

static uint16_t process(struct rte_graph *graph, struct rte_node *node, void **objs, uint16_t count)
{
	const struct gh_port_ctx *ctx = (const struct gh_port_ctx *)(const void *)node->ctx;
	struct gh_shm_iface_counters *c = &gh_self->ifaces[ctx->iface];
	struct rte_mbuf **m = (struct rte_mbuf **)objs;
	uint64_t bytes = total_bytes(m, count);
	uint16_t sent, left;

	gh_trace(node, objs, count);
	sent = transmit(ctx, m, count);
	if (unlikely(sent < count)) {
		left = count - sent;
		bytes -= total_bytes(m + sent, left);
		c->tx_full += left;
		gh_self->drops[ctx->ethdev == GH_PORT_NONE ? gh_drop_gone : gh_drop_full] += left;
		rte_pktmbuf_free_bulk(m + sent, left);
	}
	c->tx_packets += sent;
	c->tx_bytes += bytes;
	return count;
}

static uint16_t own_queue(const struct gh_port *port, uint16_t slot)
{
	const struct gh_worker *w = gh_graph_worker;

	if (port->tx_ring == NULL)
		return (uint16_t)w->id;
	return gh_worker_of_queue(slot, 0) == w->id ? 0 : UINT16_MAX;
}

static int init(const struct rte_graph *graph, struct rte_node *node)
{
	struct gh_port_ctx *ctx = (struct gh_port_ctx *)(void *)node->ctx;
	const struct gh_port *port = NULL;
	unsigned slot = 0;

	if (sscanf(node->name, "port_tx-%u", &slot) == 1)
		port = gh_iface_port((uint16_t)slot);
	*ctx = (struct gh_port_ctx){.ethdev = GH_PORT_NONE, .iface = (uint16_t)slot};
	if (port == NULL)
		return 0;
	ctx->ring = port->tx_ring;
	ctx->ethdev = port->ethdev;
	ctx->queue = own_queue(port, (uint16_t)slot);
	return 0;
}

static struct rte_node_register node = {
    .name = "port_tx",
    .process = process,
    .init = init,
    .nb_edges = 1,
    .next_nodes = {[GH_EDGE_DROP] = "drop"},
};
RTE_NODE_REGISTER(node)
