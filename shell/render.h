/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * The output of an rpc for a person, from the model alone: lists as tables whose columns are the
 * leaves that bear gh:column (or, without any, the first leaves), single values and detailed
 * entries as indented "name  value" lines. Pieces of a long answer are printed as they come.
 */
#pragma once

#include "shell/table.h"

struct render {
	dialect_line_fn line;
	void *arg;
	int width;   /* columns to fit into; 0: no limit */
	bool titles; /* print the headings of tables */
	bool detail; /* entries in full instead of tables */
	/* while it runs: */
	const struct lysc_node *list; /* whose table is open */
	struct table table;
	unsigned lines; /* printed so far */
};

/* One piece: the children of op are nodes of the rpc's output. */
void render_output(struct render *r, const struct lyd_node *op);

/* "3600" seconds as "1h 0m 0s". Returns buf. */
const char *render_duration(const char *seconds, char *buf, size_t size);
