/* SPDX-License-Identifier: BSD-3-Clause */
#include "common/frame.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <unistd.h>

#include "common/secret.h"

#define READ_CHUNK (64u << 10)

static void buffer_free(struct gh_buffer *b)
{
	gh_wipe_free(b->data, b->size); /* bodies may hold keys */
	*b = (struct gh_buffer){0};
}

/* Makes room for len more bytes at the end; the old block is wiped when it moves. */
static int buffer_reserve(struct gh_buffer *b, size_t len)
{
	size_t used = b->end - b->start, size = b->size ? b->size : READ_CHUNK;
	uint8_t *data;

	if (b->size - b->end >= len)
		return 0;
	if (b->size - used >= len && b->start >= b->size / 2) {
		memmove(b->data, b->data + b->start, used);
		b->start = 0;
		b->end = used;
		return 0;
	}
	while (size - used < len)
		size *= 2;
	data = malloc(size);
	if (data == NULL)
		return -ENOMEM;
	if (used > 0)
		memcpy(data, b->data + b->start, used);
	gh_wipe_free(b->data, b->size);
	*b = (struct gh_buffer){.data = data, .size = size, .end = used};
	return 0;
}

static void buffer_consume(struct gh_buffer *b, size_t len)
{
	b->start += len;
	if (b->start == b->end)
		b->start = b->end = 0;
}

void gh_stream_init(struct gh_stream *s, int fd)
{
	*s = (struct gh_stream){.fd = fd};
}

void gh_stream_close(struct gh_stream *s)
{
	if (s->fd >= 0)
		close(s->fd);
	s->fd = -1;
	buffer_free(&s->in);
	buffer_free(&s->out);
}

int gh_stream_put(
    struct gh_stream *s, uint16_t type, uint16_t flags, uint32_t id, const void *body, size_t len)
{
	struct gh_frame_header hdr = {.len = (uint32_t)len, .id = id, .type = type, .flags = flags};

	if (len > GH_FRAME_MAX)
		return -EMSGSIZE;
	if (buffer_reserve(&s->out, sizeof(hdr) + len) < 0)
		return -ENOMEM;
	memcpy(s->out.data + s->out.end, &hdr, sizeof(hdr));
	if (len > 0)
		memcpy(s->out.data + s->out.end + sizeof(hdr), body, len);
	s->out.end += sizeof(hdr) + len;
	return 0;
}

int gh_stream_flush(struct gh_stream *s)
{
	while (s->out.end > s->out.start) {
		ssize_t n = send(
		    s->fd, s->out.data + s->out.start, s->out.end - s->out.start, MSG_NOSIGNAL);
		if (n < 0) {
			if (errno == EINTR)
				continue;
			return errno == EAGAIN || errno == EWOULDBLOCK ? 1 : -errno;
		}
		buffer_consume(&s->out, (size_t)n);
	}
	return 0;
}

size_t gh_stream_pending(const struct gh_stream *s)
{
	return s->out.end - s->out.start;
}

int gh_stream_fill(struct gh_stream *s)
{
	ssize_t n;

	if (buffer_reserve(&s->in, READ_CHUNK) < 0)
		return -ENOMEM;
	do {
		n = recv(s->fd, s->in.data + s->in.end, s->in.size - s->in.end, 0);
	} while (n < 0 && errno == EINTR);
	if (n < 0)
		return errno == EAGAIN || errno == EWOULDBLOCK ? 0 : -errno;
	if (n == 0)
		return -ECONNRESET;
	s->in.end += (size_t)n;
	return 1;
}

int gh_stream_next(struct gh_stream *s, struct gh_frame_header *hdr, const void **body)
{
	size_t have = s->in.end - s->in.start;

	if (have < sizeof(*hdr))
		return 0;
	memcpy(hdr, s->in.data + s->in.start, sizeof(*hdr));
	if (hdr->len > GH_FRAME_MAX)
		return -EMSGSIZE;
	if (have < sizeof(*hdr) + hdr->len)
		return 0;
	*body = s->in.data + s->in.start + sizeof(*hdr);
	buffer_consume(&s->in, sizeof(*hdr) + hdr->len);
	return 1;
}

static int unix_address(const char *path, struct sockaddr_un *sun)
{
	*sun = (struct sockaddr_un){.sun_family = AF_UNIX};
	if (strlen(path) >= sizeof(sun->sun_path))
		return -ENAMETOOLONG;
	strcpy(sun->sun_path, path);
	return 0;
}

int gh_connect_unix(const char *path)
{
	struct sockaddr_un sun;
	int fd, rc = unix_address(path, &sun);

	if (rc < 0)
		return rc;
	fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);
	if (fd < 0)
		return -errno;
	if (connect(fd, (struct sockaddr *)&sun, sizeof(sun)) < 0) {
		rc = -errno;
		close(fd);
		return rc;
	}
	return fd;
}

int gh_listen_unix(const char *path, mode_t mode)
{
	struct sockaddr_un sun;
	int fd, rc = unix_address(path, &sun);

	if (rc < 0)
		return rc;
	fd = gh_connect_unix(path);
	if (fd >= 0) {
		close(fd);
		return -EADDRINUSE;
	}
	unlink(path);
	fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);
	if (fd < 0)
		return -errno;
	if (bind(fd, (struct sockaddr *)&sun, sizeof(sun)) < 0 || chmod(path, mode) < 0 ||
	    listen(fd, 64) < 0) {
		rc = -errno;
		close(fd);
		return rc;
	}
	return fd;
}
