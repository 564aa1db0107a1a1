/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * A packet met a policy without an SA: ask gatehoused for one, once a second and policy at most.
 * Threads: the worker that owns w.
 */
#pragma once

#include <stdint.h>

#include "dataplane/ipsec/esp.h"
#include "dataplane/ipsec/selector.h"

/* now: TSC. */
void gh_acquire(
    struct gh_esp_worker *w, uint32_t policy, const struct gh_flow4 *flow, uint64_t now);
