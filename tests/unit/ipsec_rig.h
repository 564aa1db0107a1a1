/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * What the tests and the benchmark of the IPsec part stand on: EAL without huge pages, a segment
 * that outlives rig_restart(), grace periods that pass when the test says so, and packets.
 */
#pragma once

#include <rte_mbuf.h>
#include <stdbool.h>
#include <stdint.h>

#include "dataplane/api/dp_api.h"
#include "dataplane/ipsec/esp.h"

/* Once a program, before anything else; ends it on failure. */
void rig_eal(const char *program, unsigned megabytes);
extern struct rte_mempool *rig_pool;

/* A dataplane's IPsec part with one worker, on a segment that begins empty. */
void rig_start(void);
void rig_stop(void);
/* Stops and starts with the segment kept: what kill -9 and a new process do. */
void rig_restart(void);
extern struct gh_esp_worker *rig_worker;

/* Runs what waits for a grace period. */
void rig_grace(void);
void rig_grace_oldest(void); /* only the first of it */

/* Events that gh_ipsec_poll() emitted since the last call, oldest first; returns how many. */
struct rig_event {
	enum gh_dp_type type;
	union {
		struct gh_dp_acquire acquire;
		struct gh_dp_sa_limit limit;
	};
};
unsigned rig_events(struct rig_event *out, unsigned max);
extern bool rig_listening; /* false: no client, events go nowhere */

/* An SA pair's records: out in slot `index`, in with an SPI that carries it. Keys from a seed. */
struct gh_dp_sa rig_sa(
    enum gh_dp_dir dir, uint32_t index, enum gh_dp_alg enc, enum gh_dp_alg auth, uint16_t flags);
uint32_t rig_spi(uint32_t index);
struct gh_dp_policy rig_policy(
    uint32_t id, enum gh_dp_dir dir, uint32_t sa, const char *local, const char *remote);

/* Applies one record and asserts success. */
void rig_set_sa(const struct gh_dp_sa *sa);
void rig_set_policy(const struct gh_dp_policy *policy);

/* An IPv4/UDP packet of len bytes (20 at least) with a valid header checksum. */
struct rte_mbuf *rig_packet(const char *src, const char *dst, uint16_t len);
uint32_t rig_addr(const char *text); /* network order */
bool rig_ip_checksum_ok(const void *ip);

/* One packet through; the verdict. */
enum gh_esp_verdict rig_encrypt(struct rte_mbuf *m, uint32_t sa);
enum gh_esp_verdict rig_decrypt(struct rte_mbuf *m, uint32_t *sa);

/* Deterministic random numbers. */
uint64_t rig_random(void);
