/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * Who a client is, and what he may do. The only place that decides. Main loop only.
 *
 * The kernel tells the client's uid, the system's account database its name, and the running
 * configuration of this instance (/system/auth/user) the role of that name. root and the account
 * that the daemon runs as are admin without being configured. A client's own word counts for
 * nothing.
 */
#pragma once

#include <libyang/libyang.h>
#include <stdbool.h>
#include <sys/types.h>

enum gh_role { GH_ROLE_NONE, GH_ROLE_VIEWER, GH_ROLE_OPERATOR, GH_ROLE_ADMIN };

struct gh_identity {
	uid_t uid;
	pid_t pid;
	enum gh_role role;
	char user[33]; /* the account's name, or its number */
};

/* From a connected Unix socket; running may be NULL. */
struct gh_identity gh_access_identify(int fd, const struct lyd_node *running);

/* The role as the running configuration has it now. */
enum gh_role gh_access_role(const struct gh_identity *who, const struct lyd_node *running);

const char *gh_role_name(enum gh_role role);

/* The least role that may call the rpc (gh:role in the model). */
enum gh_role gh_access_least(const struct lysc_node *rpc);
bool gh_access_may_call(enum gh_role role, const struct lysc_node *rpc);

bool gh_access_may_see_secrets(enum gh_role role);
