/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * Packets for this gateway: ESP, bare or in UDP (RFC 3948 2.2 tells it from IKE), is decrypted;
 * the rest goes to Linux, after a look whether policy allows it in clear.
 */
#include <rte_udp.h>

#include "dataplane/host_class.h"
#include "dataplane/node/ip4.h"
#include "dataplane/node/node.h"

enum { EDGE_DROP = GH_EDGE_DROP, EDGE_ESP, EDGE_CHECK, EDGE_HOST, EDGE_REASSEMBLE };

GH_DROP_REASON(large, "ip4-esp-too-large", "ESP packets that no buffer holds after reassembly");

#define VRRP_PROTO 112
#define KEEPALIVE_LEN 1 /* RFC 3948 2.3 */

static rte_edge_t to_host(struct rte_mbuf *m, enum gh_host_class class)
{
	gh_meta(m)->code = class;
	return EDGE_HOST;
}

/* Clear traffic that is not IKE: policy may want it protected. */
static rte_edge_t other(struct rte_mbuf *m, enum gh_host_class class)
{
	gh_meta(m)->code = class;
	return gh_meta(m)->flags & GH_META_FROM_TUNNEL ? EDGE_HOST : EDGE_CHECK;
}

static __rte_always_inline rte_edge_t to_esp(struct rte_mbuf *m)
{
	return likely(m->nb_segs == 1) ? EDGE_ESP : gh_drop(m, gh_drop_large);
}

/* Fragments of what may be ESP are put together here, all others by Linux. */
static __rte_always_inline bool is_our_fragment(struct rte_mbuf *m, const struct rte_ipv4_hdr *ip)
{
	return gh_ip4_is_fragment(ip) &&
	       (ip->next_proto_id == IPPROTO_ESP || ip->next_proto_id == IPPROTO_UDP) &&
	       !(gh_meta(m)->flags & GH_META_FROM_TUNNEL);
}

/* UDP to 4500: four zero bytes, the non-ESP marker, stand where ESP has its SPI. */
static rte_edge_t classify_natt(struct rte_mbuf *m, const struct rte_udp_hdr *udp, uint16_t room)
{
	uint32_t first;

	if (room == sizeof(*udp) + KEEPALIVE_LEN)
		return to_esp(m);
	if (room < sizeof(*udp) + sizeof(first))
		return to_host(m, GH_HOST_IKE);
	memcpy(&first, udp + 1, sizeof(first));
	return first == 0 ? to_host(m, GH_HOST_IKE) : to_esp(m);
}

static rte_edge_t classify_udp(struct rte_mbuf *m, const struct rte_ipv4_hdr *ip)
{
	uint16_t header_len = gh_ip4_header_len(ip);
	const struct rte_udp_hdr *udp = (const void *)((const char *)ip + header_len);

	if (gh_meta(m)->flags & GH_META_FROM_TUNNEL)
		return to_host(m, GH_HOST_REST);
	if (m->data_len < header_len + sizeof(*udp))
		return other(m, GH_HOST_REST);
	if (udp->dst_port == RTE_BE16(GH_IKE_PORT))
		return to_host(m, GH_HOST_IKE);
	if (udp->dst_port == RTE_BE16(GH_IKE_NATT_PORT))
		return classify_natt(m, udp, (uint16_t)(m->data_len - header_len));
	return other(m, GH_HOST_REST);
}

static __rte_always_inline rte_edge_t classify_one(struct rte_mbuf *m)
{
	const struct rte_ipv4_hdr *ip = rte_pktmbuf_mtod(m, const struct rte_ipv4_hdr *);

	if (unlikely(is_our_fragment(m, ip)))
		return EDGE_REASSEMBLE;
	if (likely(ip->next_proto_id == IPPROTO_ESP))
		return to_esp(m);
	if (ip->next_proto_id == IPPROTO_UDP)
		return classify_udp(m, ip);
	return other(m, ip->next_proto_id == VRRP_PROTO ? GH_HOST_VRRP : GH_HOST_REST);
}

static __rte_always_inline void classify(
    struct gh_worker *w, struct rte_mbuf **m, rte_edge_t *next, uint16_t n)
{
	for (uint16_t i = 0; i < n; i++)
		next[i] = classify_one(m[i]);
}

static uint16_t process(struct rte_graph *graph, struct rte_node *node, void **objs, uint16_t count)
{
	return gh_node_run(graph, node, objs, count, classify);
}

static struct rte_node_register node = {
    .name = "ip4_local",
    .process = process,
    .nb_edges = 5,
    .next_nodes = {[EDGE_DROP] = "drop",
	[EDGE_ESP] = "esp_decrypt",
	[EDGE_CHECK] = "ipsec_local",
	[EDGE_HOST] = "host_output",
	[EDGE_REASSEMBLE] = "ip4_reassemble"},
};
RTE_NODE_REGISTER(node)
