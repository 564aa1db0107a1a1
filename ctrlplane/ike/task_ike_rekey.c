/* SPDX-License-Identifier: BSD-3-Clause */
#include "ctrlplane/ike/task_rekey.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "common/log.h"
#include "ctrlplane/ike/ike_child.h"
#include "ctrlplane/ike/ike_deal.h"
#include "ctrlplane/ike/ike_init.h"
#include "ctrlplane/ike/ike_sa.h"

#define AGAIN_MAX 3

static const struct ike_task_ops ops;

static struct rekey_task *of(struct ike_task *task)
{
	return (struct rekey_task *)task;
}

struct rekey_task *ike_rekey_under_way(const struct ike_sa *sa)
{
	return sa->active != NULL && sa->active->ops == &ops ? of(sa->active) : NULL;
}

int ike_rekey_derive(struct ike_sa *old, struct ike_sa *made, struct ike_bytes secret,
    struct ike_bytes ni, struct ike_bytes nr)
{
	int rc = ike_keys_rekey(&made->suite, old->suite.prf, old->keys.d, secret, ni, nr,
	    made->spi_i, made->spi_r, &made->keys);

	if (rc == 0)
		ike_sa_keyed(made);
	return rc;
}

void ike_rekey_take_over(struct ike_sa *old, struct ike_sa *successor)
{
	struct ike_engine *e = old->e;

	ike_children_inherit(old, successor);
	ike_tasks_move(old, successor);
	old->state = IKE_SA_REKEYED;
	ike_timer_stop(&e->timers, &old->rekey);
	ike_timer_stop(&e->timers, &old->reauth);
	ike_timer_stop(&e->timers, &old->dpd);
	ike_timer_stop(&e->timers, &old->keepalive);
	ike_timer_set(&e->timers, &old->life, ike_now(e) + e->limits.half_open_ms);
}

/* ---- the request ---- */

static void key_pair_done(void *owner, struct ike_dh_job *job)
{
	struct rekey_task *t = owner;

	t->dh = job->dh;
	job->dh = NULL;
	ike_task_continue(&t->task);
}

static struct ike_sa *made_sa(const struct rekey_task *t)
{
	return t->made != 0 ? ike_sa_find(t->task.sa->e, t->made) : NULL;
}

static unsigned offer(const struct rekey_task *t, struct ike_proposal *out)
{
	const struct ike_conf_vpn *conf = &t->task.sa->vpn->conf;

	ike_offer(conf->ike_proposals, conf->ike_proposal_count, 0, out);
	for (unsigned i = 0; i < conf->ike_proposal_count; i++)
		ike_proposal_set_spi64(&out[i], t->made);
	return conf->ike_proposal_count;
}

static enum ike_step build(struct ike_task *task, struct ike_builder *b)
{
	struct rekey_task *t = of(task);
	struct ike_proposal proposals[IKE_CONF_PROPOSALS];
	unsigned count;

	if (task->sa->state != IKE_SA_ESTABLISHED)
		return IKE_STEP_DONE;
	if (t->dh == NULL) {
		task->job = ike_dh_job_start(
		    task->sa->e, t->group, NULL, (struct ike_bytes){0}, key_pair_done, t);
		return IKE_STEP_WAIT;
	}
	if (t->made == 0)
		t->made = ike_sa_id(ike_sa_successor(task->sa, true));
	count = offer(t, proposals);
	ike_put_sa(b, proposals, count);
	ike_put_nonce(b, ike_bytes(t->ni, t->ni_len));
	ike_put_ke(b, t->group->id, ike_dh_public(t->dh));
	return IKE_STEP_SEND;
}

/* ---- failures ---- */

static void try_later(struct ike_sa *sa)
{
	struct ike_engine *e = sa->e;

	ike_timer_set(&e->timers, &sa->rekey,
	    ike_now(e) + IKE_TEMPORARY_MS + ike_random64(e) % IKE_TEMPORARY_MS);
}

static void drop_made(struct rekey_task *t)
{
	struct ike_sa *made = made_sa(t);

	t->made = 0;
	if (made != NULL)
		ike_sa_kill(made, "the rekey did not succeed");
}

static void adopt_crossing(struct rekey_task *t)
{
	struct ike_sa *sa = t->task.sa, *theirs = ike_sa_find(sa->e, t->crossing_sa);

	t->crossing_sa = 0;
	if (theirs != NULL && sa->state == IKE_SA_ESTABLISHED)
		ike_rekey_take_over(sa, theirs);
}

void ike_rekey_yield(struct ike_sa *old)
{
	struct rekey_task *t = ike_rekey_under_way(old);

	if (t != NULL && t->crossing_sa != 0)
		adopt_crossing(t);
}

static enum ike_step failed(struct rekey_task *t, const char *why)
{
	ike_sa_fail(t->task.sa, "rekey of the IKE SA failed: %s", why);
	drop_made(t);
	if (t->crossing_sa != 0)
		adopt_crossing(t);
	else
		try_later(t->task.sa);
	return IKE_STEP_DONE;
}

static enum ike_step want_group(struct rekey_task *t, const struct ike_notify *n)
{
	const struct ike_conf_vpn *conf = &t->task.sa->vpn->conf;
	uint16_t id = n->data.len == 2 ? (uint16_t)(n->data.data[0] << 8 | n->data.data[1]) : 0;
	const struct ike_dh_alg *group = ike_dh_by_id(id);

	if (group == NULL || group == t->group || ++t->again > AGAIN_MAX ||
	    !ike_group_listed(conf->ike_proposals, conf->ike_proposal_count, id))
		return failed(t, "the peer wants a DH group that our ike-proposals do not list");
	ike_dh_free(t->dh);
	t->dh = NULL;
	t->group = group;
	return IKE_STEP_AGAIN;
}

static enum ike_step refused(struct rekey_task *t, const struct ike_notify *n)
{
	if (n->type == IKE_N_INVALID_KE_PAYLOAD)
		return want_group(t, n);
	if (n->type != IKE_N_TEMPORARY_FAILURE)
		return failed(t, ike_notify_name(n->type));
	drop_made(t);
	if (t->crossing_sa != 0)
		adopt_crossing(t);
	else
		try_later(t->task.sa);
	return IKE_STEP_DONE;
}

/* ---- the answer ---- */

static int take_answer(
    struct rekey_task *t, const struct ike_message *m, struct ike_ke *ke, struct gh_error *err)
{
	const struct ike_payload *sa = ike_find(m, IKE_PAYLOAD_SA);
	const struct ike_payload *p = ike_find(m, IKE_PAYLOAD_KE);
	struct ike_proposal proposals[IKE_CONF_PROPOSALS];
	struct ike_sa *made = made_sa(t);
	struct ike_sa_payload answer;
	unsigned count = offer(t, proposals);

	if (made == NULL || sa == NULL || p == NULL)
		return gh_error_set(err, -EBADMSG, "", "the answer lacks an SA or KE payload");
	if (ike_parse_sa(sa->body, &answer, err) < 0 || ike_parse_ke(p->body, ke, err) < 0 ||
	    ike_nonce_take(m, t->nr, &t->nr_len, err) < 0 ||
	    ike_check_answer(proposals, count, &answer, 0, &made->suite, err) < 0)
		return -EBADMSG;
	made->spi_r = ike_proposal_spi64(&answer.proposals[0]);
	if (made->spi_r == 0 || made->suite.dh != t->group || ke->group != t->group->id)
		return gh_error_set(err, -EBADMSG, "", "the answer's SPI or DH group does not fit");
	return ike_dh_check(t->group, ke->data, err);
}

static void secret_done(void *owner, struct ike_dh_job *job)
{
	struct rekey_task *t = owner;
	struct ike_sa *made = made_sa(t);

	t->status = made != NULL ? job->status : -ENOENT;
	if (t->status == 0)
		t->status = ike_rekey_derive(t->task.sa, made, ike_dh_job_secret(job),
		    ike_bytes(t->ni, t->ni_len), ike_bytes(t->nr, t->nr_len));
	ike_task_continue(&t->task);
}

static enum ike_step process(struct ike_task *task, const struct ike_message *m)
{
	struct rekey_task *t = of(task);
	struct gh_error err = {0};
	struct ike_notify n;
	struct ike_ke ke;

	if (ike_find(m, IKE_PAYLOAD_SA) == NULL && ike_find_error(m, &n))
		return refused(t, &n);
	if (take_answer(t, m, &ke, &err) < 0)
		return failed(t, err.message);
	task->job = ike_dh_job_start(task->sa->e, t->group, t->dh, ke.data, secret_done, t);
	t->dh = NULL;
	return IKE_STEP_WAIT;
}

static bool loses(const struct rekey_task *t)
{
	struct ike_bytes ours =
	    ike_min_nonce(ike_bytes(t->ni, t->ni_len), ike_bytes(t->nr, t->nr_len));
	struct ike_bytes theirs = ike_bytes(t->crossing_nonce, t->crossing_len);

	return t->crossing_sa != 0 && ike_min_nonce(ours, theirs).data == ours.data;
}

static enum ike_step finish(struct ike_task *task)
{
	struct rekey_task *t = of(task);
	struct ike_sa *sa = task->sa, *made = made_sa(t);

	if (t->status < 0 || made == NULL)
		return failed(t, "the key exchange failed");
	t->made = 0; /* ours no more */
	ike_sa_establish(made, IKE_EVENT_SA_REKEYED);
	if (loses(t)) {
		adopt_crossing(t);
		made->successor = sa->successor;
		ike_task_delete_sa(made, "rekeys crossed");
		return IKE_STEP_DONE;
	}
	ike_rekey_take_over(sa, made);
	ike_task_delete_sa(sa, "rekeyed");
	ike_tasks_run(made);
	return IKE_STEP_DONE;
}

static void end(struct ike_task *task)
{
	struct rekey_task *t = of(task);

	drop_made(t);
	ike_dh_free(t->dh);
}

static const struct ike_task_ops ops = {
    .name = "rekey-ike",
    .exchange = IKE_EXCHANGE_CREATE_CHILD_SA,
    .build = build,
    .process = process,
    .finish = finish,
    .end = end,
};

void ike_task_rekey_sa(struct ike_sa *sa)
{
	struct rekey_task *t = calloc(1, sizeof(*t));

	if (t == NULL)
		abort();
	t->group = sa->suite.dh;
	ike_nonce_make(sa->e, t->ni, &t->ni_len);
	ike_task_add(sa, &ops, &t->task);
}
