/* SPDX-License-Identifier: BSD-3-Clause */
#include "shell/table.h"

#include <string.h>

#define GAP 2
#define SHRUNK_MIN 18

static int text_width(const char *text)
{
	int width = 0;

	for (; *text != '\0'; text++)
		width += ((unsigned char)*text & 0xc0) != 0x80;
	return width;
}

void table_measure(struct table *t, const char *const cells[])
{
	for (unsigned i = 0; i < t->count; i++) {
		int width = text_width(cells[i]);

		if (width > t->columns[i].width)
			t->columns[i].width = width;
	}
}

static int total_width(const struct table *t)
{
	int total = 0;

	for (unsigned i = 0; i < t->shown; i++)
		total += t->columns[i].width + (i > 0 ? GAP : 0);
	return total;
}

static struct table_column *widest_shrinking(struct table *t)
{
	struct table_column *widest = NULL;

	for (unsigned i = 0; i < t->shown; i++) {
		struct table_column *c = &t->columns[i];

		if (c->shrinks && c->width > SHRUNK_MIN &&
		    (widest == NULL || c->width > widest->width))
			widest = c;
	}
	return widest;
}

void table_fit(struct table *t, int width)
{
	struct table_column *widest;

	t->shown = t->count;
	for (unsigned i = 0; i < t->count; i++)
		if (text_width(t->columns[i].title) > t->columns[i].width)
			t->columns[i].width = text_width(t->columns[i].title);
	if (width <= 0)
		return;
	while (total_width(t) > width && (widest = widest_shrinking(t)) != NULL)
		widest->width--;
	while (total_width(t) > width && t->shown > 1)
		t->shown--;
}

/* Bytes of the first width characters. */
static int bytes_of(const char *text, int width)
{
	int at = 0;

	while (text[at] != '\0' && width > 0) {
		at++;
		while (((unsigned char)text[at] & 0xc0) == 0x80)
			at++;
		width--;
	}
	return at;
}

static void add_cell(struct text *out, const struct table_column *c, const char *cell, bool last)
{
	int width = text_width(cell), pad = c->width > width ? c->width - width : 0;

	if (c->right)
		text_addf(out, "%*s", pad, "");
	if (width > c->width && c->shrinks && c->width >= SHRUNK_MIN)
		text_addf(out, "%.*s…", bytes_of(cell, c->width - 1), cell);
	else
		text_addf(out, "%s", cell);
	if (!last)
		text_addf(out, "%*s", GAP + (c->right ? 0 : pad), "");
}

void table_print_row(
    const struct table *t, const char *const cells[], dialect_line_fn line, void *arg)
{
	struct text out = {0};

	for (unsigned i = 0; i < t->shown; i++)
		add_cell(&out, &t->columns[i], cells[i], i + 1 == t->shown);
	while (out.len > 0 && out.data[out.len - 1] == ' ')
		out.data[--out.len] = '\0';
	line(arg, out.data);
	text_free(&out);
}

void table_print_titles(const struct table *t, dialect_line_fn line, void *arg)
{
	const char *titles[TABLE_COLUMNS_MAX];

	for (unsigned i = 0; i < t->count; i++)
		titles[i] = t->columns[i].title;
	table_print_row(t, titles, line, arg);
}
