/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * After a restart of gatehoused: the request that was out is sent on until it is answered, because
 * the message window must stay whole (RFC 7296 2.3). What it was to make cannot be made any more
 * (the key pair is gone), so it is undone at the peer and begun anew.
 */
#include <stdlib.h>

#include "ctrlplane/ike/ike_child.h"
#include "ctrlplane/ike/ike_exchange.h"
#include "ctrlplane/ike/ike_initiate.h"
#include "ctrlplane/ike/ike_sa.h"
#include "ctrlplane/ike/task_child.h"
#include "ctrlplane/ike/task_rekey.h"

/* Deletes a pair of SAs that only the peer has. */
struct disown_task {
	struct ike_task task;
	uint32_t spi;
};

static enum ike_step build_disown(struct ike_task *task, struct ike_builder *b)
{
	ike_put_delete_esp(b, &((struct disown_task *)task)->spi, 1);
	return IKE_STEP_SEND;
}

static enum ike_step process_disown(struct ike_task *task, const struct ike_message *m)
{
	return IKE_STEP_DONE;
}

static const struct ike_task_ops disown_ops = {
    .name = "disown-child",
    .exchange = IKE_EXCHANGE_INFORMATIONAL,
    .build = build_disown,
    .process = process_disown,
};

static void disown(struct ike_sa *sa, uint32_t spi)
{
	struct disown_task *t = calloc(1, sizeof(*t));

	if (t == NULL)
		abort();
	t->spi = spi;
	ike_task_add(sa, &disown_ops, &t->task);
}

/* Children whose rekey or Delete was under way. */
static void redo_children(struct ike_sa *sa)
{
	struct ike_child *child, *next;

	for (child = LIST_FIRST(&sa->children); child != NULL; child = next) {
		next = LIST_NEXT(child, next);
		if (child->state == IKE_CHILD_REKEYING) {
			ike_child_set_state(child, IKE_CHILD_INSTALLED);
			ike_task_rekey_child(child);
		} else if (child->state == IKE_CHILD_DELETING) {
			ike_task_delete_child(child, child->successor != 0);
		} else if (child->state == IKE_CHILD_REKEYED && child->successor != 0) {
			continue; /* the peer deletes it, or its life ends */
		}
	}
}

static enum ike_step build(struct ike_task *task, struct ike_builder *b)
{
	return IKE_STEP_DONE; /* it is built: see ike_task_resume */
}

static enum ike_step process(struct ike_task *task, const struct ike_message *m)
{
	struct ike_sa *sa = task->sa;
	bool made = ike_find(m, IKE_PAYLOAD_SA) != NULL;

	if (sa->state == IKE_SA_DELETING) {
		ike_sa_kill(sa, "deleted by us");
		return IKE_STEP_DONE;
	}
	if (made && sa->pending_spi != 0) {
		disown(sa, sa->pending_spi);
	} else if (made) { /* a rekey of the IKE SA: the peer has a successor that we cannot have */
		struct ike_vpn *vpn = sa->vpn;

		ike_task_delete_sa(sa, "gatehoused was restarted in the middle of its rekey");
		ike_vpn_act(vpn, vpn->conf.close_action);
		return IKE_STEP_DONE;
	}
	redo_children(sa);
	return IKE_STEP_DONE;
}

static const struct ike_task_ops ops = {
    .name = "resume",
    .exchange = IKE_EXCHANGE_INFORMATIONAL,
    .build = build,
    .process = process,
};

static void delete_again(struct ike_sa *sa)
{
	sa->state = IKE_SA_ESTABLISHED;
	ike_task_delete_sa(sa, "deleted by us");
}

void ike_task_resume(struct ike_sa *sa)
{
	struct ike_task *t;

	if (sa->req.data != NULL) {
		t = calloc(1, sizeof(*t));
		if (t == NULL)
			abort();
		t->ops = &ops;
		t->sa = sa;
		sa->active = t;
		ike_request_resume(sa);
	} else if (sa->state == IKE_SA_DELETING) {
		delete_again(sa);
	} else {
		redo_children(sa);
	}
}

uint32_t ike_task_pending_spi(const struct ike_sa *sa)
{
	const struct child_task *t = (const struct child_task *)sa->active;

	if (sa->active == NULL || sa->active->ops != &ike_child_task_ops || t->deal == NULL)
		return 0;
	return t->deal->installed ? 0 : t->deal->spi_in;
}
