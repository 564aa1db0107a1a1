/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * Routes as Linux has them, and what of them is in the FIB. Per prefix several candidates may
 * exist; the best is installed: local addresses before the main table before known neighbours,
 * then the lowest metric. Addresses are in host order. Control thread.
 *
 * Changes become visible to workers at once, and to IPsec at gh_rib_commit().
 */
#pragma once

#include <stdbool.h>
#include <stdint.h>

enum gh_rib_source { GH_RIB_LOCAL, GH_RIB_MAIN, GH_RIB_NEIGH };

enum gh_rib_kind {
	GH_RIB_UNICAST, /* via gateway, or on-link when gateway is 0 */
	GH_RIB_HERE,	/* an address of this gateway, or a broadcast address */
	GH_RIB_BLACKHOLE,
	GH_RIB_UNREACHABLE,
};

struct gh_rib_route {
	uint32_t dst;
	uint32_t gateway;
	uint32_t metric;
	uint16_t iface;
	uint8_t len;
	uint8_t source; /* enum gh_rib_source */
	uint8_t kind;	/* enum gh_rib_kind */
};

/* replace: takes the place of the route of the same prefix, source and metric. */
void gh_rib_add(const struct gh_rib_route *r, bool replace);
void gh_rib_del(const struct gh_rib_route *r);

/* A full dump follows: what is not added again before gh_rib_sweep() goes. */
void gh_rib_mark(void);
void gh_rib_sweep(void);

/* End of a batch: tells IPsec which prefix changed since the last. */
void gh_rib_commit(void);

/* A host route for a neighbour on a connected prefix; its next hop, GH_NEXTHOP_NONE when it
 * cannot be had. A pinned one (an SA holds its index) stays while the prefix is connected. */
uint32_t gh_rib_neigh_route(uint16_t iface, uint32_t addr);
void gh_rib_neigh_unroute(uint16_t iface, uint32_t addr);

unsigned gh_rib_count(void); /* prefixes in the FIB */
void gh_rib_fini(void);
