/* SPDX-License-Identifier: BSD-3-Clause */
#include "dataplane/rcu.h"

#include <errno.h>
#include <stdlib.h>
#include <sys/queue.h>

#include "dataplane/rcu_init.h"
#include "dataplane/worker.h"

struct rte_rcu_qsbr *gh_rcu;

struct deferred {
	STAILQ_ENTRY(deferred) link;
	uint64_t token;
	void (*fn)(void *arg);
	void *arg;
};

static STAILQ_HEAD(, deferred) queue = STAILQ_HEAD_INITIALIZER(queue);
static unsigned queued;

int gh_rcu_init(void)
{
	size_t size = rte_rcu_qsbr_get_memsize(GH_WORKER_MAX);

	gh_rcu = aligned_alloc(RTE_CACHE_LINE_SIZE, RTE_ALIGN_CEIL(size, RTE_CACHE_LINE_SIZE));
	if (gh_rcu == NULL)
		return -ENOMEM;
	return rte_rcu_qsbr_init(gh_rcu, GH_WORKER_MAX) == 0 ? 0 : -EINVAL;
}

void gh_rcu_fini(void)
{
	while (gh_rcu_poll() > 0)
		gh_rcu_synchronize();
	free(gh_rcu);
	gh_rcu = NULL;
}

void gh_rcu_defer(void (*fn)(void *arg), void *arg)
{
	struct deferred *d = malloc(sizeof(*d));

	if (d == NULL) {
		gh_rcu_synchronize();
		fn(arg);
		return;
	}
	*d = (struct deferred){.token = rte_rcu_qsbr_start(gh_rcu), .fn = fn, .arg = arg};
	STAILQ_INSERT_TAIL(&queue, d, link);
	queued++;
}

void gh_rcu_synchronize(void)
{
	rte_rcu_qsbr_synchronize(gh_rcu, RTE_QSBR_THRID_INVALID);
}

unsigned gh_rcu_poll(void)
{
	struct deferred *d;

	while ((d = STAILQ_FIRST(&queue)) != NULL && rte_rcu_qsbr_check(gh_rcu, d->token, false)) {
		STAILQ_REMOVE_HEAD(&queue, link);
		queued--;
		d->fn(d->arg);
		free(d);
	}
	return queued;
}
