/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * What a client wrote inside <config> or <filter>: libyang gives nodes with a schema where they fit
 * the model and opaque ones where they do not (a list entry without its key in a filter, an empty
 * leaf to be deleted). Here both are just elements.
 */
#pragma once

#include <libyang/libyang.h>
#include <stdbool.h>

const char *element_name(const struct lyd_node *e);
const char *element_namespace(const struct lyd_node *e); /* NULL: none */
const char *element_text(const struct lyd_node *e);	 /* "" if it has none */

/* The value of an attribute, by the module that defines it and the namespace of that; NULL. */
const char *element_attribute(
    const struct lyd_node *e, const char *module, const char *ns, const char *name);

/* The elements inside an anyxml or anydata; NULL when there are none. */
const struct lyd_node *element_content(const struct lyd_node *any);

/* Whether it names the data or schema node. An element without namespace names any. */
bool element_names(const struct lyd_node *e, const struct lysc_node *schema);
