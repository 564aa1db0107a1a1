/* SPDX-License-Identifier: BSD-3-Clause */
#include "ctrlplane/ike/ike_task.h"

#include <stdlib.h>

#include "ctrlplane/ike/ike_exchange.h"
#include "ctrlplane/ike/ike_sa.h"

static void task_end(struct ike_task *t)
{
	ike_dh_job_cancel(t->job);
	if (t->ops->end != NULL)
		t->ops->end(t);
	free(t);
}

static void active_end(struct ike_sa *sa)
{
	struct ike_task *t = sa->active;

	sa->active = NULL;
	t->done = true;
	task_end(t);
}

/* IKE_SA_INIT builds a whole message itself, because AUTH signs it. */
static void send_request(struct ike_task *t, struct ike_builder *b)
{
	if (t->ops->exchange != IKE_EXCHANGE_IKE_SA_INIT)
		ike_request_send(t->sa, t->ops->exchange, b);
}

/* True if the task is over. */
static bool build_and_send(struct ike_task *t)
{
	struct ike_sa *sa = t->sa; /* the task is gone when build ends the SA */
	uint8_t chain[IKE_CHAIN_MAX];
	struct ike_builder b;
	enum ike_step step;

	ike_begin_chain(&b, chain, sizeof(chain));
	step = t->ops->build(t, &b);
	if (sa->dead)
		return false;
	if (step == IKE_STEP_SEND)
		send_request(t, &b);
	return step == IKE_STEP_DONE;
}

void ike_tasks_run(struct ike_sa *sa)
{
	while (!sa->dead && sa->active == NULL && !TAILQ_EMPTY(&sa->tasks)) {
		struct ike_task *t = TAILQ_FIRST(&sa->tasks);

		TAILQ_REMOVE(&sa->tasks, t, next);
		sa->active = t;
		if (build_and_send(t))
			active_end(sa);
	}
}

void ike_task_add(struct ike_sa *sa, const struct ike_task_ops *ops, struct ike_task *t)
{
	t->ops = ops;
	t->sa = sa;
	TAILQ_INSERT_TAIL(&sa->tasks, t, next);
	ike_tasks_run(sa);
}

void ike_task_add_first(struct ike_sa *sa, const struct ike_task_ops *ops, struct ike_task *t)
{
	t->ops = ops;
	t->sa = sa;
	TAILQ_INSERT_HEAD(&sa->tasks, t, next);
	ike_tasks_run(sa);
}

static void after(struct ike_sa *sa, struct ike_task *t, enum ike_step step)
{
	if (sa->dead || step == IKE_STEP_WAIT)
		return;
	if (step == IKE_STEP_AGAIN) {
		t->answered = false;
		if (!build_and_send(t))
			return;
	}
	if (sa->dead)
		return;
	active_end(sa);
	ike_tasks_run(sa);
}

void ike_task_continue(struct ike_task *t)
{
	struct ike_sa *sa = t->sa;

	t->job = NULL;
	if (t->answered)
		after(sa, t, t->ops->finish(t));
	else
		after(sa, t, build_and_send(t) ? IKE_STEP_DONE : IKE_STEP_WAIT);
}

void ike_task_response(struct ike_sa *sa, const struct ike_message *m)
{
	struct ike_task *t = sa->active;
	bool first = t->ops->exchange == IKE_EXCHANGE_IKE_SA_INIT;
	enum ike_step step;

	if (!first) {
		ike_request_end(sa);
		sa->next_out++;
		ike_sa_touch(sa);
	}
	t->answered = true;
	step = t->ops->process(t, m);
	if (sa->dead)
		return;
	if (step == IKE_STEP_IGNORE) {
		t->answered = false;
		return;
	}
	if (first && step != IKE_STEP_AGAIN) {
		ike_request_end(sa);
		sa->next_out++;
	}
	after(sa, t, step);
}

static void passive_end(struct ike_passive *p)
{
	if (p == NULL)
		return;
	ike_dh_job_cancel(p->job);
	p->sa->passive = NULL;
	p->end(p);
	free(p);
}

void ike_tasks_abandon(struct ike_sa *sa)
{
	struct ike_task *t = sa->active;

	passive_end(sa->passive);
	sa->active = NULL;
	if (t != NULL)
		task_end(t);
	while ((t = TAILQ_FIRST(&sa->tasks)) != NULL) {
		TAILQ_REMOVE(&sa->tasks, t, next);
		task_end(t);
	}
}

void ike_tasks_move(struct ike_sa *from, struct ike_sa *to)
{
	struct ike_task *t;

	while ((t = TAILQ_FIRST(&from->tasks)) != NULL) {
		TAILQ_REMOVE(&from->tasks, t, next);
		t->sa = to;
		TAILQ_INSERT_TAIL(&to->tasks, t, next);
	}
}

static void passive_done(void *owner, struct ike_dh_job *job)
{
	struct ike_passive *p = owner;
	struct ike_sa *sa = p->sa;

	p->job = NULL;
	p->complete(p, job);
	if (sa->dead)
		return; /* ended with the SA */
	passive_end(p);
	ike_tasks_run(sa);
}

void ike_passive_start(
    struct ike_sa *sa, struct ike_passive *p, const struct ike_dh_alg *group, struct ike_bytes peer)
{
	p->sa = sa;
	sa->passive = p;
	p->job = ike_dh_job_start(sa->e, group, NULL, peer, passive_done, p);
}
