/* SPDX-License-Identifier: BSD-3-Clause */
#include "db/model.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>

#include "db/embedded.h"

static LY_ERR find_text(const char *module, const char *revision, const char *submodule,
    const char *sub_revision, void *user, LYS_INFORMAT *format, const char **text,
    ly_module_imp_data_free_clb *free_text)
{
	const char *name = submodule != NULL ? submodule : module;

	for (const struct gh_embedded *e = gh_embedded; e->name != NULL; e++) {
		if (strcmp(e->name, name) != 0)
			continue;
		*format = LYS_IN_YANG;
		*text = e->text;
		*free_text = NULL;
		return LY_SUCCESS;
	}
	return LY_ENOTFOUND;
}

struct ly_ctx *gh_model_new(struct gh_error *err)
{
	struct ly_ctx *ctx = NULL;

	ly_log_options(LY_LOSTORE_LAST);
	if (ly_ctx_new(NULL, LY_CTX_DISABLE_SEARCHDIRS | LY_CTX_NO_YANGLIBRARY, &ctx) !=
	    LY_SUCCESS) {
		gh_error_set(err, -ENOMEM, NULL, "there is not enough memory for the model");
		return NULL;
	}
	ly_ctx_set_module_imp_clb(ctx, find_text, NULL);
	if (ly_ctx_load_module(ctx, GH_MODEL, NULL, NULL) == NULL) {
		gh_error_set(err, -EINVAL, ly_errpath(ctx),
		    "the built-in model does not load (%s): rebuild the program", ly_errmsg(ctx));
		ly_ctx_destroy(ctx);
		return NULL;
	}
	return ctx;
}

const char *gh_model_ext(const struct lysc_node *node, const char *name)
{
	LY_ARRAY_COUNT_TYPE i;

	LY_ARRAY_FOR(node->exts, i)
	{
		const struct lysc_ext *def = node->exts[i].def;

		if (strcmp(def->name, name) == 0 &&
		    strcmp(def->module->name, GH_MODEL_EXTENSIONS) == 0)
			return node->exts[i].argument != NULL ? node->exts[i].argument : "";
	}
	return NULL;
}

const char *gh_model_engine(const struct lysc_node *node)
{
	const char *engine = NULL;

	for (; node != NULL && engine == NULL; node = node->parent)
		engine = gh_model_ext(node, "engine");
	return engine;
}

bool gh_model_is_secret(const struct lysc_node *node)
{
	return gh_model_ext(node, "secret") != NULL;
}

const struct lysc_node *gh_model_rpc(const struct ly_ctx *ctx, const char *name)
{
	const struct lys_module *mod = ly_ctx_get_module_implemented(ctx, GH_MODEL);

	return mod == NULL ? NULL : lys_find_child(NULL, mod, name, 0, LYS_RPC, 0);
}
