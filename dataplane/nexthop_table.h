/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * Writing the next-hop table (dataplane/nexthop.h). Control thread.
 */
#pragma once

#include "dataplane/nexthop.h"

#define GH_NEXTHOP_BLACKHOLE 1u
#define GH_NEXTHOP_HERE 2u	  /* an address of this gateway */
#define GH_NEXTHOP_GLEAN_BASE 64u /* + interface: that interface's connected prefixes */

void gh_nexthop_table_init(void);

/* An unused index, GH_NEXTHOP_NONE when all are in use. */
uint32_t gh_nexthop_alloc(void);
void gh_nexthop_free(uint32_t index); /* given out again after a grace period */

/* Workers see either the old or the new 16 bytes. */
void gh_nexthop_publish(uint32_t index, const struct gh_nexthop *nh);
