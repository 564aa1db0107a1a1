/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * Installing and removing SAs: bulk requests of dp_api.h on the tables of sa.h. Control thread.
 *
 * A slot is free, live, or dying (unpublished, reclaimed after a grace period). Whatever must not
 * be seen half-changed (keys, another SPI, a raised sequence number) is done with the slot
 * unpublished and a grace period past; one grace period serves a whole request. Endpoints, limits
 * and flags of a live SA change under traffic, each by one store.
 */
#pragma once

#include <stdbool.h>
#include <stdint.h>

#include "common/error.h"
#include "dataplane/ipsec/sa.h"

/* Maps the tables and takes over what the segment holds. mgr expands keys; it stays the caller's.
 */
int gh_sa_control_init(IMB_MGR *mgr, struct gh_error *err);
void gh_sa_control_fini(void); /* no worker runs */

int gh_sa_control_set(
    const struct gh_dp_sa *recs, uint32_t n, uint32_t *failed, struct gh_error *err);
int gh_sa_control_del(
    const struct gh_dp_sa_id *recs, uint32_t n, uint32_t *failed, struct gh_error *err);

void gh_sa_control_sync_begin(void);
void gh_sa_control_sync_end(void);

/* Asks again for the next hops of outbound SAs whose remote lies in the prefix. */
void gh_sa_control_reroute(const struct gh_prefix *prefix);

/* Nobody heard that this SA reached a limit: the next packet says it again. */
void gh_sa_control_untold(const struct gh_dp_sa_id *id);

/* Is an SA live in this slot? */
bool gh_sa_control_live(enum gh_dp_dir dir, uint32_t index);

/* Replaces the selectors of an inbound SA; 0 or -ENOMEM, then nothing changed. */
int gh_sa_control_selectors(uint32_t index, const struct gh_selector4 *sel, uint32_t count);
