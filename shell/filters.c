/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * | match 'REGEX' [count]: lines that match an extended regular expression, or their number.
 */
#include <regex.h>
#include <stdlib.h>
#include <string.h>

#include "shell/command.h"

struct match_filter {
	regex_t regex;
	bool count_only;
	unsigned count;
};

/* libcli calls once more without a string at the end. */
static int match_line(struct cli_def *cli, const char *line, void *data)
{
	struct match_filter *m = data;

	if (line == NULL) {
		if (m->count_only && cli->client != NULL)
			fprintf(cli->client, "%u\n", m->count);
		regfree(&m->regex);
		free(m);
		return CLI_OK;
	}
	if (regexec(&m->regex, line, 0, NULL, 0) != 0)
		return CLI_ERROR;
	m->count++;
	return m->count_only ? CLI_ERROR : CLI_OK;
}

static int match_init(struct cli_def *cli, int argc, char **argv, struct cli_filter *filter)
{
	struct match_filter *m;
	char why[128];
	int ret;

	if (argc < 2 || argc > 3 || (argc == 3 && strcmp(argv[2], "count") != 0)) {
		cli_error(cli, "match wants a regular expression, and perhaps \"count\"");
		return CLI_ERROR;
	}
	m = calloc(1, sizeof(*m));
	if (m == NULL)
		return CLI_ERROR;
	ret = regcomp(&m->regex, argv[1], REG_EXTENDED | REG_NOSUB);
	if (ret != 0) {
		regerror(ret, &m->regex, why, sizeof(why));
		cli_error(cli, "\"%s\" is no regular expression: %s", argv[1], why);
		free(m);
		return CLI_ERROR;
	}
	m->count_only = argc == 3;
	filter->filter = match_line;
	filter->data = m;
	return CLI_OK;
}

void filters_register(struct session *s)
{
	cli_register_filter(s->cli, "match", match_init, match_line, PRIVILEGE_UNPRIVILEGED,
	    MODE_ANY, "Show lines that match a regular expression; add count for their number");
}
