/* SPDX-License-Identifier: BSD-3-Clause */
#include <linux/rtnetlink.h>
#include <net/if.h>
#include <stdlib.h>
#include <string.h>

#include "ctrlplane/config/session.h"
#include "ctrlplane/net/net.h"
#include "ctrlplane/net/show.h"

#define PIECE_ROUTES 500

struct listing {
	struct gh_reply *reply;
	struct lyd_node *piece;
	unsigned count;
	bool has_filter, gone;
	struct gh_prefix only;
};

static const char *protocol_word(uint8_t protocol)
{
	switch (protocol) {
	case NET_RTPROT:
		return "static";
	case RTPROT_KERNEL:
		return "connected";
	case RTPROT_BOOT:
	case RTPROT_STATIC:
		return "linux";
	case RTPROT_RA:
		return "ra";
	default:
		return "other";
	}
}

static void put_hop(struct lyd_node *entry, const struct net_hop *hop)
{
	char text[GH_ADDR_STRLEN];

	if (hop->gateway.family != AF_UNSPEC)
		show_text(entry, "next-hop", gh_addr_str(&hop->gateway, text));
}

static void send_piece(struct listing *list)
{
	if (gh_reply_send(list->reply, list->piece) < 0)
		list->gone = true;
	list->piece = list->gone ? NULL : gh_reply_piece(list->reply);
	list->count = 0;
}

static void put_route(struct listing *list, const struct net_kroute *r, bool active)
{
	char text[GH_PREFIX_STRLEN], device[IF_NAMESIZE];
	struct lyd_node *entry;

	if (list->gone || (list->has_filter && memcmp(&list->only, &r->dest, sizeof(r->dest)) != 0))
		return;
	entry = show_entry(list->piece, "route");
	show_text(entry, "destination", gh_prefix_str(&r->dest, text));
	show_text(entry, "vrf", "main");
	for (unsigned i = 0; i < r->nhops; i++)
		put_hop(entry, &r->hops[i]);
	show_text(entry, "interface", if_indextoname((unsigned)r->hops[0].ifindex, device));
	show_text(entry, "protocol", protocol_word(r->protocol));
	show_number(entry, "metric", r->metric);
	show_bool(entry, "active", active);
	if (++list->count == PIECE_ROUTES)
		send_piece(list);
}

static void put_active(void *ctx, const struct net_kroute *r)
{
	put_route(ctx, r, true);
}

static void put_pending(struct listing *list, int family)
{
	struct net_route *r, *tmp;
	struct net_kroute k;

	HASH_ITER (hh, net.routes, r, tmp) {
		if (r->installed || r->want.dest.addr.family != family)
			continue;
		k = r->want;
		k.protocol = NET_RTPROT;
		put_route(list, &k, false);
	}
}

static int show_routes(const struct lyd_node *input, struct gh_reply *reply, int family)
{
	const char *dest = show_input(input, "destination"), *vrf = show_input(input, "vrf");
	struct listing list = {.reply = reply, .piece = gh_reply_piece(reply)};

	if (dest != NULL && gh_prefix_parse(dest, &list.only) == 0) {
		list.only = gh_prefix_network(&list.only);
		list.has_filter = true;
	}
	if (vrf == NULL || strcmp(vrf, "main") == 0) {
		net_route_dump(&net.nl, family, put_active, &list);
		put_pending(&list, family);
	}
	if (!list.gone)
		gh_reply_send(reply, list.piece);
	return 0;
}

static int show_ipv4(
    void *ctx, const struct lyd_node *input, struct gh_reply *reply, struct gh_error *err)
{
	return show_routes(input, reply, AF_INET);
}

static int show_ipv6(
    void *ctx, const struct lyd_node *input, struct gh_reply *reply, struct gh_error *err)
{
	return show_routes(input, reply, AF_INET6);
}

static struct gh_rpc ipv4 = {.name = "show-ipv4-routes", .handle = show_ipv4};
static struct gh_rpc ipv6 = {.name = "show-ipv6-routes", .handle = show_ipv6};

void net_show_routes_register(void)
{
	gh_rpc_register(&ipv4);
	gh_rpc_register(&ipv6);
}
