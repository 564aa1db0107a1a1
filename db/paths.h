/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * Sets of data paths, as libyang writes them. One thread.
 */
#pragma once

#include <stdbool.h>
#include <uthash.h>

struct gh_paths { /* one path; the set is a pointer to any, NULL when empty */
	UT_hash_handle hh;
	char path[];
};

void gh_paths_add(struct gh_paths **set, const char *path);
void gh_paths_clear(struct gh_paths **set);

/* Whether the path, or one above it, is in the set. */
bool gh_paths_cover(struct gh_paths *set, const char *path);

/* Whether one above the path is in the set. */
bool gh_paths_cover_above(struct gh_paths *set, const char *path);
