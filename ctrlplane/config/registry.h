/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * Who takes part in commits, and who answers rpcs. Filled by gh_engine_register and gh_rpc_register
 * (ctrlplane/engine.h) when the daemon starts. Main loop only.
 */
#pragma once

#include <stdbool.h>

#include "ctrlplane/engine.h"

TAILQ_HEAD(gh_engine_list, gh_engine);

struct gh_engine_list *gh_engines(void); /* in registration order */
bool gh_engine_known(const char *name);
const struct gh_rpc *gh_rpc_find(const char *name);

/* Forgets all engines, rpcs and providers of state: for the end of the daemon and for tests. */
void gh_registry_clear(void);
