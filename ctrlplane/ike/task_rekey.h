/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * The rekey of an IKE SA (RFC 7296 1.3.2, 2.18), seen from both ends. When two cross (2.8.2), each
 * side has made two SAs; the one whose exchange had the lowest nonce goes, and the children
 * move to the other.
 */
#pragma once

#include "ctrlplane/ike/ike_task.h"

struct rekey_task {
	struct ike_task task;
	const struct ike_dh_alg *group;
	struct ike_dh *dh;
	uint64_t made; /* id of the new SA, 0: none yet */
	uint8_t ni[IKE_NONCE_MAX], nr[IKE_NONCE_MAX];
	uint16_t ni_len, nr_len;
	unsigned again;
	int status;
	/* The peer's rekey, answered while ours was out. */
	uint64_t crossing_sa;
	uint8_t crossing_nonce[IKE_NONCE_MAX];
	uint16_t crossing_len;
};

/* Our own rekey of the SA if it is the active task, or NULL. */
struct rekey_task *ike_rekey_under_way(const struct ike_sa *sa);

/* Children and waiting tasks go to the successor; the old SA only waits for its Delete. */
void ike_rekey_take_over(struct ike_sa *old, struct ike_sa *successor);

/* The old SA ends before our own rekey of it was answered: what the peer made takes over. */
void ike_rekey_yield(struct ike_sa *old);

int ike_rekey_derive(struct ike_sa *old, struct ike_sa *made, struct ike_bytes secret,
    struct ike_bytes ni, struct ike_bytes nr);
