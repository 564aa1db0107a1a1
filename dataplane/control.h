/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * The server of dataplane/api/dp_api.h and the control loop's tick. Control thread.
 */
#pragma once

#include "common/error.h"

/* path: of the socket. 0 or negative errno. */
int gh_control_init(const char *path, struct gh_error *err);
void gh_control_fini(void);

/* Everything that is due; returns the milliseconds until it wants to be called again. */
int gh_control_tick(void);
