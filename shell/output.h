/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * Where lines go: standard output, page by page when a person reads them on a terminal.
 */
#pragma once

#include <stdbool.h>
#include <stdio.h>

struct output {
	FILE *stream;
	bool terminal;	 /* a person reads */
	int page_length; /* lines; 0: no paging; -1: the terminal's */
	int printed;	 /* rows since the last pause */
	bool discarding; /* the person has seen enough */
	bool json;	 /* rpc output as JSON */
	bool piped;	 /* the command has filters: rows alone, no headings */
};

void output_init(struct output *o, FILE *stream, bool terminal);
void output_begin(struct output *o); /* a new command: paging starts over */
void output_line(struct output *o, const char *text);

/* Columns to fit into; 0 when nobody looks (no limit). */
int output_width(const struct output *o);
