/* SPDX-License-Identifier: BSD-3-Clause */
#include "dataplane/worker.h"

#include <errno.h>
#include <rte_cycles.h>
#include <rte_errno.h>
#include <rte_graph_worker.h>
#include <rte_ip_frag.h>
#include <rte_lcore.h>
#include <sched.h>
#include <stdio.h>
#include <string.h>
#include <sys/prctl.h>
#include <time.h>

#include "common/log.h"
#include "dataplane/counters.h"
#include "dataplane/drop.h"
#include "dataplane/graph.h"
#include "dataplane/iface_table.h"
#include "dataplane/inject.h"
#include "dataplane/ipsec/ipsec.h"
#include "dataplane/mbuf_meta.h"
#include "dataplane/rcu.h"
#include "dataplane/worker_private.h"

#define RING_SIZE 2048
/* Reassembly: packets in the making per worker, and how long they may take (RFC 791 says 15 s;
 * at today's rates identifications repeat before that). */
#define REASSEMBLY_BUCKETS 64
#define REASSEMBLY_PER_BUCKET 4
#define REASSEMBLY_S 2
#define ICMP_ERRORS_PER_S 1000
#define ICMP_ERRORS_BURST 100
/* Back-off of an idle worker: spin, then sleep longer and longer. */
#define SPIN_LOOPS 64
#define SLEEP_MIN_NS 20000
#define SLEEP_MAX_NS 1500000 /* 2 to 3 % of a core; reached after 15 ms without a packet */
#define TIMERSLACK_NS 1000

GH_DROP_REASON(full, "worker-queue-full", "Packets for another worker whose queue was full");

__thread struct gh_worker *gh_self;

static struct gh_worker workers[GH_WORKER_MAX];
static struct gh_worker_private privates[GH_WORKER_MAX];
static unsigned worker_count;

unsigned gh_worker_count(void)
{
	return worker_count;
}

struct gh_worker *gh_worker(unsigned id)
{
	return &workers[id];
}

unsigned gh_worker_of_queue(uint16_t iface, uint16_t q)
{
	return worker_count > 0 ? (iface - 1u + q) % worker_count : 0;
}

/* The target travels in a field that nothing else uses meanwhile. */
static unsigned enqueue(
    struct gh_worker *to, enum gh_handoff_to target, struct rte_mbuf **m, unsigned n)
{
	for (unsigned i = 0; i < n; i++)
		m[i]->vlan_tci = (uint16_t)target;
	return rte_ring_mp_enqueue_burst(to->handoff, (void **)m, n, NULL);
}

void gh_handoff(unsigned worker, enum gh_handoff_to to, struct rte_mbuf **m, uint16_t n)
{
	unsigned sent = enqueue(&workers[worker], to, m, n);

	gh_self->drops[gh_drop_full] += n - sent;
	rte_pktmbuf_free_bulk(m + sent, n - sent);
}

void gh_inject(uint16_t iface, enum gh_handoff_to to, struct rte_mbuf *m)
{
	if (worker_count > 0 && enqueue(&workers[gh_worker_of_queue(iface, 0)], to, &m, 1) == 1)
		return;
	gh_row_drops(GH_SHM_CONTROL_ROW)[gh_drop_full]++;
	rte_pktmbuf_free(m);
}

static void adopt_next_graph(struct gh_worker_private *p)
{
	struct rte_graph *next = atomic_load_explicit(&p->next, memory_order_acquire);

	if (unlikely(next != atomic_load_explicit(&p->graph, memory_order_relaxed)))
		atomic_store_explicit(&p->graph, next, memory_order_release);
}

uint64_t gh_worker_walk(struct gh_worker *w)
{
	struct gh_worker_private *p = w->private;
	uint64_t end;

	w->now = rte_rdtsc();
	p->found = 0;
	adopt_next_graph(p);
	rte_graph_walk(atomic_load_explicit(&p->graph, memory_order_relaxed));
	end = rte_rdtsc();
	w->stats->loops++;
	w->stats->packets += p->found;
	*(p->found > 0 ? &w->stats->busy_cycles : &w->stats->idle_cycles) += end - w->now;
	return p->found;
}

static void doze(struct gh_worker *w, long ns)
{
	struct timespec ts = {.tv_nsec = ns};
	uint64_t start = rte_rdtsc();

	rte_rcu_qsbr_thread_offline(gh_rcu, w->id);
	nanosleep(&ts, NULL);
	rte_rcu_qsbr_thread_online(gh_rcu, w->id);
	w->stats->sleeps++;
	w->stats->idle_cycles += rte_rdtsc() - start;
}

static void run(struct gh_worker *w)
{
	unsigned idle = 0;
	long sleep_ns = SLEEP_MIN_NS;

	while (!atomic_load_explicit(&w->private->stop, memory_order_relaxed)) {
		if (gh_worker_walk(w) > 0) {
			idle = 0;
			sleep_ns = SLEEP_MIN_NS;
		} else if (++idle > SPIN_LOOPS) {
			doze(w, sleep_ns);
			sleep_ns = RTE_MIN(sleep_ns + sleep_ns / 8, SLEEP_MAX_NS);
		}
		rte_rcu_qsbr_quiescent(gh_rcu, w->id);
	}
}

static void *worker_main(void *arg)
{
	struct gh_worker *w = arg;
	char name[16];

	gh_self = w;
	snprintf(name, sizeof(name), "gh-worker-%u", w->id);
	pthread_setname_np(pthread_self(), name);
	prctl(PR_SET_TIMERSLACK, TIMERSLACK_NS);
	if (rte_thread_register() < 0)
		gh_log(GH_LOG_DATAPLANE, LOG_WARNING, "worker %u runs without packet caches: %s",
		    w->id, strerror(rte_errno));
	rte_rcu_qsbr_thread_register(gh_rcu, w->id);
	rte_rcu_qsbr_thread_online(gh_rcu, w->id);
	w->stats->running = 1;
	run(w);
	w->stats->running = 0;
	rte_rcu_qsbr_thread_offline(gh_rcu, w->id);
	rte_rcu_qsbr_thread_unregister(gh_rcu, w->id);
	rte_thread_unregister();
	return NULL;
}

static void init_buckets(struct gh_worker_private *p)
{
	uint64_t hz = rte_get_tsc_hz();

#define X(id, word, rate, burst) gh_bucket_init(&p->host[GH_HOST_##id], hz, rate, burst);
	GH_HOST_CLASSES(X)
#undef X
	gh_bucket_init(&p->icmp, hz, ICMP_ERRORS_PER_S, ICMP_ERRORS_BURST);
}

static struct rte_ring *make_ring(const char *what, unsigned id, unsigned flags)
{
	char name[32];

	snprintf(name, sizeof(name), "%s-%u", what, id);
	return rte_ring_create(name, RING_SIZE, SOCKET_ID_ANY, flags);
}

static int init_worker(unsigned id, int cpu, struct gh_error *err)
{
	struct gh_worker *w = &workers[id];
	struct gh_worker_private *p = &privates[id];

	*w = (struct gh_worker){.id = id,
	    .drops = gh_row_drops(id),
	    .ifaces = gh_row_ifaces(id),
	    .stats = (struct gh_shm_worker *)gh_shm_region(GH_SHM_WORKERS) + id,
	    .private = p};
	p->cpu = cpu;
	p->threaded = false;
	atomic_store(&p->stop, false);
	init_buckets(p);
	w->handoff = make_ring("handoff", id, RING_F_SC_DEQ);
	p->from_host = make_ring("from-host", id, RING_F_SP_ENQ | RING_F_SC_DEQ);
	p->fragments = rte_ip_frag_table_create(REASSEMBLY_BUCKETS, REASSEMBLY_PER_BUCKET,
	    REASSEMBLY_BUCKETS * REASSEMBLY_PER_BUCKET, REASSEMBLY_S * rte_get_tsc_hz(),
	    SOCKET_ID_ANY);
	if (w->handoff == NULL || p->from_host == NULL || p->fragments == NULL)
		return gh_error_set(err, -ENOMEM, NULL, "no memory for worker %u", id);
	w->stats->cpu = cpu;
	w->stats->tsc_hz = rte_get_tsc_hz();
	return gh_ipsec_worker_init(w, err);
}

static void drain(struct rte_ring *ring)
{
	void *m;

	while (ring != NULL && rte_ring_dequeue(ring, &m) == 0)
		rte_pktmbuf_free(m);
	rte_ring_free(ring);
}

static void fini_worker(struct gh_worker *w)
{
	gh_ipsec_worker_fini(w);
	gh_graph_destroy(atomic_load(&w->private->graph));
	atomic_store(&w->private->graph, NULL);
	atomic_store(&w->private->next, NULL);
	if (w->private->fragments != NULL)
		rte_ip_frag_table_destroy(w->private->fragments);
	w->private->fragments = NULL;
	drain(w->handoff);
	drain(w->private->from_host);
	w->handoff = w->private->from_host = NULL;
}

void gh_workers_stop(void)
{
	unsigned n = worker_count;

	for (unsigned i = 0; i < n; i++)
		atomic_store(&privates[i].stop, true);
	for (unsigned i = 0; i < n; i++)
		if (privates[i].threaded)
			pthread_join(privates[i].thread, NULL);
	gh_iface_lock_host();
	worker_count = 0;
	gh_shm->workers = 0;
	for (unsigned i = 0; i < n; i++)
		fini_worker(&workers[i]);
	gh_iface_unlock_host();
}

static int start_thread(struct gh_worker *w, struct gh_error *err)
{
	struct gh_worker_private *p = w->private;
	pthread_attr_t attr;
	cpu_set_t set;
	int rc;

	pthread_attr_init(&attr);
	if (p->cpu >= 0) {
		CPU_ZERO(&set);
		CPU_SET(p->cpu, &set);
		pthread_attr_setaffinity_np(&attr, sizeof(set), &set);
	}
	rc = pthread_create(&p->thread, &attr, worker_main, w);
	pthread_attr_destroy(&attr);
	if (rc != 0)
		return gh_error_set(err, -rc, NULL, "worker %u does not start on CPU %d: %s", w->id,
		    p->cpu, strerror(rc));
	p->threaded = true;
	return 0;
}

static int build_graphs(struct gh_error *err)
{
	for (unsigned i = 0; i < worker_count; i++) {
		struct rte_graph *g = gh_graph_create(&workers[i], err);

		if (g == NULL)
			return -EINVAL;
		atomic_store(&privates[i].graph, g);
		atomic_store(&privates[i].next, g);
	}
	return 0;
}

/* cpus NULL: workers without threads. */
static int set_workers(const int *cpus, unsigned count, struct gh_error *err)
{
	int rc = 0, ports = 0;

	gh_workers_stop();
	gh_iface_lock_host();
	for (unsigned i = 0; i < count && rc == 0; i++)
		rc = init_worker(i, cpus != NULL ? cpus[i] : -1, err);
	worker_count = rc == 0 ? count : 0;
	gh_shm->workers = worker_count;
	if (rc == 0)
		ports = gh_iface_workers_changed(err);
	if (rc == 0)
		rc = build_graphs(err);
	gh_iface_unlock_host();
	if (rc < 0)
		return rc;
	gh_ipsec_workers_changed();
	for (unsigned i = 0; i < count && cpus != NULL && rc == 0; i++)
		rc = start_thread(&workers[i], err);
	return rc < 0 ? rc : ports;
}

static int usable_cpus(const struct gh_dp_workers *set, int *cpus, struct gh_error *err)
{
	cpu_set_t allowed;
	int n = 0;

	CPU_ZERO(&allowed);
	sched_getaffinity(0, sizeof(allowed), &allowed);
	for (int cpu = 0; cpu < 16 * 64; cpu++) {
		if (!(set->cpus[cpu / 64] >> (cpu % 64) & 1))
			continue;
		if (cpu >= CPU_SETSIZE || !CPU_ISSET(cpu, &allowed))
			return gh_error_set(err, -ENODEV, NULL,
			    "CPU %d of the core mask does not exist or may not be used by the "
			    "dataplane: choose among those that `nproc` and cpusets allow",
			    cpu);
		if (n == GH_WORKER_MAX)
			return gh_error_set(err, -E2BIG, NULL,
			    "the core mask has more than %d CPUs", GH_WORKER_MAX);
		cpus[n++] = cpu;
	}
	if (n == 0)
		cpus[n++] = -1;
	return n;
}

static bool same_cpus(const int *cpus, unsigned n)
{
	if (n != worker_count)
		return false;
	for (unsigned i = 0; i < n; i++)
		if (privates[i].cpu != cpus[i] || !privates[i].threaded)
			return false;
	return true;
}

int gh_workers_set(const struct gh_dp_workers *set, struct gh_error *err)
{
	int cpus[GH_WORKER_MAX];
	int n = usable_cpus(set, cpus, err);

	if (n < 0)
		return n;
	if (same_cpus(cpus, (unsigned)n))
		return 0;
	return set_workers(cpus, (unsigned)n, err);
}

int gh_workers_set_inline(unsigned count, struct gh_error *err)
{
	return set_workers(NULL, count, err);
}

static void wait_adopted(struct gh_worker_private *p, const struct rte_graph *g)
{
	if (!p->threaded)
		adopt_next_graph(p);
	while (atomic_load_explicit(&p->graph, memory_order_acquire) != g)
		nanosleep(&(struct timespec){.tv_nsec = SLEEP_MIN_NS}, NULL);
}

int gh_workers_rebuild(struct gh_error *err)
{
	for (unsigned i = 0; i < worker_count; i++) {
		struct rte_graph *old = atomic_load(&privates[i].graph);
		struct rte_graph *g = gh_graph_create(&workers[i], err);

		if (g == NULL)
			return -EINVAL;
		atomic_store_explicit(&privates[i].next, g, memory_order_release);
		wait_adopted(&privates[i], g);
		gh_graph_destroy(old);
	}
	return 0;
}
