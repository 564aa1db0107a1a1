/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * The dataplane's own, writable side of the shared segment (dataplane/api/dp_shm.h).
 */
#pragma once

#include "dataplane/api/dp_shm.h"

extern struct gh_shm_header *gh_shm;

/*
 * Maps path, creating it (mode 0600) or taking over what a dataplane before us left when it is
 * compatible; otherwise it begins empty. Counters of workers and drops begin at zero, SA regions
 * are kept. path NULL: anonymous memory (tests). 0 or negative errno.
 */
int gh_shm_create(const char *path, struct gh_error *err);
void gh_shm_destroy(void); /* unmaps; the file stays */

/* The first record of a region; records are regions[id].stride apart. */
static inline void *gh_shm_region(enum gh_shm_region_id id)
{
	return (uint8_t *)gh_shm + gh_shm->regions[id].offset;
}
