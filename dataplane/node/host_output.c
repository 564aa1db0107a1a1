/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * Packets for Linux, each class policed for itself (meta->code says which), with the Ethernet
 * header they came with, or one of our making when they came out of a tunnel.
 */
#include <rte_ether.h>

#include "dataplane/host.h"
#include "dataplane/iface.h"
#include "dataplane/node/node.h"
#include "dataplane/worker_private.h"

enum { EDGE_DROP = GH_EDGE_DROP };

GH_DROP_REASON(vrrp, "host-police-vrrp", "VRRP packets to Linux above the class' rate");
GH_DROP_REASON(ike, "host-police-ike", "IKE packets to Linux above the class' rate");
GH_DROP_REASON(neigh, "host-police-neighbour", "ARP and ND packets to Linux above the class' rate");
GH_DROP_REASON(rest, "host-police-rest", "Other packets to Linux above the class' rate");
GH_DROP_REASON(full, "host-queue-full", "Packets to Linux that its queue did not take");
GH_DROP_REASON(headroom, "host-no-headroom", "Packets to Linux without room for a header");

static const uint16_t *const police_reason[GH_HOST_CLASS_COUNT] = {
    [GH_HOST_VRRP] = &gh_drop_vrrp,
    [GH_HOST_IKE] = &gh_drop_ike,
    [GH_HOST_NEIGH] = &gh_drop_neigh,
    [GH_HOST_REST] = &gh_drop_rest,
};

struct batch {
	struct rte_mbuf *m[GH_NODE_BURST];
	unsigned n;
};

static void write_header(struct rte_mbuf *m, struct rte_ether_hdr *eth)
{
	memcpy(&eth->dst_addr, gh_ifaces[m->port].mac, RTE_ETHER_ADDR_LEN);
	memcpy(&eth->src_addr, gh_ifaces[m->port].mac, RTE_ETHER_ADDR_LEN);
	eth->src_addr.addr_bytes[0] ^= RTE_ETHER_LOCAL_ADMIN_ADDR;
	eth->ether_type = RTE_BE16(RTE_ETHER_TYPE_IPV4);
}

/* NULL when the packet goes on, else why not. */
static const uint16_t *prepare(struct gh_worker *w, struct rte_mbuf *m)
{
	struct gh_meta *meta = gh_meta(m);
	struct rte_ether_hdr *eth;

	if (!gh_bucket_take(&w->private->host[meta->code], w->now))
		return police_reason[meta->code];
	eth = (struct rte_ether_hdr *)rte_pktmbuf_prepend(m, sizeof(*eth));
	if (eth == NULL)
		return &gh_drop_headroom;
	if (meta->flags & (GH_META_FROM_TUNNEL | GH_META_FROM_HOST))
		write_header(m, eth);
	return NULL;
}

static void send_batch(
    struct rte_graph *graph, struct rte_node *node, unsigned class, struct batch *b)
{
	unsigned sent = gh_host_enqueue(class, b->m, b->n);

	for (; sent < b->n; sent++)
		rte_node_enqueue_x1(graph, node, gh_drop(b->m[sent], gh_drop_full), b->m[sent]);
	b->n = 0;
}

static uint16_t process(struct rte_graph *graph, struct rte_node *node, void **objs, uint16_t count)
{
	struct batch batches[GH_HOST_CLASS_COUNT];

	gh_trace(node, objs, count);
	for (int c = 0; c < GH_HOST_CLASS_COUNT; c++)
		batches[c].n = 0;
	for (uint16_t i = 0; i < count; i++) {
		struct rte_mbuf *m = objs[i];
		unsigned class = gh_meta(m)->code;
		const uint16_t *bad = prepare(gh_self, m);

		if (bad != NULL) {
			rte_node_enqueue_x1(graph, node, gh_drop(m, *bad), m);
			continue;
		}
		batches[class].m[batches[class].n++] = m;
		if (batches[class].n == GH_NODE_BURST)
			send_batch(graph, node, class, &batches[class]);
	}
	for (int c = 0; c < GH_HOST_CLASS_COUNT; c++)
		if (batches[c].n > 0)
			send_batch(graph, node, (unsigned)c, &batches[c]);
	gh_host_wake();
	return count;
}

static struct rte_node_register node = {
    .name = "host_output",
    .process = process,
    .nb_edges = 1,
    .next_nodes = {[EDGE_DROP] = "drop"},
};
RTE_NODE_REGISTER(node)
