/* SPDX-License-Identifier: BSD-3-Clause */
#include "ctrlplane/ike/crypto/auth.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "common/secret.h"

static const char key_pad[] = "Key Pad for IKEv2";

struct ike_psk_key {
	bool padded_valid[IKE_PRF_COUNT];
	uint8_t padded[IKE_PRF_COUNT][IKE_PRF_MAX]; /* prf(secret, key_pad) */
	size_t len;
	uint8_t secret[];
};

struct ike_psk_key *ike_psk_key_new(const void *secret, size_t len)
{
	struct ike_psk_key *psk = calloc(1, sizeof(*psk) + len);

	if (psk == NULL)
		return NULL;
	psk->len = len;
	memcpy(psk->secret, secret, len);
	return psk;
}

void ike_psk_key_free(struct ike_psk_key *psk)
{
	if (psk != NULL)
		gh_wipe_free(psk, sizeof(*psk) + psk->len);
}

static int padded_key(struct ike_psk_key *psk, const struct ike_prf_alg *prf, struct ike_bytes *out)
{
	uint8_t *key = psk->padded[prf->index];
	struct ike_bytes pad = ike_bytes(key_pad, sizeof(key_pad) - 1);

	*out = ike_bytes(key, prf->len);
	if (psk->padded_valid[prf->index])
		return 0;
	if (ike_prf(prf, ike_bytes(psk->secret, psk->len), &pad, 1, key) < 0)
		return -EIO;
	psk->padded_valid[prf->index] = true;
	return 0;
}

/* AUTH = prf(prf(secret, key_pad), message | nonce | prf(SK_p, id_body)) */
int ike_psk_auth(struct ike_psk_key *psk, const struct ike_prf_alg *prf, const struct ike_signed *s,
    uint8_t out[IKE_PRF_MAX])
{
	uint8_t maced_id[IKE_PRF_MAX];
	const struct ike_bytes octets[] = {s->message, s->nonce, ike_bytes(maced_id, prf->len)};
	struct ike_bytes key;
	int rc = padded_key(psk, prf, &key);

	if (rc == 0)
		rc = ike_prf(prf, ike_bytes(s->sk_p, prf->len), &s->id_body, 1, maced_id);
	if (rc == 0)
		rc = ike_prf(prf, key, octets, 3, out);
	gh_wipe(maced_id, sizeof(maced_id));
	return rc;
}

int ike_psk_verify(struct ike_psk_key *psk, const struct ike_prf_alg *prf,
    const struct ike_signed *s, struct ike_bytes auth)
{
	uint8_t want[IKE_PRF_MAX];
	int rc = ike_psk_auth(psk, prf, s, want);

	if (rc == 0 && (auth.len != prf->len || !gh_equal_ct(want, auth.data, prf->len)))
		rc = -EACCES;
	gh_wipe(want, sizeof(want));
	return rc;
}
