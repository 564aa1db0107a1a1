/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * The YANG model (db/yang) as a libyang context, and what gatehouse-extensions says of a node.
 * A context is used by one thread at a time. Loading takes some milliseconds.
 */
#pragma once

#include <libyang/libyang.h>
#include <stdbool.h>

#include "common/error.h"

#define GH_MODEL "gatehouse"
#define GH_MODEL_EXTENSIONS "gatehouse-extensions"

/* A new context with the whole model, from the text inside the program. NULL with err set is a
 * defect of the build. Free with ly_ctx_destroy. Also keeps libyang from writing to stderr:
 * errors are read from the context. */
struct ly_ctx *gh_model_new(struct gh_error *err);

/* The argument of the node's own extension gh:NAME; "" when the extension takes none; NULL when the
 * node does not have it. */
const char *gh_model_ext(const struct lysc_node *node, const char *name);

/* The nearest gh:engine at or above the node, or NULL. */
const char *gh_model_engine(const struct lysc_node *node);

bool gh_model_is_secret(const struct lysc_node *node);

/* The rpc of that name, or NULL. */
const struct lysc_node *gh_model_rpc(const struct ly_ctx *ctx, const char *name);
