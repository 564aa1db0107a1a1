/* SPDX-License-Identifier: BSD-3-Clause */
#include "ctrlplane/ike/ike_exchange.h"

#include <stdlib.h>
#include <string.h>

#include "common/log.h"
#include "common/secret.h"
#include "ctrlplane/ike/ike_initiate.h"
#include "ctrlplane/ike/ike_sa.h"
#include "ctrlplane/ike/ike_task.h"

#define BACKOFF_NUM 18 /* each interval is 1.8 times the one before */
#define BACKOFF_DEN 10

static void send_request(struct ike_sa *sa)
{
	struct ike_engine *e = sa->e;

	ike_sa_save(sa);
	e->counts.messages_out++;
	e->host.send(e->ctx, &sa->local, &sa->remote, sa->req.data, sa->req.len);
}

static void send_answer(struct ike_sa *sa)
{
	struct ike_engine *e = sa->e;
	const struct ike_answered *a = &sa->answered;

	ike_sa_save(sa);
	e->counts.messages_out++;
	e->host.send(e->ctx, &a->local, &a->remote, a->data, a->len);
}

/* ---- requests ---- */

static uint64_t interval_ms(const struct ike_sa *sa)
{
	uint64_t ms = sa->e->limits.retransmit_ms;

	for (unsigned i = 0; i < sa->req.tries; i++)
		ms = ms * BACKOFF_NUM / BACKOFF_DEN;
	return ms;
}

static void give_up(struct ike_sa *sa)
{
	const char *exchange = ike_exchange_name(sa->req.exchange);
	struct ike_vpn *vpn = ike_vpn_ref(sa->vpn);
	bool was_up = sa->state == IKE_SA_ESTABLISHED;

	if (!sa->req.last_try)
		ike_sa_fail(sa, "no answer to %s after %u tries", exchange, sa->req.tries + 1u);
	ike_sa_kill(sa, "the peer does not answer");
	if (was_up)
		ike_vpn_act(vpn, vpn->conf.dpd_action);
	else
		ike_vpn_retry(vpn);
	ike_vpn_unref(vpn);
}

static void on_retransmit(struct ike_timer *t)
{
	struct ike_sa *sa = ike_container(t, struct ike_sa, req.timer);
	struct ike_engine *e = sa->e;

	if (sa->state == IKE_SA_DELETING && sa->req.tries >= 2) {
		ike_sa_kill(sa, "deleted");
		return;
	}
	if (sa->req.last_try || sa->req.tries + 1u >= e->limits.retransmit_tries) {
		give_up(sa);
		return;
	}
	sa->req.tries++;
	e->counts.retransmits_out++;
	send_request(sa);
	ike_timer_set(&e->timers, t, ike_now(e) + interval_ms(sa));
}

void ike_request_init(struct ike_sa *sa)
{
	sa->req.timer.fire = on_retransmit;
}

static void request_start(struct ike_sa *sa, uint8_t exchange, uint8_t *data, size_t len)
{
	ike_request_end(sa);
	sa->req.data = data;
	sa->req.len = len;
	sa->req.id = sa->next_out;
	sa->req.exchange = exchange;
	sa->req.tries = 0;
	sa->req.last_try = false;
	ike_sa_touch(sa);
	send_request(sa);
	ike_timer_set(&sa->e->timers, &sa->req.timer, ike_now(sa->e) + interval_ms(sa));
}

void ike_request_send_clear(struct ike_sa *sa, const void *message, size_t len)
{
	request_start(sa, IKE_EXCHANGE_IKE_SA_INIT, ike_dup(message, len), len);
}

void ike_request_resume(struct ike_sa *sa)
{
	send_request(sa);
	ike_timer_set(&sa->e->timers, &sa->req.timer, ike_now(sa->e) + interval_ms(sa));
}

void ike_request_end(struct ike_sa *sa)
{
	ike_timer_stop(&sa->e->timers, &sa->req.timer);
	free(sa->req.data);
	sa->req.data = NULL;
}

/* Seals the chain into a new buffer; NULL if it does not fit, which only a defect can cause. */
static uint8_t *seal(struct ike_sa *sa, uint8_t exchange, uint32_t id, uint8_t flags,
    struct ike_builder *b, size_t *len)
{
	struct ike_header hdr = {.spi_i = sa->spi_i,
	    .spi_r = sa->spi_r,
	    .version = IKE_VERSION,
	    .exchange = exchange,
	    .flags = flags | (sa->initiator ? IKE_FLAG_INITIATOR : 0),
	    .id = id};
	ssize_t chain = ike_finish(b), sealed;
	uint8_t *data;
	size_t size;

	if (chain < 0) {
		gh_log(GH_LOG_IKE, LOG_ERR, "an %s message of ours is too long",
		    ike_exchange_name(exchange));
		return NULL;
	}
	size = ike_sk_size(&sa->sk_out, (size_t)chain);
	data = malloc(size);
	if (data == NULL)
		abort();
	sealed = ike_sk_seal(
	    &sa->sk_out, &hdr, b->first, ike_bytes(b->w.start, (size_t)chain), data, size);
	if (sealed < 0) {
		free(data);
		return NULL;
	}
	if (gh_log_enabled(GH_LOG_IKE, LOG_DEBUG)) {
		char text[512], peer[GH_ENDPOINT_STRLEN];

		gh_log(GH_LOG_IKE, LOG_DEBUG, "to %s: %s", gh_endpoint_str(&sa->remote, peer),
		    ike_chain_str(
			&hdr, b->first, ike_bytes(b->w.start, (size_t)chain), text, sizeof(text)));
	}
	*len = (size_t)sealed;
	return data;
}

void ike_request_send(struct ike_sa *sa, uint8_t exchange, struct ike_builder *b)
{
	size_t len;
	uint8_t *data = seal(sa, exchange, sa->next_out, 0, b, &len);

	if (data != NULL)
		request_start(sa, exchange, data, len);
}

/* ---- responses ---- */

static void answered_keep(struct ike_sa *sa, uint8_t *data, size_t len)
{
	free(sa->answered.data);
	sa->answered.data = data;
	sa->answered.len = len;
	ike_sa_touch(sa);
	send_answer(sa);
}

void ike_response_send(struct ike_sa *sa, uint8_t exchange, uint32_t id, struct ike_builder *b)
{
	size_t len;
	uint8_t *data = seal(sa, exchange, id, IKE_FLAG_RESPONSE, b, &len);

	if (data != NULL)
		answered_keep(sa, data, len);
}

void ike_response_send_clear(struct ike_sa *sa, const void *message, size_t len)
{
	answered_keep(sa, ike_dup(message, len), len);
}

void ike_response_way(
    struct ike_sa *sa, const struct gh_endpoint *local, const struct gh_endpoint *remote)
{
	sa->answered.local = *local;
	sa->answered.remote = *remote;
}

void ike_response_forget(struct ike_sa *sa)
{
	free(sa->answered.data);
	sa->answered.data = NULL;
	sa->answered.len = 0;
}

void ike_response_repeat(struct ike_sa *sa)
{
	sa->e->counts.retransmits_in++;
	if (sa->answered.data != NULL)
		send_answer(sa);
}

void ike_response_notify(
    struct ike_sa *sa, uint8_t exchange, uint32_t id, uint16_t type, struct ike_bytes data)
{
	uint8_t chain[512];
	struct ike_builder b;

	ike_begin_chain(&b, chain, sizeof(chain));
	ike_put_status(&b, type, data);
	ike_response_send(sa, exchange, id, &b);
}

void ike_answer_stateless(struct ike_engine *e, const struct gh_endpoint *local,
    const struct gh_endpoint *remote, const struct ike_header *request, uint16_t type,
    struct ike_bytes data)
{
	struct ike_header hdr = {.spi_i = request->spi_i,
	    .spi_r = request->spi_r,
	    .version = IKE_VERSION,
	    .exchange = request->exchange,
	    .flags = IKE_FLAG_RESPONSE | (~request->flags & IKE_FLAG_INITIATOR),
	    .id = request->id};
	uint8_t message[256];
	struct ike_builder b;
	ssize_t len;

	ike_begin_message(&b, message, sizeof(message), &hdr);
	ike_put_status(&b, type, data);
	len = ike_finish(&b);
	if (len < 0)
		return;
	e->counts.messages_out++;
	e->host.send(e->ctx, local, remote, message, (size_t)len);
}
