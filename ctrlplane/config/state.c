/* SPDX-License-Identifier: BSD-3-Clause */
#include "ctrlplane/config/state.h"

#include "db/model.h"

TAILQ_HEAD(provider_list, gh_state_provider);

static struct provider_list providers = TAILQ_HEAD_INITIALIZER(providers);

void gh_state_register(struct gh_state_provider *provider)
{
	TAILQ_INSERT_TAIL(&providers, provider, next);
}

void gh_state_clear(void)
{
	TAILQ_INIT(&providers);
}

struct lyd_node *gh_state_tree(const struct ly_ctx *ctx)
{
	const struct lys_module *mod = ly_ctx_get_module_implemented(ctx, GH_MODEL);
	struct gh_state_provider *p;
	struct lyd_node *state = NULL;

	if (lyd_new_inner(NULL, mod, "state", 0, &state) != LY_SUCCESS)
		return NULL;
	TAILQ_FOREACH (p, &providers, next)
		p->fill(p->ctx, state);
	return state;
}
