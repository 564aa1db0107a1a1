/* SPDX-License-Identifier: BSD-3-Clause */
/* get-schema: RFC 6022 section 3.1. */
#include <stdlib.h>
#include <string.h>

#include "shell/netconf/fault.h"
#include "shell/netconf/netconf.h"
#include "shell/netconf/schema.h"

/* A module or a submodule. */
struct found {
	const struct lys_module *module;
	const struct lysp_submodule *submodule;
};

static struct found find(const struct ly_ctx *ctx, const char *name, const char *revision)
{
	struct found f = {0};

	if (revision != NULL && revision[0] != '\0') {
		f.module = ly_ctx_get_module(ctx, name, revision);
		f.submodule = ly_ctx_get_submodule(ctx, name, revision);
		return f;
	}
	f.module = ly_ctx_get_module_implemented(ctx, name);
	if (f.module == NULL)
		f.module = ly_ctx_get_module_latest(ctx, name);
	f.submodule = ly_ctx_get_submodule_latest(ctx, name);
	return f;
}

/* As it was written, comments and all, unless libyang brought it; malloc'ed. */
static char *source(const struct found *f, const char *name, LYS_OUTFORMAT format)
{
	const char *own = format == LYS_OUT_YANG ? netconf_schema_text(name) : NULL;
	struct ly_out *out = NULL;
	char *text = NULL;

	if (own != NULL)
		return strdup(own);
	if (ly_out_new_memory(&text, 0, &out) != LY_SUCCESS)
		return NULL;
	if (f->module != NULL)
		lys_print_module(out, f->module, format, 0, 0);
	else
		lys_print_submodule(out, f->submodule, format, 0, 0);
	ly_out_free(out, NULL, 0);
	return text;
}

static struct nc_server_reply *invalid(struct netconf *n, const char *message)
{
	struct fault f = {.tag = "invalid-value", .message = message};

	return fault_reply(n->ctx, &f);
}

struct nc_server_reply *op_get_schema(struct netconf *n, const struct lyd_node *rpc)
{
	const char *name = netconf_leaf(rpc, "identifier"), *format = netconf_leaf(rpc, "format");
	struct found f = find(n->ctx, name, netconf_leaf(rpc, "version"));
	bool yin = format != NULL && strcmp(format, "ietf-netconf-monitoring:yin") == 0;
	struct lyd_node *out = NULL;
	char *text;

	if (f.module == NULL && f.submodule == NULL)
		return invalid(n, "there is no such schema: netconf-state/schemas lists them");
	if (format != NULL && !yin && strcmp(format, "ietf-netconf-monitoring:yang") != 0)
		return invalid(n, "schemas come in the formats yang and yin");
	text = source(&f, name, yin ? LYS_OUT_YIN : LYS_OUT_YANG);
	if (text == NULL || lyd_dup_single(rpc, NULL, 0, &out) != LY_SUCCESS ||
	    lyd_new_any(out, NULL, "data", text, 0, LYD_ANYDATA_STRING, 1, NULL) != LY_SUCCESS) {
		lyd_free_all(out);
		out = NULL;
	}
	free(text);
	return out != NULL ? nc_server_reply_data(out, NC_WD_EXPLICIT, NC_PARAMTYPE_FREE)
			   : invalid(n, "the schema cannot be printed");
}
