/* SPDX-License-Identifier: BSD-3-Clause */
#include "shell/confirm.h"

#include <stdio.h>
#include <stdlib.h>

#include "shell/command.h"

bool confirm_leave(struct session *s)
{
	char *answer = NULL;
	size_t size = 0;
	bool leave = false;

	session_flush(s);
	if (!s->uncommitted || s->quit)
		return true;
	if (!s->interactive) {
		fprintf(stderr, "%s: uncommitted changes are dropped: \"commit\" is missing\n",
		    s->source.name);
		return true;
	}
	printf("There are uncommitted changes: (c)ommit, (d)rop or (s)tay? ");
	fflush(stdout);
	if (getline(&answer, &size, stdin) < 0)
		leave = true;
	else if (*answer == 'd' || *answer == 'D')
		leave = true;
	else if (*answer == 'c' || *answer == 'C')
		leave = run_commit(s) == 0;
	free(answer);
	return leave;
}
