/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * The life of a session: hellos, then messages, replies and notifications until an end comes.
 */
#pragma once

#include "shell/netconf/netconf.h"

/* Greets; waits for the client's hello. 0, or <0 with err set. */
int serve_greet(struct netconf *n, struct gh_error *err);

/* Until the session ends. 0 when it was closed as it should be, else <0 with err set. */
int serve(struct netconf *n, struct gh_error *err);

/* libnetconf2's callback for every operation. */
struct nc_server_reply *netconf_answer(struct lyd_node *rpc, struct nc_session *session);
