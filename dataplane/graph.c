/* SPDX-License-Identifier: BSD-3-Clause */
#include "dataplane/graph.h"

#include <errno.h>
#include <rte_errno.h>
#include <rte_graph_worker.h>
#include <stdio.h>
#include <string.h>

#include "dataplane/iface.h"
#include "dataplane/iface_table.h"
#include "dataplane/node/ports.h"
#include "dataplane/worker_private.h"

#define PATTERNS_MAX (2 + GH_IFACE_MAX * GH_PORT_QUEUES_MAX)

struct gh_worker *gh_graph_worker;

static uint16_t prepared_slots; /* transmit nodes exist for slots 1..this */
static uint16_t prepared_rxqs[GH_IFACE_MAX];

static int clone_node(const char *parent, const char *suffix, struct gh_error *err)
{
	rte_node_t id = rte_node_clone(rte_node_from_name(parent), suffix);

	if (id == RTE_NODE_ID_INVALID)
		return gh_error_set(
		    err, -rte_errno, NULL, "graph node %s-%s cannot be made", parent, suffix);
	return 0;
}

/* Nodes that transmit get an edge per slot, in slot order: edge = GH_EDGE_PORT(slot). */
static int add_port_edge(const char *node, uint16_t slot, struct gh_error *err)
{
	rte_node_t id = rte_node_from_name(node);
	char name[RTE_NODE_NAMESIZE];
	const char *names[] = {name};

	snprintf(name, sizeof(name), "port_tx-%u", slot);
	if (rte_node_edge_count(id) != GH_EDGE_PORT(slot) ||
	    rte_node_edge_update(id, RTE_EDGE_ID_INVALID, names, 1) != 1)
		return gh_error_set(
		    err, -EINVAL, NULL, "graph node %s takes no edge %s", node, name);
	return 0;
}

static int prepare_tx(uint16_t slot, struct gh_error *err)
{
	char suffix[16];
	int rc;

	snprintf(suffix, sizeof(suffix), "%u", slot);
	rc = clone_node("port_tx", suffix, err);
	if (rc == 0)
		rc = add_port_edge("eth_output", slot, err);
	if (rc == 0)
		rc = add_port_edge("host_tx", slot, err);
	return rc;
}

static int prepare_rx(uint16_t slot, uint16_t queue, struct gh_error *err)
{
	char suffix[16];

	snprintf(suffix, sizeof(suffix), "%u-%u", slot, queue);
	return clone_node("port_rx", suffix, err);
}

int gh_graph_prepare(uint16_t iface, uint16_t rxqs, struct gh_error *err)
{
	int rc = 0;

	for (; prepared_slots < iface && rc == 0; prepared_slots += rc == 0)
		rc = prepare_tx((uint16_t)(prepared_slots + 1), err);
	for (uint16_t *q = &prepared_rxqs[iface]; *q < rxqs && rc == 0; *q += rc == 0)
		rc = prepare_rx(iface, *q, err);
	return rc;
}

int gh_graph_init(struct gh_error *err)
{
	return gh_graph_prepare(1, 1, err);
}

static unsigned rx_patterns(const struct gh_worker *w, char (*names)[RTE_NODE_NAMESIZE])
{
	unsigned n = 0;

	for (uint16_t slot = 1; slot < GH_IFACE_MAX; slot++)
		for (uint16_t q = 0; q < gh_iface_rxqs(slot); q++)
			if (gh_worker_of_queue(slot, q) == w->id)
				snprintf(names[n++], RTE_NODE_NAMESIZE, "port_rx-%u-%u", slot, q);
	return n;
}

struct rte_graph *gh_graph_create(struct gh_worker *w, struct gh_error *err)
{
	static char names[PATTERNS_MAX][RTE_NODE_NAMESIZE];
	const char *patterns[PATTERNS_MAX];
	char name[RTE_GRAPH_NAMESIZE];
	struct rte_graph_param param = {.socket_id = SOCKET_ID_ANY, .node_patterns = patterns};
	unsigned n = rx_patterns(w, names);

	for (unsigned i = 0; i < n; i++)
		patterns[i] = names[i];
	patterns[n++] = "inbox";
	param.nb_node_patterns = (uint16_t)n;
	snprintf(name, sizeof(name), "w%u.%u", w->id, w->private->graph_number++);
	gh_graph_worker = w;
	if (rte_graph_create(name, &param) == RTE_GRAPH_ID_INVALID) {
		gh_error_set(err, rte_errno ? -rte_errno : -EINVAL, NULL,
		    "the packet graph of worker %u cannot be built", w->id);
		return NULL;
	}
	return rte_graph_lookup(name);
}

void gh_graph_destroy(struct rte_graph *graph)
{
	if (graph != NULL)
		rte_graph_destroy(graph->id);
}
