/* SPDX-License-Identifier: BSD-3-Clause */
#include "ctrlplane/ike/host/record_log.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <sys/uio.h>
#include <unistd.h>
#include <uthash.h>
#include <zlib.h>

#include "common/log.h"
#include "common/secret.h"

#define ENTRY_MAGIC 0x47484c31u /* "GHL1" */
#define RECORD_MAX (256u << 10)
#define COMPACT_MIN (1u << 20) /* below this many dead bytes a rewrite is not worth it */

struct entry_header {
	uint32_t magic;
	uint32_t len; /* of the record; 0: tombstone */
	uint64_t key;
	uint32_t crc; /* over len, key and the record */
	uint32_t pad;
};

/* Where the live record of a key lies. */
struct live {
	uint64_t key;
	uint64_t offset; /* of the header */
	uint32_t len;
	UT_hash_handle hh;
};

struct record_log {
	char path[128];
	int fd;
	uint64_t size, live_bytes;
	struct live *index;
};

static uint32_t entry_crc(const struct entry_header *h, const void *data)
{
	uLong crc = crc32(0, (const Bytef *)&h->len, sizeof(h->len) + sizeof(h->key));

	return (uint32_t)(h->len > 0 ? crc32(crc, data, h->len) : crc);
}

static uint64_t entry_size(uint32_t len)
{
	return sizeof(struct entry_header) + len;
}

static void index_del(struct record_log *log, uint64_t key)
{
	struct live *l;

	HASH_FIND(hh, log->index, &key, sizeof(key), l);
	if (l == NULL)
		return;
	log->live_bytes -= entry_size(l->len);
	HASH_DEL(log->index, l);
	free(l);
}

static int index_put(struct record_log *log, uint64_t key, uint64_t offset, uint32_t len)
{
	struct live *l;

	HASH_FIND(hh, log->index, &key, sizeof(key), l);
	if (l == NULL) {
		l = calloc(1, sizeof(*l));
		if (l == NULL)
			return -ENOMEM;
		l->key = key;
		HASH_ADD(hh, log->index, key, sizeof(l->key), l);
	} else {
		log->live_bytes -= entry_size(l->len);
	}
	l->offset = offset;
	l->len = len;
	log->live_bytes += entry_size(len);
	return 0;
}

static bool entry_valid(const struct entry_header *h, uint64_t left)
{
	return h->magic == ENTRY_MAGIC && h->len <= RECORD_MAX && entry_size(h->len) <= left;
}

/* Walks the mapped file and fills the index; returns the length of the sound part. */
static uint64_t replay(struct record_log *log, const uint8_t *map, uint64_t size)
{
	uint64_t at = 0;

	while (size - at >= sizeof(struct entry_header)) {
		struct entry_header h;

		memcpy(&h, map + at, sizeof(h));
		if (!entry_valid(&h, size - at) || h.crc != entry_crc(&h, map + at + sizeof(h)))
			break;
		if (h.len == 0)
			index_del(log, h.key);
		else if (index_put(log, h.key, at, h.len) < 0)
			break;
		at += entry_size(h.len);
	}
	return at;
}

static int load(struct record_log *log, record_log_fn fn, void *ctx)
{
	struct live *l, *tmp;
	struct stat st;
	uint8_t *map;

	if (fstat(log->fd, &st) < 0)
		return -errno;
	if (st.st_size == 0)
		return 0;
	map = mmap(NULL, (size_t)st.st_size, PROT_READ, MAP_PRIVATE, log->fd, 0);
	if (map == MAP_FAILED)
		return -errno;
	log->size = replay(log, map, (uint64_t)st.st_size);
	HASH_ITER (hh, log->index, l, tmp)
		fn(ctx, l->key, map + l->offset + sizeof(struct entry_header), l->len);
	munmap(map, (size_t)st.st_size);
	if (log->size == (uint64_t)st.st_size)
		return 0;
	gh_log(GH_LOG_IKE, LOG_WARNING,
	    "%s: %llu bytes after the last whole record were dropped (a write was cut short)",
	    log->path, (unsigned long long)((uint64_t)st.st_size - log->size));
	return ftruncate(log->fd, (off_t)log->size) < 0 ? -errno : 0;
}

struct record_log *record_log_open(
    const char *path, record_log_fn fn, void *ctx, struct gh_error *err)
{
	struct record_log *log = calloc(1, sizeof(*log));
	int rc;

	if (log == NULL)
		return NULL;
	snprintf(log->path, sizeof(log->path), "%s", path);
	log->fd = open(path, O_RDWR | O_CREAT | O_CLOEXEC, 0600);
	rc = log->fd < 0 ? -errno : load(log, fn, ctx);
	if (rc == 0)
		return log;
	gh_error_set(err, rc, path, "cannot use the file of IKE SA records: %s", strerror(-rc));
	record_log_close(log);
	return NULL;
}

void record_log_close(struct record_log *log)
{
	struct live *l, *tmp;

	if (log == NULL)
		return;
	HASH_ITER (hh, log->index, l, tmp) {
		HASH_DEL(log->index, l);
		free(l);
	}
	if (log->fd >= 0)
		close(log->fd);
	free(log);
}

/* Appends one entry at the end of fd's sound part; a short write is cut off again. */
static int append(struct record_log *log, uint64_t key, const void *data, uint32_t len)
{
	struct entry_header h = {.magic = ENTRY_MAGIC, .len = len, .key = key};
	struct iovec iov[2] = {{&h, sizeof(h)}, {(void *)data, len}};
	ssize_t n;

	h.crc = entry_crc(&h, data);
	n = pwritev(log->fd, iov, 2, (off_t)log->size);
	if (n == (ssize_t)entry_size(len)) {
		log->size += entry_size(len);
		return 0;
	}
	if (n < 0)
		return -errno;
	return ftruncate(log->fd, (off_t)log->size) < 0 ? -errno : -ENOSPC;
}

static int copy_live(struct record_log *to, const struct record_log *from)
{
	uint8_t *buf = malloc(RECORD_MAX);
	struct live *l, *tmp;
	int rc = buf == NULL ? -ENOMEM : 0;

	HASH_ITER (hh, from->index, l, tmp) {
		off_t at = (off_t)(l->offset + sizeof(struct entry_header));

		if (rc == 0 && pread(from->fd, buf, l->len, at) != (ssize_t)l->len)
			rc = -EIO;
		if (rc == 0)
			rc = record_log_put(to, l->key, buf, l->len);
	}
	gh_wipe_free(buf, RECORD_MAX);
	return rc;
}

static void ignore(void *ctx, uint64_t key, const void *data, size_t len)
{
}

/* Rewrites the live entries beside and renames over; on failure the old log stays in use. */
static void compact(struct record_log *log)
{
	struct record_log *fresh, old;
	char path[sizeof(log->path) + 4];

	snprintf(path, sizeof(path), "%s.new", log->path);
	unlink(path);
	fresh = record_log_open(path, ignore, NULL, NULL);
	if (fresh == NULL)
		return;
	if (copy_live(fresh, log) < 0 || rename(path, log->path) < 0) {
		unlink(path);
		record_log_close(fresh);
		return;
	}
	old = *log;
	memcpy(fresh->path, log->path, sizeof(fresh->path));
	*log = *fresh;
	*fresh = old;
	record_log_close(fresh);
}

static void compact_if_worth(struct record_log *log)
{
	uint64_t dead = log->size - log->live_bytes;

	if (dead > COMPACT_MIN && dead > log->live_bytes)
		compact(log);
}

int record_log_put(struct record_log *log, uint64_t key, const void *data, size_t len)
{
	uint64_t offset = log->size;
	int rc;

	if (len == 0 || len > RECORD_MAX)
		return -EMSGSIZE;
	rc = append(log, key, data, (uint32_t)len);
	if (rc == 0)
		rc = index_put(log, key, offset, (uint32_t)len);
	if (rc == 0)
		compact_if_worth(log);
	return rc;
}

int record_log_del(struct record_log *log, uint64_t key)
{
	int rc = append(log, key, "", 0);

	if (rc == 0) {
		index_del(log, key);
		compact_if_worth(log);
	}
	return rc;
}

size_t record_log_count(const struct record_log *log)
{
	return HASH_COUNT(log->index);
}

size_t record_log_file_size(const struct record_log *log)
{
	return log->size;
}
