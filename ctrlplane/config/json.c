/* SPDX-License-Identifier: BSD-3-Clause */
#include "ctrlplane/config/json.h"

#include <stdarg.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

struct cursor {
	const char *at, *end;
};

static void skip_space(struct cursor *c)
{
	while (c->at < c->end && strchr(" \t\r\n", *c->at) != NULL)
		c->at++;
}

static bool take(struct cursor *c, char ch)
{
	skip_space(c);
	if (c->at == c->end || *c->at != ch)
		return false;
	c->at++;
	return true;
}

static char unescaped(struct cursor *c)
{
	char ch = c->at < c->end ? *c->at++ : '\0';

	switch (ch) {
	case 'n':
		return '\n';
	case 't':
		return '\t';
	case 'b':
	case 'f':
	case 'r':
		return ' ';
	case 'u':
		c->at = c->end - c->at < 4 ? c->end : c->at + 4;
		return '?';
	default:
		return ch;
	}
}

/* A string literal into buf, cut off to fit. */
static bool take_string(struct cursor *c, char *buf, size_t size)
{
	size_t n = 0;

	if (!take(c, '"'))
		return false;
	while (c->at < c->end && *c->at != '"') {
		char ch = *c->at++;

		if (ch == '\\')
			ch = unescaped(c);
		if (n + 1 < size)
			buf[n++] = ch;
	}
	buf[n] = '\0';
	return take(c, '"');
}

/* Any other value: a number or a word; nested ones end the search. */
static bool skip_word(struct cursor *c)
{
	skip_space(c);
	while (c->at < c->end && strchr(",}{[ \t\r\n", *c->at) == NULL)
		c->at++;
	return c->at < c->end && *c->at != '{' && *c->at != '[';
}

char *gh_json_string(const char *json, size_t len, const char *name, char *buf, size_t size)
{
	struct cursor c = {.at = json, .end = json + len};
	char key[64], value[512];
	bool more = take(&c, '{');

	buf[0] = '\0';
	while (more && take_string(&c, key, sizeof(key)) && take(&c, ':')) {
		skip_space(&c);
		if (c.at < c.end && *c.at == '"') {
			if (!take_string(&c, value, sizeof(value)))
				break;
			if (strcmp(key, name) == 0)
				snprintf(buf, size, "%s", value);
		} else if (!skip_word(&c)) {
			break;
		}
		more = take(&c, ',');
	}
	return buf;
}

char *gh_json_first_name(const char *json, size_t len, char *buf, size_t size)
{
	struct cursor c = {.at = json, .end = json + len};

	if (!take(&c, '{') || !take_string(&c, buf, size))
		buf[0] = '\0';
	return buf;
}

static bool reserve(struct gh_text *t, size_t len)
{
	size_t size = t->size > 0 ? t->size : 256;
	char *text;

	while (size - t->len <= len)
		size *= 2;
	text = size == t->size ? t->text : realloc(t->text, size);
	if (text == NULL) {
		t->failed = 1;
		return false;
	}
	t->text = text;
	t->size = size;
	return true;
}

void gh_text_add(struct gh_text *t, const char *fmt, ...)
{
	va_list ap, again;
	int n;

	va_start(ap, fmt);
	va_copy(again, ap);
	n = vsnprintf(NULL, 0, fmt, ap);
	va_end(ap);
	if (n >= 0 && reserve(t, (size_t)n + 1)) {
		vsnprintf(t->text + t->len, t->size - t->len, fmt, again);
		t->len += (size_t)n;
	}
	va_end(again);
}

static void add_escaped(struct gh_text *t, const char *value)
{
	for (const unsigned char *p = (const unsigned char *)value; *p != '\0'; p++) {
		if (*p == '"' || *p == '\\')
			gh_text_add(t, "\\%c", *p);
		else if (*p == '\n')
			gh_text_add(t, "\\n");
		else if (*p < 0x20)
			gh_text_add(t, "\\u%04x", *p);
		else
			gh_text_add(t, "%c", *p);
	}
}

void gh_text_add_member(struct gh_text *t, const char *name, const char *value)
{
	gh_text_add(t, "%s\"%s\":\"", t->len > 1 ? "," : "", name);
	add_escaped(t, value);
	gh_text_add(t, "\"");
}

bool gh_json_is_single(const char *json, size_t len)
{
	bool quoted = false;
	unsigned depth = 0;

	for (size_t i = 0; i < len; i++) {
		if (quoted && json[i] == '\\')
			i++;
		else if (json[i] == '"')
			quoted = !quoted;
		else if (!quoted && (json[i] == '{' || json[i] == '['))
			depth++;
		else if (!quoted && (json[i] == '}' || json[i] == ']'))
			depth--;
		else if (!quoted && json[i] == ',' && depth <= 1)
			return false;
	}
	return true;
}
