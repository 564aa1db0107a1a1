/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * Into the tunnel that ipsec_policy chose. Packets of SAs that belong to another worker are handed
 * over before anything is written to them.
 */
#include <rte_ip.h>

#include "dataplane/iface.h"
#include "dataplane/ipsec/esp.h"
#include "dataplane/ipsec/ipsec.h"
#include "dataplane/nexthop.h"
#include "dataplane/node/node.h"

enum { EDGE_DROP = GH_EDGE_DROP, EDGE_OUTPUT, EDGE_FRAGMENT, EDGE_COUNT };

/* The packet was meant for the SA that the slot held when ipsec_policy looked; a packet handed over
 * may have waited longer than that SA lived. */
static __rte_always_inline bool still_meant(struct rte_mbuf *m)
{
	const struct gh_sa_line *l = &gh_sa.dir[GH_DP_OUT].line[gh_meta_sa(m)];

	return gh_meta(m)->nexthop == l->generation;
}

/* An outer packet that must be fragmented may not say DF: RFC 1624 for the checksum. */
static void allow_fragments(struct rte_ipv4_hdr *ip)
{
	uint16_t old = ip->fragment_offset;
	uint32_t sum;

	ip->fragment_offset &= RTE_BE16((uint16_t)~RTE_IPV4_HDR_DF_FLAG);
	sum = (uint16_t)~ip->hdr_checksum + (uint32_t)(uint16_t)~old + ip->fragment_offset;
	sum = (sum & UINT16_MAX) + (sum >> 16);
	sum = (sum & UINT16_MAX) + (sum >> 16);
	ip->hdr_checksum = (uint16_t)~sum;
}

static __rte_always_inline rte_edge_t leave(struct rte_mbuf *m, uint32_t sa)
{
	uint32_t nexthop =
	    __atomic_load_n(&gh_sa.dir[GH_DP_OUT].line[sa].nexthop, __ATOMIC_RELAXED);
	struct gh_meta *meta = gh_meta(m);
	uint16_t mtu = gh_ifaces[gh_nexthop(nexthop)->iface].mtu;

	meta->nexthop = nexthop;
	meta->flags = GH_META_FROM_HOST; /* the outer packet is ours: no ICMP errors about it */
	meta->code = GH_FROM_HOST_ROUTED;
	if (likely(m->pkt_len <= mtu) || mtu == 0)
		return EDGE_OUTPUT;
	allow_fragments(rte_pktmbuf_mtod(m, struct rte_ipv4_hdr *));
	meta->mtu = mtu;
	return EDGE_FRAGMENT;
}

static void classify(struct gh_worker *w, struct rte_mbuf **m, rte_edge_t *next, uint16_t n)
{
	uint32_t sa[GH_NODE_BURST];
	uint8_t verdict[GH_NODE_BURST];

	if (n == 0)
		return;
	for (uint16_t i = 0; i < n; i++) {
		sa[i] = gh_meta_sa(m[i]);
		if (unlikely(!still_meant(m[i])))
			sa[i] = GH_DP_SA_NONE;
	}
	gh_esp_encrypt(w->ipsec, m, sa, n, verdict);
	for (uint16_t i = 0; i < n; i++)
		next[i] = likely(verdict[i] == GH_ESP_OK) ? leave(m[i], sa[i])
							  : gh_drop(m[i], gh_esp_drop[verdict[i]]);
}

/* Gives away what belongs to others; the rest, in order, is kept. */
static uint16_t hand_over(struct gh_worker *w, struct rte_mbuf **m, uint16_t n, void **kept)
{
	uint16_t count = 0;

	for (uint16_t i = 0; i < n; i++) {
		uint32_t owner = gh_sa_owner(gh_meta_sa(m[i]));

		if (owner == w->id)
			kept[count++] = m[i];
		else
			gh_handoff(owner, GH_HANDOFF_ESP_ENCRYPT, &m[i], 1);
	}
	return count;
}

static void process_shared(struct rte_graph *graph, struct rte_node *node, void **objs, uint16_t n)
{
	void *kept[GH_NODE_BURST];

	for (uint16_t at = 0; at < n; at += GH_NODE_BURST) {
		uint16_t count = hand_over(
		    gh_self, (struct rte_mbuf **)objs + at, RTE_MIN(n - at, GH_NODE_BURST), kept);

		if (count > 0)
			gh_node_run(graph, node, kept, count, classify);
	}
}

static uint16_t process(struct rte_graph *graph, struct rte_node *node, void **objs, uint16_t n)
{
	if (likely(gh_sa.workers <= 1))
		return gh_node_run(graph, node, objs, n, classify);
	process_shared(graph, node, objs, n);
	return n;
}

static struct rte_node_register esp_encrypt = {
    .name = "esp_encrypt",
    .process = process,
    .nb_edges = EDGE_COUNT,
    .next_nodes =
	{
	    [EDGE_DROP] = "drop",
	    [EDGE_OUTPUT] = "eth_output",
	    [EDGE_FRAGMENT] = "ip4_fragment",
	},
};

RTE_NODE_REGISTER(esp_encrypt);
