/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * Anti-replay window (RFC 4303 3.4.3) and extended sequence numbers (RFC 4303 2.2.1, appendix A).
 *
 * The bitmap is a ring of 4096 bits, whatever the SA's window: a number's bit is seq % 4096, and
 * moving the top clears the bits it passes, so nothing is ever shifted and a packet in order
 * touches one word. Numbers are 64 bits with and without ESN. Threads: the SA's worker only.
 */
#pragma once

#include <stdbool.h>
#include <stdint.h>
#include <string.h>

#include "dataplane/api/dp_sa_line.h"

enum gh_replay { GH_REPLAY_FRESH, GH_REPLAY_SEEN, GH_REPLAY_OLD };

/*
 * The whole number of a packet with these low 32 bits: the smallest that is not left of the window.
 * Without a window half the number space on either side of the top is assumed.
 */
static inline uint64_t gh_esn_guess(uint64_t top, uint32_t window, uint32_t low)
{
	uint64_t span = window > 0 ? window - 1 : UINT32_MAX / 2;
	uint64_t bottom = top > span ? top - span : 0;
	uint64_t seq = (bottom & ~(uint64_t)UINT32_MAX) | low;

	return low < (uint32_t)bottom ? seq + (UINT64_C(1) << 32) : seq;
}

static inline const uint64_t *gh_replay_word(const struct gh_replay_bits *bits, uint64_t seq)
{
	return &bits->word[seq / 64 % GH_REPLAY_WORDS];
}

static inline enum gh_replay gh_replay_check(
    const struct gh_replay_bits *bits, uint64_t top, uint32_t window, uint64_t seq)
{
	if (seq == 0)
		return GH_REPLAY_OLD;
	if (seq > top || window == 0)
		return GH_REPLAY_FRESH;
	if (top - seq >= window)
		return GH_REPLAY_OLD;
	return *gh_replay_word(bits, seq) >> (seq % 64) & 1 ? GH_REPLAY_SEEN : GH_REPLAY_FRESH;
}

/* Forgets the numbers first..last, at most 4096 of them. */
static inline void gh_replay_clear(struct gh_replay_bits *bits, uint64_t first, uint64_t last)
{
	while (first <= last) {
		uint64_t end = first | 63;
		uint64_t mask = UINT64_MAX << (first % 64);

		if (end > last)
			mask &= UINT64_MAX >> (63 - last % 64);
		bits->word[first / 64 % GH_REPLAY_WORDS] &= ~mask;
		if (end == UINT64_MAX)
			break;
		first = end + 1;
	}
}

/* Marks a verified number as seen; returns the new top. */
static inline uint64_t gh_replay_update(struct gh_replay_bits *bits, uint64_t top, uint64_t seq)
{
	if (seq > top + 1) {
		if (seq - top >= GH_REPLAY_WINDOW_MAX)
			memset(bits, 0, sizeof(*bits));
		else
			gh_replay_clear(bits, top + 1, seq - 1);
	}
	bits->word[seq / 64 % GH_REPLAY_WORDS] |= UINT64_C(1) << (seq % 64);
	return seq > top ? seq : top;
}

/* A jump that control orders (takeover): everything up to the new top counts as seen. */
static inline void gh_replay_refuse_all(struct gh_replay_bits *bits)
{
	memset(bits, 0xff, sizeof(*bits));
}
