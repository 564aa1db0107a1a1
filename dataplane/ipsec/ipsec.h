/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * What the dataplane calls in its IPsec part, and what it offers to it. Threads: every function
 * runs on the control thread unless it says otherwise.
 *
 * The graph (packets keep the data pointer at the IPv4 header, see dataplane/mbuf_meta.h):
 *
 *   ip4_input  -> ip4_local    -> esp_decrypt   ESP, UDP 4500 that is not IKE, keepalives
 *                              -> ipsec_local -> host_output everything else for this gateway that
 *                                               did not come out of a tunnel and is not IKE:
 *                                               refuses in clear what policy protects
 *              -> ipsec_policy                  not for this gateway
 *   host_input -> ipsec_policy                  IPv4 sent by Linux, GH_META_FROM_HOST
 *   icmp4_error-> ipsec_policy                  errors we make (FROM_HOST; maybe PROTECT)
 *   ipsec_policy -> esp_encrypt                 gh_meta_set_sa(m, outbound index)
 *                -> ip4_forward                 in clear, transit: ip4_input has looked the
 *                                               route up (one access tells local from transit),
 *                                               meta->nexthop is kept by ipsec_policy
 *                -> ip4_lookup                  in clear, FROM_HOST and GH_FROM_HOST_ROUTED
 *                -> host_tx                     in clear, FROM_HOST and GH_FROM_HOST_FRAMED
 *                -> icmp4_error                 too big for the tunnel: FRAG_NEEDED, inner MTU
 *   esp_encrypt  -> eth_output                  meta->nexthop from the SA, outer fits the MTU
 *                -> ip4_fragment                outer must be fragmented: meta->nexthop, ->mtu
 *   esp_decrypt  -> ip4_input                   FROM_TUNNEL and gh_meta_set_sa; m->port unchanged
 *   handoff    -> esp_encrypt | esp_decrypt     from another worker (gh_handoff)
 *
 * FROM_HOST packets that icmp4_error made have no Ethernet frame of Linux' making: in clear they go
 * to ip4_lookup when gh_meta(m)->code is GH_FROM_HOST_ROUTED, and to host_tx otherwise.
 *
 * A next hop that is not READY needs no care by IPsec: eth_output holds or drops the packet.
 */
#pragma once

#include <stdint.h>

#include "common/error.h"
#include "dataplane/api/dp_api.h"
#include "dataplane/worker.h"

enum gh_from_host { GH_FROM_HOST_FRAMED, GH_FROM_HOST_ROUTED };

/*
 * Once, before any worker runs and after EAL and the shared segment (dataplane/shm.h) are up. SA
 * regions may hold what a dataplane before us left: kept until gh_ipsec_sync_end() says what is
 * not wanted any more, but no packet passes by an SA before it was stated again (its keys are
 * not in the segment).
 */
int gh_ipsec_init(struct gh_error *err);
void gh_ipsec_fini(void);

/* A worker's own things (IMB_MGR, scratch) in w->ipsec. Control thread, while w does not run. */
int gh_ipsec_worker_init(struct gh_worker *w, struct gh_error *err);
void gh_ipsec_worker_fini(struct gh_worker *w);

/* The number of workers changed; SAs may have to be owned by others. No worker runs. */
void gh_ipsec_workers_changed(void);

/* Bulk requests of dp_api.h. Records are applied in order; on error *failed is the index of the
 * one that failed, those before it stay applied. Keys in recs are wiped by the caller. recs are
 * aligned. 0 or negative errno with err's message for the operator. */
int gh_ipsec_sa_set(
    const struct gh_dp_sa *recs, uint32_t n, uint32_t *failed, struct gh_error *err);
int gh_ipsec_sa_del(
    const struct gh_dp_sa_id *recs, uint32_t n, uint32_t *failed, struct gh_error *err);
int gh_ipsec_policy_set(
    const struct gh_dp_policy *recs, uint32_t n, uint32_t *failed, struct gh_error *err);
int gh_ipsec_policy_del(const uint32_t *ids, uint32_t n, uint32_t *failed, struct gh_error *err);

/* Mark, and sweep what was not stated since. A second begin restarts the marking. */
void gh_ipsec_sync_begin(void);
void gh_ipsec_sync_end(void);

/* Routes within this prefix changed: outbound SAs whose remote lies in it must ask
 * gh_route_resolve() again. Coalesced: at most one call per batch of netlink messages; len 0
 * means any. The MTU of an interface changed: the same with len 0. */
void gh_ipsec_route_changed(const struct gh_prefix *prefix);

/* Every 10 ms while anything is attached, and at once after gh_control_kick(): emit ACQUIRE and
 * SA_LIMIT by gh_control_event(). */
void gh_ipsec_poll(void);

/* --- offered by the dataplane --- */

/* Asks for gh_ipsec_poll() soon. Any thread; cheap when already asked (one relaxed load). */
void gh_control_kick(void);

/* Sends an event to the client, if there is one; false when there is none (state it later). */
bool gh_control_event(enum gh_dp_type type, const void *body, size_t len);
