/* SPDX-License-Identifier: BSD-3-Clause */
#include "ctrlplane/auth/files.h"

#include <errno.h>
#include <fcntl.h>
#include <stdbool.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

int gh_files_directory(const char *path, struct gh_error *err)
{
	if (mkdir(path, 0755) == 0 || errno == EEXIST)
		return 0;
	return gh_error_set(err, -errno, path, "the directory cannot be made: %s", strerror(errno));
}

static int write_text(int fd, const char *text)
{
	size_t len = strlen(text);
	bool good = fchmod(fd, 0644) == 0 && write(fd, text, len) == (ssize_t)len && fsync(fd) == 0;
	int rc = good ? 0 : errno != 0 ? -errno : -EIO;

	close(fd);
	return rc;
}

int gh_files_put(const char *path, const char *text, struct gh_error *err)
{
	char fresh[512];
	int fd, rc;

	if (text[0] == '\0') {
		unlink(path);
		return 0;
	}
	snprintf(fresh, sizeof(fresh), "%s~", path);
	unlink(fresh);
	errno = 0;
	fd = open(fresh, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0600);
	rc = fd < 0 ? -errno : write_text(fd, text);
	if (rc == 0 && rename(fresh, path) < 0)
		rc = -errno;
	if (rc < 0)
		unlink(fresh);
	return rc < 0 ? gh_error_set(err, rc, path, "it cannot be written: %s", strerror(-rc)) : 0;
}
