/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * The session server: <instance>/run/control.sock, common/session_proto.h. Main loop only; nothing
 * blocks: a client that does not read stops being read from.
 */
#pragma once

#include <ev.h>

#include "common/error.h"
#include "common/instance.h"
#include "ctrlplane/config/transaction.h"

struct gh_server;

/* Listens on `path`. NULL with err set. */
struct gh_server *gh_server_start(struct ev_loop *loop, const char *path,
    const struct gh_instance *instance, struct gh_datastore *ds, struct gh_error *err);

#define GH_SERVER_GROUP "gatehouse"
/* Lets the members of that group, if the machine has it, connect to the socket at path; without
 * it, only the daemon's own account can. What they may do then is for their roles to say. */
void gh_server_admit_group(const char *path);

void gh_server_stop(struct gh_server *server);

/* Serves a connected socket, which it takes over; for tests and fuzzing. */
void gh_server_adopt(struct gh_server *server, int fd);

/* The host name as configured, or the instance's name. */
const char *gh_server_hostname(const struct gh_server *server);

/* Registers the rpcs of gatehouse-session.yang and show-version. */
void gh_session_rpcs_register(void);
