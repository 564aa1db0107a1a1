/* SPDX-License-Identifier: BSD-3-Clause */
#pragma once

#include "shell/session.h"

/* Before the session ends: with uncommitted changes a person is asked whether to commit, drop or
 * stay; a script is told that they are dropped. Returns whether to leave. */
bool confirm_leave(struct session *s);
