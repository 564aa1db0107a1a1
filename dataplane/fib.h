/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * The IPv4 forwarding table: longest prefix -> next-hop index. The control thread writes, workers
 * look up at any time; reclaim is by RCU. Addresses are in host order.
 */
#pragma once

#pragma GCC diagnostic push
#pragma GCC diagnostic ignored "-Wvla" /* its bulk lookup has one */
#include <rte_lpm.h>
#pragma GCC diagnostic pop
#include <stdint.h>

#include "dataplane/nexthop.h"

#define GH_FIB_ROUTES_MAX (1u << 17)

extern struct rte_lpm *gh_fib4;
extern uint32_t gh_fib4_default; /* of 0.0.0.0/0, which the table itself cannot hold */

int gh_fib_init(void); /* 0 or negative errno */
void gh_fib_fini(void);

/* len 0..32, host bits zero. 0 or negative errno (-ENOSPC: the table is full). */
int gh_fib_set(uint32_t addr, uint8_t len, uint32_t nexthop);
void gh_fib_del(uint32_t addr, uint8_t len);

static inline uint32_t gh_fib_lookup(uint32_t addr)
{
	uint32_t nh;

	return rte_lpm_lookup(gh_fib4, addr, &nh) == 0 ? nh : gh_fib4_default;
}

/* n lookups whose memory accesses overlap. */
static __rte_always_inline void gh_fib_lookup_bulk(
    const uint32_t *addr, uint32_t *nexthop, unsigned n)
{
	rte_lpm_lookup_bulk(gh_fib4, addr, nexthop, n);
	for (unsigned i = 0; i < n; i++)
		nexthop[i] =
		    nexthop[i] & RTE_LPM_LOOKUP_SUCCESS ? nexthop[i] & 0xffffff : gh_fib4_default;
}
