/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * Configuration as an operator reads and types it. What is printed here, walk_statement reads
 * back to the same configuration.
 */
#pragma once

#include <libyang/libyang.h>

#include "shell/json.h"
#include "shell/schema.h"

typedef void (*dialect_line_fn)(void *arg, const char *line);

/* The children of root (the config or state container's data node) as a tree: contexts indented
 * by four blanks and closed by "..". */
void dialect_print_tree(const struct lyd_node *root, dialect_line_fn line, void *arg);

/* The same as absolute lines, one for each leaf, starting with "/ ". */
void dialect_print_full_paths(const struct lyd_node *root, dialect_line_fn line, void *arg);

/* A data path as the daemon names it (/gatehouse:config/vrf[name='main']/…) as typed words:
 * "vrf main …", appended to out. A path that is not understood is appended as it is. */
void dialect_add_path(const struct schema *s, const char *path, struct text *out);
