/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * The interactive loop: GNU readline in front of the session, with TAB completion, "?" help, and a
 * history per user that keeps no secrets.
 */
#pragma once

#include "shell/session.h"

/* Runs until the person leaves. */
void lineedit_loop(struct session *s);
