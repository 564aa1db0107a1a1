/* SPDX-License-Identifier: BSD-3-Clause */
#include "ctrlplane/config/server.h"

#include <errno.h>
#include <fcntl.h>
#include <grp.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <unistd.h>

#include "common/clock.h"
#include "common/log.h"
#include "common/secret.h"
#include "config.h"
#include "ctrlplane/config/event.h"
#include "ctrlplane/config/json.h"
#include "ctrlplane/config/registry.h"
#include "ctrlplane/config/session_impl.h"
#include "db/expect.h"
#include "db/json_check.h"
#include "db/model.h"

#define QUEUE_MAX 64		    /* requests that wait in one session */
#define OUT_SLOW ((size_t)1 << 20)  /* bytes not taken by the client: slow */
#define OUT_MAX ((size_t)256 << 20) /* and gone for us */
#define SESSIONS_MAX 256
#define SESSIONS_OF_USER_MAX 64 /* who is no admin does not keep admins out */

static void session_pump(struct gh_session *s);

static const char *leaf_value(const struct lyd_node *tree, const char *path)
{
	struct lyd_node *node = NULL;

	return lyd_find_path(tree, path, 0, &node) == LY_SUCCESS ? lyd_get_value(node) : NULL;
}

const char *gh_server_hostname(const struct gh_server *server)
{
	const char *name = leaf_value(server->ds->running, GH_CONFIG_PATH "/system/hostname");

	return name != NULL ? name : server->instance->name;
}

static void free_queue(struct gh_session *s)
{
	struct gh_request *r;

	while ((r = TAILQ_FIRST(&s->queue)) != NULL) {
		TAILQ_REMOVE(&s->queue, r, next);
		gh_wipe_free(r, sizeof(*r) + r->len);
	}
	s->queued = 0;
}

static void session_free(struct gh_session *s)
{
	struct gh_server *server = s->server;

	if (s->greeted)
		gh_audit(s, "close", NULL);
	ev_io_stop(server->loop, &s->readable);
	ev_io_stop(server->loop, &s->writable);
	TAILQ_REMOVE(&server->sessions, s, next);
	if (s->current != NULL)
		gh_reply_cancel(s->current, true);
	free_queue(s);
	gh_lock_session_gone(s);
	gh_confirm_session_gone(s);
	gh_candidate_discard(&s->candidate);
	gh_stream_close(&s->stream);
	free(s);
}

/* Marks it; the event loop frees it when nothing of it is on the stack. */
void gh_session_end(struct gh_session *s)
{
	s->dead = true;
	ev_feed_event(s->server->loop, &s->readable, EV_READ);
}

/* Reads on only while the client takes its answers and does not run ahead. */
static void session_watch(struct gh_session *s)
{
	struct ev_loop *loop = s->server->loop;
	size_t pending = gh_stream_pending(&s->stream);

	if (s->dead)
		return;
	if (pending > 0)
		ev_io_start(loop, &s->writable);
	else
		ev_io_stop(loop, &s->writable);
	if (pending < OUT_SLOW && s->queued < QUEUE_MAX)
		ev_io_start(loop, &s->readable);
	else
		ev_io_stop(loop, &s->readable);
}

int gh_session_send(struct gh_session *s, uint16_t type, uint32_t id, const void *body, size_t len)
{
	int rc;

	if (s->dead)
		return -EPIPE;
	rc = gh_stream_put(&s->stream, type, 0, id, body, len);
	if (rc == -EMSGSIZE)
		return rc;
	if (rc == 0)
		rc = gh_stream_flush(&s->stream);
	if (rc < 0 || gh_stream_pending(&s->stream) > OUT_MAX) {
		gh_session_end(s);
		return -EPIPE;
	}
	session_watch(s);
	return gh_stream_pending(&s->stream) > OUT_SLOW;
}

static void send_hello(struct gh_session *s)
{
	struct gh_text t = {0};

	gh_text_add(&t, "{");
	gh_text_add_member(&t, "hostname", gh_server_hostname(s->server));
	gh_text_add_member(&t, "user", s->who.user);
	gh_text_add_member(&t, "role", gh_role_name(s->who.role));
	gh_text_add_member(&t, "instance", s->server->instance->name);
	gh_text_add_member(&t, "version", PACKAGE_VERSION);
	gh_text_add(&t, ",\"session\":%u}", s->id);
	if (t.failed || gh_session_send(s, GH_SESSION_HELLO, 0, t.text, t.len) < 0)
		gh_session_end(s);
	free(t.text);
}

static void send_notices(struct gh_session *s)
{
	const struct gh_datastore *ds = s->server->ds;
	struct gh_text t = {0};

	for (unsigned i = 0; i < ds->behind_count; i++) {
		t.len = 0;
		gh_text_add(&t,
		    "The stored configuration is not in force for '%s': %s. Mend it and commit.",
		    ds->behind[i].engine->name, ds->behind[i].reason);
		if (!t.failed)
			gh_session_send(s, GH_SESSION_NOTICE, 0, t.text, t.len);
	}
	free(t.text);
}

/* It will stand in lines of the log and on terminals. */
static void take_said(const char *body, size_t len, const char *member, char *buf, size_t size)
{
	gh_json_string(body, len, member, buf, size);
	for (char *c = buf; *c != '\0'; c++) {
		if ((unsigned char)*c < ' ' || *c == 127)
			*c = '?';
	}
}

enum gh_role gh_session_role(struct gh_session *s)
{
	s->who.role = gh_access_role(&s->who, s->server->ds->running);
	return s->who.role;
}

static int send_away(struct gh_session *s)
{
	struct gh_error err = {0};

	gh_error_set(&err, -EACCES, NULL,
	    "%s has no role in instance '%s': an admin gives one by 'system auth user %s role'",
	    s->who.user, s->server->instance->name, s->who.user);
	gh_audit_refused(s, "open");
	gh_reply_refuse(s, 0, &err);
	gh_session_end(s);
	return 0;
}

static int greet(struct gh_session *s, const char *body, size_t len)
{
	take_said(body, len, "client", s->client, sizeof(s->client));
	take_said(body, len, "origin", s->origin, sizeof(s->origin));
	take_said(body, len, "tty", s->tty, sizeof(s->tty));
	if (gh_session_role(s) == GH_ROLE_NONE)
		return send_away(s);
	s->greeted = true;
	gh_audit(s, "open", NULL);
	send_hello(s);
	send_notices(s);
	return 0;
}

static int enqueue(struct gh_session *s, uint32_t id, const char *body, size_t len)
{
	struct gh_request *r = malloc(sizeof(*r) + len + 1);

	if (r == NULL)
		return -ENOMEM;
	r->id = id;
	r->len = len;
	memcpy(r->body, body, len);
	r->body[len] = '\0';
	TAILQ_INSERT_TAIL(&s->queue, r, next);
	s->queued++;
	return 0;
}

static void cancel(struct gh_session *s, uint32_t id)
{
	static const struct gh_error err = {.code = -ECANCELED, .message = "cancelled"};
	struct gh_request *r;

	if (s->current != NULL && s->current->id == id) {
		gh_reply_cancel(s->current, false);
		return;
	}
	TAILQ_FOREACH (r, &s->queue, next) {
		if (r->id == id)
			break;
	}
	if (r == NULL)
		return; /* answered already */
	TAILQ_REMOVE(&s->queue, r, next);
	s->queued--;
	gh_wipe_free(r, sizeof(*r) + r->len);
	gh_reply_refuse(s, id, &err);
}

static int session_frame(struct gh_session *s, const struct gh_frame_header *hdr, const char *body)
{
	if (hdr->type == GH_SESSION_HELLO && !s->greeted)
		return greet(s, body, hdr->len);
	if (!s->greeted)
		return -EPROTO;
	switch (hdr->type) {
	case GH_SESSION_RPC:
		return enqueue(s, hdr->id, body, hdr->len);
	case GH_SESSION_CANCEL:
		cancel(s, hdr->id);
		return 0;
	default:
		return -EPROTO;
	}
}

static void session_frames(struct gh_session *s)
{
	struct gh_frame_header hdr;
	const void *body;
	int rc = 0;

	while (!s->dead && s->queued < QUEUE_MAX &&
	       (rc = gh_stream_next(&s->stream, &hdr, &body)) > 0) {
		rc = session_frame(s, &hdr, body);
		if (rc < 0)
			break;
	}
	if (rc < 0) {
		gh_log(GH_LOG_CONFIG, LOG_WARNING, "session %u of %s ends: broken protocol", s->id,
		    s->who.user);
		gh_session_end(s);
	}
}

static void on_readable(struct ev_loop *loop, struct ev_io *w, int events)
{
	struct gh_session *s = w->data;
	int rc = s->dead ? -EPIPE : gh_stream_fill(&s->stream);

	if (rc < 0) {
		session_free(s);
		return;
	}
	session_frames(s);
	session_pump(s);
	session_watch(s);
}

static void on_writable(struct ev_loop *loop, struct ev_io *w, int events)
{
	struct gh_session *s = w->data;
	struct gh_reply *reply = s->current;

	if (!s->dead && gh_stream_flush(&s->stream) < 0)
		gh_session_end(s);
	session_watch(s);
	if (!s->dead && reply != NULL && reply->kept && !reply->cancelled &&
	    reply->on_writable != NULL && gh_stream_pending(&s->stream) < OUT_SLOW)
		reply->on_writable(reply, reply->ctx);
	session_pump(s);
	session_watch(s);
}

static int not_understood(const struct ly_ctx *ctx, struct gh_error *err)
{
	const char *message = ly_errmsg(ctx);
	char path[256];

	return gh_error_set(err, -EINVAL, gh_expect_error_path(ly_errpath(ctx), path, sizeof(path)),
	    "%s", message != NULL ? message : "the request is not understood");
}

static int refuse_access(struct gh_session *s, const struct lysc_node *rpc, struct gh_error *err)
{
	gh_audit_refused(s, rpc->name);
	return gh_error_set(err, -EACCES, NULL, "%s may not do this: it takes the role %s, not %s",
	    s->who.user, gh_role_name(gh_access_least(rpc)), gh_role_name(s->who.role));
}

/* Whether it is an rpc, and one that the user may call: asked before anything of it is read.
 * libyang leaks what it parsed when that is no rpc. */
static int check_call(struct gh_session *s, const struct gh_request *r, struct gh_error *err)
{
	static const char lead[] = GH_MODEL ":";
	const struct lysc_node *rpc = NULL;
	char name[80];

	gh_json_first_name(r->body, r->len, name, sizeof(name));
	if (strncmp(name, lead, sizeof(lead) - 1) == 0)
		rpc = gh_model_rpc(s->server->ds->ctx, name + sizeof(lead) - 1);
	if (rpc != NULL && !gh_access_may_call(gh_session_role(s), rpc))
		return refuse_access(s, rpc, err);
	if (rpc != NULL && !gh_json_is_single(r->body, r->len)) /* libyang leaks the first one */
		return gh_error_set(err, -EINVAL, NULL, "a request holds one rpc");
	if (rpc != NULL)
		return 0;
	return gh_error_set(err, -EOPNOTSUPP, NULL,
	    "'%s' is no request: expected {\"%s:NAME\":{...}} with the name of an rpc", name,
	    GH_MODEL);
}

static int parse_request(
    struct gh_session *s, const struct gh_request *r, struct lyd_node **op, struct gh_error *err)
{
	struct lyd_node *tree = NULL;
	struct ly_in *in = NULL;
	int rc;

	*op = NULL;
	rc = check_call(s, r, err);
	if (rc < 0)
		return rc;
	if (!gh_json_is_well_formed(r->body, r->len))
		return gh_error_set(err, -EINVAL, NULL, "the request is not well-formed JSON");
	ly_err_clean((struct ly_ctx *)s->server->ds->ctx, NULL);
	if (ly_in_new_memory(r->body, &in) != LY_SUCCESS)
		return gh_error_set(err, -ENOMEM, NULL, "there is not enough memory");
	rc = lyd_parse_op(s->server->ds->ctx, NULL, in, LYD_JSON, LYD_TYPE_RPC_YANG, &tree, op);
	ly_in_free(in, 0);
	if (rc == LY_SUCCESS && *op != NULL)
		return 0;
	lyd_free_all(tree);
	*op = NULL;
	return not_understood(s->server->ds->ctx, err);
}

static int check_input(struct gh_session *s, struct lyd_node *op, struct gh_error *err)
{
	if (lyd_validate_op(op, s->server->ds->running, LYD_TYPE_RPC_YANG, NULL) == LY_SUCCESS)
		return 0;
	return gh_expect_validation_error(op, err);
}

/* What an operator does to a running gateway, as against reading and editing. */
static bool is_action(const struct lysc_node *rpc)
{
	return gh_model_ext(rpc, "command") != NULL && gh_access_least(rpc) > GH_ROLE_VIEWER;
}

static int call(
    struct gh_session *s, const struct gh_request *r, struct lyd_node *op, struct gh_error *err)
{
	const struct gh_rpc *rpc = gh_rpc_find(op->schema->name);
	struct gh_reply *reply;
	int rc;

	if (!gh_access_may_call(s->who.role, op->schema))
		return refuse_access(s, op->schema, err);
	if (rpc == NULL)
		return gh_error_set(err, -ENOSYS, NULL,
		    "'%s' is not available: nothing in this daemon answers it", op->schema->name);
	rc = check_input(s, op, err);
	if (rc < 0)
		return rc;
	reply = gh_reply_new(s, r->id, op->schema);
	if (reply == NULL)
		return gh_error_set(err, -ENOMEM, NULL, "there is not enough memory");
	s->current = reply;
	reply->handling = true;
	rc = rpc->handle(rpc->ctx, op, reply, err);
	if (is_action(op->schema))
		gh_audit(
		    s, "action", " rpc=%s result=%s", op->schema->name, rc < 0 ? "refused" : "ok");
	if (rc < 0 && !reply->ended)
		gh_reply_fail(reply, err);
	gh_reply_finish(reply);
	return 0;
}

static void serve(struct gh_session *s, const struct gh_request *r)
{
	struct gh_error err = {0};
	struct lyd_node *op = NULL;
	int rc = parse_request(s, r, &op, &err);

	if (rc == 0)
		rc = call(s, r, op, &err);
	if (rc < 0)
		gh_reply_refuse(s, r->id, &err);
	if (s->who.role == GH_ROLE_NONE)
		gh_session_end(s); /* it was taken away meanwhile */
	lyd_free_all(op);
}

/* Serves what waits, one after the other, until one has to wait itself. */
static void session_pump(struct gh_session *s)
{
	struct gh_request *r;

	if (s->pumping)
		return;
	s->pumping = true;
	while (!s->dead && s->current == NULL && gh_stream_pending(&s->stream) < OUT_SLOW &&
	       (r = TAILQ_FIRST(&s->queue)) != NULL) {
		TAILQ_REMOVE(&s->queue, r, next);
		s->queued--;
		serve(s, r);
		gh_wipe_free(r, sizeof(*r) + r->len);
		session_frames(s);
	}
	s->pumping = false;
}

void gh_session_next(struct gh_session *s)
{
	s->current = NULL;
	if (!s->dead && !s->pumping)
		ev_feed_event(s->server->loop, &s->writable, EV_WRITE);
}

static bool has_too_many(const struct gh_server *server, const struct gh_identity *who)
{
	const struct gh_session *s;
	unsigned n = 0;

	TAILQ_FOREACH (s, &server->sessions, next)
		n += s->who.uid == who->uid;
	return n >= SESSIONS_OF_USER_MAX && who->role != GH_ROLE_ADMIN;
}

static void session_new(struct gh_server *server, int fd)
{
	struct gh_identity who = gh_access_identify(fd, server->ds->running);
	struct gh_session *s = has_too_many(server, &who) ? NULL : calloc(1, sizeof(*s));

	if (s == NULL) {
		close(fd);
		return;
	}
	s->server = server;
	s->id = ++server->last_id;
	s->who = who;
	s->since_ms = gh_wallclock_ms();
	snprintf(s->origin, sizeof(s->origin), "local");
	TAILQ_INIT(&s->queue);
	gh_stream_init(&s->stream, fd);
	gh_candidate_init(&s->candidate, server->ds);
	ev_io_init(&s->readable, on_readable, fd, EV_READ);
	ev_io_init(&s->writable, on_writable, fd, EV_WRITE);
	s->readable.data = s->writable.data = s;
	TAILQ_INSERT_TAIL(&server->sessions, s, next);
	ev_io_start(server->loop, &s->readable);
}

static unsigned session_count(const struct gh_server *server)
{
	const struct gh_session *s;
	unsigned n = 0;

	TAILQ_FOREACH (s, &server->sessions, next)
		n++;
	return n;
}

void gh_server_adopt(struct gh_server *server, int fd)
{
	int flags = fcntl(fd, F_GETFL);

	if (session_count(server) >= SESSIONS_MAX) {
		gh_log(GH_LOG_CONFIG, LOG_WARNING, "a session was refused: there are %d already",
		    SESSIONS_MAX);
		close(fd);
		return;
	}
	fcntl(fd, F_SETFL, flags | O_NONBLOCK);
	session_new(server, fd);
}

static void on_connection(struct ev_loop *loop, struct ev_io *w, int events)
{
	struct gh_server *server = w->data;
	int fd = accept4(server->fd, NULL, NULL, SOCK_CLOEXEC | SOCK_NONBLOCK);

	if (fd >= 0)
		gh_server_adopt(server, fd);
	else if (errno != EAGAIN && errno != EINTR && errno != ECONNABORTED)
		gh_log(
		    GH_LOG_CONFIG, LOG_ERR, "a session could not be accepted: %s", strerror(errno));
}

void gh_server_admit_group(const char *path)
{
	const struct group *group = getgrnam(GH_SERVER_GROUP);

	if (group == NULL) /* nobody but the daemon's own account, then */
		return;
	if (chown(path, (uid_t)-1, group->gr_gid) < 0 || chmod(path, 0660) < 0)
		gh_log(GH_LOG_CONFIG, LOG_ERR, "%s cannot be opened to the group %s: %s", path,
		    GH_SERVER_GROUP, strerror(errno));
}

struct gh_server *gh_server_start(struct ev_loop *loop, const char *path,
    const struct gh_instance *instance, struct gh_datastore *ds, struct gh_error *err)
{
	struct gh_server *server = calloc(1, sizeof(*server));

	if (server == NULL) {
		gh_error_set(err, -ENOMEM, NULL, "there is not enough memory");
		return NULL;
	}
	*server = (struct gh_server){.loop = loop, .instance = instance, .ds = ds};
	server->started_ms = gh_wallclock_ms();
	TAILQ_INIT(&server->sessions);
	server->fd = path != NULL ? gh_listen_unix(path, 0600) : -1;
	if (path != NULL && server->fd < 0) {
		gh_error_set(err, server->fd, path, "sessions cannot be served: %s",
		    server->fd == -EADDRINUSE ? "another gatehoused of this instance is running"
					      : strerror(-server->fd));
		free(server);
		return NULL;
	}
	if (path != NULL)
		gh_server_admit_group(path);
	gh_event_serve(server);
	server->confirm = gh_confirm_new(server);
	if (path != NULL) {
		ev_io_init(&server->accepting, on_connection, server->fd, EV_READ);
		server->accepting.data = server;
		ev_io_start(loop, &server->accepting);
	}
	return server;
}

void gh_server_stop(struct gh_server *server)
{
	struct gh_session *s;

	if (server == NULL)
		return;
	gh_event_serve(NULL);
	gh_confirm_free(server->confirm); /* what waits goes on when the daemon is back */
	server->confirm = NULL;
	while ((s = TAILQ_FIRST(&server->sessions)) != NULL)
		session_free(s);
	if (server->fd >= 0) {
		ev_io_stop(server->loop, &server->accepting);
		close(server->fd);
	}
	free(server);
}
