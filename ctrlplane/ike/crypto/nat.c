/* SPDX-License-Identifier: BSD-3-Clause */
#include "ctrlplane/ike/crypto/nat.h"

#include <errno.h>

#include "common/wire.h"
#include "ctrlplane/ike/crypto/context.h"

int ike_natd_hash(
    uint64_t spi_i, uint64_t spi_r, const struct gh_endpoint *endpoint, uint8_t out[IKE_NATD_LEN])
{
	struct ike_context *c = ike_context();
	uint8_t buf[8 + 8 + 16 + 2];
	struct gh_writer w = gh_writer(buf, sizeof(buf));

	gh_put_u64(&w, spi_i);
	gh_put_u64(&w, spi_r);
	gh_put(&w, endpoint->addr.bytes, gh_addr_len(&endpoint->addr));
	gh_put_u16(&w, endpoint->port);
	if (c->sha1 == NULL)
		c->sha1 = EVP_MD_CTX_new();
	if (c->sha1 == NULL || EVP_DigestInit_ex2(c->sha1, ike_fetched.sha1, NULL) != 1 ||
	    EVP_DigestUpdate(c->sha1, buf, gh_written(&w)) != 1 ||
	    EVP_DigestFinal_ex(c->sha1, out, NULL) != 1)
		return -EIO;
	return 0;
}
