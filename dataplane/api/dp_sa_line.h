/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * An SA's hot state: one cache line in the shared segment, one array for each direction, indexed by
 * gatehoused's slot. It outlives the dataplane (kill -9): a restarted one goes on with the sequence
 * number, window and counters it finds here. Readers map it read-only and need no lock: each
 * aligned field is stored whole, and `spi` says whose numbers they are.
 *
 * Secrets: none but the salt (RFC 4106 4, RFC 7634 2), which is useless without the key. Keys and
 * key schedules never lie in the segment.
 */
#pragma once

#include <assert.h>
#include <stddef.h>
#include <stdint.h>

/* Written by the control thread only. */
enum gh_sa_line_flags {
	GH_SA_LIVE = 1 << 0, /* keys are installed in this process; cleared when a process starts */
	GH_SA_ESN = 1 << 1,
	GH_SA_UDP = 1 << 2, /* ports are in the cold record */
	GH_SA_DSCP = 1 << 3,
	GH_SA_DF_SET = 1 << 4,
	GH_SA_DF_COPY = 1 << 5,
	GH_SA_LIMITS = 1 << 6,	   /* limits are in the cold record */
	GH_SA_SEL_INLINE = 1 << 7, /* inbound: sel_* below are valid */
	GH_SA_SEL_CHAIN = 1 << 8,  /* inbound: more selectors are in the cold record */
	GH_SA_BUSY = 1 << 9, /* being changed: packets are dropped, nobody is asked for a new SA */
};

struct gh_sa_line {
	uint64_t seq;		/* worker. OUT: last number used; IN: highest verified */
	uint64_t bytes;		/* worker. Inner packets, IP header included */
	uint64_t packets;	/* worker */
	uint32_t spi;		/* control. Network order; 0: the slot is free */
	uint8_t salt[4];	/* control */
	uint32_t outer_src;	/* control. Network order, as in the packets of this SA */
	uint32_t outer_dst;	/* control. Stored together with outer_src as one word */
	uint32_t sel_local;	/* control. Host order, inbound only: first selector's nets */
	uint32_t sel_remote;	/* control */
	uint8_t sel_local_len;	/* control */
	uint8_t sel_remote_len; /* control */
	uint16_t flags;		/* control. enum gh_sa_line_flags */
	uint8_t alg;		/* control. The dataplane's own number of the transform */
	uint8_t expired;	/* worker. A hard limit was reached: nothing passes any more */
	uint16_t replay_window; /* control. Packets, 0: no anti-replay */
	uint32_t nexthop;	/* control. Of the outer destination; the dataplane's own number */
	uint32_t generation;	/* control. Counts the SAs that this slot has held */
};

static_assert(sizeof(struct gh_sa_line) == 64, "an SA's hot state is one cache line");
static_assert(offsetof(struct gh_sa_line, outer_src) == 32, "outer addresses are one aligned word");
static_assert(offsetof(struct gh_sa_line, flags) == 50, "two readers agree on the layout");
static_assert(offsetof(struct gh_sa_line, nexthop) == 56, "two readers agree on the layout");

/* Region SA_OUT_COLD and SA_IN_COLD: what went wrong with an SA's packets. Written by its worker.
 */
struct gh_sa_errors {
	uint64_t icv;	   /* inbound: wrong ICV */
	uint64_t replayed; /* inbound: number already seen */
	uint64_t too_old;  /* inbound: number left of the window */
	uint64_t selector; /* inbound: inner packet outside the selectors */
	uint64_t limit;	   /* hard limit or end of sequence numbers */
	uint64_t other;
	uint64_t spare[2];
};

static_assert(sizeof(struct gh_sa_errors) == 64, "the region's stride");

/* The replay bitmap of an inbound SA: a ring, bit seq % 4096, RFC 4303 3.4.3. */
#define GH_REPLAY_WINDOW_MAX 4096u
#define GH_REPLAY_WORDS (GH_REPLAY_WINDOW_MAX / 64)

struct gh_replay_bits {
	uint64_t word[GH_REPLAY_WORDS];
};
