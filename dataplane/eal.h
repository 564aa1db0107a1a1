/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * DPDK's environment: memory, without any device of its own accord. Control thread.
 */
#pragma once

#include <rte_mempool.h>

#include "common/error.h"

#define GH_EAL_MEMORY_DEFAULT 512 /* MB */

/* prefix: unique per instance on this machine. Starts on huge pages when there are enough free
 * ones, else on normal pages, and logs which. 0 or negative errno. Once per process. */
int gh_eal_init(const char *prefix, unsigned memory_mb, struct gh_error *err);
void gh_eal_fini(void);

/* All packets live here. */
extern struct rte_mempool *gh_pool;
