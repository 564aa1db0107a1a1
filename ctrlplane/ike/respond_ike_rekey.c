/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * CREATE_CHILD_SA as responder, for the IKE SA itself (RFC 7296 1.3.2, 2.8.2, 2.25.2).
 */
#include "ctrlplane/ike/ike_respond.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "ctrlplane/ike/ike_child.h"
#include "ctrlplane/ike/ike_deal.h"
#include "ctrlplane/ike/ike_exchange.h"
#include "ctrlplane/ike/ike_init.h"
#include "ctrlplane/ike/ike_sa.h"
#include "ctrlplane/ike/task_rekey.h"

struct rekey_request {
	struct ike_passive passive;
	uint8_t ni[IKE_NONCE_MAX], nr[IKE_NONCE_MAX];
	uint16_t ni_len, nr_len;
	uint64_t made; /* id of the new SA */
};

static void refuse(
    struct ike_sa *sa, uint32_t id, uint16_t type, struct ike_bytes data, const char *why)
{
	if (why != NULL)
		ike_sa_fail(sa, "rekey of the IKE SA refused: %s", why);
	ike_response_notify(sa, IKE_EXCHANGE_CREATE_CHILD_SA, id, type, data);
}

/* ---- the answer ---- */

static void send_answer(
    struct rekey_request *rq, const struct ike_sa *made, const struct ike_dh *dh)
{
	struct ike_proposal answer;
	uint8_t chain[IKE_CHAIN_MAX];
	struct ike_builder b;

	ike_suite_to_proposal(&made->suite, 0, &answer);
	ike_proposal_set_spi64(&answer, made->spi_r);
	ike_begin_chain(&b, chain, sizeof(chain));
	ike_put_sa(&b, &answer, 1);
	ike_put_nonce(&b, ike_bytes(rq->nr, rq->nr_len));
	ike_put_ke(&b, made->suite.dh->id, ike_dh_public(dh));
	ike_response_send(rq->passive.sa, IKE_EXCHANGE_CREATE_CHILD_SA, rq->passive.id, &b);
}

static void note_crossing(struct rekey_task *t, const struct rekey_request *rq)
{
	struct ike_bytes nonce =
	    ike_min_nonce(ike_bytes(rq->ni, rq->ni_len), ike_bytes(rq->nr, rq->nr_len));

	t->crossing_sa = rq->made;
	t->crossing_len = (uint16_t)nonce.len;
	memcpy(t->crossing_nonce, nonce.data, nonce.len);
}

static void complete(struct ike_passive *p, struct ike_dh_job *job)
{
	struct rekey_request *rq = (struct rekey_request *)p;
	struct ike_sa *sa = p->sa, *made = ike_sa_find(sa->e, rq->made);
	struct rekey_task *own = ike_rekey_under_way(sa);

	if (made == NULL || job->status < 0 ||
	    ike_rekey_derive(sa, made, ike_dh_job_secret(job), ike_bytes(rq->ni, rq->ni_len),
		ike_bytes(rq->nr, rq->nr_len)) < 0) {
		refuse(sa, p->id, IKE_N_INVALID_SYNTAX, (struct ike_bytes){0}, job->err.message);
		return;
	}
	ike_sa_establish(made, IKE_EVENT_SA_REKEYED);
	if (own != NULL)
		note_crossing(own, rq);
	else
		ike_rekey_take_over(sa, made);
	rq->made = 0; /* ours no more */
	send_answer(rq, made, job->dh);
	ike_tasks_run(made);
}

static void end(struct ike_passive *p)
{
	struct rekey_request *rq = (struct rekey_request *)p;
	struct ike_sa *made = rq->made != 0 ? ike_sa_find(p->sa->e, rq->made) : NULL;

	if (made != NULL)
		ike_sa_kill(made, "the rekey did not succeed");
}

/* ---- the request ---- */

/* A child of ours is being made, rekeyed or closed. */
static bool busy(const struct ike_sa *sa)
{
	if (sa->active == NULL || ike_rekey_under_way(sa) != NULL)
		return false;
	return sa->active->ops->exchange == IKE_EXCHANGE_CREATE_CHILD_SA ||
	       sa->active->ops == &ike_delete_child_ops;
}

static uint16_t choose(struct ike_sa *sa, const struct ike_message *m, struct ike_ke *ke,
    struct ike_suite *suite, uint64_t *spi, struct gh_error *err)
{
	const struct ike_conf_vpn *conf = &sa->vpn->conf;
	const struct ike_payload *p = ike_find(m, IKE_PAYLOAD_SA);
	const struct ike_payload *k = ike_find(m, IKE_PAYLOAD_KE);
	const struct ike_proposal *theirs;
	struct ike_sa_payload offered;

	if (k == NULL || ike_parse_sa(p->body, &offered, err) < 0 ||
	    ike_parse_ke(k->body, ke, err) < 0) {
		gh_error_set(err, -EBADMSG, "", "the request lacks a valid SA or KE payload");
		return IKE_N_INVALID_SYNTAX;
	}
	if (ike_select(conf->ike_proposals, conf->ike_proposal_count, &offered, 0, ke->group, suite,
		&theirs, err) < 0)
		return IKE_N_NO_PROPOSAL_CHOSEN;
	if (suite->dh->id != ke->group)
		return IKE_N_INVALID_KE_PAYLOAD;
	*spi = ike_proposal_spi64(theirs);
	if (*spi == 0 || ike_dh_check(suite->dh, ke->data, err) < 0)
		return IKE_N_INVALID_SYNTAX;
	return 0;
}

static void begin(struct ike_sa *sa, const struct ike_message *m, const struct ike_suite *suite,
    uint64_t spi, struct ike_bytes ke)
{
	struct rekey_request *rq = calloc(1, sizeof(*rq));
	struct ike_sa *made = ike_sa_successor(sa, false);

	if (rq == NULL)
		abort();
	made->suite = *suite;
	made->spi_i = spi;
	rq->made = ike_sa_id(made);
	ike_nonce_take(m, rq->ni, &rq->ni_len, NULL);
	ike_nonce_make(sa->e, rq->nr, &rq->nr_len);
	rq->passive.exchange = IKE_EXCHANGE_CREATE_CHILD_SA;
	rq->passive.id = m->hdr.id;
	rq->passive.complete = complete;
	rq->passive.end = end;
	ike_passive_start(sa, &rq->passive, suite->dh, ke);
}

void ike_respond_rekey_sa(struct ike_sa *sa, const struct ike_message *m)
{
	uint8_t nonce[IKE_NONCE_MAX], group[2];
	struct gh_error err = {0};
	struct ike_suite suite;
	struct ike_ke ke;
	uint16_t notify, len;
	uint64_t spi = 0;

	if (busy(sa)) {
		refuse(sa, m->hdr.id, IKE_N_TEMPORARY_FAILURE, (struct ike_bytes){0}, NULL);
		return;
	}
	notify = choose(sa, m, &ke, &suite, &spi, &err);
	if (notify == 0 && ike_nonce_take(m, nonce, &len, &err) < 0)
		notify = IKE_N_INVALID_SYNTAX;
	if (notify == IKE_N_INVALID_KE_PAYLOAD) {
		group[0] = (uint8_t)(suite.dh->id >> 8);
		group[1] = (uint8_t)suite.dh->id;
		refuse(sa, m->hdr.id, notify, ike_bytes(group, sizeof(group)), NULL);
	} else if (notify != 0) {
		refuse(sa, m->hdr.id, notify, (struct ike_bytes){0}, err.message);
	} else {
		begin(sa, m, &suite, spi, ke.data);
	}
}
