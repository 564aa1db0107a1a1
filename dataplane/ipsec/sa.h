/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * The SA tables as the packet path sees them, one for each direction, indexed by gatehoused's slot.
 *
 *   line    64 B in the shared segment (dataplane/api/dp_sa_line.h): all that a packet without
 *           limits or UDP encapsulation needs
 *   replay  512 B in the segment, inbound
 *   errors  64 B in the segment, written when a packet is dropped
 *   key     1024 B of process memory on huge pages: never in the segment
 *   cold    64 B of process memory: ports, limits, further selectors; touched by flag only
 *
 * Threads: the control thread installs and removes (dataplane/ipsec/sa_install.c); the SA's worker
 * (gh_sa_owner) alone writes sequence, counters, bitmap, errors and `told`; every worker reads.
 */
#pragma once

#include <assert.h>
#include <stdbool.h>
#include <stdint.h>

#include "dataplane/api/dp_sa_line.h"
#include "dataplane/ipsec/alg.h"
#include "dataplane/ipsec/selector.h"

/* Further inbound selectors; replaced whole, freed after a grace period. */
struct gh_sa_chain {
	uint32_t count;
	struct gh_selector4 sel[];
};

struct gh_sa_cold {
	uint64_t soft_bytes, hard_bytes; /* UINT64_MAX: none */
	uint64_t soft_packets, hard_packets;
	struct gh_sa_chain *chain;
	uint16_t src_port, dst_port; /* network order */
	uint8_t told;		     /* worker: the soft limit was announced */
	uint8_t pad[3];
	uint32_t spi; /* host order, for events */
	uint32_t pad2[3];
};

static_assert(sizeof(struct gh_sa_cold) == 64, "one cache line");

struct gh_sa_table {
	struct gh_sa_line *line;
	struct gh_sa_cold *cold;
	struct gh_sa_errors *errors;
	uint8_t *key; /* slots of GH_SA_KEY_STRIDE bytes */
};

struct gh_sa_tables {
	struct gh_sa_table dir[2]; /* [enum gh_dp_dir] */
	struct gh_replay_bits *replay;
	uint32_t workers; /* that run, at least 1 */
};

extern struct gh_sa_tables gh_sa;

static inline void *gh_sa_key(const struct gh_sa_table *t, uint32_t index)
{
	return t->key + (size_t)index * GH_SA_KEY_STRIDE;
}

/* The worker that alone may process an SA's packets. */
static inline uint32_t gh_sa_owner(uint32_t index)
{
	return gh_sa.workers <= 1 ? 0 : index % gh_sa.workers;
}

/*
 * The largest inner packet that outbound SA `index` carries within an outer packet of mtu bytes; 0
 * when the SA is not there or nothing fits. Any thread.
 */
uint32_t gh_sa_max_inner(uint32_t index, uint32_t mtu);

/* The same by transform: what a configuration would cost. */
uint32_t gh_esp_max_inner(const struct gh_esp_alg *alg, bool udp, uint32_t mtu);
