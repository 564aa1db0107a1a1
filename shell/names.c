/* SPDX-License-Identifier: BSD-3-Clause */
#include "shell/names.h"

#include <stdio.h>
#include <string.h>

#define WORD_MAX 63
#define LISTED_MAX 24

static unsigned min3(unsigned a, unsigned b, unsigned c)
{
	a = a < b ? a : b;
	return a < c ? a : c;
}

unsigned names_distance(const char *a, const char *b)
{
	unsigned char d[WORD_MAX + 1][WORD_MAX + 1];
	size_t la = strlen(a), lb = strlen(b);

	if (la > WORD_MAX || lb > WORD_MAX)
		return WORD_MAX;
	for (size_t i = 0; i <= la; i++)
		d[i][0] = (unsigned char)i;
	for (size_t j = 0; j <= lb; j++)
		d[0][j] = (unsigned char)j;
	for (size_t i = 1; i <= la; i++) {
		for (size_t j = 1; j <= lb; j++) {
			unsigned v = min3(d[i - 1][j] + 1u, d[i][j - 1] + 1u,
			    d[i - 1][j - 1] + (a[i - 1] != b[j - 1]));

			if (i > 1 && j > 1 && a[i - 1] == b[j - 2] && a[i - 2] == b[j - 1])
				v = min3(v, d[i - 2][j - 2] + 1u, v);
			d[i][j] = (unsigned char)v;
		}
	}
	return d[la][lb];
}

static void list_names(const struct lysc_node *parent, const char *prefix, char *buf, size_t size)
{
	const struct lysc_node *child = NULL;
	unsigned listed = 0;
	size_t len = 0;

	buf[0] = '\0';
	while ((child = schema_next_child(parent, child)) != NULL) {
		int n;

		if (lysc_is_key(child) || strncmp(child->name, prefix, strlen(prefix)) != 0)
			continue;
		if (listed++ == LISTED_MAX) {
			snprintf(buf + len, size - len, ", …");
			return;
		}
		n = snprintf(buf + len, size - len, "%s%s", len > 0 ? ", " : "", child->name);
		if (n < 0 || len + (size_t)n >= size)
			return;
		len += (size_t)n;
	}
}

/* The one name that is a small slip away, or NULL. */
static const char *closest(const struct lysc_node *parent, const char *word)
{
	const struct lysc_node *child = NULL;
	unsigned best = strlen(word) > 4 ? 3 : 2; /* first distance that is too far */
	const char *name = NULL;

	while ((child = schema_next_child(parent, child)) != NULL) {
		unsigned d = lysc_is_key(child) ? WORD_MAX : names_distance(word, child->name);

		if (d < best) {
			best = d;
			name = child->name;
		}
	}
	return name;
}

static void explain(const struct lysc_node *parent, const char *word, struct names *out)
{
	const char *near = closest(parent, word);
	char all[700];

	if (out->count > 1) {
		list_names(parent, word, out->text, sizeof(out->text));
		return;
	}
	list_names(parent, "", all, sizeof(all));
	if (near != NULL)
		snprintf(out->text, sizeof(out->text), "did you mean \"%s\"?", near);
	else if (all[0] == '\0')
		snprintf(out->text, sizeof(out->text), "nothing may follow here");
	else
		snprintf(out->text, sizeof(out->text), "expected one of %s", all);
}

void names_find(const struct lysc_node *parent, const char *word, struct names *out)
{
	const struct lysc_node *child = NULL;
	size_t len = strlen(word);

	*out = (struct names){0};
	while ((child = schema_next_child(parent, child)) != NULL) {
		if (strncmp(child->name, word, len) != 0)
			continue;
		if (child->name[len] == '\0') {
			out->unique = child;
			out->count = 1;
			return;
		}
		if (lysc_is_key(child))
			continue;
		out->unique = child;
		out->count++;
	}
	if (out->count > 1)
		out->unique = NULL;
	if (out->unique == NULL)
		explain(parent, word, out);
}
