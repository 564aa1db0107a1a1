/* SPDX-License-Identifier: BSD-3-Clause */
/* One line about a message, for the log: payload names, never contents. */
#include <stdarg.h>
#include <stdio.h>

#include "ctrlplane/ike/wire/payload.h"

struct line {
	char *buf;
	size_t size, used;
};

static void add(struct line *l, const char *fmt, ...) __attribute__((format(printf, 2, 3)));
static void add(struct line *l, const char *fmt, ...)
{
	va_list ap;
	int n;

	if (l->used + 1 >= l->size)
		return;
	va_start(ap, fmt);
	n = vsnprintf(l->buf + l->used, l->size - l->used, fmt, ap);
	va_end(ap);
	if (n > 0)
		l->used += (size_t)n;
	if (l->used >= l->size) {
		l->used = l->size - 1;
		for (size_t i = 1; i <= 3 && i < l->size; i++)
			l->buf[l->size - 1 - i] = '.';
	}
}

static void add_notify(struct line *l, struct ike_bytes body)
{
	struct ike_notify n;

	if (ike_parse_notify(body, &n, NULL) < 0)
		add(l, "N(malformed) ");
	else if (ike_notify_name(n.type)[0] == '?')
		add(l, "N(%u) ", n.type);
	else
		add(l, "N(%s) ", ike_notify_name(n.type));
}

static void add_delete(struct line *l, struct ike_bytes body)
{
	struct ike_delete d;

	if (ike_parse_delete(body, &d, NULL) < 0)
		add(l, "D(malformed) ");
	else if (d.protocol == IKE_PROTO_IKE)
		add(l, "D(IKE) ");
	else
		add(l, "D(%s x%u) ", ike_protocol_name(d.protocol), d.count);
}

static void add_payload(struct line *l, const struct ike_payload *p)
{
	struct ike_skf skf;

	if (p->type == IKE_PAYLOAD_NOTIFY)
		add_notify(l, p->body);
	else if (p->type == IKE_PAYLOAD_DELETE)
		add_delete(l, p->body);
	else if (p->type == IKE_PAYLOAD_SKF && ike_parse_skf(p->body, &skf, NULL) == 0)
		add(l, "SKF(%u/%u) ", skf.number, skf.total);
	else
		add(l, "%s ", ike_payload_name(p->type));
}

static struct line begin(const struct ike_header *hdr, char *buf, size_t size)
{
	struct line l = {.buf = buf, .size = size};
	const char *name = ike_exchange_name(hdr->exchange);

	if (size > 0)
		buf[0] = '\0';
	if (name[0] == '?')
		add(&l, "exchange %u", hdr->exchange);
	else
		add(&l, "%s", name);
	add(&l, " %s %u [ ", ike_is_response(hdr) ? "response" : "request", hdr->id);
	return l;
}

const char *ike_message_str(const struct ike_message *msg, char *buf, size_t size)
{
	struct line l = begin(&msg->hdr, buf, size);

	if (msg->opened)
		add(&l, "SK { ");
	for (unsigned i = 0; i < msg->count; i++)
		add_payload(&l, &msg->payloads[i]);
	add(&l, msg->opened ? "} ]" : "]");
	return buf;
}

const char *ike_chain_str(
    const struct ike_header *hdr, uint8_t first, struct ike_bytes chain, char *buf, size_t size)
{
	struct ike_message msg = {.hdr = *hdr};

	if (ike_chain_parse(first, chain, &msg, NULL) < 0)
		msg.count = 0;
	return ike_message_str(&msg, buf, size);
}
