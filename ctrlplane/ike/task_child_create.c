/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * CREATE_CHILD_SA as initiator for a child SA: a new one, or the successor of one (RFC 7296 1.3.1,
 * 1.3.3), with or without PFS. Crossing rekeys of one child are settled by RFC 7296 2.8.1.
 */
#include "ctrlplane/ike/task_child.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "common/log.h"
#include "common/secret.h"
#include "ctrlplane/ike/ike_child.h"
#include "ctrlplane/ike/ike_exchange.h"
#include "ctrlplane/ike/ike_init.h"
#include "ctrlplane/ike/ike_initiate.h"
#include "ctrlplane/ike/ike_sa.h"

#define AGAIN_MAX 3

static struct child_task *of(struct ike_task *task)
{
	return (struct child_task *)task;
}

static struct ike_child *old_child(const struct child_task *t)
{
	struct ike_child *old = t->old != 0 ? ike_child_find(t->task.sa->e, t->old) : NULL;

	return old != NULL && old->state != IKE_CHILD_LINGERING ? old : NULL;
}

/* ---- the request ---- */

static void key_pair_done(void *owner, struct ike_dh_job *job)
{
	struct child_task *t = owner;

	t->dh = job->dh;
	job->dh = NULL;
	ike_task_continue(&t->task);
}

static bool prepare(struct child_task *t)
{
	struct ike_sa *sa = t->task.sa;
	const struct ike_conf_vpn *conf = &sa->vpn->conf;
	struct ike_child *old = old_child(t);

	if (sa->state != IKE_SA_ESTABLISHED)
		return false;
	if (t->old != 0 && (old == NULL || old->state != IKE_CHILD_REKEYING))
		return false;
	if (t->deal != NULL)
		return true;
	if (t->old == 0 && ike_child_of_policy(sa, t->policy) != NULL)
		return false;
	t->deal = ike_deal_new(sa, true, 0);
	t->deal->rekeys = t->old;
	t->group = ike_first_group(conf->esp_proposals, conf->esp_proposal_count);
	ike_nonce_make(sa->e, t->deal->ni, &t->deal->ni_len);
	return ike_deal_prepare(t->deal, t->policy, old);
}

static enum ike_step build(struct ike_task *task, struct ike_builder *b)
{
	struct child_task *t = of(task);
	struct ike_child *old = old_child(t);

	if (!prepare(t))
		return IKE_STEP_DONE;
	if (t->group != NULL && t->dh == NULL) {
		task->job = ike_dh_job_start(
		    task->sa->e, t->group, NULL, (struct ike_bytes){0}, key_pair_done, t);
		return IKE_STEP_WAIT;
	}
	if (old != NULL)
		ike_put_notify_esp(b, IKE_N_REKEY_SA, old->spi_in, (struct ike_bytes){0});
	ike_deal_put_sa(t->deal, b);
	ike_put_nonce(b, ike_bytes(t->deal->ni, t->deal->ni_len));
	if (t->dh != NULL)
		ike_put_ke(b, t->group->id, ike_dh_public(t->dh));
	ike_deal_put_ts(t->deal, b);
	return IKE_STEP_SEND;
}

/* ---- failures ---- */

static void try_later(struct ike_child *old)
{
	struct ike_engine *e = old->sa->e;

	ike_child_set_state(old, IKE_CHILD_INSTALLED);
	ike_timer_set(&e->timers, &old->rekey,
	    ike_now(e) + IKE_TEMPORARY_MS + ike_random64(e) % IKE_TEMPORARY_MS);
}

static enum ike_step failed(struct child_task *t, const char *why)
{
	struct ike_child *old = old_child(t);

	ike_sa_fail(t->task.sa, "%s for security-policy %s failed: %s",
	    t->old != 0 ? "child SA rekey" : "child SA", t->policy, why);
	if (old != NULL && old->state == IKE_CHILD_REKEYING)
		try_later(old);
	else if (t->old == 0)
		ike_vpn_retry(t->task.sa->vpn);
	return IKE_STEP_DONE;
}

static enum ike_step want_group(struct child_task *t, const struct ike_notify *n)
{
	const struct ike_conf_vpn *conf = &t->task.sa->vpn->conf;
	uint16_t id = n->data.len == 2 ? (uint16_t)(n->data.data[0] << 8 | n->data.data[1]) : 0;
	const struct ike_dh_alg *group = ike_dh_by_id(id);

	if (group == NULL || group == t->group || ++t->again > AGAIN_MAX ||
	    !ike_group_listed(conf->esp_proposals, conf->esp_proposal_count, id))
		return failed(t, "the peer wants a DH group that our esp-proposals do not list");
	ike_dh_free(t->dh);
	t->dh = NULL;
	t->group = group;
	return IKE_STEP_AGAIN;
}

/* The peer has replaced or lost the child that we wanted to rekey (RFC 7296 2.25.1). */
static enum ike_step child_not_found(struct child_task *t)
{
	struct ike_sa *sa = t->task.sa;
	struct ike_child *old = old_child(t);

	if (old == NULL || t->crossing_child != 0)
		return IKE_STEP_DONE;
	gh_log(GH_LOG_IKE, LOG_INFO,
	    "vpn %s: the peer knows our child SA no more, making a new one", sa->vpn->conf.name);
	ike_child_remove(old, "the peer does not know it");
	ike_task_create_child(sa, t->policy);
	return IKE_STEP_DONE;
}

static enum ike_step refused(struct child_task *t, const struct ike_notify *n)
{
	struct ike_child *old = old_child(t);

	switch (n->type) {
	case IKE_N_INVALID_KE_PAYLOAD:
		return want_group(t, n);
	case IKE_N_CHILD_SA_NOT_FOUND:
		return child_not_found(t);
	case IKE_N_TEMPORARY_FAILURE:
		if (old != NULL && t->crossing_child == 0 && old->state == IKE_CHILD_REKEYING)
			try_later(old);
		else if (t->old == 0)
			ike_vpn_retry(t->task.sa->vpn);
		return IKE_STEP_DONE;
	default:
		return failed(t, ike_notify_name(n->type));
	}
}

/* ---- the answer ---- */

/* Ours and the peer's rekey crossed and ours has the lowest nonce: what it made goes again. The
 * peer deletes the old child, and then we send by the one that it made. */
static void lose(struct child_task *t, struct ike_child *made)
{
	gh_log(GH_LOG_IKE, LOG_DEBUG, "vpn %s: rekeys crossed, the peer's stays",
	    t->task.sa->vpn->conf.name);
	made->replaces = 0;
	ike_child_arm(made);
	ike_task_delete_child(made, false);
}

static void win(struct child_task *t, struct ike_child *made)
{
	struct ike_child *old = old_child(t);
	struct ike_child *loser = ike_child_find(t->task.sa->e, t->crossing_child);

	if (loser != NULL && loser->replaces != 0) {
		loser->replaces = 0; /* the peer is about to delete it */
		ike_child_arm(loser);
	}
	ike_event(t->task.sa, IKE_EVENT_CHILD_REKEYED, made->spi_in, made->spi_out, made->policy);
	if (old == NULL) {
		ike_child_switch(made);
		return;
	}
	ike_child_set_state(old, IKE_CHILD_REKEYED);
	old->successor = made->spi_in;
	made->replaces = old->spi_in;
	ike_child_switch(made);
	ike_task_delete_child(old, true);
}

static enum ike_step make(struct child_task *t, struct ike_bytes secret)
{
	struct ike_sa *sa = t->task.sa;
	struct gh_error err = {0};
	struct ike_child *made;
	bool loses;

	loses =
	    t->crossing_child != 0 && ike_deal_loses(t->deal, t->crossing_nonce, t->crossing_len);
	made = ike_deal_install(t->deal, secret, t->old == 0, &err);
	if (made == NULL)
		return failed(t, err.message);
	if (t->old == 0)
		ike_event(sa, IKE_EVENT_CHILD_UP, made->spi_in, made->spi_out, made->policy);
	else if (loses)
		lose(t, made);
	else
		win(t, made);
	return IKE_STEP_DONE;
}

static void secret_done(void *owner, struct ike_dh_job *job)
{
	struct child_task *t = owner;

	t->status = job->status;
	if (job->status == 0)
		memcpy(t->secret, job->secret, job->group->secret_len);
	else
		failed(t, job->err.message);
	ike_task_continue(&t->task);
}

static int take_answer(
    struct child_task *t, const struct ike_message *m, struct ike_ke *ke, struct gh_error *err)
{
	const struct ike_payload *p = ike_find(m, IKE_PAYLOAD_KE);
	int rc = ike_deal_accept(t->deal, m, err);

	if (rc == 0)
		rc = ike_nonce_take(m, t->deal->nr, &t->deal->nr_len, err);
	if (rc < 0 || t->deal->suite.dh == NULL)
		return rc;
	if (p == NULL || ike_parse_ke(p->body, ke, err) < 0 || ke->group != t->group->id ||
	    t->deal->suite.dh != t->group)
		return gh_error_set(err, -EBADMSG, "", "the answer's key exchange does not fit");
	return ike_dh_check(t->group, ke->data, err);
}

static enum ike_step process(struct ike_task *task, const struct ike_message *m)
{
	struct child_task *t = of(task);
	struct gh_error err = {0};
	struct ike_notify n;
	struct ike_ke ke;

	if (ike_find(m, IKE_PAYLOAD_SA) == NULL && ike_find_error(m, &n))
		return refused(t, &n);
	if (take_answer(t, m, &ke, &err) < 0)
		return failed(t, err.message);
	if (t->deal->suite.dh == NULL)
		return make(t, (struct ike_bytes){0});
	task->job = ike_dh_job_start(task->sa->e, t->group, t->dh, ke.data, secret_done, t);
	t->dh = NULL;
	return IKE_STEP_WAIT;
}

static enum ike_step finish(struct ike_task *task)
{
	struct child_task *t = of(task);

	if (t->status < 0)
		return IKE_STEP_DONE;
	return make(t, ike_bytes(t->secret, t->group->secret_len));
}

static void end(struct ike_task *task)
{
	struct child_task *t = of(task);

	ike_deal_free(t->deal);
	ike_dh_free(t->dh);
	gh_wipe(t->secret, sizeof(t->secret));
	free(t->policy);
}

const struct ike_task_ops ike_child_task_ops = {
    .name = "create-child",
    .exchange = IKE_EXCHANGE_CREATE_CHILD_SA,
    .build = build,
    .process = process,
    .finish = finish,
    .end = end,
};

static struct child_task *task_new(const char *policy)
{
	struct child_task *t = calloc(1, sizeof(*t));

	if (t == NULL)
		abort();
	t->policy = strdup(policy);
	return t;
}

void ike_task_create_child(struct ike_sa *sa, const char *policy)
{
	struct child_task *t = task_new(policy);

	ike_task_add(sa, &ike_child_task_ops, &t->task);
}

void ike_task_rekey_child(struct ike_child *child)
{
	struct child_task *t;

	if (child->state != IKE_CHILD_INSTALLED || child->sa->state != IKE_SA_ESTABLISHED)
		return;
	t = task_new(child->policy);
	t->old = child->spi_in;
	ike_child_set_state(child, IKE_CHILD_REKEYING);
	ike_task_add(child->sa, &ike_child_task_ops, &t->task);
}
