/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * Child SAs once they are negotiated: installed, switched to, moved, removed.
 *
 * Of all children with the same selectors one carries the outbound traffic, the newest; when it
 * goes the next newest takes over. A rekey's responder lets the old child carry it until the peer
 * surely has the new one (RFC 7296 2.8).
 */
#pragma once

#include "ctrlplane/ike/ike_state.h"

/* Puts a filled child (spis, suite, keys, policy, ts, selectors, times) into the tables of its SA
 * and states it to the host. False: the host refused, child is freed. */
bool ike_child_start(struct ike_sa *sa, struct ike_child *child, bool outbound);
/* The same from a record: state and outbound as they were, timers as what was left. 0 or -EINVAL.
 */
int ike_child_restore(struct ike_sa *sa, struct ike_child *child, bool outbound,
    uint64_t rekey_left_ms, uint64_t life_left_ms);
void ike_child_arm(struct ike_child *child); /* rekey and expiry by configuration */

void ike_child_free(struct ike_child *child); /* one that was never started */

struct ike_child *ike_child_find(const struct ike_engine *e, uint32_t spi_in);
/* By the peer's inbound SPI, as Delete and REKEY_SA name it; among the SA's children and those that
 * its successor took over. */
struct ike_child *ike_child_find_peer(const struct ike_sa *sa, uint32_t spi_out);

/* The child that was made to replace this one but does not carry the traffic yet, or NULL. */
struct ike_child *ike_child_heir(const struct ike_child *child);
/* Outbound traffic goes by this child from now on. */
void ike_child_switch(struct ike_child *child);
/* Gone for IKE; packets under way may still come in for a moment. */
void ike_child_linger(struct ike_child *child);
void ike_child_remove(struct ike_child *child, const char *why);
void ike_child_set_state(struct ike_child *child, enum ike_child_state state);
const char *ike_child_state_word(enum ike_child_state state);

/* What the host is told of a child. */
void ike_child_to_host(const struct ike_child *child, struct ike_child_sa *out);

/* The dataplane lost its state: installs again, or renews the keys if it must not. */
void ike_child_restate(struct ike_child *child);

void ike_children_remove(struct ike_sa *sa);
void ike_children_move(struct ike_sa *sa); /* the SA's endpoints changed */
void ike_children_inherit(struct ike_sa *from, struct ike_sa *to);
uint64_t ike_children_silent_ms(const struct ike_sa *sa); /* since any of them got a packet */
/* A child that IKE still negotiates with, with these selectors; NULL: none. */
struct ike_child *ike_child_of_policy(const struct ike_sa *sa, const char *policy);
