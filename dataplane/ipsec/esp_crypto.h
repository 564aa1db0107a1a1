/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * The crypto stage of a burst: operations prepared by esp_out.c and esp_in.c, run here.
 *
 * Operations of all transforms may be mixed; packets are not reordered. GCM is one call a packet;
 * the rest goes through the multi-buffer manager and is flushed before the return. Threads: the
 * worker that owns w.
 */
#pragma once

#include <stdint.h>

#include "dataplane/ipsec/esp.h"

#define GH_ESP_TAG_MAX 64

struct gh_esp_op {
	uint8_t aad[16]; /* SPI, sequence number: 8 bytes, with ESN 12 */
	uint8_t iv[16];	 /* AEAD: salt and IV, 12 bytes; CBC: 16 */
	uint8_t *text;	 /* payload after the IV, in place */
	const void *key;
	uint32_t text_len;
	uint8_t aad_len;
	uint8_t alg;
	uint8_t packet; /* index in the burst */
	uint8_t failed; /* out: the library refused the job */
	uint32_t sa;
	uint32_t pad;
} __attribute__((aligned(64)));

static_assert(sizeof(struct gh_esp_op) == 64, "one cache line an operation");

/* Encrypts and writes the ICV behind the text. */
void gh_esp_seal(struct gh_esp_worker *w, struct gh_esp_op *ops, unsigned n);

/* Decrypts and computes the ICV that the packet should have into tag[i]; comparing is the caller's.
 * HMAC with ESN overwrites the first 4 bytes behind the text: save the packet's ICV first. */
void gh_esp_open(
    struct gh_esp_worker *w, struct gh_esp_op *ops, unsigned n, uint8_t (*tag)[GH_ESP_TAG_MAX]);

/* An unpredictable IV for CBC, unique for (sa, seq): RFC 3602 3, NIST SP 800-38A appendix C. */
void gh_esp_cbc_iv(struct gh_esp_worker *w, uint32_t sa, uint64_t seq, uint8_t iv[16]);
