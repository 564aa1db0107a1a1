/* SPDX-License-Identifier: BSD-3-Clause */
#include "shell/netconf/wire.h"

#include <errno.h>
#include <poll.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

#include "common/secret.h"

#define END_OF_MESSAGE "]]>]]>"
#define END_LEN (sizeof(END_OF_MESSAGE) - 1)
#define CHUNK_HEADER_MAX 13 /* \n#4294967295\n */
#define READ_SIZE ((size_t)1 << 16)

static int reserve(struct wire_buffer *b, size_t more)
{
	size_t need = b->len + more + 1, size = b->size > 0 ? b->size : READ_SIZE;
	char *data;

	while (size < need)
		size *= 2;
	if (size == b->size)
		return 0;
	data = malloc(size);
	if (data == NULL)
		return -ENOMEM;
	if (b->len > 0)
		memcpy(data, b->data, b->len);
	gh_wipe_free(b->data, b->size);
	b->data = data;
	b->size = size;
	return 0;
}

static int append(struct wire_buffer *b, const char *bytes, size_t len)
{
	int rc = reserve(b, len);

	if (rc < 0)
		return rc;
	memcpy(b->data + b->len, bytes, len);
	b->len += len;
	b->data[b->len] = '\0';
	return 0;
}

static void take_away(struct wire_buffer *b, size_t len)
{
	if (len == 0)
		return;
	memmove(b->data, b->data + len, b->len - len);
	b->len -= len;
}

int wire_open(struct wire *w, int in, int out)
{
	*w = (struct wire){.in = in, .out = out};
	w->lib_in = memfd_create("netconf-in", MFD_CLOEXEC);
	w->lib_out = memfd_create("netconf-out", MFD_CLOEXEC);
	return w->lib_in < 0 || w->lib_out < 0 ? -errno : 0;
}

void wire_close(struct wire *w)
{
	gh_wipe_free(w->raw.data, w->raw.size);
	gh_wipe_free(w->message.data, w->message.size);
	close(w->lib_in);
	close(w->lib_out);
}

int wire_fill(struct wire *w)
{
	ssize_t n;

	if (reserve(&w->raw, READ_SIZE) < 0)
		return -ENOMEM;
	n = read(w->in, w->raw.data + w->raw.len, READ_SIZE);
	if (n < 0)
		return errno == EINTR || errno == EAGAIN ? 1 : -errno;
	w->raw.len += (size_t)n;
	return n > 0;
}

/* RFC 6242 section 4.3: up to the end mark. */
static int next_marked(struct wire *w)
{
	char *end;
	size_t from = w->scanned > END_LEN ? w->scanned - END_LEN : 0, len;
	int rc;

	end = w->raw.len == 0
		  ? NULL
		  : memmem(w->raw.data + from, w->raw.len - from, END_OF_MESSAGE, END_LEN);
	w->scanned = w->raw.len;
	if (end == NULL)
		return w->raw.len > WIRE_MESSAGE_MAX ? -EMSGSIZE : 0;
	len = (size_t)(end - w->raw.data);
	w->message.len = 0;
	rc = append(&w->message, w->raw.data, len);
	take_away(&w->raw, len + END_LEN);
	w->scanned = 0;
	return rc < 0 ? rc : 1;
}

struct chunk {
	size_t header; /* bytes */
	size_t size;   /* bytes of data; 0: end of the message */
};

/* 1; 0: not whole yet; -EPROTO. */
static int read_header(const char *p, size_t len, struct chunk *chunk)
{
	size_t i = 2;

	*chunk = (struct chunk){0};
	if ((len > 0 && p[0] != '\n') || (len > 1 && p[1] != '#'))
		return -EPROTO;
	if (len > 2 && p[2] == '#')
		i = 3;
	for (; i < len && i < CHUNK_HEADER_MAX && p[i] != '\n'; i++) {
		if (p[2] == '#' || p[i] < '0' || p[i] > '9' || (i == 2 && p[i] == '0'))
			return -EPROTO;
		chunk->size = chunk->size * 10 + (size_t)(p[i] - '0');
	}
	if (i == CHUNK_HEADER_MAX || (i < len && i == 2))
		return -EPROTO;
	chunk->header = i + 1;
	return i < len;
}

/* RFC 6242 section 4.2: chunks up to the end of chunks. A chunk is taken when it is whole. */
static int next_chunked(struct wire *w)
{
	struct chunk chunk;
	size_t at = 0;
	int rc;

	if (w->scanned == 0)
		w->message.len = 0;
	while ((rc = read_header(w->raw.data + at, w->raw.len - at, &chunk)) > 0) {
		if (chunk.size > WIRE_MESSAGE_MAX - w->message.len)
			return -EMSGSIZE;
		if (chunk.size > w->raw.len - at - chunk.header) {
			rc = 0;
			break;
		}
		if (chunk.size > 0 &&
		    append(&w->message, w->raw.data + at + chunk.header, chunk.size) < 0)
			return -ENOMEM;
		at += chunk.header + chunk.size;
		w->scanned = w->message.len;
		if (chunk.size == 0)
			break;
	}
	take_away(&w->raw, at);
	if (rc > 0) {
		rc = w->message.len > 0 ? 1 : -EPROTO;
		w->scanned = 0;
	}
	return rc;
}

static int write_all(int fd, const char *bytes, size_t len)
{
	struct pollfd pfd = {.fd = fd, .events = POLLOUT};

	while (len > 0) {
		ssize_t n = write(fd, bytes, len);

		if (n < 0 && errno == EAGAIN) {
			poll(&pfd, 1, -1);
			continue;
		}
		if (n < 0 && errno != EINTR)
			return -errno;
		bytes += n > 0 ? n : 0;
		len -= n > 0 ? (size_t)n : 0;
	}
	return 0;
}

static int write_framed(const struct wire *w, int fd, const char *xml, size_t len)
{
	char header[32];
	int rc = 0;

	if (w->chunked) {
		snprintf(header, sizeof(header), "\n#%zu\n", len);
		rc = write_all(fd, header, strlen(header));
	}
	if (rc == 0)
		rc = write_all(fd, xml, len);
	if (rc == 0 && w->chunked)
		rc = write_all(fd, "\n##\n", 4);
	else if (rc == 0)
		rc = write_all(fd, END_OF_MESSAGE, END_LEN);
	return rc;
}

static int rewind_file(int fd)
{
	return ftruncate(fd, 0) < 0 || lseek(fd, 0, SEEK_SET) < 0 ? -errno : 0;
}

int wire_next(struct wire *w)
{
	int rc = 0;

	if (w->raw.len > 0)
		rc = w->chunked ? next_chunked(w) : next_marked(w);
	if (rc <= 0)
		return rc;
	rc = rewind_file(w->lib_in);
	if (rc == 0)
		rc = write_framed(w, w->lib_in, w->message.data, w->message.len);
	if (rc == 0 && lseek(w->lib_in, 0, SEEK_SET) < 0)
		rc = -errno;
	return rc < 0 ? rc : 1;
}

size_t wire_written(const struct wire *w)
{
	off_t len = lseek(w->lib_out, 0, SEEK_CUR);

	return len > 0 ? (size_t)len : 0;
}

int wire_flush(struct wire *w)
{
	size_t len = wire_written(w);
	char *bytes;
	int rc;

	if (len == 0)
		return 0;
	bytes = mmap(NULL, len, PROT_READ, MAP_SHARED, w->lib_out, 0);
	if (bytes == MAP_FAILED)
		return -errno;
	rc = write_all(w->out, bytes, len);
	munmap(bytes, len);
	wire_drop(w);
	return rc;
}

void wire_drop(struct wire *w)
{
	rewind_file(w->lib_out);
}

int wire_send(struct wire *w, const char *xml, size_t len)
{
	return write_framed(w, w->out, xml, len);
}
