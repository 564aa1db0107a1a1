/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * Two IKE engines in one process over a mock wire and clock: the test decides what is lost,
 * duplicated, held back or reordered, and when jobs end. The mock dataplane remembers what each
 * side has installed and can tell whether the two sides fit.
 */
#pragma once

#include <sys/queue.h>
#include <uthash.h>

#include "ctrlplane/ike/ike.h"

struct mock_child {
	struct ike_child_sa sa;
	struct gh_dp_selector selectors[IKE_CHILD_SELECTORS_MAX];
	uint64_t last_in_ms; /* UINT64_MAX: never */
	UT_hash_handle hh;
};

struct mock_record {
	uint64_t key;
	void *data;
	size_t len;
	UT_hash_handle hh;
};

struct mock_peer {
	struct mock_world *w;
	const char *name;
	struct gh_addr addr;
	struct ike_engine *e;
	uint64_t armed;
	uint32_t spi_next;
	unsigned spis_out; /* allocated, neither installed nor freed */
	struct mock_child *children;
	struct mock_record *records;
	unsigned events[16];
	char last_failure[512];
	bool refuse_children;
};

struct mock_datagram {
	struct gh_endpoint from, to;
	uint8_t *data;
	size_t len;
	TAILQ_ENTRY(mock_datagram) next;
};

/* Return false to lose the datagram. n counts all that were sent, from 0. */
typedef bool (*mock_filter)(struct mock_world *w, struct mock_datagram *d, unsigned n);

struct mock_world {
	uint64_t now;
	struct mock_peer a, b;
	TAILQ_HEAD(mock_queue, mock_datagram) queue;
	struct ike_job *jobs, **jobs_end;
	bool hold_jobs;
	unsigned sent;
	mock_filter filter;
	unsigned filter_arg;
	bool check_traffic; /* after each step both sides must understand what the other sends */
	uint16_t nat_shift; /* the NAT has new ports */
	bool nat;	    /* a's address and ports look different to b */
	uint64_t random;
};

void mock_start(struct mock_world *w); /* engines without configuration */
void mock_stop(struct mock_world *w);
/* Frees the engine and makes a new one, as a restart of gatehoused does: records are kept. */
void mock_restart(struct mock_peer *p);
void mock_restore(struct mock_peer *p); /* feeds the records to the new engine */

/* The same without memory: dataplane and records are empty too. */
void mock_forget(struct mock_peer *p);
bool mock_lose_from_b(struct mock_world *w, struct mock_datagram *d, unsigned n);

/* Delivers everything and runs all jobs until nothing is left. The clock stands still. */
void mock_settle(struct mock_world *w);
/* One datagram (the first) or job; false: there is none. */
bool mock_step(struct mock_world *w);
/* Lets time pass: timers fire in order, everything sent is delivered. */
void mock_advance(struct mock_world *w, uint64_t ms);

/* The one IKE SA of a peer, or NULL when there is not exactly one that is established. */
bool mock_sa(struct mock_peer *p, struct ike_sa_info *out);
unsigned mock_sa_count(struct mock_peer *p); /* of any state */
unsigned mock_child_count(struct mock_peer *p);
/* Each child of either has its other half with the same keys, SPIs crosswise, mirrored selectors.
 */
bool mock_children_fit(struct mock_world *w);
/* What either sends by its outbound children the other can read now. */
bool mock_traffic_ok(struct mock_world *w);
/* The child that carries outbound traffic; NULL: none or several. */
struct mock_child *mock_carrier(struct mock_peer *p);
