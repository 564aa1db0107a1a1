/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * The product's YANG model as the shell needs it: which words may follow a place, what a value
 * must look like, and the help for both. Everything here is read-only after schema_load and holds
 * for any YANG module; nothing knows a statement by name.
 */
#pragma once

#include <libyang/libyang.h>
#include <stdbool.h>
#include <stddef.h>

#include "common/error.h"

struct schema {
	struct ly_ctx *ctx;
	const struct lys_module *module;
	const struct lysc_node *config; /* the container that holds the configuration */
	const struct lysc_node *state;	/* the container of operational state, or NULL */
};

/* The product's own model. */
int schema_load(struct schema *s, struct gh_error *err);
/* Any module with a container "config" in a context, which becomes the schema's. */
int schema_use(struct schema *s, struct ly_ctx *ctx, const char *module, struct gh_error *err);
void schema_free(struct schema *s);

/* The data children of a container or list, in the model's order; choices and cases are
 * transparent. last == NULL starts. Obsolete nodes and those below config false (unless parent is
 * itself state) are left out. */
const struct lysc_node *schema_next_child(
    const struct lysc_node *parent, const struct lysc_node *last);

/* The child of that name, exactly. */
const struct lysc_node *schema_child(const struct lysc_node *parent, const char *name);

/* The argument of a gatehouse extension on a node: NULL when the node does not bear it, "" when it
 * has no argument. */
const char *schema_extension(const struct lysc_node *node, const char *name);

bool schema_is_context(const struct lysc_node *node); /* container or list */

/* A container or list that is entered and printed on one line, never stood in: it bears
 * gh:one-line, or it is a list of nothing but keys. */
bool schema_is_line(const struct lysc_node *node);

/* Number of keys of a list; 0 for anything else. */
unsigned schema_key_count(const struct lysc_node *list);

/* First sentence of the description, or "". */
const char *schema_summary(const struct lysc_node *node, char *buf, size_t size);

/* What a value of the leaf or leaf-list looks like, in words: "a number 1..255", "true or
 * false", "one of none, start, trap". Returns buf. */
const char *schema_type_text(const struct lysc_node *leaf, char *buf, size_t size);

const struct lysc_type *schema_type(const struct lysc_node *leaf);

/* Whether a list's keys are written with their names: it bears gh:key-words or has several keys. */
bool schema_keys_are_named(const struct lysc_node *list);

/* Checks a value against its type alone. 0 and *canonical (malloc'ed, the caller's), or -EINVAL
 * with message filled. canonical may be NULL. */
int schema_check_value(const struct schema *s, const struct lysc_node *leaf, const char *value,
    char **canonical, char *message, size_t size);

/* Calls fn for each fixed word a value of the leaf can be (enums, booleans, identities, also
 * inside unions), with its help. */
void schema_value_words(const struct lysc_node *leaf,
    void (*fn)(void *arg, const char *word, const char *help), void *arg);
