/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * The shell's end of a session with gatehoused (common/session_proto.h): one request at a time,
 * its answer taken as it comes. Used by one thread.
 */
#pragma once

#include <stdint.h>

#include "common/frame.h"
#include "common/instance.h"

struct client {
	struct gh_stream stream;
	uint32_t last_id;
	uint32_t session; /* the daemon's number for us */
	char hostname[128];
	char user[64];
	char role[16];	 /* admin, operator or viewer */
	const char *tty; /* told in the greeting; may be NULL; set before client_open */
	char instance[GH_INSTANCE_NAME_MAX];
	char version[32];
	/* A line for the person at the terminal that no request asked for; may be NULL. */
	void (*notice)(void *arg, const char *text);
	void *notice_arg;
	/* What happened: body of an EVENT frame; comes only after the rpc subscribe; may be NULL.
	 */
	void (*event)(void *arg, const char *body, size_t len);
	void *event_arg;
};

/* Why the daemon refused. */
struct client_error {
	char message[1024];
	char path[1024];  /* a data path, or empty */
	char tag[32];	  /* NETCONF's error-tag */
	char app_tag[32]; /* and error-app-tag, or empty */
	uint32_t session; /* who holds the lock that is in the way, or 0 */
	int edit;	  /* index of the refused edit, or -1 */
};

/* Connects and says hello as `program`. 0 or a negative errno with *err set. */
int client_open(struct client *c, const struct gh_instance *inst, const char *program,
    const char *origin, struct gh_error *err);
void client_close(struct client *c);

/* Called for each DATA frame; a non-zero return cancels the rpc. json is not NUL-terminated. */
typedef int (*client_data_fn)(void *arg, const char *json, size_t len);

/* Sends {"gatehouse:NAME":{…}} and waits for the end of the answer. data may be NULL. Returns 0;
 * -EREMOTEIO when refused, -ECANCELED when interrupted by the operator, or another negative errno
 * when the connection is gone; *err is set in these cases. */
int client_rpc(struct client *c, const char *body, size_t len, client_data_fn data, void *arg,
    struct client_error *err);

/* Takes what the daemon sent unasked (notices, events). Returns a negative errno when it is gone.
 */
int client_poll(struct client *c);

/* Ctrl-C: the handler of SIGINT sets it; the rpc in flight is cancelled. */
void client_catch_interrupt(void);
int client_interrupted(void); /* reads and clears */
