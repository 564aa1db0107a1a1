/* SPDX-License-Identifier: BSD-3-Clause */
/* prf and prf+, RFC 7296 2.13. */
#include <errno.h>
#include <string.h>

#include "common/secret.h"
#include "ctrlplane/ike/crypto/context.h"
#include "ctrlplane/ike/crypto/keys.h"

static bool update(EVP_MAC_CTX *mac, const struct ike_bytes *parts, unsigned n)
{
	for (unsigned i = 0; i < n; i++)
		if (parts[i].len > 0 && EVP_MAC_update(mac, parts[i].data, parts[i].len) != 1)
			return false;
	return true;
}

/* A NULL key would mean "the former one" to EVP_MAC_init. */
static EVP_MAC_CTX *keyed(const struct ike_prf_alg *prf, struct ike_bytes key)
{
	EVP_MAC_CTX *mac = ike_hmac_context(prf->digest);
	const void *k = key.data != NULL ? key.data : (const void *)"";

	return mac != NULL && EVP_MAC_init(mac, k, key.len, NULL) == 1 ? mac : NULL;
}

int ike_prf(const struct ike_prf_alg *prf, struct ike_bytes key, const struct ike_bytes *parts,
    unsigned n, uint8_t out[IKE_PRF_MAX])
{
	EVP_MAC_CTX *mac = keyed(prf, key);
	size_t len;

	if (mac == NULL || !update(mac, parts, n) ||
	    EVP_MAC_final(mac, out, &len, IKE_PRF_MAX) != 1)
		return -EIO;
	return 0;
}

/* T(i) = prf(K, T(i-1) | S | i); the context is keyed already. */
static int next_block(EVP_MAC_CTX *mac, const struct ike_prf_alg *prf,
    const struct ike_bytes *parts, unsigned n, uint8_t i, uint8_t t[IKE_PRF_MAX])
{
	size_t len;

	if (i > 1 &&
	    (EVP_MAC_init(mac, NULL, 0, NULL) != 1 || EVP_MAC_update(mac, t, prf->len) != 1))
		return -EIO;
	if (!update(mac, parts, n) || EVP_MAC_update(mac, &i, 1) != 1 ||
	    EVP_MAC_final(mac, t, &len, IKE_PRF_MAX) != 1)
		return -EIO;
	return 0;
}

int ike_prf_plus(const struct ike_prf_alg *prf, struct ike_bytes key, const struct ike_bytes *parts,
    unsigned n, uint8_t *out, size_t out_len)
{
	uint8_t t[IKE_PRF_MAX];
	EVP_MAC_CTX *mac;
	size_t take;
	int rc = 0;

	if (out_len > 255u * prf->len)
		return -EINVAL;
	mac = keyed(prf, key);
	if (mac == NULL)
		return -EIO;
	for (uint8_t i = 1; out_len > 0 && rc == 0; i++, out += take, out_len -= take) {
		take = out_len < prf->len ? out_len : prf->len;
		rc = next_block(mac, prf, parts, n, i, t);
		memcpy(out, t, take);
	}
	gh_wipe(t, sizeof(t));
	return rc;
}
