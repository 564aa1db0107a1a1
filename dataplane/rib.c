/* SPDX-License-Identifier: BSD-3-Clause */
#include "dataplane/rib.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/queue.h>
#include <uthash.h>

#include "common/log.h"
#include "dataplane/fib.h"
#include "dataplane/iface.h"
#include "dataplane/ipsec/ipsec.h"
#include "dataplane/neigh.h"
#include "dataplane/nexthop_table.h"

struct key {
	uint32_t dst;
	uint32_t len;
};

struct candidate {
	LIST_ENTRY(candidate) link; /* best first */
	struct gh_rib_route route;
	bool marked, pinned;
};

struct prefix {
	struct key key;
	UT_hash_handle hh;
	LIST_HEAD(, candidate) candidates;
	bool installed;
	struct gh_rib_route active; /* what is installed */
	uint32_t nexthop;
};

static struct prefix *table;
static unsigned installed_count;
static struct {
	unsigned count;
	struct gh_prefix prefix; /* the first that changed */
} changes;

static uint32_t mask(unsigned len)
{
	return len == 0 ? 0 : UINT32_MAX << (32 - len);
}

static bool same_path(const struct gh_rib_route *a, const struct gh_rib_route *b)
{
	return a->kind == b->kind && a->iface == b->iface && a->gateway == b->gateway &&
	       a->source == b->source && a->metric == b->metric;
}

static struct prefix *find(uint32_t dst, unsigned len)
{
	struct key key = {.dst = dst & mask(len), .len = len};
	struct prefix *p;

	HASH_FIND(hh, table, &key, sizeof(key), p);
	return p;
}

static struct prefix *find_or_make(uint32_t dst, unsigned len)
{
	struct prefix *p = find(dst, len);

	if (p != NULL)
		return p;
	p = calloc(1, sizeof(*p));
	if (p == NULL)
		return NULL;
	p->key = (struct key){.dst = dst & mask(len), .len = len};
	HASH_ADD(hh, table, key, sizeof(p->key), p);
	return p;
}

static uint32_t nexthop_ref(const struct gh_rib_route *r)
{
	switch (r->kind) {
	case GH_RIB_HERE:
		return GH_NEXTHOP_HERE;
	case GH_RIB_BLACKHOLE:
		return GH_NEXTHOP_BLACKHOLE;
	case GH_RIB_UNREACHABLE:
		return GH_NEXTHOP_NONE;
	default:
		if (r->iface == GH_IFACE_NONE)
			return GH_NEXTHOP_NONE;
		return r->gateway != 0 ? gh_neigh_ref(r->iface, r->gateway)
				       : GH_NEXTHOP_GLEAN_BASE + r->iface;
	}
}

static void nexthop_unref(const struct gh_rib_route *r)
{
	if (r->kind == GH_RIB_UNICAST && r->iface != GH_IFACE_NONE && r->gateway != 0)
		gh_neigh_unref(r->iface, r->gateway);
}

static void note_change(const struct prefix *p)
{
	if (changes.count++ == 0)
		changes.prefix =
		    (struct gh_prefix){.addr = gh_addr_v4(p->key.dst), .len = (uint8_t)p->key.len};
}

static void uninstall(struct prefix *p)
{
	gh_fib_del(p->key.dst, (uint8_t)p->key.len);
	p->installed = false;
	installed_count--;
	nexthop_unref(&p->active);
	if (p->active.source != GH_RIB_NEIGH)
		note_change(p);
}

static void install(struct prefix *p, const struct gh_rib_route *r)
{
	struct gh_rib_route old = p->active;
	bool had = p->installed;
	uint32_t nexthop = nexthop_ref(r);
	int rc = gh_fib_set(p->key.dst, (uint8_t)p->key.len, nexthop);

	if (rc < 0) {
		gh_log(GH_LOG_DATAPLANE, LOG_ERR,
		    "no room in the forwarding table for a route to a /%u: %s", p->key.len,
		    strerror(-rc));
		nexthop_unref(r);
		return;
	}
	p->active = *r;
	p->nexthop = nexthop;
	p->installed = true;
	installed_count += !had;
	if (had)
		nexthop_unref(&old);
	if (r->source != GH_RIB_NEIGH || (had && old.source != GH_RIB_NEIGH))
		note_change(p);
}

/* Makes the FIB hold the best candidate; frees a prefix that has none. */
static void settle(struct prefix *p)
{
	struct candidate *best = LIST_FIRST(&p->candidates);

	if (best == NULL) {
		if (p->installed)
			uninstall(p);
		HASH_DEL(table, p);
		free(p);
		return;
	}
	if (!p->installed || !same_path(&p->active, &best->route))
		install(p, &best->route);
}

static bool better(const struct gh_rib_route *a, const struct gh_rib_route *b)
{
	if (a->source != b->source)
		return a->source < b->source;
	return a->metric < b->metric;
}

static void insert(struct prefix *p, struct candidate *c)
{
	struct candidate *at, *last = NULL;

	LIST_FOREACH (at, &p->candidates, link) {
		if (better(&c->route, &at->route)) {
			LIST_INSERT_BEFORE(at, c, link);
			return;
		}
		last = at;
	}
	if (last != NULL)
		LIST_INSERT_AFTER(last, c, link);
	else
		LIST_INSERT_HEAD(&p->candidates, c, link);
}

static void forget(struct candidate *c)
{
	LIST_REMOVE(c, link);
	free(c);
}

static void replace_others(struct prefix *p, const struct gh_rib_route *r)
{
	struct candidate *c = LIST_FIRST(&p->candidates), *next;

	for (; c != NULL; c = next) {
		next = LIST_NEXT(c, link);
		if (c->route.source == r->source && c->route.metric == r->metric &&
		    !same_path(&c->route, r))
			forget(c);
	}
}

static struct candidate *find_candidate(struct prefix *p, const struct gh_rib_route *r)
{
	struct candidate *c;

	LIST_FOREACH (c, &p->candidates, link)
		if (same_path(&c->route, r))
			return c;
	return NULL;
}

void gh_rib_add(const struct gh_rib_route *r, bool replace)
{
	struct prefix *p = find_or_make(r->dst, r->len);
	struct candidate *c;

	if (p == NULL)
		return;
	if (replace)
		replace_others(p, r);
	c = find_candidate(p, r);
	if (c == NULL) {
		c = calloc(1, sizeof(*c));
		if (c != NULL) {
			c->route = *r;
			insert(p, c);
		}
	}
	if (c != NULL)
		c->marked = false;
	settle(p);
}

void gh_rib_del(const struct gh_rib_route *r)
{
	struct prefix *p = find(r->dst, r->len);
	struct candidate *c = p != NULL ? find_candidate(p, r) : NULL;

	if (c == NULL)
		return;
	forget(c);
	settle(p);
}

void gh_rib_mark(void)
{
	struct prefix *p, *next;
	struct candidate *c;

	HASH_ITER (hh, table, p, next)
		LIST_FOREACH (c, &p->candidates, link)
			c->marked = c->route.source != GH_RIB_NEIGH;
}

static void forget_marked(struct prefix *p)
{
	struct candidate *c = LIST_FIRST(&p->candidates), *next;

	for (; c != NULL; c = next) {
		next = LIST_NEXT(c, link);
		if (c->marked)
			forget(c);
	}
}

void gh_rib_sweep(void)
{
	struct prefix *p, *next;

	HASH_ITER (hh, table, p, next) {
		forget_marked(p);
		settle(p);
	}
}

/* The on-link route that a neighbour's address falls under, other than its own host route. */
static bool is_connected(uint16_t iface, uint32_t addr)
{
	for (int len = 32; len >= 0; len--) {
		struct prefix *p = find(addr, (unsigned)len);
		struct candidate *c = p != NULL ? LIST_FIRST(&p->candidates) : NULL;

		if (c == NULL || c->route.source == GH_RIB_NEIGH)
			continue;
		return c->route.kind == GH_RIB_UNICAST && c->route.gateway == 0 &&
		       c->route.iface == iface;
	}
	return false;
}

static void drop_disconnected(void)
{
	struct prefix *p, *next;
	struct candidate *c;

	HASH_ITER (hh, table, p, next) {
		if (p->key.len != 32)
			continue;
		LIST_FOREACH (c, &p->candidates, link)
			if (c->route.source == GH_RIB_NEIGH)
				break;
		if (c == NULL || is_connected(c->route.iface, p->key.dst))
			continue;
		forget(c);
		settle(p);
	}
}

void gh_rib_commit(void)
{
	if (changes.count == 0)
		return;
	drop_disconnected();
	if (changes.count > 1)
		changes.prefix = (struct gh_prefix){.addr = gh_addr_v4(0)};
	changes.count = 0;
	gh_ipsec_route_changed(&changes.prefix);
}

static struct gh_rib_route neigh_route(uint16_t iface, uint32_t addr)
{
	return (struct gh_rib_route){.dst = addr,
	    .len = 32,
	    .gateway = addr,
	    .iface = iface,
	    .source = GH_RIB_NEIGH,
	    .kind = GH_RIB_UNICAST};
}

uint32_t gh_rib_neigh_route(uint16_t iface, uint32_t addr)
{
	struct gh_rib_route r = neigh_route(iface, addr);
	struct prefix *p;

	if (!is_connected(iface, addr))
		return GH_NEXTHOP_NONE;
	gh_rib_add(&r, false);
	p = find(addr, 32);
	return p != NULL && p->installed ? p->nexthop : GH_NEXTHOP_NONE;
}

void gh_rib_neigh_unroute(uint16_t iface, uint32_t addr)
{
	struct gh_rib_route r = neigh_route(iface, addr);
	struct prefix *p = find(addr, 32);
	struct candidate *c = p != NULL ? find_candidate(p, &r) : NULL;

	if (c != NULL && !c->pinned)
		gh_rib_del(&r);
}

uint32_t gh_route_resolve(const struct gh_addr *dst)
{
	uint32_t addr, index;
	struct gh_rib_route r;
	struct candidate *c;

	if (dst->family != AF_INET)
		return GH_NEXTHOP_NONE;
	addr = gh_addr_to_v4(dst);
	index = gh_fib_lookup(addr);
	if (gh_nexthop(index)->flags & GH_NEXTHOP_GLEAN)
		index = gh_rib_neigh_route(gh_nexthop(index)->iface, addr);
	r = neigh_route(gh_nexthop(index)->iface, addr);
	if (find(addr, 32) != NULL && (c = find_candidate(find(addr, 32), &r)) != NULL)
		c->pinned = true;
	return index;
}

unsigned gh_rib_count(void)
{
	return installed_count;
}

void gh_rib_fini(void)
{
	struct prefix *p, *next;

	HASH_ITER (hh, table, p, next) {
		while (!LIST_EMPTY(&p->candidates))
			forget(LIST_FIRST(&p->candidates));
		settle(p);
	}
}
