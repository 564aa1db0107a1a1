/* SPDX-License-Identifier: BSD-3-Clause */
#include "dataplane/drop.h"

#include <stdio.h>
#include <stdlib.h>

static struct gh_drop_reason reasons[GH_DROP_MAX];
static unsigned reason_count;

uint16_t gh_drop_register(const char *name, const char *text)
{
	if (reason_count == GH_DROP_MAX) {
		fprintf(stderr, "more than %d drop reasons: raise GH_DROP_MAX\n", GH_DROP_MAX);
		abort();
	}
	reasons[reason_count] = (struct gh_drop_reason){.name = name, .text = text};
	return (uint16_t)reason_count++;
}

unsigned gh_drop_count(void)
{
	return reason_count;
}

const struct gh_drop_reason *gh_drop_reason(uint16_t reason)
{
	return reason < reason_count ? &reasons[reason] : NULL;
}
