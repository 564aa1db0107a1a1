/* SPDX-License-Identifier: BSD-3-Clause */
#include "dataplane/ipsec/alg.h"

#include <errno.h>
#include <string.h>

#include "common/secret.h"

#define AEAD_COUNT (GH_DP_ENC_NULL - GH_DP_AEAD_AES128_GCM_8)
#define AUTH_COUNT 4

#define AEAD_GCM(sz, klen, icv)                                                                    \
	{                                                                                          \
		.kind = GH_ESP_KIND_GCM, .size = sz, .key_len = klen, .iv_len = 8, .icv_len = icv, \
		.align = 4                                                                         \
	}
#define WITH_HMAC(mode, klen, iv, al, sha, aulen, icv)                                      \
	{                                                                                   \
		.kind = GH_ESP_KIND_HMAC, .key_len = klen, .iv_len = iv, .icv_len = icv,    \
		.align = al, .auth_len = aulen, .cipher = mode, .hash = IMB_AUTH_HMAC_##sha \
	}
#define WITH_EACH_HMAC(mode, klen, iv, al)                  \
	WITH_HMAC(mode, klen, iv, al, SHA_1, 20, 12),       \
	    WITH_HMAC(mode, klen, iv, al, SHA_256, 32, 16), \
	    WITH_HMAC(mode, klen, iv, al, SHA_384, 48, 24), \
	    WITH_HMAC(mode, klen, iv, al, SHA_512, 64, 32)

/* Index 0 is no transform; then the AEADs and the ENC x AUTH pairs in the order of dp_api.h. */
const struct gh_esp_alg gh_esp_algs[GH_ESP_ALG_MAX] = {
    {.kind = GH_ESP_KIND_NONE, .align = 4},
    AEAD_GCM(0, 16, 8),
    AEAD_GCM(0, 16, 12),
    AEAD_GCM(0, 16, 16),
    AEAD_GCM(1, 24, 8),
    AEAD_GCM(1, 24, 12),
    AEAD_GCM(1, 24, 16),
    AEAD_GCM(2, 32, 8),
    AEAD_GCM(2, 32, 12),
    AEAD_GCM(2, 32, 16),
    {.kind = GH_ESP_KIND_CHACHA,
	.key_len = 32,
	.iv_len = 8,
	.icv_len = 16,
	.align = 4,
	.cipher = IMB_CIPHER_CHACHA20_POLY1305,
	.hash = IMB_AUTH_CHACHA20_POLY1305},
    WITH_EACH_HMAC(IMB_CIPHER_NULL, 0, 0, 4),
    WITH_EACH_HMAC(IMB_CIPHER_CBC, 16, 16, 16),
    WITH_EACH_HMAC(IMB_CIPHER_CBC, 24, 16, 16),
    WITH_EACH_HMAC(IMB_CIPHER_CBC, 32, 16, 16),
};

static_assert(AEAD_COUNT == 10, "the table above follows dp_api.h");
static_assert((int)GH_DP_AUTH_HMAC_SHA1 - GH_DP_ENC_NULL == 4, "the table above follows dp_api.h");

int gh_esp_alg_find(uint16_t enc_alg, uint16_t auth_alg)
{
	if (enc_alg >= GH_DP_AEAD_AES128_GCM_8 && enc_alg < GH_DP_ENC_NULL)
		return auth_alg == GH_DP_ALG_NONE ? 1 + enc_alg - GH_DP_AEAD_AES128_GCM_8 : -EINVAL;
	if (enc_alg < GH_DP_ENC_NULL || enc_alg >= GH_DP_AUTH_HMAC_SHA1)
		return -EINVAL;
	if (auth_alg < GH_DP_AUTH_HMAC_SHA1 || auth_alg > GH_DP_AUTH_HMAC_SHA512)
		return -EINVAL;
	return 1 + AEAD_COUNT + (enc_alg - GH_DP_ENC_NULL) * AUTH_COUNT + auth_alg -
	       GH_DP_AUTH_HMAC_SHA1;
}

static void hash_block(IMB_MGR *mgr, unsigned hash, const uint8_t *block, uint8_t *out)
{
	switch (hash) {
	case IMB_AUTH_HMAC_SHA_1:
		IMB_SHA1_ONE_BLOCK(mgr, block, out);
		break;
	case IMB_AUTH_HMAC_SHA_256:
		IMB_SHA256_ONE_BLOCK(mgr, block, out);
		break;
	case IMB_AUTH_HMAC_SHA_384:
		IMB_SHA384_ONE_BLOCK(mgr, block, out);
		break;
	default:
		IMB_SHA512_ONE_BLOCK(mgr, block, out);
	}
}

/* The state of HMAC's inner or outer hash after the padded key, RFC 2104 2. */
static void hmac_pad(
    IMB_MGR *mgr, const struct gh_esp_alg *a, const uint8_t *key, uint8_t with, uint8_t *out)
{
	uint8_t block[128];

	memset(block, with, sizeof(block));
	for (unsigned i = 0; i < a->auth_len; i++)
		block[i] ^= key[i];
	hash_block(mgr, a->hash, block, out);
	gh_wipe(block, sizeof(block));
}

static void expand_hmac(
    IMB_MGR *mgr, const struct gh_esp_alg *a, const struct gh_dp_sa *sa, struct gh_esp_hmac_key *k)
{
	hmac_pad(mgr, a, sa->auth_key, 0x36, k->ipad);
	hmac_pad(mgr, a, sa->auth_key, 0x5c, k->opad);
	if (a->key_len == 16)
		IMB_AES_KEYEXP_128(mgr, sa->enc_key, k->enc, k->dec);
	else if (a->key_len == 24)
		IMB_AES_KEYEXP_192(mgr, sa->enc_key, k->enc, k->dec);
	else if (a->key_len == 32)
		IMB_AES_KEYEXP_256(mgr, sa->enc_key, k->enc, k->dec);
}

static void expand_gcm(IMB_MGR *mgr, unsigned size, const uint8_t *key, struct gcm_key_data *k)
{
	if (size == 0)
		IMB_AES128_GCM_PRE(mgr, key, k);
	else if (size == 1)
		IMB_AES192_GCM_PRE(mgr, key, k);
	else
		IMB_AES256_GCM_PRE(mgr, key, k);
}

void gh_esp_key_expand(IMB_MGR *mgr, unsigned alg, const struct gh_dp_sa *sa, void *slot)
{
	const struct gh_esp_alg *a = &gh_esp_algs[alg];

	if (a->kind == GH_ESP_KIND_GCM)
		expand_gcm(mgr, a->size, sa->enc_key, slot);
	else if (a->kind == GH_ESP_KIND_CHACHA)
		memcpy(slot, sa->enc_key, a->key_len);
	else if (a->kind == GH_ESP_KIND_HMAC)
		expand_hmac(mgr, a, sa, slot);
}
