/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * Puts fragments of ESP and UDP for this gateway together (RFC 4303 3.4.1: ESP is only processed
 * whole). Bounded per worker in number and time.
 */
#include <rte_cycles.h>
#include <rte_ip_frag.h>

#include "dataplane/node/ip4.h"
#include "dataplane/node/node.h"
#include "dataplane/worker_private.h"

enum { EDGE_DROP = GH_EDGE_DROP, EDGE_LOCAL };

GH_DROP_REASON(
    expired, "ip4-reassembly-failed", "Fragments whose packet did not become whole, or overlapped");

static uint32_t free_dead(struct rte_ip_frag_death_row *dead)
{
	uint32_t n = dead->cnt;

	rte_ip_frag_free_death_row(dead, 0);
	return n;
}

/* The whole packet when m completes it, in one piece if that fits a buffer; else NULL. */
static struct rte_mbuf *reassemble(
    struct gh_worker *w, struct rte_mbuf *m, struct rte_ip_frag_death_row *dead)
{
	struct rte_ipv4_hdr *ip = rte_pktmbuf_mtod(m, struct rte_ipv4_hdr *);
	struct gh_meta meta = *gh_meta(m);
	uint16_t port = m->port;

	m->l2_len = 0;
	m->l3_len = gh_ip4_header_len(ip);
	m = rte_ipv4_frag_reassemble_packet(w->private->fragments, dead, m, w->now, ip);
	if (m == NULL)
		return NULL;
	m->port = port;
	*gh_meta(m) = meta;
	rte_pktmbuf_linearize(m); /* what stays in pieces is for Linux */
	ip = rte_pktmbuf_mtod(m, struct rte_ipv4_hdr *);
	ip->hdr_checksum = 0;
	ip->hdr_checksum = (uint16_t)~rte_raw_cksum(ip, gh_ip4_header_len(ip));
	return m;
}

static uint16_t process(struct rte_graph *graph, struct rte_node *node, void **objs, uint16_t count)
{
	struct rte_ip_frag_death_row dead = {0};
	struct gh_worker *w = gh_self;

	gh_trace(node, objs, count);
	for (uint16_t i = 0; i < count; i++) {
		struct rte_mbuf *m = reassemble(w, objs[i], &dead);

		if (m != NULL)
			rte_node_enqueue_x1(graph, node, EDGE_LOCAL, m);
		w->drops[gh_drop_expired] += free_dead(&dead);
	}
	rte_ip_frag_table_del_expired_entries(w->private->fragments, &dead, w->now);
	w->drops[gh_drop_expired] += free_dead(&dead);
	return count;
}

static struct rte_node_register node = {
    .name = "ip4_reassemble",
    .process = process,
    .nb_edges = 2,
    .next_nodes = {[EDGE_DROP] = "drop", [EDGE_LOCAL] = "ip4_local"},
};
RTE_NODE_REGISTER(node)
