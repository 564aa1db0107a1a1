/* SPDX-License-Identifier: BSD-3-Clause */
#include "dataplane/shm.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>

#include "common/clock.h"
#include "common/log.h"
#include "common/secret.h"
#include "dataplane/drop.h"

struct gh_shm_header *gh_shm;

static const enum gh_shm_region_id ephemeral[] = {
    GH_SHM_IFACES, GH_SHM_IFACE_COUNTERS, GH_SHM_WORKERS, GH_SHM_DROPS, GH_SHM_DROP_NAMES};

static int map(int fd, size_t size, struct gh_error *err)
{
	int flags = fd < 0 ? MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE : MAP_SHARED;
	void *p = mmap(NULL, size, PROT_READ | PROT_WRITE, flags, fd, 0);

	if (p == MAP_FAILED)
		return gh_error_set(err, -errno, NULL,
		    "the shared segment (%zu MB) cannot be mapped: %s", size >> 20,
		    strerror(errno));
	gh_shm = p;
	return 0;
}

/* Empties a file that is not ours to continue, and gives it its size. */
static int prepare_file(int fd, size_t size)
{
	struct gh_shm_header old;
	struct stat st;

	if (fstat(fd, &st) < 0)
		return -errno;
	if ((size_t)st.st_size == size && pread(fd, &old, sizeof(old), 0) == sizeof(old) &&
	    gh_shm_compatible(&old))
		return 0;
	if (ftruncate(fd, 0) < 0 || ftruncate(fd, (off_t)size) < 0)
		return -errno;
	return st.st_size > 0 ? 1 : 0;
}

static int open_file(const char *path, size_t size, struct gh_error *err)
{
	int rc, fd = open(path, O_RDWR | O_CREAT | O_CLOEXEC | O_NOFOLLOW, 0600);

	if (fd < 0)
		return gh_error_set(err, -errno, path, "cannot be opened: %s", strerror(errno));
	rc = prepare_file(fd, size);
	if (rc == 1)
		gh_log(GH_LOG_DATAPLANE, LOG_WARNING,
		    "%s is of another version: sequence numbers begin anew, tunnels must be "
		    "negotiated again",
		    path);
	if (rc >= 0)
		rc = map(fd, size, err);
	else
		gh_error_set(err, rc, path, "cannot be sized: %s", strerror(-rc));
	close(fd);
	return rc;
}

static void name_drops(void)
{
	struct gh_shm_drop_name *names = gh_shm_region(GH_SHM_DROP_NAMES);

	for (unsigned i = 0; i < gh_drop_count(); i++) {
		snprintf(
		    names[i].name, sizeof(names[i].name), "%s", gh_drop_reason((uint16_t)i)->name);
		snprintf(
		    names[i].text, sizeof(names[i].text), "%s", gh_drop_reason((uint16_t)i)->text);
	}
	gh_shm->reasons = gh_drop_count();
}

int gh_shm_create(const char *path, struct gh_error *err)
{
	struct gh_shm_header h;
	int rc;

	gh_shm_layout(&h);
	rc = path != NULL ? open_file(path, h.size, err) : map(-1, h.size, err);
	if (rc < 0)
		return rc;
	gh_random(&h.boot_id, sizeof(h.boot_id));
	h.started_ms = gh_wallclock_ms();
	h.pid = (uint32_t)getpid();
	*gh_shm = h;
	for (size_t i = 0; i < sizeof(ephemeral) / sizeof(ephemeral[0]); i++) {
		const struct gh_shm_region *r = &h.regions[ephemeral[i]];

		memset(gh_shm_region(ephemeral[i]), 0, (size_t)r->stride * r->count);
	}
	name_drops();
	return 0;
}

void gh_shm_destroy(void)
{
	if (gh_shm != NULL)
		munmap(gh_shm, gh_shm->size);
	gh_shm = NULL;
}
