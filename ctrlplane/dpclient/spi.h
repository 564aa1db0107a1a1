/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * Slots of the dataplane's SA tables, and the inbound SPIs that carry them.
 *
 * An inbound SPI is `random << bits | slot`, so that the packet path indexes where others hash; it
 * is never below 256 (RFC 4303 2.1). A slot given back goes to the end of the queue, so that a
 * late packet for a dead SA does not meet its successor. All calls are O(1).
 *
 * Slots never depend on whether a dataplane is up: IKE SAs restored from their records reserve
 * theirs before the first connection. Threads: the owner's only.
 */
#pragma once

#include <stdbool.h>
#include <stdint.h>

struct gh_slots;

/* size: a power of two, 256 or more. NULL when out of memory. */
struct gh_slots *gh_slots_new(uint32_t size);
void gh_slots_free(struct gh_slots *s);

int gh_slots_take(struct gh_slots *s, uint32_t *slot);	 /* 0 or -ENOSPC */
int gh_slots_reserve(struct gh_slots *s, uint32_t slot); /* 0, -EBUSY or -EINVAL */
void gh_slots_give(struct gh_slots *s, uint32_t slot);	 /* the slot must be taken */
bool gh_slots_taken(const struct gh_slots *s, uint32_t slot);
uint32_t gh_slots_used(const struct gh_slots *s);

/* The same with an inbound SPI. Reserve refuses an SPI that does not carry the slot: -EINVAL. */
int gh_spi_take(struct gh_slots *s, uint32_t *slot, uint32_t *spi);
int gh_spi_reserve(struct gh_slots *s, uint32_t slot, uint32_t spi);
