/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * Configuration of the two mock peers: the same VPN "v" seen from both ends.
 */
#pragma once

#include "ctrlplane/ike/crypto/proposal.h"
#include "tests/unit/ike_mock.h"

/* Words of one proposal: leaves that are NULL are left out. */
struct setup_alg {
	const char *aead, *enc, *auth, *prf, *dh, *esn;
};

struct setup {
	struct setup_alg ike[2][3], esp[2][3]; /* of a and b; first unused ends it */
	const char *id[2];		       /* own identity of a and b */
	const char *remote_id[2];	       /* what a and b expect */
	const char *secret[2];
	const char *ts[2][2];			     /* of a and b: local, remote */
	const char *ts2[2][2];			     /* a second policy */
	struct ike_conf_vpn common;		     /* timers, flags */
	bool a_any;				     /* b takes peers from any address */
	const struct ike_conf_policy *policies_of_a; /* instead of ts */
	unsigned policy_count_of_a;
};

extern const struct setup SETUP_DEFAULT;

void setup_both(struct mock_world *w, const struct setup *s);
void setup_peer(struct mock_world *w, const struct setup *s, int side);
void setup_vpn(struct mock_world *w, const struct setup *s, int side, struct ike_engine *e);
