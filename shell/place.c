/* SPDX-License-Identifier: BSD-3-Clause */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "common/secret.h"
#include "shell/walker.h"

void place_init(struct place *at, const struct walker *w)
{
	int len =
	    snprintf(at->path, sizeof(at->path), "/%s:%s", w->root->module->name, w->root->name);

	at->node = w->root;
	at->depth = 0;
	at->path_len[0] = (unsigned short)len;
	at->text[0] = '\0';
	at->text_len[0] = 0;
}

void place_up(struct place *at)
{
	if (at->depth == 0)
		return;
	at->depth--;
	at->path[at->path_len[at->depth]] = '\0';
	at->text[at->text_len[at->depth]] = '\0';
	at->node = lysc_data_parent(at->node);
}

void edits_clear(struct edits *edits)
{
	for (unsigned i = 0; i < edits->count; i++) {
		free(edits->list[i].path);
		if (edits->list[i].value != NULL)
			gh_wipe_free(edits->list[i].value, strlen(edits->list[i].value));
	}
	free(edits->list);
	*edits = (struct edits){0};
}
