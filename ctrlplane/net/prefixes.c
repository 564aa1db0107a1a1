/* SPDX-License-Identifier: BSD-3-Clause */
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "ctrlplane/net/net.h"

int net_prefixes_add(struct net_prefixes *set, const struct gh_prefix *p)
{
	struct gh_prefix *list = realloc(set->list, (set->count + 1) * sizeof(*list));

	if (list == NULL)
		return -ENOMEM;
	list[set->count++] = *p;
	set->list = list;
	return 0;
}

static unsigned position(const struct net_prefixes *set, const struct gh_prefix *p)
{
	unsigned i = 0;

	while (i < set->count && memcmp(&set->list[i], p, sizeof(*p)) != 0)
		i++;
	return i;
}

bool net_prefixes_has(const struct net_prefixes *set, const struct gh_prefix *p)
{
	return position(set, p) < set->count;
}

void net_prefixes_remove(struct net_prefixes *set, const struct gh_prefix *p)
{
	unsigned i = position(set, p);

	if (i == set->count)
		return;
	set->count--;
	memmove(&set->list[i], &set->list[i + 1], (set->count - i) * sizeof(*set->list));
}

void net_prefixes_clear(struct net_prefixes *set)
{
	free(set->list);
	*set = (struct net_prefixes){0};
}
