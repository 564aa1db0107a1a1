/* SPDX-License-Identifier: BSD-3-Clause */
/* Private to this folder: the two ways to do Diffie-Hellman. */
#pragma once

#include "ctrlplane/ike/crypto/context.h"
#include "ctrlplane/ike/crypto/dh.h"

#define IKE_EXPONENT_MAX 66 /* bytes: P-521 */

struct ike_dh {
	const struct ike_dh_alg *group;
	EVP_PKEY *pkey;			    /* X25519 */
	uint8_t exponent[IKE_EXPONENT_MAX]; /* big-endian; MODP: exponent_bits / 8 bytes, ECP:
					       the scalar in secret_len bytes */
	uint8_t public_value[];
};

/* Fills *err with why and returns -EINVAL. */
int ike_dh_refuse(struct gh_error *err, const struct ike_dh_alg *group, const char *why);

/* 0 or -EIO; derive as ike_dh_derive(), the peer's length is checked already. */
int ike_modp_generate(struct ike_dh *dh);
int ike_modp_derive(
    struct ike_dh *dh, struct ike_bytes peer, uint8_t *secret, struct gh_error *err);
/* 2^exponent into public_value. */
int ike_modp_public(struct ike_dh *dh, BN_CTX *bn);
int ike_ecp_generate(struct ike_dh *dh);
int ike_ecp_derive(struct ike_dh *dh, struct ike_bytes peer, uint8_t *secret, struct gh_error *err);
int ike_x25519_generate(struct ike_dh *dh);
int ike_x25519_derive(
    struct ike_dh *dh, struct ike_bytes peer, uint8_t *secret, struct gh_error *err);
