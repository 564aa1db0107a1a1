/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * Pre-shared keys and the choice among them. The best match wins: a secret that names both
 * identities, then one that names the peer, then one that names nobody but us, then patterns, then
 * the secret without identities. All but patterns cost O(1) among any number of secrets.
 */
#pragma once

#include "ctrlplane/ike/crypto/auth.h"
#include "ctrlplane/ike/ike_conf.h"
#include "ctrlplane/ike/ike_ident.h"
#include "ctrlplane/ike/ike_index.h"

struct ike_psk;

struct ike_psks {
	struct ike_psk *by_name;
	struct ike_index pairs;		     /* both identities */
	struct ike_index singles;	     /* any one identity of a secret */
	struct ike_index solo;		     /* the identity of a secret that has no other */
	LIST_HEAD(, ike_psk) patterns, wild; /* with a pattern; without identities */
};

int ike_psks_set(struct ike_psks *ps, const struct ike_conf_psk *conf, struct gh_error *err);
void ike_psks_del(struct ike_psks *ps, const char *name);
void ike_psks_free(struct ike_psks *ps);

/* The secret, owned by ps and valid until the next change, or NULL. */
struct ike_psk_key *ike_psks_find(
    const struct ike_psks *ps, const struct ike_ident *local, const struct ike_ident *remote);
