/* SPDX-License-Identifier: BSD-3-Clause */
#include <errno.h>

#include "ctrlplane/ike/wire/message.h"

#define NONE SIZE_MAX
#define HEADER_NEXT_AT 16
#define HEADER_LENGTH_AT 24

void ike_header_put(struct gh_writer *w, const struct ike_header *h)
{
	gh_put_u64(w, h->spi_i);
	gh_put_u64(w, h->spi_r);
	gh_put_u8(w, h->next);
	gh_put_u8(w, IKE_VERSION);
	gh_put_u8(w, h->exchange);
	gh_put_u8(w, h->flags);
	gh_put_u32(w, h->id);
	gh_put_u32(w, h->length);
}

void ike_begin_chain(struct ike_builder *b, void *buf, size_t size)
{
	*b = (struct ike_builder){.w = gh_writer(buf, size), .next_at = NONE, .open = NONE};
}

void ike_begin_message(struct ike_builder *b, void *buf, size_t size, const struct ike_header *hdr)
{
	struct ike_header h = *hdr;

	ike_begin_chain(b, buf, size);
	h.next = IKE_PAYLOAD_NONE;
	h.length = 0;
	ike_header_put(&b->w, &h);
	b->message = true;
	b->next_at = HEADER_NEXT_AT;
}

void ike_begin_payload(struct ike_builder *b, uint8_t type)
{
	if (b->first == IKE_PAYLOAD_NONE)
		b->first = type;
	if (b->next_at != NONE)
		gh_patch_be(&b->w, b->next_at, type, 1);
	b->open = gh_written(&b->w);
	b->next_at = b->open;
	gh_put_u32(&b->w, 0);
}

void ike_end_payload(struct ike_builder *b)
{
	size_t len = gh_written(&b->w) - b->open;

	if (b->open == NONE || len > UINT16_MAX)
		b->w.ok = false;
	gh_patch_be(&b->w, b->open + 2, len, 2);
	b->open = NONE;
}

ssize_t ike_finish(struct ike_builder *b)
{
	size_t len = gh_written(&b->w);

	if (!b->w.ok || b->open != NONE)
		return -EMSGSIZE;
	if (b->message)
		gh_patch_be(&b->w, HEADER_LENGTH_AT, len, 4);
	return (ssize_t)len;
}
