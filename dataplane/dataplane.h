/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * The dataplane as a whole, for its program and for tests that drive it in one process.
 */
#pragma once

#include <stdbool.h>

#include "common/error.h"

struct gh_dataplane_options {
	const char *prefix;	 /* DPDK's own, unique per instance on this machine */
	const char *shm_path;	 /* NULL: anonymous (tests) */
	const char *socket_path; /* NULL: no API server (tests) */
	unsigned memory_mb;
	bool netlink;		 /* follow Linux */
	unsigned inline_workers; /* > 0: workers and host I/O are driven by the caller (tests) */
};

/* 0 or negative errno; after a failure only gh_dataplane_stop may be called. Once per process. */
int gh_dataplane_start(const struct gh_dataplane_options *o, struct gh_error *err);
void gh_dataplane_stop(void);
