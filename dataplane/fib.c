/* SPDX-License-Identifier: BSD-3-Clause */
#include "dataplane/fib.h"

#include <errno.h>
#include <rte_errno.h>

#include "dataplane/rcu.h"

#define TBL8_GROUPS 4096 /* one per /24 that holds longer prefixes */

struct rte_lpm *gh_fib4;
uint32_t gh_fib4_default = GH_NEXTHOP_NONE;

int gh_fib_init(void)
{
	struct rte_lpm_config config = {
	    .max_rules = GH_FIB_ROUTES_MAX, .number_tbl8s = TBL8_GROUPS};
	struct rte_lpm_rcu_config rcu = {.v = gh_rcu, .mode = RTE_LPM_QSBR_MODE_DQ};

	gh_fib4_default = GH_NEXTHOP_NONE;
	gh_fib4 = rte_lpm_create("fib4", SOCKET_ID_ANY, &config);
	if (gh_fib4 == NULL)
		return -rte_errno;
	return rte_lpm_rcu_qsbr_add(gh_fib4, &rcu) == 0 ? 0 : -rte_errno;
}

void gh_fib_fini(void)
{
	rte_lpm_free(gh_fib4);
	gh_fib4 = NULL;
}

int gh_fib_set(uint32_t addr, uint8_t len, uint32_t nexthop)
{
	if (len == 0) {
		gh_fib4_default = nexthop;
		return 0;
	}
	return rte_lpm_add(gh_fib4, addr, len, nexthop);
}

void gh_fib_del(uint32_t addr, uint8_t len)
{
	if (len == 0)
		gh_fib4_default = GH_NEXTHOP_NONE;
	else
		rte_lpm_delete(gh_fib4, addr, len);
}
