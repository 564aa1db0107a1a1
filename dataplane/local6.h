/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * IPv6 addresses of this gateway: packets to them go to Linux. All other IPv6 unicast is not
 * forwarded yet. The control thread writes, workers read under RCU.
 */
#pragma once

#include <stdbool.h>
#include <stdint.h>
#include <string.h>

#define GH_LOCAL6_MAX 128

struct gh_local6 {
	uint32_t count;
	uint8_t addr[GH_LOCAL6_MAX][16];
};

extern const struct gh_local6 *gh_local6; /* NULL: none */

static inline bool gh_local6_has(const uint8_t addr[16])
{
	const struct gh_local6 *l = __atomic_load_n(&gh_local6, __ATOMIC_ACQUIRE);

	for (uint32_t i = 0; l != NULL && i < l->count; i++)
		if (memcmp(l->addr[i], addr, 16) == 0)
			return true;
	return false;
}

/* A full list: begin, add each, end makes it visible. What is above the maximum is logged. */
void gh_local6_begin(void);
void gh_local6_add(const uint8_t addr[16]);
void gh_local6_end(void);
void gh_local6_fini(void);
