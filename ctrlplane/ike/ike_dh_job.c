/* SPDX-License-Identifier: BSD-3-Clause */
#include "ctrlplane/ike/ike_dh_job.h"

#include <errno.h>
#include <stdlib.h>

#include "common/secret.h"
#include "ctrlplane/ike/ike_engine.h"

static void job_free(struct ike_dh_job *j)
{
	ike_dh_free(j->dh);
	free(j->peer);
	gh_wipe_free(j, sizeof(*j));
}

static void run(struct ike_job *job)
{
	struct ike_dh_job *j = ike_container(job, struct ike_dh_job, job);

	if (j->dh == NULL)
		j->dh = ike_dh_generate(j->group);
	if (j->dh == NULL)
		j->status = gh_error_set(&j->err, -ENOMEM, "", "out of memory for a key pair");
	else if (j->peer != NULL)
		j->status =
		    ike_dh_derive(j->dh, ike_bytes(j->peer, j->peer_len), j->secret, &j->err);
}

static void done(struct ike_job *job)
{
	struct ike_dh_job *j = ike_container(job, struct ike_dh_job, job);
	struct ike_engine *e = j->e;

	if (j->owner != NULL)
		j->done(j->owner, j);
	job_free(j);
	if (ike_engine_job_back(e))
		ike_engine_leave(e);
}

struct ike_dh_job *ike_dh_job_start(struct ike_engine *e, const struct ike_dh_alg *group,
    struct ike_dh *dh, struct ike_bytes peer, ike_dh_done on_done, void *owner)
{
	struct ike_dh_job *j = calloc(1, sizeof(*j));

	if (j == NULL)
		abort();
	j->job.run = run;
	j->job.done = done;
	j->e = e;
	j->group = group;
	j->dh = dh;
	j->peer = peer.len > 0 ? ike_dup(peer.data, peer.len) : NULL;
	j->peer_len = peer.len;
	j->done = on_done;
	j->owner = owner;
	e->jobs++;
	e->host.submit(e->ctx, &j->job);
	return j;
}

void ike_dh_job_cancel(struct ike_dh_job *job)
{
	if (job != NULL)
		job->owner = NULL;
}
