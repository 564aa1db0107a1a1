/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * IPv4 neighbours. Linux resolves them (ARP on the TAPs); here they become next hops, packets wait
 * for them, and those in use are kept fresh. Addresses are in host order. Control thread.
 */
#pragma once

#include <rte_mbuf.h>
#include <rte_ring.h>
#include <stdbool.h>
#include <stdint.h>

#define GH_NEIGH_HELD 8 /* packets that wait for one neighbour */

enum gh_neigh_state {
	GH_NEIGH_REACHABLE, /* mac is valid */
	GH_NEIGH_STALE,	    /* mac is valid, but nobody has confirmed it lately */
	GH_NEIGH_UNKNOWN,   /* being resolved, or forgotten */
	GH_NEIGH_FAILED,    /* did not answer */
};

int gh_neigh_init(void); /* 0 or negative errno */
void gh_neigh_fini(void);

/* How a neighbour is asked for; netlink sets it, and tests. */
typedef void gh_neigh_solicit_fn(uint16_t iface, uint32_t addr);
void gh_neigh_on_solicit(gh_neigh_solicit_fn *fn);

/* What Linux says of a neighbour. mac is read in the first two states. */
void gh_neigh_update(
    uint16_t iface, uint32_t addr, enum gh_neigh_state state, const uint8_t mac[6]);

/* The next hop of a neighbour, made when there is none, for a route that uses it; unresolved ones
 * are asked for. GH_NEXTHOP_NONE when the table is full. Balance with gh_neigh_unref. */
uint32_t gh_neigh_ref(uint16_t iface, uint32_t addr);
void gh_neigh_unref(uint16_t iface, uint32_t addr);

/* An interface goes: all its neighbours too. Its MAC changed: rewrite all. */
void gh_neigh_flush(uint16_t iface);
void gh_neigh_rewrite(uint16_t iface);

/* Packets whose next hop is not ready, from workers; data pointer at the IPv4 header. */
extern struct rte_ring *gh_neigh_ring;

/* Takes them in, times things out. Returns true while something needs a tick soon. */
bool gh_neigh_poll(uint64_t now_ms);
