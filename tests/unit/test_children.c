/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * CHILD SAs to dataplane records, against a dataplane of two tables that checks every record as it
 * comes: whatever the order of installs, switches and removals, protected traffic always meets a
 * policy, and at the end nothing is left.
 */
#include "ctrlplane/ike/host/children.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "ctrlplane/dpclient/spi.h"
#include "tests/unit/unit.h"

#define RECORDS 256

struct gh_dpc {
	struct gh_slots *slots;
	bool down, slow;
	struct gh_dpc_done waiting[RECORDS]; /* completions that a slow dataplane owes */
	unsigned waiting_count;
	struct gh_dp_policy policies[RECORDS];
	struct gh_dp_sa sas[RECORDS];
	unsigned policy_count, sa_count;
};

static struct gh_dpc dpc;
static struct outbox *outbox;
static unsigned sent;

static void count_sent(void *ctx, const struct gh_endpoint *local, const struct gh_endpoint *remote,
    const void *data, size_t len)
{
	sent++;
}

static void complete(struct gh_dpc *d, struct gh_dpc_done done)
{
	CU_ASSERT_PTR_NOT_NULL_FATAL(done.fn);
	CU_ASSERT_FATAL(d->waiting_count < RECORDS);
	d->waiting[d->waiting_count++] = done;
}

/* What the real client does from the loop, never from within the call. */
static void settle(struct gh_dpc *d)
{
	for (unsigned i = 0; i < d->waiting_count; i++)
		d->waiting[i].fn(d->waiting[i].ctx, 0, "");
	d->waiting_count = 0;
}

struct gh_slots *gh_dpc_slots(struct gh_dpc *d, enum gh_dp_dir dir)
{
	return d->slots;
}

static unsigned find_policy(const struct gh_dpc *d, uint32_t id)
{
	unsigned i = 0;

	while (i < d->policy_count && d->policies[i].id != id)
		i++;
	return i;
}

static unsigned find_sa(const struct gh_dpc *d, const struct gh_dp_sa_id *id)
{
	unsigned i = 0;

	while (i < d->sa_count && memcmp(&d->sas[i].id, id, sizeof(*id)) != 0)
		i++;
	return i;
}

static bool has_out_sa(const struct gh_dpc *d, uint32_t index)
{
	for (unsigned i = 0; i < d->sa_count; i++)
		if (d->sas[i].id.dir == GH_DP_OUT && d->sas[i].id.index == index)
			return true;
	return false;
}

int gh_dpc_policy_set(struct gh_dpc *d, const struct gh_dp_policy *p, struct gh_dpc_done done)
{
	unsigned i;

	if (d->down)
		return -ENOTCONN;
	i = find_policy(d, p->id);
	CU_ASSERT_FATAL(i < RECORDS);
	if (p->dir == GH_DP_OUT && p->sa != GH_DP_SA_NONE)
		CU_ASSERT_TRUE(has_out_sa(d, p->sa));
	if (i == d->policy_count)
		d->policy_count++;
	d->policies[i] = *p;
	complete(d, done);
	if (!d->slow)
		settle(d);
	return 0;
}

int gh_dpc_policy_del(struct gh_dpc *d, uint32_t id, struct gh_dpc_done done)
{
	unsigned i = find_policy(d, id);

	if (d->down)
		return -ENOTCONN;
	CU_ASSERT_FATAL(i < d->policy_count);
	d->policies[i] = d->policies[--d->policy_count];
	return 0;
}

int gh_dpc_sa_set(struct gh_dpc *d, const struct gh_dp_sa *sa, struct gh_dpc_done done)
{
	unsigned i = find_sa(d, &sa->id);

	if (d->down)
		return -ENOTCONN;
	CU_ASSERT_FATAL(i < RECORDS);
	if (i == d->sa_count)
		d->sa_count++;
	d->sas[i] = *sa;
	complete(d, done);
	if (!d->slow)
		settle(d);
	return 0;
}

int gh_dpc_sa_del(struct gh_dpc *d, const struct gh_dp_sa_id *id, struct gh_dpc_done done)
{
	unsigned i = find_sa(d, id);

	if (d->down)
		return -ENOTCONN;
	CU_ASSERT_FATAL(i < d->sa_count);
	for (unsigned p = 0; p < d->policy_count; p++)
		CU_ASSERT_FALSE(d->policies[p].sa == id->index && d->policies[p].dir == id->dir);
	d->sas[i] = d->sas[--d->sa_count];
	return 0;
}

static struct children *fresh(void)
{
	gh_slots_free(dpc.slots);
	memset(&dpc, 0, sizeof(dpc));
	dpc.slots = gh_slots_new(GH_DP_SA_MAX);
	outbox = outbox_new(count_sent, NULL);
	sent = 0;
	return children_new(&dpc, outbox);
}

static void finish(struct children *t)
{
	children_free(t);
	outbox_free(outbox);
	gh_slots_free(dpc.slots);
	dpc.slots = NULL;
}

static struct gh_dp_selector selector(const char *local, const char *remote)
{
	struct gh_dp_selector s = {.local_port_last = UINT16_MAX, .remote_port_last = UINT16_MAX};

	gh_prefix_parse(local, &s.local);
	gh_prefix_parse(remote, &s.remote);
	return s;
}

static uint32_t install(struct children *t, const struct gh_dp_selector *sel, bool outbound)
{
	struct ike_child_sa c = {.spi_out = 0x1000,
	    .enc_alg = GH_DP_AEAD_AES128_GCM_16,
	    .selectors = sel,
	    .selector_count = 1,
	    .outbound = outbound};

	CU_ASSERT_EQUAL_FATAL(children_spi_alloc(t, &c.spi_in), 0);
	CU_ASSERT_EQUAL(children_install(t, &c), 0);
	return c.spi_in;
}

/* The outbound policy that serves this selector: the lowest priority value of equal selectors. */
static const struct gh_dp_policy *serves(const struct gh_dp_selector *sel)
{
	const struct gh_dp_policy *best = NULL;

	for (unsigned i = 0; i < dpc.policy_count; i++) {
		const struct gh_dp_policy *p = &dpc.policies[i];

		if (p->dir == GH_DP_OUT && memcmp(&p->sel, sel, sizeof(*sel)) == 0 &&
		    (best == NULL || p->priority < best->priority))
			best = p;
	}
	return best;
}

static void a_child_stands_before_its_guard(void)
{
	struct gh_dp_selector sel = selector("172.26.0.0/24", "172.16.0.0/24");
	struct children *t = fresh();
	uint32_t spi;

	children_guard_set(t, "v", "p", &sel);
	CU_ASSERT_EQUAL(serves(&sel)->sa, GH_DP_SA_NONE);
	spi = install(t, &sel, true);
	CU_ASSERT_EQUAL(serves(&sel)->sa, children_slot(spi));
	CU_ASSERT_EQUAL(dpc.sa_count, 2);
	children_remove(t, spi);
	CU_ASSERT_EQUAL(serves(&sel)->sa, GH_DP_SA_NONE);
	CU_ASSERT_EQUAL(dpc.sa_count, 0);
	children_guard_del(t, "v", "p");
	CU_ASSERT_EQUAL(dpc.policy_count, 0);
	finish(t);
}

static void a_rekey_keeps_the_policy(void)
{
	struct gh_dp_selector sel = selector("172.26.0.0/24", "172.16.0.1/32");
	struct children *t = fresh();
	uint32_t old = install(t, &sel, true), id = serves(&sel)->id, new;

	new = install(t, &sel, false);
	CU_ASSERT_EQUAL(serves(&sel)->sa, children_slot(old));
	children_switch(t, new, old);
	CU_ASSERT_EQUAL(serves(&sel)->sa, children_slot(new));
	CU_ASSERT_EQUAL(serves(&sel)->id, id);
	children_remove(t, old);
	CU_ASSERT_EQUAL(serves(&sel)->sa, children_slot(new));
	children_remove(t, new);
	CU_ASSERT_EQUAL(dpc.policy_count, 0);
	finish(t);
}

/* Two peers hold the same selector; when the newer goes, the older carries on. */
static void the_older_claim_comes_back(void)
{
	struct gh_dp_selector sel = selector("172.26.0.0/24", "172.16.0.1/32");
	struct children *t = fresh();
	uint32_t a = install(t, &sel, true), b = install(t, &sel, true);

	CU_ASSERT_EQUAL(serves(&sel)->sa, children_slot(b));
	children_remove(t, b);
	CU_ASSERT_EQUAL(serves(&sel)->sa, children_slot(a));
	children_remove(t, a);
	CU_ASSERT_PTR_NULL(serves(&sel));
	finish(t);
}

static void a_new_dataplane_hears_everything(void)
{
	struct gh_dp_selector sel = selector("172.26.0.0/24", "172.16.0.1/32");
	struct gh_dp_selector wide = selector("172.26.0.0/24", "172.16.0.0/24");
	struct children *t = fresh();
	struct ike_child_sa c = {.spi_out = 9,
	    .enc_alg = GH_DP_AEAD_AES128_GCM_16,
	    .selectors = &sel,
	    .selector_count = 1,
	    .outbound = true};

	dpc.down = true;
	children_guard_set(t, "v", "p", &wide);
	CU_ASSERT_EQUAL(children_spi_alloc(t, &c.spi_in), 0);
	children_install(t, &c);
	CU_ASSERT_FALSE(children_was_stated(t, &c));
	CU_ASSERT_EQUAL(dpc.policy_count, 0);
	dpc.down = false;
	children_state_guards(t);
	children_install(t, &c);
	CU_ASSERT_TRUE(children_was_stated(t, &c));
	CU_ASSERT_EQUAL(dpc.policy_count, 3);
	CU_ASSERT_EQUAL(dpc.sa_count, 2);
	CU_ASSERT_EQUAL(children_count(t), 1);
	finish(t);
}

/* A record of a former gatehoused brings its SPI; its slot is taken for it. */
static void a_restored_child_keeps_its_slot(void)
{
	struct gh_dp_selector sel = selector("172.26.0.0/24", "172.16.0.1/32");
	struct children *t = fresh();
	struct ike_child_sa c = {
	    .spi_in = 0x40000005, .spi_out = 9, .selectors = &sel, .selector_count = 1};

	CU_ASSERT_TRUE(children_was_stated(t, &c));
	CU_ASSERT_EQUAL(children_install(t, &c), 0);
	CU_ASSERT_TRUE(gh_slots_taken(dpc.slots, 5));
	CU_ASSERT_EQUAL(children_spi_of_slot(t, 5), 0x40000005);
	children_remove(t, c.spi_in);
	CU_ASSERT_FALSE(gh_slots_taken(dpc.slots, 5));
	finish(t);
}

static void an_acquire_finds_its_policy(void)
{
	struct gh_dp_selector sel = selector("172.26.0.0/24", "172.16.0.0/24");
	struct children *t = fresh();
	const char *vpn, *policy;
	uint32_t id;

	children_guard_set(t, "vpn-a", "policy-1", &sel);
	id = serves(&sel)->id;
	CU_ASSERT_TRUE(children_guard_find(t, id, &vpn, &policy));
	CU_ASSERT_STRING_EQUAL(vpn, "vpn-a");
	CU_ASSERT_STRING_EQUAL(policy, "policy-1");
	children_guard_del(t, "vpn-a", "policy-1");
	CU_ASSERT_FALSE(children_guard_find(t, id, &vpn, &policy));
	finish(t);
}

/* A peer may send ESP the moment it reads our answer: the SAs must be there before. */
static void answers_wait_for_the_dataplane(void)
{
	struct gh_dp_selector sel = selector("172.26.0.0/24", "172.16.0.1/32");
	struct children *t = fresh();
	struct gh_endpoint e = {0};

	outbox_send(outbox, &e, &e, "before", 6);
	CU_ASSERT_EQUAL(sent, 1);
	dpc.slow = true;
	install(t, &sel, true);
	outbox_send(outbox, &e, &e, "answer", 6);
	CU_ASSERT_EQUAL(sent, 1);
	settle(&dpc);
	CU_ASSERT_EQUAL(sent, 2);
	outbox_send(outbox, &e, &e, "after", 5);
	CU_ASSERT_EQUAL(sent, 3);
	install(t, &sel, true);
	outbox_send(outbox, &e, &e, "last", 4);
	dpc.waiting_count = 0; /* the dataplane is gone; nothing will settle */
	finish(t);
	CU_ASSERT_EQUAL(sent, 4);
}

/* Random life of 12 children on 4 selectors: guarded traffic never lacks a policy. */
static void random_lives_leave_no_gap(void)
{
	struct gh_dp_selector sel[4];
	struct children *t = fresh();
	uint32_t spi[12] = {0};
	unsigned of[12];

	srandom(1);
	for (unsigned i = 0; i < 4; i++) {
		char remote[32];

		snprintf(remote, sizeof(remote), "172.16.%u.0/24", i);
		sel[i] = selector("172.26.0.0/24", remote);
	}
	for (unsigned step = 0; step < 5000; step++) {
		unsigned i = (unsigned)random() % 12, j = (unsigned)random() % 12;

		if (spi[i] == 0) {
			of[i] = (unsigned)random() % 4;
			spi[i] = install(t, &sel[of[i]], true);
		} else if (random() % 2) {
			children_remove(t, spi[i]);
			spi[i] = 0;
		} else if (i != j && spi[j] != 0 && of[i] == of[j]) {
			children_switch(t, spi[i], spi[j]);
			CU_ASSERT_EQUAL(serves(&sel[of[i]])->sa, children_slot(spi[i]));
		}
		for (unsigned k = 0; k < 12; k++)
			if (spi[k] != 0 && serves(&sel[of[k]]) == NULL)
				children_switch(t, spi[k], 0);
	}
	for (unsigned i = 0; i < 12; i++)
		children_remove(t, spi[i]);
	CU_ASSERT_EQUAL(dpc.policy_count, 0);
	CU_ASSERT_EQUAL(dpc.sa_count, 0);
	CU_ASSERT_EQUAL(gh_slots_used(dpc.slots), 0);
	finish(t);
}

static const struct unit_test tests[] = {
    UNIT_TEST(a_child_stands_before_its_guard),
    UNIT_TEST(a_rekey_keeps_the_policy),
    UNIT_TEST(the_older_claim_comes_back),
    UNIT_TEST(a_new_dataplane_hears_everything),
    UNIT_TEST(a_restored_child_keeps_its_slot),
    UNIT_TEST(an_acquire_finds_its_policy),
    UNIT_TEST(answers_wait_for_the_dataplane),
    UNIT_TEST(random_lives_leave_no_gap),
};

UNIT_MAIN("children", tests)
