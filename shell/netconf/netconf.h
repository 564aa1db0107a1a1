/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * One NETCONF session: a client of gatehoused on one side, libnetconf2 on the other. What is shared
 * by the operations. One thread.
 */
#pragma once

#include <libyang/libyang.h>
#include <nc_server.h>
#include <stdbool.h>

#include "shell/client.h"
#include "shell/netconf/wire.h"

struct events;

struct netconf {
	struct client daemon;
	struct ly_ctx *ctx;
	struct wire wire;
	struct nc_session *session;
	struct nc_pollsession *poll;
	struct events *events; /* NULL: not subscribed */
	struct {
		unsigned rpcs, bad_rpcs, errors, notifications;
	} count;
	bool daemon_gone;
};

/* The session that libnetconf2 calls back with. */
struct netconf *netconf_of(struct nc_session *session);

/* Operations by name; each returns the reply, never NULL. `rpc` is validated. */
typedef struct nc_server_reply *(*netconf_operation)(struct netconf *n, const struct lyd_node *rpc);

struct netconf_operation_entry {
	const char *module, *name;
	netconf_operation handle;
};

struct nc_server_reply *op_get(struct netconf *n, const struct lyd_node *rpc);
struct nc_server_reply *op_get_config(struct netconf *n, const struct lyd_node *rpc);
struct nc_server_reply *op_edit_config(struct netconf *n, const struct lyd_node *rpc);
struct nc_server_reply *op_copy_config(struct netconf *n, const struct lyd_node *rpc);
struct nc_server_reply *op_delete_config(struct netconf *n, const struct lyd_node *rpc);
struct nc_server_reply *op_lock(struct netconf *n, const struct lyd_node *rpc);
struct nc_server_reply *op_unlock(struct netconf *n, const struct lyd_node *rpc);
struct nc_server_reply *op_kill_session(struct netconf *n, const struct lyd_node *rpc);
struct nc_server_reply *op_commit(struct netconf *n, const struct lyd_node *rpc);
struct nc_server_reply *op_cancel_commit(struct netconf *n, const struct lyd_node *rpc);
struct nc_server_reply *op_discard_changes(struct netconf *n, const struct lyd_node *rpc);
struct nc_server_reply *op_validate(struct netconf *n, const struct lyd_node *rpc);
struct nc_server_reply *op_get_schema(struct netconf *n, const struct lyd_node *rpc);
struct nc_server_reply *op_create_subscription(struct netconf *n, const struct lyd_node *rpc);

/* An rpc of the product's model, as it stands. */
struct nc_server_reply *op_product(struct netconf *n, const struct lyd_node *rpc);

/* The child of that name, or NULL; the value of a leaf, or NULL. */
const struct lyd_node *netconf_child(const struct lyd_node *parent, const char *name);
const char *netconf_leaf(const struct lyd_node *parent, const char *name);
