/* SPDX-License-Identifier: BSD-3-Clause */
#include "dataplane/ipsec/esp_limit.h"

#include "dataplane/ipsec/ipsec.h"

/* false: no room; try again with the next packet. */
static bool announce(struct gh_esp_worker *w, enum gh_dp_dir dir, uint32_t sa, bool hard)
{
	struct gh_ipsec_event *e = gh_ipsec_event_room(&w->events);

	if (e == NULL)
		return false;
	*e = (struct gh_ipsec_event){
	    .type = GH_DP_EVENT_SA_LIMIT,
	    .limit = {.id = {.index = sa, .spi = gh_sa.dir[dir].cold[sa].spi, .dir = dir},
		.hard = hard},
	};
	gh_ipsec_event_post(&w->events);
	gh_control_kick();
	return true;
}

void gh_sa_limit_stop(struct gh_esp_worker *w, enum gh_dp_dir dir, uint32_t sa)
{
	struct gh_sa_line *l = &gh_sa.dir[dir].line[sa];

	if (!l->expired && announce(w, dir, sa, true))
		l->expired = 1;
}

bool gh_sa_limit_pass(struct gh_esp_worker *w, enum gh_dp_dir dir, uint32_t sa, uint32_t len)
{
	const struct gh_sa_line *l = &gh_sa.dir[dir].line[sa];
	struct gh_sa_cold *c = &gh_sa.dir[dir].cold[sa];
	uint64_t packets = l->packets + 1, bytes = l->bytes + len;

	if (packets > c->hard_packets || bytes > c->hard_bytes) {
		gh_sa_limit_stop(w, dir, sa);
		return false;
	}
	if (!c->told && (packets > c->soft_packets || bytes > c->soft_bytes))
		c->told = announce(w, dir, sa, false);
	return true;
}
