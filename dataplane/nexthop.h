/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * Next hops: 16 bytes each, an Ethernet rewrite and where it goes. The first 12 bytes are the
 * first 12 bytes of the frame. Workers read; the control thread writes, each change as one
 * 16-byte store. An index stays the same while the neighbour's address or state changes, so FIB
 * entries and SAs hold indices and are touched only when a route changes.
 */
#pragma once

#include <assert.h>
#include <stdint.h>

#include "common/addr.h"

#define GH_NEXTHOP_MAX (1u << 16)
#define GH_NEXTHOP_NONE 0u /* no route; a valid index whose flags say so */

enum gh_nexthop_flags {
	GH_NEXTHOP_READY = 1 << 0,  /* dst, src and iface may be used: send */
	GH_NEXTHOP_LOCAL = 1 << 1,  /* an address of this gateway */
	GH_NEXTHOP_GLEAN = 1 << 2,  /* a connected prefix: the neighbour must be made known first */
	GH_NEXTHOP_REFUSE = 1 << 3, /* no route or unreachable: ICMP error */
	GH_NEXTHOP_DROP = 1 << 4,   /* blackhole: silent */
};

struct gh_nexthop {
	uint8_t dst[6];
	uint8_t src[6];
	uint16_t iface; /* out by, dataplane/iface.h */
	uint16_t flags; /* enum gh_nexthop_flags; none: the neighbour is being resolved */
} __attribute__((aligned(16)));
static_assert(sizeof(struct gh_nexthop) == 16, "four to a cache line");

extern struct gh_nexthop gh_nexthops[GH_NEXTHOP_MAX];

/* Set by workers when they use a next hop (only where it is 0), cleared by the control thread,
 * which keeps the neighbours in use fresh. */
extern uint8_t gh_nexthop_used[GH_NEXTHOP_MAX];

static inline const struct gh_nexthop *gh_nexthop(uint32_t index)
{
	return &gh_nexthops[index];
}

/*
 * The next hop towards a unicast address, as of now. Control thread only. For a neighbour on a
 * connected prefix the entry is made and its resolution begun. GH_NEXTHOP_NONE when there is no
 * route. The answer is good until gh_ipsec_route_changed() names a prefix that holds dst; the
 * entry is not given to another neighbour before that and a grace period (dataplane/rcu.h).
 */
uint32_t gh_route_resolve(const struct gh_addr *dst);
