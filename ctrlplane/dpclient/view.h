/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * gatehoused's view of the dataplane's shared segment (dataplane/api/dp_shm.h), opened when first
 * asked for and again when the file was replaced. Main loop only.
 */
#pragma once

#include "common/instance.h"
#include "dataplane/api/dp_shm.h"

/* NULL: there is no segment, or one of another version. */
const struct gh_shm_view *gh_dpc_view(const struct gh_instance *inst);
void gh_dpc_view_close(void);

/* The index of an interface in the segment, -1: it is not there. */
int gh_dpc_view_iface(const struct gh_shm_view *v, const char *name);
