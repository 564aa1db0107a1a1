/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * A peer that holds the keys and misbehaves: sealed requests of random exchanges and payloads,
 * whole ones with bytes changed and cut ones. The engine may answer what it likes, but must not
 * break, keep what it does not need, or lose track of what the dataplane holds. Run under the
 * sanitizers.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "ctrlplane/ike/ike_sa.h"
#include "tests/unit/ike_mock.h"
#include "tests/unit/ike_setup.h"
#include "tests/unit/unit.h"

static struct mock_world w;
static uint64_t state;
static unsigned made[3]; /* children, rekeyed children, rekeyed IKE SAs: it got that deep */

static uint32_t rnd(uint32_t below)
{
	state = state * 6364136223846793005ULL + 1442695040888963407ULL;
	return (uint32_t)(state >> 33) % below;
}

static void put_proposals(struct ike_builder *b)
{
	struct ike_proposal p[2];
	struct gh_error err;
	unsigned n = 1 + rnd(2);

	for (unsigned i = 0; i < n; i++) {
		ike_proposal_init(
		    &p[i], rnd(3) == 0 ? IKE_PROTO_IKE : IKE_PROTO_ESP, (uint8_t)(i + 1));
		ike_proposal_add(
		    &p[i], IKE_LEAF_AEAD_ALG, rnd(2) ? "aes128-gcm-96" : "aes128-gcm-128", &err);
		if (rnd(2))
			ike_proposal_add(&p[i], IKE_LEAF_DH_GROUP, "modp1024", &err);
		if (p[i].protocol == IKE_PROTO_IKE)
			ike_proposal_add(&p[i], IKE_LEAF_PRF_ALG, "hmac-sha1", &err);
		else
			ike_proposal_add(&p[i], IKE_LEAF_ESN, "true", &err);
		ike_proposal_complete(&p[i], &err);
		if (p[i].protocol == IKE_PROTO_IKE)
			ike_proposal_set_spi64(&p[i], rnd(4) == 0 ? 0 : 1 + rnd(1000));
		else
			ike_proposal_set_spi32(&p[i], rnd(4) == 0 ? rnd(300) : 256 + rnd(1000));
	}
	ike_put_sa(b, p, n);
}

static void put_selectors(struct ike_builder *b, uint8_t type)
{
	static struct ike_ts_list list;

	list.count = rnd(8) == 0 ? 0 : 1 + rnd(3);
	for (unsigned i = 0; i < list.count; i++) {
		struct gh_addr a = gh_addr_v4(0xac100000u + (rnd(20) << 16) + rnd(300));
		struct gh_addr z = gh_addr_v4(gh_addr_to_v4(&a) + rnd(600));

		if (rnd(2)) {
			a = gh_addr_v4(0);
			z = gh_addr_v4(UINT32_MAX);
		}
		list.ts[i] = (struct ike_ts){
		    .proto = (uint8_t)(rnd(3) * 6), .port_last = 65535, .first = a, .last = z};
	}
	ike_put_ts(b, type, &list);
}

static void put_spi_payload(struct ike_builder *b, const struct ike_sa *sa)
{
	const struct ike_child *child = LIST_FIRST(&sa->children);
	uint32_t spis[3] = {child != NULL ? child->spi_in : 77, rnd(1000), 0};

	if (rnd(2))
		ike_put_notify_esp(b, IKE_N_REKEY_SA, spis[rnd(2)], (struct ike_bytes){0});
	else
		ike_put_delete_esp(b, spis, (uint16_t)rnd(4));
}

static void put_payload(struct ike_builder *b, const struct ike_sa *sa)
{
	static const uint16_t notifies[] = {IKE_N_UPDATE_SA_ADDRESSES, IKE_N_COOKIE2,
	    IKE_N_TEMPORARY_FAILURE, IKE_N_INITIAL_CONTACT, IKE_N_NO_PROPOSAL_CHOSEN,
	    IKE_N_INVALID_KE_PAYLOAD, IKE_N_SET_WINDOW_SIZE, 12345, 54321};
	uint8_t bytes[160];

	for (unsigned i = 0; i < sizeof(bytes); i++)
		bytes[i] = (uint8_t)rnd(256);
	switch (rnd(9)) {
	case 0:
		put_proposals(b);
		break;
	case 1:
		ike_put_ke(b, 2, ike_bytes(bytes, rnd(2) ? 128 : rnd(160)));
		break;
	case 2:
	case 3:
		ike_put_nonce(b, ike_bytes(bytes, 16 + rnd(40)));
		break;
	case 4:
		put_selectors(b, IKE_PAYLOAD_TSi);
		put_selectors(b, IKE_PAYLOAD_TSr);
		break;
	case 5:
	case 6:
		put_spi_payload(b, sa);
		break;
	case 7:
		ike_put_status(b, notifies[rnd(9)], ike_bytes(bytes, rnd(30)));
		break;
	default:
		if (rnd(20) == 0)
			ike_put_delete_ike(b);
	}
}

static size_t make_chain(struct ike_sa *sa, uint8_t *chain, size_t size, uint8_t *first)
{
	struct ike_builder b;
	ssize_t len;

	ike_begin_chain(&b, chain, size);
	if (rnd(3) != 0) { /* what a child needs, in order */
		if (rnd(2))
			put_spi_payload(&b, sa);
		put_proposals(&b);
		ike_put_nonce(&b, ike_bytes(chain, 32));
		put_selectors(&b, IKE_PAYLOAD_TSi);
		put_selectors(&b, IKE_PAYLOAD_TSr);
	}
	for (unsigned i = rnd(6); i > 0; i--)
		put_payload(&b, sa);
	len = ike_finish(&b);
	*first = b.first;
	if (len <= 0)
		return 0;
	for (unsigned i = rnd(3) == 0 ? rnd(4) : 0; i > 0; i--)
		chain[rnd((uint32_t)len)] ^= (uint8_t)(1u << rnd(8));
	return rnd(8) == 0 ? rnd((uint32_t)len) : (size_t)len;
}

/* One request of a to b, under a's keys and with the id that b expects. */
static void attack(struct ike_sa *sa, uint32_t id)
{
	static const uint8_t exchanges[] = {IKE_EXCHANGE_CREATE_CHILD_SA,
	    IKE_EXCHANGE_CREATE_CHILD_SA, IKE_EXCHANGE_INFORMATIONAL, IKE_EXCHANGE_IKE_AUTH, 99};
	uint8_t chain[4096], out[4600], first;
	size_t len = make_chain(sa, chain, sizeof(chain), &first);
	struct ike_header hdr = {.spi_i = sa->spi_i,
	    .spi_r = sa->spi_r,
	    .version = IKE_VERSION,
	    .exchange = exchanges[rnd(20) == 0 ? 3 + rnd(2) : rnd(3)],
	    .flags = IKE_FLAG_INITIATOR,
	    .id = id};
	struct gh_endpoint from = sa->local, to = sa->remote;
	ssize_t sealed =
	    ike_sk_seal(&sa->sk_out, &hdr, first, ike_bytes(chain, len), out, sizeof(out));

	if (sealed > 0)
		ike_engine_receive(w.b.e, &to, &from, out, (size_t)sealed);
}

static struct ike_sa *established(struct mock_peer *p)
{
	struct ike_sa *sa = LIST_FIRST(&p->e->sas);

	while (sa != NULL && sa->state != IKE_SA_ESTABLISHED)
		sa = LIST_NEXT(sa, next);
	return sa;
}

/* All that the engine knows of, and nothing else, is in the dataplane. */
static void check_books(struct mock_peer *p)
{
	struct ike_counts counts;

	ike_engine_counts(p->e, &counts);
	CU_ASSERT_EQUAL(counts.children, mock_child_count(p));
}

/* b asks for something itself, which will not be answered: states that a's requests cross. */
static void want_something(struct ike_sa *b)
{
	struct ike_child *child = LIST_FIRST(&b->children);

	if (rnd(3) == 0)
		ike_sa_rekey(w.b.e, b->spi_r);
	else if (child != NULL)
		ike_child_rekey(w.b.e, child->spi_in);
}

static void one_life(uint64_t seed)
{
	struct setup s = SETUP_DEFAULT;
	struct ike_sa *a;

	state = seed;
	mock_start(&w);
	s.common.mobike = true;
	setup_both(&w, &s);
	ike_vpn_initiate(w.a.e, "v");
	mock_settle(&w);
	a = established(&w.a);
	CU_ASSERT_PTR_NOT_NULL_FATAL(a);
	for (unsigned i = 0; i < 40; i++) {
		struct ike_sa *b = ike_sa_find(w.b.e, a->spi_r);

		if (b == NULL)
			break;
		if (rnd(20) == 0)
			want_something(b);
		attack(a, b->next_in - (rnd(10) == 0));
		while (w.jobs != NULL || !TAILQ_EMPTY(&w.queue)) {
			w.filter = mock_lose_from_b; /* a has not asked */
			mock_step(&w);
		}
		check_books(&w.b);
	}
	made[0] += w.b.events[IKE_EVENT_CHILD_UP];
	made[1] += w.b.events[IKE_EVENT_CHILD_REKEYED];
	made[2] += w.b.events[IKE_EVENT_SA_REKEYED];
	mock_advance(&w, 1000);
	ike_vpn_terminate(w.b.e, "v");
	mock_advance(&w, 400000);
	CU_ASSERT_EQUAL(mock_sa_count(&w.b), 0);
	CU_ASSERT_EQUAL(mock_child_count(&w.b), 0);
	CU_ASSERT_EQUAL(w.b.spis_out, 0);
	CU_ASSERT_EQUAL(HASH_COUNT(w.b.records), 0);
	mock_stop(&w);
}

static void sealed_nonsense(void)
{
	for (uint64_t seed = 1; seed <= 600; seed++)
		one_life(seed);
	printf("\n  %u child SAs, %u rekeys of them, %u of IKE SAs among the nonsense\n", made[0],
	    made[1], made[2]);
	CU_ASSERT(made[0] > 500 && made[1] > 10 && made[2] > 5);
}

static const struct unit_test tests[] = {
    UNIT_TEST(sealed_nonsense),
};

UNIT_MAIN("ike-engine-hostile", tests)
