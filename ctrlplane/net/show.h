/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * Small helpers for the net engine's answers: output leaves by name, skipped when there is nothing
 * to say.
 */
#pragma once

#include <inttypes.h>
#include <libyang/libyang.h>
#include <stdio.h>

static inline void show_text(struct lyd_node *parent, const char *name, const char *value)
{
	if (value != NULL && value[0] != '\0')
		lyd_new_term(parent, NULL, name, value, 1, NULL);
}

static inline void show_bool(struct lyd_node *parent, const char *name, int value)
{
	show_text(parent, name, value ? "true" : "false");
}

static inline void show_link(struct lyd_node *parent, int up)
{
	show_text(parent, "link", up ? "up" : "down");
}

static inline void show_number(struct lyd_node *parent, const char *name, uint64_t value)
{
	char text[24];

	snprintf(text, sizeof(text), "%" PRIu64, value);
	show_text(parent, name, text);
}

static inline struct lyd_node *show_entry(struct lyd_node *parent, const char *list)
{
	struct lyd_node *entry = NULL;

	lyd_new_list(parent, NULL, list, 1, &entry);
	return entry;
}

/* The value of an input leaf, NULL when it was not given. */
static inline const char *show_input(const struct lyd_node *input, const char *name)
{
	const struct lyd_node *n;

	LY_LIST_FOR (lyd_child(input), n) {
		if (strcmp(LYD_NAME(n), name) == 0)
			return lyd_get_value(n);
	}
	return NULL;
}
