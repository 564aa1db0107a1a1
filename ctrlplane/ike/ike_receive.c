/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * From a datagram to the task or responder it is for (RFC 7296 2.1, 2.2, 2.3, 2.21). What is not
 * authentic, not expected or broken ends here.
 */
#include <errno.h>
#include <string.h>

#include "common/log.h"
#include "ctrlplane/ike/ike_engine.h"
#include "ctrlplane/ike/ike_exchange.h"
#include "ctrlplane/ike/ike_respond.h"
#include "ctrlplane/ike/ike_sa.h"
#include "ctrlplane/ike/ike_task.h"

struct arrival {
	struct ike_engine *e;
	const struct gh_endpoint *local, *remote;
	uint8_t *datagram; /* in e->scratch */
	uint64_t hash;
	struct ike_message m;
};

static void log_message(const struct arrival *a)
{
	char text[512], from[GH_ENDPOINT_STRLEN];

	if (gh_log_enabled(GH_LOG_IKE, LOG_DEBUG))
		gh_log(GH_LOG_IKE, LOG_DEBUG, "from %s: %s", gh_endpoint_str(a->remote, from),
		    ike_message_str(&a->m, text, sizeof(text)));
}

/* The header says on which side of the SA the sender began; the other SPI is ours. */
static struct ike_sa *sa_of(struct ike_engine *e, const struct ike_header *h)
{
	bool peer_initiated = (h->flags & IKE_FLAG_INITIATOR) != 0;
	struct ike_sa *sa = ike_sa_find(e, peer_initiated ? h->spi_r : h->spi_i);

	if (sa == NULL || sa->initiator == peer_initiated)
		return NULL;
	if (peer_initiated)
		return sa->spi_i == h->spi_i ? sa : NULL;
	return sa->spi_r == 0 || sa->spi_r == h->spi_r ? sa : NULL;
}

/* NAT rebinding: an authentic message from elsewhere moves the SA (RFC 7296 2.23), unless the peer
 * speaks MOBIKE and will say so itself. */
static void follow(struct ike_sa *sa, const struct arrival *a)
{
	if (sa->state == IKE_SA_CONNECTING && !sa->initiator) {
		sa->natt = a->local->port == IKE_PORT_NATT;
		ike_sa_move(sa, a->local, a->remote);
	} else if (sa->nat_remote && !sa->mobike) {
		ike_sa_move(sa, a->local, a->remote);
	}
}

/* ---- responses ---- */

static void receive_init_response(struct ike_sa *sa, struct arrival *a)
{
	struct gh_error err = {0};

	if (ike_message_parse(a->m.raw, &a->m, &err) < 0) {
		a->e->counts.malformed++;
		return;
	}
	log_message(a);
	ike_task_response(sa, &a->m);
}

static void receive_response(struct ike_sa *sa, struct arrival *a)
{
	const struct ike_header *h = &a->m.hdr;
	struct gh_error err = {0};
	int rc;

	if (!ike_request_pending(sa) || sa->active == NULL || h->id != sa->req.id ||
	    h->exchange != sa->req.exchange)
		return;
	if (h->exchange == IKE_EXCHANGE_IKE_SA_INIT) {
		receive_init_response(sa, a);
		return;
	}
	rc = ike_message_parse(a->m.raw, &a->m, &err);
	if (rc == 0)
		rc = ike_sk_open(&sa->sk_in, a->datagram, &a->m, &err);
	if (rc == -EACCES || !a->m.opened) {
		a->e->counts.malformed++;
		return;
	}
	if (rc < 0) {
		ike_sa_fail(sa, "the answer to %s is broken: %s", ike_exchange_name(h->exchange),
		    err.message);
		ike_sa_kill(sa, "the peer sends broken messages");
		return;
	}
	log_message(a);
	sa->heard_ms = ike_now(sa->e);
	follow(sa, a);
	ike_task_response(sa, &a->m);
}

/* ---- requests ---- */

static void answer_broken(struct ike_sa *sa, const struct arrival *a, int rc)
{
	bool critical = rc == -EOPNOTSUPP;

	ike_response_notify(sa, a->m.hdr.exchange, a->m.hdr.id,
	    critical ? IKE_N_UNSUPPORTED_CRITICAL_PAYLOAD : IKE_N_INVALID_SYNTAX,
	    ike_bytes(&a->m.unsupported, critical ? 1 : 0));
}

static void dispatch(struct ike_sa *sa, struct arrival *a)
{
	switch (a->m.hdr.exchange) {
	case IKE_EXCHANGE_IKE_AUTH:
		ike_respond_auth(sa, &a->m);
		break;
	case IKE_EXCHANGE_CREATE_CHILD_SA:
		ike_respond_create_child(sa, &a->m);
		break;
	case IKE_EXCHANGE_INFORMATIONAL:
		ike_respond_informational(sa, &a->m, a->local, a->remote);
		break;
	default:
		answer_broken(sa, a, -EBADMSG);
	}
}

/* Only IKE_AUTH makes sense before the SA is established, and nothing else does after. */
static bool is_in_place(const struct ike_sa *sa, uint8_t exchange)
{
	return (sa->state == IKE_SA_CONNECTING) == (exchange == IKE_EXCHANGE_IKE_AUTH);
}

static void receive_request(struct ike_sa *sa, struct arrival *a)
{
	const struct ike_header *h = &a->m.hdr;
	struct gh_error err = {0};
	int rc;

	if (h->id + 1 == sa->next_in && a->hash == sa->answered.hash) {
		ike_response_way(sa, a->local, a->remote);
		ike_response_repeat(sa);
		return;
	}
	if (h->id != sa->next_in || sa->passive != NULL || sa->sk_in.enc == NULL)
		return;
	rc = ike_message_parse(a->m.raw, &a->m, &err);
	if (rc == 0)
		rc = ike_sk_open(&sa->sk_in, a->datagram, &a->m, &err);
	if (rc == -EACCES || (rc < 0 && !a->m.opened)) {
		a->e->counts.malformed++;
		return;
	}
	if (rc == 0 && !is_in_place(sa, h->exchange))
		rc = -EBADMSG;
	log_message(a);
	sa->next_in++;
	ike_response_forget(sa);
	ike_response_way(sa, a->local, a->remote);
	sa->answered.hash = a->hash;
	sa->heard_ms = ike_now(sa->e);
	ike_sa_touch(sa);
	follow(sa, a);
	if (rc < 0)
		answer_broken(sa, a, rc);
	else
		dispatch(sa, a);
}

/* ---- all ---- */

static void receive_init_request(struct arrival *a)
{
	struct gh_error err = {0};
	int rc;

	if (a->m.hdr.spi_r != 0 || a->m.hdr.id != 0 || !(a->m.hdr.flags & IKE_FLAG_INITIATOR))
		return;
	rc = ike_message_parse(a->m.raw, &a->m, &err);
	if (rc == -EOPNOTSUPP)
		ike_answer_stateless(a->e, a->local, a->remote, &a->m.hdr,
		    IKE_N_UNSUPPORTED_CRITICAL_PAYLOAD, ike_bytes(&a->m.unsupported, 1));
	if (rc < 0) {
		a->e->counts.malformed++;
		return;
	}
	log_message(a);
	ike_respond_init(a->e, a->local, a->remote, &a->m);
}

static void receive(struct arrival *a)
{
	const struct ike_header *h = &a->m.hdr;
	struct gh_error err = {0};
	struct ike_sa *sa;
	int rc = ike_header_parse(a->m.raw, &a->m.hdr, &err);

	if (rc < 0) {
		a->e->counts.malformed++;
		if (rc == -EPROTONOSUPPORT && h->version >> 4 > 2 && !ike_is_response(h))
			ike_answer_stateless(a->e, a->local, a->remote, h,
			    IKE_N_INVALID_MAJOR_VERSION, (struct ike_bytes){0});
		return;
	}
	if (h->exchange == IKE_EXCHANGE_IKE_SA_INIT && !ike_is_response(h)) {
		receive_init_request(a);
		return;
	}
	sa = sa_of(a->e, h);
	if (sa == NULL)
		return;
	if (ike_is_response(h))
		receive_response(sa, a);
	else
		receive_request(sa, a);
}

void ike_engine_receive(struct ike_engine *e, const struct gh_endpoint *local,
    const struct gh_endpoint *remote, const void *data, size_t len)
{
	struct arrival a = {.e = e, .local = local, .remote = remote, .datagram = e->scratch};

	e->counts.messages_in++;
	if (len < IKE_HEADER_LEN || len > sizeof(e->scratch)) {
		e->counts.malformed += len != 1; /* one byte: a NAT keepalive */
		return;
	}
	memcpy(e->scratch, data, len);
	a.m.raw = ike_bytes(e->scratch, len);
	a.hash = ike_hash(data, len);
	receive(&a);
	ike_engine_leave(e);
}
