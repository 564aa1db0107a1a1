/* SPDX-License-Identifier: BSD-3-Clause */
#include "ctrlplane/ike/ike_timer.h"

#include <stdlib.h>

static void put(struct ike_timers *ts, uint32_t at, struct ike_timer *t)
{
	ts->heap[at] = t;
	t->place = at + 1;
}

static void sift_up(struct ike_timers *ts, uint32_t at)
{
	struct ike_timer *t = ts->heap[at];

	while (at > 0) {
		uint32_t parent = (at - 1) / 2;

		if (ts->heap[parent]->due_ms <= t->due_ms)
			break;
		put(ts, at, ts->heap[parent]);
		at = parent;
	}
	put(ts, at, t);
}

static void sift_down(struct ike_timers *ts, uint32_t at)
{
	struct ike_timer *t = ts->heap[at];

	for (;;) {
		uint32_t child = 2 * at + 1;

		if (child + 1 < ts->count && ts->heap[child + 1]->due_ms < ts->heap[child]->due_ms)
			child++;
		if (child >= ts->count || t->due_ms <= ts->heap[child]->due_ms)
			break;
		put(ts, at, ts->heap[child]);
		at = child;
	}
	put(ts, at, t);
}

static void grow(struct ike_timers *ts)
{
	uint32_t size = ts->size == 0 ? 64 : ts->size * 2;
	struct ike_timer **heap = reallocarray(ts->heap, size, sizeof(*heap));

	if (heap == NULL)
		abort();
	ts->heap = heap;
	ts->size = size;
}

void ike_timer_stop(struct ike_timers *ts, struct ike_timer *t)
{
	uint32_t at = t->place - 1;
	struct ike_timer *last;

	if (t->place == 0)
		return;
	t->place = 0;
	last = ts->heap[--ts->count];
	if (last == t)
		return;
	put(ts, at, last);
	sift_up(ts, at);
	sift_down(ts, last->place - 1);
}

void ike_timer_set(struct ike_timers *ts, struct ike_timer *t, uint64_t due_ms)
{
	ike_timer_stop(ts, t);
	if (due_ms == IKE_NEVER)
		return;
	if (ts->count == ts->size)
		grow(ts);
	t->due_ms = due_ms;
	put(ts, ts->count, t);
	sift_up(ts, ts->count++);
}

uint64_t ike_timer_left(const struct ike_timer *t, uint64_t now_ms)
{
	if (t->place == 0)
		return IKE_NEVER;
	return t->due_ms > now_ms ? t->due_ms - now_ms : 0;
}

uint64_t ike_timers_next(const struct ike_timers *ts)
{
	return ts->count > 0 ? ts->heap[0]->due_ms : IKE_NEVER;
}

bool ike_timers_fire(struct ike_timers *ts, uint64_t now_ms)
{
	struct ike_timer *t;

	if (ts->count == 0 || ts->heap[0]->due_ms > now_ms)
		return false;
	t = ts->heap[0];
	ike_timer_stop(ts, t);
	t->fire(t);
	return true;
}

void ike_timers_free(struct ike_timers *ts)
{
	for (uint32_t i = 0; i < ts->count; i++)
		ts->heap[i]->place = 0;
	free(ts->heap);
	*ts = (struct ike_timers){0};
}
