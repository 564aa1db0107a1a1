/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * Errors of the model in the operator's words: what was expected, what exists, what is missing.
 */
#pragma once

#include <libyang/libyang.h>

#include "common/error.h"

/* What a value of this type looks like, such as "one of no, never, keep, replace" or "a number from
 * 64 to 16384". Returns buf. */
const char *gh_expect(const struct lysc_type *type, char *buf, size_t size);

/* The schema node at a data path (predicates are skipped). NULL with err set, naming the word that
 * is not known and what is there. Only nodes of the configuration are found. */
const struct lysc_node *gh_expect_node(
    const struct ly_ctx *ctx, const char *path, struct gh_error *err);

/* The first key in the path that its list does not take: fills err and returns <0; else 0. */
int gh_expect_keys(const struct ly_ctx *ctx, const char *path, struct gh_error *err);

/* After libyang refused `value` for a leaf: fills err from its last error. value may be NULL. */
int gh_expect_value_error(
    const struct lysc_node *node, const char *path, const char *value, struct gh_error *err);

/* The data path in what ly_errpath() gives; empty if there is none. Returns buf. */
const char *gh_expect_error_path(const char *location, char *buf, size_t size);

/* After lyd_validate_all failed on this tree: fills err from libyang's last error. */
int gh_expect_validation_error(const struct lyd_node *tree, struct gh_error *err);
