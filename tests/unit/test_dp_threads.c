/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * Workers as threads: traffic goes on, without a lost packet, while ports come and go.
 */
#include <rte_cycles.h>
#include <rte_ip.h>
#include <sched.h>

#include "common/clock.h"
#include "dataplane/iface_table.h"
#include "dataplane/rib.h"
#include "dataplane/worker_private.h"
#include "tests/unit/dp_rig.h"
#include "tests/unit/unit.h"

#define WINDOW 256 /* packets under way; fewer than any queue holds */
#define PATIENCE_S 10

static const struct rig_packet in = {
    .src = 0x08080808, .dst = 0xac1a0005, .sport = 7, .dport = 9, .payload = 64};

static struct {
	unsigned sent, received;
	uint16_t next_id;
	bool ordered;
} flow;

static void flow_reset(void)
{
	flow.sent = flow.received = 0;
	flow.next_id = 0;
	flow.ordered = true;
}

static void flow_receive(void)
{
	struct rte_mbuf *m;

	while ((m = rig_receive("lan")) != NULL) {
		flow.ordered &= rig_ip(m)->packet_id == rte_cpu_to_be_16(flow.next_id++);
		flow.received++;
		rte_pktmbuf_free(m);
	}
}

static void flow_send(void)
{
	struct rte_mbuf *m;

	if (flow.sent - flow.received >= WINDOW)
		return;
	m = rig_frame("wan", &in);
	rig_ip(m)->packet_id = rte_cpu_to_be_16((uint16_t)flow.sent++);
	rig_fix_checksum(m);
	rig_send("wan", m);
}

/* Keeps traffic going until n more packets have come through; false when they do not. */
static bool flow_run(unsigned n)
{
	uint64_t deadline = gh_clock_ms() + PATIENCE_S * GH_MS_PER_S;
	unsigned goal = flow.received + n;

	while (flow.received < goal && gh_clock_ms() < deadline) {
		flow_send();
		flow_receive();
	}
	return flow.received >= goal;
}

static bool flow_drain(void)
{
	uint64_t deadline = gh_clock_ms() + PATIENCE_S * GH_MS_PER_S;

	while (flow.received < flow.sent && gh_clock_ms() < deadline)
		flow_receive();
	return flow.received == flow.sent;
}

static void set_cpus(unsigned count)
{
	struct gh_dp_workers set = {0};
	struct gh_error err = {0};
	cpu_set_t allowed;

	sched_getaffinity(0, sizeof(allowed), &allowed);
	for (unsigned cpu = 0; cpu < CPU_SETSIZE && count > 0; cpu++)
		if (CPU_ISSET(cpu, &allowed)) {
			set.cpus[cpu / 64] |= 1ULL << (cpu % 64);
			count--;
		}
	CU_ASSERT_EQUAL(gh_workers_set(&set, &err), 0);
}

static void ports_come_and_go_under_traffic(void)
{
	const struct gh_dp_iface opt = {.name = "opt", .port = "ring-opt", .up = 1};

	flow_reset();
	set_cpus(2);
	CU_ASSERT(flow_run(1000));
	for (int i = 0; i < 10; i++) {
		CU_ASSERT_EQUAL(gh_iface_set(&opt, NULL), 0);
		CU_ASSERT(flow_run(300));
		CU_ASSERT_EQUAL(gh_iface_del("opt", NULL), 0);
		CU_ASSERT(flow_run(300));
	}
	CU_ASSERT(flow_drain());
	CU_ASSERT(flow.ordered);
}

static void routes_change_under_traffic(void)
{
	struct gh_rib_route r = {.dst = 0xac1a0005,
	    .len = 32,
	    .gateway = RIG_LAN_PEER,
	    .iface = (uint16_t)rig_slot("lan"),
	    .source = GH_RIB_MAIN};

	flow_reset();
	for (int i = 0; i < 200; i++) {
		gh_rib_add(&r, false);
		CU_ASSERT(flow_run(10));
		gh_rib_del(&r);
		CU_ASSERT(flow_run(10));
		gh_rib_commit();
	}
	CU_ASSERT(flow_drain());
	CU_ASSERT(flow.ordered);
}

/* What is under way may be lost then, but what comes after passes. */
static void the_number_of_workers_changes(void)
{
	for (unsigned n = 0; n < 4; n++) {
		set_cpus(1 + n % 2);
		rig_flush("lan");
		flow_reset();
		CU_ASSERT(flow_run(500));
		CU_ASSERT(flow_drain());
	}
	set_cpus(0);
	flow_reset();
	CU_ASSERT(flow_run(100));
	CU_ASSERT(flow_drain());
	CU_ASSERT_EQUAL(gh_worker_count(), 1);
}

static void a_cpu_that_is_not_there_is_refused(void)
{
	struct gh_dp_workers set = {.cpus[15] = 1ULL << 63};
	struct gh_error err = {0};

	CU_ASSERT(gh_workers_set(&set, &err) < 0);
	CU_ASSERT_PTR_NOT_NULL(strstr(err.message, "1023"));
	flow_reset();
	CU_ASSERT(flow_run(100)); /* and nothing has changed */
	CU_ASSERT(flow_drain());
}

static const struct unit_test tests[] = {
    UNIT_TEST(ports_come_and_go_under_traffic),
    UNIT_TEST(routes_change_under_traffic),
    UNIT_TEST(the_number_of_workers_changes),
    UNIT_TEST(a_cpu_that_is_not_there_is_refused),
};

int main(void)
{
	int rc;

	rig_start();
	rc = unit_main("dataplane threads", tests, sizeof(tests) / sizeof(tests[0]));
	rig_stop();
	return rc;
}
