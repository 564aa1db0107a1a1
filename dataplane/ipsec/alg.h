/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * The ESP transforms: what a packet of each looks like, and how a key becomes a schedule.
 *
 * A transform is one byte in the SA's line. Key schedules are GH_SA_KEY_STRIDE bytes each and are
 * expanded by the control thread; workers only read them.
 */
#pragma once

#include <assert.h>
#include <intel-ipsec-mb.h>
#include <stdint.h>

#include "common/error.h"
#include "dataplane/api/dp_api.h"

#define GH_SA_KEY_STRIDE 1024

enum gh_esp_kind {
	GH_ESP_KIND_NONE,
	GH_ESP_KIND_GCM,    /* one-shot calls, RFC 4106 */
	GH_ESP_KIND_CHACHA, /* multi-buffer jobs, RFC 7634 */
	GH_ESP_KIND_HMAC,   /* multi-buffer jobs, AES-CBC or NULL with HMAC */
};

struct gh_esp_alg {
	uint8_t kind;	  /* enum gh_esp_kind */
	uint8_t size;	  /* GCM: 0, 1, 2 for 128, 192, 256 */
	uint8_t key_len;  /* bytes, without salt */
	uint8_t iv_len;	  /* bytes in the packet */
	uint8_t icv_len;  /* bytes */
	uint8_t align;	  /* of payload, padding and trailer together */
	uint8_t auth_len; /* HMAC key bytes */
	uint8_t pad;
	uint16_t cipher, hash; /* ipsec-mb's numbers, for jobs */
};

/* What HMAC transforms keep in a key slot; the others keep a gcm_key_data or 32 bytes of key. */
struct gh_esp_hmac_key {
	uint8_t enc[15 * 16];
	uint8_t dec[15 * 16];
	uint8_t ipad[64];
	uint8_t opad[64];
};

static_assert(sizeof(struct gcm_key_data) <= GH_SA_KEY_STRIDE, "a GCM key fits its slot");
static_assert(sizeof(struct gh_esp_hmac_key) <= GH_SA_KEY_STRIDE, "an HMAC key fits its slot");

#define GH_ESP_ALG_MAX 32
extern const struct gh_esp_alg gh_esp_algs[GH_ESP_ALG_MAX];

/* The transform of a pair of enum gh_dp_alg, or -EINVAL when they do not go together. */
int gh_esp_alg_find(uint16_t enc_alg, uint16_t auth_alg);

/* Expands the keys of a record (key then salt) into a zeroed slot. */
void gh_esp_key_expand(IMB_MGR *mgr, unsigned alg, const struct gh_dp_sa *sa, void *slot);
