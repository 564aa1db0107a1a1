/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * Frames that Linux sends on a TAP. What policy may want to protect passes it; ARP, IPv6, IKE,
 * multicast and link-local traffic go out of the port as they are.
 */
#include <rte_ether.h>
#include <rte_udp.h>

#include "dataplane/node/ip4.h"
#include "dataplane/node/node.h"

enum { EDGE_DROP = GH_EDGE_DROP, EDGE_POLICY, EDGE_TX };

GH_DROP_REASON(length, "host-ip4-bad-length", "IPv4 packets of Linux with contradicting lengths");

static bool is_ike(const struct rte_mbuf *m, const struct rte_ipv4_hdr *ip)
{
	uint16_t header_len = gh_ip4_header_len(ip);
	const struct rte_udp_hdr *udp = (const void *)((const char *)ip + header_len);

	if (ip->next_proto_id != IPPROTO_UDP || m->data_len < header_len + sizeof(*udp) ||
	    ip->fragment_offset & RTE_BE16(RTE_IPV4_HDR_OFFSET_MASK))
		return false;
	return udp->src_port == RTE_BE16(GH_IKE_PORT) ||
	       udp->src_port == RTE_BE16(GH_IKE_NATT_PORT);
}

static rte_edge_t classify_ip4(struct rte_mbuf *m)
{
	const struct rte_ipv4_hdr *ip = rte_pktmbuf_mtod(m, const struct rte_ipv4_hdr *);
	uint32_t dst;
	uint16_t len;

	if (m->data_len < sizeof(*ip) || gh_ip4_header_len(ip) < sizeof(*ip) ||
	    m->data_len < gh_ip4_header_len(ip))
		return gh_drop(m, gh_drop_length);
	len = rte_be_to_cpu_16(ip->total_length);
	if (len > m->data_len || len < gh_ip4_header_len(ip))
		return gh_drop(m, gh_drop_length);
	dst = gh_ip4_dst(ip);
	if (gh_ip4_is_multicast(dst) || gh_ip4_is_broadcast(dst) || gh_ip4_is_link_local(dst) ||
	    is_ike(m, ip))
		return EDGE_TX;
	m->data_len = len;
	m->pkt_len = len;
	return EDGE_POLICY;
}

static rte_edge_t classify_one(struct rte_mbuf *m)
{
	const struct rte_ether_hdr *eth = rte_pktmbuf_mtod(m, const struct rte_ether_hdr *);

	*gh_meta(m) = (struct gh_meta){.flags = GH_META_FROM_HOST};
	rte_pktmbuf_adj(m, sizeof(*eth)); /* the host thread has checked that it is there */
	if (eth->ether_type == RTE_BE16(RTE_ETHER_TYPE_IPV4))
		return classify_ip4(m);
	return EDGE_TX;
}

static void classify(struct gh_worker *w, struct rte_mbuf **m, rte_edge_t *next, uint16_t n)
{
	for (uint16_t i = 0; i < n; i++)
		next[i] = classify_one(m[i]);
}

static uint16_t process(struct rte_graph *graph, struct rte_node *node, void **objs, uint16_t count)
{
	return gh_node_run(graph, node, objs, count, classify);
}

static struct rte_node_register node = {
    .name = "host_input",
    .process = process,
    .nb_edges = 3,
    .next_nodes = {[EDGE_DROP] = "drop", [EDGE_POLICY] = "ipsec_policy", [EDGE_TX] = "host_tx"},
};
RTE_NODE_REGISTER(node)
