/* SPDX-License-Identifier: BSD-3-Clause */
#include "ctrlplane/config/system.h"

#include "ctrlplane/engine.h"

static struct gh_engine engine = {.name = "system"};

void gh_system_register(void)
{
	gh_engine_register(&engine);
}
