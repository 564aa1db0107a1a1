/* SPDX-License-Identifier: BSD-3-Clause */
#include <errno.h>
#include <openssl/dh.h>
#include <openssl/evp.h>
#include <openssl/hmac.h>
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "ctrlplane/ike/crypto/auth.h"
#include "ctrlplane/ike/crypto/cookie.h"
#include "ctrlplane/ike/crypto/crypto.h"
#include "ctrlplane/ike/crypto/dh_impl.h"
#include "ctrlplane/ike/crypto/nat.h"
#include "ctrlplane/ike/crypto/sk.h"
#include "tests/unit/unit.h"

#define LIT(s) ike_bytes(s, sizeof(s) - 1)

static size_t unhex(const char *hex, uint8_t *out)
{
	size_t n = 0;

	for (; hex[0] != '\0'; hex++) {
		char two[3] = {hex[0], hex[1], '\0'};
		if (hex[0] == ' ')
			continue;
		out[n++] = (uint8_t)strtoul(two, NULL, 16);
		hex++;
	}
	return n;
}

static bool equals_hex(const uint8_t *data, const char *hex)
{
	uint8_t want[1024];

	return memcmp(data, want, unhex(hex, want)) == 0;
}

/* ---- prf ---- */

static void prf_matches_rfc_2202_and_4231(void)
{
	static const struct {
		enum ike_prf_index prf;
		const char *key_hex;
		const char *data;
		const char *out;
	} v[] = {
	    /* RFC 2202 3, cases 1, 2 and 6 */
	    {IKE_PRF_HMAC_SHA1, "0b0b0b0b0b0b0b0b0b0b0b0b0b0b0b0b0b0b0b0b", "Hi There",
		"b617318655057264e28bc0b6fb378c8ef146be00"},
	    {IKE_PRF_HMAC_SHA1, "4a656665", "what do ya want for nothing?",
		"effcdf6ae5eb2fa2d27416d5f184df9c259a7c79"},
	    /* RFC 4231 4.2, 4.3 */
	    {IKE_PRF_HMAC_SHA256, "0b0b0b0b0b0b0b0b0b0b0b0b0b0b0b0b0b0b0b0b", "Hi There",
		"b0344c61d8db38535ca8afceaf0bf12b881dc200c9833da726e9376c2e32cff7"},
	    {IKE_PRF_HMAC_SHA384, "0b0b0b0b0b0b0b0b0b0b0b0b0b0b0b0b0b0b0b0b", "Hi There",
		"afd03944d84895626b0825f4ab46907f15f9dadbe4101ec682aa034c7cebc59c"
		"faea9ea9076ede7f4af152e8b2fa9cb6"},
	    {IKE_PRF_HMAC_SHA512, "0b0b0b0b0b0b0b0b0b0b0b0b0b0b0b0b0b0b0b0b", "Hi There",
		"87aa7cdea5ef619d4ff0b4241a1d6cb02379f4e2ce4ec2787ad0b30545e17cde"
		"daa833b7d6b8a702038b274eaea3f4e4be9d914eeb61f1702e696c203a126854"},
	    {IKE_PRF_HMAC_SHA256, "4a656665", "what do ya want for nothing?",
		"5bdcc146bf60754e6a042426089575c75a003f089d2739839dec58b964ec3843"},
	    {IKE_PRF_HMAC_SHA384, "4a656665", "what do ya want for nothing?",
		"af45d2e376484031617f78d2b58a6b1b9c7ef464f5a01b47e42ec3736322445e"
		"8e2240ca5e69e2c78b3239ecfab21649"},
	    {IKE_PRF_HMAC_SHA512, "4a656665", "what do ya want for nothing?",
		"164b7a7bfcf819e2e395fbe73b56e0a387bd64222e831fd610270cd7ea250554"
		"9758bf75c05a994a6d034f65f8f0e6fdcaeab1a34d4a6b4b636e070a38bce737"},
	};

	for (unsigned i = 0; i < sizeof(v) / sizeof(v[0]); i++) {
		uint8_t key[64], out[IKE_PRF_MAX];
		struct ike_bytes k = ike_bytes(key, unhex(v[i].key_hex, key));
		size_t n = strlen(v[i].data);
		const struct ike_bytes parts[] = {
		    ike_bytes(v[i].data, n / 2), {0}, ike_bytes(v[i].data + n / 2, n - n / 2)};

		CU_ASSERT_EQUAL(ike_prf(&ike_prf_algs[v[i].prf], k, parts, 3, out), 0);
		CU_ASSERT_TRUE(equals_hex(out, v[i].out));
	}
}

static const EVP_MD *md_of(enum ike_digest d)
{
	switch (d) {
	case IKE_DIGEST_SHA1:
		return EVP_sha1();
	case IKE_DIGEST_SHA256:
		return EVP_sha256();
	case IKE_DIGEST_SHA384:
		return EVP_sha384();
	default:
		return EVP_sha512();
	}
}

/* prf by the one-shot function of OpenSSL, over one buffer: the independent computation. */
static void naive_prf(const struct ike_prf_alg *prf, struct ike_bytes key, const uint8_t *data,
    size_t len, uint8_t *out)
{
	unsigned n;

	HMAC(md_of(prf->digest), key.data, (int)key.len, data, len, out, &n);
	CU_ASSERT_EQUAL_FATAL(n, prf->len);
}

static void naive_prf_plus(const struct ike_prf_alg *prf, struct ike_bytes key, const uint8_t *seed,
    size_t seed_len, uint8_t *out, size_t len)
{
	uint8_t buf[1024], t[64];
	size_t t_len = 0, done = 0;

	for (uint8_t i = 1; done < len; i++) {
		size_t take = len - done < prf->len ? len - done : prf->len;
		memcpy(buf, t, t_len);
		memcpy(buf + t_len, seed, seed_len);
		buf[t_len + seed_len] = i;
		naive_prf(prf, key, buf, t_len + seed_len + 1, t);
		t_len = prf->len;
		memcpy(out + done, t, take);
		done += take;
	}
}

static void prf_plus_has_its_limit(void)
{
	static uint8_t out[256 * 64], want[256 * 64];
	const struct ike_prf_alg *prf = &ike_prf_algs[IKE_PRF_HMAC_SHA1];
	struct ike_bytes s = LIT("seed");

	CU_ASSERT_EQUAL(ike_prf_plus(prf, LIT("key"), &s, 1, out, 255 * 20), 0);
	naive_prf_plus(prf, LIT("key"), s.data, s.len, want, 255 * 20);
	CU_ASSERT_EQUAL(memcmp(out, want, 255 * 20), 0);
	CU_ASSERT_EQUAL(ike_prf_plus(prf, LIT("key"), &s, 1, out, 255 * 20 + 1), -EINVAL);
}

/* ---- key derivation ---- */

static uint8_t ni_bytes[32], nr_bytes[48], secret_bytes[128];
static struct ike_bytes ni, nr, secret;
#define SPI_I 0x0102030405060708
#define SPI_R 0xa1a2a3a4a5a6a7a8

static void fill(uint8_t *p, size_t len, uint8_t first)
{
	for (size_t i = 0; i < len; i++)
		p[i] = (uint8_t)(first + 7 * i);
}

static void set_inputs(void)
{
	fill(ni_bytes, sizeof(ni_bytes), 1);
	fill(nr_bytes, sizeof(nr_bytes), 50);
	fill(secret_bytes, sizeof(secret_bytes), 99);
	ni = ike_bytes(ni_bytes, sizeof(ni_bytes));
	nr = ike_bytes(nr_bytes, sizeof(nr_bytes));
	secret = ike_bytes(secret_bytes, sizeof(secret_bytes));
}

static struct ike_suite suite_of(const char *enc, const char *integ, const char *prf)
{
	return (struct ike_suite){.protocol = IKE_PROTO_IKE,
	    .number = 1,
	    .enc = ike_enc_by_word(enc),
	    .integ = integ ? ike_integ_by_word(integ) : NULL,
	    .prf = ike_prf_by_word(prf),
	    .dh = ike_dh_by_word("modp1024")};
}

static size_t join(uint8_t *out, const struct ike_bytes *parts, unsigned n)
{
	size_t len = 0;

	for (unsigned i = 0; i < n; i++) {
		memcpy(out + len, parts[i].data, parts[i].len);
		len += parts[i].len;
	}
	return len;
}

/* The seven keys by the naive functions, in the order of RFC 7296 2.14. */
static void check_keys(
    const struct ike_suite *s, const uint8_t *skeyseed, size_t seed_len, const struct ike_keys *k)
{
	static const uint8_t spis[] = {
	    1, 2, 3, 4, 5, 6, 7, 8, 0xa1, 0xa2, 0xa3, 0xa4, 0xa5, 0xa6, 0xa7, 0xa8};
	const struct ike_bytes seed[] = {ni, nr, ike_bytes(spis, 16)};
	uint8_t buf[256], mat[600], *at = mat;
	size_t p = s->prf->len, e = s->enc->key_len, a = s->integ ? s->integ->key_len : 0;

	naive_prf_plus(s->prf, ike_bytes(skeyseed, seed_len), buf, join(buf, seed, 3), mat,
	    3 * p + 2 * a + 2 * e);
	CU_ASSERT_EQUAL(memcmp(k->d, at, p), 0);
	CU_ASSERT_EQUAL(memcmp(k->ai, at += p, a), 0);
	CU_ASSERT_EQUAL(memcmp(k->ar, at += a, a), 0);
	CU_ASSERT_EQUAL(memcmp(k->ei, at += a, e), 0);
	CU_ASSERT_EQUAL(memcmp(k->er, at += e, e), 0);
	CU_ASSERT_EQUAL(memcmp(k->pi, at += e, p), 0);
	CU_ASSERT_EQUAL(memcmp(k->pr, at += p, p), 0);
}

static const struct {
	const char *enc, *integ, *prf;
} suites[] = {
    {"aes128-gcm-96", NULL, "hmac-sha1"},
    {"aes256-gcm-128", NULL, "hmac-sha512"},
    {"aes192-gcm-64", NULL, "hmac-sha384"},
    {"chacha20-poly1305", NULL, "hmac-sha256"},
    {"aes128-cbc", "hmac-sha1", "hmac-sha1"},
    {"aes192-cbc", "hmac-sha384", "hmac-sha256"},
    {"aes256-cbc", "hmac-sha256", "hmac-sha256"},
    {"aes256-cbc", "hmac-sha512", "hmac-sha512"},
};
#define SUITES (sizeof(suites) / sizeof(suites[0]))

static void ike_keys_match_an_independent_computation(void)
{
	set_inputs();
	for (unsigned i = 0; i < SUITES; i++) {
		struct ike_suite s = suite_of(suites[i].enc, suites[i].integ, suites[i].prf);
		const struct ike_prf_alg *old = &ike_prf_algs[IKE_PRF_HMAC_SHA384];
		const struct ike_bytes nonces[] = {ni, nr}, re[] = {secret, ni, nr};
		uint8_t key[256], data[512], skeyseed[64], old_d[64] = {3, 1, 4};
		struct ike_keys k;

		CU_ASSERT_EQUAL(ike_keys_derive(&s, secret, ni, nr, SPI_I, SPI_R, &k), 0);
		naive_prf(
		    s.prf, ike_bytes(key, join(key, nonces, 2)), secret.data, secret.len, skeyseed);
		check_keys(&s, skeyseed, s.prf->len, &k);

		CU_ASSERT_EQUAL(
		    ike_keys_rekey(&s, old, old_d, secret, ni, nr, SPI_I, SPI_R, &k), 0);
		naive_prf(old, ike_bytes(old_d, old->len), data, join(data, re, 3), skeyseed);
		check_keys(&s, skeyseed, old->len, &k);
	}
}

static void check_child(bool pfs)
{
	const struct ike_bytes g = pfs ? secret : (struct ike_bytes){0};
	const struct ike_bytes seed[] = {g, ni, nr};
	uint8_t sk_d[64] = {1, 6, 1, 8}, data[512], mat[256];

	for (unsigned i = 0; i < SUITES; i++) {
		struct ike_suite s = suite_of(suites[i].enc, suites[i].integ, suites[i].prf);
		size_t e = s.enc->key_len, a = s.integ ? s.integ->key_len : 0;
		struct ike_child_keys k;
		size_t n = pfs ? join(data, seed, 3) : join(data, seed + 1, 2);

		CU_ASSERT_EQUAL(ike_keys_child(&s, s.prf, sk_d, g, ni, nr, &k), 0);
		naive_prf_plus(s.prf, ike_bytes(sk_d, s.prf->len), data, n, mat, 2 * (e + a));
		CU_ASSERT_EQUAL(memcmp(k.enc_i, mat, e), 0);
		CU_ASSERT_EQUAL(memcmp(k.integ_i, mat + e, a), 0);
		CU_ASSERT_EQUAL(memcmp(k.enc_r, mat + e + a, e), 0);
		CU_ASSERT_EQUAL(memcmp(k.integ_r, mat + e + a + e, a), 0);
	}
}

static void child_keys_match_an_independent_computation(void)
{
	set_inputs();
	check_child(false);
	check_child(true);
}

/* ---- PSK ---- */

static void psk_auth_is_that_of_rfc_7296(void)
{
	const struct ike_prf_alg *prf = &ike_prf_algs[IKE_PRF_HMAC_SHA256];
	struct ike_psk_key *psk = ike_psk_key_new("swordfish", 9);
	uint8_t sk_p[32] = {5}, id[32], key[32], octets[256], want[32], got[IKE_PRF_MAX];
	const struct ike_signed s = {
	    LIT("the first message"), LIT("nonce of the other"), LIT("\2\0\0\0gw"), sk_p};
	const struct ike_bytes parts[] = {s.message, s.nonce, ike_bytes(id, 32)};

	naive_prf(prf, LIT("swordfish"), (const uint8_t *)"Key Pad for IKEv2", 17, key);
	naive_prf(prf, ike_bytes(sk_p, 32), s.id_body.data, s.id_body.len, id);
	naive_prf(prf, ike_bytes(key, 32), octets, join(octets, parts, 3), want);
	for (int again = 0; again < 2; again++) {
		CU_ASSERT_EQUAL(ike_psk_auth(psk, prf, &s, got), 0);
		CU_ASSERT_EQUAL(memcmp(got, want, 32), 0);
	}
	CU_ASSERT_EQUAL(ike_psk_verify(psk, prf, &s, ike_bytes(want, 32)), 0);
	CU_ASSERT_EQUAL(ike_psk_verify(psk, prf, &s, ike_bytes(want, 31)), -EACCES);
	want[31] ^= 1;
	CU_ASSERT_EQUAL(ike_psk_verify(psk, prf, &s, ike_bytes(want, 32)), -EACCES);
	ike_psk_key_free(psk);
}

/* ---- Diffie-Hellman ---- */

static void every_group_agrees(void)
{
	for (unsigned g = 0; g < IKE_DH_COUNT; g++) {
		const struct ike_dh_alg *group = &ike_dh_algs[g];
		struct ike_dh *a = ike_dh_generate(group), *b = ike_dh_generate(group);
		uint8_t one[IKE_DH_MAX] = {0}, two[IKE_DH_MAX] = {1};

		CU_ASSERT_PTR_NOT_NULL_FATAL(a);
		CU_ASSERT_PTR_NOT_NULL_FATAL(b);
		CU_ASSERT_EQUAL(ike_dh_public(a).len, group->public_len);
		CU_ASSERT_NOT_EQUAL(
		    memcmp(ike_dh_public(a).data, ike_dh_public(b).data, group->public_len), 0);
		CU_ASSERT_EQUAL(ike_dh_derive(a, ike_dh_public(b), one, NULL), 0);
		CU_ASSERT_EQUAL(ike_dh_derive(b, ike_dh_public(a), two, NULL), 0);
		CU_ASSERT_EQUAL(memcmp(one, two, group->secret_len), 0);
		ike_dh_free(a);
		ike_dh_free(b);
	}
}

/* The other side by EVP alone: our public value and secret mean the same to OpenSSL. */
static EVP_PKEY *evp_key(const struct ike_dh_alg *group)
{
	static const char *const names[IKE_DH_COUNT] = {[IKE_DH_MODP1536] = "modp_1536",
	    [IKE_DH_MODP2048] = "modp_2048",
	    [IKE_DH_MODP3072] = "modp_3072",
	    [IKE_DH_MODP4096] = "modp_4096",
	    [IKE_DH_MODP6144] = "modp_6144",
	    [IKE_DH_MODP8192] = "modp_8192",
	    [IKE_DH_ECP256] = "P-256",
	    [IKE_DH_ECP384] = "P-384",
	    [IKE_DH_ECP521] = "P-521",
	    [IKE_DH_CURVE25519] = "X25519"};
	static const char *const types[] = {"DH", "EC", "X25519"};
	EVP_PKEY_CTX *c = EVP_PKEY_CTX_new_from_name(NULL, types[group->kind], NULL);
	EVP_PKEY *key = NULL;

	if (names[group->index] != NULL) {
		CU_ASSERT_EQUAL_FATAL(EVP_PKEY_keygen_init(c), 1);
		if (group->kind != IKE_DH_KIND_X25519)
			EVP_PKEY_CTX_set_group_name(c, names[group->index]);
		CU_ASSERT_EQUAL_FATAL(EVP_PKEY_generate(c, &key), 1);
	}
	EVP_PKEY_CTX_free(c);
	return key;
}

static void meet_evp(const struct ike_dh_alg *group, EVP_PKEY *theirs)
{
	struct ike_dh *dh = ike_dh_generate(group);
	uint8_t mine[IKE_DH_MAX], other[IKE_DH_MAX], point[IKE_DH_MAX + 1] = {4};
	size_t skip = group->kind == IKE_DH_KIND_ECP, len = sizeof(other);
	uint8_t *encoded = NULL;
	size_t n = EVP_PKEY_get1_encoded_public_key(theirs, &encoded);
	EVP_PKEY *peer = EVP_PKEY_new();
	EVP_PKEY_CTX *c = EVP_PKEY_CTX_new_from_pkey(NULL, theirs, NULL);

	CU_ASSERT_EQUAL(ike_dh_derive(dh, ike_bytes(encoded + skip, n - skip), mine, NULL), 0);
	memcpy(point + skip, ike_dh_public(dh).data, group->public_len);
	if (group->kind == IKE_DH_KIND_X25519) {
		EVP_PKEY_free(peer);
		peer = EVP_PKEY_new_raw_public_key(EVP_PKEY_X25519, NULL, point, 32);
	} else {
		EVP_PKEY_copy_parameters(peer, theirs);
		EVP_PKEY_set1_encoded_public_key(peer, point, skip + group->public_len);
	}
	CU_ASSERT_EQUAL_FATAL(EVP_PKEY_derive_init(c), 1);
	if (group->kind == IKE_DH_KIND_MODP)
		EVP_PKEY_CTX_set_dh_pad(c, 1);
	CU_ASSERT_EQUAL_FATAL(EVP_PKEY_derive_set_peer(c, peer), 1);
	CU_ASSERT_EQUAL_FATAL(EVP_PKEY_derive(c, other, &len), 1);
	CU_ASSERT_EQUAL(len, group->secret_len);
	CU_ASSERT_EQUAL(memcmp(mine, other, len), 0);
	EVP_PKEY_CTX_free(c);
	EVP_PKEY_free(peer);
	OPENSSL_free(encoded);
	ike_dh_free(dh);
}

static void groups_agree_with_evp(void)
{
	unsigned met = 0;

	for (unsigned g = 0; g < IKE_DH_COUNT; g++) {
		EVP_PKEY *theirs = evp_key(&ike_dh_algs[g]);
		if (theirs == NULL)
			continue;
		meet_evp(&ike_dh_algs[g], theirs);
		EVP_PKEY_free(theirs);
		met++;
	}
	CU_ASSERT_EQUAL(met, IKE_DH_COUNT - 1); /* EVP has no name for modp1024 */
}

/* The secret with the peer value 4 = 2^2 is the square of our public value. */
static void modp1024_secret_is_a_power(void)
{
	const struct ike_dh_alg *group = &ike_dh_algs[IKE_DH_MODP1024];
	struct ike_dh *dh = ike_dh_generate(group);
	uint8_t four[128] = {[127] = 4}, got[IKE_DH_MAX], want[128];
	BIGNUM *p = BN_get_rfc2409_prime_1024(NULL), *y = BN_new();
	BN_CTX *c = BN_CTX_new();

	CU_ASSERT_EQUAL(ike_dh_derive(dh, ike_bytes(four, 128), got, NULL), 0);
	BN_bin2bn(ike_dh_public(dh).data, 128, y);
	BN_mod_sqr(y, y, p, c);
	BN_bn2binpad(y, want, 128);
	CU_ASSERT_EQUAL(memcmp(got, want, 128), 0);
	BN_free(p);
	BN_free(y);
	BN_CTX_free(c);
	ike_dh_free(dh);
}

static void expect_refused(struct ike_dh *dh, const uint8_t *peer, size_t len)
{
	uint8_t out[IKE_DH_MAX];
	struct gh_error err = {0};

	CU_ASSERT_EQUAL(ike_dh_derive(dh, ike_bytes(peer, len), out, &err), -EINVAL);
	CU_ASSERT_PTR_NOT_NULL(strstr(err.message, ike_dh_group(dh)->word));
}

static void bad_modp_values_are_refused(void)
{
	for (unsigned g = IKE_DH_MODP1024; g <= IKE_DH_MODP2048; g++) {
		struct ike_dh *dh = ike_dh_generate(&ike_dh_algs[g]);
		size_t n = ike_dh_algs[g].public_len;
		uint8_t v[1024] = {0}, ok[IKE_DH_MAX];
		BIGNUM *p = g == IKE_DH_MODP1024   ? BN_get_rfc2409_prime_1024(NULL)
			    : g == IKE_DH_MODP1536 ? BN_get_rfc3526_prime_1536(NULL)
						   : BN_get_rfc3526_prime_2048(NULL);

		expect_refused(dh, v, n);     /* 0 */
		expect_refused(dh, v, n - 1); /* too short */
		v[n - 1] = 1;
		expect_refused(dh, v, n); /* 1 */
		BN_sub_word(p, 1);
		for (int i = 0; i < 3; i++) { /* p-1, p, p+1 */
			BN_bn2binpad(p, v, (int)n);
			expect_refused(dh, v, n);
			BN_add_word(p, 1);
		}
		BN_sub_word(p, 4);
		BN_bn2binpad(p, v, (int)n); /* p-2 is a value like any other */
		CU_ASSERT_EQUAL(ike_dh_derive(dh, ike_bytes(v, n), ok, NULL), 0);
		BN_free(p);
		ike_dh_free(dh);
	}
}

static void bad_points_are_refused(void)
{
	for (unsigned g = IKE_DH_ECP256; g <= IKE_DH_ECP521; g++) {
		const struct ike_dh_alg *group = &ike_dh_algs[g];
		struct ike_dh *a = ike_dh_generate(group), *b = ike_dh_generate(group);
		uint8_t point[132], zero[132] = {0}, ok[IKE_DH_MAX];

		memcpy(point, ike_dh_public(b).data, group->public_len);
		point[group->public_len - 1] ^= 1;
		expect_refused(a, point, group->public_len);
		expect_refused(a, zero, group->public_len);
		expect_refused(a, ike_dh_public(b).data, group->public_len - 1);
		memset(point, 0xff, sizeof(point));
		expect_refused(a, point, group->public_len);
		/* the thread's peer key has survived the refusals */
		CU_ASSERT_EQUAL(ike_dh_derive(a, ike_dh_public(b), ok, NULL), 0);
		ike_dh_free(a);
		ike_dh_free(b);
	}
}

static void x25519_points_of_small_order_are_refused(void)
{
	static const char *const points[] = {
	    "0000000000000000000000000000000000000000000000000000000000000000",
	    "0100000000000000000000000000000000000000000000000000000000000000",
	    "e0eb7a7c3b41b8ae1656e3faf19fc46ada098deb9c32b1fd866205165f49b800",
	    "5f9c95bca3508c24b1d0b1559c83ef5b04445cc4581c8e86d8224eddd09f1157",
	    "ecffffffffffffffffffffffffffffffffffffffffffffffffffffffffffff7f",
	};
	struct ike_dh *dh = ike_dh_generate(&ike_dh_algs[IKE_DH_CURVE25519]);
	uint8_t v[32];

	for (unsigned i = 0; i < sizeof(points) / sizeof(points[0]); i++) {
		unhex(points[i], v);
		expect_refused(dh, v, 32);
	}
	ike_dh_free(dh);
}

/* An object of ours with a key pair of an RFC. */
static struct ike_dh *with_key(enum ike_dh_index g, const char *priv, const char *pub)
{
	struct ike_dh *dh = ike_dh_generate(&ike_dh_algs[g]);

	CU_ASSERT_EQUAL_FATAL(unhex(priv, dh->exponent), ike_dh_algs[g].secret_len);
	CU_ASSERT_EQUAL_FATAL(unhex(pub, dh->public_value), ike_dh_algs[g].public_len);
	if (g != IKE_DH_CURVE25519)
		return dh;
	EVP_PKEY_free(dh->pkey);
	dh->pkey = EVP_PKEY_new_raw_private_key(EVP_PKEY_X25519, NULL, dh->exponent, 32);
	return dh;
}

static const struct {
	enum ike_dh_index group;
	const char *priv_i, *pub_i, *priv_r, *pub_r, *secret;
} dh_vectors[] = {
    /* RFC 7748 6.1 */
    {IKE_DH_CURVE25519, "77076d0a7318a57d3c16c17251b26645df4c2f87ebc0992ab177fba51db92c2a",
	"8520f0098930a754748b7ddcb43ef75a0dbf3a0d26381af4eba4a98eaa9b4e6a",
	"5dab087e624a8a4b79e17f8b83800ee66f3bb1292618b6fd1c2f8b27ff88e0eb",
	"de9edb7d7b7dc1b4d35b61c2ece435373f8343c85b78674dadfc7e146f882b4f",
	"4a5d9d5ba4ce2de1728e3bf480350f25e07e21c947d19e3376f09b3c1e161742"},
    /* RFC 5903 8.1 */
    {IKE_DH_ECP256, "C88F01F510D9AC3F70A292DAA2316DE544E9AAB8AFE84049C62A9C57862D1433",
	"DAD0B65394221CF9B051E1FECA5787D098DFE637FC90B9EF945D0C3772581180"
	"5271A0461CDB8252D61F1C456FA3E59AB1F45B33ACCF5F58389E0577B8990BB3",
	"C6EF9C5D78AE012A011164ACB397CE2088685D8F06BF9BE0B283AB46476BEE53",
	"D12DFB5289C8D4F81208B70270398C342296970A0BCCB74C736FC7554494BF63"
	"56FBF3CA366CC23E8157854C13C58D6AAC23F046ADA30F8353E74F33039872AB",
	"D6840F6B42F6EDAFD13116E0E12565202FEF8E9ECE7DCE03812464D04B9442DE"},
    /* RFC 5903 8.2 */
    {IKE_DH_ECP384,
	"099F3C7034D4A2C699884D73A375A67F7624EF7C6B3C0F160647B67414DCE655"
	"E35B538041E649EE3FAEF896783AB194",
	"667842D7D180AC2CDE6F74F37551F55755C7645C20EF73E31634FE72B4C55EE6"
	"DE3AC808ACB4BDB4C88732AEE95F41AA"
	"9482ED1FC0EEB9CAFC4984625CCFC23F65032149E0E144ADA024181535A0F38E"
	"EB9FCFF3C2C947DAE69B4C634573A81C",
	"41CB0779B4BDB85D47846725FBEC3C9430FAB46CC8DC5060855CC9BDA0AA2942"
	"E0308312916B8ED2960E4BD55A7448FC",
	"E558DBEF53EECDE3D3FCCFC1AEA08A89A987475D12FD950D83CFA41732BC509D"
	"0D1AC43A0336DEF96FDA41D0774A3571"
	"DCFBEC7AACF3196472169E838430367F66EEBE3C6E70C416DD5F0C68759DD1FF"
	"F83FA40142209DFF5EAAD96DB9E6386C",
	"11187331C279962D93D604243FD592CB9D0A926F422E47187521287E7156C5C4"
	"D603135569B9E9D09CF5D4A270F59746"},
};

static void curves_match_rfc_5903_and_7748(void)
{
	for (unsigned i = 0; i < sizeof(dh_vectors) / sizeof(dh_vectors[0]); i++) {
		__auto_type v = &dh_vectors[i];
		struct ike_dh *a = with_key(v->group, v->priv_i, v->pub_i);
		struct ike_dh *b = with_key(v->group, v->priv_r, v->pub_r);
		uint8_t out[IKE_DH_MAX];

		CU_ASSERT_EQUAL(ike_dh_derive(a, ike_dh_public(b), out, NULL), 0);
		CU_ASSERT_TRUE(equals_hex(out, v->secret));
		CU_ASSERT_EQUAL(ike_dh_derive(b, ike_dh_public(a), out, NULL), 0);
		CU_ASSERT_TRUE(equals_hex(out, v->secret));
		ike_dh_free(a);
		ike_dh_free(b);
	}
}

static void *work(void *arg)
{
	bool *fine = arg;

	for (int i = 0; i < 40; i++)
		for (unsigned g = 0; g < IKE_DH_COUNT; g++) {
			struct ike_dh *a = ike_dh_generate(&ike_dh_algs[g]);
			struct ike_dh *b = ike_dh_generate(&ike_dh_algs[g]);
			uint8_t one[IKE_DH_MAX], two[IKE_DH_MAX];

			if (ike_dh_algs[g].public_len <= 256)
				*fine &= ike_dh_derive(a, ike_dh_public(b), one, NULL) == 0 &&
					 ike_dh_derive(b, ike_dh_public(a), two, NULL) == 0 &&
					 memcmp(one, two, ike_dh_algs[g].secret_len) == 0;
			ike_dh_free(a);
			ike_dh_free(b);
			if (i > 0 && ike_dh_algs[g].public_len > 256)
				break;
		}
	ike_crypto_thread_end();
	return NULL;
}

static void threads_do_not_disturb_each_other(void)
{
	pthread_t t[3];
	bool fine[3] = {true, true, true};

	for (int i = 0; i < 3; i++)
		CU_ASSERT_EQUAL_FATAL(pthread_create(&t[i], NULL, work, &fine[i]), 0);
	for (int i = 0; i < 3; i++) {
		pthread_join(t[i], NULL);
		CU_ASSERT_TRUE(fine[i]);
	}
}

/* ---- SK ---- */

static const struct ike_header header = {.spi_i = SPI_I,
    .spi_r = SPI_R,
    .exchange = IKE_EXCHANGE_IKE_AUTH,
    .flags = IKE_FLAG_INITIATOR,
    .id = 1};

static struct ike_sk sk_of(unsigned suite, bool initiator)
{
	struct ike_suite s = suite_of(suites[suite].enc, suites[suite].integ, suites[suite].prf);
	struct ike_keys k;
	struct ike_sk sk;

	set_inputs();
	CU_ASSERT_EQUAL_FATAL(ike_keys_derive(&s, secret, ni, nr, SPI_I, SPI_R, &k), 0);
	ike_sk_init(&sk, &s, &k, initiator);
	return sk;
}

/* A chain of one vendor payload with that many bytes in it. */
static struct ike_bytes chain_of(uint8_t *buf, size_t n)
{
	struct ike_builder b;

	ike_begin_chain(&b, buf, n + 4);
	ike_begin_payload(&b, IKE_PAYLOAD_VENDOR);
	for (size_t i = 0; i < n; i++)
		gh_put_u8(&b.w, (uint8_t)i);
	ike_end_payload(&b);
	return ike_bytes(buf, (size_t)ike_finish(&b));
}

static int open_message(const struct ike_sk *sk, uint8_t *buf, size_t len, struct ike_message *msg)
{
	int rc = ike_message_parse(ike_bytes(buf, len), msg, NULL);

	return rc < 0 ? rc : ike_sk_open(sk, buf, msg, NULL);
}

static void sealed_messages_open(void)
{
	for (unsigned s = 0; s < SUITES; s++)
		for (size_t n = 0; n < 70; n++) {
			struct ike_sk out = sk_of(s, true), in = sk_of(s, true),
				      no = sk_of(s, false);
			uint8_t plain[100], buf[300], copy[300];
			struct ike_bytes chain = chain_of(plain, n);
			struct ike_message msg;
			ssize_t len =
			    ike_sk_seal(&out, &header, IKE_PAYLOAD_VENDOR, chain, buf, sizeof(buf));

			CU_ASSERT_EQUAL_FATAL((size_t)len, ike_sk_size(&out, chain.len));
			CU_ASSERT_EQUAL(ike_sk_seal(&out, &header, IKE_PAYLOAD_VENDOR, chain, copy,
					    (size_t)len - 1),
			    -EMSGSIZE);
			memcpy(copy, buf, (size_t)len);
			CU_ASSERT_EQUAL(open_message(&no, copy, (size_t)len, &msg), -EACCES);
			CU_ASSERT_EQUAL_FATAL(open_message(&in, buf, (size_t)len, &msg), 0);
			CU_ASSERT_EQUAL_FATAL(msg.count, 1);
			CU_ASSERT_EQUAL(msg.payloads[0].type, IKE_PAYLOAD_VENDOR);
			CU_ASSERT_EQUAL(msg.payloads[0].body.len, n);
			CU_ASSERT_EQUAL(memcmp(msg.payloads[0].body.data, plain + 4, n), 0);
			CU_ASSERT_EQUAL(ike_sk_open(&in, buf, &msg, NULL), -EACCES);
		}
}

static void an_empty_message_opens(void)
{
	for (unsigned s = 0; s < SUITES; s++) {
		struct ike_sk sk = sk_of(s, true);
		uint8_t buf[200];
		struct ike_message msg;
		ssize_t len =
		    ike_sk_seal(&sk, &header, IKE_PAYLOAD_NONE, (struct ike_bytes){0}, buf, 200);

		CU_ASSERT_TRUE_FATAL(len > 0);
		CU_ASSERT_EQUAL(open_message(&sk, buf, (size_t)len, &msg), 0);
		CU_ASSERT_EQUAL(msg.count, 0);
		CU_ASSERT_TRUE(msg.opened);
	}
}

static void every_changed_byte_is_noticed(void)
{
	for (unsigned s = 0; s < SUITES; s++) {
		struct ike_sk sk = sk_of(s, true);
		uint8_t plain[50], buf[300], bad[300];
		ssize_t len = ike_sk_seal(
		    &sk, &header, IKE_PAYLOAD_VENDOR, chain_of(plain, 20), buf, sizeof(buf));
		struct ike_message msg;

		for (size_t i = 0; i < (size_t)len; i++)
			for (unsigned bit = 1; bit < 256; bit <<= 1) {
				memcpy(bad, buf, (size_t)len);
				bad[i] ^= (uint8_t)bit;
				CU_ASSERT_NOT_EQUAL_FATAL(
				    open_message(&sk, bad, (size_t)len, &msg), 0);
			}
		memcpy(bad, buf, (size_t)len);
		CU_ASSERT_EQUAL(open_message(&sk, bad, (size_t)len, &msg), 0);
	}
}

/* SK payloads of every shorter length, lengths set right: refused without reading beyond. */
static void short_sk_payloads_are_refused(void)
{
	for (unsigned s = 0; s < SUITES; s++) {
		struct ike_sk sk = sk_of(s, true);
		uint8_t plain[50], buf[300];
		ssize_t len = ike_sk_seal(
		    &sk, &header, IKE_PAYLOAD_VENDOR, chain_of(plain, 20), buf, sizeof(buf));
		struct ike_message msg;

		for (size_t cut = IKE_HEADER_LEN + 4; cut < (size_t)len; cut++) {
			uint8_t *copy = malloc(cut);
			struct gh_writer w = gh_writer(copy, cut);

			gh_put(&w, buf, cut);
			gh_patch_be(&w, 24, cut, 4);
			gh_patch_be(&w, 30, cut - IKE_HEADER_LEN, 2);
			CU_ASSERT_EQUAL_FATAL(open_message(&sk, copy, cut, &msg), -EACCES);
			free(copy);
		}
	}
}

/* Seals text (padding included) by EVP alone, for an AES-GCM or ChaCha20 suite. */
static size_t naive_aead(const struct ike_sk *sk, const char *cipher, const uint8_t *text, size_t n,
    uint64_t iv, uint8_t *out)
{
	size_t icv = sk->enc->icv_len, total = 28 + 4 + 8 + n + icv;
	struct gh_writer w = gh_writer(out, total);
	struct ike_header h = header;
	EVP_CIPHER *c = EVP_CIPHER_fetch(NULL, cipher, NULL);
	EVP_CIPHER_CTX *ctx = EVP_CIPHER_CTX_new();
	uint8_t nonce[12];
	int m;

	h.next = IKE_PAYLOAD_SK;
	h.length = (uint32_t)total;
	ike_header_put(&w, &h);
	gh_put_u8(&w, IKE_PAYLOAD_VENDOR);
	gh_put_u8(&w, 0);
	gh_put_u16(&w, (uint16_t)(total - 28));
	gh_put_u64(&w, iv);
	memcpy(nonce, sk->enc_key + sk->enc->key_len - 4, 4);
	memcpy(nonce + 4, out + 32, 8);
	EVP_EncryptInit_ex2(ctx, c, sk->enc_key, nonce, NULL);
	EVP_EncryptUpdate(ctx, NULL, &m, out, 32);
	EVP_EncryptUpdate(ctx, out + 40, &m, text, (int)n);
	EVP_EncryptFinal_ex(ctx, out + 40 + n, &m);
	EVP_CIPHER_CTX_ctrl(ctx, EVP_CTRL_AEAD_GET_TAG, (int)icv, out + 40 + n);
	EVP_CIPHER_CTX_free(ctx);
	EVP_CIPHER_free(c);
	return total;
}

static void aead_layout_is_that_of_rfc_5282(void)
{
	static const char *const ciphers[] = {
	    "AES-128-GCM", "AES-256-GCM", "AES-192-GCM", "ChaCha20-Poly1305"};

	for (unsigned s = 0; s < 4; s++) {
		struct ike_sk sk = sk_of(s, true);
		uint8_t plain[50] = {0}, want[200], got[200];
		struct ike_bytes chain = chain_of(plain, 20);
		size_t n;

		sk.iv = 0x0807060504030201;
		n = naive_aead(&sk, ciphers[s], plain, chain.len + 1, sk.iv, want);
		CU_ASSERT_EQUAL(
		    ike_sk_seal(&sk, &header, IKE_PAYLOAD_VENDOR, chain, got, sizeof(got)),
		    (ssize_t)n);
		CU_ASSERT_EQUAL(memcmp(want, got, n), 0);
		CU_ASSERT_EQUAL(sk.iv, 0x0807060504030202);
		ike_sk_skip(&sk);
		CU_ASSERT_EQUAL(sk.iv, 0x0807060604030202);
	}
}

static void padding_is_checked(void)
{
	struct gh_error err = {0};
	struct ike_sk sk = sk_of(0, true);
	uint8_t text[50], buf[200];
	struct ike_message msg;
	size_t n = chain_of(text, 8).len, len;

	/* padding of our peers' choice, RFC 7296 3.14 */
	memset(text + n, 0xee, 9);
	text[n + 9] = 9;
	len = naive_aead(&sk, "AES-128-GCM", text, n + 10, 7, buf);
	CU_ASSERT_EQUAL(open_message(&sk, buf, len, &msg), 0);
	CU_ASSERT_EQUAL(msg.payloads[0].body.len, 8);
	text[n + 9] = (uint8_t)(n + 10);
	len = naive_aead(&sk, "AES-128-GCM", text, n + 10, 7, buf);
	CU_ASSERT_EQUAL(ike_message_parse(ike_bytes(buf, len), &msg, NULL), 0);
	CU_ASSERT_EQUAL(ike_sk_open(&sk, buf, &msg, &err), -EBADMSG);
	CU_ASSERT_PTR_NOT_NULL(strstr(err.message, "padding"));
	text[n + 9] = 8; /* a byte too many in the chain */
	len = naive_aead(&sk, "AES-128-GCM", text, n + 10, 7, buf);
	CU_ASSERT_EQUAL(open_message(&sk, buf, len, &msg), -EBADMSG);
}

static void cbc_layout_is_that_of_rfc_7296(void)
{
	struct ike_sk sk = sk_of(4, true); /* aes128-cbc, hmac-sha1 */
	uint8_t plain[50], buf[200], mac[20], text[64];
	struct ike_bytes chain = chain_of(plain, 20);
	ssize_t len = ike_sk_seal(&sk, &header, IKE_PAYLOAD_VENDOR, chain, buf, sizeof(buf));
	EVP_CIPHER_CTX *c = EVP_CIPHER_CTX_new();
	unsigned n;
	int m;

	CU_ASSERT_EQUAL_FATAL(len, 28 + 4 + 16 + 32 + 12);
	HMAC(EVP_sha1(), sk.integ_key, 20, buf, (size_t)len - 12, mac, &n);
	CU_ASSERT_EQUAL(memcmp(buf + len - 12, mac, 12), 0);
	EVP_DecryptInit_ex(c, EVP_aes_128_cbc(), NULL, sk.enc_key, buf + 32);
	EVP_CIPHER_CTX_set_padding(c, 0);
	EVP_DecryptUpdate(c, text, &m, buf + 48, 32);
	CU_ASSERT_EQUAL(memcmp(text, plain, chain.len), 0);
	CU_ASSERT_EQUAL(text[31], 32 - chain.len - 1);
	EVP_CIPHER_CTX_free(c);
}

static void fragments_carry_a_long_chain(void)
{
	static uint8_t plain[5000], joined[5000], buf[2000];

	for (unsigned s = 0; s < SUITES; s++)
		for (size_t max = 100; max < 1500; max += 173) {
			struct ike_sk sk = sk_of(s, true);
			struct ike_bytes chain = chain_of(plain, 4001), part;
			size_t chunk, at = 0;
			unsigned total = ike_skf_plan(&sk, chain.len, max, &chunk);
			struct ike_message msg;
			struct ike_skf skf;
			uint8_t first = 0;

			CU_ASSERT_TRUE_FATAL(total > 1);
			for (unsigned i = 1; i <= total; i++, at += part.len) {
				size_t left = chain.len - at;
				ssize_t len = ike_skf_seal(&sk, &header, IKE_PAYLOAD_VENDOR,
				    (uint16_t)i, (uint16_t)total,
				    ike_bytes(plain + at, left < chunk ? left : chunk), buf,
				    sizeof(buf));

				CU_ASSERT_TRUE_FATAL(len > 0 && (size_t)len <= max);
				CU_ASSERT_EQUAL_FATAL(
				    ike_message_parse(ike_bytes(buf, (size_t)len), &msg, NULL), 0);
				first |= msg.payloads[0].next;
				CU_ASSERT_EQUAL(
				    msg.payloads[0].next, i == 1 ? IKE_PAYLOAD_VENDOR : 0);
				CU_ASSERT_EQUAL_FATAL(
				    ike_skf_open(&sk, buf, &msg, &skf, &part, NULL), 0);
				CU_ASSERT_EQUAL(skf.number, i);
				CU_ASSERT_EQUAL(skf.total, total);
				memcpy(joined + at, part.data, part.len);
			}
			CU_ASSERT_EQUAL(at, chain.len);
			CU_ASSERT_EQUAL(
			    ike_chain_parse(first, ike_bytes(joined, at), &msg, NULL), 0);
			CU_ASSERT_EQUAL(memcmp(joined, plain, at), 0);
		}
}

static void fragment_numbers_are_protected(void)
{
	struct ike_sk sk = sk_of(0, true);
	uint8_t buf[200];
	struct ike_message msg;
	struct ike_skf skf;
	struct ike_bytes part;
	size_t chunk;
	ssize_t len = ike_skf_seal(&sk, &header, IKE_PAYLOAD_VENDOR, 1, 3, LIT("part"), buf, 200);

	buf[35] = 2; /* the total becomes 2 */
	CU_ASSERT_EQUAL(ike_message_parse(ike_bytes(buf, (size_t)len), &msg, NULL), 0);
	CU_ASSERT_EQUAL(ike_skf_open(&sk, buf, &msg, &skf, &part, NULL), -EACCES);
	CU_ASSERT_EQUAL(ike_sk_open(&sk, buf, &msg, NULL), -EACCES);
	CU_ASSERT_EQUAL(ike_skf_plan(&sk, 100, 30, &chunk), 0);
}

/* ---- cookies, NAT detection ---- */

static void cookies_are_bound_and_rotate(void)
{
	struct ike_cookie_jar jar;
	struct gh_addr a = gh_addr_v4(0x0a000001), b = gh_addr_v4(0x0a000002);
	uint8_t c[IKE_COOKIE_LEN], d[IKE_COOKIE_LEN];
	struct ike_bytes n = LIT("a nonce of some bytes"), view = ike_bytes(c, sizeof(c));
	uint64_t t = 5000;

	ike_cookie_init(&jar, t);
	ike_cookie_make(&jar, t, n, &a, SPI_I, c);
	CU_ASSERT_TRUE(ike_cookie_valid(&jar, t, n, &a, SPI_I, view));
	CU_ASSERT_FALSE(ike_cookie_valid(&jar, t, n, &b, SPI_I, view));
	CU_ASSERT_FALSE(ike_cookie_valid(&jar, t, n, &a, SPI_R, view));
	CU_ASSERT_FALSE(ike_cookie_valid(&jar, t, LIT("another nonce"), &a, SPI_I, view));
	CU_ASSERT_FALSE(ike_cookie_valid(&jar, t, n, &a, SPI_I, ike_bytes(c, sizeof(c) - 1)));
	for (size_t i = 0; i < sizeof(c); i++) {
		memcpy(d, c, sizeof(c));
		d[i] ^= 1;
		CU_ASSERT_FALSE(ike_cookie_valid(&jar, t, n, &a, SPI_I, ike_bytes(d, sizeof(d))));
	}
	t += IKE_COOKIE_ROTATE_MS;
	CU_ASSERT_TRUE(ike_cookie_valid(&jar, t, n, &a, SPI_I, view));
	ike_cookie_make(&jar, t, n, &a, SPI_I, d);
	CU_ASSERT_NOT_EQUAL(c[0], d[0]);
	t += IKE_COOKIE_ROTATE_MS;
	CU_ASSERT_FALSE(ike_cookie_valid(&jar, t, n, &a, SPI_I, view));
	CU_ASSERT_TRUE(ike_cookie_valid(&jar, t, n, &a, SPI_I, ike_bytes(d, sizeof(d))));
	t += 1000 * IKE_COOKIE_ROTATE_MS;
	CU_ASSERT_FALSE(ike_cookie_valid(&jar, t, n, &a, SPI_I, ike_bytes(d, sizeof(d))));
	ike_cookie_wipe(&jar);
}

static void natd_is_sha1_of_spis_and_endpoint(void)
{
	struct gh_endpoint v4 = {.addr = gh_addr_v4(0xc0a80001), .port = 4500}, v6 = {.port = 500};
	uint8_t in[34], out[IKE_NATD_LEN], want[20];

	unhex("0102030405060708a1a2a3a4a5a6a7a8c0a800011194", in);
	EVP_Digest(in, 22, want, NULL, EVP_sha1(), NULL);
	CU_ASSERT_EQUAL(ike_natd_hash(SPI_I, SPI_R, &v4, out), 0);
	CU_ASSERT_EQUAL(memcmp(out, want, 20), 0);
	gh_addr_parse("2001:db8::1", &v6.addr);
	unhex("0102030405060708000000000000000020010db8000000000000000000000001 01f4", in);
	EVP_Digest(in, 34, want, NULL, EVP_sha1(), NULL);
	CU_ASSERT_EQUAL(ike_natd_hash(SPI_I, 0, &v6, out), 0);
	CU_ASSERT_EQUAL(memcmp(out, want, 20), 0);
}

/* ---- algorithms and proposals ---- */

static void tables_are_coherent(void)
{
	for (unsigned i = 0; i < IKE_ENC_COUNT; i++) {
		const struct ike_enc_alg *e = &ike_enc_algs[i];
		CU_ASSERT_EQUAL(e->index, i);
		CU_ASSERT_PTR_EQUAL(ike_enc_by_word(e->word), e);
		CU_ASSERT_PTR_EQUAL(ike_enc_by_id(e->id, e->key_bits), e);
		CU_ASSERT_EQUAL(e->aead, e->icv_len > 0);
		CU_ASSERT_NOT_EQUAL(e->dp, GH_DP_ALG_NONE);
	}
	for (unsigned i = 0; i < IKE_DH_COUNT; i++) {
		CU_ASSERT_EQUAL(ike_dh_algs[i].index, i);
		CU_ASSERT_PTR_EQUAL(ike_dh_by_word(ike_dh_algs[i].word), &ike_dh_algs[i]);
		CU_ASSERT_PTR_EQUAL(ike_dh_by_id(ike_dh_algs[i].id), &ike_dh_algs[i]);
		CU_ASSERT_TRUE(ike_dh_algs[i].public_len <= IKE_DH_MAX);
	}
	CU_ASSERT_EQUAL(ike_enc_by_word("aes128-gcm-96")->icv_len, 12);
	CU_ASSERT_EQUAL(ike_enc_by_word("aes128-gcm-96")->id, 19);
	CU_ASSERT_EQUAL(ike_enc_by_word("aes256-gcm-128")->dp, GH_DP_AEAD_AES256_GCM_16);
	CU_ASSERT_EQUAL(ike_integ_by_word("hmac-sha512")->dp, GH_DP_AUTH_HMAC_SHA512);
	CU_ASSERT_PTR_NULL(ike_enc_by_id(12, 0));
	CU_ASSERT_PTR_NULL(ike_enc_by_id(20, 0));
}

/* "aead aes128-gcm-96, prf hmac-sha1, dh modp1024": leaves and words. */
static int add_words(struct ike_proposal *p, const char *text, struct gh_error *err)
{
	static const char *const leaves[] = {"aead", "enc", "auth", "prf", "dh", "esn"};
	char copy[256], *save, leaf[16], word[32];

	strncpy(copy, text, sizeof(copy) - 1);
	copy[sizeof(copy) - 1] = '\0';
	for (char *w = strtok_r(copy, ",", &save); w != NULL; w = strtok_r(NULL, ",", &save)) {
		CU_ASSERT_EQUAL_FATAL(sscanf(w, " %15s %31s", leaf, word), 2);
		for (unsigned i = 0; i < 6; i++) {
			int rc = strcmp(leaf, leaves[i]) ? 0 : ike_proposal_add(p, i, word, err);
			if (rc < 0)
				return rc;
		}
	}
	return 0;
}

static struct ike_proposal conf(uint8_t protocol, uint8_t number, const char *text)
{
	struct ike_proposal p;

	ike_proposal_init(&p, protocol, number);
	CU_ASSERT_EQUAL_FATAL(add_words(&p, text, NULL), 0);
	CU_ASSERT_EQUAL_FATAL(ike_proposal_complete(&p, NULL), 0);
	return p;
}

static void configured_proposals_are_checked(void)
{
	static const struct {
		uint8_t protocol;
		const char *text;
		const char *complaint; /* NULL: fine */
	} v[] = {
	    {IKE_PROTO_IKE, "aead aes128-gcm-96, prf hmac-sha1, dh modp1024", NULL},
	    {IKE_PROTO_IKE, "aead aes128-gcm-96, prf hmac-sha1", "dh-group"},
	    {IKE_PROTO_IKE, "enc aes128-cbc, dh modp2048", "auth-alg"},
	    {IKE_PROTO_IKE, "aead aes128-gcm-96, auth hmac-sha1, dh modp2048", "another proposal"},
	    {IKE_PROTO_IKE, "aead aes128-gcm-96, enc aes128-cbc, dh modp2048", "another proposal"},
	    {IKE_PROTO_IKE, "prf hmac-sha1, dh modp2048", "no encryption"},
	    {IKE_PROTO_IKE, "aead aes128-gcm-97", "aes128-gcm-96"},
	    {IKE_PROTO_IKE, "enc null", "esp-proposal only"},
	    {IKE_PROTO_IKE, "dh modp999", "curve25519"},
	    {IKE_PROTO_IKE, "dh none", "unknown"},
	    {IKE_PROTO_IKE, "esn true", "esp-proposal only"},
	    {IKE_PROTO_ESP, "aead aes128-gcm-128, esn true", NULL},
	    {IKE_PROTO_ESP, "enc null, auth hmac-sha256", NULL},
	    {IKE_PROTO_ESP, "aead aes128-gcm-128, prf hmac-sha1", "ike-proposal only"},
	    {IKE_PROTO_ESP, "aead aes128-gcm-128, esn maybe", "true or false"},
	};

	for (unsigned i = 0; i < sizeof(v) / sizeof(v[0]); i++) {
		struct ike_proposal p;
		struct gh_error err = {0};
		int rc;

		ike_proposal_init(&p, v[i].protocol, 1);
		rc = add_words(&p, v[i].text, &err);
		if (rc == 0)
			rc = ike_proposal_complete(&p, &err);
		CU_ASSERT_EQUAL(rc, v[i].complaint ? -EINVAL : 0);
		if (v[i].complaint != NULL)
			CU_ASSERT_PTR_NOT_NULL(strstr(err.message, v[i].complaint));
	}
}

static void what_is_left_out_follows(void)
{
	struct ike_proposal p;
	char text[200];

	p = conf(IKE_PROTO_IKE, 1, "dh modp2048, enc aes256-cbc, auth hmac-sha384, auth hmac-sha1");
	CU_ASSERT_STRING_EQUAL(ike_proposal_str(&p, text, sizeof(text)),
	    "aes256-cbc, prf hmac-sha384|hmac-sha1, hmac-sha384|hmac-sha1, modp2048");
	p = conf(IKE_PROTO_IKE, 1, "aead aes256-gcm-128, aead aes128-gcm-128, dh curve25519");
	CU_ASSERT_STRING_EQUAL(ike_proposal_str(&p, text, sizeof(text)),
	    "aes256-gcm-128|aes128-gcm-128, prf hmac-sha256, curve25519");
	p = conf(IKE_PROTO_ESP, 1, "aead aes256-gcm-128");
	CU_ASSERT_STRING_EQUAL(ike_proposal_str(&p, text, sizeof(text)), "aes256-gcm-128, no-esn");
	CU_ASSERT_STRING_EQUAL(ike_proposal_str(&p, text, 12), "aes256-g...");
}

#define SEED_IKE "aead aes128-gcm-96, prf hmac-sha1, dh modp1024"
#define SEED_ESP "aead aes128-gcm-128, esn true"
#define WIDE                                                                                  \
	"enc aes256-cbc, enc aes128-cbc, auth hmac-sha256, auth hmac-sha1, prf hmac-sha256, " \
	"prf hmac-sha1, dh ecp256, dh modp2048"

static void selection_follows_the_table(void)
{
	static const struct {
		uint8_t protocol;
		const char *ours[2], *theirs[2];
		unsigned flags;
		uint16_t ke;
		const char *chosen; /* NULL: none */
		uint8_t number;
	} v[] = {
	    {IKE_PROTO_IKE, {SEED_IKE}, {SEED_IKE}, 0, 2, "aes128-gcm-96, prf hmac-sha1, modp1024",
		1},
	    {IKE_PROTO_IKE, {SEED_IKE}, {WIDE, SEED_IKE}, 0, 2,
		"aes128-gcm-96, prf hmac-sha1, modp1024", 2},
	    {IKE_PROTO_IKE, {SEED_IKE}, {WIDE}, 0, 2, NULL, 0},
	    /* our order decides */
	    {IKE_PROTO_IKE,
		{"enc aes128-cbc, enc aes256-cbc, auth hmac-sha1, prf hmac-sha1, dh modp2048"},
		{WIDE}, 0, 14, "aes128-cbc, hmac-sha1, prf hmac-sha1, modp2048", 1},
	    {IKE_PROTO_IKE, {SEED_IKE, WIDE}, {WIDE, SEED_IKE}, 0, 0,
		"aes128-gcm-96, prf hmac-sha1, modp1024", 2},
	    /* but the group of the KE that came saves a round trip */
	    {IKE_PROTO_IKE, {WIDE}, {WIDE}, 0, 14,
		"aes256-cbc, hmac-sha256, prf hmac-sha256, modp2048", 1},
	    {IKE_PROTO_IKE, {WIDE}, {WIDE}, 0, 19,
		"aes256-cbc, hmac-sha256, prf hmac-sha256, ecp256", 1},
	    {IKE_PROTO_IKE, {WIDE}, {WIDE}, 0, 31,
		"aes256-cbc, hmac-sha256, prf hmac-sha256, ecp256", 1},
	    {IKE_PROTO_IKE, {"aead aes128-gcm-128, prf hmac-sha1, dh modp1024, dh ecp256"},
		{"aead aes128-gcm-128, prf hmac-sha1, dh modp1024",
		    "aead aes128-gcm-128, prf hmac-sha1, dh ecp256"},
		0, 19, "aes128-gcm-128, prf hmac-sha1, ecp256", 2},
	    {IKE_PROTO_ESP, {SEED_ESP}, {SEED_ESP}, IKE_SELECT_NO_DH, 0, "aes128-gcm-128, esn", 1},
	    {IKE_PROTO_ESP, {SEED_ESP}, {"aead aes128-gcm-128"}, IKE_SELECT_NO_DH, 0, NULL, 0},
	    {IKE_PROTO_ESP, {"aead aes128-gcm-128, esn true, esn false"}, {"aead aes128-gcm-128"},
		IKE_SELECT_NO_DH, 0, "aes128-gcm-128", 1},
	    /* PFS */
	    {IKE_PROTO_ESP, {"aead aes128-gcm-128, dh modp2048"},
		{"aead aes128-gcm-128, dh modp2048"}, IKE_SELECT_NO_DH, 0, "aes128-gcm-128", 1},
	    {IKE_PROTO_ESP, {"aead aes128-gcm-128, dh modp2048"}, {"aead aes128-gcm-128"}, 0, 0,
		NULL, 0},
	    {IKE_PROTO_ESP, {"aead aes128-gcm-128"}, {"aead aes128-gcm-128, dh modp2048"}, 0, 14,
		NULL, 0},
	    {IKE_PROTO_ESP, {"aead aes128-gcm-128, dh modp2048, dh none"}, {"aead aes128-gcm-128"},
		0, 0, "aes128-gcm-128", 1},
	    {IKE_PROTO_ESP, {"aead aes128-gcm-128, dh modp2048, dh none"},
		{"aead aes128-gcm-128, dh none, dh modp2048"}, 0, 14, "aes128-gcm-128, modp2048",
		1},
	    {IKE_PROTO_ESP, {"aead aes128-gcm-128, dh modp2048, dh none"},
		{"aead aes128-gcm-128, dh none, dh modp2048"}, 0, 0, "aes128-gcm-128", 1},
	    {IKE_PROTO_ESP, {"enc aes256-cbc, auth hmac-sha256"},
		{"enc aes128-cbc, auth hmac-sha256"}, IKE_SELECT_NO_DH, 0, NULL, 0},
	};

	for (unsigned i = 0; i < sizeof(v) / sizeof(v[0]); i++) {
		struct ike_proposal ours[2];
		static struct ike_sa_payload offered;
		const struct ike_proposal *theirs = NULL;
		struct ike_suite s;
		unsigned n = 0;
		char text[IKE_SUITE_STRLEN];
		int rc;

		for (; n < 2 && v[i].ours[n] != NULL; n++)
			ours[n] = conf(v[i].protocol, (uint8_t)(n + 1), v[i].ours[n]);
		for (offered.count = 0; offered.count < 2 && v[i].theirs[offered.count] != NULL;
		     offered.count++)
			offered.proposals[offered.count] = conf(v[i].protocol,
			    (uint8_t)(offered.count + 1), v[i].theirs[offered.count]);
		rc = ike_select(ours, n, &offered, v[i].flags, v[i].ke, &s, &theirs, NULL);
		CU_ASSERT_EQUAL(rc, v[i].chosen ? 0 : -ENOENT);
		if (rc < 0 || v[i].chosen == NULL)
			continue;
		CU_ASSERT_STRING_EQUAL(ike_suite_str(&s, text), v[i].chosen);
		CU_ASSERT_EQUAL(s.number, v[i].number);
		CU_ASSERT_PTR_EQUAL(theirs, &offered.proposals[v[i].number - 1]);
	}
}

static void foreign_transforms_are_passed_over(void)
{
	struct ike_proposal ours = conf(IKE_PROTO_IKE, 1, WIDE);
	static struct ike_sa_payload offered;
	struct ike_proposal *p = &offered.proposals[0];
	struct ike_suite s;

	offered.count = 1;
	*p = ours;
	p->transforms[p->count++] = (struct ike_transform){.type = IKE_TRANSFORM_DH, .id = 32};
	p->transforms[0].unusable = 1; /* aes256-cbc with an attribute that we do not know */
	CU_ASSERT_EQUAL(ike_select(&ours, 1, &offered, 0, 14, &s, NULL, NULL), 0);
	CU_ASSERT_STRING_EQUAL(s.enc->word, "aes128-cbc");
	/* a type that we do not know, e.g. an additional key exchange, RFC 7296 3.3.6 */
	p->transforms[p->count++] = (struct ike_transform){.type = 6, .id = 35};
	CU_ASSERT_EQUAL(ike_select(&ours, 1, &offered, 0, 14, &s, NULL, NULL), -ENOENT);
}

static void a_mismatch_is_explained(void)
{
	struct ike_proposal ours = conf(IKE_PROTO_IKE, 1, SEED_IKE);
	static struct ike_sa_payload offered;
	struct ike_suite s;
	struct gh_error err;

	offered.count = 2;
	offered.proposals[0] = conf(IKE_PROTO_IKE, 1, WIDE);
	offered.proposals[1] = conf(IKE_PROTO_IKE, 2,
	    "aead aes256-gcm-128, aead aes128-gcm-96, prf hmac-sha256, dh modp2048");
	CU_ASSERT_EQUAL(ike_select(&ours, 1, &offered, 0, 2, &s, NULL, &err), -ENOENT);
	CU_ASSERT_STRING_EQUAL(err.message,
	    "no ike-proposal in common with the peer: prf-alg: we have hmac-sha1, the peer offers "
	    "hmac-sha256; dh-group: we have modp1024, the peer offers modp2048; align one side");
	offered.count = 1;
	offered.proposals[0] = conf(IKE_PROTO_ESP, 1, SEED_ESP);
	offered.proposals[0].protocol = IKE_PROTO_AH;
	ours = conf(IKE_PROTO_ESP, 1, SEED_ESP);
	CU_ASSERT_EQUAL(ike_select(&ours, 1, &offered, 0, 0, &s, NULL, &err), -ENOENT);
	CU_ASSERT_PTR_NOT_NULL(strstr(err.message, "AH"));
	offered.count = 0;
	CU_ASSERT_EQUAL(ike_select(&ours, 1, &offered, 0, 0, &s, NULL, &err), -ENOENT);
	CU_ASSERT_PTR_NOT_NULL(strstr(err.message, "no esp-proposal at all"));
}

/* Offer, choose, answer, check: what a handshake does, over the wire format. */
static void answers_round_trip_and_wrong_ones_are_refused(void)
{
	struct ike_proposal c[2], offer[2], answer;
	static struct ike_sa_payload sa;
	struct ike_suite s, got;
	struct gh_error err;

	c[0] = conf(IKE_PROTO_ESP, 1, "aead aes256-gcm-128, dh ecp256");
	c[1] = conf(IKE_PROTO_ESP, 2, "enc aes128-cbc, auth hmac-sha1, esn true, esn false");
	ike_offer(c, 2, IKE_SELECT_NO_DH, offer);
	CU_ASSERT_EQUAL(offer[0].count, 2);
	CU_ASSERT_EQUAL(offer[1].number, 2);
	ike_proposal_set_spi32(&offer[0], 7);
	ike_proposal_set_spi32(&offer[1], 7);
	sa.count = 2;
	sa.proposals[0] = offer[0];
	sa.proposals[1] = offer[1];
	CU_ASSERT_EQUAL(ike_select(&c[1], 1, &sa, IKE_SELECT_NO_DH, 0, &s, NULL, NULL), 0);
	ike_suite_to_proposal(&s, IKE_SELECT_NO_DH, &answer);
	ike_proposal_set_spi32(&answer, 9);
	sa.count = 1;
	sa.proposals[0] = answer;
	CU_ASSERT_EQUAL(ike_check_answer(offer, 2, &sa, IKE_SELECT_NO_DH, &got, &err), 0);
	CU_ASSERT_EQUAL(memcmp(&got, &s, sizeof(s)), 0);
	CU_ASSERT_TRUE(got.esn);

	sa.proposals[0].number = 3;
	CU_ASSERT_EQUAL(ike_check_answer(offer, 2, &sa, IKE_SELECT_NO_DH, &got, &err), -EBADMSG);
	sa.proposals[0].number = 1;
	CU_ASSERT_EQUAL(ike_check_answer(offer, 2, &sa, IKE_SELECT_NO_DH, &got, &err), -EBADMSG);
	sa.proposals[0] = answer;
	sa.proposals[0].spi_len = 8;
	CU_ASSERT_EQUAL(ike_check_answer(offer, 2, &sa, IKE_SELECT_NO_DH, &got, &err), -EBADMSG);
	sa.proposals[0] = offer[1]; /* two transforms of type ESN */
	CU_ASSERT_EQUAL(ike_check_answer(offer, 2, &sa, IKE_SELECT_NO_DH, &got, &err), -EBADMSG);
	sa.proposals[0] = answer;
	sa.proposals[0].transforms[0].key_bits = 256;
	CU_ASSERT_EQUAL(ike_check_answer(offer, 2, &sa, IKE_SELECT_NO_DH, &got, &err), -EBADMSG);
	sa.count = 2;
	sa.proposals[1] = sa.proposals[0] = answer;
	CU_ASSERT_EQUAL(ike_check_answer(offer, 2, &sa, IKE_SELECT_NO_DH, &got, &err), -EBADMSG);
}

static void groups_of_a_configuration(void)
{
	struct ike_proposal c[2];

	c[0] = conf(IKE_PROTO_ESP, 1, "aead aes256-gcm-128, dh none");
	c[1] = conf(IKE_PROTO_ESP, 2, "aead aes256-gcm-128, dh modp3072, dh ecp521");
	CU_ASSERT_PTR_NULL(ike_first_group(c, 1));
	CU_ASSERT_STRING_EQUAL(ike_first_group(c, 2)->word, "modp3072");
	CU_ASSERT_TRUE(ike_group_listed(c, 2, 21));
	CU_ASSERT_FALSE(ike_group_listed(c, 2, 2));
}

static const struct unit_test tests[] = {
    UNIT_TEST(prf_matches_rfc_2202_and_4231),
    UNIT_TEST(prf_plus_has_its_limit),
    UNIT_TEST(ike_keys_match_an_independent_computation),
    UNIT_TEST(child_keys_match_an_independent_computation),
    UNIT_TEST(psk_auth_is_that_of_rfc_7296),
    UNIT_TEST(every_group_agrees),
    UNIT_TEST(groups_agree_with_evp),
    UNIT_TEST(modp1024_secret_is_a_power),
    UNIT_TEST(bad_modp_values_are_refused),
    UNIT_TEST(bad_points_are_refused),
    UNIT_TEST(x25519_points_of_small_order_are_refused),
    UNIT_TEST(curves_match_rfc_5903_and_7748),
    UNIT_TEST(threads_do_not_disturb_each_other),
    UNIT_TEST(sealed_messages_open),
    UNIT_TEST(an_empty_message_opens),
    UNIT_TEST(every_changed_byte_is_noticed),
    UNIT_TEST(short_sk_payloads_are_refused),
    UNIT_TEST(aead_layout_is_that_of_rfc_5282),
    UNIT_TEST(padding_is_checked),
    UNIT_TEST(cbc_layout_is_that_of_rfc_7296),
    UNIT_TEST(fragments_carry_a_long_chain),
    UNIT_TEST(fragment_numbers_are_protected),
    UNIT_TEST(cookies_are_bound_and_rotate),
    UNIT_TEST(natd_is_sha1_of_spis_and_endpoint),
    UNIT_TEST(tables_are_coherent),
    UNIT_TEST(configured_proposals_are_checked),
    UNIT_TEST(what_is_left_out_follows),
    UNIT_TEST(selection_follows_the_table),
    UNIT_TEST(foreign_transforms_are_passed_over),
    UNIT_TEST(a_mismatch_is_explained),
    UNIT_TEST(answers_round_trip_and_wrong_ones_are_refused),
    UNIT_TEST(groups_of_a_configuration),
};

int main(void)
{
	struct gh_error err;

	if (ike_crypto_init(&err) < 0) {
		fprintf(stderr, "%s\n", err.message);
		return 1;
	}
	return unit_main("ike crypto", tests, sizeof(tests) / sizeof(tests[0]));
}
