/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * INFORMATIONAL as responder (RFC 7296 1.4, 1.4.1): liveness, Delete, errors, and the peer's move
 * to another address (RFC 4555 3.5).
 */
#include "ctrlplane/ike/ike_respond.h"

#include <stdlib.h>
#include <string.h>

#include "ctrlplane/ike/ike_child.h"
#include "ctrlplane/ike/ike_exchange.h"
#include "ctrlplane/ike/ike_init.h"
#include "ctrlplane/ike/ike_sa.h"
#include "ctrlplane/ike/task_rekey.h"

#define DELETES_MAX 256 /* SPIs answered in one message; the rest comes again or times out */

struct outcome {
	uint32_t gone[DELETES_MAX]; /* our SPIs of the pairs that the peer deleted */
	uint16_t gone_count;
	bool delete_sa;
	bool close; /* a child that was in use: close-action */
};

static void delete_child(struct ike_sa *sa, struct ike_child *child, struct outcome *out)
{
	struct ike_child *next = ike_child_heir(child);

	if (child->state == IKE_CHILD_DELETING)
		return; /* the Deletes crossed: the answer to ours ends it (RFC 7296 1.4.1) */
	if (out->gone_count < DELETES_MAX)
		out->gone[out->gone_count++] = child->spi_in;
	if (next != NULL)
		ike_child_switch(next);
	if (next != NULL || child->state == IKE_CHILD_REKEYED) {
		ike_child_linger(child);
		return;
	}
	out->close |= child->outbound;
	ike_child_remove(child, "deleted by the peer");
}

static void take_delete(struct ike_sa *sa, const struct ike_delete *d, struct outcome *out)
{
	if (d->protocol == IKE_PROTO_IKE) {
		out->delete_sa = true;
		return;
	}
	for (unsigned i = 0; d->protocol == IKE_PROTO_ESP && i < d->count; i++) {
		struct ike_child *child = ike_child_find_peer(sa, ike_delete_spi(d, i));

		if (child != NULL)
			delete_child(sa, child, out);
	}
}

static void take_deletes(struct ike_sa *sa, const struct ike_message *m, struct outcome *out)
{
	const struct ike_payload *p = ike_find(m, IKE_PAYLOAD_DELETE);
	struct ike_delete d;

	for (; p != NULL; p = ike_next_payload(m, p, IKE_PAYLOAD_DELETE)) {
		if (ike_parse_delete(p->body, &d, NULL) == 0)
			take_delete(sa, &d, out);
	}
}

/* RFC 4555 3.5: the peer asks us to use the address that this message came from. */
static void take_move(struct ike_sa *sa, const struct ike_message *m,
    const struct gh_endpoint *local, const struct gh_endpoint *remote, struct ike_builder *b)
{
	struct ike_child *child;
	struct ike_notify n;
	bool nat_local, nat_remote;

	if (!sa->mobike)
		return;
	if (ike_find_notify(m, IKE_N_COOKIE2, &n))
		ike_put_status(b, IKE_N_COOKIE2, n.data);
	if (!ike_find_notify(m, IKE_N_UPDATE_SA_ADDRESSES, &n))
		return;
	if (ike_natd_detect(m, local, remote, sa->spi_r, &nat_local, &nat_remote)) {
		sa->nat_local = nat_local || sa->fake_nat;
		sa->nat_remote = nat_remote;
	}
	LIST_FOREACH (child, &sa->children, next)
		child->udp_encap = sa->nat_local || sa->nat_remote;
	ike_sa_move(sa, local, remote);
	ike_natd_put(b, sa, sa->spi_r, sa->fake_nat);
}

static void finish(struct ike_sa *sa, const struct outcome *out, const struct ike_notify *error)
{
	struct ike_vpn *vpn = sa->vpn;
	bool was_up = sa->state == IKE_SA_ESTABLISHED;

	if (error != NULL) {
		ike_sa_fail(sa, "the peer ended the IKE SA: %s", ike_notify_name(error->type));
		ike_sa_kill(sa, "the peer found it not authentic");
	} else if (out->delete_sa) {
		ike_rekey_yield(sa);
		was_up = was_up && sa->state == IKE_SA_ESTABLISHED;
		ike_sa_kill(sa, "deleted by the peer");
		if (was_up)
			ike_vpn_act(vpn, vpn->conf.close_action);
	} else if (out->close) {
		ike_vpn_act(vpn, vpn->conf.close_action);
	}
}

void ike_respond_informational(struct ike_sa *sa, const struct ike_message *m,
    const struct gh_endpoint *local, const struct gh_endpoint *remote)
{
	struct outcome out = {0};
	uint8_t chain[IKE_CHAIN_MAX];
	struct ike_builder b;
	struct ike_notify n;
	bool error;

	ike_begin_chain(&b, chain, sizeof(chain));
	take_deletes(sa, m, &out);
	take_move(sa, m, local, remote, &b);
	if (out.gone_count > 0)
		ike_put_delete_esp(&b, out.gone, out.gone_count);
	error = ike_find_notify(m, IKE_N_AUTHENTICATION_FAILED, &n);
	ike_response_send(sa, IKE_EXCHANGE_INFORMATIONAL, m->hdr.id, &b);
	finish(sa, &out, error ? &n : NULL);
}
