/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * The making of a child SA, by whichever exchange: what is offered, chosen, narrowed and at last
 * installed (RFC 7296 1.3, 2.9, 2.17).
 */
#pragma once

#include "ctrlplane/ike/ike_state.h"

struct ike_deal {
	struct ike_sa *sa;
	bool initiator;	 /* of the exchange */
	unsigned flags;	 /* enum ike_select_flags */
	uint32_t rekeys; /* spi_in of the child to be replaced, 0: none */
	char *policy;	 /* name of the security policy; set by choose if NULL */
	uint32_t spi_in;
	bool installed; /* the SPI is the child's */
	uint32_t spi_out;
	struct ike_suite suite;
	uint8_t ni[IKE_NONCE_MAX], nr[IKE_NONCE_MAX];
	uint16_t ni_len, nr_len;
	struct ike_ts_list local, remote;
};

struct ike_deal *ike_deal_new(struct ike_sa *sa, bool initiator, unsigned flags);
void ike_deal_free(struct ike_deal *d); /* gives the SPI back if unused; NULL is allowed */

/* The initiator's offer: selectors of the policy, or of the child being rekeyed. False: no such
 * policy (any more), or no SPI is free. */
bool ike_deal_prepare(struct ike_deal *d, const char *policy, const struct ike_child *old);
void ike_deal_put_sa(struct ike_deal *d, struct ike_builder *b);
void ike_deal_put_ts(struct ike_deal *d, struct ike_builder *b);

/* The initiator's check of the answer. 0, or negative errno with err. */
int ike_deal_accept(struct ike_deal *d, const struct ike_message *m, struct gh_error *err);

/* The responder's choice from SA, TSi, TSr. 0, or the notify to answer with and err; *group is the
 * DH group wanted, for INVALID_KE_PAYLOAD. old: the child being rekeyed, or NULL. */
uint16_t ike_deal_choose(struct ike_deal *d, const struct ike_message *m, uint16_t ke_group,
    const struct ike_child *old, uint16_t *group, struct gh_error *err);
void ike_deal_put_answer_sa(struct ike_deal *d, struct ike_builder *b);

/* Derives the keys and installs the child; dh_secret is empty without PFS. NULL: the host refused,
 * or the selectors are beyond the dataplane (err). */
struct ike_child *ike_deal_install(
    struct ike_deal *d, struct ike_bytes dh_secret, bool outbound, struct gh_error *err);

/* Whether the nonces of a make this exchange lose against b: RFC 7296 2.8.1. */
bool ike_deal_loses(const struct ike_deal *a, const uint8_t *other_min, size_t other_len);
struct ike_bytes ike_min_nonce(struct ike_bytes a, struct ike_bytes b);
struct ike_bytes ike_deal_min_nonce(const struct ike_deal *d);
