/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * The life of an IKE SA: made, found, established, ended.
 */
#pragma once

#include "ctrlplane/ike/ike_state.h"

/* A new SA in state CONNECTING with a fresh SPI of ours, in the tables. */
struct ike_sa *ike_sa_new(struct ike_engine *e, bool initiator, const struct gh_endpoint *local,
    const struct gh_endpoint *remote);
/* The same with a given SPI, for records. NULL: that SPI is taken. */
struct ike_sa *ike_sa_new_with_spi(struct ike_engine *e, bool initiator, uint64_t spi,
    const struct gh_endpoint *local, const struct gh_endpoint *remote);

/* The SA that shall replace old by rekey (RFC 7296 2.18): same peers, VPN, endpoints and NATs. */
struct ike_sa *ike_sa_successor(const struct ike_sa *old, bool initiator);

static inline uint64_t ike_sa_id(const struct ike_sa *sa)
{
	return sa->initiator ? sa->spi_i : sa->spi_r;
}

struct ike_sa *ike_sa_find(const struct ike_engine *e, uint64_t id);

/* The keys are there: messages can be sealed and opened. */
void ike_sa_keyed(struct ike_sa *sa);
void ike_sa_set_vpn(struct ike_sa *sa, struct ike_vpn *vpn);
/* Takes id. The VPN must be set. */
void ike_sa_set_remote_id(struct ike_sa *sa, struct ike_ident *id);

/* The key of sa_by_pair; remote_key in key form (ike_ident_key). Returns its length. */
struct ike_pair_key {
	const struct ike_vpn *vpn;
	uint8_t id[sizeof(struct ike_ident) + IKE_IDENT_MAX];
};
size_t ike_pair_key(
    struct ike_pair_key *key, const struct ike_vpn *vpn, const struct ike_ident *remote_key);

/* IKE_AUTH or a rekey is through: timers, record, event. */
void ike_sa_establish(struct ike_sa *sa, enum ike_event_type event);
void ike_sa_start_timers(struct ike_sa *sa);

/* The peer is elsewhere (NAT rebinding, MOBIKE, port 4500): moves the children along. */
void ike_sa_move(
    struct ike_sa *sa, const struct gh_endpoint *local, const struct gh_endpoint *remote);

/* Ends the SA without a word to the peer: children are removed, tasks abandoned, tables cleared.
 * Memory goes at ike_sa_reap. why is for log and event. */
void ike_sa_kill(struct ike_sa *sa, const char *why);
void ike_sa_reap(struct ike_engine *e);

/* Marks the record as old; it is written before the next message leaves, or when the engine
 * returns to the host. */
void ike_sa_touch(struct ike_sa *sa);
void ike_sa_save(struct ike_sa *sa);

/* A failed negotiation: one sentence, kept, logged once, told to the host. */
void ike_fail(struct ike_engine *e, const struct gh_endpoint *remote, const struct ike_vpn *vpn,
    const char *fmt, ...) __attribute__((format(printf, 4, 5)));
void ike_sa_fail(struct ike_sa *sa, const char *fmt, ...) __attribute__((format(printf, 2, 3)));

/* What happens when the peer of a VPN was lost (action is its dpd-action or close-action). */
void ike_vpn_act(struct ike_vpn *vpn, enum ike_action action);

const char *ike_sa_state_word(enum ike_sa_state state);

#define IKE_PEER_STRLEN (IKE_ID_STRLEN + GH_ENDPOINT_STRLEN + 8)
/* "192.0.2.1 (ucpe1)" for logs and sentences. */
const char *ike_sa_peer(const struct ike_sa *sa, char buf[IKE_PEER_STRLEN]);

void ike_event(struct ike_sa *sa, enum ike_event_type type, uint32_t spi_in, uint32_t spi_out,
    const char *text);
