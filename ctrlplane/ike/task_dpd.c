/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * Liveness check: an empty INFORMATIONAL request (RFC 7296 2.4). Its answer needs no processing;
 * its absence ends the SA where requests are retransmitted.
 */
#include <stdlib.h>

#include "ctrlplane/ike/ike_task.h"

static enum ike_step build(struct ike_task *task, struct ike_builder *b)
{
	return task->sa->state == IKE_SA_ESTABLISHED ? IKE_STEP_SEND : IKE_STEP_DONE;
}

static enum ike_step process(struct ike_task *task, const struct ike_message *m)
{
	return IKE_STEP_DONE;
}

static const struct ike_task_ops ops = {
    .name = "dpd",
    .exchange = IKE_EXCHANGE_INFORMATIONAL,
    .build = build,
    .process = process,
};

void ike_task_dpd(struct ike_sa *sa)
{
	struct ike_task *t = calloc(1, sizeof(*t));

	if (t == NULL)
		abort();
	ike_task_add(sa, &ops, t);
}
