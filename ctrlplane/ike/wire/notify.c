/* SPDX-License-Identifier: BSD-3-Clause */
/* The Notify payload, RFC 7296 3.10. */
#include <errno.h>

#include "ctrlplane/ike/wire/payload.h"

int ike_parse_notify(struct ike_bytes body, struct ike_notify *out, struct gh_error *err)
{
	struct gh_reader r = gh_reader(body.data, body.len);

	out->protocol = gh_take_u8(&r);
	out->spi.len = gh_take_u8(&r);
	out->type = gh_take_u16(&r);
	out->spi.data = gh_take(&r, out->spi.len);
	out->data.len = gh_left(&r);
	out->data.data = gh_take(&r, out->data.len);
	if (!r.ok)
		return gh_error_set(err, -EBADMSG, "", "malformed Notify payload: too short");
	return 0;
}

void ike_put_notify(struct ike_builder *b, const struct ike_notify *n)
{
	ike_begin_payload(b, IKE_PAYLOAD_NOTIFY);
	gh_put_u8(&b->w, n->protocol);
	gh_put_u8(&b->w, (uint8_t)n->spi.len);
	gh_put_u16(&b->w, n->type);
	gh_put(&b->w, n->spi.data, n->spi.len);
	gh_put(&b->w, n->data.data, n->data.len);
	ike_end_payload(b);
}

void ike_put_status(struct ike_builder *b, uint16_t type, struct ike_bytes data)
{
	struct ike_notify n = {.type = type, .data = data};

	ike_put_notify(b, &n);
}

void ike_put_notify_esp(struct ike_builder *b, uint16_t type, uint32_t spi, struct ike_bytes data)
{
	uint8_t wire[4];
	struct gh_writer w = gh_writer(wire, sizeof(wire));
	struct ike_notify n = {
	    .protocol = IKE_PROTO_ESP, .type = type, .spi = ike_bytes(wire, 4), .data = data};

	gh_put_u32(&w, spi);
	ike_put_notify(b, &n);
}

/* type, or any error when type is 0. */
static bool find(const struct ike_message *msg, uint16_t type, struct ike_notify *out)
{
	for (unsigned i = 0; i < msg->count; i++) {
		if (msg->payloads[i].type != IKE_PAYLOAD_NOTIFY ||
		    ike_parse_notify(msg->payloads[i].body, out, NULL) < 0)
			continue;
		if (type != 0 ? out->type == type : ike_notify_is_error(out->type))
			return true;
	}
	return false;
}

bool ike_find_notify(const struct ike_message *msg, uint16_t type, struct ike_notify *out)
{
	return find(msg, type, out);
}

bool ike_find_error(const struct ike_message *msg, struct ike_notify *out)
{
	return find(msg, 0, out);
}
