/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * The net engine against a real kernel, in a network namespace of its own, without a dataplane: a
 * pair of veths stands for the kernel's own devices. Configurations are trees of the real model.
 */
#include <errno.h>
#include <ev.h>
#include <net/if.h>
#include <sched.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "common/log.h"
#include "ctrlplane/config/session.h"
#include "ctrlplane/net/net.h"
#include "dataplane/api/dp_shm.h"
#include "db/model.h"
#include "tests/unit/unit.h"

/* What the rest of gatehoused gives the engine. */
static struct gh_engine *engine;

void gh_engine_register(struct gh_engine *e)
{
	engine = e;
}

void gh_rpc_register(struct gh_rpc *rpc)
{
}

struct lyd_node *gh_reply_piece(struct gh_reply *reply)
{
	return NULL;
}

int gh_reply_send(struct gh_reply *reply, struct lyd_node *piece)
{
	return 0;
}

static struct gh_instance inst = {.name = "t", .dir = "/nonexistent"};
static struct gh_daemon daemon_;
static struct ly_ctx *schema;
static struct lyd_node *running;

static void start(void)
{
	daemon_ = (struct gh_daemon){.instance = &inst, .loop = ev_loop_new(EVFLAG_AUTO)};
	daemon_.dpc = gh_dpc_new(daemon_.loop, &inst, NULL);
	CU_ASSERT_EQUAL_FATAL(gh_net_start(&daemon_, NULL), 0);
}

static void stop(void)
{
	lyd_free_all(running);
	running = NULL;
	gh_net_stop();
	gh_dpc_free(daemon_.dpc);
	ev_loop_destroy(daemon_.loop);
}

#define MAIN "\"vrf\":[{\"name\":\"main\","
#define IFACE(list, name, port, rest) \
	"\"" list "\":[{\"name\":\"" name "\",\"port\":\"" port "\"" rest "}]"
#define ADDRESS(a) ",\"ipv4\":{\"address\":[\"" a "\"]}"
#define ROUTE(dest, hop)                                                    \
	"\"routing\":{\"static\":{\"ipv4-route\":[{\"destination\":\"" dest \
	"\",\"next-hop\":[{\"address\":\"" hop "\"}]}]}}"

/* Commits a configuration (the inside of "gatehouse:config") as gatehoused would. */
static int commit(const char *inside, struct gh_error *err)
{
	struct lyd_node *tree = NULL, *diff = NULL;
	struct gh_change chg;
	char json[8192];
	int rc;

	snprintf(json, sizeof(json), "{\"gatehouse:config\":{%s}}", inside);
	CU_ASSERT_EQUAL_FATAL(
	    lyd_parse_data_mem(schema, json, LYD_JSON, LYD_PARSE_STRICT | LYD_PARSE_ONLY, 0, &tree),
	    LY_SUCCESS);
	CU_ASSERT_EQUAL_FATAL(
	    lyd_validate_all(&tree, schema, LYD_VALIDATE_PRESENT, NULL), LY_SUCCESS);
	lyd_diff_siblings(running, tree, 0, &diff);
	chg = (struct gh_change){.before = running, .after = tree, .diff = diff};
	rc = engine->verify(engine->ctx, &chg, err);
	if (rc == 0 && diff != NULL)
		rc = engine->apply(engine->ctx, &chg, err);
	lyd_free_all(diff);
	lyd_free_all(rc == 0 ? running : tree);
	if (rc == 0)
		running = tree;
	return rc;
}

struct probe {
	const char *want;
	bool found;
};

static void match_address(void *ctx, const struct net_address *a)
{
	char text[GH_PREFIX_STRLEN + IF_NAMESIZE], device[IF_NAMESIZE], prefix[GH_PREFIX_STRLEN];
	struct probe *p = ctx;

	snprintf(text, sizeof(text), "%s %s", if_indextoname((unsigned)a->ifindex, device),
	    gh_prefix_str(&a->prefix, prefix));
	p->found |= strcmp(text, p->want) == 0;
}

/* "device address" */
static bool has_address(const char *want)
{
	struct probe p = {.want = want};

	net_address_dump(&net.nl, match_address, &p);
	return p.found;
}

static void match_route(void *ctx, const struct net_kroute *r)
{
	char prefix[GH_PREFIX_STRLEN];
	struct probe *p = ctx;

	p->found |= strcmp(gh_prefix_str(&r->dest, prefix), p->want) == 0;
}

static bool has_route(const char *dest)
{
	struct probe p = {.want = dest};

	net_route_dump(&net.nl, AF_INET, match_route, &p);
	return p.found;
}

static void late(struct ev_loop *loop, ev_timer *w, int revents)
{
	*(bool *)w->data = true;
}

#define EVENTUALLY(condition)                             \
	do {                                              \
		bool late_ = false;                       \
		ev_timer t_;                              \
		ev_timer_init(&t_, late, 3., 0.);         \
		t_.data = &late_;                         \
		ev_timer_start(daemon_.loop, &t_);        \
		while (!(condition) && !late_)            \
			ev_run(daemon_.loop, EVRUN_ONCE); \
		ev_timer_stop(daemon_.loop, &t_);         \
		CU_ASSERT_FALSE(late_);                   \
	} while (0)

static void shell(const char *command)
{
	CU_ASSERT_EQUAL_FATAL(system(command), 0);
}

static void addresses_follow_the_commit(void)
{
	shell("ip link add va type veth peer name vb");
	start();
	commit(MAIN
	    "\"interface\":{" IFACE("physical", "lan", "infra-va", ADDRESS("10.1.0.1/24")) "}}]",
	    NULL);
	CU_ASSERT_TRUE(has_address("va 10.1.0.1/24"));
	commit(MAIN
	    "\"interface\":{" IFACE("physical", "lan", "infra-va", ADDRESS("10.1.0.2/24")) "}}]",
	    NULL);
	CU_ASSERT_FALSE(has_address("va 10.1.0.1/24"));
	CU_ASSERT_TRUE(has_address("va 10.1.0.2/24"));
	commit("", NULL);
	CU_ASSERT_FALSE(has_address("va 10.1.0.2/24"));
	stop();
	shell("ip link del va");
}

static void a_device_that_comes_later_gets_its_addresses(void)
{
	start();
	commit(MAIN
	    "\"interface\":{" IFACE("physical", "lan", "infra-va", ADDRESS("10.1.0.1/24")) "}}]",
	    NULL);
	shell("ip link add va type veth peer name vb");
	EVENTUALLY(has_address("va 10.1.0.1/24"));
	shell("ip link del va; ip link add va type veth peer name vb");
	EVENTUALLY(has_address("va 10.1.0.1/24"));
	shell("ip addr del 10.1.0.1/24 dev va");
	EVENTUALLY(has_address("va 10.1.0.1/24"));
	stop();
	shell("ip link del va");
}

static void a_route_waits_for_its_next_hop(void)
{
	shell("ip link add va type veth peer name vb; ip link set vb up");
	start();
	commit(MAIN "\"interface\":{" IFACE("physical", "lan", "infra-va", "") "}," ROUTE(
		   "172.26.0.0/24", "172.32.0.250") "}]",
	    NULL);
	CU_ASSERT_FALSE(has_route("172.26.0.0/24"));
	shell("ip addr add 172.32.0.1/24 dev va");
	EVENTUALLY(has_route("172.26.0.0/24"));
	shell("ip link set va down"); /* the kernel drops the route; we set the link up again */
	EVENTUALLY(has_route("172.26.0.0/24"));
	commit(MAIN "\"interface\":{" IFACE("physical", "lan", "infra-va", "") "}}]", NULL);
	CU_ASSERT_FALSE(has_route("172.26.0.0/24"));
	stop();
	shell("ip link del va");
}

static void a_route_follows_its_next_hop(void)
{
	shell("ip link add va type veth peer name vb; ip link set vb up; "
	      "ip addr add 10.1.0.1/24 dev va; ip link set va up");
	start();
	commit(MAIN ROUTE("10.9.0.0/16", "10.1.0.7") "}]", NULL);
	CU_ASSERT_TRUE(has_route("10.9.0.0/16"));
	commit(MAIN ROUTE("10.9.0.0/16", "10.2.0.7") "}]", NULL);
	CU_ASSERT_FALSE(has_route("10.9.0.0/16")); /* not by the old one either */
	commit(MAIN ROUTE("10.9.0.0/16", "10.1.0.8") "}]", NULL);
	CU_ASSERT_TRUE(has_route("10.9.0.0/16"));
	stop();
	shell("ip link del va");
}

static void one_interface_too_many_is_refused(void)
{
	struct gh_error err = {0};
	char json[8192];
	size_t at;

	start();
	at = (size_t)snprintf(json, sizeof(json), MAIN "\"interface\":{\"physical\":[");
	for (unsigned i = 0; i < 65; i++)
		at += (size_t)snprintf(json + at, sizeof(json) - at,
		    "%s{\"name\":\"i%u\",\"port\":\"pci-b1s%u\"}", i ? "," : "", i, i);
	snprintf(json + at, sizeof(json) - at, "]}}]");
	CU_ASSERT_EQUAL(commit(json, &err), -EINVAL);
	CU_ASSERT_PTR_NOT_NULL(strstr(err.message, "i64"));
	stop();
}

static void routes_left_behind_by_a_former_run_go(void)
{
	shell("ip link add va type veth peer name vb; ip addr add 10.1.0.1/24 dev va; "
	      "ip link set va up; ip link set vb up; "
	      "ip route add 10.9.0.0/16 via 10.1.0.7 proto 71; ip route add 10.8.0.0/16 via "
	      "10.1.0.7");
	start();
	EVENTUALLY(!has_route("10.9.0.0/16"));
	CU_ASSERT_TRUE(has_route("10.8.0.0/16"));
	stop();
	shell("ip link del va");
}

static void interfaces_may_swap_their_ports(void)
{
	shell("ip link add va type veth peer name vb");
	start();
#define TWO(a, b)                                                                               \
	MAIN "\"interface\":{\"physical\":[{\"name\":\"x\",\"port\":\"infra-" a                 \
	     "\",\"ipv4\":{\"address\":[\"10.1.0.1/24\"]}},{\"name\":\"y\",\"port\":\"infra-" b \
	     "\",\"ipv4\":{\"address\":[\"10.2.0.1/24\"]}}]}}]"
	CU_ASSERT_EQUAL(commit(TWO("va", "vb"), NULL), 0);
	CU_ASSERT_EQUAL(commit(TWO("vb", "va"), NULL), 0);
	CU_ASSERT_TRUE(has_address("vb 10.1.0.1/24"));
	CU_ASSERT_TRUE(has_address("va 10.2.0.1/24"));
	CU_ASSERT_FALSE(has_address("va 10.1.0.1/24"));
	stop();
	shell("ip link del va");
}

static void verify_names_the_place_and_the_remedy(void)
{
	struct gh_error err = {0};

	start();
	CU_ASSERT_EQUAL(
	    commit(MAIN "\"interface\":{" IFACE("physical", "va", "infra-va", "") "}}]", &err),
	    -EINVAL);
	CU_ASSERT_PTR_NOT_NULL(strstr(err.path, "physical[name='va']"));
	CU_ASSERT_PTR_NOT_NULL(strstr(err.message, "another name"));
	CU_ASSERT_EQUAL(commit(TWO("va", "va"), &err), -EINVAL);
	CU_ASSERT_PTR_NOT_NULL(strstr(err.message, "used by another"));
	stop();
}

static void only_listed_ports_are_the_fast_paths(void)
{
	start();
	commit("\"system\":{\"fast-path\":{\"port\":[{\"name\":\"pci-b0s4\"}]}}," MAIN
	       "\"interface\":{\"physical\":[{\"name\":\"wan01\",\"port\":\"pci-b0s4\"},"
	       "{\"name\":\"sync01\",\"port\":\"pci-b0s6\"}]}}]",
	    NULL);
	CU_ASSERT_TRUE(net_iface_find("wan01")->fast_path);
	CU_ASSERT_FALSE(net_iface_find("sync01")->fast_path);
	commit(MAIN "\"interface\":{" IFACE("physical", "wan01", "pci-b0s4", "") "}}]", NULL);
	CU_ASSERT_FALSE(net_iface_find("wan01")->fast_path);
	CU_ASSERT_PTR_NULL(net_iface_find("sync01"));
	stop();
}

static void cpu_lists_and_pci_names(void)
{
	struct gh_dp_workers w = {0};
	unsigned absent;
	char pci[24];

	net_read_cpus("0,4096-4098", &w, &absent);
	CU_ASSERT_EQUAL(w.cpus[0], 1);
	CU_ASSERT_EQUAL(absent, 3);
	CU_ASSERT_EQUAL(net_pci_address("pci-b0s4", pci, sizeof(pci)), 0);
	CU_ASSERT_STRING_EQUAL(pci, "0000:00:04.0");
	CU_ASSERT_EQUAL(net_pci_address("pci-d1b17s31f7", pci, sizeof(pci)), 0);
	CU_ASSERT_STRING_EQUAL(pci, "0001:11:1f.7");
	CU_ASSERT_EQUAL(net_pci_address("pci-b0s32", pci, sizeof(pci)), -EINVAL);
	CU_ASSERT_EQUAL(net_pci_address("pci-b0", pci, sizeof(pci)), -EINVAL);
}

static const struct unit_test tests[] = {
    UNIT_TEST(addresses_follow_the_commit),
    UNIT_TEST(a_device_that_comes_later_gets_its_addresses),
    UNIT_TEST(a_route_waits_for_its_next_hop),
    UNIT_TEST(a_route_follows_its_next_hop),
    UNIT_TEST(one_interface_too_many_is_refused),
    UNIT_TEST(routes_left_behind_by_a_former_run_go),
    UNIT_TEST(interfaces_may_swap_their_ports),
    UNIT_TEST(verify_names_the_place_and_the_remedy),
    UNIT_TEST(only_listed_ports_are_the_fast_paths),
    UNIT_TEST(cpu_lists_and_pci_names),
};

int main(void)
{
	int rc;

	if (unshare(CLONE_NEWNET) < 0) {
		printf("skipped: needs root for a network namespace\n");
		return 77;
	}
	gh_log_set_level(GH_LOG_NET, LOG_ERR);
	gh_log_set_level(GH_LOG_DATAPLANE, LOG_CRIT);
	schema = gh_model_new(NULL);
	rc = schema == NULL || unit_main("net", tests, sizeof(tests) / sizeof(tests[0]));
	ly_ctx_destroy(schema);
	return rc;
}
