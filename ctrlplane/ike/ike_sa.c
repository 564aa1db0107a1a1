/* SPDX-License-Identifier: BSD-3-Clause */
#include "ctrlplane/ike/ike_sa.h"

#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "common/clock.h"
#include "common/log.h"
#include "common/secret.h"
#include "ctrlplane/ike/ike_child.h"
#include "ctrlplane/ike/ike_exchange.h"
#include "ctrlplane/ike/ike_initiate.h"
#include "ctrlplane/ike/ike_record.h"
#include "ctrlplane/ike/ike_task.h"

#define FAILURES_LOGGED_PER_S 20

static void on_life(struct ike_timer *t);
static void on_rekey(struct ike_timer *t);
static void on_reauth(struct ike_timer *t);
static void on_dpd(struct ike_timer *t);
static void on_keepalive(struct ike_timer *t);

const char *ike_sa_state_word(enum ike_sa_state state)
{
	static const char *const words[] = {
#define X(id, word) [IKE_SA_##id] = word,
	    IKE_SA_STATE_LIST(X)
#undef X
	};

	return words[state];
}

const char *ike_sa_peer(const struct ike_sa *sa, char buf[IKE_PEER_STRLEN])
{
	char addr[GH_ADDR_STRLEN], id[IKE_IDENT_STRLEN];

	gh_addr_str(&sa->remote.addr, addr);
	if (sa->remote_id == NULL)
		snprintf(buf, IKE_PEER_STRLEN, "%s", addr);
	else
		snprintf(buf, IKE_PEER_STRLEN, "%s (%s)", addr, ike_ident_str(sa->remote_id, id));
	return buf;
}

struct ike_sa *ike_sa_find(const struct ike_engine *e, uint64_t id)
{
	return ike_entry_of(ike_index_find(&e->sa_by_spi, &id, sizeof(id)), struct ike_sa, by_spi);
}

struct ike_sa *ike_sa_new_with_spi(struct ike_engine *e, bool initiator, uint64_t spi,
    const struct gh_endpoint *local, const struct gh_endpoint *remote)
{
	struct ike_sa *sa;

	if (spi == 0 || ike_sa_find(e, spi) != NULL)
		return NULL;
	sa = calloc(1, sizeof(*sa));
	if (sa == NULL)
		abort();
	sa->e = e;
	sa->initiator = initiator;
	*(initiator ? &sa->spi_i : &sa->spi_r) = spi;
	sa->local = *local;
	sa->remote = *remote;
	sa->since_ms = sa->heard_ms = ike_now(e);
	sa->since_wall_ms = e->host.wall_ms(e->ctx);
	TAILQ_INIT(&sa->tasks);
	LIST_INIT(&sa->children);
	sa->life.fire = on_life;
	sa->rekey.fire = on_rekey;
	sa->reauth.fire = on_reauth;
	sa->dpd.fire = on_dpd;
	sa->keepalive.fire = on_keepalive;
	ike_request_init(sa);
	ike_index_add(&e->sa_by_spi, &sa->by_spi, &spi, sizeof(spi));
	ike_index_add(&e->sa_by_remote, &sa->by_remote, &remote->addr, sizeof(remote->addr));
	LIST_INSERT_HEAD(&e->sas, sa, next);
	return sa;
}

struct ike_sa *ike_sa_new(struct ike_engine *e, bool initiator, const struct gh_endpoint *local,
    const struct gh_endpoint *remote)
{
	struct ike_sa *sa = NULL;

	while (sa == NULL)
		sa = ike_sa_new_with_spi(e, initiator, ike_random64(e), local, remote);
	sa->hs = calloc(1, sizeof(*sa->hs));
	if (sa->hs == NULL)
		abort();
	return sa;
}

size_t ike_pair_key(
    struct ike_pair_key *key, const struct ike_vpn *vpn, const struct ike_ident *remote_key)
{
	key->vpn = vpn;
	memcpy(key->id, remote_key, ike_ident_size(remote_key));
	return offsetof(struct ike_pair_key, id) + ike_ident_size(remote_key);
}

struct ike_sa *ike_sa_successor(const struct ike_sa *old, bool initiator)
{
	struct ike_sa *sa = NULL;

	while (sa == NULL)
		sa = ike_sa_new_with_spi(
		    old->e, initiator, ike_random64(old->e), &old->local, &old->remote);
	ike_sa_set_vpn(sa, old->vpn);
	sa->local_id = ike_ident_dup(old->local_id);
	ike_sa_set_remote_id(sa, ike_ident_dup(old->remote_id));
	sa->fake_nat = old->fake_nat;
	sa->nat_local = old->nat_local;
	sa->nat_remote = old->nat_remote;
	sa->natt = old->natt;
	sa->mobike = old->mobike;
	return sa;
}

void ike_sa_keyed(struct ike_sa *sa)
{
	ike_sk_init(&sa->sk_out, &sa->suite, &sa->keys, sa->initiator);
	ike_sk_init(&sa->sk_in, &sa->suite, &sa->keys, !sa->initiator);
}

void ike_sa_set_vpn(struct ike_sa *sa, struct ike_vpn *vpn)
{
	sa->vpn = ike_vpn_ref(vpn);
	LIST_INSERT_HEAD(&vpn->sas, sa, next_of_vpn);
}

void ike_sa_set_remote_id(struct ike_sa *sa, struct ike_ident *id)
{
	struct ike_ident *key = ike_ident_key(id);
	struct ike_pair_key pair;

	free(sa->remote_id);
	sa->remote_id = id;
	if (key == NULL)
		abort();
	ike_index_add(&sa->e->sa_by_remote_id, &sa->by_remote_id, key, ike_ident_size(key));
	ike_index_add(&sa->e->sa_by_pair, &sa->by_pair, &pair, ike_pair_key(&pair, sa->vpn, key));
	free(key);
}

static void handshake_free(struct ike_sa *sa)
{
	struct ike_handshake *hs = sa->hs;

	if (hs == NULL)
		return;
	if (hs->half_open.addr.family != AF_UNSPEC)
		ike_halfopen_leave(&sa->e->halfopen, &hs->half_open);
	free(hs->init_i);
	free(hs->init_r);
	free(hs->policy);
	gh_wipe_free(hs, sizeof(*hs));
	sa->hs = NULL;
}

/* ---- timers ---- */

static void arm_after_s(struct ike_sa *sa, struct ike_timer *t, uint32_t seconds)
{
	struct ike_engine *e = sa->e;
	uint64_t ms = (uint64_t)seconds * GH_MS_PER_S;

	ike_timer_set(&e->timers, t, seconds == 0 ? IKE_NEVER : ike_now(e) + ike_jitter(e, ms));
}

void ike_sa_start_timers(struct ike_sa *sa)
{
	const struct ike_conf_vpn *conf = &sa->vpn->conf;
	struct ike_engine *e = sa->e;

	arm_after_s(sa, &sa->rekey, conf->ike_rekey_time);
	arm_after_s(sa, &sa->reauth, conf->reauth_time);
	arm_after_s(sa, &sa->dpd, conf->dpd_delay);
	if (!sa->had_child)
		ike_timer_set(&e->timers, &sa->life, ike_now(e) + e->limits.childless_ms);
	if (sa->nat_local && sa->natt && !sa->fake_nat)
		ike_timer_set(&e->timers, &sa->keepalive, ike_now(e) + IKE_KEEPALIVE_MS);
}

/* `life` means: half-open for too long, without a child for too long, replaced, or done lingering.
 */
static void on_life(struct ike_timer *t)
{
	struct ike_sa *sa = ike_container(t, struct ike_sa, life);

	if (sa->state == IKE_SA_ESTABLISHED) {
		if (sa->superseded)
			ike_task_delete_sa(sa, "replaced by a new IKE SA of the same peer");
		else if (sa->child_count == 0 && !sa->had_child)
			ike_task_delete_sa(sa, "no child SA came into use");
		return;
	}
	if (sa->state == IKE_SA_CONNECTING && !sa->dead)
		ike_sa_fail(sa, "the negotiation was not finished in time");
	ike_sa_kill(sa, "timed out");
}

static void on_rekey(struct ike_timer *t)
{
	struct ike_sa *sa = ike_container(t, struct ike_sa, rekey);

	if (sa->state == IKE_SA_ESTABLISHED)
		ike_task_rekey_sa(sa);
}

static void on_reauth(struct ike_timer *t)
{
	struct ike_sa *sa = ike_container(t, struct ike_sa, reauth);

	if (sa->state == IKE_SA_ESTABLISHED && sa->vpn->conf.remote_address.family != AF_UNSPEC)
		ike_initiate_instead(sa);
}

/* Silence is only suspicious when the tunnel is silent too. */
static void on_dpd(struct ike_timer *t)
{
	struct ike_sa *sa = ike_container(t, struct ike_sa, dpd);
	uint64_t now = ike_now(sa->e), delay = sa->vpn->conf.dpd_delay * GH_MS_PER_S;
	uint64_t silent = now - sa->heard_ms, traffic = ike_children_silent_ms(sa);

	if (sa->state != IKE_SA_ESTABLISHED || delay == 0)
		return;
	if (traffic < silent)
		silent = traffic;
	if (silent + delay / 10 < delay) {
		ike_timer_set(&sa->e->timers, t, now + delay - silent);
		return;
	}
	if (TAILQ_EMPTY(&sa->tasks))
		ike_task_dpd(sa);
	ike_timer_set(&sa->e->timers, t, now + delay);
}

static void on_keepalive(struct ike_timer *t)
{
	struct ike_sa *sa = ike_container(t, struct ike_sa, keepalive);
	static const uint8_t keepalive = 0xff;
	struct ike_engine *e = sa->e;

	e->host.send(e->ctx, &sa->local, &sa->remote, &keepalive, sizeof(keepalive));
	ike_timer_set(&e->timers, t, ike_now(e) + IKE_KEEPALIVE_MS);
}

/* ---- established, moved, ended ---- */

void ike_sa_establish(struct ike_sa *sa, enum ike_event_type event)
{
	struct ike_engine *e = sa->e;
	char peer[IKE_PEER_STRLEN], suite[IKE_SUITE_STRLEN], local[IKE_IDENT_STRLEN];

	handshake_free(sa);
	ike_timer_stop(&e->timers, &sa->life);
	sa->state = IKE_SA_ESTABLISHED;
	sa->since_ms = sa->heard_ms = ike_now(e);
	sa->since_wall_ms = e->host.wall_ms(e->ctx);
	sa->vpn->tries = 0;
	ike_timer_stop(&e->timers, &sa->vpn->retry);
	e->counts.established++;
	ike_sa_start_timers(sa);
	sa->up_told = true;
	ike_sa_touch(sa);
	ike_event(sa, event, 0, 0, ike_suite_str(&sa->suite, suite));
	gh_log(GH_LOG_IKE, LOG_INFO, "vpn %s: IKE SA with %s %s, we are %s (%s), %s",
	    sa->vpn->conf.name, ike_sa_peer(sa, peer), event == IKE_EVENT_SA_UP ? "up" : "rekeyed",
	    ike_ident_str(sa->local_id, local), sa->initiator ? "initiator" : "responder",
	    ike_suite_str(&sa->suite, suite));
}

void ike_sa_move(
    struct ike_sa *sa, const struct gh_endpoint *local, const struct gh_endpoint *remote)
{
	char from[GH_ENDPOINT_STRLEN], to[GH_ENDPOINT_STRLEN];
	bool same_remote = memcmp(&sa->remote, remote, sizeof(*remote)) == 0;

	if (same_remote && memcmp(&sa->local, local, sizeof(*local)) == 0)
		return;
	if (sa->state == IKE_SA_ESTABLISHED && !same_remote)
		gh_log(GH_LOG_IKE, LOG_INFO, "vpn %s: peer moved from %s to %s", sa->vpn->conf.name,
		    gh_endpoint_str(&sa->remote, from), gh_endpoint_str(remote, to));
	sa->local = *local;
	sa->remote = *remote;
	ike_index_add(&sa->e->sa_by_remote, &sa->by_remote, &remote->addr, sizeof(remote->addr));
	ike_children_move(sa);
	ike_sa_touch(sa);
}

static void unlink_all(struct ike_sa *sa)
{
	struct ike_engine *e = sa->e;

	ike_index_remove(&e->sa_by_spi, &sa->by_spi);
	ike_index_remove(&e->sa_by_init, &sa->by_init);
	ike_index_remove(&e->sa_by_remote, &sa->by_remote);
	ike_index_remove(&e->sa_by_remote_id, &sa->by_remote_id);
	ike_index_remove(&e->sa_by_pair, &sa->by_pair);
	ike_timer_stop(&e->timers, &sa->life);
	ike_timer_stop(&e->timers, &sa->rekey);
	ike_timer_stop(&e->timers, &sa->reauth);
	ike_timer_stop(&e->timers, &sa->dpd);
	ike_timer_stop(&e->timers, &sa->keepalive);
	LIST_REMOVE(sa, next);
	if (sa->dirty)
		LIST_REMOVE(sa, next_dirty);
	sa->dirty = false;
	if (sa->vpn != NULL)
		LIST_REMOVE(sa, next_of_vpn);
}

static void tell_end(struct ike_sa *sa, const char *why)
{
	char peer[IKE_PEER_STRLEN];

	if (!sa->up_told || sa->successor != 0)
		return;
	gh_log(GH_LOG_IKE, LOG_INFO, "vpn %s: IKE SA with %s down: %s", sa->vpn->conf.name,
	    ike_sa_peer(sa, peer), why);
	ike_event(sa, IKE_EVENT_SA_DOWN, 0, 0, why);
}

void ike_sa_kill(struct ike_sa *sa, const char *why)
{
	struct ike_engine *e = sa->e;
	bool was_up = sa->state != IKE_SA_CONNECTING && sa->up_told;

	if (sa->dead)
		return;
	sa->dead = true;
	tell_end(sa, why);
	ike_tasks_abandon(sa);
	ike_children_remove(sa);
	ike_request_end(sa);
	unlink_all(sa);
	handshake_free(sa);
	if (was_up) {
		e->counts.established--;
		e->host.record_del(e->ctx, ike_sa_id(sa));
	}
	STAILQ_INSERT_TAIL(&e->graveyard, sa, next_dead);
}

static void sa_free(struct ike_sa *sa)
{
	ike_vpn_unref(sa->vpn);
	free(sa->local_id);
	free(sa->remote_id);
	free(sa->answered.data);
	gh_wipe_free(sa, sizeof(*sa));
}

void ike_sa_reap(struct ike_engine *e)
{
	struct ike_sa *sa;

	while ((sa = STAILQ_FIRST(&e->graveyard)) != NULL) {
		STAILQ_REMOVE_HEAD(&e->graveyard, next_dead);
		sa_free(sa);
	}
}

/* ---- records ---- */

void ike_sa_touch(struct ike_sa *sa)
{
	if (sa->dirty || !sa->up_told)
		return;
	sa->dirty = true;
	LIST_INSERT_HEAD(&sa->e->dirty, sa, next_dirty);
}

void ike_sa_save(struct ike_sa *sa)
{
	struct ike_engine *e = sa->e;
	uint8_t *record;
	size_t len;

	if (!sa->dirty)
		return;
	sa->dirty = false;
	LIST_REMOVE(sa, next_dirty);
	if (sa->dead || !sa->up_told)
		return;
	record = ike_record_write(sa, &len);
	e->host.record_put(e->ctx, ike_sa_id(sa), record, len);
	gh_wipe_free(record, len);
}

/* ---- what is told ---- */

void ike_event(struct ike_sa *sa, enum ike_event_type type, uint32_t spi_in, uint32_t spi_out,
    const char *text)
{
	char remote_id[IKE_ID_STRLEN];
	struct ike_event ev = {.type = type,
	    .vpn = sa->vpn != NULL ? sa->vpn->conf.name : "",
	    .remote_id = remote_id,
	    .remote = sa->remote,
	    .sa = ike_sa_id(sa),
	    .spi_in = spi_in,
	    .spi_out = spi_out,
	    .text = text};

	ike_ident_str(sa->remote_id, remote_id);
	sa->e->host.event(sa->e->ctx, &ev);
}

/* A flood from forged addresses must not become a flood of log lines. */
static bool may_log(struct ike_engine *e)
{
	uint64_t now = ike_now(e);

	if (now - e->fail_window_ms >= GH_MS_PER_S) {
		e->fail_window_ms = now;
		e->fail_logged = 0;
	}
	return ++e->fail_logged <= FAILURES_LOGGED_PER_S;
}

static void fail_with(
    struct ike_engine *e, const struct gh_endpoint *remote, const char *vpn, const char *text)
{
	struct ike_event ev = {.type = IKE_EVENT_FAILURE,
	    .vpn = vpn,
	    .remote_id = "",
	    .remote = *remote,
	    .text = text};

	e->counts.failures++;
	if (!ike_failures_note(&e->failures, e->host.wall_ms(e->ctx), &remote->addr, vpn, text))
		return;
	if (may_log(e))
		gh_log(GH_LOG_IKE, LOG_WARNING, "%s%s%s", vpn, vpn[0] != '\0' ? ": " : "", text);
	e->host.event(e->ctx, &ev);
}

void ike_fail(struct ike_engine *e, const struct gh_endpoint *remote, const struct ike_vpn *vpn,
    const char *fmt, ...)
{
	char why[400], text[512], peer[GH_ADDR_STRLEN];
	va_list ap;

	va_start(ap, fmt);
	vsnprintf(why, sizeof(why), fmt, ap);
	va_end(ap);
	snprintf(text, sizeof(text), "peer %s: %s", gh_addr_str(&remote->addr, peer), why);
	fail_with(e, remote, vpn != NULL ? vpn->conf.name : "", text);
}

void ike_sa_fail(struct ike_sa *sa, const char *fmt, ...)
{
	char why[400], text[1024], peer[IKE_PEER_STRLEN];
	va_list ap;

	va_start(ap, fmt);
	vsnprintf(why, sizeof(why), fmt, ap);
	va_end(ap);
	snprintf(text, sizeof(text), "peer %s: %s", ike_sa_peer(sa, peer), why);
	fail_with(sa->e, &sa->remote, sa->vpn != NULL ? sa->vpn->conf.name : "", text);
}
