/* SPDX-License-Identifier: BSD-3-Clause */
#include <dirent.h>
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "launcher/launcher.h"

#define RUN_ROOT "/run/gatehouse"

/* run/ is a link to tmpfs. Instances of another GATEHOUSE_ROOT may bear the same name, so theirs
 * carries a hash of the directory. */
static void run_target(const struct gh_instance *inst, char buf[GH_INSTANCE_PATH_MAX])
{
	uint32_t hash = 2166136261u;

	if (getenv("GATEHOUSE_ROOT") == NULL) {
		snprintf(buf, GH_INSTANCE_PATH_MAX, RUN_ROOT "/%s", inst->name);
		return;
	}
	for (const char *p = inst->dir; *p != '\0'; p++)
		hash = (hash ^ (uint8_t)*p) * 16777619u;
	snprintf(buf, GH_INSTANCE_PATH_MAX, RUN_ROOT "/%s-%08x", inst->name, hash);
}

static int make_dir(const char *path, mode_t mode, struct gh_error *err)
{
	if (mkdir(path, mode) < 0 && errno != EEXIST)
		return gh_error_set(
		    err, -errno, path, "cannot create the directory: %s", strerror(errno));
	return 0;
}

/* Like mkdir -p for the directory that holds path. */
static int make_parents(const char *path, struct gh_error *err)
{
	char dir[GH_INSTANCE_PATH_MAX];
	int rc = 0;

	for (const char *p = strchr(path + 1, '/'); p != NULL && rc == 0; p = strchr(p + 1, '/')) {
		snprintf(dir, sizeof(dir), "%.*s", (int)(p - path), path);
		rc = make_dir(dir, 0755, err);
	}
	return rc;
}

static int make_run(const struct gh_instance *inst, struct gh_error *err)
{
	char target[GH_INSTANCE_PATH_MAX], link[GH_INSTANCE_PATH_MAX];
	int rc;

	run_target(inst, target);
	gh_instance_path(inst, "run", link);
	rc = make_dir(RUN_ROOT, 0755, err);
	if (rc == 0)
		rc = make_dir(target, 0700, err);
	if (rc < 0)
		return rc;
	if (symlink(target, link) < 0 && errno != EEXIST)
		return gh_error_set(
		    err, -errno, link, "cannot link to %s: %s", target, strerror(errno));
	return 0;
}

int instance_prepare(const struct gh_instance *inst, struct gh_error *err)
{
	char path[GH_INSTANCE_PATH_MAX];
	int rc = make_parents(gh_instance_path(inst, "log", path), err);

	if (rc == 0)
		rc = make_dir(path, 0755, err);
	return rc < 0 ? rc : make_run(inst, err);
}

void instance_clear_run(const struct gh_instance *inst)
{
	char dir[GH_INSTANCE_PATH_MAX], file[GH_INSTANCE_PATH_MAX + 256];
	struct dirent *e;
	DIR *d;

	d = opendir(gh_instance_path(inst, "run", dir));
	while (d != NULL && (e = readdir(d)) != NULL) {
		snprintf(file, sizeof(file), "%s/%s", dir, e->d_name);
		unlink(file);
	}
	if (d != NULL)
		closedir(d);
	unlink(dir);
	run_target(inst, dir);
	rmdir(dir);
}

void instance_each(void (*fn)(const struct gh_instance *inst))
{
	struct gh_instance inst;
	char root[sizeof(inst.dir)], *slash;
	struct dirent *e;
	DIR *d;

	if (gh_instance_init(&inst, "x", NULL) < 0)
		return;
	strcpy(root, inst.dir);
	slash = strrchr(root, '/');
	*slash = '\0';
	d = opendir(root);
	while (d != NULL && (e = readdir(d)) != NULL) {
		if (e->d_name[0] != '.' && gh_instance_init(&inst, e->d_name, NULL) == 0)
			fn(&inst);
	}
	if (d != NULL)
		closedir(d);
}

int program_find(const char *program, char *path, size_t size, struct gh_error *err)
{
	static const char *const places[] = {
	    "", "shell/", "ctrlplane/", "dataplane/", "../sbin/", "../bin/"};
	char self[256];
	ssize_t len = readlink("/proc/self/exe", self, sizeof(self) - 1);

	self[len > 0 ? len : 0] = '\0';
	*(len > 0 ? strrchr(self, '/') + 1 : self) = '\0';
	for (unsigned i = 0; i < sizeof(places) / sizeof(places[0]); i++) {
		int n = snprintf(path, size, "%s%s%s", self, places[i], program);

		if (n > 0 && (size_t)n < size && access(path, X_OK) == 0)
			return 0;
	}
	return gh_error_set(err, -ENOENT, self,
	    "the program %s is not there: build all of gatehouse, or install it again", program);
}
