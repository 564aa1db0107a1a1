/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * Follows Linux: addresses, routes of the main and local tables, and neighbours become
 * dataplane/rib.h and neigh.h; neighbours are asked for. Control thread.
 */
#pragma once

#include <stdbool.h>
#include <stdint.h>

#include "common/error.h"

int gh_netlink_init(struct gh_error *err); /* 0 or negative errno */
void gh_netlink_fini(void);

/* Everything is read again soon: an interface came or went. */
void gh_netlink_resync(void);

/* Reads again what is due; true while something is. */
bool gh_netlink_poll(uint64_t now_ms);
