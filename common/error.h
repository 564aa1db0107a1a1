/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * An error as an operator reads it: where it is, what is wrong, what to do.
 * Functions that can fail for a reason worth telling take a `struct gh_error *` (may be NULL)
 * and return 0 or a negative errno. Owned by the caller, no allocation, no thread affinity.
 */
#pragma once

struct gh_error {
	int code;	     /* negative errno, 0 when unset */
	const char *app_tag; /* error-app-tag of RFC 7950 section 15, or NULL; a literal */
	char path[256];	     /* the place: a data path, a file:line, or empty */
	char message[512];   /* one sentence in plain words, with the remedy */
};

/* Fills *err and returns code, so that callers can `return gh_error_set(err, -EINVAL, ...)`. */
int gh_error_set(struct gh_error *err, int code, const char *path, const char *fmt, ...)
    __attribute__((format(printf, 4, 5)));
