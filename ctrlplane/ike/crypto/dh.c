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

static int (*const generators[])(struct ike_dh *) = {
    [IKE_DH_KIND_MODP] = ike_modp_generate,
    [IKE_DH_KIND_ECP] = ike_ecp_generate,
    [IKE_DH_KIND_X25519] = ike_x25519_generate,
};

static int (*const derivers[])(struct ike_dh *, struct ike_bytes, uint8_t *, struct gh_error *) = {
    [IKE_DH_KIND_MODP] = ike_modp_derive,
    [IKE_DH_KIND_ECP] = ike_ecp_derive,
    [IKE_DH_KIND_X25519] = ike_x25519_derive,
};

struct ike_dh *ike_dh_generate(const struct ike_dh_alg *group)
{
	struct ike_dh *dh = calloc(1, sizeof(*dh) + group->public_len);

	if (dh == NULL)
		return NULL;
	dh->group = group;
	if (generators[group->kind](dh) < 0) {
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

	return rc < 0 ? rc : derivers[dh->group->kind](dh, peer, secret, err);
}
