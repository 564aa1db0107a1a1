/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * What we want from the peer, one exchange each (a task), and what the peer wants from us while it
 * waits for arithmetic (passive). One task manager per IKE SA: tasks run in order, one at a time.
 */
#pragma once

#include "ctrlplane/ike/ike_dh_job.h"
#include "ctrlplane/ike/ike_state.h"

enum ike_step {
	IKE_STEP_SEND,	 /* the request is in the builder */
	IKE_STEP_WAIT,	 /* a job was started; its end calls ike_task_continue */
	IKE_STEP_AGAIN,	 /* build and send the request once more (cookie, other group) */
	IKE_STEP_IGNORE, /* that was no valid response: go on waiting */
	IKE_STEP_DONE,	 /* the task is over, well or not */
};

struct ike_task;

struct ike_task_ops {
	const char *name;
	uint8_t exchange;
	/* Writes the payloads. SEND, WAIT (called again after), or DONE: there is nothing to ask
	 * any more. */
	enum ike_step (*build)(struct ike_task *t, struct ike_builder *b);
	/* The response. DONE, WAIT (finish is called after), AGAIN or IGNORE. */
	enum ike_step (*process)(struct ike_task *t, const struct ike_message *m);
	enum ike_step (*finish)(struct ike_task *t);
	/* Frees what the task holds; when it is not done, undoes what it began. */
	void (*end)(struct ike_task *t);
};

struct ike_task {
	const struct ike_task_ops *ops;
	struct ike_sa *sa;
	TAILQ_ENTRY(ike_task) next;
	struct ike_dh_job *job; /* under way */
	bool answered;
	bool done; /* set before end() when the exchange was completed */
};

/* Queues the task (allocated by malloc, freed by the manager) and runs it if nothing is active. */
void ike_task_add(struct ike_sa *sa, const struct ike_task_ops *ops, struct ike_task *t);
void ike_tasks_run(struct ike_sa *sa);
/* After a job: build again, or finish. */
void ike_task_continue(struct ike_task *t);
void ike_task_response(struct ike_sa *sa, const struct ike_message *m);
/* Ends all tasks and the passive one. */
void ike_tasks_abandon(struct ike_sa *sa);
/* Moves the tasks that are not active to the SA that takes over. */
void ike_tasks_move(struct ike_sa *from, struct ike_sa *to);

/* A request of the peer that waits for a job. complete() sends the response. */
struct ike_passive {
	struct ike_sa *sa;
	uint8_t exchange;
	uint32_t id;
	struct ike_dh_job *job;
	void (*complete)(struct ike_passive *p, struct ike_dh_job *job);
	void (*end)(struct ike_passive *p);
};

/* p (allocated by malloc, freed at the end) becomes the SA's passive and waits for the job. */
void ike_passive_start(struct ike_sa *sa, struct ike_passive *p, const struct ike_dh_alg *group,
    struct ike_bytes peer);

/* Queued before all that wait. */
void ike_task_add_first(struct ike_sa *sa, const struct ike_task_ops *ops, struct ike_task *t);

/* After a restart: the request of the record is sent on, what hung in between is done again. */
void ike_task_resume(struct ike_sa *sa);
/* The inbound SPI that the active task's request offers, for the record; 0: none. */
uint32_t ike_task_pending_spi(const struct ike_sa *sa);

/* ---- the tasks, a file each ---- */

extern const struct ike_task_ops ike_delete_child_ops;

void ike_task_init_start(struct ike_sa *sa); /* IKE_SA_INIT, then IKE_AUTH */
void ike_task_auth_start(struct ike_sa *sa);
void ike_task_create_child(struct ike_sa *sa, const char *policy);
void ike_task_rekey_child(struct ike_child *child);
void ike_task_rekey_sa(struct ike_sa *sa);
/* Tells the peer; linger: packets under way may still come in after its answer. */
void ike_task_delete_child(struct ike_child *child, bool linger);
/* Tells the peer if there are keys to do so, then ends the SA. */
void ike_task_delete_sa(struct ike_sa *sa, const char *why);
void ike_task_dpd(struct ike_sa *sa);
