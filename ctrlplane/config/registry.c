/* SPDX-License-Identifier: BSD-3-Clause */
#include "ctrlplane/config/registry.h"

#include <string.h>

#include "ctrlplane/config/state.h"

TAILQ_HEAD(rpc_list, gh_rpc);

static struct gh_engine_list engines = TAILQ_HEAD_INITIALIZER(engines);
static struct rpc_list rpcs = TAILQ_HEAD_INITIALIZER(rpcs);

void gh_engine_register(struct gh_engine *engine)
{
	TAILQ_INSERT_TAIL(&engines, engine, next);
}

void gh_rpc_register(struct gh_rpc *rpc)
{
	TAILQ_INSERT_TAIL(&rpcs, rpc, next);
}

struct gh_engine_list *gh_engines(void)
{
	return &engines;
}

bool gh_engine_known(const char *name)
{
	const struct gh_engine *e;

	TAILQ_FOREACH (e, &engines, next) {
		if (strcmp(e->name, name) == 0)
			return true;
	}
	return false;
}

const struct gh_rpc *gh_rpc_find(const char *name)
{
	const struct gh_rpc *r;

	TAILQ_FOREACH (r, &rpcs, next) {
		if (strcmp(r->name, name) == 0)
			return r;
	}
	return NULL;
}

void gh_registry_clear(void)
{
	TAILQ_INIT(&engines);
	TAILQ_INIT(&rpcs);
	gh_state_clear();
}
