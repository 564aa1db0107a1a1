/* SPDX-License-Identifier: BSD-3-Clause */
#include "ctrlplane/dpclient/dpclient.h"

#include <errno.h>
#include <ev.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>

#include "common/frame.h"
#include "common/log.h"
#include "ctrlplane/dpclient/queue.h"
#include "ctrlplane/dpclient/spi.h"

#define BACKOFF_MIN_S 0.05
#define BACKOFF_MAX_S 0.5

struct gh_dpc {
	struct ev_loop *loop;
	char path[GH_INSTANCE_PATH_MAX];
	enum gh_dpc_state state;
	uint64_t boot_id;
	double backoff_s;
	uint32_t frame_id; /* of the frame under way */
	struct gh_stream stream;
	struct gh_dpq queue;
	ev_io io;
	ev_timer retry;
	ev_prepare before_wait; /* sends what the iteration gathered */
	struct gh_slots *slots[2];
	TAILQ_HEAD(, gh_dpc_provider) providers;
	TAILQ_HEAD(, gh_dpc_listener) listeners;
};

const char *gh_dpc_state_name(enum gh_dpc_state state)
{
	static const char *const names[] = {
#define X(id, word) [GH_DPC_##id] = word,
	    GH_DPC_STATES(X)
#undef X
	};

	return names[state];
}

/* Calls a member of every listener that has it. */
#define NOTIFY(dpc, member, ev)                               \
	do {                                                  \
		struct gh_dpc_listener *l_;                   \
		TAILQ_FOREACH (l_, &(dpc)->listeners, next) { \
			if (l_->member != NULL)               \
				l_->member(l_->ctx, ev);      \
		}                                             \
	} while (0)

static void set_state(struct gh_dpc *dpc, enum gh_dpc_state state)
{
	if (dpc->state == state)
		return;
	dpc->state = state;
	NOTIFY(dpc, state, state);
}

static void io_watch(struct gh_dpc *dpc, int events)
{
	if (ev_is_active(&dpc->io) && (dpc->io.events & (EV_READ | EV_WRITE)) == events)
		return;
	ev_io_stop(dpc->loop, &dpc->io);
	ev_io_set(&dpc->io, dpc->stream.fd, events);
	ev_io_start(dpc->loop, &dpc->io);
}

static void retry_later(struct gh_dpc *dpc)
{
	ev_timer_stop(dpc->loop, &dpc->retry);
	ev_timer_set(&dpc->retry, dpc->backoff_s, 0.);
	ev_timer_start(dpc->loop, &dpc->retry);
	dpc->backoff_s *= 2;
	if (dpc->backoff_s > BACKOFF_MAX_S)
		dpc->backoff_s = BACKOFF_MAX_S;
}

static void disconnect(struct gh_dpc *dpc, const char *why)
{
	gh_log(GH_LOG_DATAPLANE, LOG_WARNING, "lost the dataplane: %s; trying again", why);
	ev_io_stop(dpc->loop, &dpc->io);
	gh_stream_close(&dpc->stream);
	set_state(dpc, GH_DPC_DOWN);
	gh_dpq_abort(&dpc->queue);
	retry_later(dpc);
}

static void flush(struct gh_dpc *dpc)
{
	int rc = gh_stream_flush(&dpc->stream);

	if (rc < 0)
		disconnect(dpc, strerror(-rc));
	else
		io_watch(dpc, rc > 0 ? EV_READ | EV_WRITE : EV_READ);
}

static void send_next(struct gh_dpc *dpc)
{
	struct gh_dpq_frame *f = TAILQ_FIRST(&dpc->queue);

	if (f == NULL || f->sent)
		return;
	if (gh_stream_put(&dpc->stream, f->type, 0, ++dpc->frame_id, f->records,
		(size_t)f->count * f->record_size) < 0) {
		disconnect(dpc, "out of memory");
		return;
	}
	f->sent = true;
	flush(dpc);
}

static void synced(void *ctx, int status, const char *message)
{
	struct gh_dpc *dpc = ctx;

	if (status == -ENOTCONN)
		return;
	if (status < 0)
		gh_log(GH_LOG_DATAPLANE, LOG_ERR, "the dataplane refused the sync: %s", message);
	dpc->backoff_s = BACKOFF_MIN_S;
	gh_log(GH_LOG_DATAPLANE, LOG_NOTICE, "the dataplane is up and in sync");
	set_state(dpc, GH_DPC_UP);
}

static void sync_start(struct gh_dpc *dpc)
{
	struct gh_dpc_provider *p;

	set_state(dpc, GH_DPC_SYNCING);
	gh_dpq_add(&dpc->queue, GH_DP_SYNC_BEGIN, NULL, 0, GH_DPC_NO_DONE);
	TAILQ_FOREACH (p, &dpc->providers, next)
		p->state(p->ctx, dpc);
	gh_dpq_add(
	    &dpc->queue, GH_DP_SYNC_END, NULL, 0, (struct gh_dpc_done){.fn = synced, .ctx = dpc});
}

/* Copies a fixed-size body out of a frame; false: not that size. */
static bool body_as(const struct gh_frame_header *hdr, const void *body, void *out, size_t size)
{
	if (hdr->len != size)
		return false;
	memcpy(out, body, size);
	return true;
}

static const char *handle_hello(
    struct gh_dpc *dpc, const struct gh_frame_header *hdr, const void *body)
{
	struct gh_dp_hello hello;

	if (dpc->state != GH_DPC_HELLO || !body_as(hdr, body, &hello, sizeof(hello)))
		return "a greeting out of place";
	if (hello.version != GH_DP_VERSION || hello.sa_max != GH_DP_SA_MAX)
		return "it is of another version: install gatehoused and gatehouse-dataplane of "
		       "one build";
	dpc->boot_id = hello.boot_id;
	sync_start(dpc);
	return NULL;
}

static const char *handle_reply(
    struct gh_dpc *dpc, const struct gh_frame_header *hdr, const void *body)
{
	struct gh_dpq_frame *f = TAILQ_FIRST(&dpc->queue);
	struct gh_dp_reply reply;

	if (!body_as(hdr, body, &reply, sizeof(reply)))
		return "a reply of a wrong size";
	reply.message[sizeof(reply.message) - 1] = '\0';
	if (dpc->state == GH_DPC_HELLO)
		return "it refused the greeting";
	if (f == NULL || !f->sent || hdr->id != dpc->frame_id)
		return "a reply to nothing";
	gh_dpq_answer(&dpc->queue, &reply);
	return NULL;
}

static const char *handle_event(
    struct gh_dpc *dpc, const struct gh_frame_header *hdr, const void *body)
{
	union {
		struct gh_dp_acquire acquire;
		struct gh_dp_sa_limit limit;
		struct gh_dp_link link;
	} ev;

	if (hdr->type == GH_DP_EVENT_ACQUIRE && body_as(hdr, body, &ev, sizeof(ev.acquire)))
		NOTIFY(dpc, acquire, &ev.acquire);
	else if (hdr->type == GH_DP_EVENT_SA_LIMIT && body_as(hdr, body, &ev, sizeof(ev.limit)))
		NOTIFY(dpc, sa_limit, &ev.limit);
	else if (hdr->type == GH_DP_EVENT_LINK && body_as(hdr, body, &ev, sizeof(ev.link)))
		NOTIFY(dpc, link, &ev.link);
	else
		return "a frame of unknown kind or wrong size";
	return NULL;
}

/* Returns why the connection must end, or NULL. */
static const char *handle(struct gh_dpc *dpc, const struct gh_frame_header *hdr, const void *body)
{
	switch (hdr->type) {
	case GH_DP_HELLO:
		return handle_hello(dpc, hdr, body);
	case GH_DP_REPLY:
		return handle_reply(dpc, hdr, body);
	default:
		return handle_event(dpc, hdr, body);
	}
}

static void read_frames(struct gh_dpc *dpc)
{
	struct gh_frame_header hdr;
	const char *why = NULL;
	const void *body;
	int filled = gh_stream_fill(&dpc->stream), rc;

	while ((rc = gh_stream_next(&dpc->stream, &hdr, &body)) > 0 && why == NULL)
		why = handle(dpc, &hdr, body);
	if (rc < 0)
		why = "a frame too long";
	else if (filled < 0 && why == NULL)
		why = strerror(-filled);
	if (why != NULL)
		disconnect(dpc, why);
}

static void on_io(struct ev_loop *loop, ev_io *w, int revents)
{
	struct gh_dpc *dpc = w->data;

	if (revents & EV_READ)
		read_frames(dpc);
	if ((revents & EV_WRITE) && dpc->state != GH_DPC_DOWN)
		flush(dpc);
}

static void on_before_wait(struct ev_loop *loop, ev_prepare *w, int revents)
{
	struct gh_dpc *dpc = w->data;

	if (dpc->state == GH_DPC_SYNCING || dpc->state == GH_DPC_UP)
		send_next(dpc);
}

static void on_retry(struct ev_loop *loop, ev_timer *w, int revents)
{
	struct gh_dp_hello hello = {.version = GH_DP_VERSION, .sa_max = GH_DP_SA_MAX};
	struct gh_dpc *dpc = w->data;
	int fd = gh_connect_unix(dpc->path);

	if (fd < 0) {
		retry_later(dpc);
		return;
	}
	fcntl(fd, F_SETFL, fcntl(fd, F_GETFL) | O_NONBLOCK);
	gh_stream_init(&dpc->stream, fd);
	set_state(dpc, GH_DPC_HELLO);
	if (gh_stream_put(&dpc->stream, GH_DP_HELLO, 0, ++dpc->frame_id, &hello, sizeof(hello)) < 0)
		disconnect(dpc, "out of memory");
	else
		flush(dpc);
}

struct gh_dpc *gh_dpc_new(
    struct ev_loop *loop, const struct gh_instance *inst, struct gh_error *err)
{
	struct gh_dpc *dpc = calloc(1, sizeof(*dpc));

	if (dpc != NULL) {
		dpc->slots[GH_DP_OUT] = gh_slots_new(GH_DP_SA_MAX);
		dpc->slots[GH_DP_IN] = gh_slots_new(GH_DP_SA_MAX);
	}
	if (dpc == NULL || dpc->slots[GH_DP_OUT] == NULL || dpc->slots[GH_DP_IN] == NULL) {
		gh_error_set(err, -ENOMEM, NULL, "out of memory for the dataplane client");
		gh_dpc_free(dpc);
		return NULL;
	}
	dpc->loop = loop;
	dpc->backoff_s = BACKOFF_MIN_S;
	gh_instance_path(inst, "run/dataplane.sock", dpc->path);
	gh_stream_init(&dpc->stream, -1);
	TAILQ_INIT(&dpc->queue);
	TAILQ_INIT(&dpc->providers);
	TAILQ_INIT(&dpc->listeners);
	ev_io_init(&dpc->io, on_io, -1, 0);
	ev_timer_init(&dpc->retry, on_retry, 0., 0.);
	ev_prepare_init(&dpc->before_wait, on_before_wait);
	dpc->io.data = dpc->retry.data = dpc->before_wait.data = dpc;
	ev_prepare_start(loop, &dpc->before_wait);
	ev_timer_start(loop, &dpc->retry);
	return dpc;
}

void gh_dpc_close(struct gh_dpc *dpc)
{
	if (dpc->loop == NULL)
		return;
	ev_io_stop(dpc->loop, &dpc->io);
	ev_timer_stop(dpc->loop, &dpc->retry);
	ev_prepare_stop(dpc->loop, &dpc->before_wait);
	gh_stream_close(&dpc->stream);
	dpc->state = GH_DPC_DOWN;
	gh_dpq_abort(&dpc->queue);
	dpc->loop = NULL;
}

void gh_dpc_free(struct gh_dpc *dpc)
{
	if (dpc == NULL)
		return;
	gh_dpc_close(dpc);
	gh_slots_free(dpc->slots[GH_DP_OUT]);
	gh_slots_free(dpc->slots[GH_DP_IN]);
	free(dpc);
}

void gh_dpc_add_provider(struct gh_dpc *dpc, struct gh_dpc_provider *provider)
{
	struct gh_dpc_provider *p;

	TAILQ_FOREACH (p, &dpc->providers, next) {
		if (p->rank > provider->rank) {
			TAILQ_INSERT_BEFORE(p, provider, next);
			return;
		}
	}
	TAILQ_INSERT_TAIL(&dpc->providers, provider, next);
}

void gh_dpc_add_listener(struct gh_dpc *dpc, struct gh_dpc_listener *listener)
{
	TAILQ_INSERT_TAIL(&dpc->listeners, listener, next);
}

enum gh_dpc_state gh_dpc_state(const struct gh_dpc *dpc)
{
	return dpc->state;
}

uint64_t gh_dpc_boot_id(const struct gh_dpc *dpc)
{
	return dpc->boot_id;
}

struct gh_slots *gh_dpc_slots(struct gh_dpc *dpc, enum gh_dp_dir dir)
{
	return dpc->slots[dir];
}

static int queue_record(struct gh_dpc *dpc, enum gh_dp_type type, const void *record, uint32_t size,
    struct gh_dpc_done done)
{
	if (dpc->state != GH_DPC_SYNCING && dpc->state != GH_DPC_UP)
		return -ENOTCONN;
	return gh_dpq_add(&dpc->queue, type, record, size, done);
}

int gh_dpc_workers_set(
    struct gh_dpc *dpc, const struct gh_dp_workers *workers, struct gh_dpc_done done)
{
	return queue_record(dpc, GH_DP_WORKERS_SET, workers, sizeof(*workers), done);
}

int gh_dpc_iface_set(struct gh_dpc *dpc, const struct gh_dp_iface *iface, struct gh_dpc_done done)
{
	return queue_record(dpc, GH_DP_IFACE_SET, iface, sizeof(*iface), done);
}

int gh_dpc_iface_del(struct gh_dpc *dpc, const char *name, struct gh_dpc_done done)
{
	struct gh_dp_iface iface = {0};

	strncpy(iface.name, name, sizeof(iface.name) - 1);
	return queue_record(dpc, GH_DP_IFACE_DEL, &iface, sizeof(iface), done);
}

int gh_dpc_sa_set(struct gh_dpc *dpc, const struct gh_dp_sa *sa, struct gh_dpc_done done)
{
	return queue_record(dpc, GH_DP_SA_SET, sa, sizeof(*sa), done);
}

int gh_dpc_sa_del(struct gh_dpc *dpc, const struct gh_dp_sa_id *id, struct gh_dpc_done done)
{
	return queue_record(dpc, GH_DP_SA_DEL, id, sizeof(*id), done);
}

int gh_dpc_policy_set(
    struct gh_dpc *dpc, const struct gh_dp_policy *policy, struct gh_dpc_done done)
{
	return queue_record(dpc, GH_DP_POLICY_SET, policy, sizeof(*policy), done);
}

int gh_dpc_policy_del(struct gh_dpc *dpc, uint32_t id, struct gh_dpc_done done)
{
	return queue_record(dpc, GH_DP_POLICY_DEL, &id, sizeof(id), done);
}
