/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * IKE_AUTH as initiator, with the first child SA in it (RFC 7296 1.2). When the child fails, the
 * IKE SA stays.
 */
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "common/log.h"
#include "ctrlplane/ike/ike_child.h"
#include "ctrlplane/ike/ike_deal.h"
#include "ctrlplane/ike/ike_exchange.h"
#include "ctrlplane/ike/ike_initiate.h"
#include "ctrlplane/ike/ike_psk_auth.h"
#include "ctrlplane/ike/ike_sa.h"
#include "ctrlplane/ike/ike_task.h"
#include "ctrlplane/ike/ike_unique.h"

struct auth_task {
	struct ike_task task;
	struct ike_deal *deal; /* NULL: no child is wanted */
};

/* The identity that we expect is known before AUTH only if it is configured exactly. */
static bool know_remote_id(const struct ike_sa *sa)
{
	const struct ike_ident *id = sa->vpn->remote_id;

	return id != NULL && !ike_ident_is_pattern(id);
}

static const char *first_policy(const struct ike_sa *sa)
{
	const struct ike_conf_vpn *conf = &sa->vpn->conf;

	if (sa->hs->policy != NULL)
		return sa->hs->policy;
	return conf->policy_count > 0 ? conf->policies[0].name : NULL;
}

static void prepare_child(struct auth_task *t)
{
	struct ike_sa *sa = t->task.sa;
	const char *policy = first_policy(sa);

	ike_deal_free(t->deal);
	t->deal = ike_deal_new(sa, true, IKE_SELECT_NO_DH);
	memcpy(t->deal->ni, sa->hs->ni, sa->hs->ni_len);
	memcpy(t->deal->nr, sa->hs->nr, sa->hs->nr_len);
	t->deal->ni_len = sa->hs->ni_len;
	t->deal->nr_len = sa->hs->nr_len;
	if (policy != NULL && ike_deal_prepare(t->deal, policy, NULL))
		return;
	ike_deal_free(t->deal);
	t->deal = NULL;
}

/* Without knowledge of the peer's identity its address stands in, to choose the secret. */
static bool set_identities(struct ike_sa *sa)
{
	struct ike_ident *remote = know_remote_id(sa) ? ike_ident_dup(sa->vpn->remote_id)
						      : ike_ident_from_addr(&sa->remote.addr);

	free(sa->local_id);
	sa->local_id = ike_local_ident(sa->vpn, &sa->local);
	if (sa->local_id == NULL || remote == NULL) {
		free(remote);
		return false;
	}
	ike_sa_set_remote_id(sa, remote);
	return true;
}

static enum ike_step give_up(struct ike_sa *sa, const char *why)
{
	struct ike_vpn *vpn = sa->vpn;

	ike_sa_fail(sa, "IKE_AUTH failed: %s", why);
	ike_sa_kill(sa, why);
	ike_vpn_retry(vpn);
	return IKE_STEP_DONE;
}

static void put_extras(struct auth_task *t, struct ike_builder *b)
{
	struct ike_sa *sa = t->task.sa;

	if (ike_unique_is_first(sa))
		ike_put_status(b, IKE_N_INITIAL_CONTACT, (struct ike_bytes){0});
	if (sa->vpn->conf.mobike)
		ike_put_status(b, IKE_N_MOBIKE_SUPPORTED, (struct ike_bytes){0});
}

static enum ike_step build(struct ike_task *task, struct ike_builder *b)
{
	struct auth_task *t = (struct auth_task *)task;
	struct ike_sa *sa = task->sa;
	struct gh_error err = {0};
	struct ike_id id;

	if (!set_identities(sa))
		return give_up(sa, "there is no local identity");
	id = ike_ident_to_id(sa->local_id);
	ike_put_id(b, IKE_PAYLOAD_IDi, &id);
	if (know_remote_id(sa)) {
		id = ike_ident_to_id(sa->remote_id);
		ike_put_id(b, IKE_PAYLOAD_IDr, &id);
	}
	if (ike_auth_put(sa, b, &err) < 0)
		return give_up(sa, err.message);
	prepare_child(t);
	if (t->deal != NULL) {
		ike_deal_put_sa(t->deal, b);
		ike_deal_put_ts(t->deal, b);
	}
	put_extras(t, b);
	return IKE_STEP_SEND;
}

/* ---- the answer ---- */

/* The peer's identity and its proof. 0 or negative errno with err. */
static int authenticate(struct ike_sa *sa, const struct ike_message *m, struct gh_error *err)
{
	const struct ike_payload *p = ike_find(m, IKE_PAYLOAD_IDr);
	char theirs[IKE_IDENT_STRLEN];
	struct ike_ident *ident;
	struct ike_id id;

	if (p == NULL || ike_parse_id(p->body, &id, err) < 0)
		return gh_error_set(err, -EBADMSG, "", "the answer has no valid identity");
	ident = ike_ident_new(id.type, id.data.data, id.data.len);
	if (ident == NULL)
		return gh_error_set(err, -EBADMSG, "", "the peer's identity is malformed");
	if (!ike_ident_fits(sa->vpn->remote_id, ident)) {
		gh_error_set(err, -EACCES, "", "the peer says it is %s; remote-id is %s",
		    ike_ident_str(ident, theirs), sa->vpn->conf.remote_id);
		free(ident);
		return -EACCES;
	}
	ike_sa_set_remote_id(sa, ident);
	return ike_auth_check(sa, m, p->body, err);
}

/* We know the peer lies or errs, it believes the SA is up: say goodbye (RFC 7296 2.21.2). */
static enum ike_step reject(struct ike_sa *sa, const struct gh_error *err)
{
	ike_sa_fail(sa, "IKE_AUTH failed: %s", err->message);
	ike_task_delete_sa(sa, "the peer is not authentic");
	ike_vpn_retry(sa->vpn);
	return IKE_STEP_DONE;
}

static enum ike_step refused(struct ike_sa *sa, const struct ike_notify *n)
{
	char id[IKE_IDENT_STRLEN], text[IKE_IDENT_STRLEN + 128];

	if (n->type != IKE_N_AUTHENTICATION_FAILED)
		return give_up(sa, ike_notify_name(n->type));
	snprintf(text, sizeof(text),
	    "the peer answered AUTHENTICATION_FAILED; it does not accept us as %s, or the "
	    "pre-shared keys differ",
	    ike_ident_str(sa->local_id, id));
	return give_up(sa, text);
}

static void make_child(struct auth_task *t, const struct ike_message *m)
{
	struct ike_sa *sa = t->task.sa;
	struct gh_error err = {0};
	struct ike_notify n;
	struct ike_child *child = NULL;

	if (ike_find_error(m, &n))
		gh_error_set(&err, -ENOENT, "", "%s", ike_notify_name(n.type));
	else if (ike_deal_accept(t->deal, m, &err) == 0)
		child = ike_deal_install(t->deal, (struct ike_bytes){0}, true, &err);
	if (child == NULL) {
		ike_sa_fail(
		    sa, "child SA for security-policy %s failed: %s", t->deal->policy, err.message);
		ike_vpn_retry(sa->vpn);
		return;
	}
	ike_event(sa, IKE_EVENT_CHILD_UP, child->spi_in, child->spi_out, child->policy);
}

static void add_other_policies(struct ike_sa *sa, const char *first)
{
	const struct ike_conf_vpn *conf = &sa->vpn->conf;

	for (unsigned i = 0; i < conf->policy_count; i++) {
		if (first == NULL || strcmp(conf->policies[i].name, first) != 0)
			ike_task_create_child(sa, conf->policies[i].name);
	}
}

static enum ike_step process(struct ike_task *task, const struct ike_message *m)
{
	struct auth_task *t = (struct auth_task *)task;
	struct ike_sa *sa = task->sa;
	bool all = sa->hs->all_policies;
	struct gh_error err = {0};
	struct ike_notify n;

	if (ike_find(m, IKE_PAYLOAD_AUTH) == NULL && ike_find_error(m, &n))
		return refused(sa, &n);
	if (authenticate(sa, m, &err) < 0)
		return reject(sa, &err);
	sa->mobike = sa->vpn->conf.mobike && ike_find_notify(m, IKE_N_MOBIKE_SUPPORTED, &n);
	ike_sa_establish(sa, IKE_EVENT_SA_UP);
	if (t->deal != NULL)
		make_child(t, m);
	ike_unique_established(sa, false);
	if (!sa->dead && all)
		add_other_policies(sa, t->deal != NULL ? t->deal->policy : NULL);
	return IKE_STEP_DONE;
}

static void end(struct ike_task *task)
{
	ike_deal_free(((struct auth_task *)task)->deal);
}

static const struct ike_task_ops ops = {
    .name = "ike-auth",
    .exchange = IKE_EXCHANGE_IKE_AUTH,
    .build = build,
    .process = process,
    .end = end,
};

void ike_task_auth_start(struct ike_sa *sa)
{
	struct auth_task *t = calloc(1, sizeof(*t));

	if (t == NULL)
		abort();
	ike_task_add(sa, &ops, &t->task);
}
