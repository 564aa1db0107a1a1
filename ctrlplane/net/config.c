/* SPDX-License-Identifier: BSD-3-Clause */
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "ctrlplane/net/net.h"
#include "ctrlplane/net/tree.h"

static void read_addresses(const struct lyd_node *family, struct net_iface *out)
{
	const struct lyd_node *n;
	struct gh_prefix p;

	for (n = family ? lyd_child(family) : NULL; n != NULL; n = n->next) {
		if (tree_is(n, "address") && gh_prefix_parse(lyd_get_value(n), &p) == 0)
			net_prefixes_add(&out->wanted, &p);
	}
}

static void read_leaf(const struct lyd_node *n, struct net_iface *out)
{
	const char *value = lyd_get_value(n);

	if (tree_is(n, "name"))
		strncpy(out->name, value, sizeof(out->name) - 1);
	else if (tree_is(n, "port"))
		strncpy(out->port, value, sizeof(out->port) - 1);
	else if (tree_is(n, "enabled"))
		out->enabled = strcmp(value, "true") == 0;
	else if (tree_is(n, "mtu"))
		out->mtu = (uint16_t)atoi(value);
	else if (tree_is(n, "description"))
		out->description = strdup(value);
	else if (tree_is(n, "ipv4") || tree_is(n, "ipv6"))
		read_addresses(n, out);
}

static bool kind_of(const struct lyd_node *entry, enum net_kind *kind)
{
	for (unsigned k = 0; k < NET_KIND_COUNT; k++) {
		*kind = k;
		if (tree_is(entry, net_kind_word(k)))
			return true;
	}
	return false;
}

static int read_iface(const struct lyd_node *entry, struct net_iface *out)
{
	const struct lyd_node *n;

	if (!kind_of(entry, &out->kind))
		return -EINVAL;
	out->enabled = true;
	LY_LIST_FOR (lyd_child(entry), n)
		read_leaf(n, out);
	out->fast_path = out->kind != NET_LOOPBACK && net_drives(out->port);
	return 0;
}

static void load_iface(const struct lyd_node *entry)
{
	struct net_iface *fresh = calloc(1, sizeof(*fresh));

	if (fresh == NULL || read_iface(entry, fresh) < 0) {
		free(fresh);
		return;
	}
	net_iface_replace(fresh);
}

void net_each_iface(
    const struct lyd_node *config, void (*fn)(const struct lyd_node *entry, void *ctx), void *ctx)
{
	const struct lyd_node *vrf, *entry;
	enum net_kind kind;

	for (vrf = config ? lyd_child(config) : NULL; vrf != NULL; vrf = vrf->next) {
		if (!tree_is(vrf, "vrf"))
			continue;
		LY_LIST_FOR (lyd_child(tree_child(vrf, "interface")), entry) {
			if (kind_of(entry, &kind))
				fn(entry, ctx);
		}
	}
}

/* First of two passes, so that interfaces may swap their ports: who goes, and whose port changes.
 */
static void release_port(const struct lyd_node *entry, void *ctx)
{
	struct net_iface *iface = net_iface_find(tree_key(entry));
	const struct gh_change *chg = ctx;

	if (iface != NULL && tree_is(entry, net_kind_word(iface->kind)) &&
	    (tree_child(entry, "port") != NULL || tree_counterpart(chg->after, entry) == NULL))
		net_iface_remove(iface);
}

static void load_if_there(const struct lyd_node *entry, void *ctx)
{
	const struct gh_change *chg = ctx;
	const struct lyd_node *now = tree_counterpart(chg->after, entry);

	if (now != NULL)
		load_iface(now);
}

static void load_any(const struct lyd_node *entry, void *ctx)
{
	load_iface(entry);
}

static void read_hop(const struct lyd_node *entry, struct net_kroute *r)
{
	const struct lyd_node *n = tree_child(entry, "interface");
	struct net_hop *hop = &r->hops[r->nhops];
	struct net_iface *iface;

	if (r->nhops == NET_HOPS_MAX || gh_addr_parse(tree_key(entry), &hop->gateway) < 0)
		return;
	iface = n != NULL ? net_iface_find(lyd_get_value(n)) : NULL;
	hop->ifindex = iface != NULL ? iface->ifindex : 0;
	r->nhops++;
}

static void load_route(const struct lyd_node *entry, const struct lyd_node *now)
{
	struct net_kroute r = {0};
	const struct lyd_node *n;

	if (gh_prefix_parse(tree_key(entry), &r.dest) < 0)
		return;
	r.dest = gh_prefix_network(&r.dest);
	for (n = now ? lyd_child(now) : NULL; n != NULL; n = n->next) {
		if (tree_is(n, "next-hop"))
			read_hop(n, &r);
	}
	net_route_replace(&r);
}

static void load_routes(const struct gh_change *chg)
{
	const struct lyd_node *vrf, *entry;

	for (vrf = lyd_child(tree_config(chg->diff)); vrf != NULL; vrf = vrf->next) {
		if (!tree_is(vrf, "vrf"))
			continue;
		LY_LIST_FOR (lyd_child(tree_child(tree_child(vrf, "routing"), "static")), entry)
			load_route(entry, tree_counterpart(chg->after, entry));
	}
}

int net_apply(void *ctx, const struct gh_change *chg, struct gh_error *err)
{
	const struct lyd_node *diff = tree_config(chg->diff);
	bool fast_path = tree_child(tree_child(diff, "system"), "fast-path") != NULL;
	void *change = (void *)(uintptr_t)chg;

	if (diff == NULL)
		return 0;
	if (fast_path) {
		net_read_fast_path(tree_config(chg->after));
		gh_dpc_workers_set(net.daemon->dpc, &net.workers, GH_DPC_NO_DONE);
	}
	net_each_iface(diff, release_port, change);
	if (fast_path) /* who drives which port may have changed */
		net_each_iface(tree_config(chg->after), load_any, NULL);
	else
		net_each_iface(diff, load_if_there, change);
	load_routes(chg);
	return 0;
}
