/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * What does not stay here: into a tunnel, in clear, or not at all (RFC 4301 5.1).
 *
 * A packet that did not come out of a tunnel is first asked whether it should have. What goes into
 * a tunnel loses its hop here; what goes on in clear loses it in ip4_forward. Linux' IKE and
 * link-local traffic does not come here (host_input).
 */
#include <rte_ip.h>
#include <rte_prefetch.h>

#include "dataplane/iface.h"
#include "dataplane/ipsec/acquire.h"
#include "dataplane/ipsec/ipsec.h"
#include "dataplane/ipsec/sa.h"
#include "dataplane/ipsec/spd.h"
#include "dataplane/ipsec/verdict.h"
#include "dataplane/nexthop.h"
#include "dataplane/node/icmp4.h"
#include "dataplane/node/node.h"

enum {
	EDGE_DROP = GH_EDGE_DROP,
	EDGE_ENCRYPT,
	EDGE_FORWARD,
	EDGE_LOOKUP,
	EDGE_HOST_TX,
	EDGE_ICMP,
	EDGE_COUNT,
};

#define SMALL_PACKET 512 /* fits every tunnel over an MTU that IPv4 hosts use */

static rte_edge_t refuse(struct rte_mbuf *m, enum gh_esp_verdict v)
{
	return gh_drop(m, gh_esp_drop[v]);
}

static __rte_always_inline rte_edge_t in_clear(const struct gh_meta *meta)
{
	if (likely(!(meta->flags & GH_META_FROM_HOST)))
		return EDGE_FORWARD;
	return meta->code == GH_FROM_HOST_ROUTED ? EDGE_LOOKUP : EDGE_HOST_TX;
}

static struct gh_flow4 reversed(const struct gh_flow4 *f)
{
	return (struct gh_flow4){
	    .local = f->remote,
	    .remote = f->local,
	    .local_port = f->remote_port,
	    .remote_port = f->local_port,
	    .proto = f->proto,
	    .has_ports = f->has_ports,
	};
}

/* Which of these came in clear although a policy says that they come through a tunnel? */
static void find_unprotected(
    struct rte_mbuf **m, const struct gh_flow4 *flow, uint16_t n, bool *refused)
{
	struct gh_flow4 back[GH_NODE_BURST];
	uint8_t which[GH_NODE_BURST];
	bool hit[GH_NODE_BURST];
	unsigned count = 0;

	for (uint16_t i = 0; i < n; i++) {
		refused[i] = false;
		if (gh_meta(m[i])->flags & (GH_META_FROM_TUNNEL | GH_META_FROM_HOST))
			continue;
		back[count] = reversed(&flow[i]);
		which[count++] = (uint8_t)i;
	}
	gh_spd_protected(back, count, hit);
	for (unsigned i = 0; i < count; i++)
		refused[which[i]] = hit[i];
}

/* The policy for an ICMP error by the packet that it quotes, reversed (RFC 4301 6.2). */
static const struct gh_spd_rule *rule_of_quoted(const struct rte_mbuf *m)
{
	const struct rte_ipv4_hdr *ip = rte_pktmbuf_mtod(m, const struct rte_ipv4_hdr *);
	uint32_t at = (ip->version_ihl & 15u) * 4 + 8;
	const struct gh_spd_rule *rule;
	struct gh_flow4 f;

	if (m->data_len < at + sizeof(*ip))
		return NULL;
	f = gh_flow4_parse((const uint8_t *)ip + at, m->data_len - at, false);
	gh_spd_lookup(&f, 1, &rule);
	return rule;
}

/* Bytes of IP that the SA's way out takes; 0 while that is not known. */
static __rte_always_inline uint32_t outer_mtu(const struct gh_sa_line *l)
{
	return gh_ifaces[gh_nexthop(l->nexthop)->iface].mtu;
}

/* Only what may not be fragmented is refused; the rest is fragmented outside, after ESP. */
static __rte_always_inline bool too_big(
    struct rte_mbuf *m, const struct rte_ipv4_hdr *ip, uint32_t sa, const struct gh_sa_line *l)
{
	uint32_t len = rte_be_to_cpu_16(ip->total_length), mtu, inner;

	if (likely(len <= SMALL_PACKET) ||
	    !(ip->fragment_offset & RTE_BE16(RTE_IPV4_HDR_DF_FLAG)) ||
	    (gh_meta(m)->flags & GH_META_FROM_HOST))
		return false;
	mtu = outer_mtu(l);
	if (mtu == 0)
		return false;
	inner = gh_sa_max_inner(sa, mtu);
	if (likely(len <= inner))
		return false;
	gh_meta(m)->code = GH_ICMP4_FRAG_NEEDED;
	gh_meta(m)->mtu = (uint16_t)inner;
	return true;
}

/* RFC 1141: the checksum of a header whose TTL went down by one. */
static __rte_always_inline void take_hop(struct rte_ipv4_hdr *ip)
{
	uint32_t sum = ip->hdr_checksum + (uint32_t)RTE_BE16(0x0100);

	ip->time_to_live--;
	ip->hdr_checksum = (uint16_t)(sum + (sum >> 16));
}

static __rte_always_inline rte_edge_t into_tunnel(struct gh_worker *w, struct rte_mbuf *m,
    const struct gh_spd_rule *rule, const struct gh_flow4 *flow, uint32_t sa)
{
	struct rte_ipv4_hdr *ip = rte_pktmbuf_mtod(m, struct rte_ipv4_hdr *);
	const struct gh_sa_line *l;

	if (unlikely(sa == GH_DP_SA_NONE)) {
		gh_acquire(w->ipsec, rule->id, flow, w->now);
		return refuse(m, GH_ESP_OUT_NO_SA);
	}
	l = &gh_sa.dir[GH_DP_OUT].line[sa];
	if (unlikely((l->flags & (GH_SA_LIVE | GH_SA_BUSY)) == 0)) {
		gh_acquire(w->ipsec, rule->id, flow, w->now);
		return refuse(m, GH_ESP_OUT_NO_SA);
	}
	if (unlikely(too_big(m, ip, sa, l)))
		return EDGE_ICMP;
	if (likely(!(gh_meta(m)->flags & GH_META_FROM_HOST))) {
		if (unlikely(ip->time_to_live <= 1)) {
			gh_meta(m)->code = GH_ICMP4_TTL_EXCEEDED;
			return EDGE_ICMP;
		}
		take_hop(ip);
	}
	gh_meta_set_sa(m, sa);
	gh_meta(m)->nexthop = l->generation; /* until esp_encrypt has looked again */
	return EDGE_ENCRYPT;
}

/* What each packet is; false for what is no IPv4 packet at all. */
static bool parse(struct rte_mbuf *m, struct gh_flow4 *flow)
{
	*flow = (struct gh_flow4){0};
	if (unlikely(m->data_len < sizeof(struct rte_ipv4_hdr)))
		return false;
	*flow = gh_flow4_parse(rte_pktmbuf_mtod(m, const void *), m->data_len, true);
	return true;
}

static void classify(struct gh_worker *w, struct rte_mbuf **m, rte_edge_t *next, uint16_t n)
{
	struct gh_flow4 flow[GH_NODE_BURST];
	const struct gh_spd_rule *rule[GH_NODE_BURST];
	uint32_t sa[GH_NODE_BURST];
	bool refused[GH_NODE_BURST], whole[GH_NODE_BURST];

	if (n == 0)
		return;
	for (uint16_t i = 0; i < n; i++)
		whole[i] = parse(m[i], &flow[i]);
	gh_spd_lookup(flow, n, rule);
	find_unprotected(m, flow, n, refused);
	for (uint16_t i = 0; i < n; i++) {
		if (unlikely(gh_meta(m[i])->flags & GH_META_PROTECT) && rule[i] == NULL)
			rule[i] = rule_of_quoted(m[i]);
		if (rule[i] == NULL)
			continue;
		sa[i] = __atomic_load_n(&rule[i]->sa, __ATOMIC_ACQUIRE);
		if (likely(sa[i] != GH_DP_SA_NONE))
			rte_prefetch0(&gh_sa.dir[GH_DP_OUT].line[sa[i]]);
	}
	for (uint16_t i = 0; i < n; i++) {
		const struct gh_meta *meta = gh_meta(m[i]);

		if (unlikely(!whole[i]))
			next[i] = refuse(m[i], GH_ESP_OUT_LENGTH);
		else if (unlikely(refused[i]))
			next[i] = refuse(m[i], GH_ESP_CLEAR_PROTECTED);
		else if (rule[i] != NULL)
			next[i] = into_tunnel(w, m[i], rule[i], &flow[i], sa[i]);
		else if (unlikely(meta->flags & GH_META_PROTECT))
			next[i] = refuse(m[i], GH_ESP_OUT_QUOTED);
		else
			next[i] = in_clear(meta);
	}
}

static uint16_t process(struct rte_graph *graph, struct rte_node *node, void **objs, uint16_t n)
{
	return gh_node_run(graph, node, objs, n, classify);
}

static struct rte_node_register ipsec_policy = {
    .name = "ipsec_policy",
    .process = process,
    .nb_edges = EDGE_COUNT,
    .next_nodes =
	{
	    [EDGE_DROP] = "drop",
	    [EDGE_ENCRYPT] = "esp_encrypt",
	    [EDGE_FORWARD] = "ip4_forward",
	    [EDGE_LOOKUP] = "ip4_lookup",
	    [EDGE_HOST_TX] = "host_tx",
	    [EDGE_ICMP] = "icmp4_error",
	},
};

RTE_NODE_REGISTER(ipsec_policy);
