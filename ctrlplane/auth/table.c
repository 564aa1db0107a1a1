/* SPDX-License-Identifier: BSD-3-Clause */
#include "ctrlplane/auth/table.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "common/secret.h"

#define SUFFIX ".gatehouse"

static int add(struct gh_table *t, const char *line)
{
	char **lines = realloc(t->lines, (t->count + 1) * sizeof(*lines));

	if (lines == NULL)
		return -ENOMEM;
	t->lines = lines;
	lines[t->count] = strdup(line);
	if (lines[t->count] == NULL)
		return -ENOMEM;
	t->count++;
	return 0;
}

int gh_table_read(struct gh_table *t, const char *path, struct gh_error *err)
{
	FILE *f = fopen(path, "re");
	char *line = NULL;
	size_t size = 0;
	int rc = 0;

	*t = (struct gh_table){.absent = f == NULL};
	snprintf(t->path, sizeof(t->path), "%s", path);
	if (f == NULL && errno == ENOENT)
		return 0;
	if (f == NULL)
		return gh_error_set(err, -errno, path, "it cannot be read: %s", strerror(errno));
	while (rc == 0 && getline(&line, &size, f) >= 0) {
		line[strcspn(line, "\n")] = '\0';
		rc = add(t, line);
	}
	if (line != NULL)
		gh_wipe_free(line, size);
	if (rc == 0 && ferror(f))
		rc = -EIO;
	fclose(f);
	return rc < 0 ? gh_error_set(err, rc, path, "it cannot be read: %s", strerror(-rc)) : 0;
}

void gh_table_free(struct gh_table *t)
{
	for (size_t i = 0; i < t->count; i++)
		gh_wipe_free(t->lines[i], strlen(t->lines[i]));
	free(t->lines);
	*t = (struct gh_table){0};
}

static bool has_name(const char *line, const char *name)
{
	size_t len = strcspn(name, ":");

	return strncmp(line, name, len) == 0 && (line[len] == ':' || line[len] == '\0');
}

static size_t index_of(const struct gh_table *t, const char *name)
{
	size_t i = 0;

	while (i < t->count && !has_name(t->lines[i], name))
		i++;
	return i;
}

const char *gh_table_find(const struct gh_table *t, const char *name)
{
	size_t i = index_of(t, name);

	return i < t->count ? t->lines[i] : NULL;
}

char *gh_table_field(const char *line, unsigned n, char *buf, size_t size)
{
	while (n > 0 && *line != '\0') {
		line += strcspn(line, ":");
		if (*line == ':')
			line++;
		n--;
	}
	snprintf(buf, size, "%.*s", (int)strcspn(line, ":"), line);
	return buf;
}

int gh_table_put(struct gh_table *t, const char *line)
{
	size_t i = index_of(t, line);
	char *copy;

	if (i < t->count && strcmp(t->lines[i], line) == 0)
		return 0;
	t->changed = true;
	if (i == t->count)
		return add(t, line);
	copy = strdup(line);
	if (copy == NULL)
		return -ENOMEM;
	gh_wipe_free(t->lines[i], strlen(t->lines[i]));
	t->lines[i] = copy;
	return 0;
}

void gh_table_remove(struct gh_table *t, const char *name)
{
	size_t i = index_of(t, name);

	if (i == t->count)
		return;
	gh_wipe_free(t->lines[i], strlen(t->lines[i]));
	memmove(&t->lines[i], &t->lines[i + 1], (t->count - i - 1) * sizeof(*t->lines));
	t->count--;
	t->changed = true;
}

static void new_path(const struct gh_table *t, char *buf, size_t size)
{
	snprintf(buf, size, "%s" SUFFIX, t->path);
}

static int write_lines(const struct gh_table *t, int fd)
{
	FILE *f = fdopen(fd, "w");
	bool bad;

	if (f == NULL) {
		close(fd);
		return -errno;
	}
	for (size_t i = 0; i < t->count; i++)
		fprintf(f, "%s\n", t->lines[i]);
	bad = fflush(f) != 0 || fsync(fd) < 0;
	bad = fclose(f) != 0 || bad;
	return bad ? -EIO : 0;
}

int gh_table_prepare(const struct gh_table *t, unsigned mode, struct gh_error *err)
{
	char path[sizeof(t->path) + sizeof(SUFFIX)];
	struct stat st = {.st_mode = mode};
	bool fresh;
	int fd, rc;

	if (!t->changed)
		return 0;
	new_path(t, path, sizeof(path));
	fresh = stat(t->path, &st) < 0;
	unlink(path);
	fd = open(path, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0600);
	rc = fd < 0 ? -errno : 0;
	if (rc == 0 && ((!fresh && fchown(fd, st.st_uid, st.st_gid) < 0) ||
			   fchmod(fd, st.st_mode & 07777) < 0)) {
		rc = -errno;
		close(fd);
	}
	if (rc == 0)
		rc = write_lines(t, fd);
	if (rc < 0)
		unlink(path);
	return rc < 0 ? gh_error_set(err, rc, path, "it cannot be written: %s", strerror(-rc)) : 0;
}

int gh_table_install(const struct gh_table *t, struct gh_error *err)
{
	char path[sizeof(t->path) + sizeof(SUFFIX)];

	new_path(t, path, sizeof(path));
	if (!t->changed || rename(path, t->path) == 0)
		return 0;
	return gh_error_set(err, -errno, t->path, "it cannot be replaced: %s", strerror(errno));
}

void gh_table_forget(const struct gh_table *t)
{
	char path[sizeof(t->path) + sizeof(SUFFIX)];

	new_path(t, path, sizeof(path));
	if (t->changed)
		unlink(path);
}
