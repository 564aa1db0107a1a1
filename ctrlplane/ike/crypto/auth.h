/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * Authentication of the IKE SA, RFC 7296 2.15.
 *
 * What each side signs is: its first message as sent (IKE_SA_INIT, from the header on, without
 * non-ESP marker) | the other's nonce | prf(SK_p, its ID payload's body). struct ike_signed names
 * these for any method; the pre-shared key is the first method, signatures (RFC 7427) take the
 * same struct. With IKE_INTERMEDIATE (RFC 9242) or IKE_AUTH over a PPK only SK_p differs.
 */
#pragma once

#include "ctrlplane/ike/crypto/keys.h"

struct ike_signed {
	struct ike_bytes message; /* RealMessage1 of the signer, RFC 7296 2.15 */
	struct ike_bytes nonce;	  /* of the other side */
	struct ike_bytes id_body; /* of the signer's ID payload: type, reserved, data */
	const uint8_t *sk_p;	  /* SK_pi or SK_pr of the signer, prf->len bytes */
};

/*
 * A pre-shared key with prf(PSK, "Key Pad for IKEv2") kept for every prf: computed at first use
 * per prf. One per configured secret. Not thread-safe: owned by the engine's thread.
 */
struct ike_psk_key;

/* Copies the secret (1..n bytes); NULL: out of memory. */
struct ike_psk_key *ike_psk_key_new(const void *secret, size_t len);
void ike_psk_key_free(struct ike_psk_key *psk); /* wipes; NULL is allowed */

/* AUTH data, prf->len bytes. 0 or -EIO. */
int ike_psk_auth(struct ike_psk_key *psk, const struct ike_prf_alg *prf, const struct ike_signed *s,
    uint8_t out[IKE_PRF_MAX]);

/* Compares in constant time. 0; -EACCES: does not match; -EIO. */
int ike_psk_verify(struct ike_psk_key *psk, const struct ike_prf_alg *prf,
    const struct ike_signed *s, struct ike_bytes auth);
