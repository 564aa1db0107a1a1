/* SPDX-License-Identifier: BSD-3-Clause */
/* The policy database against a list that is searched from end to end. */
#include <arpa/inet.h>
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "dataplane/ipsec/ipsec.h"
#include "dataplane/ipsec/spd.h"
#include "dataplane/ipsec/spd_trie.h"
#include "ipsec_rig.h"
#include "unit.h"

#define POLICIES 400
#define SAS 8

static struct gh_dp_policy list[POLICIES];
static bool present[POLICIES];

static bool in_prefix(uint32_t addr, const struct gh_prefix *p)
{
	uint32_t mask = p->len == 0 ? 0 : UINT32_MAX << (32 - p->len);

	return ((addr ^ gh_addr_to_v4(&p->addr)) & mask) == 0;
}

static bool naive_match(const struct gh_dp_selector *s, const struct gh_flow4 *f)
{
	bool any = s->local_port_first == 0 && s->local_port_last == UINT16_MAX &&
		   s->remote_port_first == 0 && s->remote_port_last == UINT16_MAX;

	if (!in_prefix(f->local, &s->local) || !in_prefix(f->remote, &s->remote))
		return false;
	if (s->proto != 0 && s->proto != f->proto)
		return false;
	return any ||
	       (f->has_ports && f->local_port >= s->local_port_first &&
		   f->local_port <= s->local_port_last && f->remote_port >= s->remote_port_first &&
		   f->remote_port <= s->remote_port_last);
}

static const struct gh_dp_policy *naive_lookup(const struct gh_flow4 *f)
{
	const struct gh_dp_policy *best = NULL;

	for (unsigned i = 0; i < POLICIES; i++) {
		const struct gh_dp_policy *p = &list[i];

		if (!present[i] || !naive_match(&p->sel, f))
			continue;
		if (best == NULL || p->priority < best->priority ||
		    (p->priority == best->priority && p->id < best->id))
			best = p;
	}
	return best;
}

/* Few distinct bits, so that prefixes nest and flows hit them. */
static uint32_t some_addr(void)
{
	static const uint32_t base[] = {0x0a000000, 0x0a010000, 0x0a010200, 0xac100000, 0xc0a80100};
	uint32_t a = base[rig_random() % 5];

	return a | (uint32_t)(rig_random() & 0x0003) | (uint32_t)(rig_random() & 0x0300) |
	       (uint32_t)(rig_random() & 0x030000);
}

static struct gh_prefix some_prefix(void)
{
	static const uint8_t lens[] = {
	    0, 1, 7, 8, 9, 15, 16, 17, 20, 23, 24, 25, 28, 30, 31, 32, 32, 24, 24, 16};
	struct gh_prefix p = {.addr = gh_addr_v4(some_addr()), .len = lens[rig_random() % 20]};

	return gh_prefix_network(&p);
}

static void some_ports(uint16_t *first, uint16_t *last)
{
	*first = 0;
	*last = UINT16_MAX;
	if (rig_random() % 4 == 0) {
		*first = (uint16_t)(rig_random() % 8);
		*last = (uint16_t)(*first + rig_random() % 4);
	}
}

/* Nonzero: every policy has this remote prefix, so that one node holds them all. */
static uint8_t crowded_len;

static void make_policy(unsigned slot)
{
	struct gh_dp_policy *p = &list[slot];

	memset(p, 0, sizeof(*p));
	p->id = slot + 1;
	p->priority = (uint32_t)(rig_random() % 4);
	p->sa = (uint32_t)(rig_random() % SAS);
	p->dir = GH_DP_OUT;
	p->sel.local = some_prefix();
	p->sel.remote = some_prefix();
	if (crowded_len > 0)
		p->sel.remote = (struct gh_prefix){gh_addr_v4(0x0a000000), crowded_len, {0}};
	p->sel.proto = rig_random() % 3 == 0 ? IPPROTO_UDP : 0;
	some_ports(&p->sel.local_port_first, &p->sel.local_port_last);
	some_ports(&p->sel.remote_port_first, &p->sel.remote_port_last);
}

static struct gh_flow4 some_flow(void)
{
	struct gh_flow4 f = {
	    .local = some_addr(),
	    .remote = some_addr(),
	    .local_port = (uint16_t)(rig_random() % 10),
	    .remote_port = (uint16_t)(rig_random() % 10),
	    .proto = rig_random() % 2 == 0 ? IPPROTO_UDP : IPPROTO_TCP,
	    .has_ports = rig_random() % 8 != 0,
	};

	return f;
}

static unsigned compare(unsigned bursts)
{
	unsigned wrong = 0;

	while (bursts-- > 0) {
		struct gh_flow4 flow[GH_SPD_FLOWS];
		const struct gh_spd_rule *rule[GH_SPD_FLOWS];
		bool hit[GH_SPD_FLOWS];

		for (unsigned i = 0; i < GH_SPD_FLOWS; i++)
			flow[i] = some_flow();
		gh_spd_lookup(flow, GH_SPD_FLOWS, rule);
		gh_spd_protected(flow, GH_SPD_FLOWS, hit);
		for (unsigned i = 0; i < GH_SPD_FLOWS; i++) {
			const struct gh_dp_policy *p = naive_lookup(&flow[i]);

			wrong += (p != NULL) != (rule[i] != NULL) || hit[i] != (p != NULL);
			if (p != NULL && rule[i] != NULL)
				wrong += rule[i]->id != p->id || rule[i]->sa != p->sa;
		}
	}
	return wrong;
}

static void make_sas(void)
{
	for (uint32_t i = 0; i < SAS; i++) {
		struct gh_dp_sa sa = rig_sa(GH_DP_OUT, i, GH_DP_AEAD_AES128_GCM_16, 0, 0);

		rig_set_sa(&sa);
	}
}

static void delete_policy(unsigned slot)
{
	struct gh_error err = {0};
	uint32_t failed;

	CU_ASSERT_EQUAL(gh_ipsec_policy_del(&list[slot].id, 1, &failed, &err), 0);
	present[slot] = false;
}

static void check_empty(void)
{
	unsigned used = 0;

	for (unsigned i = 0; i < GH_SPD_ROOT_ENTRIES; i++)
		used += gh_spd.root[i] != 0;
	CU_ASSERT_EQUAL(used, 0);
}

/* Policies come, change in place, move elsewhere, and go, in any order. */
static void run_random_changes(void)
{
	unsigned wrong = 0;

	rig_start();
	make_sas();
	memset(present, 0, sizeof(present));
	for (unsigned round = 0; round < 3000; round++) {
		unsigned slot = (unsigned)(rig_random() % POLICIES);

		if (present[slot] && rig_random() % 3 == 0) {
			delete_policy(slot);
		} else if (present[slot] && rig_random() % 2 == 0) {
			list[slot].sa = (uint32_t)(rig_random() % SAS);
			rig_set_policy(&list[slot]);
		} else {
			make_policy(slot);
			rig_set_policy(&list[slot]);
			present[slot] = true;
		}
		if (rig_random() % 4 == 0)
			rig_grace();
		wrong += compare(1);
	}
	CU_ASSERT_EQUAL(wrong, 0);
	wrong = compare(500);
	CU_ASSERT_EQUAL(wrong, 0);
	for (unsigned i = 0; i < POLICIES; i++) {
		if (present[i])
			delete_policy(i);
	}
	rig_grace();
	check_empty();
	rig_stop();
}

static void test_random_changes(void)
{
	crowded_len = 0;
	run_random_changes();
}

static void test_crowded_prefix(void)
{
	crowded_len = 8;
	run_random_changes();
}

/* Five thousand sites towards one network, stated one by one: found at once, and soon stated. */
static void test_many_locals(void)
{
	struct gh_dp_policy p;
	struct gh_flow4 f = {.remote = 0x0a000005};
	const struct gh_spd_rule *r;
	unsigned wrong = 0;

	rig_start();
	make_sas();
	p = rig_policy(1, GH_DP_OUT, 0, "172.16.0.0/32", "10.0.0.0/24");
	for (uint32_t i = 0; i < 5000; i++) {
		p.id = i + 1;
		p.sel.local.addr = gh_addr_v4(0xac100000 + i * 3);
		rig_set_policy(&p);
	}
	for (uint32_t i = 0; i < 15000; i++) {
		f.local = 0xac100000 + i;
		gh_spd_lookup(&f, 1, &r);
		wrong += i % 3 == 0 ? r == NULL || r->id != i / 3 + 1 : r != NULL;
	}
	CU_ASSERT_EQUAL(wrong, 0);
	rig_stop();
}

static void test_default_route_tunnel(void)
{
	struct gh_dp_policy all, one;
	struct gh_flow4 f = {.local = 0x0a000001, .remote = 0x08080808};
	const struct gh_spd_rule *r;

	rig_start();
	make_sas();
	all = rig_policy(1, GH_DP_OUT, 0, "0.0.0.0/0", "0.0.0.0/0");
	one = rig_policy(2, GH_DP_OUT, 1, "0.0.0.0/0", "8.8.8.8/32");
	rig_set_policy(&all);
	gh_spd_lookup(&f, 1, &r);
	CU_ASSERT(r != NULL && r->id == 1);
	rig_set_policy(&one);
	gh_spd_lookup(&f, 1, &r);
	CU_ASSERT(r != NULL && r->id == 1); /* same priority: the smaller id, however wide */
	one.priority = 50;
	rig_set_policy(&one);
	gh_spd_lookup(&f, 1, &r);
	CU_ASSERT(r != NULL && r->id == 2);
	rig_stop();
}

static void test_sa_goes_policy_stays(void)
{
	struct gh_dp_sa sa;
	struct gh_dp_policy p;
	struct gh_flow4 f = {.local = 0x0a000001, .remote = 0x0a010001};
	const struct gh_spd_rule *r;
	struct gh_error err = {0};
	uint32_t failed;

	rig_start();
	sa = rig_sa(GH_DP_OUT, 5, GH_DP_AEAD_AES128_GCM_16, 0, 0);
	rig_set_sa(&sa);
	p = rig_policy(9, GH_DP_OUT, 5, "10.0.0.0/24", "10.1.0.0/24");
	rig_set_policy(&p);
	CU_ASSERT_EQUAL(gh_ipsec_sa_del(&sa.id, 1, &failed, &err), 0);
	gh_spd_lookup(&f, 1, &r);
	CU_ASSERT(r != NULL && r->sa == GH_DP_SA_NONE);
	rig_grace();
	/* Another SA in the slot does not inherit the policy's packets. */
	sa.id.spi++;
	rig_set_sa(&sa);
	CU_ASSERT(r->sa == GH_DP_SA_NONE);
	rig_set_policy(&p);
	gh_spd_lookup(&f, 1, &r);
	CU_ASSERT(r != NULL && r->sa == 5);
	/* Nor does one that replaces a live SA. */
	sa.id.spi++;
	rig_set_sa(&sa);
	gh_spd_lookup(&f, 1, &r);
	CU_ASSERT(r != NULL && r->sa == GH_DP_SA_NONE);
	rig_stop();
}

/* What selectors see of a packet. */
static void test_flows(void)
{
	uint8_t ip[28] = {0x45, 0, 0, 28, 0, 0, 0, 0, 64, IPPROTO_UDP, 0, 0, 10, 0, 0, 1, 10, 1, 0,
	    2, 0x12, 0x34, 0, 80};
	struct gh_flow4 f = gh_flow4_parse(ip, 28, true);

	CU_ASSERT(f.local == 0x0a000001 && f.remote == 0x0a010002 && f.proto == IPPROTO_UDP);
	CU_ASSERT(f.has_ports && f.local_port == 0x1234 && f.remote_port == 80);
	f = gh_flow4_parse(ip, 28, false);
	CU_ASSERT(f.local == 0x0a010002 && f.local_port == 80 && f.remote_port == 0x1234);
	f = gh_flow4_parse(ip, 23, true);
	CU_ASSERT(!f.has_ports);
	ip[6] = 0x20; /* a first fragment has its ports */
	CU_ASSERT(gh_flow4_parse(ip, 28, true).has_ports);
	ip[7] = 1; /* a later one does not */
	CU_ASSERT(!gh_flow4_parse(ip, 28, true).has_ports);
	ip[6] = ip[7] = 0;
	ip[9] = IPPROTO_ICMP;
	f = gh_flow4_parse(ip, 28, true);
	CU_ASSERT(f.has_ports && f.local_port == 0x1234 && f.remote_port == 0x1234);
	ip[9] = IPPROTO_ESP;
	CU_ASSERT(!gh_flow4_parse(ip, 28, true).has_ports);
	ip[9] = IPPROTO_UDP;
	ip[0] = 0x4f; /* options up to 60 bytes that are not there */
	CU_ASSERT(!gh_flow4_parse(ip, 28, true).has_ports);
}

static void refused(const struct gh_dp_policy *p, int code, const char *word)
{
	struct gh_error err = {0};
	uint32_t failed = 99;

	CU_ASSERT_EQUAL(gh_ipsec_policy_set(p, 1, &failed, &err), code);
	CU_ASSERT_EQUAL(failed, 0);
	CU_ASSERT_PTR_NOT_NULL(strstr(err.message, word));
}

static void test_bad_records(void)
{
	struct gh_dp_policy p, bad;

	rig_start();
	make_sas();
	p = rig_policy(1, GH_DP_OUT, 0, "10.0.0.0/24", "10.1.0.0/24");
	bad = p;
	bad.dir = 2;
	refused(&bad, -EINVAL, "direction");
	bad = p;
	bad.sa = GH_DP_SA_MAX;
	refused(&bad, -EINVAL, "outside the table");
	bad = p;
	bad.sa = 77;
	refused(&bad, -ENOENT, "does not exist");
	bad = p;
	bad.sel.remote.len = 33;
	refused(&bad, -EINVAL, "prefix length");
	bad = p;
	bad.sel.local.addr.family = AF_INET6;
	refused(&bad, -EAFNOSUPPORT, "IPv6");
	bad = p;
	bad.sel.local_port_first = 9;
	bad.sel.local_port_last = 8;
	refused(&bad, -EINVAL, "port range");
	bad = p;
	bad.dir = GH_DP_IN;
	bad.sa = GH_DP_SA_NONE;
	refused(&bad, -EINVAL, "needs an SA");
	rig_stop();
}

static void test_bulk_names_the_record(void)
{
	struct gh_dp_policy p[3];
	struct gh_flow4 f = {.local = 0x0a000001, .remote = 0x0a010001};
	const struct gh_spd_rule *r;
	struct gh_error err = {0};
	uint32_t failed;

	rig_start();
	make_sas();
	for (uint32_t i = 0; i < 3; i++)
		p[i] = rig_policy(i + 1, GH_DP_OUT, i, "10.0.0.0/24", "10.1.0.0/24");
	p[1].sel.local.len = 40;
	CU_ASSERT_EQUAL(gh_ipsec_policy_set(p, 3, &failed, &err), -EINVAL);
	CU_ASSERT_EQUAL(failed, 1);
	gh_spd_lookup(&f, 1, &r);
	CU_ASSERT(r != NULL && r->id == 1); /* the one before it stays */
	rig_stop();
}

static void test_sync_removes_the_rest(void)
{
	struct gh_dp_policy p;
	struct gh_flow4 f = {.local = 0x0a000001, .remote = 0x0a010001}, g = f;
	const struct gh_spd_rule *r;
	struct gh_dp_sa sa;

	rig_start();
	make_sas();
	p = rig_policy(1, GH_DP_OUT, 0, "10.0.0.0/24", "10.1.0.0/24");
	rig_set_policy(&p);
	p = rig_policy(2, GH_DP_OUT, 1, "10.0.0.0/24", "10.2.0.0/24");
	rig_set_policy(&p);
	gh_ipsec_sync_begin();
	sa = rig_sa(GH_DP_OUT, 1, GH_DP_AEAD_AES128_GCM_16, 0, 0);
	rig_set_sa(&sa);
	rig_set_policy(&p);
	gh_spd_lookup(&f, 1, &r);
	CU_ASSERT_PTR_NOT_NULL(r); /* until the end, traffic runs on what was there */
	gh_ipsec_sync_end();
	rig_grace();
	gh_spd_lookup(&f, 1, &r);
	CU_ASSERT_PTR_NULL(r);
	g.remote = 0x0a020001;
	gh_spd_lookup(&g, 1, &r);
	CU_ASSERT(r != NULL && r->id == 2 && r->sa == 1);
	CU_ASSERT_EQUAL(gh_sa.dir[GH_DP_OUT].line[0].spi, 0);
	CU_ASSERT_NOT_EQUAL(gh_sa.dir[GH_DP_OUT].line[1].spi, 0);
	rig_stop();
}

static const struct unit_test tests[] = {
    UNIT_TEST(test_random_changes),
    UNIT_TEST(test_crowded_prefix),
    UNIT_TEST(test_many_locals),
    UNIT_TEST(test_default_route_tunnel),
    UNIT_TEST(test_sa_goes_policy_stays),
    UNIT_TEST(test_flows),
    UNIT_TEST(test_bad_records),
    UNIT_TEST(test_bulk_names_the_record),
    UNIT_TEST(test_sync_removes_the_rest),
};

int main(int argc, char **argv)
{
	rig_eal(argv[0], 64);
	return unit_main("policy", tests, sizeof(tests) / sizeof(tests[0]));
}
