/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * Rekeys between two engines: from either side, crossing each other and everything else, over a
 * wire that loses messages. After every datagram each side must be able to read what the
 * other one sends; in the end exactly one child SA and one IKE SA are left on either side.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "tests/unit/ike_mock.h"
#include "tests/unit/ike_setup.h"
#include "tests/unit/unit.h"

static struct mock_world w;

static void start_with(const struct setup *s, uint64_t seed)
{
	mock_start(&w);
	w.random = seed * 7919 + 1;
	setup_both(&w, s);
	CU_ASSERT_EQUAL(ike_vpn_initiate(w.a.e, "v"), 0);
	mock_settle(&w);
	CU_ASSERT_EQUAL(mock_child_count(&w.a), 1);
	w.check_traffic = true;
	w.sent = 0;
}

static void start(uint64_t seed)
{
	struct setup s = SETUP_DEFAULT;

	start_with(&s, seed);
}

static bool all_well(void)
{
	struct ike_sa_info a, b;
	bool well = mock_sa(&w.a, &a) && mock_sa(&w.b, &b) && a.spi_i == b.spi_i &&
		    a.spi_r == b.spi_r && mock_sa_count(&w.a) == 1 && mock_sa_count(&w.b) == 1 &&
		    mock_child_count(&w.a) == 1 && mock_child_count(&w.b) == 1 &&
		    mock_children_fit(&w) && mock_carrier(&w.a) != NULL &&
		    mock_carrier(&w.b) != NULL && HASH_COUNT(w.a.records) == 1 &&
		    HASH_COUNT(w.b.records) == 1;

	if (!well)
		printf("\n  %u/%u IKE SAs, %u/%u children, last failures %s | %s\n",
		    mock_sa_count(&w.a), mock_sa_count(&w.b), mock_child_count(&w.a),
		    mock_child_count(&w.b), w.a.last_failure, w.b.last_failure);
	return well;
}

static void finish(void)
{
	mock_advance(&w, 100000);
	CU_ASSERT(all_well());
	mock_stop(&w);
}

static uint32_t child_of(struct mock_peer *p)
{
	struct mock_child *c = mock_carrier(p);

	CU_ASSERT_PTR_NOT_NULL_FATAL(c);
	return c->sa.spi_in;
}

static uint64_t sa_of(struct mock_peer *p)
{
	struct ike_sa_info info = {0};

	CU_ASSERT(mock_sa(p, &info));
	return info.id;
}

static void rekey_child(struct mock_peer *p)
{
	/* -ENOENT: it is being rekeyed already, by the other side */
	ike_child_rekey(p->e, child_of(p));
}

static void rekey_sa(struct mock_peer *p)
{
	CU_ASSERT_EQUAL(ike_sa_rekey(p->e, sa_of(p)), 0);
}

/* ---- one after the other ---- */

static void child_by_either(void)
{
	for (int side = 0; side < 2; side++) {
		struct mock_peer *p;
		uint32_t before;

		start(1);
		p = side == 0 ? &w.a : &w.b;
		before = child_of(p);
		rekey_child(p);
		mock_settle(&w);
		CU_ASSERT_NOT_EQUAL(child_of(p), before);
		CU_ASSERT_EQUAL(w.sent, 4);
		CU_ASSERT_EQUAL(mock_child_count(&w.a), 2); /* the old one lingers */
		CU_ASSERT_EQUAL(mock_child_count(&w.b), 2);
		finish();
	}
}

static void child_with_pfs(void)
{
	struct setup s = SETUP_DEFAULT;

	s.esp[0][0].dh = s.esp[1][0].dh = "curve25519";
	start_with(&s, 1);
	rekey_child(&w.a);
	mock_settle(&w);
	rekey_child(&w.b);
	finish();
}

/* The peer guesses another group than we take: INVALID_KE_PAYLOAD. */
static void child_with_other_group(void)
{
	struct setup s = SETUP_DEFAULT;

	s.esp[0][0].dh = "curve25519";
	s.esp[0][1] = s.esp[1][0];
	s.esp[0][1].dh = s.esp[1][0].dh = "ecp256";
	start_with(&s, 1);
	rekey_child(&w.a);
	mock_settle(&w);
	CU_ASSERT_EQUAL(w.sent, 6);
	finish();
}

static void sa_by_either(void)
{
	for (int side = 0; side < 2; side++) {
		struct mock_peer *p;
		uint64_t before;
		uint32_t child;

		start(1);
		p = side == 0 ? &w.a : &w.b;
		before = sa_of(p);
		child = child_of(p);
		rekey_sa(p);
		mock_settle(&w);
		CU_ASSERT_NOT_EQUAL(sa_of(p), before);
		CU_ASSERT_EQUAL(child_of(p), child); /* inherited */
		CU_ASSERT_EQUAL(w.a.events[IKE_EVENT_SA_DOWN], 0);
		rekey_child(&w.b);
		mock_settle(&w);
		rekey_sa(side == 0 ? &w.b : &w.a);
		mock_settle(&w);
		rekey_child(&w.a);
		finish();
	}
}

static void soft_limit(void)
{
	uint32_t before;

	start(1);
	before = child_of(&w.b);
	ike_engine_sa_limit(w.b.e, before, false);
	mock_settle(&w);
	CU_ASSERT_NOT_EQUAL(child_of(&w.b), before);
	finish();
}

/* ---- crossing ---- */

typedef void (*doing)(struct mock_peer *p);

static const doing doings[] = {rekey_child, rekey_sa};

/* Both sides begin before either has heard of the other, for many outcomes of the nonces. */
static void everything_crosses(void)
{
	for (unsigned i = 0; i < 4; i++) {
		for (uint64_t seed = 0; seed < 20; seed++) {
			start(seed);
			doings[i / 2](&w.a);
			doings[i % 2](&w.b);
			finish();
		}
	}
}

static bool lose_one(struct mock_world *world, struct mock_datagram *d, unsigned n)
{
	return n != world->filter_arg;
}

static bool lose_two(struct mock_world *world, struct mock_datagram *d, unsigned n)
{
	return n != world->filter_arg % 16 && n != world->filter_arg / 16;
}

static void each_message_lost(void)
{
	for (unsigned i = 0; i < 4; i++) {
		for (unsigned lost = 0; lost < 10; lost++) {
			for (uint64_t seed = 0; seed < 6; seed++) {
				start(seed);
				w.filter = lose_one;
				w.filter_arg = lost;
				doings[i / 2](&w.a);
				doings[i % 2](&w.b);
				finish();
			}
		}
	}
}

static void two_messages_lost(void)
{
	for (unsigned i = 0; i < 4; i++) {
		for (unsigned lost = 0; lost < 256; lost += 3) {
			start(lost);
			w.filter = lose_two;
			w.filter_arg = lost;
			doings[i / 2](&w.a);
			doings[i % 2](&w.b);
			finish();
		}
	}
}

/* Every second datagram waits until two more have come, so that they pass each other. */
static bool shuffle(struct mock_world *world, struct mock_datagram *d, unsigned n)
{
	struct mock_datagram *later;

	if ((n * 2654435761u ^ world->filter_arg) % 5 < 3 || TAILQ_EMPTY(&world->queue))
		return true;
	later = calloc(1, sizeof(*later));
	*later = *d;
	later->data = malloc(d->len);
	memcpy(later->data, d->data, d->len);
	TAILQ_INSERT_TAIL(&world->queue, later, next);
	return n % 3 == 0; /* some arrive twice */
}

static void reordered(void)
{
	for (unsigned i = 0; i < 4; i++) {
		for (unsigned seed = 0; seed < 40; seed++) {
			start(seed);
			w.filter = shuffle;
			w.filter_arg = seed;
			doings[i / 2](&w.a);
			doings[i % 2](&w.b);
			finish();
		}
	}
}

/* A job (Diffie-Hellman) of one side ends late: the other's requests come in between. */
static void late_jobs(void)
{
	for (unsigned i = 0; i < 4; i++) {
		for (unsigned steps = 0; steps < 6; steps++) {
			struct setup s = SETUP_DEFAULT;

			s.esp[0][0].dh = s.esp[1][0].dh = "curve25519";
			start_with(&s, steps);
			doings[i / 2](&w.a);
			for (unsigned n = 0; n < steps; n++)
				mock_step(&w);
			w.hold_jobs = true;
			if (mock_carrier(&w.b) != NULL)
				doings[i % 2](&w.b);
			mock_settle(&w);
			w.hold_jobs = false;
			finish();
		}
	}
}

/* ---- deletes ---- */

static void check_down(void)
{
	w.check_traffic = false;
	mock_advance(&w, 400000);
	CU_ASSERT_EQUAL(mock_sa_count(&w.a) + mock_sa_count(&w.b), 0);
	CU_ASSERT_EQUAL(mock_child_count(&w.a) + mock_child_count(&w.b), 0);
	CU_ASSERT_EQUAL(w.a.spis_out + w.b.spis_out, 0);
	CU_ASSERT_EQUAL(HASH_COUNT(w.a.records) + HASH_COUNT(w.b.records), 0);
	mock_stop(&w);
}

static void terminate(struct mock_peer *p)
{
	CU_ASSERT_EQUAL(ike_sa_terminate(p->e, sa_of(p)), 0);
}

static void delete_vpn(struct mock_peer *p)
{
	ike_vpn_del(p->e, "v");
}

/* An end on one side crosses a rekey of the other, at any moment of it. */
static void end_crosses_rekey(void)
{
	static const doing ends[] = {terminate, delete_vpn};

	for (unsigned i = 0; i < 4; i++) {
		for (unsigned steps = 0; steps < 8; steps++) {
			start(steps);
			w.check_traffic = false;
			doings[i / 2](&w.a);
			for (unsigned n = 0; n < steps; n++)
				mock_step(&w);
			if (ends[i % 2] == delete_vpn)
				delete_vpn(&w.b);
			else
				ike_vpn_terminate(w.b.e, "v");
			mock_settle(&w);
			/* What came up behind the end's back is ended too. */
			mock_advance(&w, 10000);
			ike_vpn_terminate(w.b.e, "v");
			ike_vpn_terminate(w.a.e, "v");
			check_down();
		}
	}
}

static void both_terminate(void)
{
	start(1);
	w.check_traffic = false;
	terminate(&w.a);
	terminate(&w.b);
	check_down();
}

/* ---- for a long time ---- */

static bool lossy(struct mock_world *world, struct mock_datagram *d, unsigned n)
{
	world->filter_arg = world->filter_arg * 1103515245u + 12345;
	return (world->filter_arg >> 16) % 10 != 0;
}

/* Two hours with short lifetimes on both sides and a wire that loses a tenth. */
static void two_hours(void)
{
	for (uint64_t seed = 0; seed < 5; seed++) {
		struct setup s = SETUP_DEFAULT;

		s.common.ike_rekey_time = 90;
		s.common.esp_rekey_time = 40;
		s.common.dpd_delay = 10;
		start_with(&s, seed);
		w.filter = lossy;
		w.filter_arg = (unsigned)seed;
		mock_advance(&w, 7200000);
		w.filter = NULL;
		for (unsigned i = 0; i < 40 && mock_child_count(&w.a) != 1; i++)
			mock_advance(&w, 1000);
		CU_ASSERT(mock_traffic_ok(&w));
		CU_ASSERT(mock_children_fit(&w));
		CU_ASSERT(w.a.events[IKE_EVENT_CHILD_REKEYED] > 150);
		CU_ASSERT(w.a.events[IKE_EVENT_SA_REKEYED] > 70);
		CU_ASSERT_EQUAL(w.a.events[IKE_EVENT_SA_DOWN], 0);
		mock_stop(&w);
	}
}

static const struct unit_test tests[] = {
    UNIT_TEST(child_by_either),
    UNIT_TEST(child_with_pfs),
    UNIT_TEST(child_with_other_group),
    UNIT_TEST(sa_by_either),
    UNIT_TEST(soft_limit),
    UNIT_TEST(everything_crosses),
    UNIT_TEST(each_message_lost),
    UNIT_TEST(two_messages_lost),
    UNIT_TEST(reordered),
    UNIT_TEST(late_jobs),
    UNIT_TEST(end_crosses_rekey),
    UNIT_TEST(both_terminate),
    UNIT_TEST(two_hours),
};

UNIT_MAIN("ike-engine-rekey", tests)
