/* SPDX-License-Identifier: BSD-3-Clause */
#include "ctrlplane/ike/crypto/dh.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "common/secret.h"
#include "ctrlplane/ike/crypto/dh_impl.h"

int ike_dh_refuse(struct gh_error *err, const struct ike_dh_alg *group, const char *why)
{
	return gh_error_set(
	    err, -EINVAL, "", "the peer's %s public value is refused: %s", group->word, why);
}

struct ike_dh *ike_dh_generate(const struct ike_dh_alg *group)
{
	struct ike_dh *dh = calloc(1, sizeof(*dh) + group->public_len);
	int rc;

	if (dh == NULL)
		return NULL;
	dh->group = group;
	rc = group->kind == IKE_DH_KIND_MODP ? ike_modp_generate(dh) : ike_curve_generate(dh);
	if (rc < 0) {
		ike_dh_free(dh);
		return NULL;
	}
	return dh;
}

void ike_dh_free(struct ike_dh *dh)
{
	if (dh == NULL)
		return;
	EVP_PKEY_free(dh->pkey);
	gh_wipe_free(dh, sizeof(*dh));
}

const struct ike_dh_alg *ike_dh_group(const struct ike_dh *dh)
{
	return dh->group;
}

struct ike_bytes ike_dh_public(const struct ike_dh *dh)
{
	return ike_bytes(dh->public_value, dh->group->public_len);
}

int ike_dh_check(const struct ike_dh_alg *group, struct ike_bytes peer, struct gh_error *err)
{
	if (peer.len == group->public_len)
		return 0;
	return gh_error_set(err, -EINVAL, "",
	    "the peer's %s public value is refused: it has %zu bytes and must have %u", group->word,
	    peer.len, group->public_len);
}

int ike_dh_derive(
    struct ike_dh *dh, struct ike_bytes peer, uint8_t secret[IKE_DH_MAX], struct gh_error *err)
{
	int rc = ike_dh_check(dh->group, peer, err);

	if (rc < 0)
		return rc;
	if (dh->group->kind == IKE_DH_KIND_MODP)
		return ike_modp_derive(dh, peer, secret, err);
	return ike_curve_derive(dh, peer, secret, err);
}
