/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * The trie under the policy database: entries are leaves (handles of gh_spd_node, 0 for none) or,
 * with GH_SPD_TABLE set, handles of tables of 256 entries for the next octet. Threads as in spd.h.
 */
#pragma once

#include <stdint.h>

#include "dataplane/ipsec/memory.h"
#include "dataplane/ipsec/spd.h"

#define GH_SPD_TABLE (UINT32_C(1) << 31)
#define GH_SPD_ROOT_ENTRIES 65536u
#define GH_SPD_TABLE_BYTES (256 * sizeof(uint32_t))

struct gh_spd {
	uint32_t *root;
	struct gh_arena arena; /* tables and nodes */
};

extern struct gh_spd gh_spd;

/* Makes the tables that the prefix's end needs; 0 or -ENOMEM. Lookups do not change. */
int gh_spd_trie_expand(struct gh_spd_key key);

/* The most specific node whose prefix covers key and is shorter, 0 for none. */
uint32_t gh_spd_trie_cover(struct gh_spd_key key);

/* Within the prefix, puts node `to` where `from` is: as a leaf, and as a parent of nodes. */
void gh_spd_trie_replace(struct gh_spd_key key, uint32_t from, uint32_t to);

/* Gives back tables at the prefix's end that say nothing any more, after a grace period. */
void gh_spd_trie_shrink(struct gh_spd_key key);

/* Frees a block of the arena after a grace period. */
void gh_spd_reclaim(uint32_t handle, size_t size);

/* Writes the groups and intervals of a node whose rules are in place and in order. */
void gh_spd_index(struct gh_spd_node *n);
