/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * CHILD SAs as the dataplane knows them: what the IKE engine installs, switches and removes becomes
 * SA and policy records of dataplane/api/dp_api.h.
 *
 * - A child has one slot, the low bits of its inbound SPI, in both SA tables. So the outbound
 *   SA of a restored record finds its old slot, and with it its sequence number, whatever restarts.
 * - Outbound policies are kept per distinct selector, not per child: each holds the children that
 *   claim it, and the last to claim it carries the traffic. A rekey is a new claim, and a
 *   POLICY_SET of the same id: nothing is ever without a policy in between. When the last claim
 *   goes, so does the policy, and the guard below shows again.
 * - A guard is the configured security policy itself: it says "protect" with no SA, at a lower
 *   precedence. What no child covers meets it, is dropped and announces itself (acquire).
 * - Keys are not kept here: after a restart of the dataplane the engine states its children again.
 *
 * Memory per child: about 500 bytes. All calls O(selectors). Main loop only.
 */
#pragma once

#include "ctrlplane/dpclient/dpclient.h"
#include "ctrlplane/ike/host/outbox.h"
#include "ctrlplane/ike/ike.h"

struct children;

/* SAs and policies that are set are issued to the outbox: IKE's messages follow them. */
struct children *children_new(struct gh_dpc *dpc, struct outbox *outbox);
void children_free(struct children *t); /* leaves the dataplane as it is */

/* The callbacks of struct ike_host of these names. */
int children_spi_alloc(struct children *t, uint32_t *spi);
void children_spi_free(struct children *t, uint32_t spi);
int children_install(struct children *t, const struct ike_child_sa *child);
void children_switch(struct children *t, uint32_t to, uint32_t from);
void children_remove(struct children *t, uint32_t spi_in);

/* The slot of a child, in both directions. */
uint32_t children_slot(uint32_t spi_in);
/* True when a dataplane may have had this child before now: it was stated to one, or it comes from
 * a record that a former gatehoused left. */
bool children_was_stated(const struct children *t, const struct ike_child_sa *child);

/* Slot and names of a child; false: unknown. */
struct child_place {
	uint32_t slot, spi_in, spi_out;
};
bool children_find(const struct children *t, uint32_t spi_in, struct child_place *out);
/* The child that owns a slot in either table; 0: none. */
uint32_t children_spi_of_slot(const struct children *t, uint32_t slot);
uint32_t children_count(const struct children *t);

/* Adds or replaces the guard of (vpn, policy); -ENOMEM. Deletes it. */
int children_guard_set(
    struct children *t, const char *vpn, const char *policy, const struct gh_dp_selector *selector);
void children_guard_del(struct children *t, const char *vpn, const char *policy);
/* The guard behind an ACQUIRE; false: it is gone. The strings live until the next call that
 * changes guards. */
bool children_guard_find(
    const struct children *t, uint32_t policy_id, const char **vpn, const char **policy);

/* States every guard to a dataplane that came up. */
void children_state_guards(struct children *t);
