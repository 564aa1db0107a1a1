/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * A typed line as words. Words are separated by blanks and taken literally; a word that starts
 * with a quote runs to the closing one. In "double quotes" \" \\ \n and \t are escapes, in
 * 'single quotes' nothing is. A line whose first word starts with # or ! is a comment.
 */
#pragma once

#include <stdbool.h>
#include <stddef.h>

/* What is wrong with a line, and where. */
struct line_error {
	unsigned column; /* byte offset in the line, 0-based */
	unsigned word;	 /* 1-based; one past the last word when something is missing */
	char message[1024];
};

struct word {
	char *text;
	unsigned column; /* of the first byte, the quote included */
	unsigned end;	 /* one past the last byte */
	bool quoted;
};

struct words {
	struct word *list;
	unsigned count;
	unsigned line_len; /* bytes of the line without trailing blanks */
	bool open_quote;   /* the last word's closing quote is missing */
};

/* Splits a line. 0, or -EINVAL with *err set (closing quote missing, or text right after one);
 * out is valid in both cases, so that an unfinished line can be completed. Free with words_free. */
int words_split(const char *line, struct words *out, struct line_error *err);
void words_free(struct words *words); /* wipes: a word may be a secret */

/* Fills *err for word number index (0-based; count means "after the last"). Returns -EINVAL. */
int words_error(const struct words *words, unsigned index, struct line_error *err, const char *fmt,
    ...) __attribute__((format(printf, 4, 5)));

/* Writes text as one word that words_split reads back, quoted when it must be. Returns the length
 * that was needed, as snprintf does. */
size_t word_quote(const char *text, char *buf, size_t size);
