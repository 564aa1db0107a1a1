/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * ESP against published packets (draft-mcgrew-gcm-test-01, RFC 7634 appendix A, RFC 3602 section 4)
 * and, for every transform, against a receiver written with OpenSSL.
 */
#include <openssl/evp.h>
#include <openssl/hmac.h>
#include <rte_ip.h>
#include <stdio.h>
#include <string.h>

#include "dataplane/ipsec/ipsec.h"
#include "ipsec_rig.h"
#include "unit.h"

static size_t unhex(const char *text, uint8_t *out)
{
	size_t n = strlen(text) / 2;

	for (size_t i = 0; i < n; i++) {
		unsigned byte = 0;

		sscanf(text + 2 * i, "%2x", &byte);
		out[i] = (uint8_t)byte;
	}
	return n;
}

struct vector {
	enum gh_dp_alg enc, auth;
	const char *key; /* with salt */
	const char *auth_key;
	uint64_t before; /* the number in front of the packet's */
	uint16_t flags;
	const char *header; /* SPI and sequence number as on the wire */
	const char *iv;
	const char *cipher;
	const char *icv; /* NULL: HMAC by OpenSSL */
	const char *plain;
	enum gh_esp_verdict verdict; /* the draft's packets are of transport mode */
};

static struct rte_mbuf *packet_of(const struct vector *v)
{
	struct rte_mbuf *m = rig_packet("192.0.2.1", "192.0.2.2", 20);
	struct rte_ipv4_hdr *ip = rte_pktmbuf_mtod(m, struct rte_ipv4_hdr *);
	uint8_t *p = (uint8_t *)rte_pktmbuf_append(m, 400);
	uint8_t *at = p;

	at += unhex(v->header, at);
	at += unhex(v->iv, at);
	at += unhex(v->cipher, at);
	if (v->icv != NULL) {
		at += unhex(v->icv, at);
	} else {
		uint8_t key[64], mac[64];
		unsigned len = 0;

		HMAC(EVP_sha1(), key, (int)unhex(v->auth_key, key), p, (size_t)(at - p), mac, &len);
		memcpy(at, mac, 12);
		at += 12;
	}
	rte_pktmbuf_trim(m, (uint16_t)(400 - (at - p)));
	ip->total_length = rte_cpu_to_be_16(m->data_len);
	ip->next_proto_id = IPPROTO_ESP;
	return m;
}

static void run_vector(const struct vector *v)
{
	struct gh_dp_sa sa = rig_sa(GH_DP_IN, 0, v->enc, v->auth, v->flags);
	struct gh_dp_policy policy;
	struct rte_mbuf *m = packet_of(v);
	uint8_t spi[8], plain[400];
	size_t len = unhex(v->plain, plain);
	const uint8_t *text;

	rig_start();
	unhex(v->header, spi);
	sa.id.spi =
	    (uint32_t)spi[0] << 24 | (uint32_t)spi[1] << 16 | (uint32_t)spi[2] << 8 | spi[3];
	sa.id.index = sa.id.spi & (GH_DP_SA_MAX - 1);
	sa.seq = v->before;
	unhex(v->key, sa.enc_key);
	if (v->auth_key != NULL)
		unhex(v->auth_key, sa.auth_key);
	rig_set_sa(&sa);
	policy = rig_policy(1, GH_DP_IN, sa.id.index, "0.0.0.0/0", "0.0.0.0/0");
	rig_set_policy(&policy);
	text = rte_pktmbuf_mtod_offset(m, const uint8_t *, 28 + strlen(v->iv) / 2);
	CU_ASSERT_EQUAL(rig_decrypt(m, NULL), v->verdict);
	CU_ASSERT_EQUAL(memcmp(text, plain, len), 0);
	rte_pktmbuf_free(m);
	rig_stop();
}

static void test_gcm_esn(void)
{
	static const struct vector v = {
	    .enc = GH_DP_AEAD_AES128_GCM_16,
	    .key = "4c80cdefbb5d10da906ac73c3613a6342e443b68",
	    .before = 0x87654320ffffffff,
	    .flags = GH_DP_SA_ESN,
	    .header = "0000432100000000",
	    .iv = "4956ed7e3b244cfe",
	    .cipher = "fecf537e729d5b07dc30df528dd22b768d1b98736696a6fd348509fa13ceac34"
		      "cfa2436f14a3f3cf65925bf1f4a13c5d15b21e1884f5ff6247aeabb786b93bce"
		      "61bc17d768fd9732",
	    .icv = "459018148f6cbe722fd04796562dfdb4",
	    .plain = "45000048699a000080114db7c0a80102c0a801010a9bf15638d3010000010000"
		     "00000000045f736970045f756470037369700963796265726369747902646b00"
		     "0021000101020201",
	    .verdict = GH_ESP_IN_NEXT_HEADER,
	};
	struct vector truncated = v;

	run_vector(&v);
	truncated.enc = GH_DP_AEAD_AES128_GCM_12;
	truncated.icv = "459018148f6cbe722fd04796";
	run_vector(&truncated);
	truncated.enc = GH_DP_AEAD_AES128_GCM_8;
	truncated.icv = "459018148f6cbe72";
	run_vector(&truncated);
}

static void test_gcm_192(void)
{
	static const struct vector v = {
	    .enc = GH_DP_AEAD_AES192_GCM_16,
	    .key = "feffe9928665731c6d6a8f9467308308feffe9928665731ccafebabe",
	    .before = 9,
	    .header = "0000a5f80000000a",
	    .iv = "facedbaddecaf888",
	    .cipher = "a5b1f8066029aea40e598b8122de02420938b3ab33f828e687b8858b5bfbdbd0"
		      "315b27452144cc77",
	    .icv = "95457b9652037f5318027b5b4cd7a636",
	    .plain = "45000028a4ad4000400678800a01038f0a010612802306b8cb712602dd6bb03e"
		     "501016d075680001",
	    .verdict = GH_ESP_IN_NEXT_HEADER,
	};

	run_vector(&v);
}

static void test_gcm_256(void)
{
	static const struct vector v = {
	    .enc = GH_DP_AEAD_AES256_GCM_16,
	    .key = "abbccddef00112233445566778899aababbccddef00112233445566778899aab11223344",
	    .before = 1,
	    .header = "4a2cbfe300000002",
	    .iv = "0102030405060708",
	    .cipher = "ff425c9b724599df7a3bcd510194e00d6a78107f1b0b1cbf06efae9d65a5d763"
		      "748a637985771d347f0545659f14e99def842d8e",
	    .icv = "b335f4eecfdbf831824b4c4915956c96",
	    .plain = "4500003069a6400080062690c0a801029389155e0a9e008b2dc57ee000000000"
		     "7002400020bf0000020405b40101040201020201",
	    .verdict = GH_ESP_IN_NEXT_HEADER,
	};

	run_vector(&v);
}

static void test_chacha(void)
{
	static const struct vector v = {
	    .enc = GH_DP_AEAD_CHACHA20_POLY1305,
	    .key = "808182838485868788898a8b8c8d8e8f909192939495969798999a9b9c9d9e9fa0a1a2a3",
	    .before = 4,
	    .header = "0102030400000005",
	    .iv = "1011121314151617",
	    .cipher = "24039428b97f417e3c13753a4f05087b67c352e6a7fab1b982d466ef407ae5c6"
		      "14ee8099d52844eb61aa95dfab4c02f72aa71e7c4c4f64c9befe2facc638e8f3"
		      "cbec163fac469b502773f6fb94e664da9165b82829f641e0",
	    .icv = "76aaa8266b7fb0f7b11b369907e1ad43",
	    .plain = "45000054a6f200004001e778c6336405c000020508005b7a3a080000553bec10"
		     "0007362708090a0b0c0d0e0f101112131415161718191a1b1c1d1e1f20212223"
		     "2425262728292a2b2c2d2e2f3031323334353637",
	    .verdict = GH_ESP_OK,
	};

	run_vector(&v);
}

/* The RFC's packet has no ICV: OpenSSL adds one. */
static void test_cbc(void)
{
	static const struct vector v = {
	    .enc = GH_DP_ENC_AES128_CBC,
	    .auth = GH_DP_AUTH_HMAC_SHA1,
	    .key = "0123456789abcdef0123456789abcdef",
	    .auth_key = "000102030405060708090a0b0c0d0e0f10111213",
	    .before = 1,
	    .header = "0000876500000002",
	    .iv = "f4e765244f6407adf13dc1380f673f37",
	    .cipher = "773b5241a4c449225e4f3ce5ed611b0c237ca96cf74a93013c1b0ea1a0cf70f8"
		      "e4ecaec78ac53aad7a0f022b859243c647752e94a859352b8a4d4d2decd136e5"
		      "c177f132ad3fbfb2201ac9904c74ee0a109e0ca1e4dfe9d5a100b842f1c22f0d",
	    .plain = "45000054090400004001f988c0a87b03c0a87bc808009f76a90a0100b49c083d"
		     "02a2040008090a0b0c0d0e0f101112131415161718191a1b1c1d1e1f20212223"
		     "2425262728292a2b2c2d2e2f3031323334353637",
	    .verdict = GH_ESP_OK,
	};

	run_vector(&v);
}

/* --- the other receiver --- */

static unsigned key_bytes(enum gh_dp_alg enc)
{
	switch (enc) {
#define X(id, word, bytes, icv) \
	case GH_DP_AEAD_##id:   \
		return (bytes)-4;
		GH_DP_AEAD_ALGS(X)
#undef X
#define X(id, word, bytes)   \
	case GH_DP_ENC_##id: \
		return bytes;
		GH_DP_ENC_ALGS(X)
#undef X
	default:
		return 0;
	}
}

static unsigned icv_bytes(enum gh_dp_alg alg)
{
	switch (alg) {
#define X(id, word, bytes, icv) \
	case GH_DP_AEAD_##id:   \
		return icv;
		GH_DP_AEAD_ALGS(X)
#undef X
#define X(id, word, bytes, icv) \
	case GH_DP_AUTH_##id:   \
		return icv;
		GH_DP_AUTH_ALGS(X)
#undef X
	default:
		return 0;
	}
}

/* RFC 4106 5, RFC 7634 2.1: opens in place; the length of the text, or -1. */
static int open_aead(const struct gh_dp_sa *sa, uint8_t *esp, int len, uint32_t seq_hi)
{
	unsigned klen = key_bytes(sa->enc_alg), icv = icv_bytes(sa->enc_alg);
	const EVP_CIPHER *c = sa->enc_alg == GH_DP_AEAD_CHACHA20_POLY1305 ? EVP_chacha20_poly1305()
			      : klen == 16				  ? EVP_aes_128_gcm()
			      : klen == 24				  ? EVP_aes_192_gcm()
									  : EVP_aes_256_gcm();
	EVP_CIPHER_CTX *ctx = EVP_CIPHER_CTX_new();
	uint8_t nonce[12], aad[12], aad_len = 8;
	int n = 0, text = len - 16 - (int)icv, ok;

	memcpy(nonce, sa->enc_key + klen, 4);
	memcpy(nonce + 4, esp + 8, 8);
	memcpy(aad, esp, 8);
	if (sa->flags & GH_DP_SA_ESN) {
		uint32_t hi = rte_cpu_to_be_32(seq_hi);

		memcpy(aad + 4, &hi, 4);
		memcpy(aad + 8, esp + 4, 4);
		aad_len = 12;
	}
	ok = EVP_DecryptInit_ex(ctx, c, NULL, sa->enc_key, nonce) &&
	     EVP_CIPHER_CTX_ctrl(ctx, EVP_CTRL_AEAD_SET_TAG, (int)icv, esp + 16 + text) &&
	     EVP_DecryptUpdate(ctx, NULL, &n, aad, aad_len) &&
	     EVP_DecryptUpdate(ctx, esp + 16, &n, esp + 16, text) &&
	     EVP_DecryptFinal_ex(ctx, esp + 16 + n, &n) > 0;
	EVP_CIPHER_CTX_free(ctx);
	return ok ? text : -1;
}

static bool hmac_ok(const struct gh_dp_sa *sa, const uint8_t *esp, int len, uint32_t seq_hi)
{
	const EVP_MD *md = sa->auth_alg == GH_DP_AUTH_HMAC_SHA1	    ? EVP_sha1()
			   : sa->auth_alg == GH_DP_AUTH_HMAC_SHA256 ? EVP_sha256()
			   : sa->auth_alg == GH_DP_AUTH_HMAC_SHA384 ? EVP_sha384()
								    : EVP_sha512();
	unsigned icv = icv_bytes(sa->auth_alg), n = 0;
	uint8_t data[2100], mac[64];
	uint32_t hi = rte_cpu_to_be_32(seq_hi);
	size_t covered = (size_t)len - icv;

	memcpy(data, esp, covered);
	if (sa->flags & GH_DP_SA_ESN) {
		memcpy(data + covered, &hi, 4);
		covered += 4;
	}
	HMAC(md, sa->auth_key, EVP_MD_get_size(md), data, covered, mac, &n);
	return memcmp(mac, esp + len - icv, icv) == 0;
}

static int open_hmac(const struct gh_dp_sa *sa, uint8_t *esp, int len, uint32_t seq_hi)
{
	unsigned klen = key_bytes(sa->enc_alg);
	const EVP_CIPHER *c = klen == 16   ? EVP_aes_128_cbc()
			      : klen == 24 ? EVP_aes_192_cbc()
					   : EVP_aes_256_cbc();
	int iv = klen > 0 ? 16 : 0, text = len - 8 - iv - (int)icv_bytes(sa->auth_alg), n = 0;
	EVP_CIPHER_CTX *ctx;

	if (!hmac_ok(sa, esp, len, seq_hi))
		return -1;
	if (klen == 0)
		return text;
	ctx = EVP_CIPHER_CTX_new();
	EVP_DecryptInit_ex(ctx, c, NULL, sa->enc_key, esp + 8);
	EVP_CIPHER_CTX_set_padding(ctx, 0);
	EVP_DecryptUpdate(ctx, esp + 24, &n, esp + 24, text);
	EVP_CIPHER_CTX_free(ctx);
	return n == text ? text : -1;
}

/* What OpenSSL makes of a packet that we built. */
static void check_packet(const struct gh_dp_sa *sa, struct rte_mbuf *m, const uint8_t *inner,
    uint16_t inner_len, uint64_t seq)
{
	uint8_t *outer = rte_pktmbuf_mtod(m, uint8_t *), *esp = outer + 20, *text;
	int len = m->data_len - 20, text_len, head;
	uint32_t low;

	CU_ASSERT(rig_ip_checksum_ok(outer));
	CU_ASSERT_EQUAL(outer[2] << 8 | outer[3], m->data_len);
	if (sa->flags & GH_DP_SA_UDP_ENCAP) {
		CU_ASSERT_EQUAL(outer[9], IPPROTO_UDP);
		CU_ASSERT_EQUAL(esp[0] << 8 | esp[1], 4500);
		CU_ASSERT_EQUAL(esp[4] << 8 | esp[5], len);
		CU_ASSERT_EQUAL(esp[6] | esp[7], 0);
		esp += 8;
		len -= 8;
	} else {
		CU_ASSERT_EQUAL(outer[9], IPPROTO_ESP);
	}
	memcpy(&low, esp + 4, 4);
	CU_ASSERT_EQUAL(rte_be_to_cpu_32(low), (uint32_t)seq);
	if (sa->auth_alg == GH_DP_ALG_NONE) {
		head = 16;
		text_len = open_aead(sa, esp, len, (uint32_t)(seq >> 32));
	} else {
		head = sa->enc_alg == GH_DP_ENC_NULL ? 8 : 24;
		text_len = open_hmac(sa, esp, len, (uint32_t)(seq >> 32));
	}
	CU_ASSERT_FATAL(text_len > 0);
	text = esp + head;
	CU_ASSERT_EQUAL(text_len % (head == 24 ? 16 : 4), 0);
	CU_ASSERT_EQUAL(text[text_len - 1], IPPROTO_IPIP);
	CU_ASSERT_EQUAL(text_len - 2 - text[text_len - 2], inner_len);
	for (int i = 0; i < text[text_len - 2]; i++)
		CU_ASSERT_EQUAL(text[inner_len + i], i + 1);
	CU_ASSERT_EQUAL(memcmp(text, inner, inner_len), 0);
}

static void run_transform(enum gh_dp_alg enc, enum gh_dp_alg auth, uint16_t flags)
{
	static const uint16_t sizes[] = {20, 21, 33, 64, 100, 333, 576, 1000, 1419, 1420, 1500};
	struct gh_dp_sa sa = rig_sa(GH_DP_OUT, 3, enc, auth, flags);
	uint8_t inner[1500];

	sa.seq = flags & GH_DP_SA_ESN ? 0x1fffffffd : 0x7ffffffd;
	rig_set_sa(&sa);
	for (unsigned i = 0; i < sizeof(sizes) / sizeof(sizes[0]); i++) {
		struct rte_mbuf *m = rig_packet("10.0.0.1", "10.1.0.1", sizes[i]);

		memcpy(inner, rte_pktmbuf_mtod(m, uint8_t *), sizes[i]);
		CU_ASSERT_EQUAL_FATAL(rig_encrypt(m, 3), GH_ESP_OK);
		check_packet(&sa, m, inner, sizes[i], sa.seq + 1 + i);
		rte_pktmbuf_free(m);
	}
	gh_ipsec_sa_del(&sa.id, 1, &(uint32_t){0}, NULL);
	rig_grace();
}

static void run_flags(enum gh_dp_alg enc, enum gh_dp_alg auth)
{
	run_transform(enc, auth, 0);
	run_transform(enc, auth, GH_DP_SA_ESN);
	run_transform(enc, auth, GH_DP_SA_ESN | GH_DP_SA_UDP_ENCAP);
}

static void test_other_receiver(void)
{
	rig_start();
#define X(id, ...) run_flags(GH_DP_AEAD_##id, GH_DP_ALG_NONE);
	GH_DP_AEAD_ALGS(X)
#undef X
	for (unsigned auth = GH_DP_AUTH_HMAC_SHA1; auth <= GH_DP_AUTH_HMAC_SHA512; auth++) {
#define X(id, ...) run_flags(GH_DP_ENC_##id, auth);
		GH_DP_ENC_ALGS(X)
#undef X
	}
	rig_stop();
}

static const struct unit_test tests[] = {
    UNIT_TEST(test_gcm_esn),
    UNIT_TEST(test_gcm_192),
    UNIT_TEST(test_gcm_256),
    UNIT_TEST(test_chacha),
    UNIT_TEST(test_cbc),
    UNIT_TEST(test_other_receiver),
};

int main(int argc, char **argv)
{
	rig_eal(argv[0], 64);
	return unit_main("esp vectors", tests, sizeof(tests) / sizeof(tests[0]));
}
