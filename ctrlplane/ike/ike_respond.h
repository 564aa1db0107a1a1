/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * Requests of the peer, a file per exchange. Each function answers the request (at once or through
 * sa->passive), or drops it.
 */
#pragma once

#include "ctrlplane/ike/ike_state.h"

/* Not of any SA yet. */
void ike_respond_init(struct ike_engine *e, const struct gh_endpoint *local,
    const struct gh_endpoint *remote, const struct ike_message *m);

/* Opened, in order, not a retransmission. */
void ike_respond_auth(struct ike_sa *sa, const struct ike_message *m);
void ike_respond_create_child(struct ike_sa *sa, const struct ike_message *m);
void ike_respond_rekey_sa(struct ike_sa *sa, const struct ike_message *m);
void ike_respond_informational(struct ike_sa *sa, const struct ike_message *m,
    const struct gh_endpoint *local, const struct gh_endpoint *remote);
