/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * The little JSON that the shell makes (rpc inputs) and reads outside the model (HELLO and ERROR
 * bodies, which are flat objects). Everything else is read by libyang.
 */
#pragma once

#include <stdbool.h>
#include <stddef.h>

/* A growing text. Zero-initialise; free with text_free, which wipes (inputs may hold secrets). */
struct text {
	char *data; /* NUL-terminated once anything was added */
	size_t len, size;
};

void text_add(struct text *t, const char *bytes, size_t len);
void text_addf(struct text *t, const char *fmt, ...) __attribute__((format(printf, 2, 3)));
void text_add_json_string(struct text *t, const char *value); /* quoted and escaped */
void text_free(struct text *t);

/* The member of a flat object as text, malloc'ed: a string unescaped, a number or word as it
 * stands. NULL when it is not there or the text is no JSON object. */
char *json_member(const char *json, size_t len, const char *name);
