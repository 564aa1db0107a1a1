/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * An index: byte string -> all entries under it, newest first. Insert, remove and find are O(1)
 * whatever hangs under one key. An entry is embedded in the object that it finds; an object that
 * is to be found in several ways has several entries.
 */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <sys/queue.h>

struct ike_bucket;

struct ike_entry {
	struct ike_bucket *bucket; /* NULL: in no index */
	LIST_ENTRY(ike_entry) next;
};

struct ike_index {
	struct ike_bucket *buckets;
};

/* Aborts when memory is out. An entry that is in the index already moves. */
void ike_index_add(struct ike_index *ix, struct ike_entry *entry, const void *key, size_t len);
void ike_index_remove(struct ike_index *ix, struct ike_entry *entry);
/* The first entry under the key, or NULL; walk on with LIST_NEXT(entry, next). */
struct ike_entry *ike_index_find(const struct ike_index *ix, const void *key, size_t len);

#define ike_entry_of(entry, type, member) \
	((entry) == NULL ? NULL : (type *)((char *)(entry)-offsetof(type, member)))
