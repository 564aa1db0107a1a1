/* SPDX-License-Identifier: BSD-3-Clause */
#include "dataplane/ipsec/spd.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <uthash.h>

#include "dataplane/ipsec/spd_trie.h"

#define ARENA_BYTES ((size_t)1 << 30) /* of address space */
#define ROOT_BYTES (GH_SPD_ROOT_ENTRIES * sizeof(uint32_t))

/* A remote prefix that policies have. */
struct prefix {
	struct gh_spd_key key;
	uint32_t node;
	UT_hash_handle hh;
};

static struct prefix *prefixes;

int gh_spd_init(struct gh_error *err)
{
	gh_spd.root = gh_table_alloc(ROOT_BYTES, 0);
	if (gh_spd.root == NULL || gh_arena_init(&gh_spd.arena, ARENA_BYTES) != 0) {
		gh_table_free(gh_spd.root, ROOT_BYTES);
		gh_spd.root = NULL;
		return gh_error_set(err, -ENOMEM, "ipsec", "no memory for the policy database");
	}
	return 0;
}

void gh_spd_fini(void)
{
	struct prefix *p, *next;

	HASH_ITER (hh, prefixes, p, next) {
		HASH_DEL(prefixes, p);
		free(p);
	}
	gh_table_free(gh_spd.root, ROOT_BYTES);
	gh_spd.root = NULL;
	gh_arena_fini(&gh_spd.arena);
}

static struct prefix *find_prefix(struct gh_spd_key key)
{
	struct prefix *p;

	HASH_FIND(hh, prefixes, &key, sizeof(key), p);
	return p;
}

/* Prefixes that cover this one are looked for by length: at most 32 probes of a hash. */
uint32_t gh_spd_trie_cover(struct gh_spd_key key)
{
	for (uint32_t len = key.len; len-- > 0;) {
		struct gh_spd_key shorter = {key.prefix & gh_mask4(len), len};
		const struct prefix *p = find_prefix(shorter);

		if (p != NULL)
			return p->node;
	}
	return 0;
}

static struct gh_spd_node *node_at(uint32_t handle)
{
	return gh_arena_at(&gh_spd.arena, handle);
}

/* A function of the count alone, so that a node can be given back by looking at it. */
static size_t node_size(uint32_t count)
{
	size_t size = sizeof(struct gh_spd_node) + count * sizeof(struct gh_spd_rule);

	if (count > GH_SPD_FLAT)
		size += count * sizeof(struct gh_spd_group) +
			(2 * (size_t)count + 1) * sizeof(struct gh_spd_interval);
	return size;
}

/* By local prefix, less specific first where they begin together; then priority, then id. */
static bool before(const struct gh_spd_rule *a, const struct gh_spd_rule *b)
{
	if (a->local != b->local)
		return a->local < b->local;
	if (a->local_mask != b->local_mask)
		return a->local_mask < b->local_mask;
	return a->priority != b->priority ? a->priority < b->priority : a->id < b->id;
}

static uint32_t find_rule(const struct gh_spd_node *n, uint32_t id)
{
	uint32_t i = 0;

	while (n != NULL && i < n->count && n->rule[i].id != id)
		i++;
	return i;
}

/* A copy of old's rules without `id` and with `add` (either may be absent), in order. */
static uint32_t build(const struct gh_spd_node *old, uint32_t id, const struct gh_spd_rule *add)
{
	uint32_t had = old != NULL ? old->count : 0, skip = find_rule(old, id);
	uint32_t count = had - (skip < had) + (add != NULL);
	uint32_t handle = gh_arena_alloc(&gh_spd.arena, node_size(count));
	struct gh_spd_node *n = node_at(handle);

	if (handle == 0)
		return 0;
	for (uint32_t i = 0; i < had; i++) {
		if (i == skip)
			continue;
		if (add != NULL && before(add, &old->rule[i])) {
			n->rule[n->count++] = *add;
			add = NULL;
		}
		n->rule[n->count++] = old->rule[i];
	}
	if (add != NULL)
		n->rule[n->count++] = *add;
	if (n->count > GH_SPD_FLAT)
		gh_spd_index(n);
	return handle;
}

static void reclaim_node(uint32_t handle)
{
	gh_spd_reclaim(handle, node_size(node_at(handle)->count));
}

static void swap_node(struct prefix *p, uint32_t node)
{
	uint32_t old = p->node;

	node_at(node)->parent = node_at(old)->parent;
	p->node = node;
	gh_spd_trie_replace(p->key, old, node);
	reclaim_node(old);
}

static int add_prefix(struct gh_spd_key key, const struct gh_spd_rule *rule)
{
	struct prefix *p;
	uint32_t node = build(NULL, 0, rule);

	if (node == 0)
		return -ENOMEM;
	p = calloc(1, sizeof(*p));
	if (p == NULL || gh_spd_trie_expand(key) != 0) {
		free(p);
		reclaim_node(node);
		return -ENOMEM;
	}
	p->key = key;
	p->node = node;
	node_at(node)->parent = gh_spd_trie_cover(key);
	gh_spd_trie_replace(key, node_at(node)->parent, node);
	HASH_ADD(hh, prefixes, key, sizeof(p->key), p);
	return 0;
}

static void remove_prefix(struct prefix *p)
{
	uint32_t old = p->node;

	gh_spd_trie_replace(p->key, old, node_at(old)->parent);
	gh_spd_trie_shrink(p->key);
	HASH_DEL(prefixes, p);
	free(p);
	reclaim_node(old);
}

int gh_spd_put(struct gh_spd_key key, const struct gh_spd_rule *rule)
{
	struct prefix *p = find_prefix(key);
	uint32_t node;

	if (p == NULL)
		return add_prefix(key, rule);
	node = build(node_at(p->node), rule->id, rule);
	if (node == 0)
		return -ENOMEM;
	swap_node(p, node);
	return 0;
}

int gh_spd_remove(struct gh_spd_key key, uint32_t id)
{
	struct prefix *p = find_prefix(key);
	uint32_t node;

	if (p == NULL)
		return 0;
	if (node_at(p->node)->count == 1 && node_at(p->node)->rule[0].id == id) {
		remove_prefix(p);
		return 0;
	}
	node = build(node_at(p->node), id, NULL);
	if (node == 0)
		return -ENOMEM;
	swap_node(p, node);
	return 0;
}

void gh_spd_set_sa(struct gh_spd_key key, uint32_t id, uint32_t sa)
{
	struct prefix *p = find_prefix(key);

	for (uint32_t i = 0; p != NULL && i < node_at(p->node)->count; i++) {
		struct gh_spd_rule *r = &node_at(p->node)->rule[i];

		if (r->id == id)
			__atomic_store_n(&r->sa, sa, __ATOMIC_RELEASE);
	}
}
