/* SPDX-License-Identifier: BSD-3-Clause */
#include "dataplane/ipsec/spd_trie.h"

#include <errno.h>
#include <stdlib.h>

#include "dataplane/rcu.h"

struct garbage {
	uint32_t handle;
	size_t size;
};

/* A bulk change of a node with many policies leaves a copy of it each time: before that adds up,
 * wait for a grace period, which takes microseconds. */
#define GARBAGE_MAX ((size_t)32 << 20)
static size_t garbage_bytes;

static void free_garbage(void *arg)
{
	struct garbage *g = arg;

	garbage_bytes -= g->size;
	gh_arena_free(&gh_spd.arena, g->handle, g->size);
	free(g);
}

void gh_spd_reclaim(uint32_t handle, size_t size)
{
	struct garbage *g = malloc(sizeof(*g));

	if (g == NULL)
		return; /* the block is lost, nobody reads freed memory */
	*g = (struct garbage){handle, size};
	garbage_bytes += size;
	gh_rcu_defer(free_garbage, g);
	if (garbage_bytes > GARBAGE_MAX) {
		gh_rcu_synchronize();
		gh_rcu_poll();
	}
}

static void store(uint32_t *entry, uint32_t value)
{
	__atomic_store_n(entry, value, __ATOMIC_RELEASE);
}

static uint32_t *table_at(uint32_t entry)
{
	return gh_arena_at(&gh_spd.arena, entry & ~GH_SPD_TABLE);
}

static struct gh_spd_node *node_at(uint32_t handle)
{
	return gh_arena_at(&gh_spd.arena, handle);
}

/* Turns a leaf into a table full of it. */
static int split(uint32_t *entry)
{
	uint32_t handle, *table;

	if (*entry & GH_SPD_TABLE)
		return 0;
	handle = gh_arena_alloc(&gh_spd.arena, GH_SPD_TABLE_BYTES);
	if (handle == 0)
		return -ENOMEM;
	table = table_at(handle);
	for (unsigned i = 0; i < 256; i++)
		table[i] = *entry;
	store(entry, handle | GH_SPD_TABLE);
	return 0;
}

int gh_spd_trie_expand(struct gh_spd_key key)
{
	uint32_t *entry = &gh_spd.root[key.prefix >> 16];

	if (key.len <= 16)
		return 0;
	if (split(entry) != 0)
		return -ENOMEM;
	if (key.len <= 24)
		return 0;
	return split(table_at(*entry) + (key.prefix >> 8 & 255));
}

/* The entries that the prefix covers, in the table where it ends (after expand). */
static uint32_t *covered(struct gh_spd_key key, uint32_t *count)
{
	uint32_t *table;

	if (key.len <= 16) {
		*count = UINT32_C(1) << (16 - key.len);
		return &gh_spd.root[key.prefix >> 16];
	}
	table = table_at(gh_spd.root[key.prefix >> 16]);
	if (key.len <= 24) {
		*count = UINT32_C(1) << (24 - key.len);
		return &table[key.prefix >> 8 & 255];
	}
	table = table_at(table[key.prefix >> 8 & 255]);
	*count = UINT32_C(1) << (32 - key.len);
	return &table[key.prefix & 255];
}

/* Re-hangs the topmost node of a leaf's chain that still hangs on `from`. */
static void rehang(uint32_t leaf, uint32_t from, uint32_t to)
{
	struct gh_spd_node *n = node_at(leaf);

	while (n->parent != from && n->parent != to)
		n = node_at(n->parent);
	if (n->parent == from)
		store(&n->parent, to);
}

static void replace_entries(uint32_t *entry, uint32_t count, uint32_t from, uint32_t to)
{
	uint32_t done = 0;

	for (uint32_t i = 0; i < count; i++) {
		uint32_t e = entry[i];

		if (e & GH_SPD_TABLE) {
			replace_entries(table_at(e), 256, from, to);
		} else if (e == from) {
			store(&entry[i], to);
		} else if (e != to && e != 0 && e != done) {
			rehang(e, from, to);
			done = e;
		}
	}
}

void gh_spd_trie_replace(struct gh_spd_key key, uint32_t from, uint32_t to)
{
	uint32_t count, *entry = covered(key, &count);

	replace_entries(entry, count, from, to);
}

/* A table of one value becomes that value. */
static void merge(uint32_t *entry)
{
	uint32_t *table = table_at(*entry), old = *entry & ~GH_SPD_TABLE;

	for (unsigned i = 0; i < 256; i++) {
		if (table[i] != table[0] || (table[i] & GH_SPD_TABLE))
			return;
	}
	store(entry, table[0]);
	gh_spd_reclaim(old, GH_SPD_TABLE_BYTES);
}

void gh_spd_trie_shrink(struct gh_spd_key key)
{
	uint32_t *entry = &gh_spd.root[key.prefix >> 16], *inner;

	if (key.len <= 16 || !(*entry & GH_SPD_TABLE))
		return;
	inner = table_at(*entry) + (key.prefix >> 8 & 255);
	if (*inner & GH_SPD_TABLE)
		merge(inner);
	merge(entry);
}
