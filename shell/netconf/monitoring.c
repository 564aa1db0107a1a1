/* SPDX-License-Identifier: BSD-3-Clause */
#include "shell/netconf/monitoring.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "shell/netconf/daemon.h"

#define MONITORING "ietf-netconf-monitoring"

static struct lyd_node *top(const struct netconf *n, const char *module, const char *name)
{
	struct lyd_node *node = NULL;

	lyd_new_inner(NULL, ly_ctx_get_module_implemented(n->ctx, module), name, 0, &node);
	return node;
}

static struct lyd_node *inner(struct lyd_node *parent, const char *name)
{
	struct lyd_node *node = NULL;

	if (parent != NULL)
		lyd_new_inner(parent, NULL, name, 0, &node);
	return node;
}

static void leaf(struct lyd_node *parent, const char *name, const char *value)
{
	if (parent != NULL && value != NULL)
		lyd_new_term(parent, NULL, name, value, 0, NULL);
}

static void number(struct lyd_node *parent, const char *name, unsigned value)
{
	char text[16];

	snprintf(text, sizeof(text), "%u", value);
	leaf(parent, name, text);
}

static void add_capabilities(struct netconf *n, struct lyd_node *state)
{
	const char **all = nc_server_get_cpblts(n->ctx);
	struct lyd_node *list = inner(state, "capabilities");

	for (size_t i = 0; all != NULL && all[i] != NULL; i++) {
		leaf(list, "capability", all[i]);
		lydict_remove(n->ctx, all[i]);
	}
	free(all);
}

static void add_schema(
    struct lyd_node *schemas, const char *name, const char *revision, const char *ns)
{
	struct lyd_node *entry = NULL;

	if (lyd_new_list(schemas, NULL, "schema", 0, &entry, name, revision != NULL ? revision : "",
		MONITORING ":yang") != LY_SUCCESS)
		return;
	leaf(entry, "namespace", ns);
	leaf(entry, "location", "NETCONF");
}

static void add_schemas(struct netconf *n, struct lyd_node *state)
{
	struct lyd_node *schemas = inner(state, "schemas");
	const struct lys_module *mod;
	LY_ARRAY_COUNT_TYPE i;
	uint32_t at = 0;

	while ((mod = ly_ctx_get_module_iter(n->ctx, &at)) != NULL) {
		add_schema(schemas, mod->name, mod->revision, mod->ns);
		LY_ARRAY_FOR(mod->parsed->includes, i)
		{
			const struct lysp_submodule *sub = mod->parsed->includes[i].submodule;

			add_schema(schemas, sub->name, sub->revs != NULL ? sub->revs[0].date : NULL,
			    mod->ns);
		}
	}
}

static void add_lock(struct lyd_node *state, const struct lyd_node *session, const char *store)
{
	struct lyd_node *datastores = (struct lyd_node *)netconf_child(state, "datastores");
	struct lyd_node *entry, *global;
	const struct lyd_node *lock;

	LY_LIST_FOR (lyd_child(session), lock) {
		if (strcmp(lock->schema->name, "lock") != 0 ||
		    strcmp(netconf_leaf(lock, "target"), store) != 0)
			continue;
		LY_LIST_FOR (lyd_child(datastores), entry) {
			if (strcmp(netconf_leaf(entry, "name"), store) != 0)
				continue;
			global = inner(inner(entry, "locks"), "global-lock");
			leaf(global, "locked-by-session", netconf_leaf(session, "id"));
			leaf(global, "locked-time", netconf_leaf(lock, "since"));
		}
	}
}

static void add_counters(const struct netconf *n, struct lyd_node *entry)
{
	number(entry, "in-rpcs", n->count.rpcs);
	number(entry, "in-bad-rpcs", n->count.bad_rpcs);
	number(entry, "out-rpc-errors", n->count.errors + n->count.bad_rpcs);
	number(entry, "out-notifications", n->count.notifications);
}

static void add_session(
    const struct netconf *n, struct lyd_node *sessions, const struct lyd_node *session)
{
	const char *id = netconf_leaf(session, "id"), *client = netconf_leaf(session, "client");
	const char *origin = netconf_leaf(session, "origin");
	struct lyd_node *entry = NULL;

	if (client == NULL || strcmp(client, "gatehouse-netconf") != 0 ||
	    lyd_new_list(sessions, NULL, "session", 0, &entry, id) != LY_SUCCESS)
		return;
	leaf(entry, "transport", MONITORING ":netconf-ssh");
	leaf(entry, "username", netconf_leaf(session, "user"));
	if (origin != NULL && strrchr(origin, ' ') != NULL)
		leaf(entry, "source-host", strrchr(origin, ' ') + 1);
	leaf(entry, "login-time", netconf_leaf(session, "since"));
	if (strtoul(id, NULL, 10) == n->daemon.session)
		add_counters(n, entry);
}

/* Who is there and what is locked; left out when the daemon does not tell. */
static void add_sessions(struct netconf *n, struct lyd_node *state)
{
	struct lyd_node *sessions = inner(state, "sessions"), *answer = NULL;
	const struct lyd_node *session;
	struct client_error err;

	if (daemon_rpc(n, "show-sessions", "", &answer, &err) < 0)
		return;
	LY_LIST_FOR (lyd_child(answer), session) {
		add_session(n, sessions, session);
		add_lock(state, session, "running");
		add_lock(state, session, "candidate");
	}
	lyd_free_all(answer);
}

static void add_datastores(struct lyd_node *state)
{
	struct lyd_node *stores = inner(state, "datastores");

	lyd_new_list(stores, NULL, "datastore", 0, NULL, "running");
	lyd_new_list(stores, NULL, "datastore", 0, NULL, "candidate");
}

static void add_statistics(const struct netconf *n, struct lyd_node *state)
{
	struct lyd_node *statistics = inner(state, "statistics");
	char *text = NULL;

	ly_time_time2str(nc_session_get_start_time(n->session), NULL, &text);
	leaf(statistics, "netconf-start-time", text);
	free(text);
	add_counters(n, statistics);
}

struct lyd_node *monitoring_state(struct netconf *n)
{
	struct lyd_node *state = top(n, MONITORING, "netconf-state");

	add_capabilities(n, state);
	add_datastores(state);
	add_schemas(n, state);
	add_sessions(n, state);
	add_statistics(n, state);
	return state;
}

/* When the oldest event that can be replayed happened; without any, what follows from now on. */
static void add_oldest(struct netconf *n, struct lyd_node *stream)
{
	struct lyd_node *answer = NULL;
	struct client_error err;
	const char *oldest;
	time_t at = time(NULL);
	char *text = NULL;

	if (daemon_rpc(n, "subscribe", "\"query\":[null]", &answer, &err) < 0)
		return;
	oldest = netconf_leaf(answer, "oldest");
	if (oldest != NULL)
		at = (time_t)(strtoull(oldest, NULL, 10) / 1000);
	ly_time_time2str(at, NULL, &text);
	leaf(stream, "replayLogCreationTime", text);
	free(text);
	lyd_free_all(answer);
}

struct lyd_node *monitoring_streams(struct netconf *n)
{
	struct lyd_node *tree = top(n, "nc-notifications", "netconf"), *stream = NULL;

	lyd_new_list(inner(tree, "streams"), NULL, "stream", 0, &stream, "NETCONF");
	leaf(stream, "description", "Everything that happens: commits, tunnels, VRRP, HA.");
	leaf(stream, "replaySupport", "true");
	add_oldest(n, stream);
	return tree;
}
