/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * Runs every parser of the IKE wire format over one input, the way the engine would: for the unit
 * tests (truncation, mutation) and for the fuzzer. Touches every view it is given.
 */
#pragma once

#include "ctrlplane/ike/wire/payload.h"
#include "ctrlplane/ike/wire/ts.h"

static inline unsigned touch(struct ike_bytes b)
{
	unsigned sum = 0;

	for (size_t i = 0; i < b.len; i++)
		sum += b.data[i];
	return sum;
}

static inline unsigned read_notify_or_delete(const struct ike_payload *p)
{
	struct ike_notify n;
	struct ike_delete d;
	unsigned sum = 0;

	if (p->type == IKE_PAYLOAD_NOTIFY && ike_parse_notify(p->body, &n, NULL) == 0)
		sum += touch(n.spi) + touch(n.data);
	if (p->type == IKE_PAYLOAD_DELETE && ike_parse_delete(p->body, &d, NULL) == 0)
		for (unsigned i = 0; i < d.count; i++)
			sum += ike_delete_spi(&d, i);
	return sum;
}

static inline unsigned read_lists(const struct ike_payload *p)
{
	static struct ike_sa_payload sa;
	static struct ike_ts_list ts, narrowed;
	static struct ike_cp cp;
	char text[64];
	unsigned sum = 0;

	if (p->type == IKE_PAYLOAD_SA && ike_parse_sa(p->body, &sa, NULL) == 0)
		sum += sa.count;
	if ((p->type == IKE_PAYLOAD_TSi || p->type == IKE_PAYLOAD_TSr) &&
	    ike_parse_ts(p->body, &ts, NULL) == 0) {
		sum += ike_ts_narrow(&ts, &ts, 4, &narrowed, NULL);
		sum += (unsigned)ike_ts_list_str(&ts, text, sizeof(text))[0];
	}
	if (p->type == IKE_PAYLOAD_CP && ike_parse_cp(p->body, &cp, NULL) == 0)
		for (unsigned i = 0; i < cp.count; i++)
			sum += touch(cp.attrs[i].value);
	return sum;
}

static inline unsigned read_plain(const struct ike_payload *p)
{
	struct ike_bytes nonce;
	struct ike_ke ke;
	struct ike_id id;
	struct ike_auth auth;
	struct ike_cert cert;
	struct ike_eap eap;
	struct ike_skf skf;

	switch (p->type) {
	case IKE_PAYLOAD_KE:
		return ike_parse_ke(p->body, &ke, NULL) == 0 ? touch(ke.data) : 0;
	case IKE_PAYLOAD_NONCE:
		return ike_parse_nonce(p->body, &nonce, NULL) == 0 ? touch(nonce) : 0;
	case IKE_PAYLOAD_IDi:
	case IKE_PAYLOAD_IDr:
		return ike_parse_id(p->body, &id, NULL) == 0 ? touch(id.data) : 0;
	case IKE_PAYLOAD_AUTH:
		return ike_parse_auth(p->body, &auth, NULL) == 0 ? touch(auth.data) : 0;
	case IKE_PAYLOAD_CERT:
	case IKE_PAYLOAD_CERTREQ:
		return ike_parse_cert(p->body, &cert, NULL) == 0 ? touch(cert.data) : 0;
	case IKE_PAYLOAD_EAP:
		return ike_parse_eap(p->body, &eap, NULL) == 0 ? touch(eap.packet) : 0;
	case IKE_PAYLOAD_SKF:
		return ike_parse_skf(p->body, &skf, NULL) == 0 ? touch(skf.sealed) : 0;
	default:
		return touch(p->body);
	}
}

static inline unsigned read_payloads(const struct ike_message *msg)
{
	char text[300], small[20];
	unsigned sum = 0;

	for (unsigned i = 0; i < msg->count; i++)
		sum += read_plain(&msg->payloads[i]) + read_lists(&msg->payloads[i]) +
		       read_notify_or_delete(&msg->payloads[i]);
	ike_message_str(msg, text, sizeof(text));
	ike_message_str(msg, small, sizeof(small));
	return sum + (unsigned char)text[0] + (unsigned char)small[0];
}

/* As a datagram, then as a decrypted chain whose first payload type is the byte that a header has
 * there. Returns something that depends on all that was read. */
static inline unsigned ike_wire_read_all(const uint8_t *data, size_t len)
{
	static struct ike_message msg;
	struct gh_error err;
	unsigned sum = 0;

	if (ike_message_parse(ike_bytes(data, len), &msg, &err) == 0)
		sum += read_payloads(&msg);
	if (len > IKE_HEADER_LEN &&
	    ike_chain_parse(
		data[16], ike_bytes(data + IKE_HEADER_LEN, len - IKE_HEADER_LEN), &msg, &err) == 0)
		sum += read_payloads(&msg);
	return sum;
}
