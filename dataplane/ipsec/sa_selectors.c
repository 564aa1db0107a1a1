/* SPDX-License-Identifier: BSD-3-Clause */
/* The selectors of an inbound SA: one in its line, several in a chain. */
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "dataplane/ipsec/sa_control.h"
#include "dataplane/ipsec/sa_slot.h"
#include "dataplane/rcu.h"

static bool fits_inline(const struct gh_selector4 *sel)
{
	return sel->proto == 0 && sel->any_port;
}

int gh_sa_control_selectors(uint32_t index, const struct gh_selector4 *sel, uint32_t count)
{
	struct gh_sa_line *l = gh_sa_line_at(GH_DP_IN, index);
	struct gh_sa_cold *c = &gh_sa.dir[GH_DP_IN].cold[index];
	struct gh_sa_slot *s = &gh_sa_slots.slot[GH_DP_IN][index];
	struct gh_sa_chain *chain = NULL, *old = c->chain;
	uint16_t flags = l->flags & (uint16_t) ~(GH_SA_SEL_INLINE | GH_SA_SEL_CHAIN);
	bool keep_inline = false;

	/* The line's selector is written once in an SA's life: readers never see half of two. */
	for (uint32_t i = 0; i < count && s->inline_taken; i++)
		keep_inline |= fits_inline(&sel[i]) && sel[i].local == l->sel_local &&
			       sel[i].remote == l->sel_remote &&
			       sel[i].local_len == l->sel_local_len &&
			       sel[i].remote_len == l->sel_remote_len;
	if (!s->inline_taken && count > 0 && fits_inline(&sel[0])) {
		l->sel_local = sel[0].local;
		l->sel_remote = sel[0].remote;
		l->sel_local_len = sel[0].local_len;
		l->sel_remote_len = sel[0].remote_len;
		s->inline_taken = 1;
		keep_inline = true;
	}
	if (count > 1 || (count == 1 && !keep_inline)) {
		chain = malloc(sizeof(*chain) + count * sizeof(*sel));
		if (chain == NULL)
			return -ENOMEM;
		chain->count = count;
		memcpy(chain->sel, sel, count * sizeof(*sel));
		flags |= GH_SA_SEL_CHAIN;
	}
	if (keep_inline)
		flags |= GH_SA_SEL_INLINE;
	__atomic_store_n(&c->chain, chain, __ATOMIC_RELEASE);
	gh_sa_store_flags(l, flags);
	if (old != NULL)
		gh_rcu_defer(free, old);
	return 0;
}
