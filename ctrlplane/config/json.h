/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * The little JSON of the session protocol that is no rpc: HELLO and ERROR bodies. Everything else
 * is read and written by libyang.
 */
#pragma once

#include <stdbool.h>
#include <stddef.h>

#include "common/error.h"

/* The string member `name` of a flat JSON object, unescaped (\u escapes become '?'), cut off to
 * fit. Returns buf; empty if there is no such member or the text is no object. */
char *gh_json_string(const char *json, size_t len, const char *name, char *buf, size_t size);

/* The name of the object's first member, cut off to fit. Returns buf; empty if there is none. */
char *gh_json_first_name(const char *json, size_t len, char *buf, size_t size);

/* A growing text; ok is 0 after memory ran out. Free text when done. */
struct gh_text {
	char *text;
	size_t len, size;
	int failed;
};

void gh_text_add(struct gh_text *t, const char *fmt, ...) __attribute__((format(printf, 2, 3)));
/* ,"name":"value" escaped, the comma only behind another member. */
void gh_text_add_member(struct gh_text *t, const char *name, const char *value);

/* Whether the outermost object has no second member; broken JSON may pass. */
bool gh_json_is_single(const char *json, size_t len);
