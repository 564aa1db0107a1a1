/* SPDX-License-Identifier: BSD-3-Clause */
#include "ctrlplane/auth/home.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "common/log.h"

#define DEPTH_MAX 32

static int open_directory(int at, const char *name)
{
	return openat(at, name, O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);
}

int gh_home_make(const char *path, uid_t uid, gid_t gid, struct gh_error *err)
{
	int fd = -1, rc = mkdir(path, 0700) < 0 && errno != EEXIST ? -errno : 0;

	if (rc == 0 && (fd = open_directory(AT_FDCWD, path)) < 0)
		rc = -errno;
	if (rc == 0 && (fchown(fd, uid, gid) < 0 || fchmod(fd, 0700) < 0))
		rc = -errno;
	if (fd >= 0)
		close(fd);
	return rc < 0 ? gh_error_set(err, rc, path, "the home cannot be made: %s", strerror(-rc))
		      : 0;
}

static void empty_directory(int fd, unsigned depth)
{
	DIR *dir = depth < DEPTH_MAX ? fdopendir(fd) : NULL;
	const struct dirent *e;

	if (dir == NULL) {
		close(fd);
		return;
	}
	while ((e = readdir(dir)) != NULL) {
		int sub;

		if (strcmp(e->d_name, ".") == 0 || strcmp(e->d_name, "..") == 0)
			continue;
		sub = open_directory(dirfd(dir), e->d_name);
		if (sub >= 0)
			empty_directory(sub, depth + 1);
		unlinkat(dirfd(dir), e->d_name, sub >= 0 ? AT_REMOVEDIR : 0);
	}
	closedir(dir);
}

void gh_home_remove(const char *path)
{
	int fd = open_directory(AT_FDCWD, path);

	if (fd < 0)
		return;
	if (fchown(fd, 0, 0) < 0 || fchmod(fd, 0700) < 0) /* nobody adds to it meanwhile */
		gh_log(GH_LOG_CONFIG, LOG_WARNING, "%s: %s", path, strerror(errno));
	empty_directory(fd, 0);
	if (rmdir(path) < 0)
		gh_log(
		    GH_LOG_CONFIG, LOG_WARNING, "%s cannot be removed: %s", path, strerror(errno));
}
