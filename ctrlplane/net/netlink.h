/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * What the net engine asks of Linux by rtnetlink, in the namespace of the process. Requests are
 * answered by the kernel at once, so they are made synchronously on the main loop.
 *
 * Functions return 0 or the kernel's negative errno.
 */
#pragma once

#include <libmnl/libmnl.h>
#include <stdbool.h>
#include <stdint.h>

#include "common/addr.h"

/* Our routes bear this protocol number, so that they are told from those of others. */
#define NET_RTPROT 71

struct net_nl {
	struct mnl_socket *socket;
	uint32_t port, seq;
};

int net_nl_open(struct net_nl *nl);
void net_nl_close(struct net_nl *nl);

/* A message under construction, with room for attributes behind. */
struct net_msg {
	union {
		struct nlmsghdr hdr;
		char room[4096];
	};
};

/* Starts a message of that type; returns its zeroed family header. */
void *net_msg_start(struct net_msg *m, uint16_t type, uint16_t flags, size_t header);
int net_nl_ask(struct net_nl *nl, struct net_msg *m); /* waits for the kernel's ack */
int net_nl_get(struct net_nl *nl, struct net_msg *m, mnl_cb_t take, void *ctx); /* one object */
int net_nl_dump(struct net_nl *nl, struct net_msg *m, mnl_cb_t each, void *ctx);

/* --- link.c --- */
struct net_link {
	int ifindex;
	char name[16];
	uint8_t mac[6];
	uint32_t mtu;
	bool up, running; /* IFF_UP, IFF_RUNNING */
	uint64_t rx_packets, rx_bytes, rx_dropped, rx_errors;
	uint64_t tx_packets, tx_bytes, tx_dropped, tx_errors;
};

int net_link_get(struct net_nl *nl, int ifindex, struct net_link *out);
int net_link_set(struct net_nl *nl, int ifindex, bool up, uint32_t mtu); /* mtu 0: as it is */
/* Fills what an RTM_NEWLINK or RTM_DELLINK message says. */
void net_link_parse(const struct nlmsghdr *nlh, struct net_link *out);

/* --- address.c --- */
int net_address_add(struct net_nl *nl, int ifindex, const struct gh_prefix *a);
int net_address_del(struct net_nl *nl, int ifindex, const struct gh_prefix *a);
struct net_address {
	int ifindex;
	struct gh_prefix prefix;
	bool global; /* scope */
};
/* False: not an address message. */
bool net_address_parse(const struct nlmsghdr *nlh, struct net_address *out);
int net_address_dump(
    struct net_nl *nl, void (*each)(void *ctx, const struct net_address *a), void *ctx);

/* --- route.c --- */
#define NET_HOPS_MAX 16

struct net_hop {
	struct gh_addr gateway; /* AF_UNSPEC: on the link */
	int ifindex;		/* 0: the kernel finds it by the gateway's address */
};

struct net_kroute {
	struct gh_prefix dest;
	struct net_hop hops[NET_HOPS_MAX];
	unsigned nhops;
	uint32_t metric;
	uint8_t protocol;
};

/* Adds the route or puts it in place of ours to the same destination. */
int net_route_set(struct net_nl *nl, const struct net_kroute *r);
int net_route_del(struct net_nl *nl, const struct gh_prefix *dest);
/* Unicast routes of the main table. */
int net_route_dump(
    struct net_nl *nl, int family, void (*each)(void *ctx, const struct net_kroute *r), void *ctx);
