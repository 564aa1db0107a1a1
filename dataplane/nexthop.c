/* SPDX-License-Identifier: BSD-3-Clause */
#include "dataplane/nexthop.h"

#include <errno.h>
#include <string.h>
#include <xmmintrin.h>

#include "dataplane/nexthop_table.h"
#include "dataplane/rcu.h"

#define FIRST_FREE 128u

struct gh_nexthop gh_nexthops[GH_NEXTHOP_MAX];
uint8_t gh_nexthop_used[GH_NEXTHOP_MAX];

static uint32_t free_list[GH_NEXTHOP_MAX];
static uint32_t free_count;

void gh_nexthop_table_init(void)
{
	memset(gh_nexthops, 0, sizeof(gh_nexthops));
	gh_nexthops[GH_NEXTHOP_NONE].flags = GH_NEXTHOP_REFUSE;
	gh_nexthops[GH_NEXTHOP_BLACKHOLE].flags = GH_NEXTHOP_DROP;
	gh_nexthops[GH_NEXTHOP_HERE].flags = GH_NEXTHOP_LOCAL;
	free_count = 0;
	for (uint32_t i = GH_NEXTHOP_MAX - 1; i >= FIRST_FREE; i--)
		free_list[free_count++] = i;
}

uint32_t gh_nexthop_alloc(void)
{
	return free_count > 0 ? free_list[--free_count] : GH_NEXTHOP_NONE;
}

static void give_back(void *arg)
{
	free_list[free_count++] = (uint32_t)(uintptr_t)arg;
}

void gh_nexthop_free(uint32_t index)
{
	gh_nexthop_publish(index, &(struct gh_nexthop){.flags = GH_NEXTHOP_REFUSE});
	gh_rcu_defer(give_back, (void *)(uintptr_t)index);
}

void gh_nexthop_publish(uint32_t index, const struct gh_nexthop *nh)
{
	/* One store, so that a worker never sees half a rewrite. */
	_mm_store_ps(
	    (float *)(void *)&gh_nexthops[index], _mm_load_ps((const float *)(const void *)nh));
}
