/* SPDX-License-Identifier: BSD-3-Clause */
#include "ctrlplane/ike/ike_unique.h"

#include <stdlib.h>

#include "ctrlplane/ike/ike_sa.h"
#include "ctrlplane/ike/ike_task.h"

#define CROSSING_MS 10000 /* two setups, one from each side, within this time have crossed */

static bool same_peers(const struct ike_sa *a, const struct ike_sa *b)
{
	return a != b && !b->dead && b->state == IKE_SA_ESTABLISHED && a->vpn == b->vpn &&
	       b->local_id != NULL && b->remote_id != NULL &&
	       ike_ident_equal(a->local_id, b->local_id) &&
	       ike_ident_equal(a->remote_id, b->remote_id);
}

/* SAs of the same VPN and remote identity, one after the other. */
static struct ike_sa *first_of_peer(const struct ike_sa *sa)
{
	struct ike_ident *key = ike_ident_key(sa->remote_id);
	struct ike_entry *at = NULL;
	struct ike_pair_key pair;

	if (key != NULL)
		at = ike_index_find(&sa->e->sa_by_pair, &pair, ike_pair_key(&pair, sa->vpn, key));
	free(key);
	return ike_entry_of(at, struct ike_sa, by_pair);
}

static struct ike_sa *next_of_peer(const struct ike_sa *sa)
{
	return ike_entry_of(LIST_NEXT(&sa->by_pair, next), struct ike_sa, by_pair);
}

bool ike_unique_is_first(const struct ike_sa *sa)
{
	const struct ike_sa *other = LIST_FIRST(&sa->vpn->sas);

	if (sa->vpn->conf.unique_sa == IKE_UNIQUE_NO || sa->replaces != 0)
		return false;
	return other == sa && LIST_NEXT(other, next_of_vpn) == NULL;
}

bool ike_unique_forbids(const struct ike_sa *sa)
{
	if (sa->vpn->conf.unique_sa != IKE_UNIQUE_KEEP)
		return false;
	for (struct ike_sa *o = first_of_peer(sa); o != NULL; o = next_of_peer(o)) {
		if (same_peers(sa, o))
			return true;
	}
	return false;
}

/* Both sides must keep the same one of two SAs that crossed: the higher initiator's SPI. */
static bool crossed(const struct ike_sa *sa, const struct ike_sa *other)
{
	return sa->initiator != other->initiator && ike_now(sa->e) - other->since_ms < CROSSING_MS;
}

/* Not at once: the peer may not yet have the new one, and traffic goes on by the old one. In most
 * cases the peer itself deletes it before. */
static void supersede(struct ike_sa *old)
{
	struct ike_engine *e = old->e;

	if (old->superseded)
		return;
	old->superseded = true;
	ike_timer_set(&e->timers, &old->life, ike_now(e) + IKE_SETTLE_MS);
}

static void replace(struct ike_sa *sa)
{
	struct ike_sa *next;

	for (struct ike_sa *o = first_of_peer(sa); o != NULL; o = next) {
		next = next_of_peer(o);
		if (!same_peers(sa, o))
			continue;
		if (crossed(sa, o) && sa->spi_i < o->spi_i) {
			ike_task_delete_sa(sa, "two set-ups crossed");
			return;
		}
		supersede(o);
	}
}

static void forget_older(struct ike_sa *sa)
{
	struct ike_sa *next;

	for (struct ike_sa *o = first_of_peer(sa); o != NULL; o = next) {
		next = next_of_peer(o);
		if (same_peers(sa, o) && !crossed(sa, o))
			ike_sa_kill(o, "the peer has started anew");
	}
}

void ike_unique_established(struct ike_sa *sa, bool initial_contact)
{
	struct ike_sa *old = sa->replaces != 0 ? ike_sa_find(sa->e, sa->replaces) : NULL;

	sa->replaces = 0;
	if (initial_contact)
		forget_older(sa);
	if (old != NULL && old->state == IKE_SA_ESTABLISHED)
		ike_task_delete_sa(old, "re-authenticated");
	if (sa->vpn->conf.unique_sa == IKE_UNIQUE_REPLACE)
		replace(sa);
}
