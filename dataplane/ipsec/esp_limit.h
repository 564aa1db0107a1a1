/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * Lifetimes in bytes and packets (RFC 4301 4.4.2.1). Threads: the SA's worker.
 */
#pragma once

#include <stdbool.h>
#include <stdint.h>

#include "dataplane/ipsec/esp.h"

/* May an SA with limits pass one more packet of len bytes? Announces the soft limit once; at the
 * hard limit stops the SA, announces that, and returns false. */
bool gh_sa_limit_pass(struct gh_esp_worker *w, enum gh_dp_dir dir, uint32_t sa, uint32_t len);

/* Stops an SA for good and announces it, once. */
void gh_sa_limit_stop(struct gh_esp_worker *w, enum gh_dp_dir dir, uint32_t sa);
