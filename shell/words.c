/* SPDX-License-Identifier: BSD-3-Clause */
#include "shell/words.h"

#include <errno.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "common/secret.h"

static bool is_blank(char c)
{
	return c == ' ' || c == '\t' || c == '\r' || c == '\n';
}

static char unescape(char c)
{
	switch (c) {
	case 'n':
		return '\n';
	case 't':
		return '\t';
	default:
		return c;
	}
}

/* Copies the quoted word at *at into text; false when its closing quote is missing. */
static bool take_quoted(const char *line, unsigned *at, char *text)
{
	char quote = line[(*at)++];

	for (; line[*at] != '\0'; (*at)++) {
		if (line[*at] == quote) {
			(*at)++;
			*text = '\0';
			return true;
		}
		if (quote == '"' && line[*at] == '\\' && line[*at + 1] != '\0')
			*text++ = unescape(line[++(*at)]);
		else
			*text++ = line[*at];
	}
	*text = '\0';
	return false;
}

static void take_plain(const char *line, unsigned *at, char *text)
{
	while (line[*at] != '\0' && !is_blank(line[*at]))
		*text++ = line[(*at)++];
	*text = '\0';
}

static struct word *add_word(struct words *out, unsigned column, size_t room)
{
	struct word *grown = reallocarray(out->list, out->count + 1, sizeof(*out->list));
	char *text = malloc(room);

	if (grown == NULL || text == NULL)
		abort();
	out->list = grown;
	grown[out->count] = (struct word){.text = text, .column = column};
	return &grown[out->count++];
}

static bool is_comment(const char *line)
{
	while (is_blank(*line))
		line++;
	return *line == '#' || *line == '!';
}

int words_split(const char *line, struct words *out, struct line_error *err)
{
	size_t len = strlen(line);
	unsigned at = 0;

	*out = (struct words){0};
	while (len > 0 && is_blank(line[len - 1]))
		len--;
	out->line_len = (unsigned)len;
	if (is_comment(line))
		return 0;
	for (;;) {
		struct word *w;

		while (is_blank(line[at]))
			at++;
		if (line[at] == '\0')
			return 0;
		w = add_word(out, at, strlen(line + at) + 1);
		w->quoted = line[at] == '"' || line[at] == '\'';
		if (!w->quoted)
			take_plain(line, &at, w->text);
		else if (!take_quoted(line, &at, w->text))
			out->open_quote = true;
		w->end = at;
		if (out->open_quote)
			return words_error(
			    out, out->count - 1, err, "the closing quote is missing");
		if (w->quoted && line[at] != '\0' && !is_blank(line[at]))
			return words_error(
			    out, out->count - 1, err, "a blank is missing after the closing quote");
	}
}

void words_free(struct words *words)
{
	for (unsigned i = 0; i < words->count; i++)
		gh_wipe_free(words->list[i].text, strlen(words->list[i].text));
	free(words->list);
	*words = (struct words){0};
}

int words_error(
    const struct words *words, unsigned index, struct line_error *err, const char *fmt, ...)
{
	va_list ap;

	if (err == NULL)
		return -EINVAL;
	err->word = index + 1;
	if (index < words->count)
		err->column = words->list[index].column;
	else
		err->column = words->line_len + (words->line_len > 0);
	va_start(ap, fmt);
	vsnprintf(err->message, sizeof(err->message), fmt, ap);
	va_end(ap);
	return -EINVAL;
}

static bool needs_quotes(const char *text)
{
	return *text == '\0' || strpbrk(text, " \t\r\n|") != NULL || strchr("\"'#!/", *text) ||
	       strncmp(text, "..", 2) == 0;
}

static void put(char c, char *buf, size_t size, size_t *len)
{
	if (*len + 1 < size)
		buf[*len] = c;
	(*len)++;
}

static void put_escaped(const char *text, char *buf, size_t size, size_t *len)
{
	for (; *text != '\0'; text++) {
		if (strchr("\"\\\n\t", *text) != NULL)
			put('\\', buf, size, len);
		put(*text == '\n' ? 'n' : *text == '\t' ? 't' : *text, buf, size, len);
	}
}

size_t word_quote(const char *text, char *buf, size_t size)
{
	bool quote = needs_quotes(text);
	size_t len = 0;

	if (quote) {
		put('"', buf, size, &len);
		put_escaped(text, buf, size, &len);
		put('"', buf, size, &len);
	} else {
		for (; *text != '\0'; text++)
			put(*text, buf, size, &len);
	}
	if (size > 0)
		buf[len < size ? len : size - 1] = '\0';
	return len;
}
