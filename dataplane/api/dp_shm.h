/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * The shared segment, <instance>/run/dataplane.shm: everything countable in the dataplane, and the
 * SA state that must outlive it (sequence numbers, replay windows). The dataplane maps it
 * read-write, others read-only. A restarted dataplane keeps the content when magic, layout and all
 * sizes match.
 *
 * The file is a header and regions; a region is an array of `count` records `stride` bytes apart.
 * It is sparse: untouched slots cost nothing. Each counter has one writer (its worker, or for
 * rows without a worker the control thread) and is written with plain 64-bit stores: readers see
 * each number whole, and sets of numbers slightly apart in time.
 */
#pragma once

#include <assert.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "common/error.h"
#include "dataplane/api/dp_api.h"

#define GH_SHM_MAGIC 0x6d68736570617447ULL /* "Gatepshm" */
#define GH_SHM_LAYOUT 2u

#define GH_SHM_IFACE_MAX 64
#define GH_SHM_WORKER_MAX 32
/* Where rows are workers, two more: the host I/O thread and the control thread. */
#define GH_SHM_HOST_ROW GH_SHM_WORKER_MAX
#define GH_SHM_CONTROL_ROW (GH_SHM_WORKER_MAX + 1)
#define GH_SHM_ROWS (GH_SHM_WORKER_MAX + 2)
#define GH_SHM_DROP_MAX 256
#define GH_SHM_SA_LINE_BYTES 64 /* hot line of an SA; contents: dataplane/ipsec */
#define GH_SHM_SA_COLD_BYTES 64 /* counters and marks of an SA off the hot path */
#define GH_SHM_REPLAY_BYTES 512 /* replay bitmap: 4096 bits */

/* Regions: id, record bytes, records */
#define GH_SHM_REGIONS(X)                                                                      \
	X(IFACES, sizeof(struct gh_shm_iface), GH_SHM_IFACE_MAX)                               \
	X(IFACE_COUNTERS, sizeof(struct gh_shm_iface_counters), GH_SHM_ROWS *GH_SHM_IFACE_MAX) \
	X(WORKERS, sizeof(struct gh_shm_worker), GH_SHM_ROWS)                                  \
	X(DROPS, sizeof(uint64_t), GH_SHM_ROWS *GH_SHM_DROP_MAX)                               \
	X(DROP_NAMES, sizeof(struct gh_shm_drop_name), GH_SHM_DROP_MAX)                        \
	X(SA_OUT, GH_SHM_SA_LINE_BYTES, GH_DP_SA_MAX)                                          \
	X(SA_OUT_COLD, GH_SHM_SA_COLD_BYTES, GH_DP_SA_MAX)                                     \
	X(SA_IN, GH_SHM_SA_LINE_BYTES, GH_DP_SA_MAX)                                           \
	X(SA_IN_COLD, GH_SHM_SA_COLD_BYTES, GH_DP_SA_MAX)                                      \
	X(REPLAY, GH_SHM_REPLAY_BYTES, GH_DP_SA_MAX)

enum gh_shm_region_id {
#define X(id, bytes, records) GH_SHM_##id,
	GH_SHM_REGIONS(X)
#undef X
	    GH_SHM_REGION_COUNT,
};

struct gh_shm_region {
	uint64_t offset; /* bytes from the start of the segment, a multiple of 4096 */
	uint32_t stride;
	uint32_t count;
};

struct gh_shm_header {
	uint64_t magic;
	uint32_t layout;
	uint32_t sa_max;
	uint64_t size;	     /* of the whole segment */
	uint64_t boot_id;    /* another at each start of the dataplane */
	uint64_t started_ms; /* wall clock */
	uint32_t pid;
	uint32_t workers;      /* that run: rows 0..workers-1 */
	uint32_t reasons;      /* drop reasons in use */
	uint32_t huge_pages;   /* 1: packet memory is on huge pages */
	uint32_t buffers;      /* for packets, in all */
	uint32_t buffers_free; /* as of less than a second ago */
	struct gh_shm_region regions[GH_SHM_REGION_COUNT];
};

struct gh_shm_iface {
	char name[GH_DP_NAME_MAX]; /* empty: the slot is free */
	char port[GH_DP_SPEC_MAX];
	char driver[32]; /* DPDK driver in use, e.g. net_af_xdp */
	uint8_t mac[6];
	uint16_t mtu;
	uint8_t up;	     /* administrative */
	uint8_t link;	     /* of the port */
	uint16_t rxqs;	     /* receive queues */
	uint32_t speed;	     /* Mb/s, 0: unknown */
	uint32_t generation; /* changes when the slot is given to another interface: counters begin
				anew */
	uint64_t missed;     /* frames the port itself lost (no room) */
	uint64_t rx_errors, tx_errors; /* the port's own */
	uint64_t spare[4];
};

struct gh_shm_iface_counters {
	uint64_t rx_packets, rx_bytes; /* from the port */
	uint64_t tx_packets, tx_bytes; /* to the port */
	uint64_t tx_full;	       /* frames lost because the port took no more */
	uint64_t to_host, from_host;   /* frames to and from the TAP */
	uint64_t spare;
} __attribute__((aligned(64)));

struct gh_shm_worker {
	int32_t cpu; /* -1: not pinned */
	uint32_t running;
	uint64_t loops, packets;
	uint64_t busy_cycles; /* TSC cycles in walks that found packets */
	uint64_t idle_cycles; /* TSC cycles in walks that found none, and asleep */
	uint64_t sleeps;
	uint64_t tsc_hz;
} __attribute__((aligned(64)));

struct gh_shm_drop_name {
	char name[32]; /* e.g. "ip4-ttl-expired"; empty: none */
	char text[96];
};

/* A mapping for reading. */
struct gh_shm_view {
	const struct gh_shm_header *header; /* NULL: not open */
	size_t size;
};

/* Record `index` of a region, NULL past its end. */
static inline const void *gh_shm_at(
    const struct gh_shm_view *v, enum gh_shm_region_id region, uint32_t index)
{
	const struct gh_shm_region *r = &v->header->regions[region];

	if (index >= r->count)
		return NULL;
	return (const uint8_t *)v->header + r->offset + (uint64_t)index * r->stride;
}

/* Maps a segment read-only after checking that this build understands it. 0 or negative errno.
 * A dataplane that restarts keeps the same file: the view stays good, boot_id changes. */
int gh_shm_open(const char *path, struct gh_shm_view *v, struct gh_error *err);
void gh_shm_close(struct gh_shm_view *v);

/* Sums over all rows. iface < GH_SHM_IFACE_MAX, reason < GH_SHM_DROP_MAX. */
void gh_shm_iface_sum(
    const struct gh_shm_view *v, uint32_t iface, struct gh_shm_iface_counters *sum);
uint64_t gh_shm_drop_sum(const struct gh_shm_view *v, uint32_t reason);

/* Lays out a header for a segment of this build: regions and size. Used by both ends. */
void gh_shm_layout(struct gh_shm_header *h);
/* True when h describes exactly this build's layout. */
bool gh_shm_compatible(const struct gh_shm_header *h);
