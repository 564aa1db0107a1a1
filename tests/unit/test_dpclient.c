/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * The dataplane client against a dataplane that writes down what it is told and answers as the
 * test says. Both live on one loop.
 */
#include <errno.h>
#include <ev.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <unistd.h>

#include "common/frame.h"
#include "common/log.h"
#include "ctrlplane/dpclient/dpclient.h"
#include "ctrlplane/dpclient/spi.h"
#include "tests/unit/unit.h"

struct rig {
	struct ev_loop *loop;
	struct gh_instance inst;
	char root[64];
	struct gh_dpc *dpc;
	int listener;
	struct gh_stream stream; /* the dataplane's end */
	ev_io accept_io, io;
	char seen[4096];  /* one word for each frame: kind and number of records */
	uint32_t bad_spi; /* the SA that the dataplane refuses */
	unsigned ok, refused, lost;
};

static struct rig rig;

static uint32_t record_size(uint16_t type)
{
	switch (type) {
	case GH_DP_IFACE_SET:
		return sizeof(struct gh_dp_iface);
	case GH_DP_SA_SET:
		return sizeof(struct gh_dp_sa);
	case GH_DP_SA_DEL:
		return sizeof(struct gh_dp_sa_id);
	case GH_DP_POLICY_SET:
		return sizeof(struct gh_dp_policy);
	default:
		return sizeof(uint32_t);
	}
}

static void write_down(const struct gh_frame_header *hdr)
{
	static const char *const names[] = {[GH_DP_SYNC_BEGIN] = "begin",
	    [GH_DP_SYNC_END] = "end",
	    [GH_DP_IFACE_SET] = "if",
	    [GH_DP_SA_SET] = "sa",
	    [GH_DP_SA_DEL] = "sa-del",
	    [GH_DP_POLICY_SET] = "pol",
	    [GH_DP_POLICY_DEL] = "pol-del"};
	size_t at = strlen(rig.seen);

	snprintf(rig.seen + at, sizeof(rig.seen) - at, hdr->len ? "%s%u " : "%s ", names[hdr->type],
	    hdr->len / record_size(hdr->type));
}

static void answer(const struct gh_frame_header *hdr, const void *body)
{
	struct gh_dp_hello hello = {.version = GH_DP_VERSION, .sa_max = GH_DP_SA_MAX, .boot_id = 7};
	struct gh_dp_reply reply = {0};
	struct gh_dp_sa sa;

	if (hdr->type == GH_DP_HELLO) {
		gh_stream_put(&rig.stream, GH_DP_HELLO, 0, hdr->id, &hello, sizeof(hello));
		return;
	}
	write_down(hdr);
	for (uint32_t i = 0; hdr->type == GH_DP_SA_SET && i < hdr->len / sizeof(sa); i++) {
		memcpy(&sa, (const uint8_t *)body + i * sizeof(sa), sizeof(sa));
		if (sa.id.spi != rig.bad_spi || reply.status < 0)
			continue;
		reply = (struct gh_dp_reply){.status = -EINVAL, .record = i};
		strcpy(reply.message, "no such algorithm");
	}
	gh_stream_put(&rig.stream, GH_DP_REPLY, 0, hdr->id, &reply, sizeof(reply));
}

static void on_request(struct ev_loop *loop, ev_io *w, int revents)
{
	struct gh_frame_header hdr;
	const void *body;

	if (gh_stream_fill(&rig.stream) < 0) {
		ev_io_stop(loop, w);
		return;
	}
	while (gh_stream_next(&rig.stream, &hdr, &body) > 0)
		answer(&hdr, body);
	gh_stream_flush(&rig.stream);
}

static void on_accept(struct ev_loop *loop, ev_io *w, int revents)
{
	int fd = accept(w->fd, NULL, NULL);

	fcntl(fd, F_SETFL, O_NONBLOCK);
	gh_stream_init(&rig.stream, fd);
	ev_io_init(&rig.io, on_request, fd, EV_READ);
	ev_io_start(loop, &rig.io);
}

static void dataplane_start(void)
{
	char path[GH_INSTANCE_PATH_MAX];

	rig.listener =
	    gh_listen_unix(gh_instance_path(&rig.inst, "run/dataplane.sock", path), 0600);
	CU_ASSERT_FATAL(rig.listener >= 0);
	ev_io_init(&rig.accept_io, on_accept, rig.listener, EV_READ);
	ev_io_start(rig.loop, &rig.accept_io);
}

static void dataplane_stop(void)
{
	ev_io_stop(rig.loop, &rig.accept_io);
	ev_io_stop(rig.loop, &rig.io);
	close(rig.listener);
	gh_stream_close(&rig.stream);
}

static void rig_start(void)
{
	char path[GH_INSTANCE_PATH_MAX];

	memset(&rig, 0, sizeof(rig));
	strcpy(rig.root, "/tmp/gh-dpclient-XXXXXX");
	CU_ASSERT_PTR_NOT_NULL_FATAL(mkdtemp(rig.root));
	setenv("GATEHOUSE_ROOT", rig.root, 1);
	CU_ASSERT_EQUAL_FATAL(gh_instance_init(&rig.inst, "t", NULL), 0);
	mkdir(rig.inst.dir, 0700);
	mkdir(gh_instance_path(&rig.inst, "run", path), 0700);
	rig.loop = ev_loop_new(EVFLAG_AUTO);
	rig.stream.fd = -1;
	gh_log_set_level(GH_LOG_DATAPLANE, LOG_CRIT);
	rig.dpc = gh_dpc_new(rig.loop, &rig.inst, NULL);
	CU_ASSERT_PTR_NOT_NULL_FATAL(rig.dpc);
}

static void rig_stop(void)
{
	char path[GH_INSTANCE_PATH_MAX];

	gh_dpc_free(rig.dpc);
	dataplane_stop();
	ev_loop_destroy(rig.loop);
	unlink(gh_instance_path(&rig.inst, "run/dataplane.sock", path));
	rmdir(gh_instance_path(&rig.inst, "run", path));
	rmdir(rig.inst.dir);
	rmdir(rig.root);
}

static void too_late(struct ev_loop *loop, ev_timer *w, int revents)
{
	*(bool *)w->data = true;
}

/* Runs the loop until the condition holds; fails the test after five seconds. */
#define WAIT_FOR(condition)                           \
	do {                                          \
		bool late_ = false;                   \
		ev_timer t_;                          \
		ev_timer_init(&t_, too_late, 5., 0.); \
		t_.data = &late_;                     \
		ev_timer_start(rig.loop, &t_);        \
		while (!(condition) && !late_)        \
			ev_run(rig.loop, EVRUN_ONCE); \
		ev_timer_stop(rig.loop, &t_);         \
		CU_ASSERT_FALSE_FATAL(late_);         \
	} while (0)

static void count(void *ctx, int status, const char *message)
{
	if (status == 0)
		rig.ok++;
	else if (status == -ENOTCONN)
		rig.lost++;
	else
		rig.refused++;
}

static const struct gh_dpc_done counted = {.fn = count};

static int set_sa(uint32_t spi)
{
	struct gh_dp_sa sa = {.id = {.spi = spi}};

	return gh_dpc_sa_set(rig.dpc, &sa, counted);
}

static int set_policy(uint32_t id)
{
	struct gh_dp_policy policy = {.id = id};

	return gh_dpc_policy_set(rig.dpc, &policy, counted);
}

static void state_iface(void *ctx, struct gh_dpc *dpc)
{
	struct gh_dp_iface iface = {.name = "wan01"};

	gh_dpc_iface_set(dpc, &iface, counted);
}

static void state_sas(void *ctx, struct gh_dpc *dpc)
{
	set_sa(1);
	set_sa(2);
	set_policy(1);
}

static bool is_up(void)
{
	return gh_dpc_state(rig.dpc) == GH_DPC_UP;
}

static void sync_states_providers_in_rank_order(void)
{
	struct gh_dpc_provider ike = {.rank = GH_DPC_RANK_IKE, .state = state_sas};
	struct gh_dpc_provider net = {.rank = GH_DPC_RANK_NET, .state = state_iface};

	rig_start();
	CU_ASSERT_EQUAL(set_sa(9), -ENOTCONN);
	gh_dpc_add_provider(rig.dpc, &ike);
	gh_dpc_add_provider(rig.dpc, &net);
	dataplane_start();
	WAIT_FOR(is_up());
	CU_ASSERT_STRING_EQUAL(rig.seen, "begin if1 sa2 pol1 end ");
	CU_ASSERT_EQUAL(gh_dpc_boot_id(rig.dpc), 7);
	CU_ASSERT_EQUAL(rig.ok, 4);
	rig_stop();
}

static void a_new_dataplane_is_told_everything_again(void)
{
	struct gh_dpc_provider ike = {.rank = GH_DPC_RANK_IKE, .state = state_sas};

	rig_start();
	gh_dpc_add_provider(rig.dpc, &ike);
	dataplane_start();
	WAIT_FOR(is_up());
	set_sa(3);
	dataplane_stop();
	WAIT_FOR(!is_up());
	CU_ASSERT_EQUAL(rig.lost, 1);
	rig.seen[0] = '\0';
	dataplane_start();
	WAIT_FOR(is_up());
	CU_ASSERT_STRING_EQUAL(rig.seen, "begin sa2 pol1 end ");
	rig_stop();
}

static void many_tunnels_travel_in_two_frames(void)
{
	rig_start();
	dataplane_start();
	WAIT_FOR(is_up());
	rig.seen[0] = '\0';
	for (uint32_t i = 1; i <= 500; i++) {
		set_sa(i);
		set_policy(i);
	}
	WAIT_FOR(rig.ok == 1000);
	CU_ASSERT_STRING_EQUAL(rig.seen, "sa500 pol500 ");
	rig_stop();
}

static void a_policy_never_precedes_its_sa(void)
{
	rig_start();
	dataplane_start();
	WAIT_FOR(is_up());
	rig.seen[0] = '\0';
	set_policy(1);
	set_sa(1);
	gh_dpc_policy_del(rig.dpc, 1, counted);
	set_policy(2);
	WAIT_FOR(rig.ok == 4);
	CU_ASSERT_STRING_EQUAL(rig.seen, "pol1 sa1 pol-del1 pol1 ");
	rig_stop();
}

static void one_bad_record_costs_only_itself(void)
{
	rig_start();
	dataplane_start();
	WAIT_FOR(is_up());
	rig.seen[0] = '\0';
	rig.bad_spi = 3;
	for (uint32_t i = 1; i <= 5; i++)
		set_sa(i);
	set_policy(1);
	WAIT_FOR(rig.ok + rig.refused == 6);
	CU_ASSERT_EQUAL(rig.refused, 1);
	CU_ASSERT_STRING_EQUAL(rig.seen, "sa5 sa2 pol1 ");
	rig_stop();
}

static void slots_are_reused_as_late_as_possible(void)
{
	struct gh_slots *s = gh_slots_new(256);
	uint32_t a, b, last = 0;

	gh_slots_take(s, &a);
	gh_slots_give(s, a);
	for (unsigned i = 0; i < 256; i++) {
		CU_ASSERT_EQUAL(gh_slots_take(s, &b), 0);
		last = b;
	}
	CU_ASSERT_EQUAL(last, a);
	CU_ASSERT_EQUAL(gh_slots_take(s, &b), -ENOSPC);
	CU_ASSERT_EQUAL(gh_slots_used(s), 256);
	gh_slots_free(s);
}

static void reserved_slots_are_not_handed_out(void)
{
	struct gh_slots *s = gh_slots_new(256);
	uint32_t slot, spi;

	CU_ASSERT_EQUAL(gh_spi_reserve(s, 5, 0x12345605), 0);
	CU_ASSERT_EQUAL(gh_spi_reserve(s, 5, 0x77777705), -EBUSY);
	CU_ASSERT_EQUAL(gh_spi_reserve(s, 6, 0x12345605), -EINVAL);
	CU_ASSERT_EQUAL(gh_spi_reserve(s, 6, 6), -EINVAL);
	CU_ASSERT_EQUAL(gh_slots_reserve(s, 256), -EINVAL);
	for (unsigned i = 0; i < 255; i++) {
		CU_ASSERT_EQUAL(gh_spi_take(s, &slot, &spi), 0);
		CU_ASSERT_NOT_EQUAL(slot, 5);
		CU_ASSERT_TRUE(spi >= 256 && (spi & 255) == slot);
	}
	CU_ASSERT_EQUAL(gh_spi_take(s, &slot, &spi), -ENOSPC);
	gh_slots_free(s);
}

static const struct unit_test tests[] = {
    UNIT_TEST(sync_states_providers_in_rank_order),
    UNIT_TEST(a_new_dataplane_is_told_everything_again),
    UNIT_TEST(many_tunnels_travel_in_two_frames),
    UNIT_TEST(a_policy_never_precedes_its_sa),
    UNIT_TEST(one_bad_record_costs_only_itself),
    UNIT_TEST(slots_are_reused_as_late_as_possible),
    UNIT_TEST(reserved_slots_are_not_handed_out),
};

UNIT_MAIN("dpclient", tests)
