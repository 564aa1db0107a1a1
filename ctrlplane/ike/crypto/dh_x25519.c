/* SPDX-License-Identifier: BSD-3-Clause */
/* Curve25519, RFC 8031, by EVP: there is no other way to OpenSSL's. */
#include <errno.h>
#include <openssl/core_names.h>

#include "common/secret.h"
#include "ctrlplane/ike/crypto/dh_impl.h"

#define X25519_LEN 32

static EVP_PKEY *new_key(void)
{
	EVP_PKEY_CTX **ctx = &ike_context()->x25519_keygen;
	EVP_PKEY *key = NULL;

	if (*ctx == NULL) {
		*ctx = EVP_PKEY_CTX_new_from_name(NULL, "X25519", NULL);
		if (*ctx == NULL || EVP_PKEY_keygen_init(*ctx) != 1) {
			EVP_PKEY_CTX_free(*ctx);
			*ctx = NULL;
			return NULL;
		}
	}
	return EVP_PKEY_generate(*ctx, &key) == 1 ? key : NULL;
}

int ike_x25519_generate(struct ike_dh *dh)
{
	size_t len = 0;

	dh->pkey = new_key();
	if (dh->pkey == NULL ||
	    EVP_PKEY_get_octet_string_param(dh->pkey, OSSL_PKEY_PARAM_ENCODED_PUBLIC_KEY,
		dh->public_value, X25519_LEN, &len) != 1 ||
	    len != X25519_LEN)
		return -EIO;
	return 0;
}

/* The thread's key that holds the peer's value. */
static EVP_PKEY *peer_key(struct ike_bytes peer)
{
	EVP_PKEY **key = &ike_context()->x25519_peer;

	if (*key == NULL)
		*key = new_key();
	if (*key == NULL || EVP_PKEY_set1_encoded_public_key(*key, peer.data, peer.len) != 1)
		return NULL;
	return *key;
}

/* -EINVAL is OpenSSL's own refusal of an all-zero result. */
static int derive(EVP_PKEY_CTX *ctx, EVP_PKEY *peer, uint8_t *secret)
{
	size_t len = IKE_DH_MAX;

	if (ctx == NULL || peer == NULL || EVP_PKEY_derive_init(ctx) != 1 ||
	    EVP_PKEY_derive_set_peer_ex(ctx, peer, 0) != 1)
		return -EIO;
	return EVP_PKEY_derive(ctx, secret, &len) == 1 && len == X25519_LEN ? 0 : -EINVAL;
}

/* RFC 8031 3 and RFC 7748 6.1: an all-zero result means a point of small order. Whether the
 * provider checks is not for us to rely on. */
int ike_x25519_derive(
    struct ike_dh *dh, struct ike_bytes peer, uint8_t *secret, struct gh_error *err)
{
	static const uint8_t zero[X25519_LEN];
	EVP_PKEY_CTX *ctx = EVP_PKEY_CTX_new_from_pkey(NULL, dh->pkey, NULL);
	int rc = derive(ctx, peer_key(peer), secret);

	EVP_PKEY_CTX_free(ctx);
	if (rc == 0 && gh_equal_ct(secret, zero, sizeof(zero)))
		rc = -EINVAL;
	return rc == -EINVAL ? ike_dh_refuse(err, dh->group, "it leads to no shared secret") : rc;
}
