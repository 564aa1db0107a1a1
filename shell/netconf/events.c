/* SPDX-License-Identifier: BSD-3-Clause */
#include "shell/netconf/events.h"

#include <errno.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/queue.h>
#include <time.h>

#include "common/clock.h"
#include "shell/netconf/daemon.h"
#include "shell/netconf/fault.h"
#include "shell/netconf/filter.h"

#define SEND_PATIENCE_MS 10000

struct kept_event {
	STAILQ_ENTRY(kept_event) next;
	char *json;
	char time[40];
};

struct events {
	STAILQ_HEAD(, kept_event) queue;
	struct lyd_node *filter_node; /* what `filter` points into */
	struct filter filter;
	bool replay;	  /* replayComplete is due */
	uint64_t stop_ms; /* wall clock; 0: no end */
};

void events_take(void *arg, const char *body, size_t len)
{
	struct netconf *n = arg;
	const char *blank = memchr(body, ' ', len);
	struct kept_event *e;

	if (n->events == NULL || blank == NULL)
		return;
	e = calloc(1, sizeof(*e));
	if (e == NULL)
		return;
	snprintf(e->time, sizeof(e->time), "%.*s", (int)(blank - body), body);
	e->json = strndup(blank + 1, len - (size_t)(blank + 1 - body));
	STAILQ_INSERT_TAIL(&n->events->queue, e, next);
}

static void event_free(struct kept_event *e)
{
	free(e->json);
	free(e);
}

static struct lyd_node *parse_event(const struct ly_ctx *ctx, const char *json)
{
	struct lyd_node *tree = NULL, *op = NULL;
	struct ly_in *in = NULL;

	if (json == NULL || ly_in_new_memory(json, &in) != LY_SUCCESS)
		return NULL;
	if (lyd_parse_op(ctx, NULL, in, LYD_JSON, LYD_TYPE_NOTIF_YANG, &tree, &op) != LY_SUCCESS) {
		lyd_free_all(tree);
		tree = NULL;
	}
	ly_in_free(in, 0);
	return tree;
}

static bool passes(const struct filter *filter, const struct lyd_node *event)
{
	struct lyd_node *copy = NULL;
	bool pass;

	if (filter->all)
		return true;
	lyd_dup_single(event, NULL, LYD_DUP_RECURSIVE, &copy);
	pass = filter_apply(filter, &copy, NULL) == 0 && copy != NULL;
	lyd_free_all(copy);
	return pass;
}

/* Takes the event over. */
static void send_event(struct netconf *n, struct lyd_node *event, const char *time)
{
	struct nc_server_notif *notif;

	if (event == NULL || !passes(&n->events->filter, event)) {
		lyd_free_all(event);
		return;
	}
	notif = nc_server_notif_new(event, strdup(time), NC_PARAMTYPE_FREE);
	if (notif == NULL) {
		lyd_free_all(event);
		return;
	}
	if (nc_server_notif_send(n->session, notif, SEND_PATIENCE_MS) == NC_MSG_NOTIF)
		n->count.notifications++;
	nc_server_notif_free(notif);
}

static struct lyd_node *new_event(const struct netconf *n, const char *module, const char *name)
{
	const struct lys_module *mod = ly_ctx_get_module_implemented(n->ctx, module);
	struct lyd_node *event = NULL;

	lyd_new_inner(NULL, mod, name, 0, &event);
	return event;
}

static void add_leaf(struct lyd_node *parent, const char *name, const char *value)
{
	if (parent != NULL && value != NULL)
		lyd_new_term(parent, NULL, name, value, 0, NULL);
}

/* The address in "ssh from ADDRESS"; another origin is none, and the leaf refuses it. */
static void add_source_host(struct lyd_node *parent, const struct lyd_node *event)
{
	const char *origin = netconf_leaf(event, "origin");
	const char *blank = origin != NULL ? strrchr(origin, ' ') : NULL;

	add_leaf(parent, "source-host", blank != NULL ? blank + 1 : origin);
}

static void add_author(struct lyd_node *parent, const struct lyd_node *event)
{
	const char *session = netconf_leaf(event, "session");

	add_leaf(parent, "username", netconf_leaf(event, "user"));
	add_leaf(parent, "session-id", session != NULL ? session : "0");
	add_source_host(parent, event);
}

static void add_edit(struct lyd_node *to, const char *target, const char *operation)
{
	struct lyd_node *edit = NULL;

	if (lyd_new_list(to, NULL, "edit", 0, &edit) != LY_SUCCESS)
		return;
	add_leaf(edit, "target", target);
	add_leaf(edit, "operation", strcmp(operation, "move") == 0 ? "merge" : operation);
}

/* RFC 6470 section 2.2, netconf-config-change. */
static struct lyd_node *config_change(const struct netconf *n, const struct lyd_node *event)
{
	struct lyd_node *out = new_event(n, "ietf-netconf-notifications", "netconf-config-change");
	struct lyd_node *by = NULL;
	const struct lyd_node *child;
	unsigned listed = 0;

	lyd_new_inner(out, NULL, "changed-by", 0, &by);
	if (netconf_leaf(event, "session") != NULL)
		add_author(by, event);
	else
		add_leaf(by, "server", "");
	add_leaf(out, "datastore", "running");
	LY_LIST_FOR (lyd_child(event), child) {
		if (strcmp(child->schema->name, "change") != 0)
			continue;
		add_edit(out, netconf_leaf(child, "path"), netconf_leaf(child, "operation"));
		listed++;
	}
	if (netconf_leaf(event, "changes") != NULL &&
	    strtoul(netconf_leaf(event, "changes"), NULL, 10) > listed)
		add_edit(out, "/gatehouse:config", "merge"); /* and more than were listed */
	return out;
}

/* RFC 6470 section 2.2, netconf-confirmed-commit. */
static struct lyd_node *confirmed_commit(const struct netconf *n, const struct lyd_node *event)
{
	struct lyd_node *out =
	    new_event(n, "ietf-netconf-notifications", "netconf-confirmed-commit");
	const char *what = netconf_leaf(event, "what");

	if (what != NULL && strcmp(what, "timeout") != 0)
		add_author(out, event);
	add_leaf(out, "confirm-event", what);
	if (what != NULL && (strcmp(what, "start") == 0 || strcmp(what, "extend") == 0))
		add_leaf(out, "timeout", netconf_leaf(event, "confirm-within"));
	return out;
}

static void send_kept(struct netconf *n, const struct kept_event *e)
{
	struct lyd_node *event = parse_event(n->ctx, e->json);

	if (event == NULL)
		return;
	if (strcmp(event->schema->name, "configuration-change") == 0)
		send_event(n, config_change(n, event), e->time);
	else if (strcmp(event->schema->name, "confirmed-commit") == 0)
		send_event(n, confirmed_commit(n, event), e->time);
	send_event(n, event, e->time);
}

static const char *now_text(char buf[40])
{
	char *text = NULL;

	ly_time_time2str(time(NULL), NULL, &text);
	snprintf(buf, 40, "%s", text != NULL ? text : "1970-01-01T00:00:00Z");
	free(text);
	return buf;
}

static void send_mark(struct netconf *n, const char *name)
{
	struct filter filter = n->events->filter;
	char now[40];

	n->events->filter = (struct filter){.all = true};
	send_event(n, new_event(n, "nc-notifications", name), now_text(now));
	n->events->filter = filter;
}

static bool is_over(const struct events *ev)
{
	return ev->stop_ms != 0 && gh_wallclock_ms() >= ev->stop_ms;
}

static void unsubscribe(struct netconf *n)
{
	struct client_error err;

	send_mark(n, "notificationComplete");
	daemon_rpc(n, "subscribe", "\"end\":[null]", NULL, &err);
	events_free(n);
	nc_session_dec_notif_status(n->session);
}

static bool is_after(const char *time, uint64_t end_ms)
{
	time_t at;

	return end_ms != 0 && ly_time_str2time(time, &at, NULL) == LY_SUCCESS &&
	       (uint64_t)at * GH_MS_PER_S > end_ms;
}

void events_send(struct netconf *n)
{
	struct events *ev = n->events;
	struct kept_event *e;

	if (ev == NULL)
		return;
	while ((e = STAILQ_FIRST(&ev->queue)) != NULL) {
		STAILQ_REMOVE_HEAD(&ev->queue, next);
		if (!is_after(e->time, ev->stop_ms))
			send_kept(n, e);
		event_free(e);
	}
	if (ev->replay)
		send_mark(n, "replayComplete");
	ev->replay = false;
	if (is_over(ev))
		unsubscribe(n);
}

int events_timeout_ms(const struct netconf *n)
{
	uint64_t now = gh_wallclock_ms();

	if (n->events == NULL || n->events->stop_ms == 0)
		return -1;
	if (n->events->stop_ms <= now)
		return 0;
	return n->events->stop_ms - now < INT_MAX ? (int)(n->events->stop_ms - now) : INT_MAX;
}

void events_free(struct netconf *n)
{
	struct kept_event *e;

	if (n->events == NULL)
		return;
	while ((e = STAILQ_FIRST(&n->events->queue)) != NULL) {
		STAILQ_REMOVE_HEAD(&n->events->queue, next);
		event_free(e);
	}
	lyd_free_all(n->events->filter_node);
	free(n->events);
	n->events = NULL;
}

/* Milliseconds of a date-and-time leaf; 0: not given. */
static uint64_t time_of(const struct lyd_node *rpc, const char *name)
{
	const char *text = netconf_leaf(rpc, name);
	time_t at = 0;

	if (text == NULL || ly_time_str2time(text, &at, NULL) != LY_SUCCESS)
		return 0;
	return (uint64_t)at * GH_MS_PER_S;
}

/* RFC 5277 section 2.1.1. */
static const char *check_times(const struct lyd_node *rpc, struct fault *fault)
{
	uint64_t start = time_of(rpc, "startTime"), stop = time_of(rpc, "stopTime");

	fault->tag = "bad-element";
	fault->type = "protocol";
	if (stop != 0 && start == 0) {
		fault->tag = "missing-element";
		fault->bad_element = "startTime";
		return "stopTime goes with startTime";
	}
	if (start > gh_wallclock_ms()) {
		fault->bad_element = "startTime";
		return "startTime lies in the future";
	}
	if (stop != 0 && stop < start) {
		fault->bad_element = "stopTime";
		return "stopTime lies before startTime";
	}
	return NULL;
}

static struct events *events_new(const struct lyd_node *rpc, struct gh_error *err)
{
	struct events *ev = calloc(1, sizeof(*ev));
	const struct lyd_node *filter = netconf_child(rpc, "filter");

	if (ev == NULL)
		abort();
	STAILQ_INIT(&ev->queue);
	if (filter != NULL)
		lyd_dup_single(filter, NULL, LYD_DUP_RECURSIVE, &ev->filter_node);
	ev->replay = netconf_leaf(rpc, "startTime") != NULL;
	ev->stop_ms = time_of(rpc, "stopTime");
	if (filter_read(ev->filter_node, &ev->filter, err) == 0)
		return ev;
	lyd_free_all(ev->filter_node);
	free(ev);
	return NULL;
}

static struct nc_server_reply *subscribe(struct netconf *n, const struct lyd_node *rpc)
{
	char members[64] = "";
	struct client_error err;

	if (n->events->replay)
		snprintf(members, sizeof(members), "\"since\":\"%llu\"",
		    (unsigned long long)time_of(rpc, "startTime"));
	if (daemon_rpc(n, "subscribe", members, NULL, &err) < 0) {
		events_free(n);
		return fault_daemon(n->ctx, &err);
	}
	nc_session_inc_notif_status(n->session);
	return nc_server_reply_ok();
}

struct nc_server_reply *op_create_subscription(struct netconf *n, const struct lyd_node *rpc)
{
	const char *stream = netconf_leaf(rpc, "stream");
	struct fault fault = {0};
	struct gh_error err = {0};

	fault.message = check_times(rpc, &fault);
	if (fault.message != NULL)
		return fault_reply(n->ctx, &fault);
	fault = (struct fault){.tag = "invalid-value", .message = err.message};
	if (stream != NULL && strcmp(stream, "NETCONF") != 0)
		fault.message = "there is no such stream: NETCONF is the only one";
	else if (n->events != NULL)
		fault = (struct fault){.message = "this session has subscribed already"};
	else if ((n->events = events_new(rpc, &err)) != NULL)
		return subscribe(n, rpc);
	return fault_reply(n->ctx, &fault);
}
