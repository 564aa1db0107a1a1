/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * NETCONF's framing (RFC 6242) between the transport, which is whatever the client sends, and
 * libnetconf2. The library trusts chunk sizes and reads with waits; so a message is taken apart
 * here, with limits, and handed over whole in a memory file that it reads as its transport. What it
 * writes goes into another one and from there to the client. One thread.
 */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define WIRE_MESSAGE_MAX ((size_t)64 << 20) /* bytes of one message */

struct wire_buffer {
	char *data;
	size_t len, size;
};

struct wire {
	int in, out;	     /* the client's ends; not owned */
	int lib_in, lib_out; /* what libnetconf2 reads and writes */
	bool chunked;	     /* base:1.1, from after the hellos */
	size_t scanned;	     /* of raw: has no end of message */
	struct wire_buffer raw, message;
};

/* 0 or a negative errno. */
int wire_open(struct wire *w, int in, int out);
void wire_close(struct wire *w);

/* Reads what the client has sent. 1: something came; 0: the client is at its end; negative errno.
 */
int wire_fill(struct wire *w);

/* Puts the next whole message into lib_in, and into `message` (NUL-terminated, valid until the next
 * call). 1; 0: none yet; -EPROTO: broken framing; -EMSGSIZE: too large; -ENOMEM. After an error the
 * session has to end. */
int wire_next(struct wire *w);

/* Sends what the library wrote; `wire_drop` throws it away. 0 or a negative errno. */
int wire_flush(struct wire *w);
void wire_drop(struct wire *w);
size_t wire_written(const struct wire *w); /* by the library, since the last flush */

/* Sends a message of our own in the session's framing. */
int wire_send(struct wire *w, const char *xml, size_t len);
