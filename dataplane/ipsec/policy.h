/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * Policies as gatehoused states them (dp_api.h): OUT policies become rules of the policy database
 * (spd.h), IN policies selectors of their SA (sa_control.h). Control thread.
 *
 * A policy's SA must exist when it is stated. When an SA goes away or its slot is given to another,
 * its OUT policies stay and protect: their packets are dropped and ask for a new SA. IN policies
 * are inert until stated again.
 */
#pragma once

#include <stdint.h>

#include "common/error.h"
#include "dataplane/api/dp_api.h"

int gh_policy_init(struct gh_error *err);
void gh_policy_fini(void);

int gh_policy_set(
    const struct gh_dp_policy *recs, uint32_t n, uint32_t *failed, struct gh_error *err);
int gh_policy_del(const uint32_t *ids, uint32_t n, uint32_t *failed, struct gh_error *err);

void gh_policy_sync_begin(void);
void gh_policy_sync_end(void);

/* The SA of this slot is no more. */
void gh_policy_detach(enum gh_dp_dir dir, uint32_t sa);
