/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * Why negotiations failed, one sentence each, kept per peer address and VPN: the last of each and
 * at most IKE_FAILURES_MAX in all, the oldest leaves first.
 */
#pragma once

#include "ctrlplane/ike/ike.h"
#include "ctrlplane/ike/ike_index.h"

#define IKE_FAILURES_MAX 4096

struct ike_failure_node {
	struct ike_failure what;
	struct ike_entry by_peer, by_key;
	TAILQ_ENTRY(ike_failure_node) next;
};

struct ike_failures {
	TAILQ_HEAD(ike_failure_list, ike_failure_node) list; /* newest first */
	struct ike_index by_peer, by_key;
	unsigned count;
};

void ike_failures_init(struct ike_failures *fs);
void ike_failures_free(struct ike_failures *fs);
/* Keeps the sentence. False: it repeats the last one of this peer (do not log it again). */
bool ike_failures_note(struct ike_failures *fs, uint64_t wall_ms, const struct gh_addr *remote,
    const char *vpn, const char *text);
