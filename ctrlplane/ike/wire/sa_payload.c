/* SPDX-License-Identifier: BSD-3-Clause */
/* The SA payload, RFC 7296 3.3. */
#include <errno.h>

#include "ctrlplane/ike/wire/payload.h"

#define MORE_PROPOSALS 2
#define MORE_TRANSFORMS 3
#define ATTR_FORMAT_TV 0x8000

static int broken(struct gh_error *err, const char *what)
{
	return gh_error_set(err, -EBADMSG, "", "malformed SA payload: %s", what);
}

/* RFC 7296 3.3.5. An attribute that we cannot interpret makes the transform unusable, not the
 * message: 3.3.6. */
static bool take_attributes(struct gh_reader *r, struct ike_transform *t)
{
	while (r->ok && gh_left(r) > 0) {
		uint16_t type = gh_take_u16(r);
		uint16_t value = gh_take_u16(r);

		if (type == (ATTR_FORMAT_TV | IKE_ATTR_KEY_LENGTH)) {
			t->key_bits = value;
			continue;
		}
		t->unusable = 1;
		if (!(type & ATTR_FORMAT_TV))
			gh_take(r, value);
	}
	return r->ok;
}

static int take_transform(
    struct gh_reader *r, bool last, struct ike_transform *t, struct gh_error *err)
{
	uint8_t more = gh_take_u8(r);
	struct gh_reader body;
	uint16_t len;

	gh_take_u8(r);
	len = gh_take_u16(r);
	if (!r->ok || len < 8)
		return broken(err, "a transform is too short");
	body = gh_take_sub(r, len - 4);
	*t = (struct ike_transform){.type = gh_take_u8(&body)};
	gh_take_u8(&body);
	t->id = gh_take_u16(&body);
	if (!body.ok || !take_attributes(&body, t))
		return broken(err, "a transform runs past its proposal");
	if (more != (last ? 0 : MORE_TRANSFORMS))
		return broken(err, "the number of transforms disagrees with the chain of them");
	return 0;
}

static int take_transforms(
    struct gh_reader *r, unsigned n, struct ike_proposal *p, struct gh_error *err)
{
	struct ike_transform t;

	for (unsigned i = 0; i < n; i++) {
		int rc = take_transform(r, i + 1 == n, &t, err);
		if (rc < 0)
			return rc;
		if (p->count == IKE_TRANSFORMS_MAX)
			p->unusable = 1;
		else
			p->transforms[p->count++] = t;
	}
	return gh_left(r) > 0 ? broken(err, "bytes after the last transform") : 0;
}

static int take_proposal(struct gh_reader *r, struct ike_proposal *p, struct gh_error *err)
{
	const uint8_t *spi;
	uint8_t n;

	p->count = 0;
	p->unusable = 0;
	memset(p->spi, 0, sizeof(p->spi));
	p->number = gh_take_u8(r);
	p->protocol = gh_take_u8(r);
	p->spi_len = gh_take_u8(r);
	n = gh_take_u8(r);
	spi = gh_take(r, p->spi_len);
	if (!r->ok)
		return broken(err, "a proposal is too short");
	if (p->spi_len <= sizeof(p->spi))
		memcpy(p->spi, spi, p->spi_len);
	else
		p->unusable = 1;
	return take_transforms(r, n, p, err);
}

int ike_parse_sa(struct ike_bytes body, struct ike_sa_payload *out, struct gh_error *err)
{
	struct gh_reader r = gh_reader(body.data, body.len);
	struct ike_proposal spare;
	uint8_t more = MORE_PROPOSALS;

	out->count = 0;
	while (more == MORE_PROPOSALS) {
		bool keep = out->count < IKE_PROPOSALS_MAX;
		struct ike_proposal *p = keep ? &out->proposals[out->count] : &spare;
		struct gh_reader sub;
		uint16_t len;
		int rc;

		more = gh_take_u8(&r);
		gh_take_u8(&r);
		len = gh_take_u16(&r);
		if (!r.ok || len < 8 || (more != 0 && more != MORE_PROPOSALS))
			return broken(err, "a proposal is missing or its header is wrong");
		sub = gh_take_sub(&r, len - 4);
		rc = take_proposal(&sub, p, err);
		if (rc < 0)
			return rc;
		out->count += keep;
	}
	return gh_left(&r) > 0 ? broken(err, "bytes after the last proposal") : 0;
}

static void put_transform(struct gh_writer *w, const struct ike_transform *t, bool last)
{
	gh_put_u8(w, last ? 0 : MORE_TRANSFORMS);
	gh_put_u8(w, 0);
	gh_put_u16(w, t->key_bits ? 12 : 8);
	gh_put_u8(w, t->type);
	gh_put_u8(w, 0);
	gh_put_u16(w, t->id);
	if (t->key_bits) {
		gh_put_u16(w, ATTR_FORMAT_TV | IKE_ATTR_KEY_LENGTH);
		gh_put_u16(w, t->key_bits);
	}
}

static void put_proposal(struct gh_writer *w, const struct ike_proposal *p, bool last)
{
	size_t start = gh_written(w);

	gh_put_u8(w, last ? 0 : MORE_PROPOSALS);
	gh_put_u8(w, 0);
	gh_put_u16(w, 0);
	gh_put_u8(w, p->number);
	gh_put_u8(w, p->protocol);
	gh_put_u8(w, p->spi_len);
	gh_put_u8(w, (uint8_t)p->count);
	gh_put(w, p->spi, p->spi_len);
	for (unsigned i = 0; i < p->count; i++)
		put_transform(w, &p->transforms[i], i + 1 == p->count);
	gh_patch_be(w, start + 2, gh_written(w) - start, 2);
}

void ike_put_sa(struct ike_builder *b, const struct ike_proposal *proposals, unsigned count)
{
	ike_begin_payload(b, IKE_PAYLOAD_SA);
	for (unsigned i = 0; i < count; i++)
		put_proposal(&b->w, &proposals[i], i + 1 == count);
	ike_end_payload(b);
}

static uint64_t spi_value(const struct ike_proposal *p, uint8_t len)
{
	struct gh_reader r = gh_reader(p->spi, sizeof(p->spi));

	return p->spi_len == len ? gh_take_be(&r, len) : 0;
}

static void set_spi(struct ike_proposal *p, uint64_t spi, uint8_t len)
{
	struct gh_writer w = gh_writer(p->spi, sizeof(p->spi));

	gh_put_be(&w, spi, len);
	p->spi_len = len;
}

uint32_t ike_proposal_spi32(const struct ike_proposal *p)
{
	return (uint32_t)spi_value(p, 4);
}

uint64_t ike_proposal_spi64(const struct ike_proposal *p)
{
	return spi_value(p, 8);
}

void ike_proposal_set_spi32(struct ike_proposal *p, uint32_t spi)
{
	set_spi(p, spi, 4);
}

void ike_proposal_set_spi64(struct ike_proposal *p, uint64_t spi)
{
	set_spi(p, spi, 8);
}
