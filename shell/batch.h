/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * Statements that wait to be sent in one rpc. When the daemon refuses one, those before it are
 * sent again without it, so that each line succeeds or fails on its own.
 */
#pragma once

#include "shell/session.h"

void batch_add_line(struct session *s, const char *line, unsigned first_edit);
bool batch_is_full(const struct session *s);
void batch_clear(struct session *s);
