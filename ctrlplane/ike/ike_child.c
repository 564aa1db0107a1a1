/* SPDX-License-Identifier: BSD-3-Clause */
#include "ctrlplane/ike/ike_child.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "common/clock.h"
#include "common/log.h"
#include "common/secret.h"
#include "ctrlplane/ike/ike_sa.h"
#include "ctrlplane/ike/ike_task.h"

const char *ike_child_state_word(enum ike_child_state state)
{
	static const char *const words[] = {
#define X(id, word) [IKE_CHILD_##id] = word,
	    IKE_CHILD_STATE_LIST(X)
#undef X
	};

	return words[state];
}

void ike_child_free(struct ike_child *child)
{
	free(child->policy);
	free(child->ts);
	free(child->selectors);
	gh_wipe_free(child, sizeof(*child));
}

/* ---- timers ---- */

static void on_rekey(struct ike_timer *t)
{
	struct ike_child *child = ike_container(t, struct ike_child, rekey);

	if (child->state == IKE_CHILD_INSTALLED)
		ike_task_rekey_child(child);
}

/* The peer made this successor of another child. Packets that come in by it prove that the peer has
 * it; until then, or until the peer deletes the old one, we send by the old one. */
static void look_for_peer(struct ike_child *child)
{
	struct ike_engine *e = child->sa->e;
	struct ike_child_counters c;
	const struct ike_child *old = ike_child_find(e, child->replaces);
	bool rekey = old != NULL && old->state != IKE_CHILD_INSTALLED;
	uint64_t age = ike_now(e) - child->since_ms;
	bool heard =
	    e->host.child_counters(e->ctx, child->spi_in, &c) && c.last_in_ms != UINT64_MAX;

	if (heard || age >= (rekey ? IKE_SWITCH_MS : IKE_SETTLE_MS - IKE_LOOK_MS))
		ike_child_switch(child);
	else
		ike_child_arm(child);
}

static void on_life(struct ike_timer *t)
{
	struct ike_child *child = ike_container(t, struct ike_child, life);

	if (child->state == IKE_CHILD_LINGERING) {
		ike_child_remove(child, "replaced");
	} else if (child->replaces != 0) {
		look_for_peer(child);
	} else if (child->state != IKE_CHILD_DELETING) {
		ike_task_delete_child(child, false);
	}
}

/* The hard end comes well after the time at which a rekey should have replaced it, so that a rekey
 * that has to be sent again and again is not cut short. */
void ike_child_arm(struct ike_child *child)
{
	struct ike_engine *e = child->sa->e;
	uint64_t ms = child->sa->vpn->conf.esp_rekey_time * GH_MS_PER_S, now = ike_now(e);
	uint64_t age = now - child->since_ms, at = ike_jitter(e, ms);
	uint64_t grace = ms / 10 > IKE_GRACE_MS ? ms / 10 : IKE_GRACE_MS;

	if (child->replaces != 0) {
		ike_timer_set(&e->timers, &child->life, now + IKE_LOOK_MS);
		return;
	}
	ike_timer_set(&e->timers, &child->life, ms == 0 ? IKE_NEVER : child->since_ms + ms + grace);
	if (child->state == IKE_CHILD_INSTALLED)
		ike_timer_set(&e->timers, &child->rekey,
		    ms == 0 ? IKE_NEVER : now + (at > age ? at - age : 0));
}

/* ---- tables ---- */

static void index_child(struct ike_child *child)
{
	struct ike_engine *e = child->sa->e;

	ike_index_add(
	    &e->child_by_spi_in, &child->by_spi_in, &child->spi_in, sizeof(child->spi_in));
	ike_index_add(
	    &e->child_by_spi_out, &child->by_spi_out, &child->spi_out, sizeof(child->spi_out));
	ike_index_add(&e->child_by_selectors, &child->by_selectors, child->selectors,
	    child->selector_count * sizeof(*child->selectors));
}

static void unindex_child(struct ike_child *child)
{
	struct ike_engine *e = child->sa->e;

	ike_index_remove(&e->child_by_spi_in, &child->by_spi_in);
	ike_index_remove(&e->child_by_spi_out, &child->by_spi_out);
	ike_index_remove(&e->child_by_selectors, &child->by_selectors);
	ike_timer_stop(&e->timers, &child->rekey);
	ike_timer_stop(&e->timers, &child->life);
}

struct ike_child *ike_child_find(const struct ike_engine *e, uint32_t spi_in)
{
	return ike_entry_of(ike_index_find(&e->child_by_spi_in, &spi_in, sizeof(spi_in)),
	    struct ike_child, by_spi_in);
}

struct ike_child *ike_child_find_peer(const struct ike_sa *sa, uint32_t spi_out)
{
	struct ike_entry *at = ike_index_find(&sa->e->child_by_spi_out, &spi_out, sizeof(spi_out));

	for (; at != NULL; at = LIST_NEXT(at, next)) {
		struct ike_child *child = ike_entry_of(at, struct ike_child, by_spi_out);

		if (child->state == IKE_CHILD_LINGERING)
			continue;
		if (child->sa == sa || (sa->successor && ike_sa_id(child->sa) == sa->successor))
			return child;
	}
	return NULL;
}

struct ike_child *ike_child_of_policy(const struct ike_sa *sa, const char *policy)
{
	struct ike_child *child;

	LIST_FOREACH (child, &sa->children, next) {
		if (child->state <= IKE_CHILD_REKEYING && strcmp(child->policy, policy) == 0)
			return child;
	}
	return NULL;
}

/* ---- outbound ---- */

/* The child with the same selectors that carries the outbound traffic, other than this one. */
static struct ike_child *carrier(const struct ike_child *child)
{
	struct ike_entry *at = ike_index_find(&child->sa->e->child_by_selectors, child->selectors,
	    child->selector_count * sizeof(*child->selectors));

	for (; at != NULL; at = LIST_NEXT(at, next)) {
		struct ike_child *other = ike_entry_of(at, struct ike_child, by_selectors);

		if (other != child && other->outbound)
			return other;
	}
	return NULL;
}

static struct ike_child *understudy(const struct ike_child *child)
{
	struct ike_entry *at = ike_index_find(&child->sa->e->child_by_selectors, child->selectors,
	    child->selector_count * sizeof(*child->selectors));

	for (; at != NULL; at = LIST_NEXT(at, next)) {
		struct ike_child *other = ike_entry_of(at, struct ike_child, by_selectors);

		if (other != child && other->state <= IKE_CHILD_REKEYING)
			return other;
	}
	return NULL;
}

struct ike_child *ike_child_heir(const struct ike_child *child)
{
	struct ike_child *next = ike_child_find(child->sa->e, child->successor);

	return next != NULL && next->replaces == child->spi_in ? next : NULL;
}

void ike_child_switch(struct ike_child *child)
{
	struct ike_engine *e = child->sa->e;
	bool waited = child->replaces != 0;
	struct ike_child *from;

	if (child->outbound)
		return;
	from = child->replaces != 0 ? ike_child_find(e, child->replaces) : NULL;
	if (from == NULL || !from->outbound)
		from = carrier(child);
	child->replaces = 0;
	child->outbound = true;
	if (from != NULL) {
		from->outbound = false;
		ike_sa_touch(from->sa);
	}
	e->host.child_switch(e->ctx, child->spi_in, from != NULL ? from->spi_in : 0);
	if (waited)
		ike_child_arm(child);
	ike_sa_touch(child->sa);
}

/* ---- start and end ---- */

static void keys_to_host(const struct ike_child *child, struct ike_child_sa *out)
{
	const struct ike_child_keys *k = &child->keys;
	struct ike_esp_keys *i = child->initiator ? &out->out : &out->in;
	struct ike_esp_keys *r = child->initiator ? &out->in : &out->out;

	memcpy(i->enc, k->enc_i, sizeof(k->enc_i));
	memcpy(i->auth, k->integ_i, sizeof(k->integ_i));
	memcpy(r->enc, k->enc_r, sizeof(k->enc_r));
	memcpy(r->auth, k->integ_r, sizeof(k->integ_r));
}

void ike_child_to_host(const struct ike_child *child, struct ike_child_sa *out)
{
	const struct ike_sa *sa = child->sa;
	const struct ike_conf_vpn *conf = &sa->vpn->conf;

	*out = (struct ike_child_sa){
	    .spi_in = child->spi_in,
	    .spi_out = child->spi_out,
	    .enc_alg = child->suite.enc->dp,
	    .auth_alg = child->suite.integ != NULL ? child->suite.integ->dp : GH_DP_ALG_NONE,
	    .esn = child->suite.esn,
	    .udp_encap = child->udp_encap,
	    .copy_dscp = conf->copy_dscp,
	    .copy_df = conf->copy_df,
	    .replay_window = conf->replay_window,
	    .soft_bytes = child->soft_bytes,
	    .soft_packets = child->soft_packets,
	    .local = sa->local,
	    .remote = sa->remote,
	    .vpn = conf->name,
	    .policy = child->policy,
	    .selectors = child->selectors,
	    .selector_count = child->selector_count,
	    .outbound = child->outbound,
	};
	keys_to_host(child, out);
}

static int install(struct ike_child *child)
{
	struct ike_engine *e = child->sa->e;
	struct ike_child_sa out;
	int rc;

	ike_child_to_host(child, &out);
	rc = e->host.child_install(e->ctx, &out);
	gh_wipe(&out, sizeof(out));
	return rc;
}

void ike_child_restate(struct ike_child *child)
{
	if (install(child) != -ESTALE || child->state != IKE_CHILD_INSTALLED)
		return;
	/* Its sequence numbers are lost, and with them the IVs used under its keys. */
	gh_log(GH_LOG_IKE, LOG_NOTICE,
	    "%s: the dataplane forgot child SA 0x%08x; new keys are negotiated for it",
	    child->sa->vpn->conf.name, child->spi_in);
	ike_task_rekey_child(child);
}

/* False: the host refused, child is freed. */
static bool enter(struct ike_sa *sa, struct ike_child *child, bool outbound)
{
	child->sa = sa;
	child->outbound = outbound;
	child->rekey.fire = on_rekey;
	child->life.fire = on_life;
	if (install(child) < 0) {
		ike_child_free(child);
		return false;
	}
	LIST_INSERT_HEAD(&sa->children, child, next);
	sa->child_count++;
	sa->had_child = true;
	sa->e->counts.children++;
	index_child(child);
	return true;
}

static void set_left(struct ike_engine *e, struct ike_timer *t, uint64_t left_ms)
{
	uint64_t now = ike_now(e);

	ike_timer_set(&e->timers, t, left_ms < IKE_NEVER - now ? now + left_ms : IKE_NEVER);
}

int ike_child_restore(struct ike_sa *sa, struct ike_child *child, bool outbound,
    uint64_t rekey_left_ms, uint64_t life_left_ms)
{
	if (!enter(sa, child, outbound))
		return -EINVAL;
	set_left(sa->e, &child->rekey, rekey_left_ms);
	set_left(sa->e, &child->life, life_left_ms);
	return 0;
}

static bool same_peer(const struct ike_child *a, const struct ike_child *b)
{
	const struct ike_ident *x = a->sa->remote_id, *y = b->sa->remote_id;

	return a->sa == b->sa || (x != NULL && y != NULL && ike_ident_equal(x, y));
}

bool ike_child_start(struct ike_sa *sa, struct ike_child *child, bool outbound)
{
	struct ike_child *busy;

	child->sa = sa;
	busy = outbound ? carrier(child) : NULL;
	if (busy != NULL && !child->initiator && same_peer(busy, child)) {
		child->replaces = busy->spi_in; /* the peer does not have the new one yet */
		busy->successor = child->spi_in;
		outbound = false;
	}
	if (!enter(sa, child, outbound && busy == NULL))
		return false;
	if (outbound)
		ike_child_switch(child);
	ike_sa_touch(sa);
	return true;
}

void ike_child_set_state(struct ike_child *child, enum ike_child_state state)
{
	child->state = state;
	if (state != IKE_CHILD_INSTALLED)
		ike_timer_stop(&child->sa->e->timers, &child->rekey);
	ike_sa_touch(child->sa);
}

void ike_child_linger(struct ike_child *child)
{
	struct ike_engine *e = child->sa->e;

	ike_child_set_state(child, IKE_CHILD_LINGERING);
	ike_timer_set(&e->timers, &child->life, ike_now(e) + IKE_LINGER_MS);
}

void ike_child_remove(struct ike_child *child, const char *why)
{
	struct ike_sa *sa = child->sa;
	struct ike_engine *e = sa->e;
	struct ike_child *next = child->outbound ? understudy(child) : NULL;

	if (child->state != IKE_CHILD_LINGERING)
		ike_event(sa, IKE_EVENT_CHILD_DOWN, child->spi_in, child->spi_out, why);
	if (next != NULL)
		ike_child_switch(next);
	unindex_child(child);
	LIST_REMOVE(child, next);
	sa->child_count--;
	e->counts.children--;
	e->host.child_remove(e->ctx, child->spi_in);
	ike_child_free(child);
	ike_sa_touch(sa);
}

/* ---- all of an SA ---- */

void ike_children_remove(struct ike_sa *sa)
{
	while (!LIST_EMPTY(&sa->children))
		ike_child_remove(LIST_FIRST(&sa->children), "the IKE SA ended");
}

void ike_children_move(struct ike_sa *sa)
{
	struct ike_child *child;

	LIST_FOREACH (child, &sa->children, next) {
		if (install(child) < 0)
			gh_log(GH_LOG_IKE, LOG_WARNING, "%s: a child SA could not be moved",
			    sa->vpn->conf.name);
	}
}

void ike_children_inherit(struct ike_sa *from, struct ike_sa *to)
{
	struct ike_child *child;

	while ((child = LIST_FIRST(&from->children)) != NULL) {
		LIST_REMOVE(child, next);
		child->sa = to;
		LIST_INSERT_HEAD(&to->children, child, next);
	}
	to->child_count += from->child_count;
	from->child_count = 0;
	to->had_child |= from->had_child;
	from->successor = ike_sa_id(to);
	ike_sa_touch(from);
	ike_sa_touch(to);
}

uint64_t ike_children_silent_ms(const struct ike_sa *sa)
{
	uint64_t least = UINT64_MAX;
	struct ike_child_counters c;
	struct ike_child *child;

	LIST_FOREACH (child, &sa->children, next) {
		if (sa->e->host.child_counters(sa->e->ctx, child->spi_in, &c) &&
		    c.last_in_ms < least)
			least = c.last_in_ms;
	}
	return least;
}
