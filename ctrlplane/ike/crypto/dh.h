/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * Diffie-Hellman: RFC 2409/3526 (MODP), RFC 5903 (ECP), RFC 8031 (Curve25519).
 *
 * A struct ike_dh is one ephemeral key pair, used once. Generating and deriving take 20 µs to some
 * ms: they are made for a thread pool. An object may move between threads, but only one thread
 * uses it at a time. Everything secret is wiped by ike_dh_free().
 */
#pragma once

#include "common/error.h"
#include "ctrlplane/ike/crypto/alg.h"
#include "ctrlplane/ike/wire/bytes.h"

struct ike_dh;

/* A fresh key pair; NULL if OpenSSL fails (out of memory). */
struct ike_dh *ike_dh_generate(const struct ike_dh_alg *group);
void ike_dh_free(struct ike_dh *dh); /* NULL is allowed */

const struct ike_dh_alg *ike_dh_group(const struct ike_dh *dh);
/* Our public value, group->public_len bytes, as the KE payload carries it; lives as long as dh. */
struct ike_bytes ike_dh_public(const struct ike_dh *dh);

/*
 * Cheap check of a peer's public value before it is queued: its length. 0 or -EINVAL with *err.
 */
int ike_dh_check(const struct ike_dh_alg *group, struct ike_bytes peer, struct gh_error *err);

/*
 * The shared secret, group->secret_len bytes, g^ir of RFC 7296 2.14, into secret (room IKE_DH_MAX).
 * 0; -EINVAL with *err: the peer's value is of the wrong length, out of range (1 < y < p-1, RFC
 * 6989 2.1), not on the curve, or gives zero (X25519). The caller wipes secret.
 */
int ike_dh_derive(
    struct ike_dh *dh, struct ike_bytes peer, uint8_t secret[IKE_DH_MAX], struct gh_error *err);
