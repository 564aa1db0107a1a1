/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * The IKEv2 engine (RFC 7296). It knows no sockets, clocks or threads of its own: the host hands it
 * datagrams, timer ticks, acquires and finished jobs, and does for it what struct ike_host says.
 *
 * Life: ike_engine_new, configuration (ike_vpn_set, ike_psk_set), ike_engine_restore for every
 * record kept from before, ike_engine_start (now start-actions run), ... ike_engine_free, which
 * leaves peers and dataplane as they are; ike_engine_shutdown says goodbye to peers first.
 *
 * Threads: every call on one thread (the host's loop), and none from inside a host callback. Only
 * `run` of a job executes elsewhere.
 */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "common/addr.h"
#include "common/error.h"
#include "ctrlplane/ike/ike_conf.h"
#include "dataplane/api/dp_api.h"

#define IKE_PORT 500
#define IKE_PORT_NATT 4500
#define IKE_ESP_KEY_MAX 36  /* key and salt */
#define IKE_AUTH_KEY_MAX 64 /* bytes */
#define IKE_CHILD_SELECTORS_MAX 64

struct ike_engine;
struct ike_sa;

/*
 * Expensive arithmetic (Diffie-Hellman), off the loop. The host calls run on any thread, once, and
 * then done on the loop; a host without threads calls both later from its loop, never from inside
 * submit. The engine owns the memory; it is valid until done returns.
 */
struct ike_job {
	void (*run)(struct ike_job *job);
	void (*done)(struct ike_job *job);
	struct ike_job *next; /* the host's, e.g. for its queue */
};

struct ike_esp_keys {
	uint8_t enc[IKE_ESP_KEY_MAX]; /* AEAD: key then salt, RFC 4106 8.1 */
	uint8_t auth[IKE_AUTH_KEY_MAX];
};

/* A pair of ESP SAs as the dataplane needs it. Valid during the callback only. */
struct ike_child_sa {
	uint32_t spi_in; /* host order, from spi_alloc; it names the child in every callback */
	uint32_t spi_out;
	uint16_t enc_alg; /* enum gh_dp_alg */
	uint16_t auth_alg;
	bool esn, udp_encap, copy_dscp, copy_df;
	uint32_t replay_window;
	uint64_t soft_bytes, soft_packets; /* 0: none; jittered */
	struct gh_endpoint local, remote;
	struct ike_esp_keys in, out;
	const char *vpn, *policy;
	const struct gh_dp_selector *selectors;
	unsigned selector_count;
	bool outbound; /* traffic goes out by this child; false: only inbound, until child_switch */
};

struct ike_child_counters {
	uint64_t packets_in, bytes_in, packets_out, bytes_out;
	uint64_t seq_in, seq_out; /* highest seen, last used */
	uint64_t last_in_ms;	  /* age of the last inbound packet in ms; UINT64_MAX: none yet */
};

/* One list gives the enum and the word for logs. */
#define IKE_EVENT_LIST(X)                 \
	X(SA_UP, "ike-sa-up")             \
	X(SA_DOWN, "ike-sa-down")         \
	X(SA_REKEYED, "ike-sa-rekeyed")   \
	X(CHILD_UP, "child-sa-up")        \
	X(CHILD_DOWN, "child-sa-down")    \
	X(CHILD_REKEYED, "child-rekeyed") \
	X(FAILURE, "failure")

enum ike_event_type {
#define X(id, word) IKE_EVENT_##id,
	IKE_EVENT_LIST(X)
#undef X
};

struct ike_event {
	enum ike_event_type type;
	const char *vpn;       /* "" when not known */
	const char *remote_id; /* "" when not known */
	struct gh_endpoint remote;
	uint64_t sa;		  /* ike_sa_info.id, 0: none */
	uint32_t spi_in, spi_out; /* child events */
	const char *text;	  /* one sentence for the operator */
};

/*
 * What the engine needs from around it. ctx is the first argument of each. All are called on the
 * loop and may not call back into the engine.
 */
struct ike_host {
	uint64_t (*now_ms)(void *ctx);	/* monotonic */
	uint64_t (*wall_ms)(void *ctx); /* for "since" in show and records */
	void (*random)(void *ctx, void *p, size_t len);

	/* A bare IKE message. On the NAT-T port (local->port is IKE_PORT_NATT) the host puts the
	 * four zero bytes of RFC 3948 2.2 in front, but not of a single byte, which is a NAT
	 * keepalive (2.3). Loss is the network's business: no result. */
	void (*send)(void *ctx, const struct gh_endpoint *local, const struct gh_endpoint *remote,
	    const void *data, size_t len);
	/* The local address that Linux would use towards remote; 0 or a negative errno. */
	int (*source_address)(void *ctx, const struct gh_addr *remote, struct gh_addr *local);
	/* Call ike_engine_tick at that time (now_ms clock), replacing what was armed before.
	 * UINT64_MAX: not at all. */
	void (*arm)(void *ctx, uint64_t due_ms);
	void (*submit)(void *ctx, struct ike_job *job);

	/* A free slot of the inbound table and random rest: an SPI >= 256. 0 or -ENOSPC. */
	int (*spi_alloc)(void *ctx, uint32_t *spi);
	void (*spi_free)(void *ctx, uint32_t spi); /* of an SPI that was never installed */

	/* States both SAs and the policies of their selectors; idempotent: called again when
	 * endpoints change (RFC 4555, RFC 7296 2.23) or the dataplane lost its state. A slot that
	 * was never allocated (restored record) is claimed. 0; -ESTALE: its outbound sequence
	 * number is lost, so its keys must not be used again; other negative errno: the child is
	 * not used. */
	int (*child_install)(void *ctx, const struct ike_child_sa *child);
	/* Outbound traffic of the selectors now goes by `to` (spi_in), no more by `from` (0: none);
	 * both are installed. */
	void (*child_switch)(void *ctx, uint32_t to, uint32_t from);
	/* Removes both SAs and their policies, frees the slot. */
	void (*child_remove)(void *ctx, uint32_t spi_in);
	/* False: not known. */
	bool (*child_counters)(void *ctx, uint32_t spi_in, struct ike_child_counters *out);

	/* Keeps the record of IKE SA `key` (replacing the last) so that it outlives this process;
	 * called before the message that depends on it leaves. It holds keys: mode 0600 at most. */
	void (*record_put)(void *ctx, uint64_t key, const void *record, size_t len);
	void (*record_del)(void *ctx, uint64_t key);

	void (*event)(void *ctx, const struct ike_event *event);
};

/* host is copied; ctx must outlive the engine. NULL only when memory is out. */
struct ike_engine *ike_engine_new(const struct ike_host *host, void *ctx);
void ike_engine_free(struct ike_engine *e);
void ike_engine_start(struct ike_engine *e);
/* Sends a Delete for every IKE SA and forgets all of them, records too. */
void ike_engine_shutdown(struct ike_engine *e);

/* ---- what happens around the engine ---- */

/* A datagram without the non-ESP marker. local->port tells on which socket it came. */
void ike_engine_receive(struct ike_engine *e, const struct gh_endpoint *local,
    const struct gh_endpoint *remote, const void *data, size_t len);
void ike_engine_tick(struct ike_engine *e);
/* A packet met a policy without an SA. vpn and policy as configured. */
void ike_engine_acquire(
    struct ike_engine *e, const char *vpn, const char *policy, const struct gh_dp_selector *packet);
/* A soft (hard) limit of a child was reached. */
void ike_engine_sa_limit(struct ike_engine *e, uint32_t spi_in, bool hard);
/* The dataplane lost its state: calls child_install for every child again. */
void ike_engine_restate(struct ike_engine *e);
/* Takes over an IKE SA kept by record_put. 0; -EINVAL: not a record of ours; -ENOENT: its VPN is
 * configured no more or otherwise. On failure the caller drops the record. */
int ike_engine_restore(
    struct ike_engine *e, uint64_t key, const void *record, size_t len, struct gh_error *err);

/* ---- configuration; each call costs O(1) whatever else is configured ---- */

/* Adds or replaces. When timers or actions alone changed, SAs live on; when addresses, identities,
 * proposals or policies changed, the SAs of this VPN are deleted. 0 or -EINVAL with err. */
int ike_vpn_set(struct ike_engine *e, const struct ike_conf_vpn *vpn, struct gh_error *err);
int ike_vpn_check(const struct ike_conf_vpn *vpn, struct gh_error *err); /* the same, dry */
void ike_vpn_del(struct ike_engine *e, const char *name); /* deletes its SAs, told to the peers */
int ike_psk_set(struct ike_engine *e, const struct ike_conf_psk *psk, struct gh_error *err);
void ike_psk_del(struct ike_engine *e, const char *name); /* established SAs stay */

struct ike_limits {
	uint32_t cookie_threshold;     /* half-open SAs above which cookies are asked for */
	uint32_t half_open_max;	       /* above: new peers are not answered */
	uint32_t half_open_per_prefix; /* of one IPv4 /24 or IPv6 /48 */
	uint32_t half_open_ms;	       /* until a half-open SA is dropped */
	uint32_t childless_ms;	       /* until an IKE SA that never had a child is deleted */
	uint32_t retransmit_ms;	       /* first interval; times 1.8 each */
	uint32_t retransmit_tries;
};
void ike_engine_limits(struct ike_engine *e, struct ike_limits *out);
void ike_engine_set_limits(struct ike_engine *e, const struct ike_limits *limits);

/* ---- commands; -ENOENT if there is nothing of that name ---- */

/* Every security policy of it. -EDESTADDRREQ: it has no remote-address, its peers have to start. */
int ike_vpn_initiate(struct ike_engine *e, const char *vpn);
int ike_vpn_terminate(struct ike_engine *e, const char *vpn);
int ike_sa_terminate(struct ike_engine *e, uint64_t id);
int ike_sa_rekey(struct ike_engine *e, uint64_t id);
int ike_child_rekey(struct ike_engine *e, uint32_t spi_in);

/* ---- what `show` reads ---- */

#define IKE_ID_STRLEN 260

#define IKE_SA_STATE_LIST(X)          \
	X(CONNECTING, "connecting")   \
	X(ESTABLISHED, "established") \
	X(REKEYED, "rekeyed")         \
	X(DELETING, "deleting")

enum ike_sa_state {
#define X(id, word) IKE_SA_##id,
	IKE_SA_STATE_LIST(X)
#undef X
};

struct ike_sa_info {
	uint64_t id; /* also the record's key */
	const char *vpn;
	enum ike_sa_state state;
	const char *state_word;
	bool initiator;
	uint64_t spi_i, spi_r;
	struct gh_endpoint local, remote;
	char local_id[IKE_ID_STRLEN], remote_id[IKE_ID_STRLEN];
	/* The words of the configuration; NULL where there is none: integrity beside AEAD, and all
	 * before they are agreed. */
	const char *encryption, *integrity, *prf, *dh_group;
	bool nat_local, nat_remote, udp_encap, mobike;
	uint64_t age_ms, idle_ms; /* since establishment; since the last message from the peer */
	uint64_t rekey_in_ms, reauth_in_ms, dpd_in_ms; /* UINT64_MAX: never */
	uint32_t child_count;
};

struct ike_child_info {
	uint32_t spi_in, spi_out;
	const char *vpn, *policy;
	const char *state_word; /* installed, rekeying, rekeyed, deleting, lingering */
	bool outbound, esn, udp_encap;
	const char *encryption, *integrity, *dh_group; /* NULL: none */
	uint32_t replay_window;
	uint64_t age_ms, rekey_in_ms;
	const struct gh_dp_selector *selectors;
	unsigned selector_count;
};

/* Callbacks return false to end the walk. They may not call anything that changes the engine. */
typedef bool (*ike_sa_visit)(void *arg, const struct ike_sa *sa);
typedef bool (*ike_child_visit)(void *arg, const struct ike_child_info *child);

void ike_sa_foreach(struct ike_engine *e, ike_sa_visit visit, void *arg);
/* The SA of that id, O(1); NULL: gone. */
const struct ike_sa *ike_sa_by_id(struct ike_engine *e, uint64_t id);
/* O(found); remote_id in the configuration's notation. */
void ike_sa_by_remote_address(
    struct ike_engine *e, const struct gh_addr *remote, ike_sa_visit visit, void *arg);
void ike_sa_by_remote_id(
    struct ike_engine *e, const char *remote_id, ike_sa_visit visit, void *arg);
void ike_sa_by_vpn(struct ike_engine *e, const char *vpn, ike_sa_visit visit, void *arg);
void ike_sa_describe(const struct ike_sa *sa, struct ike_sa_info *out);
void ike_sa_children(const struct ike_sa *sa, ike_child_visit visit, void *arg);

struct ike_counts {
	uint64_t established, half_open, children;
	uint64_t messages_in, messages_out, retransmits_in, retransmits_out;
	uint64_t malformed, cookies_sent, refused_overload, failures;
};
void ike_engine_counts(struct ike_engine *e, struct ike_counts *out);

/* The last failures, newest first, one per peer address and VPN, a bounded number in all. */
struct ike_failure {
	uint64_t wall_ms;
	uint32_t repeated; /* how often the same sentence came again */
	struct gh_addr remote;
	char vpn[64];
	char text[384];
};
typedef bool (*ike_failure_visit)(void *arg, const struct ike_failure *failure);
/* remote NULL: all. */
void ike_failures(
    struct ike_engine *e, const struct gh_addr *remote, ike_failure_visit visit, void *arg);
