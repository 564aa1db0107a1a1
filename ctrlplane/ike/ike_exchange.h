/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * Requests and responses of one IKE SA: sealing, sending, retransmitting, answering again.
 */
#pragma once

#include "ctrlplane/ike/ike_state.h"

void ike_request_init(struct ike_sa *sa);

/* Finishes the chain in b, seals it as the SA's next request and sends it until it is answered.
 * The message id moves on when the response is taken (ike_request_end). */
void ike_request_send(struct ike_sa *sa, uint8_t exchange, struct ike_builder *b);
/* The same for a whole message in clear (IKE_SA_INIT). */
void ike_request_send_clear(struct ike_sa *sa, const void *message, size_t len);
/* No more retransmissions; forgets the request. */
void ike_request_end(struct ike_sa *sa);

static inline bool ike_request_pending(const struct ike_sa *sa)
{
	return sa->req.data != NULL;
}

/* Finishes the chain in b and sends it as the response to the peer's request id. It is kept to
 * answer that request again. */
void ike_response_send(struct ike_sa *sa, uint8_t exchange, uint32_t id, struct ike_builder *b);
void ike_response_send_clear(struct ike_sa *sa, const void *message, size_t len);
void ike_response_repeat(struct ike_sa *sa);
/* A request came this way: its answer goes back by it (RFC 7296 2.11). */
void ike_response_way(
    struct ike_sa *sa, const struct gh_endpoint *local, const struct gh_endpoint *remote);
void ike_response_forget(struct ike_sa *sa); /* a new request came */
/* Goes on with a request that is in sa->req already (restored). */
void ike_request_resume(struct ike_sa *sa);
/* A response with one notify alone. */
void ike_response_notify(
    struct ike_sa *sa, uint8_t exchange, uint32_t id, uint16_t type, struct ike_bytes data);

/* An answer to a message that belongs to no IKE SA: one notify in clear, kept nowhere. */
void ike_answer_stateless(struct ike_engine *e, const struct gh_endpoint *local,
    const struct gh_endpoint *remote, const struct ike_header *request, uint16_t type,
    struct ike_bytes data);
