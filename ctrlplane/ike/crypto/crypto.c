/* SPDX-License-Identifier: BSD-3-Clause */
#include "ctrlplane/ike/crypto/crypto.h"

#include <errno.h>
#include <openssl/obj_mac.h>
#include <pthread.h>
#include <stdlib.h>

#include "ctrlplane/ike/crypto/context.h"

struct ike_fetched ike_fetched;

static const char *const cipher_names[IKE_ENC_COUNT] = {
    [IKE_ENC_AES128_GCM_8] = "AES-128-GCM",
    [IKE_ENC_AES128_GCM_12] = "AES-128-GCM",
    [IKE_ENC_AES128_GCM_16] = "AES-128-GCM",
    [IKE_ENC_AES192_GCM_8] = "AES-192-GCM",
    [IKE_ENC_AES192_GCM_12] = "AES-192-GCM",
    [IKE_ENC_AES192_GCM_16] = "AES-192-GCM",
    [IKE_ENC_AES256_GCM_8] = "AES-256-GCM",
    [IKE_ENC_AES256_GCM_12] = "AES-256-GCM",
    [IKE_ENC_AES256_GCM_16] = "AES-256-GCM",
    [IKE_ENC_CHACHA20_POLY1305] = "ChaCha20-Poly1305",
    [IKE_ENC_AES128_CBC] = "AES-128-CBC",
    [IKE_ENC_AES192_CBC] = "AES-192-CBC",
    [IKE_ENC_AES256_CBC] = "AES-256-CBC",
};

static BIGNUM *(*const modp_prime[IKE_DH_COUNT])(BIGNUM *) = {
    [IKE_DH_MODP1024] = BN_get_rfc2409_prime_1024,
    [IKE_DH_MODP1536] = BN_get_rfc3526_prime_1536,
    [IKE_DH_MODP2048] = BN_get_rfc3526_prime_2048,
    [IKE_DH_MODP3072] = BN_get_rfc3526_prime_3072,
    [IKE_DH_MODP4096] = BN_get_rfc3526_prime_4096,
    [IKE_DH_MODP6144] = BN_get_rfc3526_prime_6144,
    [IKE_DH_MODP8192] = BN_get_rfc3526_prime_8192,
};

static const int curve_nid[IKE_DH_COUNT] = {
    [IKE_DH_ECP256] = NID_X9_62_prime256v1,
    [IKE_DH_ECP384] = NID_secp384r1,
    [IKE_DH_ECP521] = NID_secp521r1,
};

static bool init_modp(struct ike_modp *m, BIGNUM *(*prime)(BIGNUM *), BN_CTX *bn)
{
	m->p = prime(NULL);
	m->p_minus_1 = m->p ? BN_dup(m->p) : NULL;
	m->mont = BN_MONT_CTX_new();
	return m->p_minus_1 != NULL && BN_sub_word(m->p_minus_1, 1) == 1 && m->mont != NULL &&
	       BN_MONT_CTX_set(m->mont, m->p, bn) == 1;
}

static bool init_group(unsigned i, BN_CTX *bn)
{
	struct ike_fetched *f = &ike_fetched;

	if (modp_prime[i] != NULL)
		return init_modp(&f->modp[i], modp_prime[i], bn);
	if (curve_nid[i] == 0)
		return true;
	f->curves[i] = EC_GROUP_new_by_curve_name(curve_nid[i]);
	return f->curves[i] != NULL;
}

/* The name of what is missing, or NULL. */
static const char *fetch_all(void)
{
	struct ike_fetched *f = &ike_fetched;
	BN_CTX *bn = BN_CTX_new();
	const char *missing = bn == NULL ? "memory" : NULL;

	f->hmac = EVP_MAC_fetch(NULL, "HMAC", NULL);
	f->siphash = EVP_MAC_fetch(NULL, "SIPHASH", NULL);
	f->sha1 = EVP_MD_fetch(NULL, "SHA1", NULL);
	if (f->hmac == NULL || f->siphash == NULL || f->sha1 == NULL)
		missing = "HMAC, SIPHASH or SHA1";
	for (unsigned i = 0; i < IKE_ENC_COUNT; i++) {
		if (cipher_names[i] == NULL)
			continue;
		f->ciphers[i] = EVP_CIPHER_fetch(NULL, cipher_names[i], NULL);
		if (f->ciphers[i] == NULL)
			missing = cipher_names[i];
	}
	for (unsigned i = 0; i < IKE_DH_COUNT && missing == NULL; i++)
		if (!init_group(i, bn))
			missing = ike_dh_algs[i].word;
	BN_CTX_free(bn);
	return missing;
}

static pthread_once_t once = PTHREAD_ONCE_INIT;
static const char *missing_algorithm;
static pthread_key_t context_key;
static _Thread_local struct ike_context *this_context;

static void free_context(void *p);

static void init_once(void)
{
	missing_algorithm = fetch_all();
	if (pthread_key_create(&context_key, free_context) != 0)
		missing_algorithm = "thread keys";
}

int ike_crypto_init(struct gh_error *err)
{
	pthread_once(&once, init_once);
	if (missing_algorithm == NULL)
		return 0;
	return gh_error_set(err, -ENOTSUP, "",
	    "this OpenSSL does not offer %s, which IKE needs: check its configuration and "
	    "providers",
	    missing_algorithm);
}

struct ike_context *ike_context(void)
{
	if (this_context != NULL)
		return this_context;
	pthread_once(&once, init_once);
	this_context = calloc(1, sizeof(*this_context));
	if (this_context == NULL || pthread_setspecific(context_key, this_context) != 0)
		abort();
	return this_context;
}

static void free_context(void *p)
{
	struct ike_context *c = p;

	for (unsigned i = 0; i < IKE_DIGEST_COUNT; i++)
		EVP_MAC_CTX_free(c->hmac[i]);
	EVP_MAC_CTX_free(c->siphash);
	EVP_MD_CTX_free(c->sha1);
	for (unsigned i = 0; i < IKE_ENC_COUNT; i++) {
		EVP_CIPHER_CTX_free(c->seal[i]);
		EVP_CIPHER_CTX_free(c->open[i]);
	}
	EVP_PKEY_CTX_free(c->x25519_keygen);
	EVP_PKEY_free(c->x25519_peer);
	BN_CTX_free(c->bn);
	free(c);
	this_context = NULL;
}

void ike_crypto_thread_end(void)
{
	if (this_context == NULL)
		return;
	pthread_setspecific(context_key, NULL);
	free_context(this_context);
}

EVP_MAC_CTX *ike_hmac_context(enum ike_digest digest)
{
	static const char *const names[IKE_DIGEST_COUNT] = {
	    [IKE_DIGEST_SHA1] = "SHA1",
	    [IKE_DIGEST_SHA256] = "SHA256",
	    [IKE_DIGEST_SHA384] = "SHA384",
	    [IKE_DIGEST_SHA512] = "SHA512",
	};
	EVP_MAC_CTX **slot = &ike_context()->hmac[digest];
	OSSL_PARAM params[2];

	if (*slot != NULL)
		return *slot;
	params[0] = OSSL_PARAM_construct_utf8_string("digest", (char *)names[digest], 0);
	params[1] = OSSL_PARAM_construct_end();
	*slot = EVP_MAC_CTX_new(ike_fetched.hmac);
	if (*slot != NULL && EVP_MAC_CTX_set_params(*slot, params) != 1) {
		EVP_MAC_CTX_free(*slot);
		*slot = NULL;
	}
	return *slot;
}

EVP_CIPHER_CTX *ike_cipher_context(const struct ike_enc_alg *enc, bool seal)
{
	struct ike_context *c = ike_context();
	EVP_CIPHER_CTX **slot = seal ? &c->seal[enc->index] : &c->open[enc->index];

	if (*slot != NULL)
		return *slot;
	*slot = EVP_CIPHER_CTX_new();
	if (*slot != NULL && (EVP_CipherInit_ex2(*slot, ike_fetched.ciphers[enc->index], NULL, NULL,
				  seal, NULL) != 1 ||
				 EVP_CIPHER_CTX_set_padding(*slot, 0) != 1)) {
		EVP_CIPHER_CTX_free(*slot);
		*slot = NULL;
	}
	return *slot;
}

BN_CTX *ike_bn_context(void)
{
	struct ike_context *c = ike_context();

	if (c->bn == NULL)
		c->bn = BN_CTX_secure_new();
	return c->bn;
}
