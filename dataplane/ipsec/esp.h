/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * ESP in tunnel mode (RFC 4303) over bursts of packets, IPv4 in IPv4, optionally in UDP (RFC 3948).
 *
 * Both calls work in stages over the burst: SA lines are fetched for all packets, then headers are
 * built or checked for all, then the crypto runs with the key schedules of the packets ahead being
 * fetched. Nothing here allocates, locks, logs or makes a system call.
 *
 * Threads: a gh_esp_worker belongs to one worker thread.
 */
#pragma once

#include <intel-ipsec-mb.h>
#include <rte_mbuf.h>
#include <stdint.h>

#include "common/error.h"
#include "dataplane/ipsec/event.h"
#include "dataplane/ipsec/sa.h"
#include "dataplane/ipsec/verdict.h"

#define GH_ESP_BURST 64

/* Whose policy asked for an SA lately: direct-mapped, a collision only asks once more. */
#define GH_ACQUIRE_SLOTS 1024

struct gh_acquire_slot {
	uint64_t until; /* TSC */
	uint32_t policy;
};

struct gh_esp_worker {
	IMB_MGR *mgr;
	uint8_t iv_keys[16 * 11] __attribute__((aligned(16))); /* a secret schedule for CBC's IVs */
	uint32_t id;
	uint16_t ip_id; /* of outer packets that may be fragmented */
	struct gh_ipsec_events events;
	struct gh_acquire_slot acquired[GH_ACQUIRE_SLOTS];
};

struct gh_esp_worker *gh_esp_worker_new(uint32_t id, struct gh_error *err);
void gh_esp_worker_free(struct gh_esp_worker *w);

/*
 * Encapsulates m[i], data pointer at its IPv4 header, by outbound SA sa[i]; GH_DP_SA_NONE: none.
 * verdict[i] is GH_ESP_OK and the data pointer at the outer IPv4 header, or why not: then the
 * packet is unchanged. n <= GH_ESP_BURST.
 */
void gh_esp_encrypt(
    struct gh_esp_worker *w, struct rte_mbuf **m, const uint32_t *sa, uint16_t n, uint8_t *verdict);

/*
 * Decapsulates m[i], data pointer at the outer IPv4 header. verdict[i] is GH_ESP_OK, the data
 * pointer at the inner IPv4 header, the length the inner packet's, and sa[i] the inbound SA whose
 * selectors it passed; or why not: then the packet's content is undefined. n <= GH_ESP_BURST.
 */
void gh_esp_decrypt(
    struct gh_esp_worker *w, struct rte_mbuf **m, uint16_t n, uint32_t *sa, uint8_t *verdict);
