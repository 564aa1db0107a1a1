/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * prf, prf+ and all keys of IKEv2: RFC 7296 2.13, 2.14, 2.17, 2.18. Functions return 0 or
 * -EIO (OpenSSL failed: out of memory). Any thread. Outputs are the caller's to wipe.
 */
#pragma once

#include "ctrlplane/ike/crypto/alg.h"
#include "ctrlplane/ike/crypto/proposal.h"
#include "ctrlplane/ike/wire/bytes.h"

/* prf(key, parts[0] | parts[1] | ...) into out, prf->len bytes. */
int ike_prf(const struct ike_prf_alg *prf, struct ike_bytes key, const struct ike_bytes *parts,
    unsigned n, uint8_t out[IKE_PRF_MAX]);

/* prf+(key, parts...), out_len bytes, at most 255 * prf->len (RFC 7296 2.13; else -EINVAL). */
int ike_prf_plus(const struct ike_prf_alg *prf, struct ike_bytes key, const struct ike_bytes *parts,
    unsigned n, uint8_t *out, size_t out_len);

/*
 * The keys of an IKE SA, RFC 7296 2.14. Lengths follow from the suite: d, pi, pr prf->len; ei, er
 * enc->key_len (with salt); ai, ar integ->key_len (none with an AEAD). Plain bytes, so that a
 * record of the SA can hold them.
 */
struct ike_keys {
	uint8_t d[IKE_PRF_MAX];
	uint8_t ai[IKE_INTEG_KEY_MAX], ar[IKE_INTEG_KEY_MAX];
	uint8_t ei[IKE_ENC_KEY_MAX], er[IKE_ENC_KEY_MAX];
	uint8_t pi[IKE_PRF_MAX], pr[IKE_PRF_MAX];
};

/* SKEYSEED and SK_* of a new IKE SA; ni, nr are the nonces without headers. */
int ike_keys_derive(const struct ike_suite *suite, struct ike_bytes dh_secret, struct ike_bytes ni,
    struct ike_bytes nr, uint64_t spi_i, uint64_t spi_r, struct ike_keys *out);

/* The same for an IKE SA that replaces another (2.18): old_prf and old_d are of the old SA, the
 * nonces and SPIs of the CREATE_CHILD_SA exchange; i and r are its initiator and responder. */
int ike_keys_rekey(const struct ike_suite *suite, const struct ike_prf_alg *old_prf,
    const uint8_t *old_d, struct ike_bytes dh_secret, struct ike_bytes ni, struct ike_bytes nr,
    uint64_t spi_i, uint64_t spi_r, struct ike_keys *out);

/* The keys of a pair of ESP SAs, RFC 7296 2.17; i: from the initiator of the exchange to its
 * responder. enc: suite->enc->key_len bytes, key then salt, as struct gh_dp_sa wants them. */
struct ike_child_keys {
	uint8_t enc_i[IKE_ENC_KEY_MAX], integ_i[IKE_INTEG_KEY_MAX];
	uint8_t enc_r[IKE_ENC_KEY_MAX], integ_r[IKE_INTEG_KEY_MAX];
};

/* prf and sk_d of the IKE SA; dh_secret is empty without PFS. */
int ike_keys_child(const struct ike_suite *suite, const struct ike_prf_alg *prf,
    const uint8_t *sk_d, struct ike_bytes dh_secret, struct ike_bytes ni, struct ike_bytes nr,
    struct ike_child_keys *out);
