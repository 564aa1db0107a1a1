/* SPDX-License-Identifier: BSD-3-Clause */
/* The payloads that are little more than a fixed header and data. */
#include "ctrlplane/ike/wire/payload.h"

#include <errno.h>

static int broken(struct gh_error *err, const char *payload, const char *what)
{
	return gh_error_set(err, -EBADMSG, "", "malformed %s payload: %s", payload, what);
}

static struct ike_bytes rest(struct gh_reader *r)
{
	size_t len = gh_left(r);

	return ike_bytes(gh_take(r, len), len);
}

static void put_bytes(struct ike_builder *b, struct ike_bytes bytes)
{
	gh_put(&b->w, bytes.data, bytes.len);
}

/* A fixed byte, three reserved ones, data: ID, AUTH. */
static void put_typed(
    struct ike_builder *b, uint8_t payload_type, uint8_t type, struct ike_bytes data)
{
	ike_begin_payload(b, payload_type);
	gh_put_u8(&b->w, type);
	gh_put_be(&b->w, 0, 3);
	put_bytes(b, data);
	ike_end_payload(b);
}

int ike_parse_ke(struct ike_bytes body, struct ike_ke *out, struct gh_error *err)
{
	struct gh_reader r = gh_reader(body.data, body.len);

	out->group = gh_take_u16(&r);
	gh_take_u16(&r);
	out->data = rest(&r);
	if (!r.ok || out->data.len == 0)
		return broken(err, "KE", "no public value");
	return 0;
}

void ike_put_ke(struct ike_builder *b, uint16_t group, struct ike_bytes data)
{
	ike_begin_payload(b, IKE_PAYLOAD_KE);
	gh_put_u16(&b->w, group);
	gh_put_u16(&b->w, 0);
	put_bytes(b, data);
	ike_end_payload(b);
}

int ike_parse_nonce(struct ike_bytes body, struct ike_bytes *out, struct gh_error *err)
{
	*out = body;
	if (body.len < IKE_NONCE_MIN || body.len > IKE_NONCE_MAX)
		return gh_error_set(err, -EBADMSG, "",
		    "malformed Nonce payload: %zu bytes, must be %u to %u", body.len, IKE_NONCE_MIN,
		    IKE_NONCE_MAX);
	return 0;
}

void ike_put_nonce(struct ike_builder *b, struct ike_bytes nonce)
{
	ike_begin_payload(b, IKE_PAYLOAD_NONCE);
	put_bytes(b, nonce);
	ike_end_payload(b);
}

static bool id_length_fits(uint8_t type, size_t len)
{
	switch (type) {
	case IKE_ID_IPV4:
		return len == 4;
	case IKE_ID_IPV6:
		return len == 16;
	case IKE_ID_NULL_ID:
		return true;
	default:
		return len > 0;
	}
}

int ike_parse_id(struct ike_bytes body, struct ike_id *out, struct gh_error *err)
{
	struct gh_reader r = gh_reader(body.data, body.len);

	out->type = gh_take_u8(&r);
	gh_take(&r, 3);
	out->data = rest(&r);
	if (!r.ok)
		return broken(err, "ID", "too short");
	if (!id_length_fits(out->type, out->data.len))
		return gh_error_set(err, -EBADMSG, "",
		    "malformed ID payload: %zu bytes do not make an identity of type %s",
		    out->data.len, ike_id_type_name(out->type));
	return 0;
}

void ike_put_id(struct ike_builder *b, uint8_t payload_type, const struct ike_id *id)
{
	put_typed(b, payload_type, id->type, id->data);
}

ssize_t ike_id_body(const struct ike_id *id, uint8_t *buf, size_t size)
{
	struct gh_writer w = gh_writer(buf, size);

	gh_put_u8(&w, id->type);
	gh_put_be(&w, 0, 3);
	gh_put(&w, id->data.data, id->data.len);
	return w.ok ? (ssize_t)gh_written(&w) : -EMSGSIZE;
}

int ike_parse_auth(struct ike_bytes body, struct ike_auth *out, struct gh_error *err)
{
	struct gh_reader r = gh_reader(body.data, body.len);

	out->method = gh_take_u8(&r);
	gh_take(&r, 3);
	out->data = rest(&r);
	if (!r.ok || out->data.len == 0)
		return broken(err, "AUTH", "too short");
	return 0;
}

void ike_put_auth(struct ike_builder *b, const struct ike_auth *auth)
{
	put_typed(b, IKE_PAYLOAD_AUTH, auth->method, auth->data);
}

int ike_parse_cert(struct ike_bytes body, struct ike_cert *out, struct gh_error *err)
{
	struct gh_reader r = gh_reader(body.data, body.len);

	out->encoding = gh_take_u8(&r);
	out->data = rest(&r);
	return r.ok ? 0 : broken(err, "CERT or CERTREQ", "empty");
}

void ike_put_cert(struct ike_builder *b, uint8_t payload_type, const struct ike_cert *cert)
{
	ike_begin_payload(b, payload_type);
	gh_put_u8(&b->w, cert->encoding);
	put_bytes(b, cert->data);
	ike_end_payload(b);
}

int ike_parse_delete(struct ike_bytes body, struct ike_delete *out, struct gh_error *err)
{
	struct gh_reader r = gh_reader(body.data, body.len);
	uint8_t want;

	out->protocol = gh_take_u8(&r);
	out->spi_len = gh_take_u8(&r);
	out->count = gh_take_u16(&r);
	out->spis = rest(&r);
	if (!r.ok)
		return broken(err, "Delete", "too short");
	want = out->protocol == IKE_PROTO_IKE ? 0 : 4;
	if (out->spi_len != want)
		return broken(err, "Delete", "the SPI size does not fit the protocol");
	if (out->spis.len != (size_t)out->count * out->spi_len)
		return broken(err, "Delete", "the number of SPIs disagrees with the length");
	return 0;
}

uint32_t ike_delete_spi(const struct ike_delete *d, unsigned i)
{
	struct gh_reader r;

	if (d->spi_len != 4 || i >= d->count)
		return 0;
	r = gh_reader(d->spis.data + (size_t)i * 4, 4);
	return gh_take_u32(&r);
}

static void begin_delete(struct ike_builder *b, uint8_t protocol, uint8_t spi_len, uint16_t count)
{
	ike_begin_payload(b, IKE_PAYLOAD_DELETE);
	gh_put_u8(&b->w, protocol);
	gh_put_u8(&b->w, spi_len);
	gh_put_u16(&b->w, count);
}

void ike_put_delete_ike(struct ike_builder *b)
{
	begin_delete(b, IKE_PROTO_IKE, 0, 0);
	ike_end_payload(b);
}

void ike_put_delete_esp(struct ike_builder *b, const uint32_t *spis, uint16_t count)
{
	begin_delete(b, IKE_PROTO_ESP, 4, count);
	for (unsigned i = 0; i < count; i++)
		gh_put_u32(&b->w, spis[i]);
	ike_end_payload(b);
}

void ike_put_vendor(struct ike_builder *b, struct ike_bytes id)
{
	ike_begin_payload(b, IKE_PAYLOAD_VENDOR);
	put_bytes(b, id);
	ike_end_payload(b);
}

int ike_parse_eap(struct ike_bytes body, struct ike_eap *out, struct gh_error *err)
{
	struct gh_reader r = gh_reader(body.data, body.len);

	out->code = gh_take_u8(&r);
	out->identifier = gh_take_u8(&r);
	out->packet = body;
	if (gh_take_u16(&r) != body.len || !r.ok)
		return broken(err, "EAP", "its length field disagrees with the payload's");
	return 0;
}

void ike_put_eap(struct ike_builder *b, struct ike_bytes packet)
{
	ike_begin_payload(b, IKE_PAYLOAD_EAP);
	put_bytes(b, packet);
	ike_end_payload(b);
}

int ike_parse_skf(struct ike_bytes body, struct ike_skf *out, struct gh_error *err)
{
	struct gh_reader r = gh_reader(body.data, body.len);

	out->number = gh_take_u16(&r);
	out->total = gh_take_u16(&r);
	out->sealed = rest(&r);
	if (!r.ok || out->number == 0 || out->number > out->total)
		return broken(err, "SKF", "fragment number out of range");
	return 0;
}
