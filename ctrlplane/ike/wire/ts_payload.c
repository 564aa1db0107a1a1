/* SPDX-License-Identifier: BSD-3-Clause */
/* The traffic selector payloads, RFC 7296 3.13, and the configuration payload, 3.15. */
#include <errno.h>

#include "ctrlplane/ike/wire/payload.h"

#define TS_HEADER_LEN 8

static int broken(struct gh_error *err, const char *payload, const char *what)
{
	return gh_error_set(err, -EBADMSG, "", "malformed %s payload: %s", payload, what);
}

static uint8_t family_of(uint8_t ts_type)
{
	switch (ts_type) {
	case IKE_TS_IPV4_ADDR_RANGE:
		return AF_INET;
	case IKE_TS_IPV6_ADDR_RANGE:
		return AF_INET6;
	default:
		return AF_UNSPEC;
	}
}

static void take_addr(struct gh_reader *r, uint8_t family, struct gh_addr *out)
{
	size_t len;
	const uint8_t *p;

	*out = (struct gh_addr){.family = family};
	len = gh_addr_len(out);
	p = gh_take(r, len);
	if (p != NULL)
		memcpy(out->bytes, p, len);
}

/* 1: taken into *ts; 0: of a type that we do not know; -EBADMSG. */
static int take_ts(struct gh_reader *r, struct ike_ts *ts, struct gh_error *err)
{
	uint8_t type = gh_take_u8(r), family = family_of(type);
	struct gh_reader body;
	uint16_t len;

	*ts = (struct ike_ts){.proto = gh_take_u8(r)};
	len = gh_take_u16(r);
	if (!r->ok || len < TS_HEADER_LEN)
		return broken(err, "TS", "a selector is too short");
	body = gh_take_sub(r, len - 4);
	ts->port_first = gh_take_u16(&body);
	ts->port_last = gh_take_u16(&body);
	if (!body.ok)
		return broken(err, "TS", "a selector runs past the payload");
	if (family == AF_UNSPEC)
		return 0;
	take_addr(&body, family, &ts->first);
	take_addr(&body, family, &ts->last);
	if (!body.ok || gh_left(&body) > 0)
		return broken(err, "TS", "a selector's length does not fit its type");
	if (gh_addr_cmp(&ts->first, &ts->last) > 0)
		return broken(err, "TS", "a range of addresses ends before it begins");
	/* OPAQUE is 65535..0, RFC 7296 3.13.1 */
	if (ts->port_first > ts->port_last && !(ts->port_first == 65535 && ts->port_last == 0))
		return broken(err, "TS", "a range of ports ends before it begins");
	return 1;
}

int ike_parse_ts(struct ike_bytes body, struct ike_ts_list *out, struct gh_error *err)
{
	struct gh_reader r = gh_reader(body.data, body.len);
	uint8_t n = gh_take_u8(&r);
	struct ike_ts ts;

	out->count = 0;
	gh_take(&r, 3);
	if (!r.ok || n == 0)
		return broken(err, "TS", "no selectors");
	for (unsigned i = 0; i < n; i++) {
		int rc = take_ts(&r, &ts, err);
		if (rc < 0)
			return rc;
		if (rc == 1 && out->count < IKE_TS_MAX)
			out->ts[out->count++] = ts;
	}
	return gh_left(&r) > 0 ? broken(err, "TS", "bytes after the last selector") : 0;
}

static void put_ts(struct gh_writer *w, const struct ike_ts *ts)
{
	size_t len = gh_addr_len(&ts->first);

	gh_put_u8(w, len == 4 ? IKE_TS_IPV4_ADDR_RANGE : IKE_TS_IPV6_ADDR_RANGE);
	gh_put_u8(w, ts->proto);
	gh_put_u16(w, (uint16_t)(TS_HEADER_LEN + 2 * len));
	gh_put_u16(w, ts->port_first);
	gh_put_u16(w, ts->port_last);
	gh_put(w, ts->first.bytes, len);
	gh_put(w, ts->last.bytes, len);
}

void ike_put_ts(struct ike_builder *b, uint8_t payload_type, const struct ike_ts_list *list)
{
	ike_begin_payload(b, payload_type);
	gh_put_u8(&b->w, (uint8_t)list->count);
	gh_put_be(&b->w, 0, 3);
	for (unsigned i = 0; i < list->count; i++)
		put_ts(&b->w, &list->ts[i]);
	ike_end_payload(b);
}

int ike_parse_cp(struct ike_bytes body, struct ike_cp *out, struct gh_error *err)
{
	struct gh_reader r = gh_reader(body.data, body.len);

	out->count = 0;
	out->type = gh_take_u8(&r);
	gh_take(&r, 3);
	while (r.ok && gh_left(&r) > 0) {
		struct ike_cp_attr a = {.type = gh_take_u16(&r) & 0x7fff};

		a.value.len = gh_take_u16(&r);
		a.value.data = gh_take(&r, a.value.len);
		if (r.ok && out->count < IKE_CP_ATTRS_MAX)
			out->attrs[out->count++] = a;
	}
	return r.ok ? 0 : broken(err, "CP", "an attribute runs past the payload");
}

void ike_put_cp(struct ike_builder *b, const struct ike_cp *cp)
{
	ike_begin_payload(b, IKE_PAYLOAD_CP);
	gh_put_u8(&b->w, cp->type);
	gh_put_be(&b->w, 0, 3);
	for (unsigned i = 0; i < cp->count; i++) {
		gh_put_u16(&b->w, cp->attrs[i].type);
		gh_put_u16(&b->w, (uint16_t)cp->attrs[i].value.len);
		gh_put(&b->w, cp->attrs[i].value.data, cp->attrs[i].value.len);
	}
	ike_end_payload(b);
}
