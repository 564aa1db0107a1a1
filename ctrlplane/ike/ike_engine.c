/* SPDX-License-Identifier: BSD-3-Clause */
#include "ctrlplane/ike/ike_engine.h"

#include <stdlib.h>
#include <string.h>

#include "common/log.h"
#include "common/secret.h"
#include "ctrlplane/ike/crypto/crypto.h"
#include "ctrlplane/ike/ike_child.h"
#include "ctrlplane/ike/ike_initiate.h"
#include "ctrlplane/ike/ike_sa.h"
#include "ctrlplane/ike/ike_task.h"

#define TICK_MAX 1000 /* timers fired before the host's loop gets its turn */

static const struct ike_limits default_limits = {
    .cookie_threshold = 512,
    .half_open_max = 16384,
    .half_open_per_prefix = 2048,
    .half_open_ms = 30000,
    .childless_ms = 60000,
    .retransmit_ms = 2000,
    .retransmit_tries = 6,
};

/* ---- small services ---- */

uint64_t ike_random64(struct ike_engine *e)
{
	uint64_t v;

	e->host.random(e->ctx, &v, sizeof(v));
	return v;
}

uint64_t ike_jitter(struct ike_engine *e, uint64_t value)
{
	uint64_t range = value / 10;

	return range == 0 ? value : value - ike_random64(e) % range;
}

void *ike_dup(const void *p, size_t len)
{
	void *copy = malloc(len > 0 ? len : 1);

	if (copy == NULL)
		abort();
	return memcpy(copy, p, len);
}

/* FNV-1a */
uint64_t ike_hash(const void *p, size_t len)
{
	const uint8_t *at = p;
	uint64_t hash = 14695981039346656037ULL;

	for (size_t i = 0; i < len; i++)
		hash = (hash ^ at[i]) * 1099511628211ULL;
	return hash;
}

/* ---- life ---- */

struct ike_engine *ike_engine_new(const struct ike_host *host, void *ctx)
{
	struct ike_engine *e;
	struct gh_error err = {0};

	if (ike_crypto_init(&err) < 0) {
		gh_log(GH_LOG_IKE, LOG_ERR, "%s", err.message);
		return NULL;
	}
	e = calloc(1, sizeof(*e));
	if (e == NULL)
		return NULL;
	e->host = *host;
	e->ctx = ctx;
	e->limits = default_limits;
	e->armed_ms = IKE_NEVER;
	LIST_INIT(&e->sas);
	LIST_INIT(&e->dirty);
	STAILQ_INIT(&e->graveyard);
	ike_failures_init(&e->failures);
	ike_cookie_init(&e->jar, ike_now(e));
	return e;
}

/* ---- end: memory goes, peers, dataplane and records stay as they are ---- */

static void mute_send(void *ctx, const struct gh_endpoint *local, const struct gh_endpoint *remote,
    const void *data, size_t len)
{
}

static void mute_spi(void *ctx, uint32_t spi)
{
}

static void mute_switch(void *ctx, uint32_t to, uint32_t from)
{
}

static void mute_record_put(void *ctx, uint64_t key, const void *record, size_t len)
{
}

static void mute_record_del(void *ctx, uint64_t key)
{
}

static void mute_event(void *ctx, const struct ike_event *event)
{
}

static void mute(struct ike_engine *e)
{
	e->host.send = mute_send;
	e->host.spi_free = mute_spi;
	e->host.child_remove = mute_spi;
	e->host.child_switch = mute_switch;
	e->host.record_put = mute_record_put;
	e->host.record_del = mute_record_del;
	e->host.event = mute_event;
}

static void drop_sas(struct ike_engine *e)
{
	struct ike_sa *sa;

	mute(e);
	while ((sa = LIST_FIRST(&e->sas)) != NULL) {
		sa->up_told = false; /* it is not down */
		ike_sa_kill(sa, "gatehoused ends");
	}
	ike_sa_reap(e);
}

bool ike_engine_job_back(struct ike_engine *e)
{
	e->jobs--;
	if (!e->closing)
		return true;
	if (e->jobs == 0)
		free(e);
	return false;
}

void ike_engine_free(struct ike_engine *e)
{
	struct ike_vpn *vpn;

	if (e == NULL)
		return;
	drop_sas(e);
	while ((vpn = LIST_FIRST(&e->vpns.list)) != NULL) {
		ike_timer_stop(&e->timers, &vpn->retry);
		ike_vpns_remove(&e->vpns, vpn);
	}
	ike_psks_free(&e->psks);
	ike_failures_free(&e->failures);
	ike_halfopen_free(&e->halfopen);
	ike_timers_free(&e->timers);
	ike_cookie_wipe(&e->jar);
	e->closing = true;
	if (e->jobs == 0)
		free(e);
}

void ike_engine_start(struct ike_engine *e)
{
	struct ike_vpn *vpn;

	e->started = true;
	LIST_FOREACH (vpn, &e->vpns.list, next) {
		if (LIST_EMPTY(&vpn->sas))
			ike_vpn_start(vpn);
	}
	ike_engine_leave(e);
}

void ike_engine_shutdown(struct ike_engine *e)
{
	struct ike_sa *sa, *next;

	for (sa = LIST_FIRST(&e->sas); sa != NULL; sa = next) {
		next = LIST_NEXT(sa, next);
		if (sa->active != NULL && sa->state != IKE_SA_CONNECTING)
			continue;
		ike_task_delete_sa(sa, "shutdown");
	}
	while ((sa = LIST_FIRST(&e->sas)) != NULL)
		ike_sa_kill(sa, "shutdown");
	ike_engine_leave(e);
}

void ike_engine_leave(struct ike_engine *e)
{
	uint64_t due;

	while (!LIST_EMPTY(&e->dirty))
		ike_sa_save(LIST_FIRST(&e->dirty));
	ike_sa_reap(e);
	due = ike_timers_next(&e->timers);
	if (due == e->armed_ms)
		return;
	e->armed_ms = due;
	e->host.arm(e->ctx, due);
}

void ike_engine_tick(struct ike_engine *e)
{
	uint64_t now = ike_now(e);

	e->armed_ms = IKE_NEVER - 1; /* the host's timer has fired: arm it again in any case */
	for (unsigned i = 0; i < TICK_MAX && ike_timers_fire(&e->timers, now); i++)
		;
	ike_engine_leave(e);
}

void ike_engine_limits(struct ike_engine *e, struct ike_limits *out)
{
	*out = e->limits;
}

void ike_engine_set_limits(struct ike_engine *e, const struct ike_limits *limits)
{
	e->limits = *limits;
}

/* ---- what the dataplane says ---- */

void ike_engine_sa_limit(struct ike_engine *e, uint32_t spi_in, bool hard)
{
	struct ike_child *child = ike_child_find(e, spi_in);

	if (child == NULL)
		return;
	if (hard && child->state <= IKE_CHILD_REKEYING)
		gh_log(GH_LOG_IKE, LOG_WARNING, "vpn %s: child SA %08x reached its hard limit",
		    child->sa->vpn->conf.name, spi_in);
	ike_task_rekey_child(child);
	ike_engine_leave(e);
}

void ike_engine_restate(struct ike_engine *e)
{
	struct ike_child *child;
	struct ike_sa *sa;

	LIST_FOREACH (sa, &e->sas, next) {
		LIST_FOREACH (child, &sa->children, next)
			ike_child_restate(child);
	}
	ike_engine_leave(e);
}
