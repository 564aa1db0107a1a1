/* SPDX-License-Identifier: BSD-3-Clause */
/* Home directories of managed accounts: the CLI keeps its history there. */
#pragma once

#include <sys/types.h>

#include "common/error.h"

/* Makes path for that account, or gives it to the account if it is there. */
int gh_home_make(const char *path, uid_t uid, gid_t gid, struct gh_error *err);
/* Removes it with all in it, never following a link. */
void gh_home_remove(const char *path);
