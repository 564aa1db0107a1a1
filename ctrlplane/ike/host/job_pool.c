/* SPDX-License-Identifier: BSD-3-Clause */
#include "ctrlplane/ike/host/job_pool.h"

#include <errno.h>
#include <ev.h>
#include <pthread.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>

#include "ctrlplane/ike/crypto/crypto.h"

struct job_queue {
	struct ike_job *head, **tail;
};

struct job_pool {
	struct ev_loop *loop;
	ev_async wake;
	ev_idle idle; /* runs the jobs when there are no threads */
	pthread_mutex_t lock;
	pthread_cond_t work;
	struct job_queue todo, done; /* under lock */
	bool stop;		     /* under lock */
	unsigned threads;
	pthread_t thread[];
};

static void queue_init(struct job_queue *q)
{
	q->head = NULL;
	q->tail = &q->head;
}

static void queue_push(struct job_queue *q, struct ike_job *job)
{
	job->next = NULL;
	*q->tail = job;
	q->tail = &job->next;
}

static struct ike_job *queue_pop(struct job_queue *q)
{
	struct ike_job *job = q->head;

	if (job != NULL) {
		q->head = job->next;
		if (q->head == NULL)
			q->tail = &q->head;
	}
	return job;
}

static void *thread_main(void *arg)
{
	struct job_pool *pool = arg;
	struct ike_job *job;

	pthread_mutex_lock(&pool->lock);
	for (;;) {
		while ((job = queue_pop(&pool->todo)) == NULL && !pool->stop)
			pthread_cond_wait(&pool->work, &pool->lock);
		if (job == NULL)
			break;
		pthread_mutex_unlock(&pool->lock);
		job->run(job);
		pthread_mutex_lock(&pool->lock);
		if (pool->done.head == NULL)
			ev_async_send(pool->loop, &pool->wake);
		queue_push(&pool->done, job);
	}
	pthread_mutex_unlock(&pool->lock);
	ike_crypto_thread_end(); /* its contexts hold the last keys */
	return NULL;
}

static void finish_jobs(struct job_pool *pool)
{
	struct ike_job *job, *next;

	pthread_mutex_lock(&pool->lock);
	job = pool->done.head;
	queue_init(&pool->done);
	pthread_mutex_unlock(&pool->lock);
	for (; job != NULL; job = next) {
		next = job->next; /* done may free the job */
		job->done(job);
	}
}

static void on_wake(struct ev_loop *loop, ev_async *w, int revents)
{
	finish_jobs(w->data);
}

static void on_idle(struct ev_loop *loop, ev_idle *w, int revents)
{
	struct job_pool *pool = w->data;
	struct ike_job *job = queue_pop(&pool->todo);

	if (pool->todo.head == NULL)
		ev_idle_stop(loop, w);
	if (job != NULL) {
		job->run(job);
		job->done(job);
	}
}

/* Signals are for the loop's thread. */
static int start_threads(struct job_pool *pool, unsigned threads)
{
	sigset_t all, before;
	int rc = 0;

	sigfillset(&all);
	pthread_sigmask(SIG_BLOCK, &all, &before);
	while (rc == 0 && pool->threads < threads) {
		rc = pthread_create(&pool->thread[pool->threads], NULL, thread_main, pool);
		if (rc == 0)
			pthread_setname_np(pool->thread[pool->threads++], "ike-arith");
	}
	pthread_sigmask(SIG_SETMASK, &before, NULL);
	return -rc;
}

struct job_pool *job_pool_new(struct ev_loop *loop, unsigned threads, struct gh_error *err)
{
	struct job_pool *pool = calloc(1, sizeof(*pool) + threads * sizeof(pool->thread[0]));
	int rc;

	if (pool == NULL) {
		gh_error_set(err, -ENOMEM, NULL, "out of memory for the IKE threads");
		return NULL;
	}
	pool->loop = loop;
	queue_init(&pool->todo);
	queue_init(&pool->done);
	pthread_mutex_init(&pool->lock, NULL);
	pthread_cond_init(&pool->work, NULL);
	ev_async_init(&pool->wake, on_wake);
	ev_idle_init(&pool->idle, on_idle);
	pool->wake.data = pool->idle.data = pool;
	ev_async_start(loop, &pool->wake);
	rc = start_threads(pool, threads);
	if (rc == 0)
		return pool;
	gh_error_set(err, rc, NULL, "cannot start %u IKE threads: %s", threads, strerror(-rc));
	job_pool_free(pool);
	return NULL;
}

void job_pool_submit(struct job_pool *pool, struct ike_job *job)
{
	pthread_mutex_lock(&pool->lock);
	queue_push(&pool->todo, job);
	pthread_cond_signal(&pool->work);
	pthread_mutex_unlock(&pool->lock);
	if (pool->threads == 0)
		ev_idle_start(pool->loop, &pool->idle);
}

void job_pool_free(struct job_pool *pool)
{
	struct ike_job *job;

	if (pool == NULL)
		return;
	pthread_mutex_lock(&pool->lock);
	pool->stop = true;
	pthread_cond_broadcast(&pool->work);
	pthread_mutex_unlock(&pool->lock);
	for (unsigned i = 0; i < pool->threads; i++)
		pthread_join(pool->thread[i], NULL);
	finish_jobs(pool);
	while ((job = queue_pop(&pool->todo)) != NULL) {
		job->run(job);
		job->done(job);
	}
	ev_async_stop(pool->loop, &pool->wake);
	ev_idle_stop(pool->loop, &pool->idle);
	pthread_cond_destroy(&pool->work);
	pthread_mutex_destroy(&pool->lock);
	free(pool);
}
