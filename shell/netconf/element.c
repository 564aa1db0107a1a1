/* SPDX-License-Identifier: BSD-3-Clause */
#include "shell/netconf/element.h"

#include <string.h>

static const struct lyd_node_opaq *opaque(const struct lyd_node *e)
{
	return (const struct lyd_node_opaq *)e;
}

const char *element_name(const struct lyd_node *e)
{
	return e->schema != NULL ? e->schema->name : opaque(e)->name.name;
}

const char *element_namespace(const struct lyd_node *e)
{
	return e->schema != NULL ? e->schema->module->ns : opaque(e)->name.module_ns;
}

const char *element_text(const struct lyd_node *e)
{
	const char *value = NULL;

	if (e->schema == NULL)
		value = opaque(e)->value;
	else if (e->schema->nodetype & LYD_NODE_TERM)
		value = lyd_get_value(e);
	return value != NULL ? value : "";
}

const char *element_attribute(
    const struct lyd_node *e, const char *module, const char *ns, const char *name)
{
	const struct lyd_meta *m;
	const struct lyd_attr *a;

	if (e->schema != NULL) {
		LY_LIST_FOR (e->meta, m) {
			if (strcmp(m->name, name) == 0 &&
			    strcmp(m->annotation->module->name, module) == 0)
				return lyd_get_meta_value(m);
		}
		return NULL;
	}
	LY_LIST_FOR (opaque(e)->attr, a) {
		if (strcmp(a->name.name, name) == 0 && a->name.module_ns != NULL &&
		    strcmp(a->name.module_ns, ns) == 0)
			return a->value;
	}
	return NULL;
}

const struct lyd_node *element_content(const struct lyd_node *any)
{
	const struct lyd_node_any *a = (const struct lyd_node_any *)any;

	if (any == NULL || any->schema == NULL || (any->schema->nodetype & LYD_NODE_ANY) == 0)
		return NULL;
	return a->value_type == LYD_ANYDATA_DATATREE ? a->value.tree : NULL;
}

bool element_names(const struct lyd_node *e, const struct lysc_node *schema)
{
	const char *ns = element_namespace(e);

	return strcmp(element_name(e), schema->name) == 0 &&
	       (ns == NULL || ns[0] == '\0' || strcmp(ns, schema->module->ns) == 0);
}
