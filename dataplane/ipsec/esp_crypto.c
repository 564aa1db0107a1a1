/* SPDX-License-Identifier: BSD-3-Clause */
#include "dataplane/ipsec/esp_crypto.h"

#include <errno.h>
#include <rte_branch_prediction.h>
#include <rte_byteorder.h>
#include <rte_malloc.h>
#include <rte_prefetch.h>
#include <string.h>

#include "common/secret.h"

#define LINE 64
#define KEY_LINES_AHEAD 64 /* lines of key schedules in flight, whatever the packets' size */

/* The library's one-shot calls for this CPU; the same for every manager. */
static aes_gcm_enc_dec_t gcm_seal[3], gcm_open[3];
/* With VAES and AVX-512 the library keeps 48 hash powers, used from the end of the schedule as the
 * text gets longer; otherwise 8 behind the round keys, always used. */
static bool gcm_many_powers;

static void learn_gcm(const IMB_MGR *mgr)
{
	const uint64_t need = IMB_FEATURE_VAES | IMB_FEATURE_VPCLMULQDQ;

	gcm_seal[0] = mgr->gcm128_enc;
	gcm_seal[1] = mgr->gcm192_enc;
	gcm_seal[2] = mgr->gcm256_enc;
	gcm_open[0] = mgr->gcm128_dec;
	gcm_open[1] = mgr->gcm192_dec;
	gcm_open[2] = mgr->gcm256_dec;
	gcm_many_powers = mgr->used_arch == IMB_ARCH_AVX512 && (mgr->features & need) == need;
}

struct gh_esp_worker *gh_esp_worker_new(uint32_t id, struct gh_error *err)
{
	struct gh_esp_worker *w = rte_zmalloc("esp_worker", sizeof(*w), LINE);
	uint8_t key[16], unused[16 * 11] __attribute__((aligned(16)));

	if (w == NULL || (w->mgr = alloc_mb_mgr(0)) == NULL) {
		rte_free(w);
		gh_error_set(err, -ENOMEM, "ipsec", "no memory for the crypto of a worker");
		return NULL;
	}
	init_mb_mgr_auto(w->mgr, NULL);
	learn_gcm(w->mgr);
	gh_random(key, sizeof(key));
	IMB_AES_KEYEXP_128(w->mgr, key, w->iv_keys, unused);
	gh_random(&w->ip_id, sizeof(w->ip_id));
	w->id = id;
	gh_wipe(key, sizeof(key));
	gh_wipe(unused, sizeof(unused));
	return w;
}

void gh_esp_worker_free(struct gh_esp_worker *w)
{
	if (w == NULL)
		return;
	free_mb_mgr(w->mgr);
	gh_wipe(w->iv_keys, sizeof(w->iv_keys));
	rte_free(w);
}

void gh_esp_cbc_iv(struct gh_esp_worker *w, uint32_t sa, uint64_t seq, uint8_t iv[16])
{
	static const uint8_t zero[16];
	uint8_t block[16] = {0};

	memcpy(block, &seq, 8);
	memcpy(block + 8, &sa, 4);
	IMB_AES128_CFB_ONE(w->mgr, iv, zero, block, w->iv_keys, 16);
}

static __rte_always_inline void fetch(const uint8_t *from, unsigned lines)
{
	for (unsigned i = 0; i < lines; i++)
		rte_prefetch0(from + (size_t)i * LINE);
}

/* Fetches the lines of its key schedule that this operation will read; returns how many. */
static __rte_always_inline unsigned fetch_key(const struct gh_esp_op *op)
{
	const struct gh_esp_alg *a = &gh_esp_algs[op->alg];
	unsigned powers, first;

	if (unlikely(a->kind != GH_ESP_KIND_GCM)) {
		fetch(op->key, a->kind == GH_ESP_KIND_HMAC ? 10 : 1);
		return a->kind == GH_ESP_KIND_HMAC ? 10 : 1;
	}
	if (!gcm_many_powers) {
		fetch(op->key, 6);
		return 6;
	}
	powers = (op->text_len + 15) / 16 + 2;
	first = powers >= 48 ? 3 : (1008 - 16 * powers) / LINE;
	fetch(op->key, 3);
	fetch((const uint8_t *)op->key + (size_t)first * LINE, 16 - first);
	return 3 + 16 - first;
}

/* Keeps about KEY_LINES_AHEAD lines requested in front of the operation that runs. */
struct key_fetcher {
	unsigned next;	 /* first operation not yet requested */
	unsigned flying; /* lines requested and not yet used */
	uint8_t lines[GH_ESP_BURST];
};

static __rte_always_inline void fetch_ahead(
    struct key_fetcher *k, const struct gh_esp_op *ops, unsigned n)
{
	while (k->next < n && k->flying < KEY_LINES_AHEAD) {
		k->lines[k->next] = (uint8_t)fetch_key(&ops[k->next]);
		k->flying += k->lines[k->next++];
	}
}

static void fill_chacha(IMB_JOB *job, const struct gh_esp_op *op)
{
	job->enc_keys = job->dec_keys = op->key;
	job->key_len_in_bytes = 32;
	job->iv = op->iv;
	job->iv_len_in_bytes = 12;
	job->src = job->dst = op->text;
	job->cipher_start_src_offset_in_bytes = 0;
	job->hash_start_src_offset_in_bytes = 0;
	job->msg_len_to_cipher_in_bytes = job->msg_len_to_hash_in_bytes = op->text_len;
	job->u.CHACHA20_POLY1305.aad = op->aad;
	job->u.CHACHA20_POLY1305.aad_len_in_bytes = op->aad_len;
	job->u.CHACHA20_POLY1305.ctx = NULL;
}

/* The ICV covers the ESP header, IV and text, and with ESN the high half of the sequence number,
 * which for the time of the computation stands where the ICV will (RFC 4303 2.2.1). */
static void fill_hmac(IMB_JOB *job, const struct gh_esp_op *op, const struct gh_esp_alg *a)
{
	const struct gh_esp_hmac_key *k = op->key;
	uint32_t head = 8u + a->iv_len;
	bool esn = op->aad_len == 12;

	if (esn)
		memcpy(op->text + op->text_len, op->aad + 4, 4);
	job->enc_keys = k->enc;
	job->dec_keys = k->dec;
	job->key_len_in_bytes = a->key_len;
	job->iv = op->iv;
	job->iv_len_in_bytes = a->iv_len;
	job->src = op->text - head;
	job->dst = op->text;
	job->cipher_start_src_offset_in_bytes = head;
	job->msg_len_to_cipher_in_bytes = op->text_len;
	job->hash_start_src_offset_in_bytes = 0;
	job->msg_len_to_hash_in_bytes = head + op->text_len + (esn ? 4 : 0);
	job->u.HMAC._hashed_auth_key_xor_ipad = k->ipad;
	job->u.HMAC._hashed_auth_key_xor_opad = k->opad;
}

static void job_done(const IMB_JOB *job)
{
	if (job != NULL && job->status != IMB_STATUS_COMPLETED)
		((struct gh_esp_op *)job->user_data)->failed = 1;
}

static void submit(struct gh_esp_worker *w, struct gh_esp_op *op, uint8_t *tag, bool seal)
{
	const struct gh_esp_alg *a = &gh_esp_algs[op->alg];
	IMB_JOB *job = IMB_GET_NEXT_JOB(w->mgr);

	job->cipher_mode = a->cipher;
	job->hash_alg = a->hash;
	job->cipher_direction = seal ? IMB_DIR_ENCRYPT : IMB_DIR_DECRYPT;
	job->chain_order = seal ? IMB_ORDER_CIPHER_HASH : IMB_ORDER_HASH_CIPHER;
	job->auth_tag_output = tag;
	job->auth_tag_output_len_in_bytes = a->icv_len;
	job->user_data = op;
	if (a->kind == GH_ESP_KIND_CHACHA)
		fill_chacha(job, op);
	else
		fill_hmac(job, op, a);
	for (job = IMB_SUBMIT_JOB_NOCHECK(w->mgr); job != NULL; job = IMB_GET_COMPLETED_JOB(w->mgr))
		job_done(job);
}

static void flush(struct gh_esp_worker *w)
{
	IMB_JOB *job;

	while ((job = IMB_FLUSH_JOB(w->mgr)) != NULL)
		job_done(job);
}

/* Writes the ICVs of what went through jobs behind their texts. */
static void place_tags(
    const struct gh_esp_op *ops, unsigned n, const uint8_t (*tag)[GH_ESP_TAG_MAX])
{
	for (unsigned i = 0; i < n; i++) {
		const struct gh_esp_alg *a = &gh_esp_algs[ops[i].alg];

		if (a->kind != GH_ESP_KIND_GCM)
			memcpy(ops[i].text + ops[i].text_len, tag[i], a->icv_len);
	}
}

void gh_esp_seal(struct gh_esp_worker *w, struct gh_esp_op *ops, unsigned n)
{
	uint8_t tag[GH_ESP_BURST][GH_ESP_TAG_MAX];
	struct gcm_context_data ctx;
	struct key_fetcher k = {0};
	unsigned jobs = 0;

	for (unsigned i = 0; i < n; i++) {
		struct gh_esp_op *op = &ops[i];
		const struct gh_esp_alg *a = &gh_esp_algs[op->alg];

		fetch_ahead(&k, ops, n);
		if (likely(a->kind == GH_ESP_KIND_GCM)) {
			gcm_seal[a->size](op->key, &ctx, op->text, op->text, op->text_len, op->iv,
			    op->aad, op->aad_len, op->text + op->text_len, a->icv_len);
		} else {
			submit(w, op, tag[i], true);
			jobs++;
		}
		k.flying -= k.lines[i];
	}
	if (jobs > 0) {
		flush(w);
		place_tags(ops, n, (const uint8_t(*)[GH_ESP_TAG_MAX])tag);
	}
}

void gh_esp_open(
    struct gh_esp_worker *w, struct gh_esp_op *ops, unsigned n, uint8_t (*tag)[GH_ESP_TAG_MAX])
{
	struct gcm_context_data ctx;
	struct key_fetcher k = {0};
	unsigned jobs = 0;

	for (unsigned i = 0; i < n; i++) {
		struct gh_esp_op *op = &ops[i];
		const struct gh_esp_alg *a = &gh_esp_algs[op->alg];

		fetch_ahead(&k, ops, n);
		if (likely(a->kind == GH_ESP_KIND_GCM)) {
			gcm_open[a->size](op->key, &ctx, op->text, op->text, op->text_len, op->iv,
			    op->aad, op->aad_len, tag[i], a->icv_len);
		} else {
			submit(w, op, tag[i], false);
			jobs++;
		}
		k.flying -= k.lines[i];
	}
	if (jobs > 0)
		flush(w);
}
