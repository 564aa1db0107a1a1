/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * Token buckets in TSC time, owned by one thread. A bucket holds time: each packet takes
 * `cost` cycles of it, and it never holds more than `depth`.
 */
#pragma once

#include <stdbool.h>
#include <stdint.h>

struct gh_bucket {
	uint64_t cost;	   /* cycles per packet */
	uint64_t depth;	   /* cycles */
	uint64_t empty_at; /* TSC before which nothing is left */
};

static inline void gh_bucket_init(
    struct gh_bucket *b, uint64_t tsc_hz, uint32_t per_s, uint32_t burst)
{
	b->cost = tsc_hz / per_s;
	b->depth = b->cost * burst;
	b->empty_at = 0;
}

/* Takes one packet's worth; false when there is none. */
static inline bool gh_bucket_take(struct gh_bucket *b, uint64_t now)
{
	uint64_t floor = now > b->depth ? now - b->depth : 0;

	if (b->empty_at < floor)
		b->empty_at = floor;
	if (b->empty_at + b->cost > now)
		return false;
	b->empty_at += b->cost;
	return true;
}
