/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * Counter rows of threads that are not workers (dataplane/api/dp_shm.h).
 */
#pragma once

#include "dataplane/shm.h"

/* row: a worker's id, GH_SHM_HOST_ROW or GH_SHM_CONTROL_ROW; written by that thread only. */
static inline uint64_t *gh_row_drops(unsigned row)
{
	return (uint64_t *)gh_shm_region(GH_SHM_DROPS) + (size_t)row * GH_SHM_DROP_MAX;
}

static inline struct gh_shm_iface_counters *gh_row_ifaces(unsigned row)
{
	return (struct gh_shm_iface_counters *)gh_shm_region(GH_SHM_IFACE_COUNTERS) +
	       (size_t)row * GH_SHM_IFACE_MAX;
}
