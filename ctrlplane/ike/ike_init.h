/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * What both ends of IKE_SA_INIT share: NAT detection, nonces, keys (RFC 7296 1.2, 2.14, 2.23).
 */
#pragma once

#include "ctrlplane/ike/ike_state.h"

/* NAT_DETECTION_SOURCE_IP and _DESTINATION_IP for a message from us; with fake the source does not
 * match, so that the peer encapsulates. */
void ike_natd_put(struct ike_builder *b, const struct ike_sa *sa, uint64_t spi_r, bool fake);
/* Reads them: who of the two is behind a NAT. spi_r is 0 in a request. False: the peer sent none.
 */
bool ike_natd_detect(const struct ike_message *m, const struct gh_endpoint *local,
    const struct gh_endpoint *remote, uint64_t spi_r, bool *nat_local, bool *nat_remote);

/* The nonce of a message into a buffer of IKE_NONCE_MAX. 0 or -EBADMSG. */
int ike_nonce_take(
    const struct ike_message *m, uint8_t *nonce, uint16_t *len, struct gh_error *err);
void ike_nonce_make(struct ike_engine *e, uint8_t *nonce, uint16_t *len);

/* Keys of a fresh SA from the handshake's nonces; sealing works afterwards. 0 or -EIO. */
int ike_init_derive(struct ike_sa *sa, struct ike_bytes dh_secret);
