/* SPDX-License-Identifier: BSD-3-Clause */
/* ECP groups (RFC 5903) and Curve25519 (RFC 8031) by EVP, with one context per thread and group. */
#include <errno.h>
#include <openssl/core_names.h>
#include <string.h>

#include "common/secret.h"
#include "ctrlplane/ike/crypto/dh_impl.h"

#define POINT_MAX (1 + 132) /* uncompressed point of the largest curve */
#define UNCOMPRESSED 0x04

static const char *curve_name(const struct ike_dh_alg *group)
{
	switch (group->index) {
	case IKE_DH_ECP256:
		return "P-256";
	case IKE_DH_ECP384:
		return "P-384";
	case IKE_DH_ECP521:
		return "P-521";
	default:
		return NULL;
	}
}

static EVP_PKEY_CTX *new_keygen(const struct ike_dh_alg *group)
{
	bool ecp = group->kind == IKE_DH_KIND_ECP;
	EVP_PKEY_CTX *ctx = EVP_PKEY_CTX_new_from_name(NULL, ecp ? "EC" : "X25519", NULL);

	if (ctx != NULL && EVP_PKEY_keygen_init(ctx) == 1 &&
	    (!ecp || EVP_PKEY_CTX_set_group_name(ctx, curve_name(group)) == 1))
		return ctx;
	EVP_PKEY_CTX_free(ctx);
	return NULL;
}

static EVP_PKEY *new_key(const struct ike_dh_alg *group)
{
	EVP_PKEY_CTX **ctx = &ike_context()->keygen[group->index];
	EVP_PKEY *key = NULL;

	if (*ctx == NULL)
		*ctx = new_keygen(group);
	return *ctx != NULL && EVP_PKEY_generate(*ctx, &key) == 1 ? key : NULL;
}

/* IKE carries x | y, OpenSSL adds a byte in front; X25519 is the same in both. */
int ike_curve_generate(struct ike_dh *dh)
{
	size_t prefix = dh->group->kind == IKE_DH_KIND_ECP, len = 0;
	uint8_t point[POINT_MAX];

	dh->pkey = new_key(dh->group);
	if (dh->pkey == NULL ||
	    EVP_PKEY_get_octet_string_param(
		dh->pkey, OSSL_PKEY_PARAM_ENCODED_PUBLIC_KEY, point, sizeof(point), &len) != 1 ||
	    len != prefix + dh->group->public_len)
		return -EIO;
	memcpy(dh->public_value, point + prefix, dh->group->public_len);
	return 0;
}

/* The thread's key of that group, holding the peer's point. Decoding refuses what is not on the
 * curve, so the costlier check at derivation is left out. */
static EVP_PKEY *peer_key(const struct ike_dh_alg *group, struct ike_bytes peer)
{
	EVP_PKEY **key = &ike_context()->peer[group->index];
	size_t prefix = group->kind == IKE_DH_KIND_ECP;
	uint8_t point[POINT_MAX] = {UNCOMPRESSED};

	if (*key == NULL)
		*key = new_key(group);
	memcpy(point + prefix, peer.data, peer.len);
	if (*key == NULL || EVP_PKEY_set1_encoded_public_key(*key, point, prefix + peer.len) != 1)
		return NULL;
	return *key;
}

static int derive(EVP_PKEY_CTX *ctx, EVP_PKEY *peer, uint8_t *secret, size_t want)
{
	size_t len = IKE_DH_MAX;

	if (ctx == NULL || EVP_PKEY_derive_init(ctx) != 1)
		return -EIO;
	if (EVP_PKEY_derive_set_peer_ex(ctx, peer, 0) != 1 ||
	    EVP_PKEY_derive(ctx, secret, &len) != 1 || len != want)
		return -EINVAL;
	return 0;
}

static bool all_zero(const uint8_t *p, size_t len)
{
	static const uint8_t zero[IKE_DH_MAX];

	return gh_equal_ct(p, zero, len);
}

/* RFC 8031 3 and RFC 7748 6.1: an all-zero result means a point of small order. */
int ike_curve_derive(
    struct ike_dh *dh, struct ike_bytes peer, uint8_t *secret, struct gh_error *err)
{
	EVP_PKEY *key = peer_key(dh->group, peer);
	EVP_PKEY_CTX *ctx;
	int rc;

	if (key == NULL)
		return ike_dh_refuse(err, dh->group, "it is not a point of the curve");
	ctx = EVP_PKEY_CTX_new_from_pkey(NULL, dh->pkey, NULL);
	rc = derive(ctx, key, secret, dh->group->secret_len);
	EVP_PKEY_CTX_free(ctx);
	if (rc == 0 && all_zero(secret, dh->group->secret_len))
		rc = -EINVAL;
	return rc == -EINVAL ? ike_dh_refuse(err, dh->group, "it leads to no shared secret") : rc;
}
