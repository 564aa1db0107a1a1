/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * Frames from a port: is it for us, and which protocol.
 */
#include <rte_ether.h>
#include <rte_ip.h>

#include "dataplane/host_class.h"
#include "dataplane/iface.h"
#include "dataplane/local6.h"
#include "dataplane/node/node.h"

enum { EDGE_DROP = GH_EDGE_DROP, EDGE_IP4, EDGE_HOST };

GH_DROP_REASON(runt, "eth-runt", "Frames shorter than an Ethernet header, or in pieces");
GH_DROP_REASON(other, "eth-other-station", "Frames for the MAC address of another station");
GH_DROP_REASON(down, "eth-interface-down", "Frames received on an interface that is set down");
GH_DROP_REASON(vlan, "eth-vlan", "Frames with a VLAN tag");
GH_DROP_REASON(ip6, "ip6-not-forwarded", "IPv6 packets that are not for this gateway");

#define ND_FIRST 133 /* RFC 4861: router solicitation ... redirect */
#define ND_LAST 137

/* The low 48 bits of eight bytes that begin with a MAC address. */
static inline uint64_t load_mac(const void *p)
{
	uint64_t v;

	memcpy(&v, p, 8);
	return v & 0xffffffffffffULL;
}

static rte_edge_t to_host(struct rte_mbuf *m, enum gh_host_class class)
{
	gh_meta(m)->code = class;
	return EDGE_HOST;
}

/* Multicast (neighbour discovery among it), link-local and our own go to Linux, no other yet. */
static rte_edge_t classify_ip6(struct rte_mbuf *m)
{
	const struct rte_ipv6_hdr *ip = rte_pktmbuf_mtod(m, const struct rte_ipv6_hdr *);
	uint8_t type;

	if (m->data_len < sizeof(*ip))
		return gh_drop(m, gh_drop_runt);
	if (ip->dst_addr[0] != 0xff &&
	    (ip->dst_addr[0] != 0xfe || (ip->dst_addr[1] & 0xc0) != 0x80) &&
	    !gh_local6_has(ip->dst_addr))
		return gh_drop(m, gh_drop_ip6);
	type = m->data_len > sizeof(*ip) ? *(const uint8_t *)(ip + 1) : 0;
	if (ip->proto == IPPROTO_ICMPV6 && type >= ND_FIRST && type <= ND_LAST)
		return to_host(m, GH_HOST_NEIGH);
	return to_host(m, GH_HOST_REST);
}

static __rte_always_inline rte_edge_t classify_one(struct rte_mbuf *m)
{
	const struct rte_ether_hdr *eth = rte_pktmbuf_mtod(m, const struct rte_ether_hdr *);
	const struct gh_iface_hot *iface = &gh_ifaces[m->port];
	struct gh_meta *meta = gh_meta(m);

	*meta = (struct gh_meta){0};
	if (unlikely(m->data_len < sizeof(*eth) || m->nb_segs != 1))
		return gh_drop(m, gh_drop_runt);
	if (unlikely(!(iface->flags & GH_IFACE_UP)))
		return gh_drop(m, gh_drop_down);
	if (unlikely(eth->dst_addr.addr_bytes[0] & 1))
		meta->flags = GH_META_L2_MULTI;
	else if (unlikely(load_mac(eth->dst_addr.addr_bytes) != load_mac(iface->mac)))
		return gh_drop(m, gh_drop_other);
	m->data_off += sizeof(*eth);
	m->data_len -= sizeof(*eth);
	m->pkt_len -= sizeof(*eth);
	if (likely(eth->ether_type == RTE_BE16(RTE_ETHER_TYPE_IPV4)))
		return EDGE_IP4;
	if (eth->ether_type == RTE_BE16(RTE_ETHER_TYPE_IPV6))
		return classify_ip6(m);
	if (eth->ether_type == RTE_BE16(RTE_ETHER_TYPE_ARP))
		return to_host(m, GH_HOST_NEIGH);
	if (eth->ether_type == RTE_BE16(RTE_ETHER_TYPE_VLAN) ||
	    eth->ether_type == RTE_BE16(RTE_ETHER_TYPE_QINQ))
		return gh_drop(m, gh_drop_vlan);
	return to_host(m, GH_HOST_REST);
}

static __rte_always_inline void classify(
    struct gh_worker *w, struct rte_mbuf **m, rte_edge_t *next, uint16_t n)
{
	for (uint16_t i = 0; i < n && i < 4; i++)
		rte_prefetch0(rte_pktmbuf_mtod(m[i], void *));
	for (uint16_t i = 0; i < n; i++) {
		if (i + 4 < n)
			rte_prefetch0(rte_pktmbuf_mtod(m[i + 4], void *));
		next[i] = classify_one(m[i]);
	}
}

static uint16_t process(struct rte_graph *graph, struct rte_node *node, void **objs, uint16_t count)
{
	return gh_node_run(graph, node, objs, count, classify);
}

static struct rte_node_register node = {
    .name = "eth_input",
    .process = process,
    .nb_edges = 3,
    .next_nodes = {[EDGE_DROP] = "drop", [EDGE_IP4] = "ip4_input", [EDGE_HOST] = "host_output"},
};
RTE_NODE_REGISTER(node)
