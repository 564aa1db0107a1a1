/* SPDX-License-Identifier: BSD-3-Clause */
#include <inttypes.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "common/clock.h"
#include "launcher/launcher.h"

static void print_daemon(const struct gh_instance *inst, enum daemon_id id)
{
	struct pid_record rec;

	pidfile_read(inst, id, &rec);
	if (rec.pid == 0)
		printf("  %-12s not running\n", daemon_word(id));
	else
		printf("  %-12s pid %d, up %" PRIu64 " s, restarted %u times\n", daemon_word(id),
		    (int)rec.pid, (uint64_t)((gh_wallclock_ms() - rec.started_ms) / GH_MS_PER_S),
		    rec.restarts);
}

static void read_netns(const struct gh_instance *inst, char *name, size_t size)
{
	char path[GH_INSTANCE_PATH_MAX];
	FILE *f = fopen(gh_instance_path(inst, "run/netns", path), "re");

	name[0] = '\0';
	if (f == NULL)
		return;
	if (fgets(name, (int)size, f) != NULL)
		name[strcspn(name, "\n")] = '\0';
	fclose(f);
}

static void print_instance(const struct gh_instance *inst)
{
	static const char *const words[] = {[ANSWER_NONE] = "not answering",
	    [ANSWER_GATEHOUSED] = "waiting for its dataplane",
	    [ANSWER_BOTH] = "up"};
	char netns[64];

	if (supervisor_pid(inst) == 0) {
		printf("%s: down\n", inst->name);
		return;
	}
	read_netns(inst, netns, sizeof(netns));
	printf("%s: %s%s%s\n", inst->name, words[instance_answers(inst)],
	    netns[0] ? ", in network namespace " : "", netns);
	for (unsigned id = 0; id < DAEMON_COUNT; id++)
		print_daemon(inst, id);
}

int command_status(const struct gh_instance *inst)
{
	if (inst == NULL) {
		instance_each(print_instance);
		return 0;
	}
	print_instance(inst);
	return supervisor_pid(inst) > 0 && instance_answers(inst) == ANSWER_BOTH ? 0 : 3;
}

void print_log_tail(const struct gh_instance *inst, enum daemon_id id)
{
	char file[40], path[GH_INSTANCE_PATH_MAX], text[2048];
	const char *from = text;
	FILE *f;
	size_t n;

	snprintf(file, sizeof(file), "log/%s.log", daemon_word(id));
	f = fopen(gh_instance_path(inst, file, path), "re");
	if (f == NULL)
		return;
	if (fseek(f, -(long)sizeof(text) + 1, SEEK_END) < 0)
		rewind(f);
	n = fread(text, 1, sizeof(text) - 1, f);
	text[n] = '\0';
	fclose(f);
	if (n == sizeof(text) - 1 && strchr(text, '\n') != NULL)
		from = strchr(text, '\n') + 1;
	fprintf(stderr, "the end of %s:\n%s", path, from);
}
