/* SPDX-License-Identifier: BSD-3-Clause */
#include "dataplane/ipsec/acquire.h"

#include <rte_cycles.h>

#include "dataplane/ipsec/ipsec.h"

static struct gh_prefix host_prefix(uint32_t addr)
{
	return (struct gh_prefix){.addr = gh_addr_v4(addr), .len = 32};
}

void gh_acquire(struct gh_esp_worker *w, uint32_t policy, const struct gh_flow4 *flow, uint64_t now)
{
	struct gh_acquire_slot *slot = &w->acquired[policy % GH_ACQUIRE_SLOTS];
	struct gh_ipsec_event *e;

	if (slot->policy == policy && now < slot->until)
		return;
	e = gh_ipsec_event_room(&w->events);
	if (e == NULL)
		return;
	*e = (struct gh_ipsec_event){
	    .type = GH_DP_EVENT_ACQUIRE,
	    .acquire =
		{
		    .policy = policy,
		    .packet =
			{
			    .local = host_prefix(flow->local),
			    .remote = host_prefix(flow->remote),
			    .proto = flow->proto,
			    .local_port_first = flow->local_port,
			    .local_port_last = flow->local_port,
			    .remote_port_first = flow->remote_port,
			    .remote_port_last = flow->remote_port,
			},
		},
	};
	gh_ipsec_event_post(&w->events);
	gh_control_kick();
	*slot = (struct gh_acquire_slot){now + rte_get_tsc_hz(), policy};
}
