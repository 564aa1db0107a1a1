/* SPDX-License-Identifier: BSD-3-Clause */
#include "shell/json.h"

#include <stdarg.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "common/secret.h"

static void reserve(struct text *t, size_t len)
{
	size_t size = t->size > 0 ? t->size : 256;
	char *data;

	if (t->size - t->len > len)
		return;
	while (size - t->len <= len)
		size *= 2;
	data = malloc(size);
	if (data == NULL)
		abort();
	if (t->len > 0)
		memcpy(data, t->data, t->len);
	gh_wipe_free(t->data, t->size);
	t->data = data;
	t->size = size;
}

void text_add(struct text *t, const char *bytes, size_t len)
{
	reserve(t, len);
	memcpy(t->data + t->len, bytes, len);
	t->len += len;
	t->data[t->len] = '\0';
}

void text_addf(struct text *t, const char *fmt, ...)
{
	va_list ap, again;
	int n;

	va_start(ap, fmt);
	va_copy(again, ap);
	n = vsnprintf(NULL, 0, fmt, ap);
	va_end(ap);
	if (n > 0) {
		reserve(t, (size_t)n);
		vsnprintf(t->data + t->len, t->size - t->len, fmt, again);
		t->len += (size_t)n;
	}
	va_end(again);
}

void text_add_json_string(struct text *t, const char *value)
{
	text_add(t, "\"", 1);
	for (const char *p = value; *p != '\0'; p++) {
		if (*p == '"' || *p == '\\')
			text_addf(t, "\\%c", *p);
		else if ((unsigned char)*p < 0x20)
			text_addf(t, "\\u%04x", *p);
		else
			text_add(t, p, 1);
	}
	text_add(t, "\"", 1);
}

void text_free(struct text *t)
{
	gh_wipe_free(t->data, t->size);
	*t = (struct text){0};
}

struct cursor {
	const char *at, *end;
};

static void skip_blanks(struct cursor *c)
{
	while (c->at < c->end && strchr(" \t\r\n", *c->at) != NULL && *c->at != '\0')
		c->at++;
}

static bool take(struct cursor *c, char expected)
{
	skip_blanks(c);
	if (c->at >= c->end || *c->at != expected)
		return false;
	c->at++;
	return true;
}

/* One UTF-16 escape as UTF-8; lone surrogates become '?'. */
static void add_code_point(struct text *out, unsigned code)
{
	if (code < 0x80)
		text_addf(out, "%c", (int)code);
	else if (code < 0x800)
		text_addf(out, "%c%c", (int)(0xc0 | code >> 6), (int)(0x80 | (code & 0x3f)));
	else if (code >= 0xd800 && code < 0xe000)
		text_add(out, "?", 1);
	else
		text_addf(out, "%c%c%c", (int)(0xe0 | code >> 12), (int)(0x80 | (code >> 6 & 0x3f)),
		    (int)(0x80 | (code & 0x3f)));
}

static bool take_escape(struct cursor *c, struct text *out)
{
	static const char from[] = "\"\\/bfnrt", to[] = "\"\\/\b\f\n\r\t";
	const char *found;
	char hex[5] = "";

	if (c->at >= c->end)
		return false;
	if (*c->at == 'u') {
		if (c->end - c->at < 5)
			return false;
		memcpy(hex, c->at + 1, 4);
		c->at += 5;
		add_code_point(out, (unsigned)strtoul(hex, NULL, 16));
		return true;
	}
	found = *c->at != '\0' ? strchr(from, *c->at) : NULL;
	if (found == NULL)
		return false;
	text_add(out, &to[found - from], 1);
	c->at++;
	return true;
}

static bool take_string(struct cursor *c, struct text *out)
{
	if (!take(c, '"'))
		return false;
	text_add(out, "", 0);
	while (c->at < c->end && *c->at != '"') {
		if (*c->at != '\\') {
			text_add(out, c->at++, 1);
			continue;
		}
		c->at++;
		if (!take_escape(c, out))
			return false;
	}
	return take(c, '"');
}

/* A string, number or word; nested values are not read. */
static bool take_scalar(struct cursor *c, struct text *out)
{
	const char *from;

	skip_blanks(c);
	if (c->at < c->end && *c->at == '"')
		return take_string(c, out);
	for (from = c->at; c->at < c->end && strchr(",}]{[ \t\r\n", *c->at) == NULL; c->at++)
		;
	text_add(out, from, (size_t)(c->at - from));
	return c->at > from;
}

char *json_member(const char *json, size_t len, const char *name)
{
	struct cursor c = {.at = json, .end = json + len};
	bool more = take(&c, '{');

	while (more) {
		struct text key = {0}, value = {0};
		bool ok = take_string(&c, &key) && take(&c, ':') && take_scalar(&c, &value);
		char *found = ok && strcmp(key.data, name) == 0 ? strdup(value.data) : NULL;

		text_free(&key);
		text_free(&value);
		if (found != NULL)
			return found;
		more = ok && take(&c, ',');
	}
	return NULL;
}
