/* SPDX-License-Identifier: BSD-3-Clause */
/* Operations that are one rpc of the daemon. */
#include <stdlib.h>
#include <string.h>

#include "common/secret.h"
#include "db/model.h"
#include "shell/netconf/daemon.h"
#include "shell/netconf/fault.h"
#include "shell/netconf/netconf.h"

static struct nc_server_reply *simple(struct netconf *n, const char *name, const char *members)
{
	struct client_error err;

	if (daemon_rpc(n, name, members, NULL, &err) < 0)
		return fault_daemon(n->ctx, &err);
	return nc_server_reply_ok();
}

static struct nc_server_reply *lock(struct netconf *n, const struct lyd_node *rpc, const char *name)
{
	const struct lyd_node *target = netconf_child(rpc, "target");

	return simple(n, name,
	    netconf_child(target, "candidate") != NULL ? "\"target\":\"candidate\""
						       : "\"target\":\"running\"");
}

struct nc_server_reply *op_lock(struct netconf *n, const struct lyd_node *rpc)
{
	return lock(n, rpc, "lock");
}

struct nc_server_reply *op_unlock(struct netconf *n, const struct lyd_node *rpc)
{
	return lock(n, rpc, "unlock");
}

struct nc_server_reply *op_discard_changes(struct netconf *n, const struct lyd_node *rpc)
{
	return simple(n, "discard", "");
}

struct nc_server_reply *op_kill_session(struct netconf *n, const struct lyd_node *rpc)
{
	struct nc_server_reply *reply;
	struct text t = {0};

	text_addf(&t, "\"session\":%s", netconf_leaf(rpc, "session-id"));
	reply = simple(n, "kill-session", t.data);
	text_free(&t);
	return reply;
}

static void add_string(struct text *t, const char *name, const char *value)
{
	if (value == NULL)
		return;
	text_addf(t, "%s\"%s\":", t->len > 0 ? "," : "", name);
	text_add_json_string(t, value);
}

static struct nc_server_reply *with_members(struct netconf *n, const char *name, struct text *t)
{
	struct nc_server_reply *reply = simple(n, name, t->data != NULL ? t->data : "");

	text_free(t);
	return reply;
}

struct nc_server_reply *op_commit(struct netconf *n, const struct lyd_node *rpc)
{
	const char *persist = netconf_leaf(rpc, "persist");
	struct text t = {0};

	if (netconf_child(rpc, "confirmed") != NULL)
		text_addf(&t, "\"confirmed\":%s%s", netconf_leaf(rpc, "confirm-timeout"),
		    persist == NULL ? ",\"session-bound\":[null]" : "");
	add_string(&t, "persist", persist);
	add_string(&t, "persist-id", netconf_leaf(rpc, "persist-id"));
	return with_members(n, "commit", &t);
}

struct nc_server_reply *op_cancel_commit(struct netconf *n, const struct lyd_node *rpc)
{
	struct text t = {0};

	add_string(&t, "persist-id", netconf_leaf(rpc, "persist-id"));
	return with_members(n, "cancel-commit", &t);
}

struct nc_server_reply *op_product(struct netconf *n, const struct lyd_node *rpc)
{
	struct lyd_node *answer = NULL;
	struct client_error err = {.edit = -1};
	char *json = NULL;
	int rc;

	lyd_print_mem(&json, rpc, LYD_JSON, LYD_PRINT_SHRINK | LYD_PRINT_KEEPEMPTYCONT);
	if (json == NULL)
		return NULL;
	rc = daemon_call(n, json, strlen(json), &answer, &err);
	gh_wipe_free(json, strlen(json));
	if (rc < 0)
		return fault_daemon(n->ctx, &err);
	if (lyd_child(answer) == NULL) {
		lyd_free_all(answer);
		return nc_server_reply_ok();
	}
	return nc_server_reply_data(answer, NC_WD_EXPLICIT, NC_PARAMTYPE_FREE);
}
