/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * Microseconds per primitive of an IKE handshake, beside the same by plain EVP calls as one would
 * write them first, and what a responder's handshake costs in all. One core; the best of several
 * windows. make tests/bench/ike_crypto_bench && tests/bench/ike_crypto_bench [threads]
 */
#include <openssl/evp.h>
#include <openssl/hmac.h>
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "common/clock.h"
#include "ctrlplane/ike/crypto/auth.h"
#include "ctrlplane/ike/crypto/cookie.h"
#include "ctrlplane/ike/crypto/crypto.h"
#include "ctrlplane/ike/crypto/dh.h"
#include "ctrlplane/ike/crypto/nat.h"
#include "ctrlplane/ike/crypto/sk.h"

#define WINDOWS 25
#define WINDOW_NS 8000000ULL

static uint64_t cpu_ns(void)
{
	struct timespec t;

	clock_gettime(CLOCK_THREAD_CPUTIME_ID, &t);
	return (uint64_t)t.tv_sec * GH_NS_PER_S + (uint64_t)t.tv_nsec;
}

/* Microseconds of CPU of one call in the best window: what neighbours disturb least. */
static double measure(void (*run)(void *), void *arg)
{
	double best = 1e9;

	run(arg);
	for (int w = 0; w < WINDOWS; w++) {
		uint64_t start = cpu_ns(), now, n = 0;

		do {
			for (int i = 0; i < 4; i++)
				run(arg);
			n += 4;
			now = cpu_ns();
		} while (now - start < WINDOW_NS);
		if ((double)(now - start) / (double)n / 1000.0 < best)
			best = (double)(now - start) / (double)n / 1000.0;
	}
	return best;
}

static void row(const char *what, double ours, double naive)
{
	if (naive > 0)
		printf("%-44s %9.2f %9.2f  x%.2f\n", what, ours, naive, naive / ours);
	else
		printf("%-44s %9.2f\n", what, ours);
}

/* ---- Diffie-Hellman ---- */

struct pair {
	const struct ike_dh_alg *group;
	struct ike_dh *mine, *theirs;
};

static void generate(void *arg)
{
	struct pair *p = arg;

	ike_dh_free(ike_dh_generate(p->group));
}

static void derive(void *arg)
{
	struct pair *p = arg;
	uint8_t secret[IKE_DH_MAX];

	if (ike_dh_derive(p->mine, ike_dh_public(p->theirs), secret, NULL) < 0)
		abort();
}

static EVP_PKEY *evp_keygen(const struct ike_dh_alg *g)
{
	static const char *const types[] = {"DH", "EC", "X25519"};
	static const char *const names[IKE_DH_COUNT] = {[IKE_DH_MODP1536] = "modp_1536",
	    [IKE_DH_MODP2048] = "modp_2048",
	    [IKE_DH_MODP3072] = "modp_3072",
	    [IKE_DH_MODP4096] = "modp_4096",
	    [IKE_DH_MODP6144] = "modp_6144",
	    [IKE_DH_MODP8192] = "modp_8192",
	    [IKE_DH_ECP256] = "P-256",
	    [IKE_DH_ECP384] = "P-384",
	    [IKE_DH_ECP521] = "P-521"};
	EVP_PKEY_CTX *c = EVP_PKEY_CTX_new_from_name(NULL, types[g->kind], NULL);
	EVP_PKEY *key = NULL;

	EVP_PKEY_keygen_init(c);
	if (names[g->index] != NULL)
		EVP_PKEY_CTX_set_group_name(c, names[g->index]);
	if (g->index != IKE_DH_MODP1024)
		EVP_PKEY_generate(c, &key);
	EVP_PKEY_CTX_free(c);
	return key;
}

static void naive_generate(void *arg)
{
	struct pair *p = arg;

	EVP_PKEY_free(evp_keygen(p->group));
}

struct evp_pair {
	EVP_PKEY *mine, *theirs;
};

static void naive_derive(void *arg)
{
	struct evp_pair *p = arg;
	EVP_PKEY_CTX *c = EVP_PKEY_CTX_new_from_pkey(NULL, p->mine, NULL);
	uint8_t secret[IKE_DH_MAX];
	size_t len = sizeof(secret);

	if (EVP_PKEY_derive_init(c) != 1 || EVP_PKEY_derive_set_peer(c, p->theirs) != 1 ||
	    EVP_PKEY_derive(c, secret, &len) != 1)
		abort();
	EVP_PKEY_CTX_free(c);
}

static void bench_group(const struct ike_dh_alg *g)
{
	struct pair p = {g, ike_dh_generate(g), ike_dh_generate(g)};
	struct evp_pair e = {evp_keygen(g), evp_keygen(g)};
	char what[64];

	snprintf(what, sizeof(what), "%s key pair", g->word);
	row(what, measure(generate, &p), e.mine ? measure(naive_generate, &p) : 0);
	snprintf(what, sizeof(what), "%s secret", g->word);
	row(what, measure(derive, &p), e.mine ? measure(naive_derive, &e) : 0);
	ike_dh_free(p.mine);
	ike_dh_free(p.theirs);
	EVP_PKEY_free(e.mine);
	EVP_PKEY_free(e.theirs);
}

/* ---- symmetric ---- */

static uint8_t ni[32], nr[32], secret[128];
static const uint8_t first_message[400];

struct sym {
	struct ike_suite suite, esp;
	struct ike_keys keys;
	struct ike_psk_key *psk;
	struct ike_sk sk;
	uint8_t sealed[600], copy[600];
	size_t len;
};

static void prf(void *arg)
{
	struct sym *s = arg;
	const struct ike_bytes part = ike_bytes(ni, sizeof(ni));
	uint8_t out[IKE_PRF_MAX];

	ike_prf(s->suite.prf, ike_bytes(s->keys.d, s->suite.prf->len), &part, 1, out);
}

static void naive_prf(void *arg)
{
	struct sym *s = arg;
	uint8_t out[IKE_PRF_MAX];
	unsigned n;

	HMAC(s->suite.prf->digest == IKE_DIGEST_SHA1 ? EVP_sha1() : EVP_sha256(), s->keys.d,
	    s->suite.prf->len, ni, sizeof(ni), out, &n);
}

static void ike_keys(void *arg)
{
	struct sym *s = arg;

	ike_keys_derive(&s->suite, ike_bytes(secret, s->suite.dh->secret_len), ike_bytes(ni, 32),
	    ike_bytes(nr, 32), 1, 2, &s->keys);
}

static void child_keys(void *arg)
{
	struct sym *s = arg;
	struct ike_child_keys k;

	ike_keys_child(&s->esp, s->suite.prf, s->keys.d, (struct ike_bytes){0}, ike_bytes(ni, 32),
	    ike_bytes(nr, 32), &k);
}

static void psk_auth(void *arg)
{
	struct sym *s = arg;
	const struct ike_signed what = {ike_bytes(first_message, sizeof(first_message)),
	    ike_bytes(ni, 32), ike_bytes(nr, 20), s->keys.pi};
	uint8_t out[IKE_PRF_MAX];

	ike_psk_auth(s->psk, s->suite.prf, &what, out);
}

static const struct ike_header header = {.exchange = IKE_EXCHANGE_IKE_AUTH, .id = 1};

static void seal(void *arg)
{
	struct sym *s = arg;
	uint8_t chain[300] = {0, 0, 300 >> 8, 300 & 255};

	s->len = (size_t)ike_sk_seal(&s->sk, &header, IKE_PAYLOAD_VENDOR,
	    ike_bytes(chain, sizeof(chain)), s->sealed, sizeof(s->sealed));
}

static void open_sealed(void *arg)
{
	struct sym *s = arg;
	struct ike_message msg;

	memcpy(s->copy, s->sealed, s->len);
	if (ike_message_parse(ike_bytes(s->copy, s->len), &msg, NULL) < 0 ||
	    ike_sk_open(&s->sk, s->copy, &msg, NULL) < 0)
		abort();
}

static void naive_open(void *arg)
{
	struct sym *s = arg;
	EVP_CIPHER_CTX *c = EVP_CIPHER_CTX_new();
	uint8_t out[600];
	int n;

	EVP_DecryptInit_ex(c, EVP_aes_128_gcm(), NULL, s->sk.enc_key, s->sealed + 28);
	EVP_DecryptUpdate(c, NULL, &n, s->sealed, 32);
	EVP_DecryptUpdate(c, out, &n, s->sealed + 40, (int)(s->len - 40 - 16));
	EVP_CIPHER_CTX_free(c);
}

static struct sym sym_of(const char *enc, const char *integ, const char *prf_word, const char *dh)
{
	struct sym s = {.suite = {.protocol = IKE_PROTO_IKE,
			    .number = 1,
			    .enc = ike_enc_by_word(enc),
			    .integ = integ ? ike_integ_by_word(integ) : NULL,
			    .prf = ike_prf_by_word(prf_word),
			    .dh = ike_dh_by_word(dh)}};

	s.esp = (struct ike_suite){
	    .protocol = IKE_PROTO_ESP, .enc = ike_enc_by_word("aes128-gcm-128"), .esn = true};
	s.psk = ike_psk_key_new("a pre-shared key", 16);
	ike_keys(&s);
	ike_sk_init(&s.sk, &s.suite, &s.keys, true);
	return s;
}

static void bench_symmetric(const char *title, struct sym *s)
{
	double p = measure(prf, s), k = measure(ike_keys, s), c = measure(child_keys, s);
	double a = measure(psk_auth, s), se = measure(seal, s), op = measure(open_sealed, s);

	printf("\n%s\n", title);
	row("prf, 32 bytes", p, measure(naive_prf, s));
	row("SKEYSEED and SK_*", k, 0);
	row("keys of a CHILD SA", c, 0);
	row("AUTH by PSK", a, 0);
	row("SK sealed, 300 bytes", se, 0);
	row("SK parsed and opened, 300 bytes", op, s->suite.enc->aead ? measure(naive_open, s) : 0);
}

/* ---- small things ---- */

static void natd(void *arg)
{
	struct gh_endpoint e = {.addr = gh_addr_v4(1), .port = 500};
	uint8_t out[IKE_NATD_LEN];

	ike_natd_hash(1, 2, &e, out);
}

static void cookie(void *arg)
{
	struct gh_addr a = gh_addr_v4(1);
	uint8_t out[IKE_COOKIE_LEN];

	ike_cookie_make(arg, 0, ike_bytes(ni, 32), &a, 1, out);
}

/* ---- a responder's handshake ---- */

struct responder {
	struct sym s;
	struct ike_dh *peer;
};

static void handshake(void *arg)
{
	struct responder *r = arg;
	struct ike_dh *dh = ike_dh_generate(r->s.suite.dh);
	uint8_t g_ir[IKE_DH_MAX];

	for (int i = 0; i < 4; i++)
		natd(NULL);
	if (ike_dh_derive(dh, ike_dh_public(r->peer), g_ir, NULL) < 0)
		abort();
	ike_dh_free(dh);
	ike_keys(&r->s);
	ike_sk_init(&r->s.sk, &r->s.suite, &r->s.keys, true);
	seal(&r->s);
	open_sealed(&r->s);
	psk_auth(&r->s);
	psk_auth(&r->s);
	child_keys(&r->s);
}

static void bench_handshake(const char *dh, const char *enc, const char *prf_word)
{
	struct responder r = {.s = sym_of(enc, NULL, prf_word, dh)};
	char what[80];

	r.peer = ike_dh_generate(r.s.suite.dh);
	snprintf(what, sizeof(what), "all of a responder: %s, %s", dh, enc);
	row(what, measure(handshake, &r), 0);
	ike_dh_free(r.peer);
	ike_psk_key_free(r.s.psk);
}

static void *loop(void *arg)
{
	struct responder r = {.s = sym_of("aes128-gcm-128", NULL, "hmac-sha256", "curve25519")};
	uint64_t *n = arg, end = gh_clock_ns() + 2 * GH_NS_PER_S;

	r.peer = ike_dh_generate(r.s.suite.dh);
	for (; gh_clock_ns() < end; ++*n)
		handshake(&r);
	ike_dh_free(r.peer);
	ike_psk_key_free(r.s.psk);
	ike_crypto_thread_end();
	return NULL;
}

static void bench_threads(unsigned threads)
{
	uint64_t n[64] = {0}, sum = 0;
	pthread_t t[64];

	for (unsigned i = 0; i < threads; i++)
		if (pthread_create(&t[i], NULL, loop, &n[i]) != 0)
			abort();
	for (unsigned i = 0; i < threads; i++) {
		pthread_join(t[i], NULL);
		sum += n[i];
	}
	printf("%u thread%s: %.0f handshakes a second (curve25519)\n", threads,
	    threads == 1 ? "" : "s", (double)sum / 2);
}

int main(int argc, char **argv)
{
	unsigned threads = argc > 1 ? (unsigned)atoi(argv[1]) : 2;
	struct ike_cookie_jar jar;
	struct gh_error err;
	struct sym s;

	if (ike_crypto_init(&err) < 0) {
		fprintf(stderr, "%s\n", err.message);
		return 1;
	}
	printf("%-44s %9s %9s\n", "microseconds", "ours", "naive");
	for (unsigned i = 0; i < IKE_DH_COUNT; i++)
		bench_group(&ike_dh_algs[i]);
	s = sym_of("aes128-gcm-96", NULL, "hmac-sha1", "modp1024");
	bench_symmetric("aes128-gcm-96, prf hmac-sha1", &s);
	ike_psk_key_free(s.psk);
	s = sym_of("aes256-cbc", "hmac-sha256", "hmac-sha256", "modp2048");
	bench_symmetric("aes256-cbc, hmac-sha256, prf hmac-sha256", &s);
	ike_psk_key_free(s.psk);
	printf("\n");
	ike_cookie_init(&jar, 0);
	row("cookie", measure(cookie, &jar), 0);
	row("NAT detection hash", measure(natd, NULL), 0);
	bench_handshake("modp1024", "aes128-gcm-96", "hmac-sha1");
	bench_handshake("modp2048", "aes128-gcm-128", "hmac-sha256");
	bench_handshake("ecp256", "aes128-gcm-128", "hmac-sha256");
	bench_handshake("curve25519", "aes128-gcm-128", "hmac-sha256");
	bench_threads(1);
	if (threads > 1 && threads <= 64)
		bench_threads(threads);
	ike_crypto_thread_end();
	return 0;
}
