/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * What server.c, reply.c and the session's rpcs share: the session itself. Main loop only.
 */
#pragma once

#include <ev.h>
#include <stdbool.h>
#include <sys/queue.h>

#include "common/frame.h"
#include "common/session_proto.h"
#include "ctrlplane/config/access.h"
#include "ctrlplane/config/audit.h"
#include "ctrlplane/config/candidate.h"
#include "ctrlplane/config/confirm.h"
#include "ctrlplane/config/lock.h"
#include "ctrlplane/config/server.h"
#include "ctrlplane/config/session.h"

struct gh_request { /* an rpc that waits for its turn */
	TAILQ_ENTRY(gh_request) next;
	uint32_t id;
	size_t len;
	char body[]; /* NUL-terminated */
};

struct gh_session {
	struct gh_server *server;
	uint32_t id;
	struct gh_stream stream;
	struct ev_io readable, writable;
	struct gh_identity who;
	char client[32], origin[64], tty[32]; /* as the client says; without control characters */
	uint64_t since_ms;		      /* wall clock */
	bool greeted;
	bool subscribed; /* gets events */
	bool dead;	 /* to be freed when nothing of it is on the stack */
	bool pumping;	 /* session_pump is on the stack */
	struct gh_candidate candidate;
	struct gh_reply *current; /* the rpc that is being answered */
	TAILQ_HEAD(, gh_request) queue;
	unsigned queued;
	uint64_t refused_second; /* for the audit log: when, and how many in it */
	unsigned refused_count;
	TAILQ_ENTRY(gh_session) next;
};

struct gh_server {
	struct ev_loop *loop;
	const struct gh_instance *instance;
	struct gh_datastore *ds;
	int fd;
	struct ev_io accepting;
	TAILQ_HEAD(gh_session_list, gh_session) sessions;
	uint32_t last_id;
	uint64_t started_ms; /* wall clock */
	struct gh_lock locks[GH_LOCK_COUNT];
	struct gh_confirm *confirm; /* NULL while starting and stopping */
};

struct gh_reply {
	struct gh_session *session; /* NULL: gone */
	uint32_t id;
	const struct lysc_node *rpc;
	bool kept, cancelled;
	bool handling; /* the handler is on the stack */
	bool ended;
	size_t edit;	 /* of the failing edit + 1; 0: none */
	uint32_t holder; /* the session whose lock is in the way; 0: none */
	void (*on_writable)(struct gh_reply *reply, void *ctx);
	void (*on_cancelled)(struct gh_reply *reply, void *ctx);
	void *ctx;
};

/* server.c */
/* Queues a frame and sends what the socket takes. 0, 1 (the client is slow) or <0 (gone). */
int gh_session_send(struct gh_session *s, uint16_t type, uint32_t id, const void *body, size_t len);
/* What the user may do now: a commit may have changed it since. */
enum gh_role gh_session_role(struct gh_session *s);
/* Ends it, as soon as nothing of it is on the stack. */
void gh_session_end(struct gh_session *s);
void gh_session_next(struct gh_session *s); /* the current rpc has been answered */

/* rpc_edit.c */
void gh_edit_rpcs_register(void);

/* reply.c */
struct gh_reply *gh_reply_new(struct gh_session *s, uint32_t id, const struct lysc_node *rpc);
void gh_reply_finish(struct gh_reply *reply); /* after the handler returned 0 */
void gh_reply_refuse(struct gh_session *s, uint32_t id, const struct gh_error *err);
void gh_reply_cancel(struct gh_reply *reply, bool session_gone);
