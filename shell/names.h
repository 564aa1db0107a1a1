/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * Which child of a node a typed word means: an exact name, or an unambiguous abbreviation.
 */
#pragma once

#include "shell/schema.h"

struct names {
	const struct lysc_node *unique; /* the one meant, or NULL */
	unsigned count;			/* names that the word may abbreviate */
	char text[800]; /* when not unique: what was expected, for an error message */
};

void names_find(const struct lysc_node *parent, const char *word, struct names *out);

/* Edit distance with swaps, for "did you mean"; words above 63 bytes are never close. */
unsigned names_distance(const char *a, const char *b);
