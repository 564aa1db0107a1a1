/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * Threads for the IKE engine's expensive arithmetic (struct ike_job).
 *
 * Jobs are taken first come, first served; finished ones come back to the loop in one wake-up
 * however many there are. With zero threads a job is run and finished from the loop itself, one a
 * round, so that a storm of handshakes still lets other events through.
 *
 * job_pool_submit and job_pool_free belong to the loop's thread.
 */
#pragma once

#include "common/error.h"
#include "ctrlplane/ike/ike.h"

struct ev_loop;
struct job_pool;

struct job_pool *job_pool_new(struct ev_loop *loop, unsigned threads, struct gh_error *err);
void job_pool_submit(struct job_pool *pool, struct ike_job *job);
/* Waits for the jobs under way and finishes all that were submitted. */
void job_pool_free(struct job_pool *pool);
