/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * Out of a tunnel (RFC 4301 5.2): what leaves here is an inner packet that its SA may carry. ESP of
 * SAs that belong to another worker is handed over untouched.
 */
#include "dataplane/ipsec/esp.h"
#include "dataplane/ipsec/esp_parse.h"
#include "dataplane/ipsec/ipsec.h"
#include "dataplane/node/node.h"

enum { EDGE_DROP = GH_EDGE_DROP, EDGE_INPUT, EDGE_COUNT };

static __rte_always_inline rte_edge_t arrive(struct rte_mbuf *m, uint32_t sa)
{
	gh_meta(m)->flags = GH_META_FROM_TUNNEL;
	gh_meta_set_sa(m, sa);
	return EDGE_INPUT;
}

static void classify(struct gh_worker *w, struct rte_mbuf **m, rte_edge_t *next, uint16_t n)
{
	uint32_t sa[GH_NODE_BURST];
	uint8_t verdict[GH_NODE_BURST];

	gh_esp_decrypt(w->ipsec, m, n, sa, verdict);
	for (uint16_t i = 0; i < n; i++)
		next[i] = likely(verdict[i] == GH_ESP_OK) ? arrive(m[i], sa[i])
							  : gh_drop(m[i], gh_esp_drop[verdict[i]]);
}

/* What cannot be read stays, to be dropped and counted here. */
static uint32_t owner_of(const struct gh_worker *w, const struct rte_mbuf *m)
{
	struct gh_esp_place place;

	if (gh_esp_locate(m, &place) != GH_ESP_OK)
		return w->id;
	return gh_sa_owner(place.spi & (GH_DP_SA_MAX - 1));
}

/* Gives away what belongs to others; the rest, in order, is kept. */
static uint16_t hand_over(struct gh_worker *w, struct rte_mbuf **m, uint16_t n, void **kept)
{
	uint16_t count = 0;

	for (uint16_t i = 0; i < n; i++) {
		uint32_t owner = owner_of(w, m[i]);

		if (owner == w->id)
			kept[count++] = m[i];
		else
			gh_handoff(owner, GH_HANDOFF_ESP_DECRYPT, &m[i], 1);
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

static struct rte_node_register esp_decrypt = {
    .name = "esp_decrypt",
    .process = process,
    .nb_edges = EDGE_COUNT,
    .next_nodes = {[EDGE_DROP] = "drop", [EDGE_INPUT] = "ip4_input"},
};

RTE_NODE_REGISTER(esp_decrypt);
