/* SPDX-License-Identifier: BSD-3-Clause */
#include "ctrlplane/ike/ike_index.h"

#include <stdlib.h>
#include <string.h>
#include <uthash.h>

struct ike_bucket {
	LIST_HEAD(, ike_entry) entries;
	UT_hash_handle hh;
	unsigned char key[];
};

static struct ike_bucket *bucket_of(const struct ike_index *ix, const void *key, size_t len)
{
	struct ike_bucket *b;

	HASH_FIND(hh, ix->buckets, key, len, b);
	return b;
}

static struct ike_bucket *bucket_new(struct ike_index *ix, const void *key, size_t len)
{
	struct ike_bucket *b = calloc(1, sizeof(*b) + len);

	if (b == NULL)
		abort();
	memcpy(b->key, key, len);
	LIST_INIT(&b->entries);
	HASH_ADD_KEYPTR(hh, ix->buckets, b->key, len, b);
	return b;
}

void ike_index_add(struct ike_index *ix, struct ike_entry *entry, const void *key, size_t len)
{
	struct ike_bucket *b;

	ike_index_remove(ix, entry);
	b = bucket_of(ix, key, len);
	if (b == NULL)
		b = bucket_new(ix, key, len);
	entry->bucket = b;
	LIST_INSERT_HEAD(&b->entries, entry, next);
}

void ike_index_remove(struct ike_index *ix, struct ike_entry *entry)
{
	struct ike_bucket *b = entry->bucket;

	if (b == NULL)
		return;
	LIST_REMOVE(entry, next);
	entry->bucket = NULL;
	if (!LIST_EMPTY(&b->entries))
		return;
	HASH_DELETE(hh, ix->buckets, b);
	free(b);
}

struct ike_entry *ike_index_find(const struct ike_index *ix, const void *key, size_t len)
{
	struct ike_bucket *b = bucket_of(ix, key, len);

	return b != NULL ? LIST_FIRST(&b->entries) : NULL;
}
