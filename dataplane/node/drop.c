/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * The end of packets that a node refused: counts each by its reason.
 */
#include "dataplane/node/node.h"

gh_trace_fn *gh_trace_hook;

static uint16_t process(struct rte_graph *graph, struct rte_node *node, void **objs, uint16_t count)
{
	struct rte_mbuf **m = (struct rte_mbuf **)objs;
	uint64_t *drops = gh_self->drops;

	gh_trace(node, objs, count);
	for (uint16_t i = 0; i < count; i++)
		drops[gh_meta(m[i])->drop]++;
	rte_pktmbuf_free_bulk(m, count);
	return count;
}

static struct rte_node_register node = {
    .name = "drop",
    .process = process,
};
RTE_NODE_REGISTER(node)
