/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * Handshakes between two engines: proposals, identities, refusals, loss, floods.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "tests/unit/ike_mock.h"
#include "tests/unit/ike_setup.h"
#include "tests/unit/unit.h"

static struct mock_world w;

static bool is_up(void)
{
	struct ike_sa_info a, b;

	return mock_sa(&w.a, &a) && mock_sa(&w.b, &b) && a.spi_i == b.spi_i && a.spi_r == b.spi_r &&
	       strcmp(a.local_id, b.remote_id) == 0 && strcmp(a.remote_id, b.local_id) == 0 &&
	       a.encryption == b.encryption && a.integrity == b.integrity && a.prf == b.prf &&
	       a.dh_group == b.dh_group && mock_children_fit(&w) && mock_carrier(&w.a) != NULL &&
	       mock_carrier(&w.b) != NULL;
}

static void bring_up(const struct setup *s)
{
	setup_both(&w, s);
	CU_ASSERT_EQUAL(ike_vpn_initiate(w.a.e, "v"), 0);
	mock_settle(&w);
}

/* Nothing is left of a set-up that failed, once its timers are through. */
static void check_clean(void)
{
	struct ike_counts a, b;

	mock_advance(&w, 400000);
	ike_engine_counts(w.a.e, &a);
	ike_engine_counts(w.b.e, &b);
	CU_ASSERT_EQUAL(mock_sa_count(&w.a), 0);
	CU_ASSERT_EQUAL(mock_sa_count(&w.b), 0);
	CU_ASSERT_EQUAL(b.half_open, 0);
	CU_ASSERT_EQUAL(a.established + b.established, 0);
	CU_ASSERT_EQUAL(mock_child_count(&w.a) + mock_child_count(&w.b), 0);
	CU_ASSERT_EQUAL(w.a.spis_out + w.b.spis_out, 0);
	CU_ASSERT_EQUAL(HASH_COUNT(w.a.records) + HASH_COUNT(w.b.records), 0);
}

static bool says(const struct mock_peer *p, const char *words)
{
	bool found = strstr(p->last_failure, words) != NULL;

	if (!found)
		printf("\n  %s says: %s\n  without: %s\n", p->name, p->last_failure, words);
	return found;
}

static void handshake(void)
{
	struct setup s = SETUP_DEFAULT;

	mock_start(&w);
	bring_up(&s);
	CU_ASSERT(is_up());
	CU_ASSERT_EQUAL(mock_child_count(&w.a), 1);
	CU_ASSERT(mock_carrier(&w.a)->sa.esn);
	CU_ASSERT_FALSE(mock_carrier(&w.a)->sa.udp_encap);
	CU_ASSERT_EQUAL(w.a.events[IKE_EVENT_SA_UP], 1);
	CU_ASSERT_EQUAL(w.b.events[IKE_EVENT_CHILD_UP], 1);
	CU_ASSERT_EQUAL(w.a.events[IKE_EVENT_FAILURE], 0);
	mock_stop(&w);
}

static const struct {
	struct setup_alg ike, esp;
} suites[] = {
    {{.aead = "aes128-gcm-64", .prf = "hmac-sha1", .dh = "modp1024"}, {.aead = "aes128-gcm-64"}},
    {{.aead = "aes128-gcm-96", .prf = "hmac-sha256", .dh = "modp1536"}, {.aead = "aes256-gcm-96"}},
    {{.aead = "aes256-gcm-128", .prf = "hmac-sha384", .dh = "ecp384"},
	{.aead = "aes256-gcm-128", .esn = "true"}},
    {{.aead = "chacha20-poly1305", .prf = "hmac-sha512", .dh = "curve25519"},
	{.aead = "chacha20-poly1305"}},
    {{.aead = "aes128-gcm-128", .prf = "hmac-sha256", .dh = "ecp256"}, {.aead = "aes128-gcm-128"}},
    {{.aead = "aes192-gcm-128", .prf = "hmac-sha256", .dh = "ecp521"}, {.aead = "aes192-gcm-128"}},
    {{.enc = "aes128-cbc", .auth = "hmac-sha1", .dh = "modp2048"},
	{.enc = "aes128-cbc", .auth = "hmac-sha1"}},
    {{.enc = "aes256-cbc", .auth = "hmac-sha256", .dh = "modp3072"},
	{.enc = "aes256-cbc", .auth = "hmac-sha256", .esn = "true"}},
    {{.enc = "aes192-cbc", .auth = "hmac-sha512", .prf = "hmac-sha1", .dh = "modp4096"},
	{.enc = "aes256-cbc", .auth = "hmac-sha512"}},
    {{.enc = "aes256-cbc", .auth = "hmac-sha384", .dh = "ecp256"},
	{.enc = "aes128-cbc", .auth = "hmac-sha384"}},
};

static void every_algorithm(void)
{
	for (unsigned i = 0; i < sizeof(suites) / sizeof(suites[0]); i++) {
		struct setup s = SETUP_DEFAULT;

		s.ike[0][0] = s.ike[1][0] = suites[i].ike;
		s.esp[0][0] = s.esp[1][0] = suites[i].esp;
		mock_start(&w);
		bring_up(&s);
		CU_ASSERT(is_up());
		mock_stop(&w);
	}
}

static void several_proposals(void)
{
	struct setup s = SETUP_DEFAULT;
	struct ike_sa_info a;

	s.ike[0][0] = suites[3].ike;
	s.ike[0][1] = suites[6].ike;
	s.ike[1][0] = suites[6].ike;
	s.ike[1][1] = suites[1].ike;
	mock_start(&w);
	bring_up(&s);
	CU_ASSERT(is_up()); /* after INVALID_KE_PAYLOAD: a guessed curve25519, b wants modp2048 */
	CU_ASSERT(mock_sa(&w.a, &a));
	CU_ASSERT_STRING_EQUAL(a.dh_group, "modp2048");
	mock_stop(&w);
}

static void wrong_secret(void)
{
	struct setup s = SETUP_DEFAULT;

	s.secret[1] = "herring";
	mock_start(&w);
	bring_up(&s);
	CU_ASSERT(says(&w.b, "pre-shared keys of the two sides differ"));
	CU_ASSERT(says(&w.a, "AUTHENTICATION_FAILED"));
	check_clean();
	mock_stop(&w);
}

/* A secret for the pair is preferred to one for the peer alone. */
static void better_secret_wins(void)
{
	struct setup s = SETUP_DEFAULT;
	const char *ids[] = {"ucpe1.example.com", "vpnc.6wind.com"};
	struct ike_conf_psk psk = {
	    .name = "pair", .ids = ids, .id_count = 2, .secret = "x", .secret_len = 1};
	struct gh_error err;

	mock_start(&w);
	setup_both(&w, &s);
	CU_ASSERT_EQUAL(ike_psk_set(w.b.e, &psk, &err), 0);
	ike_vpn_initiate(w.a.e, "v");
	mock_settle(&w);
	CU_ASSERT(says(&w.b, "differ"));
	CU_ASSERT_EQUAL(ike_psk_set(w.a.e, &psk, &err), 0);
	ike_vpn_initiate(w.a.e, "v");
	mock_settle(&w);
	CU_ASSERT_EQUAL(mock_child_count(&w.a), 1);
	mock_stop(&w);
}

static void no_secret(void)
{
	struct setup s = SETUP_DEFAULT;

	mock_start(&w);
	setup_both(&w, &s);
	ike_psk_del(w.b.e, "k");
	ike_vpn_initiate(w.a.e, "v");
	mock_settle(&w);
	CU_ASSERT(says(&w.b, "no pre-shared key is configured for vpnc.6wind.com"));
	check_clean();
	mock_stop(&w);
}

static void no_secret_of_ours(void)
{
	struct setup s = SETUP_DEFAULT;

	mock_start(&w);
	setup_both(&w, &s);
	ike_psk_del(w.a.e, "k");
	ike_vpn_initiate(w.a.e, "v");
	mock_settle(&w);
	CU_ASSERT(says(&w.a, "no pre-shared key is configured for ucpe1.example.com (ours)"));
	check_clean();
	mock_stop(&w);
}

static void other_identities(void)
{
	struct setup s = SETUP_DEFAULT;

	s.remote_id[0] = "elsewhere.6wind.com"; /* a asks for another than b is */
	mock_start(&w);
	bring_up(&s);
	CU_ASSERT(
	    says(&w.b, "asks for us as elsewhere.6wind.com; local-id of vpn v is vpnc.6wind.com"));
	check_clean();
	mock_stop(&w);

	s = SETUP_DEFAULT;
	s.remote_id[1] = "ucpe2.example.com"; /* b expects another */
	mock_start(&w);
	bring_up(&s);
	CU_ASSERT(says(&w.b, "no VPN is configured for remote-id ucpe1.example.com"));
	check_clean();
	mock_stop(&w);

	s = SETUP_DEFAULT;
	s.remote_id[0] = "*.example.com"; /* a learns who b is, and does not want it */
	mock_start(&w);
	bring_up(&s);
	CU_ASSERT(says(&w.a, "the peer says it is vpnc.6wind.com; remote-id is *.example.com"));
	check_clean();
	mock_stop(&w);
}

static void patterns_and_types(void)
{
	static const char *const ids[][2] = {{"*.example.com", "ucpe1.EXAMPLE.com"},
	    {"joe@example.com", "joe@example.com"}, {"keyid:0102ff", "keyid:0102ff"},
	    {"192.0.2.7", "192.0.2.7"}, {"2001:db8::7", "2001:db8::7"}, {"%any", "x"}};

	for (unsigned i = 0; i < sizeof(ids) / sizeof(ids[0]); i++) {
		struct setup s = SETUP_DEFAULT;

		s.remote_id[1] = ids[i][0];
		s.id[0] = ids[i][1];
		mock_start(&w);
		bring_up(&s);
		CU_ASSERT(is_up());
		mock_stop(&w);
	}
}

static void no_proposal(void)
{
	struct setup s = SETUP_DEFAULT;

	s.ike[1][0] = suites[7].ike;
	mock_start(&w);
	bring_up(&s);
	CU_ASSERT(says(&w.b, "aes256-cbc"));
	CU_ASSERT(says(&w.b, "aes128-gcm-96"));
	CU_ASSERT(says(&w.a, "NO_PROPOSAL_CHOSEN"));
	check_clean();
	mock_stop(&w);
}

/* The IKE SA stays when its child fails, but not for ever when none comes into use. */
static void child_refused(void)
{
	struct setup s = SETUP_DEFAULT;
	struct ike_sa_info a, b;

	s.esp[1][0] = suites[7].esp;
	mock_start(&w);
	bring_up(&s);
	CU_ASSERT(mock_sa(&w.a, &a) && mock_sa(&w.b, &b));
	CU_ASSERT_EQUAL(mock_child_count(&w.a) + mock_child_count(&w.b), 0);
	CU_ASSERT(says(&w.b, "child SA refused"));
	CU_ASSERT(says(&w.a, "NO_PROPOSAL_CHOSEN"));
	check_clean();
	mock_stop(&w);
}

static void dataplane_refuses(void)
{
	struct setup s = SETUP_DEFAULT;

	mock_start(&w);
	w.b.refuse_children = true;
	bring_up(&s);
	CU_ASSERT_EQUAL(mock_child_count(&w.a) + mock_child_count(&w.b), 0);
	CU_ASSERT_EQUAL(w.a.spis_out + w.b.spis_out, 0);
	check_clean();
	mock_stop(&w);
}

static void narrowing(void)
{
	static const struct {
		const char *a[2], *b[2], *want_local, *want_remote;
	} cases[] = {
	    {{"172.16.0.128/25", "172.26.0.4/32"}, {"172.26.0.0/24", "172.16.0.0/24"},
		"172.16.0.128/25", "172.26.0.4/32"},
	    {{"172.16.0.0/16", "0.0.0.0/0"}, {"172.26.0.0/24", "172.16.0.0/24"}, "172.16.0.0/24",
		"172.26.0.0/24"},
	    {{"2001:db8:1::/48", "::/0"}, {"2001:db8:2::/48", "2001:db8:1:7::/64"},
		"2001:db8:1:7::/64", "2001:db8:2::/48"},
	};
	char buf[GH_PREFIX_STRLEN];

	for (unsigned i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		struct setup s = SETUP_DEFAULT;
		struct mock_child *c;

		memcpy(s.ts[0], cases[i].a, sizeof(s.ts[0]));
		memcpy(s.ts[1], cases[i].b, sizeof(s.ts[1]));
		mock_start(&w);
		bring_up(&s);
		CU_ASSERT(is_up());
		c = mock_carrier(&w.a);
		CU_ASSERT_PTR_NOT_NULL_FATAL(c);
		CU_ASSERT_STRING_EQUAL(
		    gh_prefix_str(&c->selectors[0].local, buf), cases[i].want_local);
		CU_ASSERT_STRING_EQUAL(
		    gh_prefix_str(&c->selectors[0].remote, buf), cases[i].want_remote);
		mock_stop(&w);
	}
}

static void nothing_in_common(void)
{
	struct setup s = SETUP_DEFAULT;

	s.ts[0][0] = "10.1.0.0/24";
	mock_start(&w);
	bring_up(&s);
	CU_ASSERT(says(&w.b, "10.1.0.0/24"));
	CU_ASSERT(says(&w.b, "172.16.0.0/24"));
	CU_ASSERT(says(&w.a, "TS_UNACCEPTABLE"));
	check_clean();
	mock_stop(&w);
}

static void two_policies(void)
{
	struct setup s = SETUP_DEFAULT;

	s.ts2[0][0] = s.ts2[1][1] = "172.17.0.0/24";
	s.ts2[0][1] = s.ts2[1][0] = "172.27.0.0/24";
	mock_start(&w);
	bring_up(&s);
	CU_ASSERT_EQUAL(mock_child_count(&w.a), 2);
	CU_ASSERT(mock_children_fit(&w));
	mock_stop(&w);
}

static void behind_nat(void)
{
	struct setup s = SETUP_DEFAULT;
	struct ike_sa_info a, b;

	mock_start(&w);
	w.nat = true;
	bring_up(&s);
	CU_ASSERT(mock_sa(&w.a, &a) && mock_sa(&w.b, &b));
	CU_ASSERT(a.nat_local && !a.nat_remote && b.nat_remote && !b.nat_local);
	CU_ASSERT_EQUAL(a.local.port, IKE_PORT_NATT);
	CU_ASSERT_EQUAL(b.local.port, IKE_PORT_NATT);
	CU_ASSERT_EQUAL(b.remote.port, IKE_PORT_NATT + 10000);
	CU_ASSERT(mock_carrier(&w.b)->sa.udp_encap);
	CU_ASSERT_EQUAL(mock_carrier(&w.b)->sa.remote.port, IKE_PORT_NATT + 10000);
	CU_ASSERT(mock_children_fit(&w));
	mock_stop(&w);
}

static void forced_encapsulation(void)
{
	for (int side = 0; side < 2; side++) {
		struct setup s = SETUP_DEFAULT;

		mock_start(&w);
		s.common.udp_encap = true;
		setup_peer(&w, &s, side);
		s.common.udp_encap = false;
		setup_peer(&w, &s, !side);
		ike_engine_start(w.a.e);
		ike_engine_start(w.b.e);
		ike_vpn_initiate(w.a.e, "v");
		mock_settle(&w);
		CU_ASSERT(is_up());
		CU_ASSERT(mock_carrier(&w.a)->sa.udp_encap);
		CU_ASSERT_EQUAL(mock_carrier(&w.b)->sa.local.port, IKE_PORT_NATT);
		mock_stop(&w);
	}
}

/* ---- the wire ---- */

static bool lose_nth(struct mock_world *world, struct mock_datagram *d, unsigned n)
{
	return n != world->filter_arg;
}

static void any_message_lost(void)
{
	for (unsigned lost = 0; lost < 4; lost++) {
		struct setup s = SETUP_DEFAULT;

		mock_start(&w);
		w.filter = lose_nth;
		w.filter_arg = lost;
		bring_up(&s);
		mock_advance(&w, 3000);
		CU_ASSERT(is_up());
		CU_ASSERT_EQUAL(w.sent, lost % 2 == 0 ? 5 : 6);
		mock_stop(&w);
	}
}

static bool first_four_lost(struct mock_world *world, struct mock_datagram *d, unsigned n)
{
	return n >= 4;
}

static void many_messages_lost(void)
{
	struct setup s = SETUP_DEFAULT;

	mock_start(&w);
	w.filter = first_four_lost;
	bring_up(&s);
	mock_advance(&w, 30000);
	CU_ASSERT(is_up());
	mock_stop(&w);
}

static bool nothing_arrives(struct mock_world *world, struct mock_datagram *d, unsigned n)
{
	return false;
}

static void peer_is_not_there(void)
{
	struct setup s = SETUP_DEFAULT;

	mock_start(&w);
	w.filter = nothing_arrives;
	bring_up(&s);
	mock_advance(&w, 300000);
	CU_ASSERT_EQUAL(w.sent, 6);
	CU_ASSERT(says(&w.a, "no answer to IKE_SA_INIT after 6 tries"));
	check_clean();
	mock_stop(&w);
}

static void duplicate(struct mock_datagram *d)
{
	struct mock_datagram *copy = calloc(1, sizeof(*copy));

	*copy = *d;
	copy->data = malloc(d->len);
	memcpy(copy->data, d->data, d->len);
	TAILQ_INSERT_TAIL(&w.queue, copy, next);
}

static bool duplicate_all(struct mock_world *world, struct mock_datagram *d, unsigned n)
{
	if (n < 30)
		duplicate(d);
	return true;
}

static void everything_duplicated(void)
{
	struct setup s = SETUP_DEFAULT;

	mock_start(&w);
	w.filter = duplicate_all;
	bring_up(&s);
	CU_ASSERT(is_up());
	CU_ASSERT_EQUAL(mock_sa_count(&w.b), 1);
	CU_ASSERT_EQUAL(mock_child_count(&w.b), 1);
	mock_stop(&w);
}

static bool flip_a_bit(struct mock_world *world, struct mock_datagram *d, unsigned n)
{
	if (n % 2 == 0) {
		duplicate(d);
		d->data[(n * 7919) % d->len] ^= (uint8_t)(1u << n % 8);
	}
	return true;
}

/* Each message comes damaged first, whole afterwards. */
static void damaged_messages(void)
{
	for (unsigned seed = 0; seed < 200; seed++) {
		struct setup s = SETUP_DEFAULT;

		mock_start(&w);
		w.sent = seed;
		w.filter = flip_a_bit;
		bring_up(&s);
		mock_advance(&w, 300000);
		/* Unprotected IKE_SA_INIT can be spoilt by who changes it, but nothing stays. */
		w.filter = NULL;
		mock_advance(&w, 300000);
		CU_ASSERT(mock_children_fit(&w));
		mock_stop(&w);
	}
}

/* ---- overload ---- */

static void cookies(void)
{
	struct setup s = SETUP_DEFAULT;
	struct ike_limits limits;
	struct ike_counts counts;

	mock_start(&w);
	ike_engine_limits(w.b.e, &limits);
	limits.cookie_threshold = 0;
	ike_engine_set_limits(w.b.e, &limits);
	bring_up(&s);
	CU_ASSERT(is_up());
	ike_engine_counts(w.b.e, &counts);
	CU_ASSERT_EQUAL(counts.cookies_sent, 1);
	mock_stop(&w);
}

static void flood(unsigned sources)
{
	uint8_t message[1024];
	struct mock_datagram *d;
	struct gh_endpoint from = {.port = 500}, to = {.addr = w.b.addr, .port = 500};
	size_t len;

	ike_vpn_initiate(w.a.e, "v");
	while (TAILQ_EMPTY(&w.queue))
		mock_step(&w);
	d = TAILQ_FIRST(&w.queue);
	len = d->len;
	memcpy(message, d->data, len);
	for (unsigned i = 0; i < sources; i++) {
		from.addr = gh_addr_v4(0xc0000000u + i * 256);
		message[0] = (uint8_t)i;
		message[1] = (uint8_t)(i >> 8);
		ike_engine_receive(w.b.e, &to, &from, message, len);
	}
}

/* Under a flood of forged requests the state is bounded, and a peer that returns its cookie comes
 * through. */
static void flood_meets_cookies(void)
{
	struct setup s = SETUP_DEFAULT;
	struct ike_counts counts;

	mock_start(&w);
	s.a_any = true;
	setup_both(&w, &s);
	flood(5000);
	ike_engine_counts(w.b.e, &counts);
	CU_ASSERT_EQUAL(counts.half_open, 512);
	CU_ASSERT_EQUAL(counts.cookies_sent, 5000 - 512);
	mock_settle(&w);
	CU_ASSERT_EQUAL(mock_child_count(&w.a), 1);
	CU_ASSERT(mock_children_fit(&w));
	mock_advance(&w, 60000);
	ike_engine_counts(w.b.e, &counts);
	CU_ASSERT_EQUAL(counts.half_open, 0);
	CU_ASSERT_EQUAL(counts.established, 1);
	mock_stop(&w);
}

static void one_prefix_cannot_take_all(void)
{
	struct setup s = SETUP_DEFAULT;
	struct gh_endpoint from = {.port = 500}, to;
	struct mock_datagram *d;
	struct ike_limits limits;
	struct ike_counts counts;

	mock_start(&w);
	s.a_any = true;
	setup_both(&w, &s);
	ike_engine_limits(w.b.e, &limits);
	limits.half_open_per_prefix = 10;
	ike_engine_set_limits(w.b.e, &limits);
	to = (struct gh_endpoint){.addr = w.b.addr, .port = 500};
	ike_vpn_initiate(w.a.e, "v");
	while (TAILQ_EMPTY(&w.queue))
		mock_step(&w);
	d = TAILQ_FIRST(&w.queue);
	for (unsigned i = 0; i < 100; i++) {
		from.addr = gh_addr_v4(0xc0000200u + i);
		d->data[0] ^= (uint8_t)(i + 1);
		ike_engine_receive(w.b.e, &to, &from, d->data, d->len);
		d->data[0] ^= (uint8_t)(i + 1);
	}
	ike_engine_counts(w.b.e, &counts);
	CU_ASSERT_EQUAL(counts.half_open, 10);
	CU_ASSERT_EQUAL(counts.refused_overload, 90);
	mock_settle(&w);
	CU_ASSERT_EQUAL(mock_child_count(&w.a), 1); /* from another prefix */
	mock_stop(&w);
}

static void garbage(void)
{
	struct gh_endpoint from = {.port = 500}, to;
	struct setup s = SETUP_DEFAULT;
	uint8_t junk[600];

	mock_start(&w);
	bring_up(&s);
	from.addr = w.a.addr;
	to = (struct gh_endpoint){.addr = w.b.addr, .port = 500};
	for (unsigned i = 0; i < 3000; i++) {
		for (unsigned j = 0; j < sizeof(junk); j++)
			junk[j] = (uint8_t)((i * 31 + j * j * 17 + (i ^ j)) >> (i % 3));
		if (i % 2 == 0) {
			junk[17] = 0x20;
			junk[18] = (uint8_t)(34 + i % 4);
		}
		ike_engine_receive(w.b.e, &to, &from, junk, i % sizeof(junk));
	}
	mock_settle(&w);
	CU_ASSERT(is_up());
	mock_stop(&w);
}

static const struct unit_test tests[] = {
    UNIT_TEST(handshake),
    UNIT_TEST(every_algorithm),
    UNIT_TEST(several_proposals),
    UNIT_TEST(wrong_secret),
    UNIT_TEST(better_secret_wins),
    UNIT_TEST(no_secret),
    UNIT_TEST(no_secret_of_ours),
    UNIT_TEST(other_identities),
    UNIT_TEST(patterns_and_types),
    UNIT_TEST(no_proposal),
    UNIT_TEST(child_refused),
    UNIT_TEST(dataplane_refuses),
    UNIT_TEST(narrowing),
    UNIT_TEST(nothing_in_common),
    UNIT_TEST(two_policies),
    UNIT_TEST(behind_nat),
    UNIT_TEST(forced_encapsulation),
    UNIT_TEST(any_message_lost),
    UNIT_TEST(many_messages_lost),
    UNIT_TEST(peer_is_not_there),
    UNIT_TEST(everything_duplicated),
    UNIT_TEST(damaged_messages),
    UNIT_TEST(cookies),
    UNIT_TEST(flood_meets_cookies),
    UNIT_TEST(one_prefix_cannot_take_all),
    UNIT_TEST(garbage),
};

UNIT_MAIN("ike-engine", tests)
