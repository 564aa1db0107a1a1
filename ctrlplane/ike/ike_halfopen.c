/* SPDX-License-Identifier: BSD-3-Clause */
#include "ctrlplane/ike/ike_halfopen.h"

#include <stdlib.h>
#include <uthash.h>

struct ike_halfopen_prefix {
	struct gh_prefix prefix;
	uint32_t count;
	UT_hash_handle hh;
};

struct gh_prefix ike_halfopen_prefix(const struct gh_addr *source)
{
	struct gh_prefix p = {.addr = *source, .len = source->family == AF_INET ? 24 : 48};

	return gh_prefix_network(&p);
}

static struct ike_halfopen_prefix *find(
    const struct ike_halfopen *h, const struct gh_prefix *prefix)
{
	struct ike_halfopen_prefix *p;

	HASH_FIND(hh, h->prefixes, prefix, sizeof(*prefix), p);
	return p;
}

uint32_t ike_halfopen_count(const struct ike_halfopen *h, const struct gh_prefix *prefix)
{
	const struct ike_halfopen_prefix *p = find(h, prefix);

	return p != NULL ? p->count : 0;
}

void ike_halfopen_enter(struct ike_halfopen *h, const struct gh_prefix *prefix)
{
	struct ike_halfopen_prefix *p = find(h, prefix);

	if (p == NULL) {
		p = calloc(1, sizeof(*p));
		if (p == NULL)
			abort();
		p->prefix = *prefix;
		HASH_ADD(hh, h->prefixes, prefix, sizeof(p->prefix), p);
	}
	p->count++;
	h->total++;
}

void ike_halfopen_leave(struct ike_halfopen *h, const struct gh_prefix *prefix)
{
	struct ike_halfopen_prefix *p = find(h, prefix);

	if (p == NULL)
		return;
	h->total--;
	if (--p->count > 0)
		return;
	HASH_DEL(h->prefixes, p);
	free(p);
}

void ike_halfopen_free(struct ike_halfopen *h)
{
	struct ike_halfopen_prefix *p, *tmp;

	HASH_ITER (hh, h->prefixes, p, tmp) {
		HASH_DEL(h->prefixes, p);
		free(p);
	}
	h->total = 0;
}
