/* SPDX-License-Identifier: BSD-3-Clause */
#include "db/json_check.h"

#include <string.h>

#define DEPTH_MAX 128

struct scan {
	const char *p, *end;
	unsigned depth;
};

static bool value(struct scan *s);

static void blanks(struct scan *s)
{
	while (s->p < s->end && (*s->p == ' ' || *s->p == '\t' || *s->p == '\n' || *s->p == '\r'))
		s->p++;
}

/* The character, with blanks around it. */
static bool take(struct scan *s, char c)
{
	blanks(s);
	if (s->p == s->end || *s->p != c)
		return false;
	s->p++;
	blanks(s);
	return true;
}

static bool word(struct scan *s, const char *text)
{
	size_t len = strlen(text);

	if ((size_t)(s->end - s->p) < len || memcmp(s->p, text, len) != 0)
		return false;
	s->p += len;
	return true;
}

static bool string(struct scan *s)
{
	if (s->p == s->end || *s->p != '"')
		return false;
	for (s->p++; s->p < s->end; s->p++) {
		if (*s->p == '"') {
			s->p++;
			return true;
		}
		if ((unsigned char)*s->p < ' ')
			return false;
		if (*s->p == '\\' && ++s->p == s->end)
			return false;
	}
	return false;
}

/* What a number is made of; libyang looks closer. */
static bool number(struct scan *s)
{
	const char *from = s->p;

	while (s->p < s->end && *s->p != '\0' && strchr("0123456789+-.eE", *s->p) != NULL)
		s->p++;
	return s->p > from;
}

static bool members(struct scan *s, char close, bool named)
{
	s->p++;
	if (take(s, close))
		return true;
	do {
		blanks(s);
		if (named && (!string(s) || !take(s, ':')))
			return false;
		if (!value(s))
			return false;
	} while (take(s, ','));
	return take(s, close);
}

static bool value(struct scan *s)
{
	bool ok;

	blanks(s);
	if (s->p == s->end || s->depth == DEPTH_MAX)
		return false;
	s->depth++;
	if (*s->p == '{')
		ok = members(s, '}', true);
	else if (*s->p == '[')
		ok = members(s, ']', false);
	else if (*s->p == '"')
		ok = string(s);
	else
		ok = word(s, "true") || word(s, "false") || word(s, "null") || number(s);
	s->depth--;
	return ok;
}

bool gh_json_is_well_formed(const char *text, size_t len)
{
	struct scan s = {.p = text, .end = text + len};

	if (!value(&s))
		return false;
	blanks(&s);
	return s.p == s.end;
}
