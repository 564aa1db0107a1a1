/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * Private to this folder: what was fetched from OpenSSL, and each thread's contexts.
 */
#pragma once

#include <openssl/bn.h>
#include <openssl/ec.h>
#include <openssl/evp.h>

#include "ctrlplane/ike/crypto/alg.h"

#define IKE_DIGEST_COUNT 4

/* Immutable after ike_crypto_init(), shared by all threads. */
struct ike_modp {
	BIGNUM *p;
	BIGNUM *p_minus_1;
	BN_MONT_CTX *mont;
};

struct ike_fetched {
	EVP_MAC *hmac, *siphash;
	EVP_MD *sha1;
	EVP_CIPHER *ciphers[IKE_ENC_COUNT]; /* NULL for those without a cipher */
	struct ike_modp modp[IKE_DH_COUNT]; /* MODP groups only */
	EC_GROUP *curves[IKE_DH_COUNT];	    /* ECP groups only */
};

extern struct ike_fetched ike_fetched;

/* Made at first use by the thread; every member stays NULL until then. */
struct ike_context {
	EVP_MAC_CTX *hmac[IKE_DIGEST_COUNT];
	EVP_MAC_CTX *siphash;
	EVP_MD_CTX *sha1;
	EVP_CIPHER_CTX *seal[IKE_ENC_COUNT], *open[IKE_ENC_COUNT];
	EVP_PKEY_CTX *x25519_keygen;
	EVP_PKEY *x25519_peer; /* refilled with each peer's value */
	BN_CTX *bn;
};

/* The calling thread's; aborts when there is no memory for it. */
struct ike_context *ike_context(void);

/* Ready to be keyed; NULL if OpenSSL fails. */
EVP_MAC_CTX *ike_hmac_context(enum ike_digest digest);
EVP_CIPHER_CTX *ike_cipher_context(const struct ike_enc_alg *enc, bool seal);
BN_CTX *ike_bn_context(void);
