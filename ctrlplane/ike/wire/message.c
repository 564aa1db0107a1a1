/* SPDX-License-Identifier: BSD-3-Clause */
#include "ctrlplane/ike/wire/message.h"

#include <errno.h>

static int broken(struct gh_error *err, const char *what)
{
	return gh_error_set(err, -EBADMSG, "", "malformed IKE message: %s", what);
}

int ike_header_parse(struct ike_bytes raw, struct ike_header *out, struct gh_error *err)
{
	struct gh_reader r = gh_reader(raw.data, raw.len);

	out->spi_i = gh_take_u64(&r);
	out->spi_r = gh_take_u64(&r);
	out->next = gh_take_u8(&r);
	out->version = gh_take_u8(&r);
	out->exchange = gh_take_u8(&r);
	out->flags = gh_take_u8(&r);
	out->id = gh_take_u32(&r);
	out->length = gh_take_u32(&r);
	if (!r.ok)
		return broken(err, "shorter than its header");
	if (out->version >> 4 != IKE_VERSION >> 4)
		return gh_error_set(err, -EPROTONOSUPPORT, "",
		    "the peer speaks IKE version %u.%u; only version 2 is supported, "
		    "configure the peer for IKEv2",
		    out->version >> 4, out->version & 15);
	if (out->length != raw.len)
		return gh_error_set(err, -EBADMSG, "",
		    "malformed IKE message: its header says %u bytes, %zu came", out->length,
		    raw.len);
	if (raw.len > IKE_MESSAGE_MAX)
		return broken(err, "too long");
	return 0;
}

/* One generic header and body, RFC 7296 3.2. */
static int take_payload(
    struct gh_reader *r, uint8_t type, struct ike_payload *p, struct gh_error *err)
{
	uint16_t len;

	p->type = type;
	p->next = gh_take_u8(r);
	p->critical = (gh_take_u8(r) & 0x80) != 0;
	len = gh_take_u16(r);
	if (r->ok && len >= IKE_GENERIC_LEN) {
		p->body.len = len - IKE_GENERIC_LEN;
		p->body.data = gh_take(r, p->body.len);
		if (r->ok)
			return 0;
	}
	return gh_error_set(err, -EBADMSG, "",
	    "malformed IKE message: payload %s (%u) runs past the end of the message",
	    ike_payload_name(type), type);
}

static bool is_encrypted(uint8_t type)
{
	return type == IKE_PAYLOAD_SK || type == IKE_PAYLOAD_SKF;
}

/* Keeps a payload that we know; refuses critical ones that we do not, RFC 7296 2.5. */
static int keep_payload(struct ike_message *msg, const struct ike_payload *p, struct gh_error *err)
{
	if (ike_payload_known(p->type)) {
		if (msg->count == IKE_PAYLOADS_MAX)
			return broken(err, "too many payloads");
		msg->payloads[msg->count++] = *p;
		return 0;
	}
	if (!p->critical)
		return 0;
	msg->unsupported = p->type;
	return gh_error_set(err, -EOPNOTSUPP, "",
	    "the peer sent payload type %u, marked critical, which is not supported", p->type);
}

/* The critical one is reported only if the whole chain is well-formed. */
static int walk(uint8_t type, struct ike_bytes chain, bool protected, struct ike_message *msg,
    struct gh_error *err)
{
	struct gh_reader r = gh_reader(chain.data, chain.len);
	struct ike_payload p;
	int rc, unsupported = 0;

	msg->count = 0;
	msg->unsupported = 0;
	for (; type != IKE_PAYLOAD_NONE; type = p.next) {
		if (protected && is_encrypted(type))
			return broken(err, "an encrypted payload inside another");
		rc = take_payload(&r, type, &p, err);
		if (rc == 0)
			rc = keep_payload(msg, &p, unsupported ? NULL : err);
		if (rc == -EOPNOTSUPP)
			unsupported = rc;
		else if (rc < 0)
			return rc;
		if (is_encrypted(type))
			break;
	}
	if (gh_left(&r) > 0)
		return broken(err, "bytes after the last payload");
	return unsupported;
}

int ike_message_parse(struct ike_bytes raw, struct ike_message *msg, struct gh_error *err)
{
	int rc;

	msg->raw = raw;
	msg->opened = false;
	msg->count = 0;
	msg->unsupported = 0;
	rc = ike_header_parse(raw, &msg->hdr, err);
	if (rc < 0)
		return rc;
	return walk(msg->hdr.next, ike_bytes(raw.data + IKE_HEADER_LEN, raw.len - IKE_HEADER_LEN),
	    false, msg, err);
}

int ike_chain_parse(
    uint8_t first, struct ike_bytes chain, struct ike_message *msg, struct gh_error *err)
{
	msg->opened = true;
	return walk(first, chain, true, msg, err);
}

const struct ike_payload *ike_find(const struct ike_message *msg, uint8_t type)
{
	for (unsigned i = 0; i < msg->count; i++)
		if (msg->payloads[i].type == type)
			return &msg->payloads[i];
	return NULL;
}

const struct ike_payload *ike_next_payload(
    const struct ike_message *msg, const struct ike_payload *p, uint8_t type)
{
	while (++p < msg->payloads + msg->count)
		if (p->type == type)
			return p;
	return NULL;
}
