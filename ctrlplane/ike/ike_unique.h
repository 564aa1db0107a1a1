/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * One peer, one IKE SA: unique-sa, INITIAL_CONTACT (RFC 7296 2.4), re-authentication.
 */
#pragma once

#include "ctrlplane/ike/ike_state.h"

/* Whether we may say INITIAL_CONTACT: we hold no other SA with this peer. */
bool ike_unique_is_first(const struct ike_sa *sa);

/* unique-sa keep: whether an established SA with these identities forbids the new one. */
bool ike_unique_forbids(const struct ike_sa *sa);

/* The SA is established: older ones of the same identities go, as configuration and the peer's
 * INITIAL_CONTACT say. May delete sa itself when two setups crossed. */
void ike_unique_established(struct ike_sa *sa, bool initial_contact);
