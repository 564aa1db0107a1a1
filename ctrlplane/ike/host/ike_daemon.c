/* SPDX-License-Identifier: BSD-3-Clause */
#include "ctrlplane/ike/host/ike_daemon.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "common/clock.h"
#include "common/log.h"
#include "common/secret.h"
#include "ctrlplane/config/event.h"
#include "ctrlplane/ike/host/ike_daemon_int.h"

#define THREADS_MAX 4

/* ---- struct ike_host ---- */

static uint64_t host_now_ms(void *ctx)
{
	return gh_clock_ms();
}

static uint64_t host_wall_ms(void *ctx)
{
	return gh_wallclock_ms();
}

static void host_random(void *ctx, void *p, size_t len)
{
	gh_random(p, len);
}

static void host_send(void *ctx, const struct gh_endpoint *local, const struct gh_endpoint *remote,
    const void *data, size_t len)
{
	struct ike_daemon *d = ctx;

	outbox_send(d->outbox, local, remote, data, len);
}

static void send_now(void *ctx, const struct gh_endpoint *local, const struct gh_endpoint *remote,
    const void *data, size_t len)
{
	struct ike_daemon *d = ctx;

	if (d->udp != NULL)
		ike_udp_send(d->udp, local, remote, data, len);
}

static int host_source_address(void *ctx, const struct gh_addr *remote, struct gh_addr *local)
{
	return ike_udp_source_address(remote, local);
}

static void host_arm(void *ctx, uint64_t due_ms)
{
	struct ike_daemon *d = ctx;
	uint64_t now = gh_clock_ms();

	ev_timer_stop(d->loop, &d->timer);
	if (due_ms == UINT64_MAX)
		return;
	/* libev counts from the loop's own, possibly older, notion of now. */
	ev_now_update(d->loop);
	ev_timer_set(&d->timer, due_ms > now ? (double)(due_ms - now) / 1e3 : 0., 0.);
	ev_timer_start(d->loop, &d->timer);
}

static void host_submit(void *ctx, struct ike_job *job)
{
	struct ike_daemon *d = ctx;

	job_pool_submit(d->pool, job);
}

static int host_spi_alloc(void *ctx, uint32_t *spi)
{
	struct ike_daemon *d = ctx;

	return children_spi_alloc(d->children, spi);
}

static void host_spi_free(void *ctx, uint32_t spi)
{
	struct ike_daemon *d = ctx;

	children_spi_free(d->children, spi);
}

/*
 * A child that the dataplane has had before, but whose outbound sequence number is no more in the
 * segment, must not be used again: numbers, and the IVs made of them, would repeat under the same
 * key (RFC 4106 2).
 */
static int host_child_install(void *ctx, const struct ike_child_sa *child)
{
	struct ike_daemon *d = ctx;
	struct child_place place;

	if (gh_dpc_state(d->dpc) == GH_DPC_SYNCING && children_was_stated(d->children, child)) {
		place = (struct child_place){.slot = children_slot(child->spi_in),
		    .spi_in = child->spi_in,
		    .spi_out = child->spi_out};
		if (!counters_know(d->counters, &place))
			return -ESTALE;
	}
	return children_install(d->children, child);
}

static void host_child_switch(void *ctx, uint32_t to, uint32_t from)
{
	struct ike_daemon *d = ctx;

	children_switch(d->children, to, from);
}

static void host_child_remove(void *ctx, uint32_t spi_in)
{
	struct ike_daemon *d = ctx;

	children_remove(d->children, spi_in);
}

static bool host_child_counters(void *ctx, uint32_t spi_in, struct ike_child_counters *out)
{
	struct ike_daemon *d = ctx;
	struct child_place place;

	return children_find(d->children, spi_in, &place) &&
	       counters_read(d->counters, &place, gh_clock_ms(), out);
}

static void host_record_put(void *ctx, uint64_t key, const void *record, size_t len)
{
	struct ike_daemon *d = ctx;
	int rc = d->records != NULL ? record_log_put(d->records, key, record, len) : 0;

	if (rc < 0)
		gh_log(GH_LOG_IKE, LOG_ERR,
		    "cannot keep the record of an IKE SA: %s; it would not survive a restart",
		    strerror(-rc));
}

static void host_record_del(void *ctx, uint64_t key)
{
	struct ike_daemon *d = ctx;

	if (d->records != NULL)
		record_log_del(d->records, key);
}

/* The engine has logged it; here it becomes a notification for NETCONF and sessions. */
static void host_event(void *ctx, const struct ike_event *ev)
{
	struct ike_daemon *d = ctx;
	char remote[GH_ADDR_STRLEN];
	struct lyd_node *note;

	if (ev->type != IKE_EVENT_SA_UP && ev->type != IKE_EVENT_SA_DOWN)
		return;
	note = gh_event_new(d->schema, "tunnel-state");
	gh_event_leaf(note, "vrf", IKE_VRF);
	gh_event_leaf(note, "vpn", ev->vpn);
	gh_event_leaf(note, "remote-address", gh_addr_str(&ev->remote.addr, remote));
	gh_event_leaf(note, "remote-id", ev->remote_id);
	gh_event_leaf(note, "state", ev->type == IKE_EVENT_SA_UP ? "up" : "down");
	if (ev->type == IKE_EVENT_SA_DOWN)
		gh_event_leaf(note, "reason", ev->text);
	gh_event_publish(note);
}

static const struct ike_host host = {
    .now_ms = host_now_ms,
    .wall_ms = host_wall_ms,
    .random = host_random,
    .send = host_send,
    .source_address = host_source_address,
    .arm = host_arm,
    .submit = host_submit,
    .spi_alloc = host_spi_alloc,
    .spi_free = host_spi_free,
    .child_install = host_child_install,
    .child_switch = host_child_switch,
    .child_remove = host_child_remove,
    .child_counters = host_child_counters,
    .record_put = host_record_put,
    .record_del = host_record_del,
    .event = host_event,
};

/* ---- from the loop into the engine ---- */

static void on_datagram(void *ctx, const struct gh_endpoint *local,
    const struct gh_endpoint *remote, const void *data, size_t len)
{
	struct ike_daemon *d = ctx;

	ike_engine_receive(d->engine, local, remote, data, len);
}

static void on_timer(struct ev_loop *loop, ev_timer *w, int revents)
{
	struct ike_daemon *d = w->data;

	ike_engine_tick(d->engine);
}

static void on_acquire(void *ctx, const struct gh_dp_acquire *ev)
{
	struct ike_daemon *d = ctx;
	const char *vpn, *policy;

	if (children_guard_find(d->children, ev->policy, &vpn, &policy))
		ike_engine_acquire(d->engine, vpn, policy, &ev->packet);
}

static void on_sa_limit(void *ctx, const struct gh_dp_sa_limit *ev)
{
	struct ike_daemon *d = ctx;
	uint32_t spi_in = children_spi_of_slot(d->children, ev->id.index);

	if (spi_in != 0)
		ike_engine_sa_limit(d->engine, spi_in, ev->hard != 0);
}

static void on_dataplane(void *ctx, enum gh_dpc_state state)
{
	struct ike_daemon *d = ctx;

	if (state == GH_DPC_SYNCING)
		counters_reopen(d->counters);
}

static void state_all(void *ctx, struct gh_dpc *dpc)
{
	struct ike_daemon *d = ctx;

	children_state_guards(d->children);
	ike_engine_restate(d->engine);
}

/* ---- life ---- */

struct ike_daemon *ike_daemon_new(struct gh_daemon *daemon, struct gh_error *err)
{
	struct ike_daemon *d = calloc(1, sizeof(*d));

	if (d == NULL)
		return NULL;
	d->loop = daemon->loop;
	d->inst = daemon->instance;
	d->dpc = daemon->dpc;
	d->schema = daemon->schema;
	ev_timer_init(&d->timer, on_timer, 0., 0.);
	d->timer.data = d;
	d->outbox = outbox_new(send_now, d);
	if (d->outbox != NULL)
		d->children = children_new(d->dpc, d->outbox);
	d->counters = counters_new(d->inst);
	d->engine = ike_engine_new(&host, d);
	if (d->children == NULL || d->counters == NULL || d->engine == NULL) {
		gh_error_set(err, -ENOMEM, NULL, "out of memory for IKE");
		ike_daemon_free(d);
		return NULL;
	}
	d->provider = (struct gh_dpc_provider){
	    .name = "ike", .rank = GH_DPC_RANK_IKE, .state = state_all, .ctx = d};
	d->listener = (struct gh_dpc_listener){
	    .acquire = on_acquire, .sa_limit = on_sa_limit, .state = on_dataplane, .ctx = d};
	gh_dpc_add_provider(d->dpc, &d->provider);
	gh_dpc_add_listener(d->dpc, &d->listener);
	ike_apply_init(d);
	ike_show_init(d);
	return d;
}

/* Records that no longer fit (their VPN is gone or is another) are dropped after the replay. */
struct restore {
	struct ike_daemon *d;
	uint64_t *stale;
	size_t restored, stale_count, stale_room;
};

static void remember_stale(struct restore *r, uint64_t key)
{
	if (r->stale_count == r->stale_room) {
		size_t room = r->stale_room ? r->stale_room * 2 : 64;
		uint64_t *stale = realloc(r->stale, room * sizeof(*stale));

		if (stale == NULL)
			return;
		r->stale = stale;
		r->stale_room = room;
	}
	r->stale[r->stale_count++] = key;
}

static void restore_one(void *ctx, uint64_t key, const void *data, size_t len)
{
	struct restore *r = ctx;
	struct gh_error err = {0};

	if (ike_engine_restore(r->d->engine, key, data, len, &err) == 0) {
		r->restored++;
		return;
	}
	gh_log(GH_LOG_IKE, LOG_NOTICE, "an IKE SA was not taken over: %s", err.message);
	remember_stale(r, key);
}

static int open_records(struct ike_daemon *d, struct gh_error *err)
{
	struct restore r = {.d = d};
	char path[GH_INSTANCE_PATH_MAX];

	gh_instance_path(d->inst, "run/ike-sa.log", path);
	d->records = record_log_open(path, restore_one, &r, err);
	if (d->records == NULL) {
		free(r.stale);
		return err->code;
	}
	for (size_t i = 0; i < r.stale_count; i++)
		record_log_del(d->records, r.stale[i]);
	free(r.stale);
	if (r.restored > 0)
		gh_log(GH_LOG_IKE, LOG_NOTICE, "%zu IKE SAs go on from before the restart",
		    r.restored);
	return 0;
}

static unsigned thread_count(void)
{
	long cpus = sysconf(_SC_NPROCESSORS_ONLN);

	if (cpus < 1)
		return 1;
	return cpus > THREADS_MAX ? THREADS_MAX : (unsigned)cpus;
}

int ike_daemon_start(struct ike_daemon *d, struct gh_error *err)
{
	int rc;

	d->pool = job_pool_new(d->loop, thread_count(), err);
	if (d->pool == NULL)
		return err->code;
	d->udp = ike_udp_open(d->loop, on_datagram, d, err);
	if (d->udp == NULL)
		return err->code;
	rc = open_records(d, err);
	if (rc < 0)
		return rc;
	ike_engine_start(d->engine);
	return 0;
}

void ike_daemon_free(struct ike_daemon *d)
{
	if (d == NULL)
		return;
	ev_timer_stop(d->loop, &d->timer);
	job_pool_free(d->pool);
	d->pool = NULL;
	if (d->engine != NULL)
		ike_engine_free(d->engine);
	outbox_free(d->outbox);
	ike_udp_close(d->udp);
	record_log_close(d->records);
	counters_free(d->counters);
	children_free(d->children);
	free(d);
}

/* ---- the part ---- */

static struct ike_daemon *part;

int gh_ike_start(struct gh_daemon *daemon, struct gh_error *err)
{
	part = ike_daemon_new(daemon, err);
	return part != NULL ? 0 : err->code;
}

int gh_ike_ready(struct gh_error *err)
{
	return ike_daemon_start(part, err);
}

void gh_ike_stop(void)
{
	ike_daemon_free(part);
	part = NULL;
}
