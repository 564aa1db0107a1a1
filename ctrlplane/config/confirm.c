/* SPDX-License-Identifier: BSD-3-Clause */
#include "ctrlplane/config/confirm.h"

#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "common/clock.h"
#include "common/log.h"
#include "ctrlplane/config/event.h"
#include "ctrlplane/config/rpc_util.h"
#include "ctrlplane/config/session_impl.h"

#define PERSIST_ID_MAX 256
#define RETRY_S 5.0

struct pending {
	bool active;
	uint64_t back_to;	      /* the commit before the first unconfirmed one */
	uint64_t deadline_ms;	      /* wall clock */
	uint32_t owner;		      /* the session that alone may confirm; 0: others may */
	char persist[PERSIST_ID_MAX]; /* what a confirming commit has to name; empty: nothing */
	char user[64];
};

struct gh_confirm {
	struct gh_server *server;
	struct pending now;
	struct pending before; /* while a commit is being done */
	struct ev_timer timer;
};

static const char *file_path(const struct gh_server *server, char buf[GH_INSTANCE_PATH_MAX])
{
	return gh_instance_path(server->instance, "confirm.pending", buf);
}

/* The old file or the new one survives a crash, never half of one. */
static int write_file(const struct gh_server *server, const struct pending *p, struct gh_error *err)
{
	char path[GH_INSTANCE_PATH_MAX], temp[GH_INSTANCE_PATH_MAX + 4];
	int fd, rc;

	snprintf(temp, sizeof(temp), "%s.new", file_path(server, path));
	fd = open(temp, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0600);
	rc = fd < 0 ? -1
		    : dprintf(fd, "%" PRIu64 " %" PRIu64 " %d %s\n%s\n", p->back_to, p->deadline_ms,
			  p->owner != 0, p->user, p->persist);
	if (rc > 0 && fsync(fd) < 0)
		rc = -1;
	if (fd >= 0)
		close(fd);
	if (rc > 0 && rename(temp, path) == 0)
		return 0;
	return gh_error_set(err, -errno, path,
	    "the way back cannot be noted (%s): make room, or commit without 'confirmed'",
	    strerror(errno));
}

static bool read_file(const struct gh_server *server, struct pending *p)
{
	char path[GH_INSTANCE_PATH_MAX];
	FILE *f = fopen(file_path(server, path), "re");
	int bound = 0, n = 0;

	if (f == NULL)
		return false;
	*p = (struct pending){.active = true};
	n = fscanf(f, "%" SCNu64 " %" SCNu64 " %d %63s%*[\n]", &p->back_to, &p->deadline_ms, &bound,
	    p->user);
	if (n == 4 && fgets(p->persist, sizeof(p->persist), f) != NULL)
		p->persist[strcspn(p->persist, "\n")] = '\0';
	fclose(f);
	p->owner = bound ? UINT32_MAX : 0; /* that session is gone */
	return n == 4;
}

static void remove_file(const struct gh_server *server)
{
	char path[GH_INSTANCE_PATH_MAX];

	if (unlink(file_path(server, path)) < 0 && errno != ENOENT)
		gh_log(GH_LOG_CONFIG, LOG_ERR, "%s cannot be removed: %s", path, strerror(errno));
}

static void tell(const struct gh_confirm *c, const char *what, const struct gh_session *s)
{
	struct lyd_node *event = gh_event_new(c->server->ds->ctx, "confirmed-commit");

	gh_event_leaf(event, "what", what);
	gh_event_number(event, "commit", c->server->ds->id);
	gh_event_leaf(event, "user", s != NULL ? s->who.user : c->now.user);
	gh_event_number(event, "session", s != NULL ? s->id : 0);
	gh_event_leaf(event, "origin", s != NULL ? s->origin : NULL);
	if (c->now.active)
		gh_event_number(event, "confirm-within", gh_confirm_within(c->server));
	gh_event_publish(event);
}

static void arm(struct gh_confirm *c)
{
	uint64_t now = gh_wallclock_ms();
	double left = c->now.deadline_ms > now ? (double)(c->now.deadline_ms - now) / 1000 : 0;

	ev_timer_stop(c->server->loop, &c->timer);
	ev_now_update(c->server->loop);
	ev_timer_set(&c->timer, left, 0.);
	ev_timer_start(c->server->loop, &c->timer);
}

static void settle(struct gh_confirm *c)
{
	ev_timer_stop(c->server->loop, &c->timer);
	c->now = (struct pending){0};
	remove_file(c->server);
}

static void notify_all(struct gh_server *server, const char *text)
{
	struct gh_session *s;

	TAILQ_FOREACH (s, &server->sessions, next)
		gh_session_send(s, GH_SESSION_NOTICE, 0, text, strlen(text));
}

static void tell_change(const struct gh_confirm *c, const struct gh_commit_request *req,
    const struct gh_commit_result *result)
{
	struct lyd_node *event = gh_event_new(c->server->ds->ctx, "configuration-change");

	gh_event_number(event, "commit", result->id);
	gh_event_leaf(event, "user", req->user);
	gh_event_leaf(event, "origin", req->origin);
	gh_event_leaf(event, "comment", req->comment);
	gh_event_changes(event, result->diff);
	gh_event_publish(event);
}

static int restore(struct gh_confirm *c, const char *why, struct gh_error *err)
{
	struct gh_datastore *ds = c->server->ds;
	char comment[128];
	struct gh_commit_request req = {
	    .user = "gatehoused", .origin = "commit confirmed", .comment = comment};
	struct gh_commit_result result = {0};
	struct lyd_node *tree = NULL;
	int rc;

	snprintf(comment, sizeof(comment), "back to commit %" PRIu64 ": %s", c->now.back_to, why);
	rc = gh_store_load(ds->store, ds->ctx, c->now.back_to, &tree, err);
	if (rc == 0)
		rc = gh_commit(ds, &tree, NULL, &req, &result, err);
	if (rc == 0)
		gh_audit(NULL, "commit", " commit=%llu comment=\"%s\"",
		    (unsigned long long)result.id, comment);
	if (rc == 0 && result.id > 0)
		tell_change(c, &req, &result);
	lyd_free_all(tree);
	lyd_free_all(result.diff);
	return rc;
}

/* Back to the configuration before; tried again when that fails. */
static int undo(struct gh_confirm *c, const char *what, const char *why, const struct gh_session *s)
{
	struct gh_error err = {0};
	char text[200];

	if (restore(c, why, &err) < 0) {
		gh_log(GH_LOG_CONFIG, LOG_CRIT, "an unconfirmed commit could not be undone: %s%s%s",
		    err.path, err.path[0] != '\0' ? ": " : "", err.message);
		ev_timer_set(&c->timer, RETRY_S, 0.);
		ev_timer_start(c->server->loop, &c->timer);
		return -EIO;
	}
	snprintf(text, sizeof(text), "The configuration is back to that of commit %" PRIu64 ": %s.",
	    c->now.back_to, why);
	gh_log(GH_LOG_CONFIG, LOG_WARNING, "%s", text);
	tell(c, what, s);
	settle(c);
	notify_all(c->server, text);
	return 0;
}

static void on_deadline(struct ev_loop *loop, struct ev_timer *w, int events)
{
	undo(w->data, "timeout", "its successor was not confirmed in time", NULL);
}

/* What an earlier daemon left: a session that alone could confirm has not come back with us. */
static void take_up(struct gh_confirm *c)
{
	if (!read_file(c->server, &c->now))
		return;
	if (c->now.back_to >= c->server->ds->id) { /* the commit did not come about */
		settle(c);
		return;
	}
	if (c->now.owner != 0)
		c->now.deadline_ms = 0;
	arm(c);
}

struct gh_confirm *gh_confirm_new(struct gh_server *server)
{
	struct gh_confirm *c = calloc(1, sizeof(*c));

	if (c == NULL)
		return NULL;
	c->server = server;
	ev_timer_init(&c->timer, on_deadline, 0., 0.);
	c->timer.data = c;
	take_up(c);
	return c;
}

void gh_confirm_free(struct gh_confirm *c)
{
	if (c == NULL)
		return;
	ev_timer_stop(c->server->loop, &c->timer);
	free(c);
}

uint32_t gh_confirm_within(const struct gh_server *server)
{
	const struct pending *p = &server->confirm->now;
	uint64_t now = gh_wallclock_ms();

	if (!p->active)
		return 0;
	return p->deadline_ms > now ? (uint32_t)((p->deadline_ms - now + 999) / 1000) : 1;
}

uint32_t gh_confirm_owner(const struct gh_server *server)
{
	return server->confirm->now.active ? server->confirm->now.owner : 0;
}

/* Whether this session may confirm, or cancel, what waits. */
static int check_owner(const struct gh_confirm *c, const struct gh_session *s,
    const char *persist_id, struct gh_error *err)
{
	const struct pending *p = &c->now;

	if (persist_id != NULL && (!p->active || strcmp(persist_id, p->persist) != 0))
		return gh_error_set(err, -EINVAL, NULL,
		    p->active ? "persist-id is not that of the commit that waits to be confirmed"
			      : "no commit waits to be confirmed");
	if (!p->active || persist_id != NULL)
		return 0;
	if (p->owner != 0 && p->owner != s->id)
		return gh_error_set(err, -EBUSY, NULL,
		    "a commit by %s has %u more seconds to be confirmed in its own session: wait",
		    p->user, gh_confirm_within(c->server));
	if (p->persist[0] != '\0')
		return gh_error_set(err, -EBUSY, NULL,
		    "a commit by %s has %u more seconds to be confirmed by its persist-id: wait, "
		    "or "
		    "name it",
		    p->user, gh_confirm_within(c->server));
	return 0;
}

static int check_persist(const char *persist, struct gh_error *err)
{
	if (persist == NULL || (persist[0] != '\0' && strlen(persist) < PERSIST_ID_MAX &&
				   strpbrk(persist, "\r\n") == NULL))
		return 0;
	return gh_error_set(err, -EINVAL, NULL,
	    "persist: expected one line of at most %d characters", PERSIST_ID_MAX - 1);
}

int gh_confirm_before(struct gh_reply *reply, const struct lyd_node *input, struct gh_error *err)
{
	struct gh_session *s = reply->session;
	struct gh_confirm *c = s->server->confirm;
	const char *persist = gh_input(input, "persist");
	struct pending next = {.active = true, .back_to = s->server->ds->id};
	uint64_t seconds = gh_input_number(input, "confirmed", 0);
	int rc = check_owner(c, s, gh_input(input, "persist-id"), err);

	c->before = c->now;
	if (rc == 0)
		rc = check_persist(persist, err);
	if (rc < 0 || seconds == 0)
		return rc;
	if (c->now.active)
		next.back_to = c->now.back_to;
	next.deadline_ms = gh_wallclock_ms() + seconds * GH_MS_PER_S;
	next.owner = gh_input(input, "session-bound") != NULL && persist == NULL ? s->id : 0;
	snprintf(next.user, sizeof(next.user), "%s", s->who.user);
	snprintf(next.persist, sizeof(next.persist), "%s", persist != NULL ? persist : "");
	rc = write_file(s->server, &next, err);
	if (rc == 0)
		c->now = next;
	return rc;
}

/* Nothing was committed: what waited before goes on waiting. */
static void step_back(struct gh_confirm *c)
{
	c->now = c->before;
	if (!c->now.active)
		remove_file(c->server);
	else if (write_file(c->server, &c->now, NULL) < 0)
		gh_log(GH_LOG_CONFIG, LOG_ERR, "the way back of a commit could not be noted");
}

uint64_t gh_confirm_after(
    struct gh_reply *reply, const struct lyd_node *input, uint64_t id, bool failed)
{
	struct gh_session *s = reply->session;
	struct gh_confirm *c = s->server->confirm;
	bool confirmed = gh_input(input, "confirmed") != NULL;
	uint64_t last = s->server->ds->id;

	if (confirmed && (failed || (id == 0 && !c->before.active))) {
		step_back(c); /* there is nothing to confirm */
		return 0;
	}
	if (confirmed) {
		arm(c);
		tell(c, c->before.active ? "extend" : "start", s);
		return 0;
	}
	if (failed || !c->now.active)
		return 0;
	settle(c);
	tell(c, "complete", s);
	return id > 0 ? id - 1 : last;
}

void gh_confirm_session_gone(struct gh_session *s)
{
	struct gh_confirm *c = s->server->confirm;

	if (c != NULL && c->now.active && c->now.owner == s->id)
		undo(c, "cancel", "the session that had to confirm its successor has ended", NULL);
}

static int handle_cancel(
    void *ctx, const struct lyd_node *input, struct gh_reply *reply, struct gh_error *err)
{
	struct gh_confirm *c = reply->session->server->confirm;
	int rc = check_owner(c, reply->session, gh_input(input, "persist-id"), err);

	if (rc < 0)
		return rc;
	if (!c->now.active)
		return gh_error_set(err, -EPROTO, NULL, "no commit waits to be confirmed");
	if (undo(c, "cancel", "its successor was cancelled", reply->session) < 0)
		return gh_error_set(err, -EIO, NULL,
		    "the configuration before could not be put in force: see the log");
	return 0;
}

static struct gh_rpc rpcs[] = {{.name = "cancel-commit", .handle = handle_cancel}};

void gh_confirm_rpcs_register(void)
{
	gh_rpc_register(&rpcs[0]);
}
