/* SPDX-License-Identifier: BSD-3-Clause */
#include <rte_branch_prediction.h>
#include <rte_prefetch.h>

#include "dataplane/ipsec/spd.h"
#include "dataplane/ipsec/spd_trie.h"

struct gh_spd gh_spd;

static __rte_always_inline uint32_t load(const uint32_t *entry)
{
	return __atomic_load_n(entry, __ATOMIC_ACQUIRE);
}

static __rte_always_inline bool is_table(uint32_t entry)
{
	return (entry & GH_SPD_TABLE) != 0;
}

static __rte_always_inline const uint32_t *slot(uint32_t entry, uint8_t octet)
{
	return (const uint32_t *)gh_arena_at(&gh_spd.arena, entry & ~GH_SPD_TABLE) + octet;
}

/* The leaves of all addresses, level by level, so that the loads of a burst overlap. */
static __rte_always_inline void find_leaves(
    const struct gh_flow4 *flow, unsigned n, uint32_t leaf[GH_SPD_FLOWS])
{
	for (unsigned i = 0; i < n; i++)
		rte_prefetch0(&gh_spd.root[flow[i].remote >> 16]);
	for (unsigned i = 0; i < n; i++) {
		leaf[i] = load(&gh_spd.root[flow[i].remote >> 16]);
		if (is_table(leaf[i]))
			rte_prefetch0(slot(leaf[i], (uint8_t)(flow[i].remote >> 8)));
	}
	for (unsigned i = 0; i < n; i++) {
		if (!is_table(leaf[i]))
			continue;
		leaf[i] = load(slot(leaf[i], (uint8_t)(flow[i].remote >> 8)));
		if (is_table(leaf[i]))
			rte_prefetch0(slot(leaf[i], (uint8_t)flow[i].remote));
	}
	for (unsigned i = 0; i < n; i++) {
		if (is_table(leaf[i]))
			leaf[i] = load(slot(leaf[i], (uint8_t)flow[i].remote));
		rte_prefetch0(gh_arena_at(&gh_spd.arena, leaf[i]));
	}
}

static __rte_always_inline bool rule_match(const struct gh_spd_rule *r, const struct gh_flow4 *f)
{
	if (((f->local ^ r->local) & r->local_mask) != 0)
		return false;
	if (r->proto != 0 && r->proto != f->proto)
		return false;
	if (likely(r->any_port))
		return true;
	return f->has_ports && f->local_port >= r->local_port_first &&
	       f->local_port <= r->local_port_last && f->remote_port >= r->remote_port_first &&
	       f->remote_port <= r->remote_port_last;
}

static __rte_always_inline bool better(const struct gh_spd_rule *a, const struct gh_spd_rule *b)
{
	if (b == NULL || a->priority != b->priority)
		return b == NULL || a->priority < b->priority;
	return a->id < b->id;
}

/* The best of these rules and `best` that matches. */
static __rte_always_inline const struct gh_spd_rule *best_of(const struct gh_spd_rule *rule,
    uint32_t count, const struct gh_flow4 *f, const struct gh_spd_rule *best)
{
	for (uint32_t i = 0; i < count; i++) {
		if (rule_match(&rule[i], f) && better(&rule[i], best))
			best = &rule[i];
	}
	return best;
}

/* The group of the interval that holds a local address, plus one. */
static uint32_t group_of(const struct gh_spd_node *node, uint32_t local)
{
	const struct gh_spd_interval *at = gh_spd_intervals(node);

	for (uint32_t left = node->intervals; left > 1;) {
		uint32_t half = left / 2;

		if (at[half].start <= local)
			at += half;
		left -= half;
	}
	return at->group;
}

/* In a node of many rules: the local prefixes that cover the address, most specific first. */
static const struct gh_spd_rule *best_indexed(
    const struct gh_spd_node *node, const struct gh_flow4 *f, const struct gh_spd_rule *best)
{
	uint32_t group = group_of(node, f->local);

	while (group != 0) {
		const struct gh_spd_group *g = &gh_spd_groups(node)[group - 1];

		best = best_of(&node->rule[g->first], g->count, f, best);
		group = g->parent;
	}
	return best;
}

static __rte_always_inline const struct gh_spd_rule *best_match(
    uint32_t leaf, const struct gh_flow4 *f)
{
	const struct gh_spd_rule *best = NULL;

	while (leaf != 0) {
		const struct gh_spd_node *node = gh_arena_at(&gh_spd.arena, leaf);

		if (likely(node->groups == 0))
			best = best_of(node->rule, node->count, f, best);
		else
			best = best_indexed(node, f, best);
		leaf = load(&node->parent);
	}
	return best;
}

void gh_spd_lookup(const struct gh_flow4 *flow, unsigned n, const struct gh_spd_rule **rule)
{
	uint32_t leaf[GH_SPD_FLOWS];

	find_leaves(flow, n, leaf);
	for (unsigned i = 0; i < n; i++)
		rule[i] = best_match(leaf[i], &flow[i]);
}

void gh_spd_protected(const struct gh_flow4 *flow, unsigned n, bool *hit)
{
	uint32_t leaf[GH_SPD_FLOWS];

	find_leaves(flow, n, leaf);
	for (unsigned i = 0; i < n; i++)
		hit[i] = best_match(leaf[i], &flow[i]) != NULL;
}
