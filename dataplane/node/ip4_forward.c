/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * Forwards transit packets in clear along meta->nexthop (RFC 1812 5.3): TTL, MTU, checksum.
 */
#include "dataplane/iface.h"
#include "dataplane/nexthop.h"
#include "dataplane/node/icmp4.h"
#include "dataplane/node/ip4.h"
#include "dataplane/node/node.h"

enum { EDGE_DROP = GH_EDGE_DROP, EDGE_OUT, EDGE_FRAGMENT, EDGE_ICMP };

GH_DROP_REASON(blackhole, "ip4-blackhole", "Packets whose route is a blackhole");

static rte_edge_t refuse(struct rte_mbuf *m, enum gh_icmp4 why)
{
	gh_meta(m)->code = why;
	return EDGE_ICMP;
}

static rte_edge_t no_way(struct rte_mbuf *m, uint16_t flags)
{
	if (flags & GH_NEXTHOP_DROP)
		return gh_drop(m, gh_drop_blackhole);
	return refuse(m, gh_meta(m)->nexthop == GH_NEXTHOP_NONE ? GH_ICMP4_NET_UNREACHABLE
								: GH_ICMP4_HOST_UNREACHABLE);
}

static rte_edge_t too_big(struct rte_mbuf *m, const struct rte_ipv4_hdr *ip, uint16_t mtu)
{
	gh_meta(m)->mtu = mtu;
	if (ip->fragment_offset & RTE_BE16(RTE_IPV4_HDR_DF_FLAG))
		return refuse(m, GH_ICMP4_FRAG_NEEDED);
	return EDGE_FRAGMENT;
}

static __rte_always_inline rte_edge_t forward(struct rte_mbuf *m)
{
	struct rte_ipv4_hdr *ip = rte_pktmbuf_mtod(m, struct rte_ipv4_hdr *);
	struct gh_nexthop nh = *gh_nexthop(gh_meta(m)->nexthop);
	uint16_t mtu = gh_ifaces[nh.iface & (GH_IFACE_MAX - 1)].mtu;

	if (unlikely(nh.flags & (GH_NEXTHOP_REFUSE | GH_NEXTHOP_DROP)))
		return no_way(m, nh.flags);
	if (unlikely(ip->time_to_live <= 1))
		return refuse(m, GH_ICMP4_TTL_EXCEEDED);
	if (unlikely(m->pkt_len > mtu) && ip->fragment_offset & RTE_BE16(RTE_IPV4_HDR_DF_FLAG))
		return too_big(m, ip, mtu);
	gh_ip4_decrement_ttl(ip);
	return likely(m->pkt_len <= mtu) ? EDGE_OUT : too_big(m, ip, mtu);
}

static __rte_always_inline void classify(
    struct gh_worker *w, struct rte_mbuf **m, rte_edge_t *next, uint16_t n)
{
	for (uint16_t i = 0; i < n; i++)
		next[i] = forward(m[i]);
}

static uint16_t process(struct rte_graph *graph, struct rte_node *node, void **objs, uint16_t count)
{
	return gh_node_run(graph, node, objs, count, classify);
}

static struct rte_node_register node = {
    .name = "ip4_forward",
    .process = process,
    .nb_edges = 4,
    .next_nodes = {[EDGE_DROP] = "drop",
	[EDGE_OUT] = "eth_output",
	[EDGE_FRAGMENT] = "ip4_fragment",
	[EDGE_ICMP] = "icmp4_error"},
};
RTE_NODE_REGISTER(node)
