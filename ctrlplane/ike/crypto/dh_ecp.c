/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * ECP groups, RFC 5903, on EC_POINT directly: what EVP's ECDH does inside, without its key objects,
 * which cost a third of the whole on P-256. The scalar multiplications are OpenSSL's constant-time
 * ones (a single scalar: nistz256 or the ladder).
 */
#include <errno.h>
#include <openssl/ec.h>
#include <string.h>

#include "common/secret.h"
#include "ctrlplane/ike/crypto/dh_impl.h"

#define POINT_MAX (1 + 132) /* uncompressed point of the largest curve */
#define UNCOMPRESSED 0x04

/* IKE carries x | y, OpenSSL has a byte in front. */
static int public_of(struct ike_dh *dh, const BIGNUM *scalar, EC_POINT *point, BN_CTX *bn)
{
	const EC_GROUP *group = ike_fetched.curves[dh->group->index];
	size_t len = 1u + dh->group->public_len;
	uint8_t encoded[POINT_MAX];

	if (EC_POINT_mul(group, point, scalar, NULL, NULL, bn) != 1 ||
	    EC_POINT_point2oct(group, point, POINT_CONVERSION_UNCOMPRESSED, encoded, len, bn) !=
		len)
		return -EIO;
	memcpy(dh->public_value, encoded + 1, len - 1);
	return 0;
}

static int generate(struct ike_dh *dh, EC_POINT *point, BN_CTX *bn)
{
	const EC_GROUP *group = ike_fetched.curves[dh->group->index];
	BIGNUM *scalar = BN_CTX_get(bn);
	int rc = -EIO;

	if (scalar == NULL || point == NULL)
		return -EIO;
	do {
		if (BN_priv_rand_range(scalar, EC_GROUP_get0_order(group)) != 1)
			return -EIO;
	} while (BN_is_zero(scalar));
	if (BN_bn2binpad(scalar, dh->exponent, dh->group->secret_len) > 0)
		rc = public_of(dh, scalar, point, bn);
	BN_clear(scalar);
	return rc;
}

int ike_ecp_generate(struct ike_dh *dh)
{
	BN_CTX *bn = ike_bn_context();
	EC_POINT *point;
	int rc;

	if (bn == NULL)
		return -EIO;
	point = EC_POINT_new(ike_fetched.curves[dh->group->index]);
	BN_CTX_start(bn);
	rc = generate(dh, point, bn);
	BN_CTX_end(bn);
	EC_POINT_clear_free(point);
	return rc;
}

/* The secret is x of the product alone, RFC 5903 9. */
static int multiply(const struct ike_dh *dh, EC_POINT *point, uint8_t *secret, BN_CTX *bn)
{
	const EC_GROUP *group = ike_fetched.curves[dh->group->index];
	BIGNUM *scalar = BN_CTX_get(bn), *x = BN_CTX_get(bn);
	int rc = -EIO;

	if (x == NULL || BN_bin2bn(dh->exponent, dh->group->secret_len, scalar) == NULL)
		return -EIO;
	BN_set_flags(scalar, BN_FLG_CONSTTIME);
	if (EC_POINT_mul(group, point, NULL, point, scalar, bn) == 1 &&
	    EC_POINT_get_affine_coordinates(group, point, x, NULL, bn) == 1 &&
	    BN_bn2binpad(x, secret, dh->group->secret_len) > 0)
		rc = 0;
	BN_clear(scalar);
	BN_clear(x);
	return rc;
}

/* Decoding refuses coordinates out of range and points that are not on the curve; these curves
 * have cofactor 1, so there is no more to check (RFC 6989 2.3). */
static int derive(struct ike_dh *dh, struct ike_bytes peer, EC_POINT *point, uint8_t *secret,
    struct gh_error *err, BN_CTX *bn)
{
	uint8_t encoded[POINT_MAX] = {UNCOMPRESSED};

	if (point == NULL)
		return -EIO;
	memcpy(encoded + 1, peer.data, peer.len);
	if (EC_POINT_oct2point(
		ike_fetched.curves[dh->group->index], point, encoded, 1 + peer.len, bn) != 1)
		return ike_dh_refuse(err, dh->group, "it is not a point of the curve");
	return multiply(dh, point, secret, bn);
}

int ike_ecp_derive(struct ike_dh *dh, struct ike_bytes peer, uint8_t *secret, struct gh_error *err)
{
	BN_CTX *bn = ike_bn_context();
	EC_POINT *point;
	int rc;

	if (bn == NULL)
		return -EIO;
	point = EC_POINT_new(ike_fetched.curves[dh->group->index]);
	BN_CTX_start(bn);
	rc = derive(dh, peer, point, secret, err, bn);
	BN_CTX_end(bn);
	EC_POINT_clear_free(point);
	return rc;
}
