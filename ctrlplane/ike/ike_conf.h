/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * What the IKE engine is told to do: virtual private networks and pre-shared keys, as plain values
 * with templates already resolved. The caller owns every pointer in these structs; the engine
 * copies what it keeps. Times are seconds, 0 turns a timer off.
 */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "common/addr.h"
#include "common/error.h"
#include "ctrlplane/ike/crypto/proposal.h"

#define IKE_CONF_PROPOSALS 8
#define IKE_CONF_PSK_IDS 16

/* One list gives the enum and the configuration word. */
#define IKE_UNIQUE_LIST(X) \
	X(NO, "no")        \
	X(KEEP, "keep")    \
	X(REPLACE, "replace")

/* start-action, close-action and dpd-action share one set of words: `none` and `clear` do nothing
 * further, `trap` waits for a packet that needs the tunnel, `start` and `restart` set it up. */
#define IKE_ACTION_LIST(X) \
	X(NONE, "none")    \
	X(CLEAR, "clear")  \
	X(TRAP, "trap")    \
	X(START, "start")  \
	X(RESTART, "restart")

#define IKE_AUTH_LIST(X) X(PSK, "pre-shared-key")

enum ike_unique {
#define X(id, word) IKE_UNIQUE_##id,
	IKE_UNIQUE_LIST(X)
#undef X
};

enum ike_action {
#define X(id, word) IKE_ACTION_##id,
	IKE_ACTION_LIST(X)
#undef X
};

enum ike_auth_method {
#define X(id, word) IKE_AUTH_##id,
	IKE_AUTH_LIST(X)
#undef X
};

/* Words to values; false for an unknown word. */
bool ike_conf_unique(const char *word, enum ike_unique *out);
bool ike_conf_action(const char *word, enum ike_action *out);
bool ike_conf_auth(const char *word, enum ike_auth_method *out);

/* A security policy: peers may negotiate any subset of local x remote. */
struct ike_conf_policy {
	const char *name;
	struct gh_prefix local, remote;
	uint8_t proto;			  /* 0: any */
	uint16_t local_port, remote_port; /* 0: any; with proto tcp, udp or sctp */
};

struct ike_conf_vpn {
	const char *name; /* the key */

	/* ike-policy; proposals come from ike_proposal_init, _add, _complete (crypto/proposal.h) */
	const struct ike_proposal *ike_proposals;
	unsigned ike_proposal_count;
	enum ike_auth_method local_auth, remote_auth;
	enum ike_unique unique_sa;
	uint32_t ike_rekey_time, reauth_time, dpd_delay;
	uint32_t keying_tries; /* 0: for ever */
	bool udp_encap;	       /* encapsulate although no NAT was found */
	bool mobike;

	/* ipsec-policy */
	const struct ike_proposal *esp_proposals;
	unsigned esp_proposal_count;
	enum ike_action start_action, close_action, dpd_action;
	uint32_t esp_rekey_time;
	uint64_t rekey_bytes, rekey_packets;
	uint32_t replay_window; /* packets */
	bool copy_dscp, copy_df;

	struct gh_addr local_address, remote_address; /* AF_UNSPEC: any */
	const char *local_id, *remote_id;	      /* NULL: the address; any */
	const struct ike_conf_policy *policies;
	unsigned policy_count;
};

struct ike_conf_psk {
	const char *name;	/* the key */
	const char *const *ids; /* none: fits any pair of peers */
	unsigned id_count;
	const void *secret; /* wiped by the engine when dropped */
	size_t secret_len;
};
