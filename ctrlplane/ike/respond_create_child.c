/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * CREATE_CHILD_SA as responder, for child SAs: new ones and rekeys (RFC 7296 1.3.1, 1.3.3). What
 * cannot be done just now is answered as RFC 7296 2.25 says.
 */
#include "ctrlplane/ike/ike_respond.h"

#include <stdlib.h>
#include <string.h>

#include "ctrlplane/ike/ike_child.h"
#include "ctrlplane/ike/ike_deal.h"
#include "ctrlplane/ike/ike_exchange.h"
#include "ctrlplane/ike/ike_init.h"
#include "ctrlplane/ike/ike_sa.h"
#include "ctrlplane/ike/task_child.h"
#include "ctrlplane/ike/task_rekey.h"

struct child_request {
	struct ike_passive passive;
	struct ike_deal *deal;
};

static void answer_notify(struct ike_sa *sa, const struct ike_message *m, uint16_t type)
{
	ike_response_notify(
	    sa, IKE_EXCHANGE_CREATE_CHILD_SA, m->hdr.id, type, (struct ike_bytes){0});
}

/* ---- crossing ---- */

/* Our own rekey of the same child that is under way, or NULL. */
static struct child_task *own_rekey(struct ike_sa *sa, const struct ike_child *old)
{
	struct child_task *t = (struct child_task *)sa->active;

	if (sa->active == NULL || sa->active->ops != &ike_child_task_ops || t->old != old->spi_in)
		return NULL;
	return t;
}

static void note_crossing(struct child_task *t, struct ike_deal *d, const struct ike_child *made)
{
	struct ike_bytes nonce = ike_deal_min_nonce(d);

	t->crossing_child = made->spi_in;
	t->crossing_len = (uint16_t)nonce.len;
	memcpy(t->crossing_nonce, nonce.data, nonce.len);
}

static void settle_old(struct ike_sa *sa, struct ike_deal *d, struct ike_child *made)
{
	struct ike_child *old = ike_child_find(sa->e, d->rekeys);
	struct child_task *t;

	if (old == NULL)
		return;
	old->successor = made->spi_in;
	t = own_rekey(sa, old);
	if (t != NULL) {
		note_crossing(t, d, made);
		return;
	}
	ike_child_set_state(old, IKE_CHILD_REKEYED);
	ike_event(sa, IKE_EVENT_CHILD_REKEYED, made->spi_in, made->spi_out, made->policy);
}

/* ---- the answer ---- */

static void answer(struct ike_sa *sa, uint32_t id, struct ike_deal *d, const struct ike_dh *dh,
    struct ike_bytes secret)
{
	struct gh_error err = {0};
	uint8_t chain[IKE_CHAIN_MAX];
	struct ike_builder b;
	struct ike_child *child = ike_deal_install(d, secret, d->rekeys == 0, &err);

	if (child == NULL) {
		ike_sa_fail(sa, "child SA refused: %s", err.message);
		ike_response_notify(sa, IKE_EXCHANGE_CREATE_CHILD_SA, id, IKE_N_NO_ADDITIONAL_SAS,
		    (struct ike_bytes){0});
		return;
	}
	if (d->rekeys != 0)
		settle_old(sa, d, child);
	else
		ike_event(sa, IKE_EVENT_CHILD_UP, child->spi_in, child->spi_out, child->policy);
	ike_begin_chain(&b, chain, sizeof(chain));
	ike_deal_put_answer_sa(d, &b);
	ike_put_nonce(&b, ike_bytes(d->nr, d->nr_len));
	if (dh != NULL)
		ike_put_ke(&b, d->suite.dh->id, ike_dh_public(dh));
	ike_deal_put_ts(d, &b);
	ike_response_send(sa, IKE_EXCHANGE_CREATE_CHILD_SA, id, &b);
}

static void complete(struct ike_passive *p, struct ike_dh_job *job)
{
	struct child_request *rq = (struct child_request *)p;

	if (job->status < 0) {
		ike_sa_fail(p->sa, "child SA refused: %s", job->err.message);
		ike_response_notify(
		    p->sa, p->exchange, p->id, IKE_N_INVALID_SYNTAX, (struct ike_bytes){0});
		return;
	}
	answer(p->sa, p->id, rq->deal, job->dh, ike_dh_job_secret(job));
}

static void end(struct ike_passive *p)
{
	ike_deal_free(((struct child_request *)p)->deal);
}

static void answer_later(struct ike_deal *d, const struct ike_message *m, struct ike_bytes ke)
{
	struct child_request *rq = calloc(1, sizeof(*rq));

	if (rq == NULL)
		abort();
	rq->deal = d;
	rq->passive.exchange = IKE_EXCHANGE_CREATE_CHILD_SA;
	rq->passive.id = m->hdr.id;
	rq->passive.complete = complete;
	rq->passive.end = end;
	ike_passive_start(d->sa, &rq->passive, d->suite.dh, ke);
}

/* ---- the request ---- */

static void refuse(struct ike_sa *sa, const struct ike_message *m, uint16_t notify, uint16_t group,
    const char *why)
{
	uint8_t data[2] = {(uint8_t)(group >> 8), (uint8_t)group};
	bool wants_group = notify == IKE_N_INVALID_KE_PAYLOAD;

	if (!wants_group)
		ike_sa_fail(sa, "child SA refused: %s", why);
	ike_response_notify(sa, IKE_EXCHANGE_CREATE_CHILD_SA, m->hdr.id, notify,
	    wants_group ? ike_bytes(data, sizeof(data)) : (struct ike_bytes){0});
}

static bool parse_ke(const struct ike_message *m, struct ike_ke *ke, struct gh_error *err)
{
	const struct ike_payload *p = ike_find(m, IKE_PAYLOAD_KE);

	*ke = (struct ike_ke){0};
	return p == NULL || ike_parse_ke(p->body, ke, err) == 0;
}

static void negotiate(struct ike_sa *sa, const struct ike_message *m, struct ike_child *old)
{
	struct ike_deal *d = ike_deal_new(sa, false, 0);
	struct gh_error err = {0};
	uint16_t notify, group = 0;
	struct ike_ke ke;

	d->rekeys = old != NULL ? old->spi_in : 0;
	ike_nonce_make(sa->e, d->nr, &d->nr_len);
	if (!parse_ke(m, &ke, &err) || ike_nonce_take(m, d->ni, &d->ni_len, &err) < 0)
		notify = IKE_N_INVALID_SYNTAX;
	else
		notify = ike_deal_choose(d, m, ke.group, old, &group, &err);
	if (notify == 0 && d->suite.dh != NULL && ike_dh_check(d->suite.dh, ke.data, &err) < 0)
		notify = IKE_N_INVALID_SYNTAX;
	if (notify != 0) {
		refuse(sa, m, notify, group, err.message);
	} else if (d->suite.dh != NULL) {
		answer_later(d, m, ke.data);
		return;
	} else {
		answer(sa, m->hdr.id, d, NULL, (struct ike_bytes){0});
	}
	ike_deal_free(d);
}

static void rekey(struct ike_sa *sa, const struct ike_message *m, const struct ike_notify *n)
{
	uint32_t spi = 0;
	struct ike_child *old;
	uint8_t chain[64];
	struct ike_builder b;

	if (n->spi.len == 4)
		memcpy(&spi, n->spi.data, 4);
	spi = ntohl(spi);
	old = ike_child_find_peer(sa, spi);
	if (old == NULL) {
		ike_begin_chain(&b, chain, sizeof(chain));
		ike_put_notify_esp(&b, IKE_N_CHILD_SA_NOT_FOUND, spi, (struct ike_bytes){0});
		ike_response_send(sa, IKE_EXCHANGE_CREATE_CHILD_SA, m->hdr.id, &b);
	} else if (old->state > IKE_CHILD_REKEYING) {
		answer_notify(sa, m, IKE_N_TEMPORARY_FAILURE);
	} else {
		negotiate(sa, m, old);
	}
}

static bool is_ike_rekey(const struct ike_message *m)
{
	const struct ike_payload *p = ike_find(m, IKE_PAYLOAD_SA);
	struct ike_sa_payload sa;

	return p != NULL && ike_parse_sa(p->body, &sa, NULL) == 0 && sa.count > 0 &&
	       sa.proposals[0].protocol == IKE_PROTO_IKE;
}

void ike_respond_create_child(struct ike_sa *sa, const struct ike_message *m)
{
	struct ike_notify n;

	if (sa->state == IKE_SA_CONNECTING) {
		answer_notify(sa, m, IKE_N_INVALID_SYNTAX);
	} else if (sa->state != IKE_SA_ESTABLISHED) {
		answer_notify(sa, m, IKE_N_TEMPORARY_FAILURE);
	} else if (is_ike_rekey(m)) {
		ike_respond_rekey_sa(sa, m);
	} else if (ike_rekey_under_way(sa) != NULL) {
		answer_notify(sa, m, IKE_N_TEMPORARY_FAILURE);
	} else if (ike_find_notify(m, IKE_N_REKEY_SA, &n)) {
		rekey(sa, m, &n);
	} else {
		negotiate(sa, m, NULL);
	}
}
