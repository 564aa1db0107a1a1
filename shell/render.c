/* SPDX-License-Identifier: BSD-3-Clause */
#include "shell/render.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define INDENT 2
#define UNMARKED_COLUMNS 6 /* of a list without gh:column */

static void emit(struct render *r, const char *text)
{
	r->lines++;
	r->line(r->arg, text);
}

static bool is_leaf(const struct lysc_node *node)
{
	return (node->nodetype & (LYS_LEAF | LYS_LEAFLIST)) != 0;
}

static bool in_seconds(const struct lysc_node *node)
{
	return node->nodetype == LYS_LEAF && ((const struct lysc_node_leaf *)node)->units != NULL &&
	       strcmp(((const struct lysc_node_leaf *)node)->units, "seconds") == 0;
}

const char *render_duration(const char *seconds, char *buf, size_t size)
{
	char *end;
	uint64_t s = strtoull(seconds, &end, 10);

	if (*end != '\0')
		snprintf(buf, size, "%s", seconds);
	else if (s >= 86400)
		snprintf(buf, size, "%" PRIu64 "d %" PRIu64 "h %" PRIu64 "m", s / 86400,
		    s / 3600 % 24, s / 60 % 60);
	else if (s >= 3600)
		snprintf(buf, size, "%" PRIu64 "h %" PRIu64 "m %" PRIu64 "s", s / 3600, s / 60 % 60,
		    s % 60);
	else if (s >= 60)
		snprintf(buf, size, "%" PRIu64 "m %" PRIu64 "s", s / 60, s % 60);
	else
		snprintf(buf, size, "%" PRIu64 "s", s);
	return buf;
}

static const char *leaf_text(const struct lyd_node *leaf, char *buf, size_t size)
{
	const char *value = lyd_get_value(leaf);

	if (schema_type(leaf->schema)->basetype == LY_TYPE_EMPTY)
		return "yes";
	return in_seconds(leaf->schema) ? render_duration(value, buf, size) : value;
}

/* All values of a leaf-list with a comma between; a plain leaf's own. */
static void add_values(struct text *out, const struct lyd_node *parent, const char *name)
{
	const struct lyd_node *child;
	size_t had = out->len;
	char buf[64];

	text_add(out, "", 0);
	LY_LIST_FOR (lyd_child(parent), child)
		if (child->schema != NULL && strcmp(child->schema->name, name) == 0)
			text_addf(out, "%s%s", out->len > had ? ", " : "",
			    leaf_text(child, buf, sizeof(buf)));
}

static bool has_marked_columns(const struct lysc_node *list)
{
	const struct lysc_node *child = NULL;

	while ((child = lys_getnext(child, list, NULL, 0)) != NULL)
		if (is_leaf(child) && schema_extension(child, "column") != NULL)
			return true;
	return false;
}

static bool is_number(const struct lysc_node *leaf)
{
	LY_DATA_TYPE base = schema_type(leaf)->basetype;

	return (base >= LY_TYPE_UINT8 && base <= LY_TYPE_UINT64) || base == LY_TYPE_DEC64 ||
	       base >= LY_TYPE_INT8;
}

/* The columns' leaves in order; returns their number. */
static unsigned list_columns(
    const struct lysc_node *list, const struct lysc_node *leaves[TABLE_COLUMNS_MAX])
{
	bool marked = has_marked_columns(list);
	const struct lysc_node *child = NULL;
	unsigned count = 0, max = marked ? TABLE_COLUMNS_MAX : UNMARKED_COLUMNS;

	while ((child = lys_getnext(child, list, NULL, 0)) != NULL && count < max)
		if (is_leaf(child) && (!marked || schema_extension(child, "column") != NULL))
			leaves[count++] = child;
	return count;
}

static void take_cells(const struct lyd_node *entry,
    const struct lysc_node *const leaves[TABLE_COLUMNS_MAX], unsigned count,
    struct text texts[TABLE_COLUMNS_MAX], const char *cells[TABLE_COLUMNS_MAX])
{
	for (unsigned i = 0; i < count; i++) {
		texts[i] = (struct text){0};
		add_values(&texts[i], entry, leaves[i]->name);
		if (texts[i].len == 0)
			text_addf(&texts[i], "-");
		cells[i] = texts[i].data;
	}
}

static void free_cells(struct text texts[TABLE_COLUMNS_MAX], unsigned count)
{
	for (unsigned i = 0; i < count; i++)
		text_free(&texts[i]);
}

static void open_table(struct render *r, const struct lyd_node *first)
{
	const struct lysc_node *leaves[TABLE_COLUMNS_MAX];
	const struct lyd_node *entry;

	r->list = first->schema;
	r->table = (struct table){.count = list_columns(first->schema, leaves)};
	for (unsigned i = 0; i < r->table.count; i++) {
		const char *title = schema_extension(leaves[i], "column");

		r->table.columns[i] = (struct table_column){
		    .title = title != NULL && *title != '\0' ? title : leaves[i]->name,
		    .right = is_number(leaves[i]) && !in_seconds(leaves[i]),
		    .shrinks = schema_type(leaves[i])->basetype == LY_TYPE_STRING,
		};
	}
	LY_LIST_FOR (first, entry) {
		struct text texts[TABLE_COLUMNS_MAX];
		const char *cells[TABLE_COLUMNS_MAX];

		if (entry->schema != first->schema)
			break;
		take_cells(entry, leaves, r->table.count, texts, cells);
		table_measure(&r->table, cells);
		free_cells(texts, r->table.count);
	}
	table_fit(&r->table, r->width);
	if (r->lines > 0 && r->titles)
		emit(r, "");
	if (r->titles)
		table_print_titles(&r->table, r->line, r->arg);
}

static void print_row(struct render *r, const struct lyd_node *entry)
{
	const struct lysc_node *leaves[TABLE_COLUMNS_MAX];
	struct text texts[TABLE_COLUMNS_MAX];
	const char *cells[TABLE_COLUMNS_MAX];

	if (r->list != entry->schema)
		open_table(r, entry);
	list_columns(entry->schema, leaves);
	take_cells(entry, leaves, r->table.count, texts, cells);
	table_print_row(&r->table, cells, r->line, r->arg);
	r->lines++;
	free_cells(texts, r->table.count);
}

static int label_width(const struct lyd_node *parent)
{
	const struct lyd_node *child;
	int width = 0;

	LY_LIST_FOR (lyd_child(parent), child)
		if (child->schema != NULL && is_leaf(child->schema) &&
		    (int)strlen(child->schema->name) > width)
			width = (int)strlen(child->schema->name);
	return width;
}

static void print_leaf(struct render *r, const struct lyd_node *leaf, int width, unsigned depth)
{
	struct text out = {0};
	const char *units = leaf->schema->nodetype == LYS_LEAF
				? ((const struct lysc_node_leaf *)leaf->schema)->units
				: NULL;

	text_addf(&out, "%*s%-*s  ", (int)depth * INDENT, "", width, leaf->schema->name);
	add_values(&out, lyd_parent(leaf), leaf->schema->name);
	if (units != NULL && !in_seconds(leaf->schema))
		text_addf(&out, " %s", units);
	emit(r, out.data);
	text_free(&out);
}

static bool same_as_before(const struct lyd_node *node)
{
	return node->prev->next != NULL && node->prev->schema == node->schema;
}

/* What an entry is called: its first column, else its first leaf. */
static const char *entry_name(const struct lyd_node *entry)
{
	const struct lyd_node *child, *named = NULL;

	LY_LIST_FOR (lyd_child(entry), child) {
		if (child->schema == NULL || !is_leaf(child->schema))
			continue;
		if (schema_extension(child->schema, "column") != NULL)
			return lyd_get_value(child);
		named = named != NULL ? named : child;
	}
	return named != NULL ? lyd_get_value(named) : "";
}

/* "child-sa sp1": a list entry's or container's heading in a detailed view. */
static void print_heading(struct render *r, const struct lyd_node *node, unsigned depth)
{
	struct text out = {0};

	text_addf(&out, "%*s%s", (int)depth * INDENT, "", node->schema->name);
	if (node->schema->nodetype == LYS_LIST)
		text_addf(&out, " %s", entry_name(node));
	emit(r, out.data);
	text_free(&out);
}

static void print_detail(struct render *r, const struct lyd_node *parent, unsigned depth)
{
	const struct lyd_node *child;
	int width = label_width(parent);

	LY_LIST_FOR (lyd_child(parent), child) {
		if (child->schema == NULL)
			continue;
		if (is_leaf(child->schema)) {
			if (!same_as_before(child))
				print_leaf(r, child, width, depth);
			continue;
		}
		print_heading(r, child, depth);
		print_detail(r, child, depth + 1);
	}
}

static void print_entry(struct render *r, const struct lyd_node *entry)
{
	if (r->lines > 0)
		emit(r, "");
	print_heading(r, entry, 0);
	print_detail(r, entry, 1);
}

void render_output(struct render *r, const struct lyd_node *op)
{
	const struct lyd_node *child;
	int width = label_width(op);

	LY_LIST_FOR (lyd_child(op), child) {
		if (child->schema == NULL)
			continue;
		if (is_leaf(child->schema) && !same_as_before(child))
			print_leaf(r, child, width, 0);
		else if (child->schema->nodetype == LYS_LIST && !r->detail)
			print_row(r, child);
		else if (!is_leaf(child->schema))
			print_entry(r, child);
	}
}
