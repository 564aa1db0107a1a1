/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * Bounded big-endian reader and writer for protocol messages.
 *
 * Both stick: after the first overrun `ok` is false, reads give zero and writes do nothing, so a
 * parser may read a whole structure and check once, before it uses anything.
 */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

struct gh_reader {
	const uint8_t *at;
	const uint8_t *end;
	bool ok;
};

static inline struct gh_reader gh_reader(const void *data, size_t len)
{
	const uint8_t *at = data;

	/* NULL + 0 is undefined in C. */
	return (struct gh_reader){.at = at, .end = len > 0 ? at + len : at, .ok = true};
}

static inline size_t gh_left(const struct gh_reader *r)
{
	return (size_t)(r->end - r->at);
}

/* The next len bytes in place, or NULL (and !ok) when there are fewer. */
static inline const uint8_t *gh_take(struct gh_reader *r, size_t len)
{
	const uint8_t *p = r->at;

	if (!r->ok || gh_left(r) < len) {
		r->ok = false;
		return NULL;
	}
	r->at += len;
	return p;
}

static inline uint64_t gh_take_be(struct gh_reader *r, size_t len)
{
	const uint8_t *p = gh_take(r, len);
	uint64_t v = 0;

	for (size_t i = 0; p != NULL && i < len; i++)
		v = v << 8 | p[i];
	return v;
}

static inline uint8_t gh_take_u8(struct gh_reader *r)
{
	return (uint8_t)gh_take_be(r, 1);
}

static inline uint16_t gh_take_u16(struct gh_reader *r)
{
	return (uint16_t)gh_take_be(r, 2);
}

static inline uint32_t gh_take_u32(struct gh_reader *r)
{
	return (uint32_t)gh_take_be(r, 4);
}

static inline uint64_t gh_take_u64(struct gh_reader *r)
{
	return gh_take_be(r, 8);
}

/* A sub-reader over the next len bytes; overrun makes both fail. */
static inline struct gh_reader gh_take_sub(struct gh_reader *r, size_t len)
{
	const uint8_t *p = gh_take(r, len);
	struct gh_reader sub = gh_reader(p, p != NULL ? len : 0);

	sub.ok = p != NULL;
	return sub;
}

struct gh_writer {
	uint8_t *start;
	uint8_t *at;
	uint8_t *end;
	bool ok;
};

static inline struct gh_writer gh_writer(void *buf, size_t size)
{
	return (struct gh_writer){
	    .start = buf, .at = buf, .end = (uint8_t *)buf + size, .ok = true};
}

static inline size_t gh_written(const struct gh_writer *w)
{
	return (size_t)(w->at - w->start);
}

/* Room for len bytes, to be filled by the caller; NULL (and !ok) when it does not fit. */
static inline uint8_t *gh_put_room(struct gh_writer *w, size_t len)
{
	uint8_t *p = w->at;

	if (!w->ok || (size_t)(w->end - w->at) < len) {
		w->ok = false;
		return NULL;
	}
	w->at += len;
	return p;
}

static inline void gh_put(struct gh_writer *w, const void *data, size_t len)
{
	uint8_t *p = gh_put_room(w, len);

	if (p != NULL && len > 0)
		memcpy(p, data, len);
}

static inline void gh_put_be(struct gh_writer *w, uint64_t v, size_t len)
{
	uint8_t *p = gh_put_room(w, len);

	for (size_t i = len; p != NULL && i > 0; i--, v >>= 8)
		p[i - 1] = (uint8_t)v;
}

static inline void gh_put_u8(struct gh_writer *w, uint8_t v)
{
	gh_put_be(w, v, 1);
}

static inline void gh_put_u16(struct gh_writer *w, uint16_t v)
{
	gh_put_be(w, v, 2);
}

static inline void gh_put_u32(struct gh_writer *w, uint32_t v)
{
	gh_put_be(w, v, 4);
}

static inline void gh_put_u64(struct gh_writer *w, uint64_t v)
{
	gh_put_be(w, v, 8);
}

/* Overwrites bytes written earlier, e.g. a length known only at the end. */
static inline void gh_patch_be(struct gh_writer *w, size_t offset, uint64_t v, size_t len)
{
	if (!w->ok || offset + len > gh_written(w))
		return;
	for (size_t i = len; i > 0; i--, v >>= 8)
		w->start[offset + i - 1] = (uint8_t)v;
}
