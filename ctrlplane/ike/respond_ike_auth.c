/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * IKE_AUTH as responder (RFC 7296 1.2): who is it, which VPN is that, is it true, and the first
 * child SA.
 */
#include "ctrlplane/ike/ike_respond.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "ctrlplane/ike/ike_child.h"
#include "ctrlplane/ike/ike_deal.h"
#include "ctrlplane/ike/ike_exchange.h"
#include "ctrlplane/ike/ike_psk_auth.h"
#include "ctrlplane/ike/ike_sa.h"
#include "ctrlplane/ike/ike_unique.h"

#define FAREWELL_MS 5000 /* a refused SA answers repeated requests that long */

struct auth {
	struct ike_sa *sa;
	const struct ike_message *m;
	struct ike_ident *remote_id, *wanted; /* IDi; IDr or NULL */
	struct ike_vpn *vpn;
	struct ike_vpn *near; /* fits but for our identity or the proposal */
};

/* The proposals of the VPN must hold what IKE_SA_INIT chose, when it was not known yet. */
static bool holds_suite(const struct ike_vpn *vpn, const struct ike_suite *suite)
{
	struct ike_sa_payload offered = {.count = 1};
	struct ike_suite chosen;

	ike_suite_to_proposal(suite, 0, &offered.proposals[0]);
	return ike_select(vpn->conf.ike_proposals, vpn->conf.ike_proposal_count, &offered, 0,
		   suite->dh->id, &chosen, NULL, NULL) == 0;
}

static bool try_vpn(void *arg, struct ike_vpn *vpn)
{
	struct auth *a = arg;
	struct ike_ident *ours;
	bool fits;

	if (!ike_ident_fits(vpn->remote_id, a->remote_id))
		return false;
	a->near = vpn;
	ours = ike_local_ident(vpn, &a->sa->local);
	fits = ours != NULL && (a->wanted == NULL || ike_ident_equal(ours, a->wanted)) &&
	       holds_suite(vpn, &a->sa->suite);
	free(ours);
	if (fits)
		a->vpn = vpn;
	return fits;
}

static struct ike_ident *take_id(const struct ike_message *m, uint8_t type)
{
	const struct ike_payload *p = ike_find(m, type);
	struct ike_id id;

	if (p == NULL || ike_parse_id(p->body, &id, NULL) < 0)
		return NULL;
	return ike_ident_new(id.type, id.data.data, id.data.len);
}

static int no_vpn(const struct auth *a, struct gh_error *err)
{
	char theirs[IKE_IDENT_STRLEN], wanted[IKE_IDENT_STRLEN], ours[IKE_IDENT_STRLEN];
	char suite[IKE_SUITE_STRLEN];
	struct ike_ident *local;
	bool other_id;

	ike_ident_str(a->remote_id, theirs);
	if (a->near == NULL)
		return gh_error_set(
		    err, -EACCES, "", "no VPN is configured for remote-id %s", theirs);
	local = ike_local_ident(a->near, &a->sa->local);
	other_id = a->wanted != NULL && local != NULL && !ike_ident_equal(local, a->wanted);
	ike_ident_str(local, ours);
	free(local);
	if (other_id)
		return gh_error_set(err, -EACCES, "",
		    "%s asks for us as %s; local-id of vpn %s is %s", theirs,
		    ike_ident_str(a->wanted, wanted), a->near->conf.name, ours);
	return gh_error_set(err, -EACCES, "",
	    "%s belongs to vpn %s, whose ike-proposals do not hold what IKE_SA_INIT chose: %s",
	    theirs, a->near->conf.name, ike_suite_str(&a->sa->suite, suite));
}

/* Finds the VPN and checks AUTH. 0, or negative errno with err. */
static int authenticate(struct auth *a, struct gh_error *err)
{
	struct ike_sa *sa = a->sa;

	a->remote_id = take_id(a->m, IKE_PAYLOAD_IDi);
	a->wanted = take_id(a->m, IKE_PAYLOAD_IDr);
	if (a->remote_id == NULL)
		return gh_error_set(err, -EBADMSG, "", "the request has no valid identity");
	if (!ike_vpns_match(
		&sa->e->vpns, &sa->local.addr, &sa->remote.addr, a->remote_id, try_vpn, a))
		return no_vpn(a, err);
	ike_sa_set_vpn(sa, a->vpn);
	sa->local_id = ike_local_ident(a->vpn, &sa->local);
	ike_sa_set_remote_id(sa, ike_ident_dup(a->remote_id));
	return ike_auth_check(sa, a->m, ike_find(a->m, IKE_PAYLOAD_IDi)->body, err);
}

/* ---- the child ---- */

static struct ike_deal *deal_of(struct ike_sa *sa)
{
	struct ike_deal *d = ike_deal_new(sa, false, IKE_SELECT_NO_DH);

	d->ni_len = sa->hs->ni_len;
	d->nr_len = sa->hs->nr_len;
	memcpy(d->ni, sa->hs->ni, d->ni_len);
	memcpy(d->nr, sa->hs->nr, d->nr_len);
	return d;
}

/* The child's part of the answer: it came to be, or the notify that says why not. */
static void put_child(struct auth *a, struct ike_builder *b, struct ike_deal *d)
{
	struct ike_sa *sa = a->sa;
	struct gh_error err = {0};
	struct ike_child *child = NULL;
	uint16_t group = 0, notify;

	notify = ike_deal_choose(d, a->m, 0, NULL, &group, &err);
	if (notify == 0)
		child = ike_deal_install(d, (struct ike_bytes){0}, true, &err);
	if (child == NULL) {
		ike_sa_fail(sa, "child SA refused: %s", err.message);
		ike_put_status(
		    b, notify != 0 ? notify : IKE_N_NO_ADDITIONAL_SAS, (struct ike_bytes){0});
		return;
	}
	ike_deal_put_answer_sa(d, b);
	ike_deal_put_ts(d, b);
	ike_event(sa, IKE_EVENT_CHILD_UP, child->spi_in, child->spi_out, child->policy);
}

static void refuse(struct auth *a, uint16_t notify, const char *why)
{
	struct ike_sa *sa = a->sa;

	ike_sa_fail(sa, "IKE_AUTH refused: %s", why);
	sa->state = IKE_SA_DELETING;
	ike_timer_set(&sa->e->timers, &sa->life, ike_now(sa->e) + FAREWELL_MS);
	ike_response_notify(sa, IKE_EXCHANGE_IKE_AUTH, a->m->hdr.id, notify, (struct ike_bytes){0});
}

static bool put_ours(struct ike_sa *sa, struct ike_builder *b, struct gh_error *err)
{
	struct ike_id id = ike_ident_to_id(sa->local_id);

	ike_put_id(b, IKE_PAYLOAD_IDr, &id);
	return ike_auth_put(sa, b, err) == 0;
}

static void welcome(struct auth *a)
{
	struct ike_sa *sa = a->sa;
	bool wants_child = ike_find(a->m, IKE_PAYLOAD_SA) != NULL;
	struct ike_deal *d = deal_of(sa);
	uint8_t chain[IKE_CHAIN_MAX];
	struct gh_error err = {0};
	struct ike_builder b;
	struct ike_notify n;

	ike_begin_chain(&b, chain, sizeof(chain));
	if (!put_ours(sa, &b, &err)) {
		ike_deal_free(d);
		refuse(a, IKE_N_AUTHENTICATION_FAILED, err.message);
		return;
	}
	sa->mobike = sa->vpn->conf.mobike && ike_find_notify(a->m, IKE_N_MOBIKE_SUPPORTED, &n);
	ike_sa_establish(sa, IKE_EVENT_SA_UP);
	if (wants_child)
		put_child(a, &b, d);
	if (sa->mobike)
		ike_put_status(&b, IKE_N_MOBIKE_SUPPORTED, (struct ike_bytes){0});
	ike_deal_free(d);
	ike_response_send(sa, IKE_EXCHANGE_IKE_AUTH, a->m->hdr.id, &b);
	ike_unique_established(sa, ike_find_notify(a->m, IKE_N_INITIAL_CONTACT, &n));
}

void ike_respond_auth(struct ike_sa *sa, const struct ike_message *m)
{
	struct auth a = {.sa = sa, .m = m};
	struct gh_error err = {0};

	if (sa->state != IKE_SA_CONNECTING || sa->initiator)
		return;
	if (authenticate(&a, &err) < 0)
		refuse(&a, IKE_N_AUTHENTICATION_FAILED, err.message);
	else if (ike_unique_forbids(sa))
		refuse(&a, IKE_N_AUTHENTICATION_FAILED,
		    "an IKE SA with this peer exists, and unique-sa is keep");
	else
		welcome(&a);
	free(a.remote_id);
	free(a.wanted);
}
