/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * The whole store of configurations as text and back: the first line names the format, each other
 * line is a JSON object, a commit (its number, when, who, from where, comment, program, and its
 * change as a libyang diff) or a snapshot (the number and the configuration). Secrets are in it in
 * clear.
 */
#pragma once

#include <stdio.h>

#include "common/error.h"

/* May run beside the daemon whose store it is. */
int gh_store_export(const char *path, FILE *out, struct gh_error *err);

/* Makes a new store at the path, which has to be free; removed again when the text is refused, by
 * line. Whether the configurations fit the model is for the caller to find out. */
int gh_store_import(const char *path, FILE *in, struct gh_error *err);
