/* SPDX-License-Identifier: BSD-3-Clause */
#include "ctrlplane/ike/wire/ts.h"
#include "tests/unit/unit.h"

#include <arpa/inet.h>
#include <stdio.h>
#include <string.h>

/* A small deterministic generator, so that a failure repeats. */
static uint32_t seed = 12345;

static uint32_t rnd(uint32_t below)
{
	seed = seed * 1664525 + 1013904223;
	return (uint32_t)(((uint64_t)(seed >> 4) * below) >> 28);
}

/* "first-last", "prefix" or "address", then optionally " proto first last". */
static struct ike_ts ts(const char *text)
{
	char a[64] = "", b[64] = "";
	unsigned proto = 0, first = 0, last = 65535;
	struct gh_prefix p;
	struct ike_ts t = {0};

	if (sscanf(text, "%63[^- ]-%63s %u %u %u", a, b, &proto, &first, &last) < 2)
		sscanf(text, "%63s %u %u %u", a, &proto, &first, &last);
	CU_ASSERT_EQUAL_FATAL(gh_prefix_parse(a, &p), 0);
	gh_prefix_range(&p, &t.first, &t.last);
	if (b[0] != '\0')
		CU_ASSERT_EQUAL_FATAL(gh_addr_parse(b, &t.last), 0);
	t.proto = (uint8_t)proto;
	t.port_first = (uint16_t)first;
	t.port_last = (uint16_t)last;
	return t;
}

static struct ike_ts_list list(const char *const *text)
{
	struct ike_ts_list l = {0};

	for (; *text != NULL; text++)
		l.ts[l.count++] = ts(*text);
	return l;
}

/* The reference: a selector as the set of points of a tiny world of 16 addresses, 3 protocols and
 * 8 ports. */
#define POINTS (16 * 3 * 8)

static bool holds(const struct ike_ts *t, unsigned point)
{
	unsigned addr = point % 16, proto = point / 16 % 3, port = point / 48;

	return gh_addr_to_v4(&t->first) <= addr && addr <= gh_addr_to_v4(&t->last) &&
	       (t->proto == 0 || t->proto == proto) && t->port_first <= port &&
	       port <= t->port_last;
}

static struct ike_ts tiny(void)
{
	struct ike_ts t = {.proto = (uint8_t)rnd(3), .port_last = 65535};
	uint32_t a = rnd(16), b = rnd(16), p = rnd(8), q = rnd(8);

	t.first = gh_addr_v4(a < b ? a : b);
	t.last = gh_addr_v4(a < b ? b : a);
	if (rnd(2)) {
		t.port_first = (uint16_t)(p < q ? p : q);
		t.port_last = (uint16_t)(p < q ? q : p);
	}
	return t;
}

static void intersection_and_subset_agree_with_sets(void)
{
	for (int round = 0; round < 20000; round++) {
		struct ike_ts a = tiny(), b = tiny(), both;
		bool meet = ike_ts_intersect(&a, &b, &both), any = false;
		bool same = true, inside = true;

		for (unsigned p = 0; p < POINTS; p++) {
			/* protocol 0 of the tiny world is one that no selector names */
			bool in_both = holds(&a, p) && holds(&b, p);
			any |= in_both;
			same &= !meet || holds(&both, p) == in_both;
			inside &= !holds(&a, p) || holds(&b, p);
		}
		CU_ASSERT_EQUAL_FATAL(meet, any);
		CU_ASSERT_TRUE_FATAL(same);
		/* "any port" has points outside the tiny world: a range never contains it. */
		if (a.port_last == 65535 && b.port_last != 65535)
			inside = false;
		CU_ASSERT_EQUAL_FATAL(ike_ts_subset(&a, &b), inside);
	}
}

static void narrowing_agrees_with_sets(void)
{
	for (int round = 0; round < 5000; round++) {
		struct ike_ts_list off = {.count = 1 + rnd(4)}, conf = {.count = 1 + rnd(4)}, out;
		bool narrowed;

		for (unsigned i = 0; i < off.count; i++)
			off.ts[i] = tiny();
		for (unsigned i = 0; i < conf.count; i++)
			conf.ts[i] = tiny();
		CU_ASSERT_EQUAL_FATAL(
		    ike_ts_narrow(&off, &conf, IKE_TS_MAX, &out, &narrowed), out.count > 0);
		for (unsigned p = 0; p < POINTS; p++) {
			bool o = false, c = false, r = false;
			for (unsigned i = 0; i < off.count; i++)
				o |= holds(&off.ts[i], p);
			for (unsigned i = 0; i < conf.count; i++)
				c |= holds(&conf.ts[i], p);
			for (unsigned i = 0; i < out.count; i++)
				r |= holds(&out.ts[i], p);
			CU_ASSERT_EQUAL_FATAL(r, o && c);
			CU_ASSERT_TRUE_FATAL(narrowed || !o || c);
		}
		for (unsigned i = 0; i < out.count; i++)
			for (unsigned k = 0; k < out.count; k++)
				CU_ASSERT_FALSE_FATAL(
				    i != k && ike_ts_subset(&out.ts[i], &out.ts[k]));
	}
}

static void the_seeds_policy_narrows_to_the_peers_subset(void)
{
	struct ike_ts_list conf = list((const char *const[]){"172.16.0.0/24", NULL});
	struct ike_ts_list off = list((const char *const[]){"172.16.0.64/27", NULL}), out;
	char buf[IKE_TS_STRLEN];
	bool narrowed;

	CU_ASSERT_TRUE(ike_ts_narrow(&off, &conf, 1, &out, &narrowed));
	CU_ASSERT_FALSE(narrowed);
	CU_ASSERT_STRING_EQUAL(ike_ts_str(&out.ts[0], buf), "172.16.0.64/27");
	off = list((const char *const[]){"0.0.0.0/0", NULL});
	CU_ASSERT_TRUE(ike_ts_narrow(&off, &conf, 1, &out, &narrowed));
	CU_ASSERT_TRUE(narrowed);
	CU_ASSERT_STRING_EQUAL(ike_ts_str(&out.ts[0], buf), "172.16.0.0/24");
	off = list((const char *const[]){"10.0.0.0/8", "::/0", NULL});
	CU_ASSERT_FALSE(ike_ts_narrow(&off, &conf, 1, &out, &narrowed));
}

static void a_packets_selector_survives_a_limit(void)
{
	struct ike_ts_list conf = list((const char *const[]){"10.0.0.0/24", "10.0.1.0/24", NULL});
	struct ike_ts_list off =
	    list((const char *const[]){"10.0.1.7 6 80 80", "10.0.0.0/16", NULL});
	struct ike_ts_list out;
	char buf[IKE_TS_STRLEN];

	CU_ASSERT_TRUE(ike_ts_narrow(&off, &conf, 1, &out, NULL));
	CU_ASSERT_EQUAL(out.count, 1);
	CU_ASSERT_STRING_EQUAL(ike_ts_str(&out.ts[0], buf), "10.0.1.0/24");
	CU_ASSERT_TRUE(ike_ts_narrow(&off, &conf, IKE_TS_MAX, &out, NULL));
	CU_ASSERT_EQUAL(out.count, 2);
	CU_ASSERT_STRING_EQUAL(ike_ts_str(&out.ts[1], buf), "10.0.0.0/24");
}

static void opaque_ports_are_in_any_only(void)
{
	struct ike_ts op = ts("10.0.0.1 17 65535 0"), any = ts("10.0.0.0/8");
	struct ike_ts range = ts("10.0.0.0/8 17 0 65534"), out;
	char buf[IKE_TS_STRLEN];

	CU_ASSERT_TRUE(ike_ts_subset(&op, &any));
	CU_ASSERT_FALSE(ike_ts_subset(&op, &range));
	CU_ASSERT_FALSE(ike_ts_subset(&any, &op));
	CU_ASSERT_FALSE(ike_ts_intersect(&op, &range, &out));
	CU_ASSERT_TRUE(ike_ts_intersect(&any, &op, &out));
	CU_ASSERT_STRING_EQUAL(ike_ts_str(&out, buf), "10.0.0.1/32[udp/opaque]");
}

static void selectors_print(void)
{
	static const char *const cases[][2] = {
	    {"172.16.0.0/24", "172.16.0.0/24"},
	    {"10.0.0.1-10.0.0.9", "10.0.0.1-10.0.0.9"},
	    {"172.16.0.0/24 6 80 80", "172.16.0.0/24[tcp/80]"},
	    {"2001:db8::/32 17", "2001:db8::/32[udp]"},
	    {"0.0.0.0/0 0 5 9", "0.0.0.0/0[any/5-9]"},
	    {"::-ffff:ffff:ffff:ffff:ffff:ffff:ffff:fff0 132",
		"::-ffff:ffff:ffff:ffff:ffff:ffff:ffff:fff0[132]"},
	};
	char buf[IKE_TS_STRLEN], small[24];
	struct ike_ts_list l = list((const char *const[]){"10.0.0.0/8", "10.0.0.1-10.0.0.9", NULL});

	for (unsigned i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		struct ike_ts t = ts(cases[i][0]);
		CU_ASSERT_STRING_EQUAL(ike_ts_str(&t, buf), cases[i][1]);
	}
	CU_ASSERT_STRING_EQUAL(
	    ike_ts_list_str(&l, buf, sizeof(buf)), "10.0.0.0/8,10.0.0.1-10.0.0.9");
	CU_ASSERT_STRING_EQUAL(
	    ike_ts_list_str(&l, small, sizeof(small)), "10.0.0.0/8,10.0.0.1-...");
}

/* The fewest prefixes of first..last: greedy from a table of all prefixes, by trial. */
static unsigned naive_prefixes(uint32_t first, uint32_t last)
{
	unsigned n = 0;

	for (uint64_t at = first; at <= last; n++)
		for (int bits = 32; bits >= 0; bits--) {
			uint64_t size = 1ULL << bits;
			if (at % size != 0 || at + size - 1 > last)
				continue;
			at += size;
			break;
		}
	return n;
}

static void check_range(uint32_t lo, uint32_t hi)
{
	struct gh_addr first = gh_addr_v4(lo), last = gh_addr_v4(hi), a, b;
	struct gh_prefix p[IKE_TS_PREFIXES_MAX];
	unsigned n = ike_range_to_prefixes(&first, &last, p, IKE_TS_PREFIXES_MAX);
	uint64_t next = lo;

	CU_ASSERT_EQUAL_FATAL(n, naive_prefixes(lo, hi));
	for (unsigned i = 0; i < n; i++) {
		gh_prefix_range(&p[i], &a, &b);
		CU_ASSERT_EQUAL_FATAL(gh_addr_to_v4(&a), next);
		CU_ASSERT_TRUE_FATAL(gh_addr_equal(&a, &p[i].addr));
		next = (uint64_t)gh_addr_to_v4(&b) + 1;
	}
	CU_ASSERT_EQUAL_FATAL(next, (uint64_t)hi + 1);
}

static void ranges_become_the_fewest_prefixes(void)
{
	check_range(0, UINT32_MAX);
	check_range(1, UINT32_MAX - 1);
	check_range(UINT32_MAX, UINT32_MAX);
	for (uint32_t a = 0; a < 33; a++)
		for (uint32_t b = a; b < 33; b++)
			check_range(a, b);
	for (int i = 0; i < 20000; i++) {
		uint32_t a = rnd(1 << 28) << rnd(5), b = rnd(1 << 28) << rnd(5);
		check_range(a < b ? a : b, a < b ? b : a);
	}
}

static void ranges_of_ipv6_become_prefixes(void)
{
	struct ike_ts all = ts("::/0"), most = ts("::1-ffff:ffff:ffff:ffff:ffff:ffff:ffff:fffe");
	struct gh_prefix p[IKE_TS_PREFIXES_MAX];
	char buf[GH_PREFIX_STRLEN];

	CU_ASSERT_EQUAL(ike_range_to_prefixes(&all.first, &all.last, p, 1), 1);
	CU_ASSERT_STRING_EQUAL(gh_prefix_str(&p[0], buf), "::/0");
	CU_ASSERT_EQUAL(
	    ike_range_to_prefixes(&most.first, &most.last, p, IKE_TS_PREFIXES_MAX), 254);
	CU_ASSERT_STRING_EQUAL(gh_prefix_str(&p[0], buf), "::1/128");
	CU_ASSERT_STRING_EQUAL(gh_prefix_str(&p[127], buf), "8000::/2");
	CU_ASSERT_EQUAL(ike_range_to_prefixes(&most.first, &most.last, p, 2), 254);
	CU_ASSERT_EQUAL(ike_range_to_prefixes(&most.last, &most.first, p, 2), 0);
}

static const struct unit_test tests[] = {
    UNIT_TEST(intersection_and_subset_agree_with_sets),
    UNIT_TEST(narrowing_agrees_with_sets),
    UNIT_TEST(the_seeds_policy_narrows_to_the_peers_subset),
    UNIT_TEST(a_packets_selector_survives_a_limit),
    UNIT_TEST(opaque_ports_are_in_any_only),
    UNIT_TEST(selectors_print),
    UNIT_TEST(ranges_become_the_fewest_prefixes),
    UNIT_TEST(ranges_of_ipv6_become_prefixes),
};

UNIT_MAIN("ike ts", tests)
