/* SPDX-License-Identifier: BSD-3-Clause */
#include "ctrlplane/ike/ike_psk_auth.h"

#include <errno.h>

#include "common/secret.h"
#include "ctrlplane/ike/crypto/auth.h"

struct ike_id ike_ident_to_id(const struct ike_ident *id)
{
	return (struct ike_id){.type = id->type, .data = ike_bytes(id->data, id->len)};
}

struct ike_ident *ike_local_ident(const struct ike_vpn *vpn, const struct gh_endpoint *local)
{
	return vpn->local_id != NULL ? ike_ident_dup(vpn->local_id)
				     : ike_ident_from_addr(&local->addr);
}

/* What the original initiator, or responder, signs. */
static struct ike_signed signed_by(
    const struct ike_sa *sa, bool initiator, struct ike_bytes id_body)
{
	const struct ike_handshake *hs = sa->hs;

	if (initiator)
		return (struct ike_signed){.message = ike_bytes(hs->init_i, hs->init_i_len),
		    .nonce = ike_bytes(hs->nr, hs->nr_len),
		    .id_body = id_body,
		    .sk_p = sa->keys.pi};
	return (struct ike_signed){.message = ike_bytes(hs->init_r, hs->init_r_len),
	    .nonce = ike_bytes(hs->ni, hs->ni_len),
	    .id_body = id_body,
	    .sk_p = sa->keys.pr};
}

static struct ike_psk_key *secret_of(const struct ike_sa *sa, struct gh_error *err)
{
	char local[IKE_IDENT_STRLEN], remote[IKE_IDENT_STRLEN];
	struct ike_psk_key *psk = ike_psks_find(&sa->e->psks, sa->local_id, sa->remote_id);

	if (psk == NULL)
		gh_error_set(err, -ENOKEY, "",
		    "no pre-shared key is configured for %s (ours) and %s (the peer's)",
		    ike_ident_str(sa->local_id, local), ike_ident_str(sa->remote_id, remote));
	return psk;
}

int ike_auth_put(struct ike_sa *sa, struct ike_builder *b, struct gh_error *err)
{
	struct ike_psk_key *psk = secret_of(sa, err);
	struct ike_id id = ike_ident_to_id(sa->local_id);
	uint8_t body[IKE_ID_BODY_MAX], data[IKE_PRF_MAX];
	ssize_t len = ike_id_body(&id, body, sizeof(body));
	struct ike_auth auth = {
	    .method = IKE_METHOD_PSK, .data = ike_bytes(data, sa->suite.prf->len)};
	struct ike_signed what;

	if (psk == NULL)
		return -ENOKEY;
	if (len < 0)
		return -EIO;
	what = signed_by(sa, sa->initiator, ike_bytes(body, (size_t)len));
	if (ike_psk_auth(psk, sa->suite.prf, &what, data) < 0)
		return gh_error_set(err, -EIO, "", "out of memory");
	ike_put_auth(b, &auth);
	gh_wipe(data, sizeof(data));
	return 0;
}

int ike_auth_check(
    struct ike_sa *sa, const struct ike_message *m, struct ike_bytes id_body, struct gh_error *err)
{
	const struct ike_payload *p = ike_find(m, IKE_PAYLOAD_AUTH);
	struct ike_psk_key *psk;
	struct ike_signed what;
	struct ike_auth auth;
	int rc;

	if (p == NULL)
		return gh_error_set(
		    err, -EACCES, "", "the peer wants EAP; only pre-shared keys are configured");
	rc = ike_parse_auth(p->body, &auth, err);
	if (rc < 0)
		return rc;
	if (auth.method != IKE_METHOD_PSK)
		return gh_error_set(err, -EACCES, "",
		    "the peer authenticates by %s; we want pre-shared-key",
		    ike_method_name(auth.method));
	psk = secret_of(sa, err);
	if (psk == NULL)
		return -ENOKEY;
	what = signed_by(sa, !sa->initiator, id_body);
	rc = ike_psk_verify(psk, sa->suite.prf, &what, auth.data);
	if (rc < 0)
		gh_error_set(err, rc, "",
		    "the peer's AUTH does not match: the pre-shared keys of the two sides differ");
	return rc;
}
