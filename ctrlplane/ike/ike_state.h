/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * The engine's own state: what the files of this folder share. ike.h is what others see.
 *
 *	ike_engine --< ike_sa --< ike_child
 *	                 |--- req       the one request that waits for its response
 *	                 |--< tasks     what we want from the peer, one exchange each, in order
 *	                 `--- passive   the peer's request that waits for arithmetic
 *
 * Objects that end while somebody up the call chain still holds them go to a graveyard (`dead`) and
 * are freed when the engine's entry point returns. After a call that may end an SA: `if
 *(sa->dead)`.
 */
#pragma once

#include "common/error.h"
#include "ctrlplane/ike/crypto/cookie.h"
#include "ctrlplane/ike/crypto/dh.h"
#include "ctrlplane/ike/crypto/keys.h"
#include "ctrlplane/ike/crypto/proposal.h"
#include "ctrlplane/ike/crypto/sk.h"
#include "ctrlplane/ike/ike.h"
#include "ctrlplane/ike/ike_failure.h"
#include "ctrlplane/ike/ike_halfopen.h"
#include "ctrlplane/ike/ike_psk.h"
#include "ctrlplane/ike/ike_timer.h"
#include "ctrlplane/ike/ike_vpn.h"
#include "ctrlplane/ike/wire/message.h"
#include "ctrlplane/ike/wire/payload.h"
#include "ctrlplane/ike/wire/ts.h"

#define IKE_SCRATCH 65536      /* bytes: any datagram */
#define IKE_CHAIN_MAX 8192     /* bytes of payloads in a message of ours */
#define IKE_LINGER_MS 3000     /* an old inbound SA stays for packets still under way */
#define IKE_LOOK_MS 500	       /* a rekey's responder looks whether the peer uses the new SA */
#define IKE_SETTLE_MS 3000     /* until a new IKE SA is surely up on both sides */
#define IKE_SWITCH_MS 60000    /* and uses it at the latest */
#define IKE_CHILDREN_MAX 256   /* of one IKE SA; twice that while they are rekeyed */
#define IKE_GRACE_MS 180000    /* a child SA whose rekey is late lives at least that long */
#define IKE_TEMPORARY_MS 2000  /* until what met TEMPORARY_FAILURE is tried again, plus jitter */
#define IKE_RETRY_MS 10000     /* until a failed set-up is tried again, plus jitter */
#define IKE_KEEPALIVE_MS 20000 /* RFC 3948 4 */

struct ike_task;
struct ike_passive;

/* One list gives the enum and the word of show and logs. */
#define IKE_CHILD_STATE_LIST(X)                                         \
	X(INSTALLED, "installed")                                       \
	X(REKEYING, "rekeying")	  /* our request is out */              \
	X(REKEYED, "rekeyed")	  /* a successor carries the traffic */ \
	X(DELETING, "deleting")	  /* our Delete is out */               \
	X(LINGERING, "lingering") /* gone for IKE; inbound until the timer */

enum ike_child_state {
#define X(id, word) IKE_CHILD_##id,
	IKE_CHILD_STATE_LIST(X)
#undef X
};

struct ike_child {
	struct ike_sa *sa;
	LIST_ENTRY(ike_child) next;
	struct ike_entry by_spi_in, by_spi_out, by_selectors;
	enum ike_child_state state;
	uint32_t spi_in, spi_out;
	uint32_t successor; /* spi_in of the child that replaces it; 0: none yet */
	uint32_t replaces;  /* spi_in of the child that it replaces, until it carries traffic */
	struct ike_suite suite;
	struct ike_child_keys keys;
	bool initiator; /* of the exchange that made it: says which keys are which */
	bool outbound;
	bool udp_encap;
	char *policy;
	struct ike_ts *ts; /* local ones, then remote ones */
	uint8_t ts_local_count, ts_remote_count;
	struct gh_dp_selector *selectors;
	uint8_t selector_count;
	uint64_t soft_bytes, soft_packets;
	uint64_t since_ms, since_wall_ms;
	struct ike_timer rekey, life; /* life: switch, linger or expiry, by state */
};

/* The request that waits for its response: one, RFC 7296 2.3. */
struct ike_request {
	uint8_t *data;
	size_t len;
	uint32_t id;
	uint8_t exchange;
	uint8_t tries;
	bool last_try; /* an unprotected error came: do not insist */
	struct ike_timer timer;
};

/* The last request of the peer that was answered, to answer it again. */
struct ike_answered {
	uint64_t hash;			  /* of the request as it came */
	struct gh_endpoint local, remote; /* its way: the answer goes back by it, 2.11 */
	uint8_t *data;
	size_t len;
};

/* What is needed until IKE_AUTH is through. */
struct ike_handshake {
	uint8_t ni[IKE_NONCE_MAX], nr[IKE_NONCE_MAX];
	uint16_t ni_len, nr_len;
	uint8_t *init_i, *init_r; /* the IKE_SA_INIT messages as sent, RFC 7296 2.15 */
	size_t init_i_len, init_r_len;
	char *policy;		    /* ours to begin with, NULL: the first one */
	bool all_policies;	    /* and the others after it */
	struct gh_prefix half_open; /* what it counts under; len 0 and AF_UNSPEC: not counted */
};

struct ike_sa {
	struct ike_engine *e;
	LIST_ENTRY(ike_sa) next, next_of_vpn, next_dirty;
	STAILQ_ENTRY(ike_sa) next_dead;
	struct ike_entry by_spi, by_init, by_remote, by_remote_id, by_pair;
	bool dead;
	enum ike_sa_state state;
	bool initiator; /* the original initiator of this IKE SA is us */
	bool fake_nat;	/* we said that we are behind a NAT, to have UDP encapsulation */
	bool nat_local, nat_remote, natt;
	bool mobike; /* both sides said so */
	bool had_child;
	bool superseded; /* by a newer one of the same peer: ends when `life` fires */
	bool dirty;	 /* the record is older than this */
	bool up_told;	 /* SA_UP was sent */
	uint64_t spi_i, spi_r;
	struct gh_endpoint local, remote;
	struct ike_vpn *vpn; /* NULL until IKE_AUTH says which */
	struct ike_ident *local_id, *remote_id;
	struct ike_suite suite;
	struct ike_keys keys;
	struct ike_sk sk_out, sk_in;
	uint32_t next_out, next_in; /* message ids */
	struct ike_request req;
	uint32_t pending_spi; /* restored: what the request in req would have made */
	struct ike_answered answered;
	struct ike_handshake *hs;     /* NULL once established */
	TAILQ_HEAD(, ike_task) tasks; /* the first is active while req or a job is under way */
	struct ike_task *active;
	struct ike_passive *passive;
	LIST_HEAD(, ike_child) children;
	uint32_t child_count;
	uint64_t replaces; /* id of the IKE SA that this one re-authenticates, 0: none */
	uint64_t since_ms, since_wall_ms, heard_ms;
	uint64_t successor; /* id of the IKE SA that took the children over */
	struct ike_timer life, rekey, reauth, dpd, keepalive;
};

struct ike_engine {
	struct ike_host host;
	void *ctx;
	bool started;
	bool closing;  /* freed when the last job is back */
	unsigned jobs; /* under way */
	struct ike_timers timers;
	uint64_t armed_ms;
	struct ike_vpns vpns;
	struct ike_psks psks;
	struct ike_failures failures;
	struct ike_halfopen halfopen;
	struct ike_cookie_jar jar;
	uint64_t fail_window_ms;
	unsigned fail_logged; /* sentences logged in this window */
	struct ike_limits limits;
	struct ike_counts counts;
	LIST_HEAD(, ike_sa) sas, dirty;
	STAILQ_HEAD(, ike_sa) graveyard;
	struct ike_index sa_by_spi, sa_by_init, sa_by_remote, sa_by_remote_id;
	struct ike_index sa_by_pair; /* VPN and remote identity */
	struct ike_index child_by_spi_in, child_by_spi_out, child_by_selectors;
	uint8_t scratch[IKE_SCRATCH]; /* the datagram being read */
};

#define ike_container(ptr, type, member) ((type *)((char *)(ptr)-offsetof(type, member)))

/* ---- small services, ike_engine.c ---- */

static inline uint64_t ike_now(const struct ike_engine *e)
{
	return e->host.now_ms(e->ctx);
}

uint64_t ike_random64(struct ike_engine *e);
/* value with up to 10 % taken off at random, so that 10,000 timers do not fire together. */
uint64_t ike_jitter(struct ike_engine *e, uint64_t value);
void *ike_dup(const void *p, size_t len);     /* aborts when memory is out */
uint64_t ike_hash(const void *p, size_t len); /* tells retransmissions from the rest */
