/* SPDX-License-Identifier: BSD-3-Clause */
#include "db/paths.h"

#include <stdlib.h>
#include <string.h>

void gh_paths_add(struct gh_paths **set, const char *path)
{
	size_t len = strlen(path);
	struct gh_paths *entry;

	HASH_FIND(hh, *set, path, len, entry);
	if (entry != NULL)
		return;
	entry = malloc(sizeof(*entry) + len + 1);
	if (entry == NULL)
		abort(); /* as uthash does */
	memcpy(entry->path, path, len + 1);
	HASH_ADD(hh, *set, path, len, entry);
}

void gh_paths_clear(struct gh_paths **set)
{
	struct gh_paths *entry, *next;

	HASH_ITER (hh, *set, entry, next) {
		HASH_DEL(*set, entry);
		free(entry);
	}
}

static bool cover(struct gh_paths *set, const char *path, bool itself)
{
	struct gh_paths *entry;
	char quote = '\0';

	for (size_t n = 1; path[0] != '\0'; n++) {
		if (quote != '\0') {
			quote = path[n] == quote ? '\0' : quote;
		} else if (path[n] == '/' || (path[n] == '\0' && itself)) {
			HASH_FIND(hh, set, path, n, entry);
			if (entry != NULL)
				return true;
		} else if (path[n] == '\'' || path[n] == '"') {
			quote = path[n];
		}
		if (path[n] == '\0')
			break;
	}
	return false;
}

bool gh_paths_cover(struct gh_paths *set, const char *path)
{
	return cover(set, path, true);
}

bool gh_paths_cover_above(struct gh_paths *set, const char *path)
{
	return cover(set, path, false);
}
