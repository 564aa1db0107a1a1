/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * IPv4 packets from the wire and out of tunnels: are they sound (RFC 1812 5.2.2), and are they for
 * this gateway. The route is looked up here, because the answer tells both.
 */
#include "dataplane/fib.h"
#include "dataplane/node/ip4.h"
#include "dataplane/node/node.h"

enum { EDGE_DROP = GH_EDGE_DROP, EDGE_LOCAL, EDGE_POLICY };

GH_DROP_REASON(length, "ip4-bad-length", "IPv4 packets whose length fields contradict the frame");
GH_DROP_REASON(version, "ip4-bad-version", "Packets that are not version 4 in spite of their type");
GH_DROP_REASON(checksum, "ip4-bad-checksum", "IPv4 packets with a wrong header checksum");
GH_DROP_REASON(martian, "ip4-martian", "IPv4 packets with an address that must not be on the wire");
GH_DROP_REASON(l2, "ip4-l2-broadcast", "IPv4 packets to a single host in a broadcast frame");
GH_DROP_REASON(multicast, "ip4-tunnel-multicast", "Multicast or broadcast packets out of a tunnel");

/* NULL when the header is sound, else the reason. */
static __rte_always_inline const uint16_t *check_header(struct rte_mbuf *m)
{
	const struct rte_ipv4_hdr *ip = rte_pktmbuf_mtod(m, const struct rte_ipv4_hdr *);
	uint16_t len, header_len;

	if (unlikely(m->data_len < sizeof(*ip)))
		return &gh_drop_length;
	if (unlikely(ip->version_ihl >> 4 != 4))
		return &gh_drop_version;
	len = rte_be_to_cpu_16(ip->total_length);
	header_len = gh_ip4_header_len(ip);
	if (unlikely(header_len < sizeof(*ip) || len < header_len || len > m->data_len))
		return &gh_drop_length;
	if (unlikely(rte_raw_cksum(ip, header_len) != 0xffff))
		return &gh_drop_checksum;
	if (unlikely(gh_ip4_bad_source(gh_ip4_src(ip)) || gh_ip4_is_loopback(gh_ip4_dst(ip))))
		return &gh_drop_martian;
	/* Ethernet pads short frames. */
	m->data_len = len;
	m->pkt_len = len;
	return NULL;
}

static rte_edge_t to_many(struct rte_mbuf *m)
{
	if (gh_meta(m)->flags & GH_META_FROM_TUNNEL)
		return gh_drop(m, gh_drop_multicast);
	return EDGE_LOCAL;
}

static __rte_always_inline rte_edge_t route(struct rte_mbuf *m, uint32_t dst, uint32_t nexthop)
{
	uint16_t flags = gh_nexthop(nexthop)->flags;

	if (unlikely(gh_ip4_is_multicast(dst) || gh_ip4_is_broadcast(dst)))
		return to_many(m);
	if (flags & GH_NEXTHOP_LOCAL)
		return EDGE_LOCAL;
	if (unlikely(gh_meta(m)->flags & GH_META_L2_MULTI))
		return gh_drop(m, gh_drop_l2);
	if (unlikely(dst >> 24 == 0 || gh_ip4_src(rte_pktmbuf_mtod(m, struct rte_ipv4_hdr *)) == 0))
		return gh_drop(m, gh_drop_martian);
	gh_meta(m)->nexthop = nexthop;
	return EDGE_POLICY;
}

static __rte_always_inline void classify(
    struct gh_worker *w, struct rte_mbuf **m, rte_edge_t *next, uint16_t n)
{
	uint32_t dst[GH_NODE_BURST], nexthop[GH_NODE_BURST];
	const uint16_t *bad[GH_NODE_BURST];

	for (uint16_t i = 0; i < n; i++) {
		bad[i] = check_header(m[i]);
		dst[i] =
		    bad[i] != NULL ? 0 : gh_ip4_dst(rte_pktmbuf_mtod(m[i], struct rte_ipv4_hdr *));
	}
	gh_fib_lookup_bulk(dst, nexthop, n);
	for (uint16_t i = 0; i < n; i++)
		next[i] = unlikely(bad[i] != NULL) ? gh_drop(m[i], *bad[i])
						   : route(m[i], dst[i], nexthop[i]);
}

static uint16_t process(struct rte_graph *graph, struct rte_node *node, void **objs, uint16_t count)
{
	return gh_node_run(graph, node, objs, count, classify);
}

static struct rte_node_register node = {
    .name = "ip4_input",
    .process = process,
    .nb_edges = 3,
    .next_nodes =
	{[EDGE_DROP] = "drop", [EDGE_LOCAL] = "ip4_local", [EDGE_POLICY] = "ipsec_policy"},
};
RTE_NODE_REGISTER(node)
