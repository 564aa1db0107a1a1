/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * Protection of messages: the SK payload (RFC 7296 3.14; AES-GCM RFC 5282, ChaCha20-Poly1305
 * RFC 7634, AES-CBC with HMAC) and its fragments SKF (RFC 7383). Any thread.
 *
 * Sealing a message that fits:         ike_begin_chain, ike_put_*, ike_finish; ike_sk_seal
 * Sealing one that does not:           the same chain; ike_skf_plan; ike_skf_seal for 1..n
 * Opening:                             ike_message_parse; last payload SK: ike_sk_open
 *                                      last payload SKF: ike_skf_open gives one piece; when all
 *                                      are there, ike_chain_parse on their concatenation
 */
#pragma once

#include "ctrlplane/ike/crypto/keys.h"
#include "ctrlplane/ike/wire/message.h"
#include "ctrlplane/ike/wire/payload.h"

/*
 * One direction of an IKE SA. Plain data: a record may hold iv, the rest follows from the suite and
 * struct ike_keys. iv is the next AEAD IV and must never repeat under one key: who takes an SA over
 * from a record that may be stale first calls ike_sk_skip().
 */
struct ike_sk {
	const struct ike_enc_alg *enc;
	const struct ike_integ_alg *integ; /* NULL with an AEAD */
	uint8_t enc_key[IKE_ENC_KEY_MAX];  /* salt last */
	uint8_t integ_key[IKE_INTEG_KEY_MAX];
	uint64_t iv;
};

/* The direction in which the original initiator (or responder) sends. */
void ike_sk_init(
    struct ike_sk *sk, const struct ike_suite *suite, const struct ike_keys *keys, bool initiator);
void ike_sk_wipe(struct ike_sk *sk);

/* Moves the IV past anything that the former owner may have used (2^32 messages). */
void ike_sk_skip(struct ike_sk *sk);

/* Size of the whole message, header included, for a chain of that many bytes. */
size_t ike_sk_size(const struct ike_sk *sk, size_t chain_len);

/*
 * Header, SK payload around the chain, padding, ICV, into out (may not overlap the chain). first is
 * the type of the chain's first payload (struct ike_builder.first). hdr.next and hdr.length are
 * computed. Bytes written, or -EMSGSIZE (size too small), -EIO.
 */
ssize_t ike_sk_seal(struct ike_sk *sk, const struct ike_header *hdr, uint8_t first,
    struct ike_bytes chain, uint8_t *out, size_t size);

/*
 * How many fragments a chain needs so that no message exceeds max bytes (UDP payload without
 * marker), and in *chunk the bytes of chain in each but the last. 0: max is too small, or more than
 * 65535 would be needed.
 */
unsigned ike_skf_plan(const struct ike_sk *sk, size_t chain_len, size_t max, size_t *chunk);

/* One fragment, number from 1, of total; part is its piece of the chain. As ike_sk_seal(). */
ssize_t ike_skf_seal(struct ike_sk *sk, const struct ike_header *hdr, uint8_t first,
    uint16_t number, uint16_t total, struct ike_bytes part, uint8_t *out, size_t size);

/*
 * Checks and decrypts the SK payload that ends msg, in place (the datagram is overwritten, whence
 * the mutable pointer: it must be where msg->raw points), and replaces msg->payloads by the
 * protected chain. 0; -EACCES: not authentic (drop silently, RFC 7296 2.21: no *msg change that
 * matters; also when there is no SK at the end); -EBADMSG, -EOPNOTSUPP: authentic, but the inner
 * chain is broken or has an unknown critical payload (answer under protection); -EIO.
 */
int ike_sk_open(
    const struct ike_sk *sk, uint8_t *datagram, struct ike_message *msg, struct gh_error *err);

/*
 * The same for an SKF payload: *skf gets number and total, *part the piece of chain in place.
 * The first inner payload's type is payloads[count-1].next of fragment 1. 0, -EACCES, -EBADMSG,
 * -EIO.
 */
int ike_skf_open(const struct ike_sk *sk, uint8_t *datagram, const struct ike_message *msg,
    struct ike_skf *skf, struct ike_bytes *part, struct gh_error *err);
