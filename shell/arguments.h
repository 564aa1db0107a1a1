/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * The words behind a command as the input of its rpc: "name value" pairs in any order, flags
 * (leaves of type empty), and values without their name for leaves that bear gh:positional or are
 * mandatory.
 */
#pragma once

#include "shell/json.h"
#include "shell/schema.h"
#include "shell/words.h"

#define ARGUMENTS_MAX 16

struct argument {
	const struct lysc_node *leaf;
	char *value; /* canonical; "" for a flag */
};

struct arguments {
	struct argument list[ARGUMENTS_MAX];
	unsigned count;
};

/* Leaves of an rpc's input. */
const struct lysc_node *arguments_next(const struct lysc_node *rpc, const struct lysc_node *last);
bool argument_is_positional(const struct lysc_node *leaf);

/* Reads words first … count-1. 0 or -EINVAL; free with arguments_free in both cases. */
int arguments_parse(const struct schema *s, const struct lysc_node *rpc, const struct words *words,
    unsigned first, unsigned count, struct arguments *out, struct line_error *err);
void arguments_free(struct arguments *args);

const char *argument_value(const struct arguments *args, const char *leaf); /* or NULL */
void argument_add(struct arguments *args, const struct lysc_node *leaf, const char *value);

/* {"gatehouse:rpc":{…}} with numbers, booleans and flags as JSON wants them. */
void arguments_to_rpc(const struct lysc_node *rpc, const struct arguments *args, struct text *out);

/* For completion: the leaf whose value is expected after the words (flags and pairs before it are
 * complete), or NULL when a name (or a positional value) is. */
const struct lysc_node *arguments_expect(const struct schema *s, const struct lysc_node *rpc,
    const struct words *words, unsigned first, unsigned count, struct arguments *before);
