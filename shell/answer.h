/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * A whole answer in one tree, for what cannot be printed piece by piece.
 */
#pragma once

#include "shell/session.h"

struct answer {
	struct session *s;
	struct lyd_node *tree; /* the rpc's node with its output below; NULL: no output */
};

/* client_data_fn; arg is a struct answer. */
int answer_take(void *arg, const char *json, size_t len);

/* Prints a tree line by line in one of libyang's formats; NULL prints "{}". */
void answer_print(struct answer *a, const struct lyd_node *tree, LYD_FORMAT format);
void answer_free(struct answer *a);
