/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * Classes of what goes to the host, each policed for itself so that a flood of one never starves
 * another. In the order in which they are served.
 */
#pragma once

/* id, word, packets per second and worker, burst */
#define GH_HOST_CLASSES(X)               \
	X(VRRP, "vrrp", 2000, 200)       \
	X(IKE, "ike", 20000, 2000)       \
	X(NEIGH, "neighbour", 4000, 400) \
	X(REST, "rest", 20000, 2000)

enum gh_host_class {
#define X(id, word, rate, burst) GH_HOST_##id,
	GH_HOST_CLASSES(X)
#undef X
	    GH_HOST_CLASS_COUNT,
};
