/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * What happens to tunnels that are up: silence, restarts, changes of configuration, several SAs of
 * one peer, and ten thousand peers.
 */
#include <malloc.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "common/clock.h"
#include "ctrlplane/ike/ike_state.h"
#include "tests/unit/ike_mock.h"
#include "tests/unit/ike_setup.h"
#include "tests/unit/unit.h"

static struct mock_world w;

static void start_with(const struct setup *s)
{
	mock_start(&w);
	setup_both(&w, s);
	CU_ASSERT_EQUAL(ike_vpn_initiate(w.a.e, "v"), 0);
	mock_settle(&w);
	CU_ASSERT_EQUAL(mock_child_count(&w.a), 1);
	w.sent = 0;
}

static bool tunnel_is_up(void)
{
	struct ike_sa_info a, b;

	return mock_sa(&w.a, &a) && mock_sa(&w.b, &b) && a.spi_i == b.spi_i &&
	       mock_carrier(&w.a) != NULL && mock_carrier(&w.b) != NULL && mock_children_fit(&w);
}

static uint64_t sa_of(struct mock_peer *p)
{
	struct ike_sa_info info = {0};

	CU_ASSERT(mock_sa(p, &info));
	return info.id;
}

static bool nothing_arrives(struct mock_world *world, struct mock_datagram *d, unsigned n)
{
	return false;
}

/* ---- silence ---- */

static void dead_peer_is_found(void)
{
	struct setup s = SETUP_DEFAULT;

	s.common.dpd_delay = 10;
	start_with(&s);
	mock_advance(&w, 100000);
	CU_ASSERT(tunnel_is_up());
	CU_ASSERT(w.sent >= 18); /* both sides ask, every 10 s */
	w.filter = nothing_arrives;
	mock_advance(&w, 200000);
	CU_ASSERT_EQUAL(mock_sa_count(&w.a), 0);
	CU_ASSERT_EQUAL(mock_child_count(&w.a), 0);
	CU_ASSERT_PTR_NOT_NULL(strstr(w.a.last_failure, "no answer to INFORMATIONAL"));
	mock_stop(&w);
}

static void dead_peer_comes_back(void)
{
	struct setup s = SETUP_DEFAULT;

	s.common.dpd_delay = 10;
	s.common.dpd_action = IKE_ACTION_RESTART;
	s.common.start_action = IKE_ACTION_START;
	start_with(&s);
	w.filter = nothing_arrives;
	mock_advance(&w, 900000);
	CU_ASSERT_EQUAL(mock_child_count(&w.a), 0);
	w.filter = NULL;
	mock_advance(&w, 120000);
	CU_ASSERT(tunnel_is_up());
	mock_stop(&w);
}

static void traffic_says_alive(void)
{
	struct setup s = SETUP_DEFAULT;

	s.common.dpd_delay = 10;
	start_with(&s);
	for (unsigned i = 0; i < 100; i++) {
		mock_carrier(&w.a)->last_in_ms = w.now;
		mock_carrier(&w.b)->last_in_ms = w.now;
		mock_advance(&w, 1000);
	}
	CU_ASSERT_EQUAL(w.sent, 0);
	mock_advance(&w, 15000);
	CU_ASSERT(w.sent > 0);
	mock_stop(&w);
}

static void nat_rebinds(void)
{
	struct setup s = SETUP_DEFAULT;
	struct ike_sa_info b;

	mock_start(&w);
	w.nat = true;
	s.common.dpd_delay = 10;
	setup_both(&w, &s);
	ike_vpn_initiate(w.a.e, "v");
	mock_settle(&w);
	w.nat_shift = 7;
	mock_advance(&w, 30000);
	CU_ASSERT(mock_sa(&w.b, &b));
	CU_ASSERT_EQUAL(b.remote.port, IKE_PORT_NATT + 10007);
	CU_ASSERT_EQUAL(mock_carrier(&w.b)->sa.remote.port, IKE_PORT_NATT + 10007);
	mock_stop(&w);
}

/* ---- several SAs of one peer ---- */

/* The peer comes again without having said goodbye. */
static void come_again(enum ike_unique unique)
{
	struct setup s = SETUP_DEFAULT;

	s.common.unique_sa = unique;
	start_with(&s);
	mock_forget(&w.a);
	setup_peer(&w, &s, 0);
	ike_engine_start(w.a.e);
	ike_vpn_initiate(w.a.e, "v");
	mock_settle(&w);
}

static void unique_replace(void)
{
	come_again(IKE_UNIQUE_REPLACE);
	mock_advance(&w, 60000);
	CU_ASSERT(tunnel_is_up());
	CU_ASSERT_EQUAL(mock_sa_count(&w.b), 1);
	mock_stop(&w);
}

static void unique_no(void)
{
	come_again(IKE_UNIQUE_NO);
	CU_ASSERT_EQUAL(mock_sa_count(&w.b), 2);
	CU_ASSERT_EQUAL(mock_child_count(&w.b), 2);
	mock_advance(&w, 5000);
	CU_ASSERT_PTR_NOT_NULL(mock_carrier(&w.b)); /* the newest of both */
	CU_ASSERT(mock_traffic_ok(&w));
	mock_stop(&w);
}

static void unique_keep(void)
{
	come_again(IKE_UNIQUE_KEEP);
	CU_ASSERT_EQUAL(mock_child_count(&w.a), 0);
	CU_ASSERT_PTR_NOT_NULL(strstr(w.b.last_failure, "unique-sa is keep"));
	mock_advance(&w, 60000);
	CU_ASSERT_EQUAL(mock_sa_count(&w.b), 1);
	mock_stop(&w);
}

/* Both sides set the tunnel up at the same moment: one IKE SA stays, the same on both. */
static void set_ups_cross(void)
{
	for (uint64_t seed = 0; seed < 20; seed++) {
		struct setup s = SETUP_DEFAULT;

		mock_start(&w);
		w.random = seed;
		s.remote_id[1] = "ucpe1.example.com";
		setup_both(&w, &s);
		ike_vpn_initiate(w.a.e, "v");
		ike_vpn_initiate(w.b.e, "v");
		mock_advance(&w, 30000);
		CU_ASSERT(tunnel_is_up());
		CU_ASSERT_EQUAL(mock_sa_count(&w.a), 1);
		CU_ASSERT_EQUAL(mock_child_count(&w.a), 1);
		mock_stop(&w);
	}
}

static void reauthentication(void)
{
	struct setup s = SETUP_DEFAULT;
	uint64_t before;

	s.common.reauth_time = 60;
	start_with(&s);
	before = sa_of(&w.a);
	w.check_traffic = true;
	mock_advance(&w, 90000);
	w.check_traffic = false;
	CU_ASSERT(tunnel_is_up());
	CU_ASSERT_NOT_EQUAL(sa_of(&w.a), before);
	mock_stop(&w);
}

/* ---- restarts ---- */

static void restart(struct mock_peer *p, const struct setup *s)
{
	mock_restart(p);
	setup_peer(&w, s, p == &w.b);
	mock_restore(p);
	ike_engine_start(p->e);
}

static void restart_in_mid_life(void)
{
	for (int side = 0; side < 2; side++) {
		struct setup s = SETUP_DEFAULT;
		struct ike_sa_info before, after;
		struct mock_peer *p = side == 0 ? &w.a : &w.b;

		s.common.ike_rekey_time = 3600;
		start_with(&s);
		ike_child_rekey(w.a.e, mock_carrier(&w.a)->sa.spi_in);
		mock_advance(&w, 60000);
		CU_ASSERT(mock_sa(p, &before));
		w.check_traffic = true;
		w.sent = 0;
		restart(p, &s);
		mock_settle(&w);
		CU_ASSERT_EQUAL(w.sent, 0); /* no renegotiation */
		CU_ASSERT(mock_sa(p, &after));
		CU_ASSERT_EQUAL(after.age_ms, before.age_ms);
		CU_ASSERT_EQUAL(after.rekey_in_ms, before.rekey_in_ms);
		CU_ASSERT_STRING_EQUAL(after.remote_id, before.remote_id);
		CU_ASSERT(tunnel_is_up());
		ike_child_rekey(w.a.e, mock_carrier(&w.a)->sa.spi_in);
		mock_settle(&w);
		ike_child_rekey(w.b.e, mock_carrier(&w.b)->sa.spi_in);
		mock_settle(&w);
		ike_sa_rekey(w.b.e, sa_of(&w.b));
		mock_settle(&w);
		ike_sa_rekey(w.a.e, sa_of(&w.a));
		mock_advance(&w, 60000);
		CU_ASSERT(tunnel_is_up());
		CU_ASSERT_EQUAL(mock_child_count(&w.a), 1);
		mock_stop(&w);
	}
}

/* Killed at any moment of a child's rekey, from either side. */
static void restart_in_a_rekey(void)
{
	for (unsigned i = 0; i < 4; i++) {
		for (unsigned steps = 0; steps < 6; steps++) {
			struct mock_peer *who = i % 2 == 0 ? &w.a : &w.b;
			struct mock_peer *killed = i / 2 == 0 ? &w.a : &w.b;
			struct setup s = SETUP_DEFAULT;

			start_with(&s);
			w.check_traffic = true;
			ike_child_rekey(who->e, mock_carrier(who)->sa.spi_in);
			for (unsigned n = 0; n < steps; n++)
				mock_step(&w);
			restart(killed, &s);
			mock_advance(&w, 100000);
			CU_ASSERT(tunnel_is_up());
			CU_ASSERT_EQUAL(mock_child_count(&w.a), 1);
			CU_ASSERT_EQUAL(mock_child_count(&w.b), 1);
			ike_child_rekey(w.a.e, mock_carrier(&w.a)->sa.spi_in);
			mock_advance(&w, 100000);
			CU_ASSERT(tunnel_is_up());
			CU_ASSERT_EQUAL(mock_child_count(&w.b), 1);
			mock_stop(&w);
		}
	}
}

/* The response that we sent before the restart is asked for again after it. */
static void answer_outlives_restart(void)
{
	struct setup s = SETUP_DEFAULT;

	start_with(&s);
	w.filter = nothing_arrives;
	ike_child_rekey(w.a.e, mock_carrier(&w.a)->sa.spi_in);
	mock_advance(&w, 1000);
	w.filter = mock_lose_from_b;
	mock_advance(&w, 1500); /* the request arrives by its second try, the answer is lost */
	CU_ASSERT_EQUAL(mock_child_count(&w.b), 2);
	restart(&w.b, &s);
	w.filter = NULL;
	mock_advance(&w, 60000);
	CU_ASSERT(tunnel_is_up());
	CU_ASSERT_EQUAL(mock_child_count(&w.b), 1);
	CU_ASSERT_EQUAL(w.b.events[IKE_EVENT_CHILD_REKEYED], 1);
	mock_stop(&w);
}

static void broken_records(void)
{
	struct setup s = SETUP_DEFAULT;
	struct gh_error err;
	uint8_t *copy;
	struct mock_record r;
	unsigned taken = 0;

	start_with(&s);
	r = *w.b.records;
	copy = malloc(r.len);
	memcpy(copy, r.data, r.len);
	r.data = copy;
	mock_forget(&w.b);
	setup_peer(&w, &s, 1);
	for (size_t len = 0; len < r.len; len++) {
		uint8_t *cut = malloc(len + 1); /* its own size, for the sanitizer */

		memcpy(cut, copy, len);
		CU_ASSERT_NOT_EQUAL(ike_engine_restore(w.b.e, r.key, cut, len, &err), 0);
		free(cut);
	}
	CU_ASSERT_EQUAL(mock_sa_count(&w.b), 0);
	CU_ASSERT_EQUAL(mock_child_count(&w.b), 0);
	for (size_t bit = 0; bit < r.len * 8; bit++) {
		copy[bit / 8] ^= (uint8_t)(1u << bit % 8);
		if (ike_engine_restore(w.b.e, r.key, copy, r.len, &err) == 0) {
			taken++;
			mock_forget(&w.b);
			setup_peer(&w, &s, 1);
		}
		copy[bit / 8] ^= (uint8_t)(1u << bit % 8);
	}
	CU_ASSERT(taken > 0 && taken < r.len * 8); /* keys and the like can be anything */
	CU_ASSERT_NOT_EQUAL(ike_engine_restore(w.b.e, r.key + 1, copy, r.len, &err), 0);
	CU_ASSERT_EQUAL(ike_engine_restore(w.b.e, r.key, copy, r.len, &err), 0);
	CU_ASSERT_NOT_EQUAL(ike_engine_restore(w.b.e, r.key, copy, r.len, &err), 0); /* twice */
	ike_vpn_del(w.b.e, "v");
	mock_forget(&w.b);
	CU_ASSERT_NOT_EQUAL(ike_engine_restore(w.b.e, r.key, copy, r.len, &err), 0); /* no VPN */
	free(copy);
	mock_stop(&w);
}

/* ---- configuration ---- */

static void change_of_timers_keeps_sas(void)
{
	struct setup s = SETUP_DEFAULT;
	struct ike_sa_info info;
	uint64_t before;

	start_with(&s);
	before = sa_of(&w.b);
	s.common.dpd_delay = 30;
	s.common.ike_rekey_time = 1000;
	setup_vpn(&w, &s, 1, w.b.e);
	mock_settle(&w);
	CU_ASSERT_EQUAL(w.sent, 0);
	CU_ASSERT_EQUAL(sa_of(&w.b), before);
	CU_ASSERT(mock_sa(&w.b, &info));
	CU_ASSERT(info.dpd_in_ms <= 30000 && info.rekey_in_ms <= 1000000);
	mock_stop(&w);
}

static void change_of_deal_ends_sas(void)
{
	struct setup s = SETUP_DEFAULT;

	start_with(&s);
	s.esp[0][0].esn = s.esp[1][0].esn = "false";
	setup_vpn(&w, &s, 1, w.b.e);
	mock_settle(&w);
	CU_ASSERT_EQUAL(mock_sa_count(&w.a) + mock_sa_count(&w.b), 0);
	CU_ASSERT_EQUAL(mock_child_count(&w.a) + mock_child_count(&w.b), 0);
	setup_vpn(&w, &s, 0, w.a.e);
	ike_vpn_initiate(w.a.e, "v");
	mock_settle(&w);
	CU_ASSERT(tunnel_is_up());
	CU_ASSERT_FALSE(mock_carrier(&w.a)->sa.esn);
	mock_stop(&w);
}

static void refused_configuration(void)
{
	struct ike_proposal p[2];
	struct gh_error err = {0};
	struct ike_conf_policy policy = {.name = "p"};
	struct ike_conf_vpn conf = {.name = "x", .policies = &policy, .policy_count = 1};

	mock_start(&w);
	CU_ASSERT_NOT_EQUAL(ike_vpn_set(w.a.e, &conf, &err), 0);
	CU_ASSERT_PTR_NOT_NULL(strstr(err.message, "ike-proposal"));
	ike_proposal_init(&p[0], IKE_PROTO_IKE, 1);
	conf.ike_proposals = p;
	conf.ike_proposal_count = 1;
	conf.esp_proposals = p;
	conf.esp_proposal_count = 1;
	conf.local_id = "keyid:xyz";
	CU_ASSERT_NOT_EQUAL(ike_vpn_check(&conf, &err), 0);
	CU_ASSERT_PTR_NOT_NULL(strstr(err.message, "keyid:xyz"));
	conf.local_id = NULL;
	conf.start_action = IKE_ACTION_START;
	CU_ASSERT_NOT_EQUAL(ike_vpn_check(&conf, &err), 0);
	CU_ASSERT_PTR_NOT_NULL(strstr(err.message, "remote-address"));
	conf.start_action = IKE_ACTION_NONE;
	gh_prefix_parse("10.0.0.0/8", &policy.local);
	gh_prefix_parse("2001:db8::/32", &policy.remote);
	CU_ASSERT_NOT_EQUAL(ike_vpn_check(&conf, &err), 0);
	mock_stop(&w);
}

static void trapped_packet_starts(void)
{
	struct setup s = SETUP_DEFAULT;
	struct gh_dp_selector packet = {0};

	mock_start(&w);
	setup_both(&w, &s);
	ike_engine_acquire(w.a.e, "v", "p1", &packet); /* start-action none: no */
	mock_settle(&w);
	CU_ASSERT_EQUAL(w.sent, 0);
	s.common.start_action = IKE_ACTION_TRAP;
	setup_vpn(&w, &s, 0, w.a.e);
	for (unsigned i = 0; i < 5; i++)
		ike_engine_acquire(w.a.e, "v", "p1", &packet);
	mock_settle(&w);
	CU_ASSERT(tunnel_is_up());
	CU_ASSERT_EQUAL(w.sent, 4);
	mock_stop(&w);
}

static void started_and_closed(void)
{
	struct setup s = SETUP_DEFAULT;

	mock_start(&w);
	s.common.start_action = s.common.close_action = IKE_ACTION_START;
	setup_both(&w, &s);
	mock_advance(&w, 1000);
	CU_ASSERT(tunnel_is_up());
	ike_sa_terminate(w.b.e, sa_of(&w.b));
	mock_settle(&w);
	CU_ASSERT_EQUAL(mock_child_count(&w.a), 0);
	mock_advance(&w, 5000);
	CU_ASSERT(tunnel_is_up());
	mock_stop(&w);
}

static bool count_failures(void *arg, const struct ike_failure *f)
{
	(*(unsigned *)arg)++;
	CU_ASSERT_PTR_NOT_NULL(strstr(f->text, "NO_PROPOSAL_CHOSEN"));
	return true;
}

/* One peer may not take the whole table. */
static void many_children(void)
{
	static struct ike_conf_policy policies[IKE_CHILDREN_MAX + 50];
	static char names[IKE_CHILDREN_MAX + 50][8];
	struct setup s = SETUP_DEFAULT;
	unsigned n = sizeof(policies) / sizeof(policies[0]);

	for (unsigned i = 0; i < n; i++) {
		snprintf(names[i], sizeof(names[i]), "p%u", i);
		policies[i].name = names[i];
		gh_prefix_parse("172.26.0.0/24", &policies[i].remote);
		policies[i].local =
		    (struct gh_prefix){.addr = gh_addr_v4(0xac100000u + i), .len = 32};
	}
	s.ts[1][1] = "172.16.0.0/16";
	s.policies_of_a = policies;
	s.policy_count_of_a = n;
	mock_start(&w);
	setup_both(&w, &s);
	ike_vpn_initiate(w.a.e, "v");
	mock_settle(&w);
	CU_ASSERT_EQUAL(mock_child_count(&w.a), IKE_CHILDREN_MAX);
	CU_ASSERT(mock_children_fit(&w));
	restart(&w.b, &s);
	CU_ASSERT(mock_children_fit(&w));
	mock_stop(&w);
}

static void failures_are_kept(void)
{
	struct setup s = SETUP_DEFAULT;
	struct gh_addr other;
	unsigned n = 0;

	s.ike[0][0].dh = "ecp256";
	mock_start(&w);
	setup_both(&w, &s);
	for (unsigned i = 0; i < 3; i++) {
		ike_vpn_initiate(w.a.e, "v");
		mock_advance(&w, 30000);
	}
	CU_ASSERT_EQUAL(w.a.events[IKE_EVENT_FAILURE], 1); /* told once */
	ike_failures(w.a.e, &w.b.addr, count_failures, &n);
	CU_ASSERT_EQUAL(n, 1);
	gh_addr_parse("192.0.2.99", &other);
	ike_failures(w.a.e, &other, count_failures, &n);
	CU_ASSERT_EQUAL(n, 1);
	mock_stop(&w);
}

/* ---- many ---- */

#define MANY 10000

static void add_client(unsigned i)
{
	struct setup s = SETUP_DEFAULT;
	struct ike_proposal ike, esp;
	struct ike_conf_policy policy = {.name = "p1"};
	struct ike_conf_vpn conf = s.common;
	char name[32], id[64];
	const char *ids[] = {id};
	struct gh_error err;
	struct ike_conf_psk psk = {.name = name, .ids = ids, .id_count = 1, .secret = name};

	snprintf(name, sizeof(name), "vpn%u", i);
	snprintf(id, sizeof(id), "ucpe%u.example.com", i);
	psk.secret_len = strlen(name);
	ike_proposal_init(&ike, IKE_PROTO_IKE, 1);
	ike_proposal_add(&ike, IKE_LEAF_AEAD_ALG, "aes128-gcm-128", &err);
	ike_proposal_add(&ike, IKE_LEAF_DH_GROUP, "curve25519", &err);
	ike_proposal_complete(&ike, &err);
	ike_proposal_init(&esp, IKE_PROTO_ESP, 1);
	ike_proposal_add(&esp, IKE_LEAF_AEAD_ALG, "aes128-gcm-128", &err);
	ike_proposal_complete(&esp, &err);
	conf.name = name;
	conf.ike_proposals = &ike;
	conf.ike_proposal_count = 1;
	conf.esp_proposals = &esp;
	conf.esp_proposal_count = 1;
	conf.policies = &policy;
	conf.policy_count = 1;
	gh_prefix_parse("172.26.0.0/24", &policy.remote);
	policy.local = (struct gh_prefix){.addr = gh_addr_v4(0x0a000000 + i), .len = 32};
	conf.local_address = w.a.addr;
	conf.remote_address = w.b.addr;
	conf.local_id = id;
	conf.remote_id = "vpnc.6wind.com";
	CU_ASSERT_EQUAL_FATAL(ike_vpn_set(w.a.e, &conf, &err), 0);
	CU_ASSERT_EQUAL_FATAL(ike_psk_set(w.a.e, &psk, &err), 0);
	CU_ASSERT_EQUAL_FATAL(ike_psk_set(w.b.e, &psk, &err), 0);
	policy.remote = policy.local;
	gh_prefix_parse("172.26.0.0/24", &policy.local);
	conf.local_address = w.b.addr;
	conf.remote_address = (struct gh_addr){0};
	conf.local_id = "vpnc.6wind.com";
	conf.remote_id = id;
	CU_ASSERT_EQUAL_FATAL(ike_vpn_set(w.b.e, &conf, &err), 0);
}

/* The machine may be busy with other things. */
static uint64_t cpu_ns(void)
{
	struct timespec ts;

	clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &ts);
	return (uint64_t)ts.tv_sec * GH_NS_PER_S + (uint64_t)ts.tv_nsec;
}

static double set_up(unsigned first, unsigned count)
{
	uint64_t start = cpu_ns();
	char name[32];

	for (unsigned i = first; i < first + count; i++) {
		snprintf(name, sizeof(name), "vpn%u", i);
		ike_vpn_initiate(w.a.e, name);
		mock_settle(&w);
	}
	return (double)(cpu_ns() - start) / count / 1000;
}

static bool count_sa(void *arg, const struct ike_sa *sa)
{
	(*(unsigned *)arg)++;
	return true;
}

/* The ten-thousandth tunnel costs what the first ones cost, and so does looking for one. */
static void ten_thousand(void)
{
	double early, late, memory;
	size_t before;
	unsigned n = 0;

	mock_start(&w);
	for (unsigned i = 0; i < MANY; i++)
		add_client(i);
	ike_engine_start(w.a.e);
	ike_engine_start(w.b.e);
	early = set_up(0, 500);
	before = mallinfo2().uordblks;
	set_up(500, MANY - 1000);
	memory = (double)(mallinfo2().uordblks - before) / (MANY - 1000);
	late = set_up(MANY - 500, 500);
	CU_ASSERT_EQUAL(mock_child_count(&w.a), MANY);
	CU_ASSERT_EQUAL(mock_child_count(&w.b), MANY);
	CU_ASSERT(mock_children_fit(&w));
	printf("\n  %.0f us for both sides of a set-up at first, %.0f us with %u tunnels; "
	       "%.0f bytes for both sides of one (with the mock's own)\n",
	    early, late, MANY, memory);
	CU_ASSERT(late < 3 * early + 100);
	ike_sa_by_remote_id(w.b.e, "UCPE77.example.com", count_sa, &n);
	CU_ASSERT_EQUAL(n, 1);
	ike_sa_by_vpn(w.b.e, "vpn9999", count_sa, &n);
	CU_ASSERT_EQUAL(n, 2);
	ike_sa_by_remote_address(w.b.e, &w.a.addr, count_sa, &n);
	CU_ASSERT_EQUAL(n, 2 + MANY);
	ike_vpn_del(w.b.e, "vpn5000");
	mock_settle(&w);
	CU_ASSERT_EQUAL(mock_child_count(&w.a), MANY - 1);
	mock_stop(&w);
}

static const struct unit_test tests[] = {
    UNIT_TEST(dead_peer_is_found),
    UNIT_TEST(dead_peer_comes_back),
    UNIT_TEST(traffic_says_alive),
    UNIT_TEST(nat_rebinds),
    UNIT_TEST(unique_replace),
    UNIT_TEST(unique_no),
    UNIT_TEST(unique_keep),
    UNIT_TEST(set_ups_cross),
    UNIT_TEST(reauthentication),
    UNIT_TEST(restart_in_mid_life),
    UNIT_TEST(restart_in_a_rekey),
    UNIT_TEST(answer_outlives_restart),
    UNIT_TEST(broken_records),
    UNIT_TEST(change_of_timers_keeps_sas),
    UNIT_TEST(change_of_deal_ends_sas),
    UNIT_TEST(refused_configuration),
    UNIT_TEST(trapped_packet_starts),
    UNIT_TEST(started_and_closed),
    UNIT_TEST(many_children),
    UNIT_TEST(failures_are_kept),
    UNIT_TEST(ten_thousand),
};

UNIT_MAIN("ike-engine-life", tests)
