/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * An IKE message: header and chain of payloads (RFC 7296 3.1, 3.2), read and written.
 *
 * Reading: ike_message_parse() checks the header and walks the outer chain; nothing of a payload's
 * body is interpreted. Then, if the message is encrypted, ike_sk_open() (crypto/sk.h) checks and
 * decrypts in place and replaces the chain by the protected one. Then payload.h parses bodies.
 * All views point into the datagram: it must outlive the struct ike_message.
 *
 * Writing: ike_begin_message() for IKE_SA_INIT and unprotected answers, or ike_begin_chain() for
 * what ike_sk_seal() or ike_skf_seal() will protect; then ike_put_*() of payload.h in order; then
 * ike_finish(). A builder sticks: after the first overrun nothing is written, ike_finish() says so.
 *
 * No allocation, no state: any thread.
 */
#pragma once

#include <sys/types.h>

#include "common/error.h"
#include "common/wire.h"
#include "ctrlplane/ike/wire/bytes.h"
#include "ctrlplane/ike/wire/protocol.h"

#define IKE_PAYLOADS_MAX 80 /* payloads in one message; more are refused */

/* RFC 7296 3.1. SPIs are numbers, the first byte on the wire is the highest. */
struct ike_header {
	uint64_t spi_i, spi_r;
	uint8_t next;	  /* enum ike_payload_type of the first payload */
	uint8_t version;  /* IKE_VERSION; ike_begin_message() writes IKE_VERSION always */
	uint8_t exchange; /* enum ike_exchange, others pass */
	uint8_t flags;	  /* enum ike_flags */
	uint32_t id;	  /* message id */
	uint32_t length;  /* of the message with header; ike_finish() fills it */
};

static inline bool ike_is_response(const struct ike_header *h)
{
	return (h->flags & IKE_FLAG_RESPONSE) != 0;
}

struct ike_payload {
	uint8_t type;
	bool critical;
	uint8_t next;	       /* type of what follows; in SK and SKF: of the first inner one */
	struct ike_bytes body; /* without the generic header */
};

struct ike_message {
	struct ike_header hdr;
	struct ike_bytes raw; /* the whole message, header included, without non-ESP marker */
	bool opened;	      /* ike_sk_open() succeeded: payloads[] are the protected ones */
	uint8_t unsupported;  /* the critical payload type we do not know, after -EOPNOTSUPP */
	unsigned count;
	struct ike_payload payloads[IKE_PAYLOADS_MAX];
};

/*
 * Reads the 28 bytes of header only. 0; -EBADMSG: too short or its length field disagrees with len;
 * -EPROTONOSUPPORT: a major version above 2 (answer INVALID_MAJOR_VERSION; out is filled), major
 * below 2 likewise but to be ignored. Cheap: for dispatch and cookies before anything else.
 */
int ike_header_parse(struct ike_bytes raw, struct ike_header *out, struct gh_error *err);

/*
 * Header and outer chain. Errors of ike_header_parse(), and -EBADMSG: the chain is broken (answer
 * INVALID_SYNTAX or drop, RFC 7296 2.21); -EOPNOTSUPP: an unknown payload has the critical bit
 * (answer UNSUPPORTED_CRITICAL_PAYLOAD with msg->unsupported, RFC 7296 2.5). Unknown payloads
 * without it are left out of payloads[]. An SK or SKF payload is always the last one.
 */
int ike_message_parse(struct ike_bytes raw, struct ike_message *msg, struct gh_error *err);

/* Walks a chain of payloads that starts with type `first`, e.g. one that was reassembled from SKF
 * fragments, and replaces msg->payloads by it; sets msg->opened. Errors as above. */
int ike_chain_parse(
    uint8_t first, struct ike_bytes chain, struct ike_message *msg, struct gh_error *err);

/* The first payload of that type, or NULL. ike_next_payload: the first one after p. */
const struct ike_payload *ike_find(const struct ike_message *msg, uint8_t type);
const struct ike_payload *ike_next_payload(
    const struct ike_message *msg, const struct ike_payload *p, uint8_t type);

/* Writing. */
struct ike_builder {
	struct gh_writer w;
	uint8_t first;	/* type of the first payload of the chain, IKE_PAYLOAD_NONE if empty */
	size_t next_at; /* offset of the "next payload" byte to patch; SIZE_MAX: it is `first` */
	size_t open;	/* offset of the payload being written; SIZE_MAX: none */
	bool message;	/* begun by ike_begin_message */
};

void ike_header_put(struct gh_writer *w, const struct ike_header *h);

/* buf is the caller's. hdr.next and hdr.length are computed, not read. */
void ike_begin_message(struct ike_builder *b, void *buf, size_t size, const struct ike_header *hdr);
void ike_begin_chain(struct ike_builder *b, void *buf, size_t size);

/* Frames one payload: everything written to b->w between the two is its body. */
void ike_begin_payload(struct ike_builder *b, uint8_t type);
void ike_end_payload(struct ike_builder *b);

/* Closes the message or chain. Its length in bytes, or -EMSGSIZE when buf was too small. */
ssize_t ike_finish(struct ike_builder *b);

/*
 * One line for logs, without secrets, e.g.
 *   "IKE_AUTH request 1 [ SK { IDi AUTH SA TSi TSr N(MOBIKE_SUP) } ]"
 * An encrypted message that is not opened prints "[ SK ]". Returns buf, always terminated; cut
 * with "..." when size is small (256 suffice for common messages).
 */
const char *ike_message_str(const struct ike_message *msg, char *buf, size_t size);

/* The same for a chain about to be sealed, e.g. after ike_finish() on a builder. */
const char *ike_chain_str(
    const struct ike_header *hdr, uint8_t first, struct ike_bytes chain, char *buf, size_t size);
