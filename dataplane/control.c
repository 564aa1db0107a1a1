/* SPDX-License-Identifier: BSD-3-Clause */
#include "dataplane/control.h"

#include <errno.h>
#include <fcntl.h>
#include <stdatomic.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/socket.h>
#include <unistd.h>

#include "common/clock.h"
#include "common/frame.h"
#include "common/instance.h"
#include "common/log.h"
#include "common/secret.h"
#include "dataplane/iface_table.h"
#include "dataplane/ipsec/ipsec.h"
#include "dataplane/loop.h"
#include "dataplane/neigh.h"
#include "dataplane/netlink.h"
#include "dataplane/rcu.h"
#include "dataplane/shm.h"
#include "dataplane/worker_private.h"

#define TICK_BUSY_MS 5
#define TICK_IDLE_MS 50
#define IPSEC_POLL_MS 10
#define EVENTS_PENDING_MAX (4u << 20) /* a client that does not read gets no more events */

static struct gh_watch listener = {.fd = -1}, client_watch;
static struct gh_stream client = {.fd = -1};
static bool client_writing; /* waits until the socket takes more */
static atomic_bool kicked;
static uint64_t ipsec_poll_at;
static char socket_path[GH_INSTANCE_PATH_MAX];

static void drop_client(void)
{
	if (client.fd < 0)
		return;
	gh_loop_remove(&client_watch);
	gh_stream_close(&client);
	client.fd = -1;
}

static void flush(void)
{
	int rc = gh_stream_flush(&client);

	if (rc < 0) {
		drop_client();
	} else if ((rc == 1) != client_writing) {
		client_writing = rc == 1;
		gh_loop_modify(&client_watch, client_writing ? EPOLLIN | EPOLLOUT : EPOLLIN);
	}
}

bool gh_control_event(enum gh_dp_type type, const void *body, size_t len)
{
	if (client.fd < 0 || gh_stream_pending(&client) > EVENTS_PENDING_MAX ||
	    gh_stream_put(&client, (uint16_t)type, 0, 0, body, len) < 0)
		return false;
	flush();
	return client.fd >= 0;
}

void gh_control_kick(void)
{
	if (atomic_load_explicit(&kicked, memory_order_relaxed))
		return;
	atomic_store_explicit(&kicked, true, memory_order_relaxed);
	gh_wakeup_ring(&gh_loop_wakeup);
}

/* A request's body, copied to where structs may lie; `records` of `size` bytes each. */
struct request {
	uint16_t type;
	void *body;
	size_t len;
	uint32_t failed; /* record */
};

static int one(const struct request *r, size_t size, struct gh_error *err)
{
	if (r->len == size)
		return 0;
	return gh_error_set(
	    err, -EPROTO, NULL, "request %u has %zu bytes instead of %zu", r->type, r->len, size);
}

static int many(const struct request *r, size_t size, uint32_t *n, struct gh_error *err)
{
	*n = (uint32_t)(r->len / size);
	if (r->len % size == 0)
		return 0;
	return gh_error_set(
	    err, -EPROTO, NULL, "request %u is no array of %zu-byte records", r->type, size);
}

static int sync_begin(void)
{
	gh_iface_sync_begin();
	gh_ipsec_sync_begin();
	return 0;
}

static int sync_end(void)
{
	gh_iface_sync_end();
	gh_ipsec_sync_end();
	gh_netlink_resync();
	return 0;
}

static int set_iface(const struct request *r, struct gh_error *err)
{
	int rc = one(r, sizeof(struct gh_dp_iface), err);

	if (rc == 0)
		rc = gh_iface_set(r->body, err);
	gh_netlink_resync();
	return rc;
}

static int del_iface(const struct request *r, struct gh_error *err)
{
	struct gh_dp_iface *conf = r->body;
	int rc = one(r, sizeof(*conf), err);

	if (rc < 0)
		return rc;
	conf->name[sizeof(conf->name) - 1] = '\0';
	rc = gh_iface_del(conf->name, err);
	gh_netlink_resync();
	return rc;
}

static int set_workers(const struct request *r, struct gh_error *err)
{
	int rc = one(r, sizeof(struct gh_dp_workers), err);

	return rc < 0 ? rc : gh_workers_set(r->body, err);
}

#define BULK(record, call)                                                              \
	do {                                                                            \
		uint32_t n;                                                             \
		int rc = many(r, sizeof(record), &n, err);                              \
		return rc < 0 ? rc : call((const record *)r->body, n, &r->failed, err); \
	} while (0)

static int handle(struct request *r, struct gh_error *err)
{
	switch (r->type) {
	case GH_DP_SYNC_BEGIN:
		return sync_begin();
	case GH_DP_SYNC_END:
		return sync_end();
	case GH_DP_WORKERS_SET:
		return set_workers(r, err);
	case GH_DP_IFACE_SET:
		return set_iface(r, err);
	case GH_DP_IFACE_DEL:
		return del_iface(r, err);
	case GH_DP_SA_SET:
		BULK(struct gh_dp_sa, gh_ipsec_sa_set);
	case GH_DP_SA_DEL:
		BULK(struct gh_dp_sa_id, gh_ipsec_sa_del);
	case GH_DP_POLICY_SET:
		BULK(struct gh_dp_policy, gh_ipsec_policy_set);
	case GH_DP_POLICY_DEL:
		BULK(uint32_t, gh_ipsec_policy_del);
	default:
		return gh_error_set(err, -EPROTO, NULL, "request type %u is not known", r->type);
	}
}

static void answer_hello(const struct gh_frame_header *hdr, const void *body)
{
	struct gh_dp_hello theirs = {0};
	struct gh_dp_hello ours = {
	    .version = GH_DP_VERSION, .sa_max = GH_DP_SA_MAX, .boot_id = gh_shm->boot_id};
	struct gh_dp_reply refusal = {.status = -EPROTO};

	if (hdr->len == sizeof(theirs))
		memcpy(&theirs, body, sizeof(theirs));
	if (theirs.version == GH_DP_VERSION) {
		gh_stream_put(&client, GH_DP_HELLO, 0, hdr->id, &ours, sizeof(ours));
		return;
	}
	snprintf(refusal.message, sizeof(refusal.message),
	    "the dataplane speaks version %u of its protocol, the client %u: run programs of one "
	    "build",
	    GH_DP_VERSION, theirs.version);
	gh_stream_put(&client, GH_DP_REPLY, 0, hdr->id, &refusal, sizeof(refusal));
}

static void answer(const struct gh_frame_header *hdr, const void *body)
{
	struct request r = {.type = hdr->type, .len = hdr->len};
	struct gh_dp_reply reply = {0};
	struct gh_error err = {0};

	r.body = malloc(r.len + 1); /* aligned, unlike the stream */
	if (r.body == NULL) {
		reply.status = -ENOMEM;
	} else {
		memcpy(r.body, body, r.len);
		reply.status = handle(&r, &err);
	}
	gh_wipe_free(r.body, r.len); /* it may hold keys */
	if (reply.status < 0) {
		reply.record = r.failed;
		snprintf(reply.message, sizeof(reply.message), "%.80s%s%.150s", err.path,
		    err.path[0] ? ": " : "", err.message);
		gh_log(GH_LOG_DATAPLANE, LOG_WARNING, "refused: %s", reply.message);
	}
	gh_stream_put(&client, GH_DP_REPLY, 0, hdr->id, &reply, sizeof(reply));
}

static void client_ready(void *arg, uint32_t epoll_events)
{
	struct gh_frame_header hdr;
	const void *body;
	int rc = epoll_events & (EPOLLIN | EPOLLHUP | EPOLLERR) ? gh_stream_fill(&client) : 0;

	while (rc >= 0 && client.fd >= 0 && (rc = gh_stream_next(&client, &hdr, &body)) == 1) {
		if (hdr.type == GH_DP_HELLO)
			answer_hello(&hdr, body);
		else
			answer(&hdr, body);
	}
	if (rc < 0)
		drop_client();
	else if (client.fd >= 0)
		flush();
}

static void listener_ready(void *arg, uint32_t epoll_events)
{
	int fd = accept4(listener.fd, NULL, NULL, SOCK_CLOEXEC | SOCK_NONBLOCK);

	if (fd < 0)
		return;
	drop_client();
	gh_stream_init(&client, fd);
	client_writing = false;
	client_watch = (struct gh_watch){.fd = fd, .ready = client_ready};
	if (gh_loop_add(&client_watch, EPOLLIN) < 0)
		gh_stream_close(&client);
}

int gh_control_init(const char *path, struct gh_error *err)
{
	int fd = gh_listen_unix(path, 0600);

	if (fd < 0)
		return gh_error_set(err, fd, path, "%s",
		    fd == -EADDRINUSE ? "another dataplane serves this instance" : strerror(-fd));
	snprintf(socket_path, sizeof(socket_path), "%s", path);
	listener = (struct gh_watch){.fd = fd, .ready = listener_ready};
	return gh_loop_add(&listener, EPOLLIN);
}

void gh_control_fini(void)
{
	drop_client();
	if (listener.fd < 0)
		return;
	gh_loop_remove(&listener);
	close(listener.fd);
	unlink(socket_path);
	listener.fd = -1;
}

int gh_control_tick(void)
{
	uint64_t now = gh_clock_ms();
	bool busy;

	if (atomic_exchange(&kicked, false) || now >= ipsec_poll_at) {
		ipsec_poll_at = now + IPSEC_POLL_MS;
		gh_ipsec_poll();
	}
	busy = gh_neigh_poll(now);
	busy |= gh_netlink_poll(now);
	busy |= gh_rcu_poll() > 0;
	gh_iface_poll(now);
	return busy ? TICK_BUSY_MS : TICK_IDLE_MS;
}
