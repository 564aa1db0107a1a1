/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * gatehoused's client of dataplane/api/dp_api.h.
 *
 * Nobody waits for the dataplane: who has something to state registers a provider, and may change
 * its own tables at any time. Whenever a dataplane comes up (first start, restart, crash), every
 * provider is asked to state all it has, between SYNC_BEGIN and SYNC_END; changes after that are
 * sent one by one with the same calls. So recovery is the code that boots.
 *
 *	DOWN -> HELLO -> SYNCING -> UP
 *	  ^_______|_________|_______|     the connection was lost; tried again with a short backoff
 *
 * Calls queue a record and return at once. Records keep their order; those of one kind that are
 * queued while a frame is under way travel together in the next. When a frame fails at a record,
 * that record's `done` has the error and those behind it are sent again: one bad SA costs nobody
 * else anything.
 *
 * Threads: gatehoused's main loop only. Ownership: the client copies records (and wipes keys);
 * listeners and providers are the caller's, and stay registered until the client is freed.
 */
#pragma once

#include <stdbool.h>
#include <stdint.h>
#include <sys/queue.h>

#include "common/error.h"
#include "common/instance.h"
#include "dataplane/api/dp_api.h"

struct ev_loop;
struct gh_dpc;

/* One list gives the enum and the word that `show fast-path` prints. */
#define GH_DPC_STATES(X)      \
	X(DOWN, "down")       \
	X(HELLO, "greeting")  \
	X(SYNCING, "syncing") \
	X(UP, "up")

enum gh_dpc_state {
#define X(id, word) GH_DPC_##id,
	GH_DPC_STATES(X)
#undef X
};

const char *gh_dpc_state_name(enum gh_dpc_state state);

/*
 * How a record ended: status 0; or negative errno with the dataplane's sentence. -ENOTCONN: the
 * connection was lost first, nothing is decided; the provider states the record again, or not, at
 * the next sync. Called from the loop, never from within the call that queued the record.
 */
typedef void (*gh_dpc_done_fn)(void *ctx, int status, const char *message);

struct gh_dpc_done {
	gh_dpc_done_fn fn; /* NULL: errors are logged */
	void *ctx;
};

#define GH_DPC_NO_DONE ((struct gh_dpc_done){NULL, NULL})

/* States everything it wants to exist by the gh_dpc_*_set calls below. Providers are asked in
 * the order of their rank: interfaces before SAs before policies. */
struct gh_dpc_provider {
	const char *name;
	int rank; /* GH_DPC_RANK_* */
	void (*state)(void *ctx, struct gh_dpc *dpc);
	void *ctx;
	TAILQ_ENTRY(gh_dpc_provider) next; /* the client's */
};

enum { GH_DPC_RANK_NET = 10, GH_DPC_RANK_IKE = 20 };

/* Any member may be NULL. */
struct gh_dpc_listener {
	void (*acquire)(void *ctx, const struct gh_dp_acquire *ev);
	void (*sa_limit)(void *ctx, const struct gh_dp_sa_limit *ev);
	void (*link)(void *ctx, const struct gh_dp_link *ev);
	void (*state)(void *ctx, enum gh_dpc_state state);
	void *ctx;
	TAILQ_ENTRY(gh_dpc_listener) next; /* the client's */
};

/* Starts connecting to the instance's dataplane at once. NULL with err set when out of memory. */
struct gh_dpc *gh_dpc_new(
    struct ev_loop *loop, const struct gh_instance *inst, struct gh_error *err);
/* Leaves the dataplane for good; queued records end with -ENOTCONN. Then whoever was registered may
 * go, and gh_dpc_free comes last. */
void gh_dpc_close(struct gh_dpc *dpc);
void gh_dpc_free(struct gh_dpc *dpc);

void gh_dpc_add_provider(struct gh_dpc *dpc, struct gh_dpc_provider *provider);
void gh_dpc_add_listener(struct gh_dpc *dpc, struct gh_dpc_listener *listener);

enum gh_dpc_state gh_dpc_state(const struct gh_dpc *dpc);
uint64_t gh_dpc_boot_id(const struct gh_dpc *dpc); /* of the dataplane last seen; 0: none yet */

/*
 * State or remove one record. 0: queued, done will be called once. -ENOTCONN: no dataplane to
 * tell; done is not called; the provider states it when one comes. -ENOMEM.
 */
int gh_dpc_workers_set(
    struct gh_dpc *dpc, const struct gh_dp_workers *workers, struct gh_dpc_done done);
int gh_dpc_iface_set(struct gh_dpc *dpc, const struct gh_dp_iface *iface, struct gh_dpc_done done);
int gh_dpc_iface_del(struct gh_dpc *dpc, const char *name, struct gh_dpc_done done);
int gh_dpc_sa_set(struct gh_dpc *dpc, const struct gh_dp_sa *sa, struct gh_dpc_done done);
int gh_dpc_sa_del(struct gh_dpc *dpc, const struct gh_dp_sa_id *id, struct gh_dpc_done done);
int gh_dpc_policy_set(
    struct gh_dpc *dpc, const struct gh_dp_policy *policy, struct gh_dpc_done done);
int gh_dpc_policy_del(struct gh_dpc *dpc, uint32_t id, struct gh_dpc_done done);

/* The allocators of SA slots, see spi.h: one for each direction. */
struct gh_slots *gh_dpc_slots(struct gh_dpc *dpc, enum gh_dp_dir dir);
