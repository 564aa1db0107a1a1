/* SPDX-License-Identifier: BSD-3-Clause */
#include "ctrlplane/ike/crypto/keys.h"

#include <errno.h>
#include <string.h>

#include "common/secret.h"
#include "common/wire.h"

#define IKE_KEYMAT_MAX (3 * IKE_PRF_MAX + 2 * IKE_INTEG_KEY_MAX + 2 * IKE_ENC_KEY_MAX)
#define CHILD_KEYMAT_MAX (2 * IKE_INTEG_KEY_MAX + 2 * IKE_ENC_KEY_MAX)

static size_t integ_len(const struct ike_suite *suite)
{
	return suite->integ != NULL ? suite->integ->key_len : 0;
}

static void take_key(struct gh_reader *r, uint8_t *out, size_t len)
{
	const uint8_t *p = gh_take(r, len);

	if (p != NULL)
		memcpy(out, p, len);
}

/* {SK_d | SK_ai | SK_ar | SK_ei | SK_er | SK_pi | SK_pr} */
static void split(const struct ike_suite *suite, struct gh_reader *r, struct ike_keys *out)
{
	size_t p = suite->prf->len, a = integ_len(suite), e = suite->enc->key_len;

	memset(out, 0, sizeof(*out));
	take_key(r, out->d, p);
	take_key(r, out->ai, a);
	take_key(r, out->ar, a);
	take_key(r, out->ei, e);
	take_key(r, out->er, e);
	take_key(r, out->pi, p);
	take_key(r, out->pr, p);
}

/* = prf+(SKEYSEED, Ni | Nr | SPIi | SPIr) */
static int expand(const struct ike_suite *suite, const uint8_t *skeyseed, size_t seed_len,
    struct ike_bytes ni, struct ike_bytes nr, uint64_t spi_i, uint64_t spi_r, struct ike_keys *out)
{
	uint8_t keymat[IKE_KEYMAT_MAX], spis[16];
	size_t len = 3u * suite->prf->len + 2 * integ_len(suite) + 2u * suite->enc->key_len;
	struct gh_writer w = gh_writer(spis, sizeof(spis));
	struct gh_reader r = gh_reader(keymat, len);
	const struct ike_bytes parts[] = {ni, nr, ike_bytes(spis, sizeof(spis))};
	int rc;

	gh_put_u64(&w, spi_i);
	gh_put_u64(&w, spi_r);
	rc = ike_prf_plus(suite->prf, ike_bytes(skeyseed, seed_len), parts, 3, keymat, len);
	if (rc == 0)
		split(suite, &r, out);
	gh_wipe(keymat, sizeof(keymat));
	return rc;
}

/* SKEYSEED = prf(Ni | Nr, g^ir) */
int ike_keys_derive(const struct ike_suite *suite, struct ike_bytes dh_secret, struct ike_bytes ni,
    struct ike_bytes nr, uint64_t spi_i, uint64_t spi_r, struct ike_keys *out)
{
	uint8_t nonces[2 * IKE_NONCE_MAX], skeyseed[IKE_PRF_MAX];
	struct gh_writer w = gh_writer(nonces, sizeof(nonces));
	int rc;

	gh_put(&w, ni.data, ni.len);
	gh_put(&w, nr.data, nr.len);
	if (!w.ok)
		return -EINVAL;
	rc = ike_prf(suite->prf, ike_bytes(nonces, gh_written(&w)), &dh_secret, 1, skeyseed);
	if (rc == 0)
		rc = expand(suite, skeyseed, suite->prf->len, ni, nr, spi_i, spi_r, out);
	gh_wipe(skeyseed, sizeof(skeyseed));
	return rc;
}

/* SKEYSEED = prf(SK_d (old), g^ir (new) | Ni | Nr), by the old SA's prf. */
int ike_keys_rekey(const struct ike_suite *suite, const struct ike_prf_alg *old_prf,
    const uint8_t *old_d, struct ike_bytes dh_secret, struct ike_bytes ni, struct ike_bytes nr,
    uint64_t spi_i, uint64_t spi_r, struct ike_keys *out)
{
	const struct ike_bytes parts[] = {dh_secret, ni, nr};
	uint8_t skeyseed[IKE_PRF_MAX];
	int rc = ike_prf(old_prf, ike_bytes(old_d, old_prf->len), parts, 3, skeyseed);

	if (rc == 0)
		rc = expand(suite, skeyseed, old_prf->len, ni, nr, spi_i, spi_r, out);
	gh_wipe(skeyseed, sizeof(skeyseed));
	return rc;
}

/* KEYMAT = prf+(SK_d, [g^ir (new)] | Ni | Nr); the encryption key before the integrity key, the
 * initiator's direction first. */
int ike_keys_child(const struct ike_suite *suite, const struct ike_prf_alg *prf,
    const uint8_t *sk_d, struct ike_bytes dh_secret, struct ike_bytes ni, struct ike_bytes nr,
    struct ike_child_keys *out)
{
	const struct ike_bytes parts[] = {dh_secret, ni, nr};
	size_t e = suite->enc->key_len, a = integ_len(suite);
	uint8_t keymat[CHILD_KEYMAT_MAX];
	struct gh_reader r = gh_reader(keymat, 2 * (e + a));
	int rc = ike_prf_plus(prf, ike_bytes(sk_d, prf->len), parts, 3, keymat, 2 * (e + a));

	memset(out, 0, sizeof(*out));
	if (rc == 0) {
		take_key(&r, out->enc_i, e);
		take_key(&r, out->integ_i, a);
		take_key(&r, out->enc_r, e);
		take_key(&r, out->integ_r, a);
	}
	gh_wipe(keymat, sizeof(keymat));
	return rc;
}
