/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * Stateless cookies, RFC 7296 2.6: version | keyed hash(Ni | IPi | SPIi). The secret changes every
 * IKE_COOKIE_ROTATE_MS; the one before stays valid. One jar per engine, owned by its thread.
 * A cookie costs about a microsecond (SipHash), so that a flood costs less than receiving it.
 */
#pragma once

#include <stdbool.h>
#include <stdint.h>

#include "common/addr.h"
#include "ctrlplane/ike/wire/bytes.h"

#define IKE_COOKIE_LEN 17 /* version byte and 128 bits of hash */
#define IKE_COOKIE_ROTATE_MS 60000

struct ike_cookie_jar {
	uint8_t secret[2][16]; /* by the lowest bit of version */
	uint8_t version;
	uint64_t rotated_ms;
};

/* now_ms: any monotonic clock, the same for all calls. */
void ike_cookie_init(struct ike_cookie_jar *jar, uint64_t now_ms);
void ike_cookie_wipe(struct ike_cookie_jar *jar);

/* The cookie for an IKE_SA_INIT request. Rotates the secret when due. */
void ike_cookie_make(struct ike_cookie_jar *jar, uint64_t now_ms, struct ike_bytes ni,
    const struct gh_addr *peer, uint64_t spi_i, uint8_t out[IKE_COOKIE_LEN]);

/* Whether a returned cookie is one we gave to that peer under this or the previous secret. */
bool ike_cookie_valid(struct ike_cookie_jar *jar, uint64_t now_ms, struct ike_bytes ni,
    const struct gh_addr *peer, uint64_t spi_i, struct ike_bytes cookie);
