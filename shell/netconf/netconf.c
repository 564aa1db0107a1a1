/* SPDX-License-Identifier: BSD-3-Clause */
#include "shell/netconf/netconf.h"

#include <string.h>

#include "db/model.h"
#include "shell/netconf/fault.h"
#include "shell/netconf/serve.h"

static const struct netconf_operation_entry operations[] = {
    {"ietf-netconf", "get", op_get},
    {"ietf-netconf", "get-config", op_get_config},
    {"ietf-netconf", "edit-config", op_edit_config},
    {"ietf-netconf", "copy-config", op_copy_config},
    {"ietf-netconf", "delete-config", op_delete_config},
    {"ietf-netconf", "lock", op_lock},
    {"ietf-netconf", "unlock", op_unlock},
    {"ietf-netconf", "kill-session", op_kill_session},
    {"ietf-netconf", "commit", op_commit},
    {"ietf-netconf", "cancel-commit", op_cancel_commit},
    {"ietf-netconf", "discard-changes", op_discard_changes},
    {"ietf-netconf", "validate", op_validate},
    {"ietf-netconf-monitoring", "get-schema", op_get_schema},
    {"notifications", "create-subscription", op_create_subscription},
};

struct netconf *netconf_of(struct nc_session *session)
{
	return nc_session_get_data(session);
}

const struct lyd_node *netconf_child(const struct lyd_node *parent, const char *name)
{
	const struct lyd_node *child;

	LY_LIST_FOR (lyd_child(parent), child) {
		if (child->schema != NULL && strcmp(child->schema->name, name) == 0)
			return child;
	}
	return NULL;
}

const char *netconf_leaf(const struct lyd_node *parent, const char *name)
{
	const struct lyd_node *leaf = netconf_child(parent, name);

	return leaf != NULL ? lyd_get_value(leaf) : NULL;
}

static netconf_operation find_operation(const struct lysc_node *rpc)
{
	for (size_t i = 0; i < sizeof(operations) / sizeof(operations[0]); i++) {
		if (strcmp(operations[i].module, rpc->module->name) == 0 &&
		    strcmp(operations[i].name, rpc->name) == 0)
			return operations[i].handle;
	}
	return NULL;
}

static struct nc_server_reply *dispatch(struct netconf *n, struct lyd_node *rpc)
{
	netconf_operation handle = find_operation(rpc->schema);
	struct fault unknown = {.type = "protocol",
	    .tag = "operation-not-supported",
	    .message = "this operation is not supported"};

	if (strcmp(rpc->schema->module->name, GH_MODEL) == 0)
		return op_product(n, rpc);
	if (handle == NULL)
		return fault_reply(n->ctx, &unknown);
	if (lyd_validate_op(rpc, NULL, LYD_TYPE_RPC_YANG, NULL) != LY_SUCCESS)
		return nc_server_reply_err(fault_libyang(n->ctx, "invalid-value"));
	return handle(n, rpc);
}

struct nc_server_reply *netconf_answer(struct lyd_node *rpc, struct nc_session *session)
{
	struct netconf *n = netconf_of(session);
	struct nc_server_reply *reply = dispatch(n, rpc);

	n->count.rpcs++;
	if (nc_server_reply_get_last_err(reply) != NULL)
		n->count.errors++;
	return reply;
}
