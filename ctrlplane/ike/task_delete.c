/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * Delete of a child SA or of the IKE SA (RFC 7296 1.4.1).
 */
#include <stdio.h>
#include <stdlib.h>

#include "ctrlplane/ike/ike_child.h"
#include "ctrlplane/ike/ike_exchange.h"
#include "ctrlplane/ike/ike_sa.h"
#include "ctrlplane/ike/ike_task.h"

struct delete_child_task {
	struct ike_task task;
	uint32_t spi_in;
	bool linger;
};

static enum ike_step build_child(struct ike_task *task, struct ike_builder *b)
{
	struct delete_child_task *t = (struct delete_child_task *)task;
	struct ike_child *child = ike_child_find(task->sa->e, t->spi_in), *next;

	if (child == NULL || child->state == IKE_CHILD_LINGERING || child->sa != task->sa)
		return IKE_STEP_DONE;
	next = ike_child_heir(child);
	if (next != NULL) {
		ike_child_switch(next);
		t->linger = true;
	}
	ike_child_set_state(child, IKE_CHILD_DELETING);
	ike_put_delete_esp(b, &child->spi_in, 1);
	return IKE_STEP_SEND;
}

static enum ike_step process_child(struct ike_task *task, const struct ike_message *m)
{
	struct delete_child_task *t = (struct delete_child_task *)task;
	struct ike_child *child = ike_child_find(task->sa->e, t->spi_in);

	if (child == NULL || child->state != IKE_CHILD_DELETING)
		return IKE_STEP_DONE;
	if (t->linger)
		ike_child_linger(child);
	else
		ike_child_remove(child, "deleted by us");
	return IKE_STEP_DONE;
}

const struct ike_task_ops ike_delete_child_ops = {
    .name = "delete-child",
    .exchange = IKE_EXCHANGE_INFORMATIONAL,
    .build = build_child,
    .process = process_child,
};

void ike_task_delete_child(struct ike_child *child, bool linger)
{
	struct delete_child_task *t = calloc(1, sizeof(*t));

	if (t == NULL)
		abort();
	t->spi_in = child->spi_in;
	t->linger = linger;
	ike_task_add(child->sa, &ike_delete_child_ops, &t->task);
}

/* ---- the IKE SA ---- */

struct delete_sa_task {
	struct ike_task task;
	char why[96];
};

static enum ike_step build_sa(struct ike_task *task, struct ike_builder *b)
{
	ike_put_delete_ike(b);
	return IKE_STEP_SEND;
}

static enum ike_step process_sa(struct ike_task *task, const struct ike_message *m)
{
	char why[sizeof(((struct delete_sa_task *)task)->why)];

	snprintf(why, sizeof(why), "%s", ((struct delete_sa_task *)task)->why);
	ike_sa_kill(task->sa, why);
	return IKE_STEP_DONE;
}

static const struct ike_task_ops delete_sa_ops = {
    .name = "delete-ike",
    .exchange = IKE_EXCHANGE_INFORMATIONAL,
    .build = build_sa,
    .process = process_sa,
};

void ike_task_delete_sa(struct ike_sa *sa, const char *why)
{
	struct delete_sa_task *t;

	if (sa->dead || sa->state == IKE_SA_DELETING)
		return;
	if (sa->sk_out.enc == NULL) {
		ike_sa_kill(sa, why);
		return;
	}
	t = calloc(1, sizeof(*t));
	if (t == NULL)
		abort();
	snprintf(t->why, sizeof(t->why), "%s", why);
	sa->state = IKE_SA_DELETING;
	ike_sa_touch(sa);
	ike_timer_stop(&sa->e->timers, &sa->rekey);
	ike_timer_stop(&sa->e->timers, &sa->reauth);
	ike_timer_stop(&sa->e->timers, &sa->dpd);
	ike_task_add_first(sa, &delete_sa_ops, &t->task);
}
