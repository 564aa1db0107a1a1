/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * IKE_SA_INIT as responder (RFC 7296 1.2, 2.6). No state before the request has passed every check
 * that costs nothing; under load not before the peer has returned a cookie.
 */
#include "ctrlplane/ike/ike_respond.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "ctrlplane/ike/ike_exchange.h"
#include "ctrlplane/ike/ike_init.h"
#include "ctrlplane/ike/ike_sa.h"
#include "ctrlplane/ike/ike_task.h"

#define INIT_MAX 4096

struct request {
	struct ike_engine *e;
	const struct gh_endpoint *local, *remote;
	const struct ike_message *m;
	struct ike_bytes nonce;
	struct ike_ke ke;
	struct ike_sa_payload offered;
	/* the choice */
	const struct ike_vpn_class *class;
	struct ike_suite suite;
	struct gh_error why; /* of the most specific class that did not fit */
};

struct init_key {
	struct gh_endpoint remote;
	uint64_t spi_i;
};

static void refuse(struct request *rq, uint16_t notify, struct ike_bytes data)
{
	ike_answer_stateless(rq->e, rq->local, rq->remote, &rq->m->hdr, notify, data);
}

/* A request that we are answering or have answered. */
static bool is_known(struct request *rq, struct init_key *key)
{
	struct ike_sa *sa = ike_entry_of(
	    ike_index_find(&rq->e->sa_by_init, key, sizeof(*key)), struct ike_sa, by_init);

	if (sa == NULL)
		return false;
	if (sa->answered.hash == ike_hash(rq->m->raw.data, rq->m->raw.len))
		ike_response_repeat(sa); /* the key says: the same way */
	return true;
}

/* ---- overload ---- */

static bool cookie_fits(struct request *rq)
{
	struct ike_notify n;

	return ike_find_notify(rq->m, IKE_N_COOKIE, &n) &&
	       ike_cookie_valid(&rq->e->jar, ike_now(rq->e), rq->nonce, &rq->remote->addr,
		   rq->m->hdr.spi_i, n.data);
}

static void ask_for_cookie(struct request *rq)
{
	uint8_t cookie[IKE_COOKIE_LEN];

	ike_cookie_make(
	    &rq->e->jar, ike_now(rq->e), rq->nonce, &rq->remote->addr, rq->m->hdr.spi_i, cookie);
	rq->e->counts.cookies_sent++;
	refuse(rq, IKE_N_COOKIE, ike_bytes(cookie, sizeof(cookie)));
}

static bool is_welcome(struct request *rq)
{
	const struct ike_limits *limits = &rq->e->limits;
	struct gh_prefix from = ike_halfopen_prefix(&rq->remote->addr);

	if (rq->e->halfopen.total >= limits->cookie_threshold && !cookie_fits(rq)) {
		ask_for_cookie(rq);
		return false;
	}
	if (rq->e->halfopen.total < limits->half_open_max &&
	    ike_halfopen_count(&rq->e->halfopen, &from) < limits->half_open_per_prefix)
		return true;
	rq->e->counts.refused_overload++;
	return false;
}

/* ---- the choice ---- */

static bool try_class(void *arg, const struct ike_vpn_class *class)
{
	struct request *rq = arg;
	struct gh_error err = {0};

	if (ike_select(class->proposals, class->proposal_count, &rq->offered, 0, rq->ke.group,
		&rq->suite, NULL, &err) == 0) {
		rq->class = class;
		return true;
	}
	if (rq->why.code == 0)
		rq->why = err;
	return false;
}

static bool parse(struct request *rq, struct gh_error *err)
{
	const struct ike_payload *sa = ike_find(rq->m, IKE_PAYLOAD_SA);
	const struct ike_payload *ke = ike_find(rq->m, IKE_PAYLOAD_KE);

	if (sa == NULL || ke == NULL) {
		gh_error_set(err, -EBADMSG, "", "IKE_SA_INIT lacks an SA or KE payload");
		return false;
	}
	return ike_parse_sa(sa->body, &rq->offered, err) == 0 &&
	       ike_parse_ke(ke->body, &rq->ke, err) == 0;
}

static bool choose(struct request *rq)
{
	uint8_t group[2];

	if (!ike_vpns_classes(&rq->e->vpns, &rq->local->addr, &rq->remote->addr, try_class, rq)) {
		char here[GH_ADDR_STRLEN];

		if (rq->why.code == 0)
			gh_error_set(&rq->why, -ENOENT, "",
			    "no VPN is configured for peers that come to %s",
			    gh_addr_str(&rq->local->addr, here));
		ike_fail(rq->e, rq->remote, NULL, "IKE_SA_INIT refused: %s", rq->why.message);
		refuse(rq, IKE_N_NO_PROPOSAL_CHOSEN, (struct ike_bytes){0});
		return false;
	}
	if (rq->suite.dh->id == rq->ke.group)
		return true;
	group[0] = (uint8_t)(rq->suite.dh->id >> 8);
	group[1] = (uint8_t)rq->suite.dh->id;
	refuse(rq, IKE_N_INVALID_KE_PAYLOAD, ike_bytes(group, sizeof(group)));
	return false;
}

/* ---- the answer ---- */

static ssize_t build_answer(
    struct ike_sa *sa, const struct ike_dh_job *job, uint8_t *message, size_t size)
{
	struct ike_header hdr = {.spi_i = sa->spi_i,
	    .spi_r = sa->spi_r,
	    .version = IKE_VERSION,
	    .exchange = IKE_EXCHANGE_IKE_SA_INIT,
	    .flags = IKE_FLAG_RESPONSE};
	struct ike_proposal answer;
	struct ike_builder b;

	ike_suite_to_proposal(&sa->suite, 0, &answer);
	ike_begin_message(&b, message, size, &hdr);
	ike_put_sa(&b, &answer, 1);
	ike_put_ke(&b, sa->suite.dh->id, ike_dh_public(job->dh));
	ike_put_nonce(&b, ike_bytes(sa->hs->nr, sa->hs->nr_len));
	ike_natd_put(&b, sa, sa->spi_r, sa->fake_nat);
	return ike_finish(&b);
}

static void complete(struct ike_passive *p, struct ike_dh_job *job)
{
	struct ike_sa *sa = p->sa;
	uint8_t message[INIT_MAX];
	ssize_t len;

	if (job->status < 0) {
		ike_sa_fail(sa, "IKE_SA_INIT refused: %s", job->err.message);
		ike_sa_kill(sa, "bad key exchange");
		return;
	}
	len = build_answer(sa, job, message, sizeof(message));
	if (len < 0 || ike_init_derive(sa, ike_dh_job_secret(job)) < 0) {
		ike_sa_kill(sa, "no keys");
		return;
	}
	sa->hs->init_r = ike_dup(message, (size_t)len);
	sa->hs->init_r_len = (size_t)len;
	ike_response_send_clear(sa, message, (size_t)len);
}

static void end(struct ike_passive *p)
{
}

static void begin(struct request *rq, const struct init_key *key)
{
	struct ike_passive *p = calloc(1, sizeof(*p));
	struct ike_engine *e = rq->e;
	struct ike_sa *sa = ike_sa_new(e, false, rq->local, rq->remote);
	struct ike_handshake *hs = sa->hs;

	if (p == NULL)
		abort();
	sa->spi_i = rq->m->hdr.spi_i;
	sa->next_in = 1;
	sa->suite = rq->suite;
	ike_response_way(sa, rq->local, rq->remote);
	sa->answered.hash = ike_hash(rq->m->raw.data, rq->m->raw.len);
	ike_natd_detect(rq->m, rq->local, rq->remote, 0, &sa->nat_local, &sa->nat_remote);
	sa->fake_nat = rq->class->udp_encap;
	sa->nat_local |= sa->fake_nat;
	hs->init_i = ike_dup(rq->m->raw.data, rq->m->raw.len);
	hs->init_i_len = rq->m->raw.len;
	memcpy(hs->ni, rq->nonce.data, rq->nonce.len);
	hs->ni_len = (uint16_t)rq->nonce.len;
	ike_nonce_make(e, hs->nr, &hs->nr_len);
	hs->half_open = ike_halfopen_prefix(&rq->remote->addr);
	ike_halfopen_enter(&e->halfopen, &hs->half_open);
	ike_index_add(&e->sa_by_init, &sa->by_init, key, sizeof(*key));
	ike_timer_set(&e->timers, &sa->life, ike_now(e) + e->limits.half_open_ms);
	p->complete = complete;
	p->end = end;
	ike_passive_start(sa, p, sa->suite.dh, rq->ke.data);
}

void ike_respond_init(struct ike_engine *e, const struct gh_endpoint *local,
    const struct gh_endpoint *remote, const struct ike_message *m)
{
	struct request rq = {.e = e, .local = local, .remote = remote, .m = m};
	const struct ike_payload *nonce = ike_find(m, IKE_PAYLOAD_NONCE);
	struct init_key key;
	struct gh_error err = {0};

	memset(&key, 0, sizeof(key));
	key.remote = *remote;
	key.spi_i = m->hdr.spi_i;
	if (m->hdr.spi_i == 0 || is_known(&rq, &key))
		return;
	if (nonce == NULL || ike_parse_nonce(nonce->body, &rq.nonce, &err) < 0) {
		e->counts.malformed++;
		return;
	}
	if (!is_welcome(&rq))
		return;
	if (!parse(&rq, &err)) {
		e->counts.malformed++;
		ike_fail(e, remote, NULL, "IKE_SA_INIT refused: %s", err.message);
		refuse(&rq, IKE_N_INVALID_SYNTAX, (struct ike_bytes){0});
		return;
	}
	if (!choose(&rq))
		return;
	if (ike_dh_check(rq.suite.dh, rq.ke.data, &err) < 0) {
		ike_fail(e, remote, NULL, "IKE_SA_INIT refused: %s", err.message);
		refuse(&rq, IKE_N_INVALID_SYNTAX, (struct ike_bytes){0});
		return;
	}
	begin(&rq, &key);
}
