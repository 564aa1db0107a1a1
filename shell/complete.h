/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * What may come next on an unfinished line: command words, names of the configuration, values that
 * the model or the daemon knows, filters. One list serves TAB and "?".
 */
#pragma once

#include "shell/session.h"

struct candidate {
	char *word; /* as to be typed, quoted where needed; "<name>" for a hint */
	char *help;
	bool hint; /* describes a value: shown by "?", not inserted */
};

struct candidates {
	struct candidate *list;
	unsigned count;
	bool enter;	    /* the line may end here */
	char partial[256];  /* the word under the cursor, so far */
	char problem[1024]; /* when nothing can be proposed: why */
};

/* line: up to the cursor. Only what starts with the partial word is in the list. */
void complete_line(struct session *s, const char *line, struct candidates *out);
void candidates_free(struct candidates *c);
