/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * The algorithms of IKE and ESP: one list per transform type gives id, configuration word and
 * sizes. Everything else points into these tables; entries are static and immutable, so pointers
 * compare as identity. Any thread.
 */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "dataplane/api/dp_api.h"

/* id of type ENCR, word, key bits, key bytes with salt, salt bytes, IV bytes, ICV bytes, dp_api
 * RFC 4106, RFC 5282 (AES-GCM), RFC 7634 (ChaCha20-Poly1305) */
#define IKE_AEAD_ALGS(X)                                          \
	X(AES128_GCM_8, 18, "aes128-gcm-64", 128, 20, 4, 8, 8)    \
	X(AES128_GCM_12, 19, "aes128-gcm-96", 128, 20, 4, 8, 12)  \
	X(AES128_GCM_16, 20, "aes128-gcm-128", 128, 20, 4, 8, 16) \
	X(AES192_GCM_8, 18, "aes192-gcm-64", 192, 28, 4, 8, 8)    \
	X(AES192_GCM_12, 19, "aes192-gcm-96", 192, 28, 4, 8, 12)  \
	X(AES192_GCM_16, 20, "aes192-gcm-128", 192, 28, 4, 8, 16) \
	X(AES256_GCM_8, 18, "aes256-gcm-64", 256, 36, 4, 8, 8)    \
	X(AES256_GCM_12, 19, "aes256-gcm-96", 256, 36, 4, 8, 12)  \
	X(AES256_GCM_16, 20, "aes256-gcm-128", 256, 36, 4, 8, 16) \
	X(CHACHA20_POLY1305, 28, "chacha20-poly1305", 0, 36, 4, 8, 16)

/* the same columns; RFC 3602. "null" (RFC 2410) is for ESP only. */
#define IKE_CBC_ALGS(X)                                    \
	X(AES128_CBC, 12, "aes128-cbc", 128, 16, 0, 16, 0) \
	X(AES192_CBC, 12, "aes192-cbc", 192, 24, 0, 16, 0) \
	X(AES256_CBC, 12, "aes256-cbc", 256, 32, 0, 16, 0)
#define IKE_NULL_ALGS(X) X(NULL, 11, "null", 0, 0, 0, 0, 0)

/* id of type INTEG, word, digest, key bytes, ICV bytes; RFC 2404, RFC 4868 */
#define IKE_INTEG_ALGS(X)                                 \
	X(HMAC_SHA1, 2, "hmac-sha1", SHA1, 20, 12)        \
	X(HMAC_SHA256, 12, "hmac-sha256", SHA256, 32, 16) \
	X(HMAC_SHA384, 13, "hmac-sha384", SHA384, 48, 24) \
	X(HMAC_SHA512, 14, "hmac-sha512", SHA512, 64, 32)

/* id of type PRF, word, digest, output and preferred key bytes; RFC 2104, RFC 4868 */
#define IKE_PRF_ALGS(X)                              \
	X(HMAC_SHA1, 2, "hmac-sha1", SHA1, 20)       \
	X(HMAC_SHA256, 5, "hmac-sha256", SHA256, 32) \
	X(HMAC_SHA384, 6, "hmac-sha384", SHA384, 48) \
	X(HMAC_SHA512, 7, "hmac-sha512", SHA512, 64)

/* id of type DH, word, kind, bytes of the public value, bytes of the secret, exponent bits
 * RFC 2409, RFC 3526, RFC 5903, RFC 8031. Exponents are twice the strength of the group
 * (RFC 3526 8, RFC 7919) in whole 64-bit words, which is what they cost; 192 for modp1024. */
#define IKE_DH_GROUPS(X)                                   \
	X(MODP1024, 2, "modp1024", MODP, 128, 128, 192)    \
	X(MODP1536, 5, "modp1536", MODP, 192, 192, 256)    \
	X(MODP2048, 14, "modp2048", MODP, 256, 256, 256)   \
	X(MODP3072, 15, "modp3072", MODP, 384, 384, 320)   \
	X(MODP4096, 16, "modp4096", MODP, 512, 512, 384)   \
	X(MODP6144, 17, "modp6144", MODP, 768, 768, 448)   \
	X(MODP8192, 18, "modp8192", MODP, 1024, 1024, 512) \
	X(ECP256, 19, "ecp256", ECP, 64, 32, 0)            \
	X(ECP384, 20, "ecp384", ECP, 96, 48, 0)            \
	X(ECP521, 21, "ecp521", ECP, 132, 66, 0)           \
	X(CURVE25519, 31, "curve25519", X25519, 32, 32, 0)

#define IKE_ENC_KEY_MAX 36
#define IKE_INTEG_KEY_MAX 64
#define IKE_PRF_MAX 64
#define IKE_DH_MAX 1024 /* bytes of the largest public value and secret */

enum ike_digest { IKE_DIGEST_SHA1, IKE_DIGEST_SHA256, IKE_DIGEST_SHA384, IKE_DIGEST_SHA512 };

/* Indices of the tables; also what per-thread contexts are kept by. */
enum ike_enc_index {
#define X(id, ...) IKE_ENC_##id,
	IKE_AEAD_ALGS(X) IKE_CBC_ALGS(X) IKE_NULL_ALGS(X)
#undef X
	    IKE_ENC_COUNT
};

enum ike_integ_index {
#define X(id, ...) IKE_INTEG_##id,
	IKE_INTEG_ALGS(X)
#undef X
	    IKE_INTEG_COUNT
};

enum ike_prf_index {
#define X(id, ...) IKE_PRF_##id,
	IKE_PRF_ALGS(X)
#undef X
	    IKE_PRF_COUNT
};

enum ike_dh_index {
#define X(id, ...) IKE_DH_##id,
	IKE_DH_GROUPS(X)
#undef X
	    IKE_DH_COUNT
};

enum ike_dh_kind { IKE_DH_KIND_MODP, IKE_DH_KIND_ECP, IKE_DH_KIND_X25519 };

struct ike_enc_alg {
	const char *word;
	uint16_t id;	   /* transform id of type ENCR */
	uint16_t key_bits; /* Key Length attribute; 0: the transform has none */
	uint8_t key_len;   /* bytes taken from KEYMAT, salt included (RFC 5282 7.1) */
	uint8_t salt_len;
	uint8_t iv_len;
	uint8_t icv_len; /* AEAD; 0 otherwise */
	bool aead;
	enum ike_enc_index index;
	enum gh_dp_alg dp; /* the same algorithm in ESP */
};

struct ike_integ_alg {
	const char *word;
	uint16_t id; /* transform id of type INTEG */
	enum ike_digest digest;
	uint8_t key_len;
	uint8_t icv_len;
	enum ike_integ_index index;
	enum gh_dp_alg dp;
};

struct ike_prf_alg {
	const char *word;
	uint16_t id; /* transform id of type PRF */
	enum ike_digest digest;
	uint8_t len; /* bytes of output and of SK_d, SK_p* */
	enum ike_prf_index index;
};

struct ike_dh_alg {
	const char *word;
	uint16_t id; /* transform id of type DH */
	enum ike_dh_kind kind;
	uint16_t public_len;
	uint16_t secret_len;
	uint16_t exponent_bits; /* MODP */
	enum ike_dh_index index;
};

extern const struct ike_enc_alg ike_enc_algs[IKE_ENC_COUNT];
extern const struct ike_integ_alg ike_integ_algs[IKE_INTEG_COUNT];
extern const struct ike_prf_alg ike_prf_algs[IKE_PRF_COUNT];
extern const struct ike_dh_alg ike_dh_algs[IKE_DH_COUNT];

/* By what the wire says; NULL: unknown. */
const struct ike_enc_alg *ike_enc_by_id(uint16_t id, uint16_t key_bits);
const struct ike_integ_alg *ike_integ_by_id(uint16_t id);
const struct ike_prf_alg *ike_prf_by_id(uint16_t id);
const struct ike_dh_alg *ike_dh_by_id(uint16_t id);

/* By configuration word; NULL: unknown. */
const struct ike_enc_alg *ike_enc_by_word(const char *word);
const struct ike_integ_alg *ike_integ_by_word(const char *word);
const struct ike_prf_alg *ike_prf_by_word(const char *word);
const struct ike_dh_alg *ike_dh_by_word(const char *word);
