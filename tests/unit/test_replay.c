/* SPDX-License-Identifier: BSD-3-Clause */
/* The replay window against a naive reference, and whole numbers from low halves. */
#include <stdlib.h>

#include "dataplane/ipsec/replay.h"
#include "unit.h"

static uint64_t rnd(void)
{
	static uint64_t x = 88172645463325252u;

	x ^= x << 13;
	x ^= x >> 7;
	x ^= x << 17;
	return x;
}

/* A list of everything ever accepted. */
struct naive {
	uint64_t seen[20000];
	unsigned count;
	uint64_t top;
};

static enum gh_replay naive_check(const struct naive *n, uint32_t window, uint64_t seq)
{
	if (seq == 0)
		return GH_REPLAY_OLD;
	if (window == 0)
		return GH_REPLAY_FRESH;
	if (seq <= n->top && n->top - seq >= window)
		return GH_REPLAY_OLD;
	for (unsigned i = n->count; i-- > 0;) {
		if (n->seen[i] == seq)
			return GH_REPLAY_SEEN;
	}
	return GH_REPLAY_FRESH;
}

static uint64_t next_seq(uint64_t top, uint32_t window)
{
	switch (rnd() % 8) {
	case 0: /* a leap beyond anything the ring remembers */
		return top + rnd() % 9000;
	case 1: /* far back */
		return top > 5000 ? top - rnd() % 5000 : rnd() % (top + 2);
	case 2: /* the window's left edge */
		return top + 2 > window ? top + 2 - window - rnd() % 3 : 1;
	case 3:
		return top + 1;
	default: /* about the top */
		return top + 20 > 40 ? top + 20 - rnd() % 40 : 1 + rnd() % 20;
	}
}

static void run_against_naive(uint32_t window, uint64_t start)
{
	struct naive *n = calloc(1, sizeof(*n));
	struct gh_replay_bits bits = {0};
	uint64_t top = start;
	unsigned wrong = 0;

	n->top = start;
	for (unsigned i = 0; i < 6000; i++) {
		uint64_t seq = next_seq(top, window);
		enum gh_replay got = gh_replay_check(&bits, top, window, seq);

		wrong += got != naive_check(n, window, seq);
		if (got != GH_REPLAY_FRESH)
			continue;
		top = gh_replay_update(&bits, top, seq);
		n->seen[n->count++] = seq;
		if (seq > n->top)
			n->top = seq;
		wrong += top != n->top;
	}
	CU_ASSERT_EQUAL(wrong, 0);
	free(n);
}

static void test_random_orders(void)
{
	static const uint32_t windows[] = {1, 2, 32, 63, 64, 65, 128, 1000, 4095, 4096, 0};

	for (unsigned i = 0; i < sizeof(windows) / sizeof(windows[0]); i++) {
		run_against_naive(windows[i], 0);
		run_against_naive(windows[i], UINT32_MAX - 2000);
	}
}

static void test_jump_clears(void)
{
	struct gh_replay_bits bits = {0};
	uint64_t top = 0;

	for (uint64_t s = 1; s <= 8192; s++)
		top = gh_replay_update(&bits, top, s);
	top = gh_replay_update(&bits, top, 8192 + 4095);
	CU_ASSERT_EQUAL(gh_replay_check(&bits, top, 4096, 8192), GH_REPLAY_SEEN);
	CU_ASSERT_EQUAL(gh_replay_check(&bits, top, 4096, 8193), GH_REPLAY_FRESH);
	CU_ASSERT_EQUAL(gh_replay_check(&bits, top, 4096, 8191), GH_REPLAY_OLD);
	top = gh_replay_update(&bits, top, top + 4096);
	CU_ASSERT_EQUAL(gh_replay_check(&bits, top, 4096, top - 4095), GH_REPLAY_FRESH);
	CU_ASSERT_EQUAL(gh_replay_check(&bits, top, 4096, top), GH_REPLAY_SEEN);
}

/* Near a wrap of the low half every number of the window, and beyond it, is found again. */
static void test_esn_guess(void)
{
	static const uint64_t tops[] = {0, 1, 63, 64, 5000, 0xfffffffe, 0xffffffff, 0x100000000,
	    0x100000001, 0x10000003f, 0x100001000, 0x7fffffffffff};

	for (unsigned i = 0; i < sizeof(tops) / sizeof(tops[0]); i++) {
		uint64_t top = tops[i], bottom = top > 63 ? top - 63 : 0;

		for (uint64_t seq = bottom; seq < top + 10000; seq++) {
			if (gh_esn_guess(top, 64, (uint32_t)seq) != seq) {
				CU_FAIL("number not found again");
				break;
			}
		}
	}
	/* One left of the window belongs to the next round: the ICV will tell. */
	CU_ASSERT_EQUAL(gh_esn_guess(0x100000040, 64, 0), 0x200000000);
	CU_ASSERT_EQUAL(gh_esn_guess(0x100000010, 64, 0xfffffff0), 0xfffffff0);
	CU_ASSERT_EQUAL(gh_esn_guess(0x100000010, 0, 0xfffffff0), 0xfffffff0);
}

static void test_refuse_all(void)
{
	struct gh_replay_bits bits;

	gh_replay_refuse_all(&bits);
	CU_ASSERT_EQUAL(gh_replay_check(&bits, 1000, 4096, 999), GH_REPLAY_SEEN);
	CU_ASSERT_EQUAL(gh_replay_check(&bits, 1000, 4096, 1000), GH_REPLAY_SEEN);
	CU_ASSERT_EQUAL(gh_replay_check(&bits, 1000, 4096, 1001), GH_REPLAY_FRESH);
}

static const struct unit_test tests[] = {
    UNIT_TEST(test_random_orders),
    UNIT_TEST(test_jump_clears),
    UNIT_TEST(test_esn_guess),
    UNIT_TEST(test_refuse_all),
};

UNIT_MAIN("replay", tests)
