/* SPDX-License-Identifier: BSD-3-Clause */
#include "shell/netconf/schema.h"

#include <errno.h>
#include <string.h>

#include "db/embedded.h"
#include "db/model.h"

/* db/yang/ietf, made by the build. */
extern const struct gh_embedded netconf_modules[];

static const char *text_in(const struct gh_embedded *list, const char *name)
{
	for (; list->name != NULL; list++) {
		if (strcmp(list->name, name) == 0)
			return list->text;
	}
	return NULL;
}

const char *netconf_schema_text(const char *name)
{
	const char *text = text_in(gh_embedded, name);

	return text != NULL ? text : text_in(netconf_modules, name);
}

static LY_ERR find_text(const char *module, const char *revision, const char *submodule,
    const char *sub_revision, void *user, LYS_INFORMAT *format, const char **text,
    ly_module_imp_data_free_clb *free_text)
{
	const char *name = submodule != NULL ? submodule : module;

	*text = netconf_schema_text(name);
	*format = LYS_IN_YANG;
	*free_text = NULL;
	return *text != NULL ? LY_SUCCESS : LY_ENOTFOUND;
}

static int load(struct ly_ctx *ctx)
{
	/* Capabilities follow from the features. */
	static const char *features[] = {
	    "candidate", "confirmed-commit", "rollback-on-error", "validate", "xpath", NULL};
	static const char *const modules[] = {"ietf-netconf-with-defaults",
	    "ietf-netconf-monitoring", "notifications", "nc-notifications",
	    "ietf-netconf-notifications", GH_MODEL};

	if (ly_ctx_load_module(ctx, "ietf-netconf", NULL, features) == NULL)
		return -EINVAL;
	for (size_t i = 0; i < sizeof(modules) / sizeof(modules[0]); i++) {
		if (ly_ctx_load_module(ctx, modules[i], NULL, NULL) == NULL)
			return -EINVAL;
	}
	return 0;
}

struct ly_ctx *netconf_schema_new(struct gh_error *err)
{
	struct ly_ctx *ctx = NULL;

	ly_log_options(LY_LOSTORE_LAST);
	if (ly_ctx_new(NULL, LY_CTX_DISABLE_SEARCHDIRS, &ctx) != LY_SUCCESS) {
		gh_error_set(err, -ENOMEM, NULL, "there is not enough memory for the model");
		return NULL;
	}
	ly_ctx_set_module_imp_clb(ctx, find_text, NULL);
	if (load(ctx) < 0) {
		gh_error_set(err, -EINVAL, NULL,
		    "a built-in module does not load (%s): rebuild the program", ly_errmsg(ctx));
		ly_ctx_destroy(ctx);
		return NULL;
	}
	return ctx;
}
