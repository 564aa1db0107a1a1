/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * Frames on a local stream socket: a fixed header in host order, then the body. Used between
 * shell and gatehoused (bodies are text) and between gatehoused and the dataplane (bodies are
 * the structs of dataplane/api/dp_api.h). Both ends run on one machine, so nothing is swapped.
 *
 * A gh_stream is one socket's buffers. It is owned and touched by one thread. The reader refuses
 * a frame above GH_FRAME_MAX before it allocates anything for it.
 */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/types.h>

#define GH_FRAME_MAX (16u << 20) /* body bytes */

struct gh_frame_header {
	uint32_t len;	/* of the body */
	uint32_t id;	/* chosen by the requester, repeated in every answer; 0 for events */
	uint16_t type;	/* the protocol's own */
	uint16_t flags; /* the protocol's own */
	uint32_t pad;	/* zero; a header is 16 bytes */
};

struct gh_buffer {
	uint8_t *data;
	size_t size, start, end; /* content is data[start..end) */
};

struct gh_stream {
	int fd; /* owned: closed by gh_stream_close */
	struct gh_buffer in, out;
};

void gh_stream_init(struct gh_stream *s, int fd);
void gh_stream_close(struct gh_stream *s); /* also wipes and frees the buffers */

/* Queues a frame; nothing is sent before gh_stream_flush. 0, -EMSGSIZE or -ENOMEM. */
int gh_stream_put(
    struct gh_stream *s, uint16_t type, uint16_t flags, uint32_t id, const void *body, size_t len);

/* Writes what is queued. 0: all is out; 1: the socket is full, wait until it is writable;
 * negative errno: the connection is gone. */
int gh_stream_flush(struct gh_stream *s);
size_t gh_stream_pending(const struct gh_stream *s); /* bytes queued, for back-pressure */

/* Reads what the socket has. 1: something came; 0: nothing now (non-blocking socket);
 * -ECONNRESET: the peer closed; other negative errno. */
int gh_stream_fill(struct gh_stream *s);

/* Takes the next whole frame out of what was read. 1: *hdr and *body are set (body is valid
 * until the next call on s, and not aligned: copy structs out of it); 0: none yet; -EMSGSIZE:
 * hostile or broken, close the socket. */
int gh_stream_next(struct gh_stream *s, struct gh_frame_header *hdr, const void **body);

/* Unix stream sockets by path. Return a descriptor (CLOEXEC) or a negative errno.
 * gh_listen_unix replaces a stale socket file, not a live one (-EADDRINUSE). */
int gh_listen_unix(const char *path, mode_t mode);
int gh_connect_unix(const char *path);
