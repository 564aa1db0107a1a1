/* SPDX-License-Identifier: BSD-3-Clause */
#include "dataplane/local6.h"

#include <stdlib.h>

#include "common/log.h"
#include "dataplane/rcu.h"

const struct gh_local6 *gh_local6;

static struct gh_local6 *next;

static void replace(struct gh_local6 *new)
{
	struct gh_local6 *old = (struct gh_local6 *)(uintptr_t)gh_local6;

	__atomic_store_n(&gh_local6, new, __ATOMIC_RELEASE);
	if (old != NULL)
		gh_rcu_defer(free, old);
}

void gh_local6_begin(void)
{
	free(next);
	next = calloc(1, sizeof(*next));
}

void gh_local6_add(const uint8_t addr[16])
{
	if (next == NULL)
		return;
	if (next->count < GH_LOCAL6_MAX)
		memcpy(next->addr[next->count++], addr, 16);
	else
		gh_log(GH_LOG_DATAPLANE, LOG_WARNING,
		    "more than %d IPv6 addresses: packets to the rest are dropped", GH_LOCAL6_MAX);
}

void gh_local6_end(void)
{
	if (next != NULL)
		replace(next);
	next = NULL;
}

void gh_local6_fini(void)
{
	free(next);
	next = NULL;
	if (gh_local6 != NULL)
		replace(NULL);
}
