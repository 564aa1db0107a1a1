/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * Events from a worker to the control thread: a ring of one producer and one consumer. A full ring
 * loses the event: whoever needs it raises it again (ACQUIRE with the next packet, limits stay
 * visible in the SA's line).
 */
#pragma once

#include <stdbool.h>
#include <stdint.h>

#include "dataplane/api/dp_api.h"

#define GH_IPSEC_EVENTS 256 /* a power of two */

struct gh_ipsec_event {
	enum gh_dp_type type;
	union {
		struct gh_dp_acquire acquire;
		struct gh_dp_sa_limit limit;
	};
};

struct gh_ipsec_events {
	uint32_t head;				    /* worker writes */
	uint32_t tail __attribute__((aligned(64))); /* control writes */
	struct gh_ipsec_event ring[GH_IPSEC_EVENTS] __attribute__((aligned(64)));
};

/* The slot to fill, or NULL when the ring is full; gh_ipsec_event_post makes it visible. Worker. */
static inline struct gh_ipsec_event *gh_ipsec_event_room(struct gh_ipsec_events *e)
{
	if (e->head - __atomic_load_n(&e->tail, __ATOMIC_ACQUIRE) >= GH_IPSEC_EVENTS)
		return NULL;
	return &e->ring[e->head % GH_IPSEC_EVENTS];
}

static inline void gh_ipsec_event_post(struct gh_ipsec_events *e)
{
	__atomic_store_n(&e->head, e->head + 1, __ATOMIC_RELEASE);
}

/* Takes the oldest event; false when there is none. Control thread. */
static inline bool gh_ipsec_event_take(struct gh_ipsec_events *e, struct gh_ipsec_event *out)
{
	if (e->tail == __atomic_load_n(&e->head, __ATOMIC_ACQUIRE))
		return false;
	*out = e->ring[e->tail % GH_IPSEC_EVENTS];
	__atomic_store_n(&e->tail, e->tail + 1, __ATOMIC_RELEASE);
	return true;
}
