/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * A file of lines "name:field:…" (passwd, shadow, group, gshadow; and /etc/shells, whose names are
 * whole lines). Lines that are not asked about stay as they are, byte for byte. One thread.
 */
#pragma once

#include <stdbool.h>
#include <stddef.h>

#include "common/error.h"

struct gh_table {
	char path[256];
	char **lines; /* without line ends */
	size_t count;
	bool changed;
	bool absent; /* there is no such file */
};

/* A file that does not exist is an empty table. Returns <0 with err set. */
int gh_table_read(struct gh_table *t, const char *path, struct gh_error *err);
void gh_table_free(struct gh_table *t); /* wiped: it may be shadow */

/* The line of that name, or NULL; valid until the table changes. */
const char *gh_table_find(const struct gh_table *t, const char *name);
/* Field n (the name is 0) of a line, copied to buf; empty if there is none. Returns buf. */
char *gh_table_field(const char *line, unsigned n, char *buf, size_t size);

/* Puts a line in the place of the one with its name, or at the end. <0 without memory. */
int gh_table_put(struct gh_table *t, const char *line);
void gh_table_remove(struct gh_table *t, const char *name);

/* Writes it next to the file, durably, with the file's owner and mode (`mode` for a new one);
 * gh_table_install then puts it in the file's place. Nothing to do for an unchanged table. */
int gh_table_prepare(const struct gh_table *t, unsigned mode, struct gh_error *err);
int gh_table_install(const struct gh_table *t, struct gh_error *err);
void gh_table_forget(const struct gh_table *t); /* what was prepared */
