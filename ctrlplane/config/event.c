/* SPDX-License-Identifier: BSD-3-Clause */
#include "ctrlplane/config/event.h"

#include <errno.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "common/clock.h"
#include "common/log.h"
#include "ctrlplane/config/rpc_util.h"
#include "ctrlplane/config/session_impl.h"
#include "db/model.h"
#include "db/tree.h"

#define KEPT 1000	     /* events */
#define KEPT_TEXT_MAX 16384  /* longer ones are sent, but not kept */
#define CHANGES_TOLD_MAX 500 /* of one commit */

struct kept {
	uint64_t time_ms;
	char *text; /* body of the frame */
	size_t len;
};

static struct {
	struct gh_server *server;
	struct kept ring[KEPT];
	size_t count, next;
} events;

void gh_event_serve(struct gh_server *server)
{
	for (size_t i = 0; server == NULL && i < KEPT; i++) {
		free(events.ring[i].text);
		events.ring[i].text = NULL;
	}
	if (server == NULL)
		events.count = events.next = 0;
	events.server = server;
}

struct lyd_node *gh_event_new(const struct ly_ctx *ctx, const char *name)
{
	const struct lys_module *mod = ly_ctx_get_module_implemented(ctx, GH_MODEL);
	struct lyd_node *event = NULL;

	lyd_new_inner(NULL, mod, name, 0, &event);
	return event;
}

void gh_event_leaf(struct lyd_node *event, const char *name, const char *value)
{
	if (event != NULL && value != NULL && value[0] != '\0')
		lyd_new_term(event, NULL, name, value, 0, NULL);
}

void gh_event_number(struct lyd_node *event, const char *name, uint64_t value)
{
	char text[24];

	snprintf(text, sizeof(text), "%" PRIu64, value);
	gh_event_leaf(event, name, text);
}

struct changes {
	struct lyd_node *event;
	unsigned count;
	char top[1024]; /* the last subtree: what is below it goes without saying */
};

static bool is_below(const char *path, const char *top)
{
	size_t len = strlen(top);

	return len > 0 && strncmp(path, top, len) == 0 && path[len] == '/';
}

static int add_change(const struct gh_diff_item *item, void *ctx)
{
	struct changes *c = ctx;
	char path[sizeof(c->top)];
	struct lyd_node *entry = NULL;

	if (lyd_path(item->node, LYD_PATH_STD, path, sizeof(path)) == NULL ||
	    is_below(path, c->top))
		return 0;
	if (item->subtree)
		memcpy(c->top, path, sizeof(path));
	if (c->count++ >= CHANGES_TOLD_MAX)
		return 0;
	lyd_new_list(c->event, NULL, "change", 0, &entry);
	gh_event_leaf(entry, "operation", item->operation);
	gh_event_leaf(entry, "path", path);
	return 0;
}

void gh_event_changes(struct lyd_node *event, const struct lyd_node *diff)
{
	struct changes c = {.event = event};

	if (event == NULL)
		return;
	gh_diff_walk(diff, add_change, &c);
	gh_event_number(event, "changes", c.count);
}

static void keep(uint64_t time_ms, char *text, size_t len)
{
	struct kept *slot = &events.ring[events.next];

	if (len > KEPT_TEXT_MAX) {
		free(text);
		return;
	}
	free(slot->text);
	*slot = (struct kept){.time_ms = time_ms, .text = text, .len = len};
	events.next = (events.next + 1) % KEPT;
	events.count += events.count < KEPT;
}

static char *frame_body(uint64_t now, const struct lyd_node *event, size_t *len)
{
	char *json = NULL, *body = NULL;
	time_t s = (time_t)(now / GH_MS_PER_S);
	char time[GH_TIME_STRLEN];
	struct tm tm;
	int n = -1;

	gmtime_r(&s, &tm);
	strftime(time, sizeof(time), "%Y-%m-%dT%H:%M:%S", &tm);
	lyd_print_mem(&json, event, LYD_JSON, LYD_PRINT_SHRINK);
	if (json != NULL)
		n = asprintf(&body, "%s.%03uZ %s", time, (unsigned)(now % GH_MS_PER_S), json);
	free(json);
	*len = n >= 0 ? (size_t)n : 0;
	return n >= 0 ? body : NULL;
}

void gh_event_publish(struct lyd_node *event)
{
	uint64_t now = gh_wallclock_ms();
	struct gh_session *s;
	char *body = NULL;
	size_t len = 0;

	if (event != NULL && events.server != NULL)
		body = frame_body(now, event, &len);
	lyd_free_all(event);
	if (body == NULL)
		return;
	TAILQ_FOREACH (s, &events.server->sessions, next) {
		if (s->subscribed && gh_session_role(s) != GH_ROLE_NONE)
			gh_session_send(s, GH_SESSION_EVENT, 0, body, len);
	}
	keep(now, body, len);
}

/* Events are kept oldest first from here. */
static size_t oldest(void)
{
	return events.count < KEPT ? 0 : events.next;
}

static void replay(struct gh_session *s, uint64_t since_ms)
{
	for (size_t i = 0; i < events.count; i++) {
		const struct kept *e = &events.ring[(oldest() + i) % KEPT];

		if (e->time_ms >= since_ms)
			gh_session_send(s, GH_SESSION_EVENT, 0, e->text, e->len);
	}
}

static int handle_subscribe(
    void *ctx, const struct lyd_node *input, struct gh_reply *reply, struct gh_error *err)
{
	const char *since = gh_input(input, "since");
	struct lyd_node *out = gh_reply_piece(reply);

	if (events.count > 0)
		gh_output_number(out, "oldest", events.ring[oldest()].time_ms);
	if (gh_input(input, "end") != NULL)
		reply->session->subscribed = false;
	else if (gh_input(input, "query") == NULL)
		reply->session->subscribed = true;
	if (since != NULL)
		replay(reply->session, strtoull(since, NULL, 10));
	gh_reply_send(reply, out);
	return 0;
}

static struct gh_rpc rpcs[] = {{.name = "subscribe", .handle = handle_subscribe}};

void gh_event_rpcs_register(void)
{
	gh_rpc_register(&rpcs[0]);
}
