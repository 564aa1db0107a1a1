/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * Who a client is, and what he may do. The only place that decides. Main loop only.
 */
#pragma once

#include <libyang/libyang.h>
#include <stdbool.h>
#include <sys/types.h>

enum gh_role { GH_ROLE_NONE, GH_ROLE_VIEWER, GH_ROLE_ADMIN };

struct gh_identity {
	uid_t uid;
	enum gh_role role;
	char user[33]; /* the account's name, or its number */
};

/* From a connected Unix socket. root and the account that the daemon runs as are admin; others
 * have no role yet. */
struct gh_identity gh_access_identify(int fd);

const char *gh_role_name(enum gh_role role);

/* Whether the role may call the rpc (gh:role in the model). */
bool gh_access_may_call(enum gh_role role, const struct lysc_node *rpc);

bool gh_access_may_see_secrets(enum gh_role role);
