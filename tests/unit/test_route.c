/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * Routes: what Linux has against what workers find, with random routes and a naive reference.
 */
#include <arpa/inet.h>
#include <string.h>

#include "dataplane/fib.h"
#include "dataplane/iface_table.h"
#include "dataplane/neigh.h"
#include "dataplane/nexthop_table.h"
#include "dataplane/rib.h"
#include "tests/unit/dp_rig.h"
#include "tests/unit/unit.h"

#define ROUTES 400
#define STEPS 4000

static uint32_t seed = 12345;

static uint32_t random32(void)
{
	seed ^= seed << 13;
	seed ^= seed >> 17;
	seed ^= seed << 5;
	return seed;
}

static uint32_t mask(unsigned len)
{
	return len == 0 ? 0 : UINT32_MAX << (32 - len);
}

static struct {
	struct gh_rib_route route;
	bool present;
} model[ROUTES];

/* What the FIB must answer: the kinds differ, so that each route is told by its next hop. */
static uint32_t expected(uint32_t addr)
{
	const struct gh_rib_route *best = NULL;

	for (int i = 0; i < ROUTES; i++) {
		const struct gh_rib_route *r = &model[i].route;

		if (!model[i].present || (addr & mask(r->len)) != r->dst)
			continue;
		if (best == NULL || r->len > best->len ||
		    (r->len == best->len && r->metric < best->metric))
			best = r;
	}
	if (best == NULL)
		return GH_NEXTHOP_NONE;
	switch (best->kind) {
	case GH_RIB_HERE:
		return GH_NEXTHOP_HERE;
	case GH_RIB_BLACKHOLE:
		return GH_NEXTHOP_BLACKHOLE;
	case GH_RIB_UNREACHABLE:
		return GH_NEXTHOP_NONE;
	default:
		return GH_NEXTHOP_GLEAN_BASE + best->iface;
	}
}

static struct gh_rib_route random_route(void)
{
	static const uint8_t lens[] = {0, 1, 8, 12, 16, 20, 23, 24, 25, 28, 30, 31, 32};
	struct gh_rib_route r = {.len = lens[random32() % sizeof(lens)],
	    .kind = (uint8_t)(random32() % 4),
	    .iface = (uint16_t)(1 + random32() % 2),
	    .metric = random32() % 1000000,
	    .source = GH_RIB_MAIN};

	/* Few networks, so that prefixes nest and collide. */
	r.dst = (0x0a000000 | (random32() % 4) << 16 | (random32() & 0x3ff)) & mask(r.len);
	return r;
}

static bool agree(unsigned probes)
{
	for (unsigned i = 0; i < probes; i++) {
		uint32_t addr = random32() % 8 ? 0x0a000000 | (random32() & 0x303ff) : random32();
		uint32_t one = addr, bulk;

		gh_fib_lookup_bulk(&one, &bulk, 1);
		if (gh_fib_lookup(addr) != expected(addr) || bulk != expected(addr))
			return false;
	}
	return true;
}

static void clear_rib(void)
{
	gh_rib_mark();
	gh_rib_sweep();
	gh_rib_commit();
}

static void lookups_match_a_naive_reference(void)
{
	bool ok = true;

	clear_rib();
	CU_ASSERT_EQUAL(gh_fib_lookup(0x0a000001), GH_NEXTHOP_NONE);
	for (int step = 0; step < STEPS && ok; step++) {
		unsigned i = random32() % ROUTES;

		if (model[i].present)
			gh_rib_del(&model[i].route);
		else
			model[i].route = random_route();
		if (!model[i].present)
			gh_rib_add(&model[i].route, false);
		model[i].present = !model[i].present;
		if (step % 20 == 0)
			ok = agree(200);
	}
	CU_ASSERT(ok);
	CU_ASSERT(agree(5000));
}

static void a_sweep_removes_what_was_not_stated_again(void)
{
	unsigned before = gh_rib_count();

	gh_rib_mark();
	for (int i = 0; i < ROUTES; i++)
		if (model[i].present && i % 2 == 0)
			gh_rib_add(&model[i].route, false);
		else
			model[i].present = false;
	gh_rib_sweep();
	CU_ASSERT(gh_rib_count() < before);
	CU_ASSERT(agree(5000));
	clear_rib();
	memset(model, 0, sizeof(model));
	CU_ASSERT_EQUAL(gh_rib_count(), 0);
	CU_ASSERT(agree(1000));
}

static uint32_t lookup(const char *text)
{
	return gh_fib_lookup(ntohl(inet_addr(text)));
}

static void local_wins_over_main_and_metric_decides(void)
{
	struct gh_rib_route far = {
	    .dst = 0x0b000000, .len = 24, .iface = 1, .metric = 20, .source = GH_RIB_MAIN};
	struct gh_rib_route near = {
	    .dst = 0x0b000000, .len = 24, .iface = 2, .metric = 10, .source = GH_RIB_MAIN};
	struct gh_rib_route local = {
	    .dst = 0x0b000000, .len = 24, .kind = GH_RIB_HERE, .source = GH_RIB_LOCAL};

	gh_rib_add(&far, false);
	CU_ASSERT_EQUAL(lookup("11.0.0.9"), GH_NEXTHOP_GLEAN_BASE + 1);
	gh_rib_add(&near, false);
	CU_ASSERT_EQUAL(lookup("11.0.0.9"), GH_NEXTHOP_GLEAN_BASE + 2);
	gh_rib_add(&local, false);
	CU_ASSERT_EQUAL(lookup("11.0.0.9"), GH_NEXTHOP_HERE);
	gh_rib_del(&local);
	gh_rib_del(&near);
	CU_ASSERT_EQUAL(lookup("11.0.0.9"), GH_NEXTHOP_GLEAN_BASE + 1);
	far.iface = 2;
	gh_rib_add(&far, true); /* replaced: the same prefix and metric */
	CU_ASSERT_EQUAL(lookup("11.0.0.9"), GH_NEXTHOP_GLEAN_BASE + 2);
	gh_rib_del(&far);
	CU_ASSERT_EQUAL(lookup("11.0.0.9"), GH_NEXTHOP_NONE);
}

/* The index of a gateway's next hop outlives everything that happens to the neighbour. */
static void a_next_hop_keeps_its_index(void)
{
	const uint8_t mac[6] = {2, 0, 0, 7, 7, 7};
	struct gh_rib_route r = {
	    .dst = 0x0c000000, .len = 8, .gateway = 0x0c0000fe, .iface = 1, .source = GH_RIB_MAIN};
	uint32_t index;

	gh_rib_add(&r, false);
	index = lookup("12.1.1.1");
	CU_ASSERT_EQUAL(gh_nexthop(index)->flags, 0);
	CU_ASSERT_EQUAL(rig_solicited, 0x0c0000fe); /* asked for before any packet */
	gh_neigh_update(1, 0x0c0000fe, GH_NEIGH_REACHABLE, mac);
	CU_ASSERT_EQUAL(gh_nexthop(index)->flags, GH_NEXTHOP_READY);
	CU_ASSERT_EQUAL(memcmp(gh_nexthop(index)->dst, mac, 6), 0);
	gh_neigh_update(1, 0x0c0000fe, GH_NEIGH_FAILED, NULL);
	CU_ASSERT_EQUAL(gh_nexthop(index)->flags, GH_NEXTHOP_REFUSE);
	gh_neigh_update(1, 0x0c0000fe, GH_NEIGH_REACHABLE, mac);
	CU_ASSERT_EQUAL(lookup("12.1.1.1"), index);
	r.dst = 0x0d000000; /* another route by the same gateway shares it */
	gh_rib_add(&r, false);
	CU_ASSERT_EQUAL(lookup("13.1.1.1"), index);
	gh_rib_del(&r);
	r.dst = 0x0c000000;
	gh_rib_del(&r);
	CU_ASSERT_EQUAL(gh_nexthop(index)->flags, GH_NEXTHOP_REFUSE);
}

static void neighbour_routes_go_with_their_network(void)
{
	struct gh_rib_route net = {.dst = 0x0e000000, .len = 24, .iface = 1, .source = GH_RIB_MAIN};
	struct gh_addr addr = gh_addr_v4(0x0e000005);
	uint32_t index;

	CU_ASSERT_EQUAL(gh_route_resolve(&addr), GH_NEXTHOP_NONE);
	gh_rib_add(&net, false);
	gh_rib_commit();
	index = gh_route_resolve(&addr);
	CU_ASSERT(index >= 128);
	CU_ASSERT_EQUAL(lookup("14.0.0.5"), index);
	CU_ASSERT_EQUAL(lookup("14.0.0.6"), GH_NEXTHOP_GLEAN_BASE + 1);
	gh_rib_neigh_unroute(1, 0x0e000005); /* an SA holds the index: it stays */
	CU_ASSERT_EQUAL(lookup("14.0.0.5"), index);
	gh_rib_del(&net);
	gh_rib_commit();
	CU_ASSERT_EQUAL(lookup("14.0.0.5"), GH_NEXTHOP_NONE);
	CU_ASSERT_EQUAL(gh_route_resolve(&addr), GH_NEXTHOP_NONE);
}

static const struct unit_test tests[] = {
    UNIT_TEST(lookups_match_a_naive_reference),
    UNIT_TEST(a_sweep_removes_what_was_not_stated_again),
    UNIT_TEST(local_wins_over_main_and_metric_decides),
    UNIT_TEST(a_next_hop_keeps_its_index),
    UNIT_TEST(neighbour_routes_go_with_their_network),
};

int main(void)
{
	int rc;

	rig_start();
	rc = unit_main("route", tests, sizeof(tests) / sizeof(tests[0]));
	rig_stop();
	return rc;
}
