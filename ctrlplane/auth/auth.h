/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * The engine "auth": /system/auth. Checks users and their keys, and with manage-accounts keeps
 * their Linux accounts (accounts.h). What a user may do is decided in ctrlplane/config/access.h,
 * with or without accounts. Main loop only.
 */
#pragma once

#include "ctrlplane/daemon.h"

int gh_auth_start(struct gh_daemon *daemon, struct gh_error *err);
void gh_auth_stop(void);
