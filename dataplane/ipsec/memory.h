/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * Memory of the big IPsec tables: address space for the largest case, pages only where touched,
 * huge ones when the kernel has them. It is outside DPDK's heap, which without huge pages is small
 * and populated at once. Control thread; workers read and write what they own.
 */
#pragma once

#include <stddef.h>
#include <stdint.h>

/* Zeroed, 2 MiB aligned. NULL when out of address space. secret: kept out of core dumps. */
void *gh_table_alloc(size_t size, int secret);
void gh_table_free(void *table, size_t size);

/*
 * An arena hands out 64-byte multiples as 32-bit handles (offset / 64; 0 is none), so that the
 * policy tables link with 4 bytes. Freed blocks are reused by size class (powers of two).
 */
#define GH_ARENA_CLASSES 24

struct gh_arena {
	uint8_t *base;
	size_t size, used;
	uint32_t free[GH_ARENA_CLASSES];
};

int gh_arena_init(struct gh_arena *a, size_t size); /* 0 or -ENOMEM */
void gh_arena_fini(struct gh_arena *a);
uint32_t gh_arena_alloc(struct gh_arena *a, size_t size); /* zeroed; 0: out of room */
void gh_arena_free(struct gh_arena *a, uint32_t handle, size_t size);

static inline void *gh_arena_at(const struct gh_arena *a, uint32_t handle)
{
	return a->base + (size_t)handle * 64;
}
