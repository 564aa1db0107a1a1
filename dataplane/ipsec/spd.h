/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * The outbound policy database as the packet path searches it (RFC 4301 4.4.1), IPv4.
 *
 * A trie by the remote address (16 + 8 + 8 bits) leads to the most specific remote prefix that any
 * policy has; each such prefix is a node that holds its policies and points to the next less
 * specific one. So a change touches one node, and a lookup with the usual single prefix
 * costs two or three loads. The answer is exact: the best (priority, id) of all nodes on the way.
 *
 * The same structure answers the opposite question, whether a packet that came in clear should
 * have come through a tunnel: it is searched by the source.
 *
 * Threads: workers look up under RCU; the control thread changes (spd.c). Nodes are never changed
 * in place but for `parent` and a rule's `sa`, each one atomic store.
 */
#pragma once

#include <assert.h>
#include <stdint.h>

#include "common/error.h"
#include "dataplane/ipsec/memory.h"
#include "dataplane/ipsec/selector.h"

struct gh_spd_rule {
	uint32_t local, local_mask;
	uint16_t local_port_first, local_port_last;
	uint16_t remote_port_first, remote_port_last;
	uint8_t proto;
	bool any_port;
	uint16_t pad;
	uint32_t priority;
	uint32_t id;
	uint32_t sa; /* outbound slot or GH_DP_SA_NONE; changes in place */
};

static_assert(sizeof(struct gh_spd_rule) == 32, "two rules to a cache line");

/* The policies of one local prefix within a node, rule[first .. first+count). */
struct gh_spd_group {
	uint32_t first, count;
	uint32_t parent; /* the next less specific local prefix: its index plus one, 0: none */
	uint32_t pad;
};

/* Local addresses from start up to the next interval's. */
struct gh_spd_interval {
	uint32_t start;
	uint32_t group; /* the most specific one that covers them: its index plus one, 0: none */
};

/*
 * Up to GH_SPD_FLAT rules are compared one by one; more are found by the local address, in
 * intervals that are searched by halving. Behind rule[count] lie group[groups] and
 * interval[intervals].
 */
struct gh_spd_node {
	uint32_t parent; /* handle of the next less specific prefix's node, 0: none */
	uint32_t count;
	uint32_t groups, intervals;
	struct gh_spd_rule rule[]; /* by local prefix, priority, id */
};

#define GH_SPD_FLAT 16

static inline struct gh_spd_group *gh_spd_groups(const struct gh_spd_node *n)
{
	return (struct gh_spd_group *)(uintptr_t)&n->rule[n->count];
}

static inline struct gh_spd_interval *gh_spd_intervals(const struct gh_spd_node *n)
{
	return (struct gh_spd_interval *)(void *)(gh_spd_groups(n) + n->groups);
}

#define GH_SPD_FLOWS 64 /* looked up at a time */

/* The policy of each outbound flow, NULL for none: *sa is what it says now. n <= GH_SPD_FLOWS. */
void gh_spd_lookup(const struct gh_flow4 *flow, unsigned n, const struct gh_spd_rule **rule);

/* Does any policy protect this flow? For packets that came in clear (remote: their source). */
void gh_spd_protected(const struct gh_flow4 *flow, unsigned n, bool *hit);

/* --- control thread --- */

int gh_spd_init(struct gh_error *err);
void gh_spd_fini(void); /* no worker runs, no reclaim is pending */

struct gh_spd_key {
	uint32_t prefix; /* host order, host bits zero */
	uint32_t len;
};

/* Adds a rule under a remote prefix, or replaces the one with its id there. 0 or -ENOMEM, then
 * nothing changed. */
int gh_spd_put(struct gh_spd_key key, const struct gh_spd_rule *rule);

/* Removes the rule with this id under the prefix, if it is there; -ENOMEM: it still is. */
int gh_spd_remove(struct gh_spd_key key, uint32_t id);

/* Directs a rule's packets to another SA, at once and for good. */
void gh_spd_set_sa(struct gh_spd_key key, uint32_t id, uint32_t sa);
