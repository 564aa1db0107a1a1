/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * The YANG modules of a NETCONF session: the product's model and the protocol's own modules
 * (db/yang/ietf), all from inside the program.
 */
#pragma once

#include <libyang/libyang.h>

#include "common/error.h"

#define NETCONF_NS "urn:ietf:params:xml:ns:netconf:base:1.0"

/* The text of a module or submodule as it was written; NULL for those that libyang brings. */
const char *netconf_schema_text(const char *name);

/* NULL with err set. Free with ly_ctx_destroy. */
struct ly_ctx *netconf_schema_new(struct gh_error *err);
