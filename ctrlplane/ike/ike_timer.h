/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * The engine's timers: a binary heap of deadlines, so that the host needs one. Arming, moving and
 * disarming cost O(log n). A timer is embedded in what it belongs to and knows its place.
 */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define IKE_NEVER UINT64_MAX

struct ike_timer {
	uint64_t due_ms;
	uint32_t place; /* index in the heap plus one; 0: not armed */
	void (*fire)(struct ike_timer *t);
};

struct ike_timers {
	struct ike_timer **heap;
	uint32_t count, size;
};

void ike_timers_free(struct ike_timers *ts); /* the timers themselves are their owners' */

/* Sets or moves the deadline. due_ms IKE_NEVER disarms. Aborts when memory is out. */
void ike_timer_set(struct ike_timers *ts, struct ike_timer *t, uint64_t due_ms);
void ike_timer_stop(struct ike_timers *ts, struct ike_timer *t);
uint64_t ike_timer_left(const struct ike_timer *t, uint64_t now_ms); /* IKE_NEVER: not armed */

uint64_t ike_timers_next(const struct ike_timers *ts); /* IKE_NEVER: none */
/* Fires the earliest timer if it is due: it is disarmed first, and may do as it likes. */
bool ike_timers_fire(struct ike_timers *ts, uint64_t now_ms);
