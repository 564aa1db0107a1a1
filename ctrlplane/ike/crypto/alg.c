/* SPDX-License-Identifier: BSD-3-Clause */
#include "ctrlplane/ike/crypto/alg.h"

#include <string.h>

#define SIZES(num, name, bits, key, salt, iv, icv)                                                 \
	.word = name, .id = num, .key_bits = bits, .key_len = key, .salt_len = salt, .iv_len = iv, \
	.icv_len = icv

const struct ike_enc_alg ike_enc_algs[IKE_ENC_COUNT] = {
#define X(sym, ...)         \
	[IKE_ENC_##sym] = { \
	    SIZES(__VA_ARGS__), .aead = true, .index = IKE_ENC_##sym, .dp = GH_DP_AEAD_##sym},
    IKE_AEAD_ALGS(X)
#undef X
#define X(sym, ...) \
	[IKE_ENC_##sym] = {SIZES(__VA_ARGS__), .index = IKE_ENC_##sym, .dp = GH_DP_ENC_##sym},
	IKE_CBC_ALGS(X) IKE_NULL_ALGS(X)
#undef X
};

const struct ike_integ_alg ike_integ_algs[IKE_INTEG_COUNT] = {
#define X(sym, num, name, md, key, icv)    \
	[IKE_INTEG_##sym] = {.word = name, \
	    .id = num,                     \
	    .digest = IKE_DIGEST_##md,     \
	    .key_len = key,                \
	    .icv_len = icv,                \
	    .index = IKE_INTEG_##sym,      \
	    .dp = GH_DP_AUTH_##sym},
    IKE_INTEG_ALGS(X)
#undef X
};

const struct ike_prf_alg ike_prf_algs[IKE_PRF_COUNT] = {
#define X(sym, num, name, md, out)       \
	[IKE_PRF_##sym] = {.word = name, \
	    .id = num,                   \
	    .digest = IKE_DIGEST_##md,   \
	    .len = out,                  \
	    .index = IKE_PRF_##sym},
    IKE_PRF_ALGS(X)
#undef X
};

const struct ike_dh_alg ike_dh_algs[IKE_DH_COUNT] = {
#define X(sym, num, name, how, pub, sec, exp) \
	[IKE_DH_##sym] = {.word = name,       \
	    .id = num,                        \
	    .kind = IKE_DH_KIND_##how,        \
	    .public_len = pub,                \
	    .secret_len = sec,                \
	    .exponent_bits = exp,             \
	    .index = IKE_DH_##sym},
    IKE_DH_GROUPS(X)
#undef X
};

const struct ike_enc_alg *ike_enc_by_id(uint16_t id, uint16_t key_bits)
{
	for (unsigned i = 0; i < IKE_ENC_COUNT; i++)
		if (ike_enc_algs[i].id == id && ike_enc_algs[i].key_bits == key_bits)
			return &ike_enc_algs[i];
	return NULL;
}

#define LOOKUPS(kind, KIND)                                            \
	const struct ike_##kind##_alg *ike_##kind##_by_id(uint16_t id) \
	{                                                              \
		for (unsigned i = 0; i < IKE_##KIND##_COUNT; i++)      \
			if (ike_##kind##_algs[i].id == id)             \
				return &ike_##kind##_algs[i];          \
		return NULL;                                           \
	}                                                              \
	LOOKUP_BY_WORD(kind, KIND)

#define LOOKUP_BY_WORD(kind, KIND)                                            \
	const struct ike_##kind##_alg *ike_##kind##_by_word(const char *word) \
	{                                                                     \
		for (unsigned i = 0; i < IKE_##KIND##_COUNT; i++)             \
			if (strcmp(ike_##kind##_algs[i].word, word) == 0)     \
				return &ike_##kind##_algs[i];                 \
		return NULL;                                                  \
	}

LOOKUP_BY_WORD(enc, ENC)
LOOKUPS(integ, INTEG)
LOOKUPS(prf, PRF)
LOOKUPS(dh, DH)
