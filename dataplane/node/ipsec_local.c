/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * For this gateway and not through a tunnel: refused where a policy says it comes through one.
 */
#include <rte_ip.h>

#include "dataplane/ipsec/spd.h"
#include "dataplane/ipsec/verdict.h"
#include "dataplane/node/node.h"

enum { EDGE_DROP = GH_EDGE_DROP, EDGE_HOST, EDGE_COUNT };

static void classify(struct gh_worker *w, struct rte_mbuf **m, rte_edge_t *next, uint16_t n)
{
	struct gh_flow4 flow[GH_NODE_BURST];
	bool refused[GH_NODE_BURST];

	for (uint16_t i = 0; i < n; i++) {
		if (likely(m[i]->data_len >= sizeof(struct rte_ipv4_hdr)))
			flow[i] = gh_flow4_parse(
			    rte_pktmbuf_mtod(m[i], const void *), m[i]->data_len, false);
		else
			flow[i] = (struct gh_flow4){0};
	}
	gh_spd_protected(flow, n, refused);
	for (uint16_t i = 0; i < n; i++)
		next[i] = unlikely(refused[i]) ? gh_drop(m[i], gh_esp_drop[GH_ESP_CLEAR_PROTECTED])
					       : EDGE_HOST;
}

static uint16_t process(struct rte_graph *graph, struct rte_node *node, void **objs, uint16_t n)
{
	return gh_node_run(graph, node, objs, n, classify);
}

static struct rte_node_register ipsec_local = {
    .name = "ipsec_local",
    .process = process,
    .nb_edges = EDGE_COUNT,
    .next_nodes = {[EDGE_DROP] = "drop", [EDGE_HOST] = "host_output"},
};

RTE_NODE_REGISTER(ipsec_local);
