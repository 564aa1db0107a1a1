/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * The index of a node with many rules. Its local prefixes nest or are apart, so one sweep over them
 * in order, with the prefixes that are open on a stack, cuts the address space into intervals.
 */
#include "dataplane/ipsec/spd_trie.h"

struct sweep {
	struct gh_spd_node *node;
	struct gh_spd_group *group;
	struct gh_spd_interval *interval;
	uint32_t intervals;
	uint32_t open[33]; /* groups, plus one, least specific first; one a prefix length at most */
	unsigned depth;
};

static uint32_t end_of(const struct sweep *s, uint32_t group)
{
	const struct gh_spd_rule *r = &s->node->rule[s->group[group - 1].first];

	return r->local | ~r->local_mask;
}

static uint32_t top(const struct sweep *s)
{
	return s->depth > 0 ? s->open[s->depth - 1] : 0;
}

static void begin_interval(struct sweep *s, uint32_t start, uint32_t group)
{
	if (s->intervals > 0 && s->interval[s->intervals - 1].start == start)
		s->intervals--;
	s->interval[s->intervals++] = (struct gh_spd_interval){start, group};
}

static void close_one(struct sweep *s)
{
	uint32_t end = end_of(s, top(s));

	s->depth--;
	if (end != UINT32_MAX)
		begin_interval(s, end + 1, top(s));
}

static void open_group(struct sweep *s, uint32_t group)
{
	uint32_t start = s->node->rule[s->group[group - 1].first].local;

	while (s->depth > 0 && end_of(s, top(s)) < start)
		close_one(s);
	s->group[group - 1].parent = top(s);
	begin_interval(s, start, group);
	s->open[s->depth++] = group;
}

static bool same_local(const struct gh_spd_rule *a, const struct gh_spd_rule *b)
{
	return a->local == b->local && a->local_mask == b->local_mask;
}

static void make_groups(struct gh_spd_node *n)
{
	struct gh_spd_group *group = gh_spd_groups(n);

	for (uint32_t i = 0; i < n->count; i++) {
		if (i == 0 || !same_local(&n->rule[i - 1], &n->rule[i]))
			group[n->groups++] = (struct gh_spd_group){.first = i};
		group[n->groups - 1].count++;
	}
}

void gh_spd_index(struct gh_spd_node *n)
{
	struct sweep s = {.node = n, .group = gh_spd_groups(n)};

	n->groups = 0;
	make_groups(n);
	s.interval = gh_spd_intervals(n);
	begin_interval(&s, 0, 0);
	for (uint32_t g = 1; g <= n->groups; g++)
		open_group(&s, g);
	while (s.depth > 0)
		close_one(&s);
	n->intervals = s.intervals;
}
