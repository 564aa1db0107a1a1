/* SPDX-License-Identifier: BSD-3-Clause */
#include <errno.h>
#include <string.h>

#include "ctrlplane/config/session.h"
#include "ctrlplane/dpclient/view.h"
#include "ctrlplane/net/net.h"
#include "ctrlplane/net/show.h"

struct addresses {
	struct lyd_node *entry;
	int ifindex;
};

static void put_address(void *ctx, const struct net_address *a)
{
	struct addresses *list = ctx;
	char text[GH_PREFIX_STRLEN];

	if (a->ifindex == list->ifindex && a->global)
		show_text(list->entry, "address", gh_prefix_str(&a->prefix, text));
}

static void put_mac(struct lyd_node *entry, const uint8_t mac[6])
{
	char text[18];

	snprintf(text, sizeof(text), "%02x:%02x:%02x:%02x:%02x:%02x", mac[0], mac[1], mac[2],
	    mac[3], mac[4], mac[5]);
	show_text(entry, "mac-address", text);
}

static void put_kernel_traffic(struct lyd_node *entry, const struct net_link *link)
{
	show_number(entry, "rx-packets", link->rx_packets);
	show_number(entry, "rx-bytes", link->rx_bytes);
	show_number(entry, "rx-drops", link->rx_dropped);
	show_number(entry, "rx-errors", link->rx_errors);
	show_number(entry, "tx-packets", link->tx_packets);
	show_number(entry, "tx-bytes", link->tx_bytes);
	show_number(entry, "tx-drops", link->tx_dropped);
	show_number(entry, "tx-errors", link->tx_errors);
}

void net_show_port_traffic(struct lyd_node *entry, const struct gh_shm_view *v, uint32_t index)
{
	const struct gh_shm_iface *port = gh_shm_at(v, GH_SHM_IFACES, index);
	struct gh_shm_iface_counters sum;

	gh_shm_iface_sum(v, index, &sum);
	show_number(entry, "rx-packets", sum.rx_packets);
	show_number(entry, "rx-bytes", sum.rx_bytes);
	show_number(entry, "rx-drops", port->missed);
	show_number(entry, "rx-errors", port->rx_errors);
	show_number(entry, "tx-packets", sum.tx_packets);
	show_number(entry, "tx-bytes", sum.tx_bytes);
	show_number(entry, "tx-drops", sum.tx_full);
	show_number(entry, "tx-errors", port->tx_errors);
}

/* What a fast-path interface is comes from the dataplane; the TAP is only its host side. */
static void put_fast_path(struct lyd_node *entry, const struct net_iface *iface)
{
	const struct gh_shm_view *v = gh_dpc_view(net.daemon->instance);
	int index = v != NULL ? gh_dpc_view_iface(v, iface->name) : -1;
	const struct gh_shm_iface *port;

	if (index < 0 || gh_dpc_state(net.daemon->dpc) == GH_DPC_DOWN) {
		show_link(entry, false);
		return;
	}
	port = gh_shm_at(v, GH_SHM_IFACES, (uint32_t)index);
	show_link(entry, port->up && port->link);
	put_mac(entry, port->mac);
	show_number(entry, "mtu", port->mtu);
	net_show_port_traffic(entry, v, (uint32_t)index);
}

static void put_kernel(struct lyd_node *entry, const struct net_iface *iface)
{
	struct net_link link = {0};

	if (iface->ifindex == 0 || net_link_get(&net.nl, iface->ifindex, &link) < 0) {
		show_link(entry, false);
		return;
	}
	show_link(entry, link.running);
	if (iface->kind != NET_LOOPBACK)
		put_mac(entry, link.mac);
	show_number(entry, "mtu", link.mtu);
	put_kernel_traffic(entry, &link);
}

/* On `lo`, only what the interface brought; elsewhere all that is there. */
static void put_addresses(struct lyd_node *entry, const struct net_iface *iface)
{
	struct addresses list = {.entry = entry, .ifindex = iface->ifindex};
	char text[GH_PREFIX_STRLEN];

	if (iface->kind != NET_LOOPBACK) {
		if (iface->ifindex != 0)
			net_address_dump(&net.nl, put_address, &list);
		return;
	}
	for (unsigned i = 0; i < iface->installed.count; i++)
		show_text(entry, "address", gh_prefix_str(&iface->installed.list[i], text));
}

static void put_interface(struct lyd_node *piece, const struct net_iface *iface)
{
	struct lyd_node *entry = show_entry(piece, "interface");

	show_text(entry, "name", iface->name);
	show_text(entry, "vrf", "main");
	show_text(entry, "type", net_kind_word(iface->kind));
	show_text(entry, "port", iface->port);
	show_bool(entry, "fast-path", iface->fast_path);
	show_bool(entry, "enabled", iface->enabled);
	if (iface->fast_path)
		put_fast_path(entry, iface);
	else
		put_kernel(entry, iface);
	put_addresses(entry, iface);
	show_text(entry, "description", iface->description);
}

static int by_name(const struct net_iface *a, const struct net_iface *b)
{
	return strcmp(a->name, b->name);
}

static int show_interface(
    void *ctx, const struct lyd_node *input, struct gh_reply *reply, struct gh_error *err)
{
	const char *name = show_input(input, "name"), *vrf = show_input(input, "vrf");
	struct net_iface *iface, *tmp;
	struct lyd_node *piece;

	if (name != NULL && net_iface_find(name) == NULL)
		return gh_error_set(err, -ENOENT, NULL, "there is no interface %s", name);
	if (vrf != NULL && strcmp(vrf, "main") != 0)
		return 0;
	piece = gh_reply_piece(reply);
	HASH_SORT(net.ifaces, by_name);
	HASH_ITER (hh, net.ifaces, iface, tmp) {
		if (name == NULL || strcmp(name, iface->name) == 0)
			put_interface(piece, iface);
	}
	gh_reply_send(reply, piece);
	return 0;
}

static struct gh_rpc rpc = {.name = "show-interface", .handle = show_interface};

void net_show_interface_register(void)
{
	gh_rpc_register(&rpc);
}
