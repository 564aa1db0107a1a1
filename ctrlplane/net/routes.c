/* SPDX-License-Identifier: BSD-3-Clause */
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "common/log.h"
#include "ctrlplane/net/net.h"

static struct net_route *find(const struct gh_prefix *dest)
{
	struct net_route *r;

	HASH_FIND(hh, net.routes, dest, sizeof(*dest), r);
	return r;
}

/* These say that a next hop is not reachable now: no address, no link, no device. */
static bool is_pending(int rc)
{
	return rc == -ENETUNREACH || rc == -EHOSTUNREACH || rc == -ENETDOWN || rc == -ENODEV ||
	       rc == -EINVAL;
}

static void install(struct net_route *r)
{
	char text[GH_PREFIX_STRLEN];
	int rc = net_route_set(&net.nl, &r->want);

	r->installed = rc == 0;
	if (rc < 0 && !is_pending(rc))
		gh_log(GH_LOG_NET, LOG_WARNING, "cannot add the route %s: %s",
		    gh_prefix_str(&r->want.dest, text), strerror(-rc));
}

static void uninstall(const struct gh_prefix *dest)
{
	char text[GH_PREFIX_STRLEN];
	int rc = net_route_del(&net.nl, dest);

	if (rc < 0 && rc != -ESRCH)
		gh_log(GH_LOG_NET, LOG_WARNING, "cannot remove the route %s: %s",
		    gh_prefix_str(dest, text), strerror(-rc));
}

void net_route_replace(const struct net_kroute *want)
{
	struct net_route *r = find(&want->dest);
	bool was_installed;

	if (want->nhops == 0) {
		if (r == NULL)
			return;
		uninstall(&want->dest);
		HASH_DEL(net.routes, r);
		free(r);
		return;
	}
	if (r == NULL) {
		r = calloc(1, sizeof(*r));
		if (r == NULL)
			return;
		r->want = *want;
		HASH_ADD(hh, net.routes, want.dest, sizeof(r->want.dest), r);
	}
	was_installed = r->installed;
	r->want = *want;
	install(r);
	if (was_installed && !r->installed)
		uninstall(&want->dest); /* a next hop not yet reachable does not keep the old one */
}

void net_routes_retry(void)
{
	struct net_route *r, *tmp;

	HASH_ITER (hh, net.routes, r, tmp) {
		if (!r->installed)
			install(r);
	}
}

/* Collects our routes in the kernel that nobody wants, and marks those that are there. */
struct survey {
	struct net_kroute *strays;
	size_t count;
};

static void survey_route(void *ctx, const struct net_kroute *k)
{
	struct survey *s = ctx;
	struct net_kroute *strays;
	struct net_route *r;

	if (k->protocol != NET_RTPROT)
		return;
	r = find(&k->dest);
	if (r != NULL) {
		r->installed = true;
		return;
	}
	strays = realloc(s->strays, (s->count + 1) * sizeof(*strays));
	if (strays == NULL)
		return;
	strays[s->count++] = *k;
	s->strays = strays;
}

/* Linux drops the routes of a link that goes down without a word. */
void net_routes_verify(void)
{
	struct survey s = {0};
	struct net_route *r, *tmp;

	HASH_ITER (hh, net.routes, r, tmp)
		r->installed = false;
	net_route_dump(&net.nl, AF_INET, survey_route, &s);
	net_route_dump(&net.nl, AF_INET6, survey_route, &s);
	for (size_t i = 0; i < s.count; i++)
		uninstall(&s.strays[i].dest);
	free(s.strays);
	net_routes_retry();
}
