/* SPDX-License-Identifier: BSD-3-Clause */
#include "dataplane/ipsec/sa_control.h"

#include <rte_byteorder.h>

#include "dataplane/ipsec/sa_check.h"
#include "dataplane/ipsec/sa_slot.h"
#include "dataplane/nexthop.h"

int gh_sa_control_del(
    const struct gh_dp_sa_id *recs, uint32_t n, uint32_t *failed, struct gh_error *err)
{
	for (uint32_t i = 0; i < n; i++) {
		int rc = gh_sa_check_id(&recs[i], err);

		*failed = i;
		if (rc != 0)
			return rc;
		/* Asking twice, or for an SA that was replaced, is no error: it is gone. */
		if (gh_sa_slots.slot[recs[i].dir][recs[i].index].state != GH_SA_SLOT_DYING &&
		    gh_sa_line_at(recs[i].dir, recs[i].index)->spi == rte_cpu_to_be_32(recs[i].spi))
			gh_sa_slot_remove(recs[i].dir, recs[i].index);
	}
	return 0;
}

void gh_sa_control_untold(const struct gh_dp_sa_id *id)
{
	struct gh_sa_line *l = gh_sa_line_at(id->dir, id->index);

	if (l->spi != rte_cpu_to_be_32(id->spi))
		return;
	gh_sa.dir[id->dir].cold[id->index].told = 0;
	l->expired = 0;
}

void gh_sa_control_sync_begin(void)
{
	gh_sa_slots.round++;
}

void gh_sa_control_sync_end(void)
{
	for (unsigned dir = GH_DP_OUT; dir <= GH_DP_IN; dir++) {
		uint32_t next;

		for (uint32_t i = gh_sa_slots.first[dir]; i != 0; i = next) {
			const struct gh_sa_slot *s = &gh_sa_slots.slot[dir][i - 1];

			next = s->next;
			if (s->stated != gh_sa_slots.round && s->state != GH_SA_SLOT_DYING)
				gh_sa_slot_remove(dir, i - 1);
		}
	}
}

void gh_sa_control_reroute(const struct gh_prefix *prefix)
{
	for (uint32_t i = gh_sa_slots.first[GH_DP_OUT]; i != 0;
	     i = gh_sa_slots.slot[GH_DP_OUT][i - 1].next) {
		const struct gh_sa_slot *s = &gh_sa_slots.slot[GH_DP_OUT][i - 1];

		if (s->state == GH_SA_SLOT_LIVE &&
		    (prefix->len == 0 || gh_prefix_contains(prefix, &s->remote)))
			__atomic_store_n(&gh_sa_line_at(GH_DP_OUT, i - 1)->nexthop,
			    gh_route_resolve(&s->remote), __ATOMIC_RELAXED);
	}
}
