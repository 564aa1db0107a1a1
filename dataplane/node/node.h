/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * Conventions of graph nodes.
 *
 * One node a file, registered by RTE_NODE_REGISTER with the file's name. Edge 0 of every node is
 * "drop". Nodes work on whole bursts: decide each packet's edge, then gh_node_dispatch, which moves
 * the stream whole when all go the same way. No node logs, allocates from libc, locks, or makes a
 * system call; counters are the worker's own.
 */
#pragma once

#include <rte_branch_prediction.h>
#include <rte_graph.h>
#include <rte_graph_worker.h>
#include <rte_mbuf.h>
#include <stdint.h>

#include "dataplane/drop.h"
#include "dataplane/mbuf_meta.h"
#include "dataplane/worker.h"

#define GH_EDGE_DROP 0
#define GH_NODE_BURST 64 /* packets decided at a time: arrays on the stack have this size */

/* Looked at by trace tools and tests when set; NULL in operation. Called at a node's entry. */
typedef void gh_trace_fn(const struct rte_node *node, struct rte_mbuf *const *m, uint16_t n);
extern gh_trace_fn *gh_trace_hook;

static __rte_always_inline void gh_trace(const struct rte_node *node, void **objs, uint16_t n)
{
	if (unlikely(gh_trace_hook != NULL))
		gh_trace_hook(node, (struct rte_mbuf *const *)objs, n);
}

/* Marks a packet with its reason and returns the edge it takes: next[i] = gh_drop(m, reason). */
static __rte_always_inline rte_edge_t gh_drop(struct rte_mbuf *m, uint16_t reason)
{
	gh_meta(m)->drop = reason;
	return GH_EDGE_DROP;
}

/*
 * Sends objs[at .. at+n) along next[0 .. n). `total` is the number of objects of the node's call:
 * when the piece is the whole call and goes one way, the stream moves without a copy.
 */
static __rte_always_inline void gh_node_dispatch(struct rte_graph *graph, struct rte_node *node,
    void **objs, uint16_t at, uint16_t n, uint16_t total, const rte_edge_t *next)
{
	uint16_t start = 0, i;

	while (start < n) {
		for (i = start + 1; i < n && next[i] == next[start]; i++)
			;
		if (likely(i - start == total && objs == node->objs)) {
			rte_node_next_stream_move(graph, node, next[start]);
			return;
		}
		rte_node_enqueue(graph, node, next[start], objs + at + start, i - start);
		start = i;
	}
}

/* Decides the edges of n <= GH_NODE_BURST packets. */
typedef void gh_classify_fn(struct gh_worker *w, struct rte_mbuf **m, rte_edge_t *next, uint16_t n);

/* The body of a node that only decides edges; classify is inlined. */
static __rte_always_inline uint16_t gh_node_run(struct rte_graph *graph, struct rte_node *node,
    void **objs, uint16_t total, gh_classify_fn *classify)
{
	rte_edge_t next[GH_NODE_BURST];

	gh_trace(node, objs, total);
	for (uint16_t at = 0; at < total; at += GH_NODE_BURST) {
		uint16_t n = RTE_MIN(total - at, GH_NODE_BURST);

		classify(gh_self, (struct rte_mbuf **)objs + at, next, n);
		gh_node_dispatch(graph, node, objs, at, n, total, next);
	}
	return total;
}
