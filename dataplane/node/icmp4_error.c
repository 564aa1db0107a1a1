/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * Answers a packet with an ICMP error (RFC 792, RFC 1812 4.3.2): rate-limited, quoting as much as
 * fits 576 bytes, never about another error, a later fragment or what went to many.
 */
#include <rte_icmp.h>

#include "dataplane/eal.h"
#include "dataplane/iface.h"
#include "dataplane/ipsec/ipsec.h"
#include "dataplane/node/icmp4.h"
#include "dataplane/node/ip4.h"
#include "dataplane/node/node.h"
#include "dataplane/worker_private.h"

enum { EDGE_DROP = GH_EDGE_DROP, EDGE_POLICY };

#define ERROR_MAX 576
#define ERROR_TTL 64
#define PRECEDENCE_INTERNETWORK_CONTROL 0xc0 /* RFC 1812 4.3.2.5 */

/* One counter for each kind of trouble, whether the sender is told or not. */
GH_DROP_REASON(net, "ip4-no-route", "Packets without a route");
GH_DROP_REASON(host, "ip4-host-unreachable", "Packets to a neighbour that does not answer");
GH_DROP_REASON(big, "ip4-too-big", "Packets with DF that are larger than the MTU on their way");
GH_DROP_REASON(admin, "ip4-prohibited", "Packets that policy forbids");
GH_DROP_REASON(ttl, "ip4-ttl-expired", "IPv4 packets whose TTL ran out");

static const struct {
	uint8_t type, code;
} errors[GH_ICMP4_COUNT] = {
#define X(id, type, code) [GH_ICMP4_##id] = {type, code},
    GH_ICMP4_ERRORS(X)
#undef X
};

static const uint16_t *const reasons[GH_ICMP4_COUNT] = {
    [GH_ICMP4_NET_UNREACHABLE] = &gh_drop_net,
    [GH_ICMP4_HOST_UNREACHABLE] = &gh_drop_host,
    [GH_ICMP4_FRAG_NEEDED] = &gh_drop_big,
    [GH_ICMP4_ADMIN_PROHIBITED] = &gh_drop_admin,
    [GH_ICMP4_TTL_EXCEEDED] = &gh_drop_ttl,
};

static bool is_icmp_error(const struct rte_mbuf *m, const struct rte_ipv4_hdr *ip)
{
	static const uint32_t error_types = 1 << 3 | 1 << 4 | 1 << 5 | 1 << 11 | 1 << 12;
	const uint8_t *type = (const uint8_t *)ip + gh_ip4_header_len(ip);

	if (ip->next_proto_id != IPPROTO_ICMP)
		return false;
	return m->data_len <= gh_ip4_header_len(ip) || (*type < 32 && error_types >> *type & 1);
}

static bool may_answer(struct rte_mbuf *m)
{
	const struct rte_ipv4_hdr *ip = rte_pktmbuf_mtod(m, const struct rte_ipv4_hdr *);
	uint32_t src = gh_ip4_src(ip), dst = gh_ip4_dst(ip);

	if (gh_meta(m)->flags & GH_META_L2_MULTI || gh_ip4_is_multicast(dst) ||
	    gh_ip4_is_broadcast(dst) || gh_ip4_bad_source(src) || src == 0)
		return false;
	if (ip->fragment_offset & RTE_BE16(RTE_IPV4_HDR_OFFSET_MASK))
		return false;
	return !is_icmp_error(m, ip);
}

/* Network order. Linux takes no packet from one of its own addresses, so what it sent itself is
 * answered in the name of the destination. */
static uint32_t source_address(struct rte_mbuf *m)
{
	if (gh_meta(m)->flags & GH_META_FROM_HOST)
		return rte_pktmbuf_mtod(m, const struct rte_ipv4_hdr *)->dst_addr;
	if (gh_ifaces[m->port].ip4 != 0)
		return gh_ifaces[m->port].ip4;
	for (unsigned i = 1; i < GH_IFACE_MAX; i++)
		if (gh_ifaces[i].ip4 != 0)
			return gh_ifaces[i].ip4;
	return 0;
}

static void write_ip(struct rte_ipv4_hdr *ip, uint16_t len, uint16_t id, uint32_t src, uint32_t dst)
{
	*ip = (struct rte_ipv4_hdr){
	    .version_ihl = RTE_IPV4_VHL_DEF,
	    .type_of_service = PRECEDENCE_INTERNETWORK_CONTROL,
	    .total_length = rte_cpu_to_be_16(len),
	    .packet_id = rte_cpu_to_be_16(id),
	    .time_to_live = ERROR_TTL,
	    .next_proto_id = IPPROTO_ICMP,
	    .src_addr = src,
	    .dst_addr = dst,
	};
	ip->hdr_checksum = rte_ipv4_cksum(ip);
}

static void write_icmp(struct rte_icmp_hdr *icmp, enum gh_icmp4 what, uint16_t mtu,
    const void *quote, uint16_t quote_len)
{
	*icmp = (struct rte_icmp_hdr){
	    .icmp_type = errors[what].type,
	    .icmp_code = errors[what].code,
	    .icmp_seq_nb = what == GH_ICMP4_FRAG_NEEDED ? rte_cpu_to_be_16(mtu) : 0,
	};
	memcpy(icmp + 1, quote, quote_len);
	icmp->icmp_cksum = (uint16_t)~rte_raw_cksum(icmp, sizeof(*icmp) + quote_len);
}

/* The error about m as a packet of its own, NULL when none is due or possible. */
static struct rte_mbuf *make_error(struct gh_worker *w, struct rte_mbuf *m)
{
	const size_t headers = sizeof(struct rte_ipv4_hdr) + sizeof(struct rte_icmp_hdr);
	const struct rte_ipv4_hdr *old = rte_pktmbuf_mtod(m, const struct rte_ipv4_hdr *);
	uint16_t quote_len = RTE_MIN(m->data_len, (uint16_t)(ERROR_MAX - headers));
	uint16_t len = (uint16_t)(headers + quote_len);
	uint32_t src = source_address(m);
	struct rte_ipv4_hdr *ip;
	struct rte_mbuf *e;

	if (src == 0 || !may_answer(m) || !gh_bucket_take(&w->private->icmp, w->now))
		return NULL;
	e = rte_pktmbuf_alloc(gh_pool);
	if (e == NULL)
		return NULL;
	ip = (struct rte_ipv4_hdr *)rte_pktmbuf_append(e, len);
	write_ip(ip, len, w->private->ip_id++, src, old->src_addr);
	write_icmp(
	    (struct rte_icmp_hdr *)(ip + 1), gh_meta(m)->code, gh_meta(m)->mtu, old, quote_len);
	e->port = m->port;
	*gh_meta(e) = (struct gh_meta){.flags = GH_META_FROM_HOST, .code = GH_FROM_HOST_ROUTED};
	if (gh_meta(m)->flags & GH_META_FROM_TUNNEL)
		gh_meta(e)->flags |= GH_META_PROTECT;
	return e;
}

static uint16_t process(struct rte_graph *graph, struct rte_node *node, void **objs, uint16_t count)
{
	gh_trace(node, objs, count);
	for (uint16_t i = 0; i < count; i++) {
		struct rte_mbuf *m = objs[i];
		struct rte_mbuf *e = make_error(gh_self, m);

		if (e != NULL)
			rte_node_enqueue_x1(graph, node, EDGE_POLICY, e);
		rte_node_enqueue_x1(graph, node, gh_drop(m, *reasons[gh_meta(m)->code]), m);
	}
	return count;
}

static struct rte_node_register node = {
    .name = "icmp4_error",
    .process = process,
    .nb_edges = 2,
    .next_nodes = {[EDGE_DROP] = "drop", [EDGE_POLICY] = "ipsec_policy"},
};
RTE_NODE_REGISTER(node)
