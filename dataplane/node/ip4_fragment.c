/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * Splits packets into fragments of at most meta->mtu bytes of IP (RFC 791), each a buffer of
 * its own, because not every port can send a packet in pieces.
 */
#include <rte_ip_frag.h>

#include "dataplane/eal.h"
#include "dataplane/node/ip4.h"
#include "dataplane/node/node.h"

enum { EDGE_DROP = GH_EDGE_DROP, EDGE_OUT };

#define FRAGMENTS_MAX 8 /* of the largest buffer at the smallest MTU */

GH_DROP_REASON(fragment, "ip4-fragment-failed", "Packets that could not be split into fragments");

/* rte_ip_frag wants lengths that are multiples of 8 after the header. */
static uint16_t usable_mtu(const struct rte_mbuf *m, uint16_t mtu)
{
	uint16_t header = gh_ip4_header_len(rte_pktmbuf_mtod(m, const struct rte_ipv4_hdr *));

	return (uint16_t)(header + ((mtu - header) & ~7));
}

static void finish(struct rte_mbuf *fragment, const struct rte_mbuf *whole)
{
	struct rte_ipv4_hdr *ip = rte_pktmbuf_mtod(fragment, struct rte_ipv4_hdr *);

	fragment->port = whole->port;
	fragment->packet_type = whole->packet_type;
	fragment->hash = whole->hash;
	ip->hdr_checksum = 0;
	ip->hdr_checksum = rte_ipv4_cksum(ip);
}

static void split(struct rte_graph *graph, struct rte_node *node, struct rte_mbuf *m)
{
	struct rte_mbuf *out[FRAGMENTS_MAX];
	int32_t n = rte_ipv4_fragment_copy_nonseg_packet(
	    m, out, FRAGMENTS_MAX, usable_mtu(m, gh_meta(m)->mtu), gh_pool);

	if (n <= 0) {
		rte_node_enqueue_x1(graph, node, gh_drop(m, gh_drop_fragment), m);
		return;
	}
	for (int32_t i = 0; i < n; i++) {
		finish(out[i], m);
		rte_node_enqueue_x1(graph, node, EDGE_OUT, out[i]);
	}
	rte_pktmbuf_free(m);
}

static uint16_t process(struct rte_graph *graph, struct rte_node *node, void **objs, uint16_t count)
{
	gh_trace(node, objs, count);
	for (uint16_t i = 0; i < count; i++)
		split(graph, node, objs[i]);
	return count;
}

static struct rte_node_register node = {
    .name = "ip4_fragment",
    .process = process,
    .nb_edges = 2,
    .next_nodes = {[EDGE_DROP] = "drop", [EDGE_OUT] = "eth_output"},
};
RTE_NODE_REGISTER(node)
