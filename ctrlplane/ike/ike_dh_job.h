/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * Diffie-Hellman on the host's threads: generates our key pair, or derives the secret with the
 * peer's public value, or both. The owner is told on the loop; an owner that ends first cancels.
 */
#pragma once

#include "ctrlplane/ike/ike_state.h"

struct ike_dh_job;
typedef void (*ike_dh_done)(void *owner, struct ike_dh_job *job);

struct ike_dh_job {
	struct ike_job job;
	struct ike_engine *e;
	const struct ike_dh_alg *group;
	struct ike_dh *dh; /* ours; made by the job if NULL */
	uint8_t *peer;	   /* copy of the public value; NULL: only generate */
	size_t peer_len;
	uint8_t secret[IKE_DH_MAX]; /* group->secret_len bytes, if peer was given */
	int status;		    /* 0 or negative errno */
	struct gh_error err;
	ike_dh_done done;
	void *owner; /* NULL: cancelled */
};

/* Starts the job; dh (may be NULL) and the job belong to the job until done is called, which may
 * take job->dh out (setting it NULL). The job is freed after done returns. */
struct ike_dh_job *ike_dh_job_start(struct ike_engine *e, const struct ike_dh_alg *group,
    struct ike_dh *dh, struct ike_bytes peer, ike_dh_done done, void *owner);
void ike_dh_job_cancel(struct ike_dh_job *job); /* NULL is allowed */

static inline struct ike_bytes ike_dh_job_secret(const struct ike_dh_job *job)
{
	return ike_bytes(job->secret, job->group->secret_len);
}
