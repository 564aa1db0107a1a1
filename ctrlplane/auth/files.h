/* SPDX-License-Identifier: BSD-3-Clause */
/* Files of authorized keys, which belong to root so that a user cannot add to his. */
#pragma once

#include "common/error.h"

/* Makes a directory of root's, mode 0755, if it is not there. */
int gh_files_directory(const char *path, struct gh_error *err);

/* Puts a whole text in the file's place; an empty one removes it. */
int gh_files_put(const char *path, const char *text, struct gh_error *err);
