/* SPDX-License-Identifier: BSD-3-Clause */
#include <stdlib.h>
#include <string.h>
#include <sys/sysinfo.h>

#include "common/log.h"
#include "ctrlplane/net/net.h"
#include "ctrlplane/net/tree.h"

void net_read_cpus(const char *list, struct gh_dp_workers *out, unsigned *absent)
{
	unsigned have = (unsigned)get_nprocs_conf();

	*absent = 0;
	for (const char *p = list; *p != '\0'; p += *p == ',') {
		unsigned long first = strtoul(p, (char **)(uintptr_t)&p, 10), last = first;

		if (*p == '-')
			last = strtoul(p + 1, (char **)(uintptr_t)&p, 10);
		for (unsigned long cpu = first; cpu <= last; cpu++) {
			if (cpu < have && cpu < 64 * sizeof(out->cpus) / sizeof(out->cpus[0]))
				out->cpus[cpu / 64] |= 1ULL << (cpu % 64);
			else
				(*absent)++;
		}
	}
}

static void add_port(const char *name)
{
	struct net_port *port = calloc(1, sizeof(*port));

	if (port == NULL)
		return;
	strncpy(port->name, name, sizeof(port->name) - 1);
	HASH_ADD_STR(net.ports, name, port);
}

static void read_ports(const struct lyd_node *fast_path)
{
	const struct lyd_node *virtual = tree_child(fast_path, "virtual-port"), *n;
	struct net_port *port, *tmp;

	HASH_ITER (hh, net.ports, port, tmp) {
		HASH_DEL(net.ports, port);
		free(port);
	}
	for (n = fast_path ? lyd_child(fast_path) : NULL; n != NULL; n = n->next) {
		if (tree_is(n, "port"))
			add_port(tree_key(n));
	}
	for (n = virtual ? lyd_child(virtual) : NULL; n != NULL; n = n->next)
		add_port(tree_key(n));
}

static uint16_t number(const struct lyd_node *leaf)
{
	return leaf != NULL ? (uint16_t)atoi(lyd_get_value(leaf)) : 0;
}

void net_read_fast_path(const struct lyd_node *config)
{
	const struct lyd_node *fp = tree_child(tree_child(config, "system"), "fast-path");
	const struct lyd_node *mask = tree_child(tree_child(fp, "core-mask"), "fast-path");
	const struct lyd_node *enabled = tree_child(fp, "enabled");
	unsigned absent = 0;

	net.fast_path = enabled == NULL || strcmp(lyd_get_value(enabled), "true") == 0;
	net.nb_rxd = number(tree_child(tree_child(fp, "advanced"), "nb-rxd"));
	net.nb_txd = number(tree_child(tree_child(fp, "advanced"), "nb-txd"));
	memset(&net.workers, 0, sizeof(net.workers));
	if (mask != NULL)
		net_read_cpus(lyd_get_value(mask), &net.workers, &absent);
	if (absent > 0)
		gh_log(GH_LOG_NET, LOG_WARNING,
		    "system fast-path core-mask fast-path %s: this machine lacks %u of these "
		    "CPUs; the fast path runs on the others",
		    lyd_get_value(mask), absent);
	read_ports(fp);
}

bool net_drives(const char *name)
{
	struct net_port *port = NULL;

	if (net.fast_path)
		HASH_FIND_STR(net.ports, name, port);
	return port != NULL;
}
