/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * The configured VPNs, found by name, and for an arriving peer by addresses and identities. Exact
 * matches cost O(1) among any number; VPNs that leave the peer's address or identity open are
 * looked at after those that name it.
 */
#pragma once

#include "ctrlplane/ike/ike_conf.h"
#include "ctrlplane/ike/ike_ident.h"
#include "ctrlplane/ike/ike_index.h"
#include "ctrlplane/ike/ike_timer.h"

struct ike_sa;

/* VPNs of the same addresses and IKE proposals: at IKE_SA_INIT no more is known of a peer. */
struct ike_vpn_class {
	struct gh_addr local, remote;
	struct ike_proposal *proposals;
	unsigned proposal_count;
	bool udp_encap;
	unsigned refs;
	struct ike_entry by_addrs, by_content;
};

struct ike_vpn {
	struct ike_conf_vpn conf;		/* own copy of all that it points to */
	struct ike_ident *local_id, *remote_id; /* NULL: the address; any */
	struct ike_vpn_class *class;
	struct ike_entry by_name, by_peer;
	LIST_ENTRY(ike_vpn) next;
	LIST_HEAD(, ike_sa) sas;
	uint32_t refs;	/* the table's one and one per IKE SA */
	bool gone;	/* deleted or replaced: only its SAs hold it */
	bool restart;	/* the retry comes from dpd-action or close-action */
	bool trapped;	/* acquires start it */
	uint32_t tries; /* failed attempts in a row */
	struct ike_timer retry;
	struct ike_engine *engine;
};

struct ike_vpns {
	LIST_HEAD(, ike_vpn) list;
	unsigned count;
	struct ike_index by_name, by_peer;
	struct ike_index class_by_addrs, class_by_content;
};

/* A copy of conf, not in the tables. NULL with err set. Free with ike_vpn_unref. */
struct ike_vpn *ike_vpn_new(const struct ike_conf_vpn *conf, struct gh_error *err);
void ike_vpn_unref(struct ike_vpn *vpn);
struct ike_vpn *ike_vpn_ref(struct ike_vpn *vpn);

void ike_vpns_add(struct ike_vpns *vs, struct ike_vpn *vpn);	/* takes the reference */
void ike_vpns_remove(struct ike_vpns *vs, struct ike_vpn *vpn); /* gives it back */
struct ike_vpn *ike_vpns_find(const struct ike_vpns *vs, const char *name);

/* Whether SAs of the one may go on under the other: all that a peer sees is the same. */
bool ike_vpn_same_deal(const struct ike_vpn *a, const struct ike_vpn *b);
/* Takes timers, actions and the like over from `from`, which is freed. */
void ike_vpn_update(struct ike_vpn *vpn, struct ike_vpn *from);

/* IKE_SA_INIT: calls visit for each class that fits the addresses, most specific first, until it
 * returns true. False: none did. */
typedef bool (*ike_class_visit)(void *arg, const struct ike_vpn_class *class);
bool ike_vpns_classes(const struct ike_vpns *vs, const struct gh_addr *local,
    const struct gh_addr *remote, ike_class_visit visit, void *arg);

/* IKE_AUTH: the same for VPNs, by the peer's identity as well. */
typedef bool (*ike_vpn_visit)(void *arg, struct ike_vpn *vpn);
bool ike_vpns_match(const struct ike_vpns *vs, const struct gh_addr *local,
    const struct gh_addr *remote, const struct ike_ident *remote_id, ike_vpn_visit visit,
    void *arg);
