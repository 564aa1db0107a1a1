/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * Negotiation of algorithms, RFC 7296 2.7 and 3.3.
 *
 * A configured proposal is a struct ike_proposal like an offered one, with every transform that its
 * leaves list, in the operator's order of preference: it goes on the wire as it is. Build it
 * by ike_proposal_add() per leaf value, then ike_proposal_complete(). Pure functions: any thread.
 */
#pragma once

#include "ctrlplane/ike/crypto/alg.h"
#include "ctrlplane/ike/wire/payload.h"

/* A configuration leaf of ike-proposal and esp-proposal. */
enum ike_leaf {
	IKE_LEAF_AEAD_ALG,
	IKE_LEAF_ENC_ALG,
	IKE_LEAF_AUTH_ALG,
	IKE_LEAF_PRF_ALG,
	IKE_LEAF_DH_GROUP, /* "none" is allowed beside groups in ESP */
	IKE_LEAF_ESN,	   /* "true" or "false"; both may be given, preferred first */
};

/* What was chosen: one algorithm of each type. Serialise by the ids. */
struct ike_suite {
	uint8_t protocol;		   /* IKE_PROTO_IKE or IKE_PROTO_ESP */
	uint8_t number;			   /* proposal number, to be repeated in the answer */
	const struct ike_enc_alg *enc;	   /* never NULL */
	const struct ike_integ_alg *integ; /* NULL with an AEAD */
	const struct ike_prf_alg *prf;	   /* IKE only, else NULL */
	const struct ike_dh_alg *dh;	   /* NULL: none (ESP without PFS) */
	bool esn;			   /* ESP, RFC 4303 2.2.1 */
};

/* Starts an empty proposal; protocol is IKE_PROTO_IKE or IKE_PROTO_ESP, number from 1. */
void ike_proposal_init(struct ike_proposal *p, uint8_t protocol, uint8_t number);

/* Adds one value of one leaf. 0, or -EINVAL with *err: unknown word, or not for this protocol. */
int ike_proposal_add(
    struct ike_proposal *p, enum ike_leaf leaf, const char *word, struct gh_error *err);

/*
 * Adds what follows from the rest and refuses what cannot work: AEAD together with enc-alg or
 * auth-alg, enc-alg without auth-alg, IKE without dh-group. IKE without prf-alg uses the
 * auth-algs' hashes, with an AEAD hmac-sha256. ESP without esn means false. 0 or -EINVAL.
 */
int ike_proposal_complete(struct ike_proposal *p, struct gh_error *err);

enum ike_select_flags {
	/* IKE_AUTH carries no KE: DH transforms of either side are ignored, RFC 7296 1.2. */
	IKE_SELECT_NO_DH = 1 << 0,
};

/*
 * The responder's choice: the first configured proposal that some offered one satisfies, and of
 * each type our most preferred transform among those offered; but the group `ke_group` of the
 * peer's KE payload (0: none came) before others that are acceptable, which saves a round trip. If
 * suite->dh->id != ke_group afterwards, answer INVALID_KE_PAYLOAD with suite->dh->id.
 * *theirs (may be NULL) is the offered proposal chosen; its SPI is the peer's.
 * 0, or -ENOENT and *err explains ours against theirs (answer NO_PROPOSAL_CHOSEN).
 */
int ike_select(const struct ike_proposal *ours, unsigned n_ours,
    const struct ike_sa_payload *offered, unsigned flags, uint16_t ke_group,
    struct ike_suite *suite, const struct ike_proposal **theirs, struct gh_error *err);

/*
 * The initiator's check of an answer against what was offered: exactly one proposal, of an offered
 * number, SPI length as offered, one transform of each offered type and none beside it
 * (RFC 7296 3.3.6). 0, or -EBADMSG with *err.
 */
int ike_check_answer(const struct ike_proposal *offered, unsigned n_offered,
    const struct ike_sa_payload *answer, unsigned flags, struct ike_suite *suite,
    struct gh_error *err);

/* The suite as the one proposal of an answer; the caller sets the SPI. With IKE_SELECT_NO_DH the
 * DH transform is left out. */
void ike_suite_to_proposal(const struct ike_suite *suite, unsigned flags, struct ike_proposal *out);

/* Copies offers for the wire: numbered 1.., without DH if flags say so. out has room for n. */
void ike_offer(
    const struct ike_proposal *conf, unsigned n, unsigned flags, struct ike_proposal *out);

/* The group whose KE goes into a first request: the first DH transform of the first proposal that
 * has one; NULL: none. */
const struct ike_dh_alg *ike_first_group(const struct ike_proposal *conf, unsigned n);

/* Whether some proposal lists that group (INVALID_KE_PAYLOAD may only name such a one, 1.2). */
bool ike_group_listed(const struct ike_proposal *conf, unsigned n, uint16_t group);

#define IKE_SUITE_STRLEN 128
/* "aes128-gcm-96, hmac-sha1, modp1024" and "aes128-gcm-128, esn". Returns buf. */
const char *ike_suite_str(const struct ike_suite *suite, char buf[IKE_SUITE_STRLEN]);
/* All transforms of a proposal, alternatives joined by '|'. Returns buf, cut with "...". */
const char *ike_proposal_str(const struct ike_proposal *p, char *buf, size_t size);
