/* SPDX-License-Identifier: BSD-3-Clause */
#include "dataplane/ipsec/memory.h"

#include <errno.h>
#include <string.h>
#include <sys/mman.h>

#define HUGE_PAGE ((size_t)2 << 20)

static size_t round_up(size_t size)
{
	return (size + HUGE_PAGE - 1) & ~(HUGE_PAGE - 1);
}

void *gh_table_alloc(size_t size, int secret)
{
	size_t want = round_up(size);
	uint8_t *p, *aligned;

	p = mmap(NULL, want + HUGE_PAGE, PROT_READ | PROT_WRITE,
	    MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE, -1, 0);
	if (p == MAP_FAILED)
		return NULL;
	aligned = (uint8_t *)round_up((uintptr_t)p);
	if (aligned > p)
		munmap(p, (size_t)(aligned - p));
	if (p + HUGE_PAGE > aligned)
		munmap(aligned + want, (size_t)(p + HUGE_PAGE - aligned));
	madvise(aligned, want, MADV_HUGEPAGE); /* a kernel without them gives small pages */
	if (secret)
		madvise(aligned, want, MADV_DONTDUMP);
	return aligned;
}

void gh_table_free(void *table, size_t size)
{
	if (table != NULL)
		munmap(table, round_up(size));
}

static unsigned class_of(size_t size)
{
	unsigned class = 0;

	while (((size_t)64 << class) < size)
		class ++;
	return class;
}

int gh_arena_init(struct gh_arena *a, size_t size)
{
	*a = (struct gh_arena){.base = gh_table_alloc(size, 0), .size = round_up(size), .used = 64};
	return a->base == NULL ? -ENOMEM : 0;
}

void gh_arena_fini(struct gh_arena *a)
{
	gh_table_free(a->base, a->size);
	*a = (struct gh_arena){0};
}

uint32_t gh_arena_alloc(struct gh_arena *a, size_t size)
{
	unsigned class = class_of(size);
	size_t bytes = (size_t)64 << class;
	uint32_t handle;

	if (class >= GH_ARENA_CLASSES)
		return 0;
	handle = a->free[class];
	if (handle != 0) {
		memcpy(&a->free[class], gh_arena_at(a, handle), sizeof(uint32_t));
	} else {
		if (a->size - a->used < bytes)
			return 0;
		handle = (uint32_t)(a->used / 64);
		a->used += bytes;
	}
	memset(gh_arena_at(a, handle), 0, bytes);
	return handle;
}

void gh_arena_free(struct gh_arena *a, uint32_t handle, size_t size)
{
	unsigned class = class_of(size);

	if (handle == 0)
		return;
	memcpy(gh_arena_at(a, handle), &a->free[class], sizeof(uint32_t));
	a->free[class] = handle;
}
