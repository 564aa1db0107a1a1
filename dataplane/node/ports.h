/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * Edges to port_tx clones, shared by the nodes that transmit: edge 0 drop, 1 the node's own, then
 * one per interface slot from 1 on.
 */
#pragma once

#include <rte_ethdev.h>
#include <rte_ring.h>

#define GH_EDGE_PORT(slot) ((rte_edge_t)(1 + (slot)))

/* Context of port_rx and port_tx clones, set when a graph is built. */
struct gh_port_ctx {
	struct rte_ring *ring; /* frames for a transmit queue that another worker owns */
	uint16_t ethdev;       /* UINT16_MAX: the slot has no port */
	uint16_t queue;	       /* UINT16_MAX: not ours, send by the ring */
	uint16_t iface;
};
