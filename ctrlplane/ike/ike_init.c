/* SPDX-License-Identifier: BSD-3-Clause */
#include "ctrlplane/ike/ike_init.h"

#include <errno.h>
#include <string.h>

#include "ctrlplane/ike/crypto/nat.h"
#include "ctrlplane/ike/ike_sa.h"

void ike_natd_put(struct ike_builder *b, const struct ike_sa *sa, uint64_t spi_r, bool fake)
{
	uint8_t hash[IKE_NATD_LEN];

	if (fake)
		sa->e->host.random(sa->e->ctx, hash, sizeof(hash));
	else if (ike_natd_hash(sa->spi_i, spi_r, &sa->local, hash) < 0)
		return;
	ike_put_status(b, IKE_N_NAT_DETECTION_SOURCE_IP, ike_bytes(hash, sizeof(hash)));
	if (ike_natd_hash(sa->spi_i, spi_r, &sa->remote, hash) < 0)
		return;
	ike_put_status(b, IKE_N_NAT_DETECTION_DESTINATION_IP, ike_bytes(hash, sizeof(hash)));
}

/* Whether some notify of that type holds the hash; *any: whether there is one of that type. */
static bool natd_holds(
    const struct ike_message *m, uint16_t type, const uint8_t hash[IKE_NATD_LEN], bool *any)
{
	const struct ike_payload *p = ike_find(m, IKE_PAYLOAD_NOTIFY);
	struct ike_notify n;

	for (*any = false; p != NULL; p = ike_next_payload(m, p, IKE_PAYLOAD_NOTIFY)) {
		if (ike_parse_notify(p->body, &n, NULL) < 0 || n.type != type)
			continue;
		*any = true;
		if (n.data.len == IKE_NATD_LEN && memcmp(n.data.data, hash, IKE_NATD_LEN) == 0)
			return true;
	}
	return false;
}

bool ike_natd_detect(const struct ike_message *m, const struct gh_endpoint *local,
    const struct gh_endpoint *remote, uint64_t spi_r, bool *nat_local, bool *nat_remote)
{
	uint8_t here[IKE_NATD_LEN], there[IKE_NATD_LEN];
	bool any_source, any_destination, source, destination;

	*nat_local = *nat_remote = false;
	if (ike_natd_hash(m->hdr.spi_i, spi_r, local, here) < 0 ||
	    ike_natd_hash(m->hdr.spi_i, spi_r, remote, there) < 0)
		return false;
	source = natd_holds(m, IKE_N_NAT_DETECTION_SOURCE_IP, there, &any_source);
	destination = natd_holds(m, IKE_N_NAT_DETECTION_DESTINATION_IP, here, &any_destination);
	if (!any_source || !any_destination)
		return false;
	*nat_remote = !source;
	*nat_local = !destination;
	return true;
}

int ike_nonce_take(const struct ike_message *m, uint8_t *nonce, uint16_t *len, struct gh_error *err)
{
	const struct ike_payload *p = ike_find(m, IKE_PAYLOAD_NONCE);
	struct ike_bytes data;
	int rc;

	if (p == NULL)
		return gh_error_set(err, -EBADMSG, "", "the message has no nonce");
	rc = ike_parse_nonce(p->body, &data, err);
	if (rc < 0)
		return rc;
	memcpy(nonce, data.data, data.len);
	*len = (uint16_t)data.len;
	return 0;
}

void ike_nonce_make(struct ike_engine *e, uint8_t *nonce, uint16_t *len)
{
	e->host.random(e->ctx, nonce, IKE_NONCE_LEN);
	*len = IKE_NONCE_LEN;
}

int ike_init_derive(struct ike_sa *sa, struct ike_bytes dh_secret)
{
	struct ike_handshake *hs = sa->hs;
	int rc = ike_keys_derive(&sa->suite, dh_secret, ike_bytes(hs->ni, hs->ni_len),
	    ike_bytes(hs->nr, hs->nr_len), sa->spi_i, sa->spi_r, &sa->keys);

	if (rc == 0)
		ike_sa_keyed(sa);
	return rc;
}
