/* SPDX-License-Identifier: BSD-3-Clause */
#include "tests/unit/ike_mock.h"

#include <CUnit/CUnit.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "common/log.h"

/* ---- host callbacks ---- */

static uint64_t now_ms(void *ctx)
{
	return ((struct mock_peer *)ctx)->w->now;
}

static uint64_t wall_ms(void *ctx)
{
	return 1700000000000ULL + ((struct mock_peer *)ctx)->w->now;
}

/* Repeatable, so that a failure can be looked at again. */
static void random_bytes(void *ctx, void *p, size_t len)
{
	struct mock_world *w = ((struct mock_peer *)ctx)->w;
	uint8_t *out = p;

	for (size_t i = 0; i < len; i++) {
		w->random = w->random * 6364136223846793005ULL + 1442695040888963407ULL;
		out[i] = (uint8_t)(w->random >> 56);
	}
}

static void send_datagram(void *ctx, const struct gh_endpoint *local,
    const struct gh_endpoint *remote, const void *data, size_t len)
{
	struct mock_world *w = ((struct mock_peer *)ctx)->w;
	struct mock_datagram *d = calloc(1, sizeof(*d));

	d->from = *local;
	d->to = *remote;
	d->data = malloc(len);
	d->len = len;
	memcpy(d->data, data, len);
	TAILQ_INSERT_TAIL(&w->queue, d, next);
}

static int source_address(void *ctx, const struct gh_addr *remote, struct gh_addr *local)
{
	*local = ((struct mock_peer *)ctx)->addr;
	return 0;
}

static void arm(void *ctx, uint64_t due_ms)
{
	((struct mock_peer *)ctx)->armed = due_ms;
}

static void submit(void *ctx, struct ike_job *job)
{
	struct mock_world *w = ((struct mock_peer *)ctx)->w;

	job->next = NULL;
	*w->jobs_end = job;
	w->jobs_end = &job->next;
}

static int spi_alloc(void *ctx, uint32_t *spi)
{
	struct mock_peer *p = ctx;

	*spi = p->spi_next++;
	p->spis_out++;
	return 0;
}

static void spi_free(void *ctx, uint32_t spi)
{
	((struct mock_peer *)ctx)->spis_out--;
}

static struct mock_child *find_child(struct mock_peer *p, uint32_t spi)
{
	struct mock_child *c;

	HASH_FIND(hh, p->children, &spi, sizeof(spi), c);
	return c;
}

static int child_install(void *ctx, const struct ike_child_sa *sa)
{
	struct mock_peer *p = ctx;
	struct mock_child *c = find_child(p, sa->spi_in);

	if (p->refuse_children)
		return -1;
	if (c == NULL) {
		c = calloc(1, sizeof(*c));
		c->sa.spi_in = sa->spi_in;
		c->last_in_ms = UINT64_MAX;
		HASH_ADD(hh, p->children, sa.spi_in, sizeof(sa->spi_in), c);
		if (p->spis_out > 0)
			p->spis_out--;
	}
	c->sa = *sa;
	memcpy(c->selectors, sa->selectors, sa->selector_count * sizeof(*sa->selectors));
	c->sa.selectors = c->selectors;
	return 0;
}

static void child_switch(void *ctx, uint32_t to, uint32_t from)
{
	struct mock_child *t = find_child(ctx, to), *f = find_child(ctx, from);

	CU_ASSERT_PTR_NOT_NULL_FATAL(t);
	t->sa.outbound = true;
	CU_ASSERT(from == 0 || f != NULL);
	if (f != NULL)
		f->sa.outbound = false;
}

static void child_remove(void *ctx, uint32_t spi_in)
{
	struct mock_peer *p = ctx;
	struct mock_child *c = find_child(p, spi_in);

	CU_ASSERT_PTR_NOT_NULL_FATAL(c);
	HASH_DEL(p->children, c);
	free(c);
}

static bool child_counters(void *ctx, uint32_t spi_in, struct ike_child_counters *out)
{
	struct mock_peer *p = ctx;
	struct mock_child *c = find_child(p, spi_in);

	if (c == NULL)
		return false;
	*out = (struct ike_child_counters){.last_in_ms = UINT64_MAX};
	if (c->last_in_ms != UINT64_MAX)
		out->last_in_ms = p->w->now - c->last_in_ms;
	return true;
}

static void record_del(void *ctx, uint64_t key)
{
	struct mock_peer *p = ctx;
	struct mock_record *r;

	HASH_FIND(hh, p->records, &key, sizeof(key), r);
	if (r == NULL)
		return;
	HASH_DEL(p->records, r);
	free(r->data);
	free(r);
}

static void record_put(void *ctx, uint64_t key, const void *record, size_t len)
{
	struct mock_peer *p = ctx;
	struct mock_record *r = calloc(1, sizeof(*r));

	record_del(ctx, key);
	r->key = key;
	r->data = malloc(len);
	r->len = len;
	memcpy(r->data, record, len);
	HASH_ADD(hh, p->records, key, sizeof(key), r);
}

static void event(void *ctx, const struct ike_event *ev)
{
	struct mock_peer *p = ctx;

	p->events[ev->type]++;
	if (ev->type == IKE_EVENT_FAILURE)
		snprintf(p->last_failure, sizeof(p->last_failure), "%s", ev->text);
}

static const struct ike_host host = {
    .now_ms = now_ms,
    .wall_ms = wall_ms,
    .random = random_bytes,
    .send = send_datagram,
    .source_address = source_address,
    .arm = arm,
    .submit = submit,
    .spi_alloc = spi_alloc,
    .spi_free = spi_free,
    .child_install = child_install,
    .child_switch = child_switch,
    .child_remove = child_remove,
    .child_counters = child_counters,
    .record_put = record_put,
    .record_del = record_del,
    .event = event,
};

/* ---- the world ---- */

static void peer_start(
    struct mock_world *w, struct mock_peer *p, const char *name, const char *addr, uint32_t spi)
{
	*p = (struct mock_peer){.w = w, .name = name, .armed = UINT64_MAX, .spi_next = spi};
	gh_addr_parse(addr, &p->addr);
	p->e = ike_engine_new(&host, p);
	CU_ASSERT_PTR_NOT_NULL_FATAL(p->e);
}

void mock_start(struct mock_world *w)
{
	memset(w, 0, sizeof(*w));
	gh_log_set_level(GH_LOG_IKE, getenv("IKE_DEBUG") != NULL ? LOG_DEBUG : LOG_CRIT);
	w->now = 1000000;
	w->random = 42;
	w->jobs_end = &w->jobs;
	TAILQ_INIT(&w->queue);
	peer_start(w, &w->a, "a", "10.0.0.1", 0x0a000000);
	peer_start(w, &w->b, "b", "10.0.0.2", 0x0b000000);
}

static void datagram_free(struct mock_datagram *d)
{
	free(d->data);
	free(d);
}

static void wipe_tables(struct mock_peer *p)
{
	struct mock_child *c, *ctmp;
	struct mock_record *r, *rtmp;

	HASH_ITER (hh, p->children, c, ctmp) {
		HASH_DEL(p->children, c);
		free(c);
	}
	HASH_ITER (hh, p->records, r, rtmp)
		record_del(p, r->key);
}

static void peer_stop(struct mock_peer *p)
{
	ike_engine_free(p->e);
	wipe_tables(p);
}

static bool run_job(struct mock_world *w)
{
	struct ike_job *job = w->jobs;

	if (job == NULL)
		return false;
	w->jobs = job->next;
	if (w->jobs == NULL)
		w->jobs_end = &w->jobs;
	job->run(job);
	job->done(job);
	return true;
}

void mock_stop(struct mock_world *w)
{
	struct mock_datagram *d;

	peer_stop(&w->a);
	peer_stop(&w->b);
	while (run_job(w))
		;
	while ((d = TAILQ_FIRST(&w->queue)) != NULL) {
		TAILQ_REMOVE(&w->queue, d, next);
		datagram_free(d);
	}
}

void mock_restart(struct mock_peer *p)
{
	ike_engine_free(p->e);
	while (run_job(p->w))
		;
	p->armed = UINT64_MAX;
	p->spis_out = 0;
	p->e = ike_engine_new(&host, p);
	CU_ASSERT_PTR_NOT_NULL_FATAL(p->e);
}

void mock_forget(struct mock_peer *p)
{
	mock_restart(p);
	wipe_tables(p);
}

bool mock_lose_from_b(struct mock_world *w, struct mock_datagram *d, unsigned n)
{
	return !gh_addr_equal(&d->from.addr, &w->b.addr);
}

void mock_restore(struct mock_peer *p)
{
	struct mock_record *r, *tmp;
	struct gh_error err;

	HASH_ITER (hh, p->records, r, tmp) {
		void *copy = malloc(r->len);
		uint64_t key = r->key;
		size_t len = r->len;

		memcpy(copy, r->data, len);
		CU_ASSERT_EQUAL(ike_engine_restore(p->e, key, copy, len, &err), 0);
		free(copy);
	}
}

/* A NAT in front of a: b sees 10.9.9.9 and other ports. */
static void translate(struct mock_world *w, struct mock_datagram *d)
{
	struct gh_addr outside;

	if (!w->nat)
		return;
	gh_addr_parse("10.9.9.9", &outside);
	if (gh_addr_equal(&d->from.addr, &w->a.addr)) {
		d->from.addr = outside;
		d->from.port = (uint16_t)(d->from.port + 10000 + w->nat_shift);
	} else if (gh_addr_equal(&d->to.addr, &outside)) {
		d->to.addr = w->a.addr;
		d->to.port = (uint16_t)(d->to.port - 10000 - w->nat_shift);
	}
}

static void deliver(struct mock_world *w, struct mock_datagram *d)
{
	struct mock_peer *to;

	translate(w, d);
	to = gh_addr_equal(&d->to.addr, &w->a.addr) ? &w->a : &w->b;
	if (gh_addr_equal(&d->to.addr, &to->addr))
		ike_engine_receive(to->e, &d->to, &d->from, d->data, d->len);
}

static void check(bool ok)
{
	CU_ASSERT(ok);
}

bool mock_step(struct mock_world *w)
{
	struct mock_datagram *d;

	if (!w->hold_jobs && run_job(w))
		return true;
	d = TAILQ_FIRST(&w->queue);
	if (d == NULL)
		return false;
	TAILQ_REMOVE(&w->queue, d, next);
	w->sent++;
	if (w->filter == NULL || w->filter(w, d, w->sent - 1))
		deliver(w, d);
	datagram_free(d);
	if (w->check_traffic)
		check(mock_traffic_ok(w));
	return true;
}

void mock_settle(struct mock_world *w)
{
	while (mock_step(w))
		;
}

void mock_advance(struct mock_world *w, uint64_t ms)
{
	uint64_t end = w->now + ms;

	for (;;) {
		struct mock_peer *p;

		mock_settle(w);
		p = w->a.armed <= w->b.armed ? &w->a : &w->b;
		if (p->armed > end)
			break;
		if (p->armed > w->now)
			w->now = p->armed;
		p->armed = UINT64_MAX;
		ike_engine_tick(p->e);
	}
	w->now = end;
}

/* ---- what came out ---- */

struct sa_look {
	struct ike_sa_info *out;
	unsigned established, all;
};

static bool look_sa(void *arg, const struct ike_sa *sa)
{
	struct sa_look *look = arg;
	struct ike_sa_info info;

	ike_sa_describe(sa, &info);
	look->all++;
	if (info.state != IKE_SA_ESTABLISHED)
		return true;
	look->established++;
	*look->out = info;
	return true;
}

bool mock_sa(struct mock_peer *p, struct ike_sa_info *out)
{
	struct sa_look look = {.out = out};

	ike_sa_foreach(p->e, look_sa, &look);
	return look.established == 1;
}

unsigned mock_sa_count(struct mock_peer *p)
{
	struct ike_sa_info info;
	struct sa_look look = {.out = &info};

	ike_sa_foreach(p->e, look_sa, &look);
	return look.all;
}

unsigned mock_child_count(struct mock_peer *p)
{
	return HASH_COUNT(p->children);
}

static bool mirrored(const struct mock_child *x, const struct mock_child *y)
{
	if (x->sa.selector_count != y->sa.selector_count)
		return false;
	for (unsigned i = 0; i < x->sa.selector_count; i++) {
		if (memcmp(&x->selectors[i].local, &y->selectors[i].remote,
			sizeof(struct gh_prefix)) != 0 ||
		    memcmp(&x->selectors[i].remote, &y->selectors[i].local,
			sizeof(struct gh_prefix)) != 0)
			return false;
	}
	return true;
}

static bool has_keys(const struct ike_esp_keys *k)
{
	static const struct ike_esp_keys none;

	return memcmp(k->enc, none.enc, sizeof(none.enc)) != 0;
}

static bool halves_fit(const struct mock_child *x, const struct mock_child *y)
{
	return y != NULL && x->sa.spi_in == y->sa.spi_out && x->sa.spi_out == y->sa.spi_in &&
	       x->sa.enc_alg == y->sa.enc_alg && x->sa.auth_alg == y->sa.auth_alg &&
	       x->sa.esn == y->sa.esn && x->sa.udp_encap == y->sa.udp_encap &&
	       memcmp(&x->sa.in, &y->sa.out, sizeof(x->sa.in)) == 0 &&
	       memcmp(&x->sa.out, &y->sa.in, sizeof(x->sa.in)) == 0 &&
	       memcmp(&x->sa.in, &x->sa.out, sizeof(x->sa.in)) != 0 && has_keys(&x->sa.in) &&
	       has_keys(&x->sa.out) && mirrored(x, y);
}

static bool all_fit(struct mock_peer *from, struct mock_peer *to)
{
	struct mock_child *c, *tmp;

	HASH_ITER (hh, from->children, c, tmp) {
		if (!halves_fit(c, find_child(to, c->sa.spi_out)))
			return false;
	}
	return from->spis_out == 0;
}

bool mock_children_fit(struct mock_world *w)
{
	return mock_child_count(&w->a) == mock_child_count(&w->b) && all_fit(&w->a, &w->b) &&
	       all_fit(&w->b, &w->a);
}

static bool heard_by(struct mock_peer *from, struct mock_peer *to)
{
	struct mock_child *c, *tmp;

	HASH_ITER (hh, from->children, c, tmp) {
		if (c->sa.outbound && !halves_fit(c, find_child(to, c->sa.spi_out)))
			return false;
	}
	return true;
}

bool mock_traffic_ok(struct mock_world *w)
{
	return heard_by(&w->a, &w->b) && heard_by(&w->b, &w->a);
}

struct mock_child *mock_carrier(struct mock_peer *p)
{
	struct mock_child *c, *tmp, *found = NULL;
	unsigned n = 0;

	HASH_ITER (hh, p->children, c, tmp) {
		if (c->sa.outbound) {
			found = c;
			n++;
		}
	}
	return n == 1 ? found : NULL;
}
