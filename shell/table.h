/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * Rows in aligned columns that are printed as they come: the widths follow the rows known when
 * the first is printed; a longer cell that comes later pushes its row out, no more.
 */
#pragma once

#include <stdbool.h>

#include "shell/dialect.h"

#define TABLE_COLUMNS_MAX 24

struct table_column {
	const char *title;
	bool right;   /* numbers */
	bool shrinks; /* text that may be cut when the table does not fit */
	int width;
};

struct table {
	struct table_column columns[TABLE_COLUMNS_MAX];
	unsigned count;
	unsigned shown; /* the last columns that do not fit are left out */
};

/* Takes a row's cells into account for the widths. */
void table_measure(struct table *t, const char *const cells[]);

/* Decides on widths for so many columns of the terminal; 0: no limit. */
void table_fit(struct table *t, int width);

void table_print_titles(const struct table *t, dialect_line_fn line, void *arg);
void table_print_row(
    const struct table *t, const char *const cells[], dialect_line_fn line, void *arg);
