/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * Calls of gatehoused's rpcs by a NETCONF session (common/session_proto.h).
 */
#pragma once

#include <libyang/libyang.h>
#include <stddef.h>

#include "shell/json.h"
#include "shell/netconf/netconf.h"

/* Calls the rpc {"gatehouse:NAME":{…}}. 0, or <0 with err set. *answer, which may be NULL, gets the
 * rpc's node with its output, the caller's; NULL when there is none. */
int daemon_call(struct netconf *n, const char *json, size_t len, struct lyd_node **answer,
    struct client_error *err);

/* The same for an rpc without input, or with input as JSON members ("" for none). */
int daemon_rpc(struct netconf *n, const char *name, const char *members, struct lyd_node **answer,
    struct client_error *err);

/* What an rpc answers in its anydata `data`: a tree of the model without defaults, not validated;
 * NULL when it is empty. path (may be NULL) limits it. */
int daemon_config(struct netconf *n, const char *source, const char *path, struct lyd_node **tree,
    struct client_error *err);
int daemon_state(struct netconf *n, struct lyd_node **tree, struct client_error *err);
