/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * AUTH payloads of an IKE SA in its handshake (RFC 7296 2.15), by pre-shared key.
 */
#pragma once

#include "ctrlplane/ike/ike_state.h"

struct ike_id ike_ident_to_id(const struct ike_ident *id);

/* Our AUTH over our identity (sa->local_id), written to b. 0; -ENOKEY: no secret fits; -EIO. */
int ike_auth_put(struct ike_sa *sa, struct ike_builder *b, struct gh_error *err);

/* The peer's AUTH in m over id_body as it came. Needs local_id and remote_id. 0; -EACCES: it does
 * not match, -ENOKEY: no secret fits, -EBADMSG; with err in every case. */
int ike_auth_check(
    struct ike_sa *sa, const struct ike_message *m, struct ike_bytes id_body, struct gh_error *err);

/* Our identity under a VPN: local-id, else the local address. */
struct ike_ident *ike_local_ident(const struct ike_vpn *vpn, const struct gh_endpoint *local);
