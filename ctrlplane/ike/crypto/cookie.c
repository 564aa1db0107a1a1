/* SPDX-License-Identifier: BSD-3-Clause */
#include "ctrlplane/ike/crypto/cookie.h"

#include <stdlib.h>
#include <string.h>

#include "common/secret.h"
#include "common/wire.h"
#include "ctrlplane/ike/crypto/context.h"

#define HASH_LEN (IKE_COOKIE_LEN - 1)

void ike_cookie_init(struct ike_cookie_jar *jar, uint64_t now_ms)
{
	gh_random(jar->secret, sizeof(jar->secret));
	gh_random(&jar->version, sizeof(jar->version));
	jar->rotated_ms = now_ms;
}

void ike_cookie_wipe(struct ike_cookie_jar *jar)
{
	gh_wipe(jar, sizeof(*jar));
}

/* After a pause of two periods or more the former secret is stale as well. */
static void rotate(struct ike_cookie_jar *jar, uint64_t now_ms)
{
	uint64_t periods = (now_ms - jar->rotated_ms) / IKE_COOKIE_ROTATE_MS;

	if (periods == 0)
		return;
	for (uint64_t i = 0; i < periods && i < 2; i++) {
		jar->version++;
		gh_random(jar->secret[jar->version & 1], sizeof(jar->secret[0]));
	}
	jar->rotated_ms = now_ms;
}

static void hash(const struct ike_cookie_jar *jar, uint8_t version, struct ike_bytes ni,
    const struct gh_addr *peer, uint64_t spi_i, uint8_t out[HASH_LEN])
{
	struct ike_context *c = ike_context();
	uint8_t rest[1 + 16 + 8 + 1];
	struct gh_writer w = gh_writer(rest, sizeof(rest));
	size_t len;

	/* of one length for both families, so that no nonce can pass for part of an address */
	gh_put_u8(&w, peer->family);
	gh_put(&w, peer->bytes, sizeof(peer->bytes));
	gh_put_u64(&w, spi_i);
	gh_put_u8(&w, version);
	if (c->siphash == NULL)
		c->siphash = EVP_MAC_CTX_new(ike_fetched.siphash);
	if (c->siphash == NULL ||
	    EVP_MAC_init(c->siphash, jar->secret[version & 1], sizeof(jar->secret[0]), NULL) != 1 ||
	    EVP_MAC_update(c->siphash, ni.data, ni.len) != 1 ||
	    EVP_MAC_update(c->siphash, rest, gh_written(&w)) != 1 ||
	    EVP_MAC_final(c->siphash, out, &len, HASH_LEN) != 1 || len != HASH_LEN)
		abort();
}

void ike_cookie_make(struct ike_cookie_jar *jar, uint64_t now_ms, struct ike_bytes ni,
    const struct gh_addr *peer, uint64_t spi_i, uint8_t out[IKE_COOKIE_LEN])
{
	rotate(jar, now_ms);
	out[0] = jar->version;
	hash(jar, jar->version, ni, peer, spi_i, out + 1);
}

bool ike_cookie_valid(struct ike_cookie_jar *jar, uint64_t now_ms, struct ike_bytes ni,
    const struct gh_addr *peer, uint64_t spi_i, struct ike_bytes cookie)
{
	uint8_t want[HASH_LEN], age;

	rotate(jar, now_ms);
	if (cookie.len != IKE_COOKIE_LEN)
		return false;
	age = (uint8_t)(jar->version - cookie.data[0]);
	if (age > 1)
		return false;
	hash(jar, cookie.data[0], ni, peer, spi_i, want);
	return gh_equal_ct(want, cookie.data + 1, HASH_LEN);
}
