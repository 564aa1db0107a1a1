/* SPDX-License-Identifier: BSD-3-Clause */
#include "shell/changes.h"

#include <string.h>

#include "shell/dialect.h"

static const char *child_value(const struct lyd_node *parent, const char *name)
{
	const struct lyd_node *child;

	LY_LIST_FOR (lyd_child(parent), child)
		if (child->schema != NULL && strcmp(child->schema->name, name) == 0)
			return lyd_get_value(child);
	return NULL;
}

static void print_line(struct session *s, char sign, const char *path, const char *value)
{
	struct text line = {0};
	char quoted[2048];

	text_addf(&line, "%c / ", sign);
	dialect_add_path(&s->schema, path, &line);
	if (value != NULL && strstr(path, "[.=") == NULL) {
		word_quote(value, quoted, sizeof(quoted));
		text_addf(&line, " %s", quoted);
	}
	session_print(s, line.data);
	text_free(&line);
}

static void print_change(struct session *s, const struct lyd_node *change)
{
	const char *operation = child_value(change, "operation");
	const char *path = child_value(change, "path");
	const char *value = child_value(change, "value");

	if (operation == NULL || path == NULL)
		return;
	if (strcmp(operation, "create") == 0) {
		print_line(s, '+', path, value);
	} else if (strcmp(operation, "delete") == 0) {
		print_line(s, '-', path, value);
	} else if (strcmp(operation, "move") == 0) {
		print_line(s, '~', path, value);
	} else {
		print_line(s, '-', path, child_value(change, "old-value"));
		print_line(s, '+', path, value);
	}
}

unsigned changes_print(struct session *s, const struct lyd_node *op)
{
	const struct lyd_node *child;
	unsigned count = 0;

	LY_LIST_FOR (lyd_child(op), child) {
		if (child->schema == NULL || strcmp(child->schema->name, "change") != 0)
			continue;
		print_change(s, child);
		count++;
	}
	return count;
}

unsigned changes_print_list(
    struct session *s, const struct lyd_node *op, const char *name, const char *title)
{
	const struct lyd_node *child;
	unsigned count = 0;

	LY_LIST_FOR (lyd_child(op), child) {
		const char *value = lyd_get_value(child);
		struct text line = {0};

		if (child->schema == NULL || strcmp(child->schema->name, name) != 0)
			continue;
		if (count++ == 0)
			session_print(s, title);
		text_addf(&line, "  %s", *value == '/' ? "/ " : "");
		dialect_add_path(&s->schema, value, &line);
		session_print(s, line.data);
		text_free(&line);
	}
	return count;
}
