/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * Finding one's way in a configuration tree of the model.
 */
#pragma once

#include <libyang/libyang.h>
#include <stdbool.h>

bool tree_is(const struct lyd_node *n, const char *name);
/* The child of that name that is no list key; NULL parent gives NULL. */
const struct lyd_node *tree_child(const struct lyd_node *parent, const char *name);
/* A list entry's first key. */
const char *tree_key(const struct lyd_node *entry);
/* The `config` node of a tree or diff. */
const struct lyd_node *tree_config(const struct lyd_node *tree);
/* The same node in another tree of the model; NULL if it is not there. Costs one hash lookup for
 * each level, whatever the number of siblings. */
struct lyd_node *tree_counterpart(const struct lyd_node *tree, const struct lyd_node *node);
