/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * Packets whose next hop cannot be sent to now: to the control thread, which has Linux resolve
 * the neighbour; refused when the neighbour is known not to answer or the route has gone.
 */
#include "dataplane/loop.h"
#include "dataplane/neigh.h"
#include "dataplane/nexthop.h"
#include "dataplane/node/icmp4.h"
#include "dataplane/node/node.h"

enum { EDGE_DROP = GH_EDGE_DROP, EDGE_ICMP };

GH_DROP_REASON(
    full, "neighbour-flood", "Packets to unresolved neighbours beyond what can be handled");

static uint16_t process(struct rte_graph *graph, struct rte_node *node, void **objs, uint16_t count)
{
	bool held = false;

	gh_trace(node, objs, count);
	for (uint16_t i = 0; i < count; i++) {
		struct rte_mbuf *m = objs[i];

		if (gh_nexthop(gh_meta(m)->nexthop)->flags &
		    (GH_NEXTHOP_REFUSE | GH_NEXTHOP_DROP)) {
			gh_meta(m)->code = GH_ICMP4_HOST_UNREACHABLE;
			rte_node_enqueue_x1(graph, node, EDGE_ICMP, m);
		} else if (rte_ring_mp_enqueue(gh_neigh_ring, m) == 0) {
			held = true;
		} else {
			rte_node_enqueue_x1(graph, node, gh_drop(m, gh_drop_full), m);
		}
	}
	if (held)
		gh_wakeup_ring(&gh_loop_wakeup);
	return count;
}

static struct rte_node_register node = {
    .name = "neigh_hold",
    .process = process,
    .nb_edges = 2,
    .next_nodes = {[EDGE_DROP] = "drop", [EDGE_ICMP] = "icmp4_error"},
};
RTE_NODE_REGISTER(node)
