/* SPDX-License-Identifier: BSD-3-Clause */
#include "dataplane/host.h"

#include <errno.h>
#include <pthread.h>
#include <rte_cycles.h>
#include <rte_errno.h>
#include <rte_lcore.h>
#include <rte_ring.h>
#include <stdatomic.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/uio.h>
#include <unistd.h>

#include "common/log.h"
#include "dataplane/counters.h"
#include "dataplane/drop.h"
#include "dataplane/eal.h"
#include "dataplane/iface.h"
#include "dataplane/loop.h"
#include "dataplane/worker_private.h"

#define RING_SIZE 1024
#define BURST 32
#define ROUNDS 4 /* bursts from one TAP, or of one class, before the others have their turn */
#define FRAME_MIN 14
#define PIECES_MAX RTE_LIBRTE_IP_FRAG_MAX_FRAG

GH_DROP_REASON(tap, "host-tap-full", "Frames for Linux that the TAP did not take");
GH_DROP_REASON(nobuf, "host-no-buffer", "Frames from Linux for which there was no buffer");
GH_DROP_REASON(
    worker, "host-worker-full", "Frames from Linux that the worker's queue did not take");
GH_DROP_REASON(
    runt, "host-bad-frame", "Frames from Linux shorter than an Ethernet header or too long");

static struct {
	pthread_mutex_t lock;
	pthread_t thread;
	bool running;
	atomic_bool stop;
	int epoll;
	struct gh_wakeup wakeup;
	int tap[GH_IFACE_MAX];
	struct rte_ring *rings[GH_HOST_CLASS_COUNT];
} host = {.lock = PTHREAD_MUTEX_INITIALIZER, .epoll = -1};

static const char *const ring_names[GH_HOST_CLASS_COUNT] = {
#define X(id, word, rate, burst) "host-" word,
    GH_HOST_CLASSES(X)
#undef X
};

int gh_host_init(void)
{
	struct epoll_event ev = {.events = EPOLLIN, .data.u32 = GH_IFACE_NONE};
	int rc = gh_wakeup_init(&host.wakeup);

	for (int i = 0; i < GH_IFACE_MAX; i++)
		host.tap[i] = -1;
	for (int i = 0; i < GH_HOST_CLASS_COUNT && rc == 0; i++) {
		host.rings[i] =
		    rte_ring_create(ring_names[i], RING_SIZE, SOCKET_ID_ANY, RING_F_SC_DEQ);
		rc = host.rings[i] != NULL ? 0 : -rte_errno;
	}
	if (rc < 0)
		return rc;
	host.epoll = epoll_create1(EPOLL_CLOEXEC);
	if (host.epoll < 0 || epoll_ctl(host.epoll, EPOLL_CTL_ADD, host.wakeup.fd, &ev) < 0)
		return -errno;
	return 0;
}

void gh_host_lock(void)
{
	pthread_mutex_lock(&host.lock);
}

void gh_host_unlock(void)
{
	pthread_mutex_unlock(&host.lock);
}

int gh_host_attach(uint16_t iface, int fd)
{
	struct epoll_event ev = {.events = EPOLLIN, .data.u32 = iface};

	if (host.tap[iface] >= 0)
		epoll_ctl(host.epoll, EPOLL_CTL_DEL, host.tap[iface], NULL);
	host.tap[iface] = fd;
	if (fd >= 0 && epoll_ctl(host.epoll, EPOLL_CTL_ADD, fd, &ev) < 0)
		return -errno;
	return 0;
}

unsigned gh_host_enqueue(enum gh_host_class class, struct rte_mbuf **m, unsigned n)
{
	return rte_ring_mp_enqueue_burst(host.rings[class], (void **)m, n, NULL);
}

void gh_host_wake(void)
{
	gh_wakeup_ring(&host.wakeup);
}

/* Only reassembled packets are in pieces. */
static ssize_t write_pieces(int fd, const struct rte_mbuf *m)
{
	struct iovec pieces[PIECES_MAX];
	int n = 0;

	for (; m != NULL && n < PIECES_MAX; m = m->next)
		pieces[n++] =
		    (struct iovec){.iov_base = rte_pktmbuf_mtod(m, void *), .iov_len = m->data_len};
	return m == NULL ? writev(fd, pieces, n) : -1;
}

static void write_frame(struct rte_mbuf *m)
{
	int fd = host.tap[m->port];

	if (fd < 0 || write_pieces(fd, m) < 0)
		gh_row_drops(GH_SHM_HOST_ROW)[gh_drop_tap]++;
	else
		gh_row_ifaces(GH_SHM_HOST_ROW)[m->port].to_host++;
	rte_pktmbuf_free(m);
}

static unsigned to_taps(struct rte_ring *ring)
{
	struct rte_mbuf *m[BURST];
	unsigned n, total = 0;

	for (int round = 0; round < ROUNDS; round++) {
		n = rte_ring_sc_dequeue_burst(ring, (void **)m, BURST, NULL);
		for (unsigned i = 0; i < n; i++)
			write_frame(m[i]);
		total += n;
		if (n < BURST)
			break;
	}
	return total;
}

/* 1: a frame; 0: none there; -1: dropped. */
static int read_frame(uint16_t iface, struct rte_mbuf **out)
{
	struct rte_mbuf *m = rte_pktmbuf_alloc(gh_pool);
	uint64_t *drops = gh_row_drops(GH_SHM_HOST_ROW);
	char discard[FRAME_MIN];
	ssize_t n;

	if (m == NULL) {
		if (read(host.tap[iface], discard, sizeof(discard)) <= 0)
			return 0;
		drops[gh_drop_nobuf]++;
		return -1;
	}
	n = read(host.tap[iface], rte_pktmbuf_mtod(m, void *), rte_pktmbuf_tailroom(m));
	if (n < FRAME_MIN || n == rte_pktmbuf_tailroom(m)) {
		rte_pktmbuf_free(m);
		if (n <= 0)
			return 0;
		drops[gh_drop_runt]++;
		return -1;
	}
	m->data_len = (uint16_t)n;
	m->pkt_len = (uint32_t)n;
	m->port = iface;
	*out = m;
	return 1;
}

static void to_worker(uint16_t iface, struct rte_mbuf **m, unsigned n)
{
	struct rte_ring *ring = NULL;
	unsigned sent = 0;

	if (gh_worker_count() > 0)
		ring = gh_worker(gh_worker_of_queue(iface, 0))->private->from_host;
	if (ring != NULL)
		sent = rte_ring_sp_enqueue_burst(ring, (void **)m, n, NULL);
	gh_row_ifaces(GH_SHM_HOST_ROW)[iface].from_host += sent;
	gh_row_drops(GH_SHM_HOST_ROW)[gh_drop_worker] += n - sent;
	rte_pktmbuf_free_bulk(m + sent, n - sent);
}

static unsigned from_tap(uint16_t iface)
{
	struct rte_mbuf *m[BURST];
	unsigned n = 0, total = 0;
	int rc = 1;

	for (int i = 0; i < BURST * ROUNDS && rc != 0; i++) {
		rc = read_frame(iface, &m[n]);
		n += rc > 0;
		total += rc != 0;
		if (n == BURST || rc == 0) {
			to_worker(iface, m, n);
			n = 0;
		}
	}
	to_worker(iface, m, n);
	return total;
}

static unsigned handle_event(const struct epoll_event *ev)
{
	uint16_t iface = (uint16_t)ev->data.u32;
	unsigned n;

	if (iface == GH_IFACE_NONE) {
		gh_wakeup_clear(&host.wakeup);
		return 0;
	}
	n = host.tap[iface] >= 0 ? from_tap(iface) : 0;
	if (n == 0 && (ev->events & (EPOLLERR | EPOLLHUP))) {
		gh_log(GH_LOG_DATAPLANE, LOG_ERR,
		    "somebody deleted the TAP of interface %u: Linux hears nothing from it until "
		    "it "
		    "is configured anew",
		    iface);
		gh_host_attach(iface, -1);
	}
	return n;
}

unsigned gh_host_poll(void)
{
	struct epoll_event ev[GH_IFACE_MAX];
	unsigned total = 0;
	int n;

	gh_host_lock();
	for (int i = 0; i < GH_HOST_CLASS_COUNT; i++)
		total += to_taps(host.rings[i]);
	n = epoll_wait(host.epoll, ev, GH_IFACE_MAX, 0);
	for (int i = 0; i < n; i++)
		total += handle_event(&ev[i]);
	gh_host_unlock();
	return total;
}

static bool rings_empty(void)
{
	for (int i = 0; i < GH_HOST_CLASS_COUNT; i++)
		if (!rte_ring_empty(host.rings[i]))
			return false;
	return true;
}

static void sleep_until_work(void)
{
	struct epoll_event ev;

	atomic_store(&host.wakeup.asleep, true);
	atomic_thread_fence(memory_order_seq_cst);
	if (rings_empty() && !atomic_load(&host.stop))
		epoll_wait(host.epoll, &ev, 1, -1); /* looked at again by gh_host_poll */
	atomic_store(&host.wakeup.asleep, false);
}

static void *host_main(void *arg)
{
	pthread_setname_np(pthread_self(), "gh-host");
	if (rte_thread_register() < 0)
		gh_log(GH_LOG_DATAPLANE, LOG_WARNING,
		    "the host thread runs without packet caches: %s", strerror(rte_errno));
	while (!atomic_load(&host.stop))
		if (gh_host_poll() == 0)
			sleep_until_work();
	rte_thread_unregister();
	return arg;
}

int gh_host_start(void)
{
	int rc = pthread_create(&host.thread, NULL, host_main, NULL);

	host.running = rc == 0;
	return -rc;
}

void gh_host_fini(void)
{
	uint64_t one = 1;
	void *m;

	atomic_store(&host.stop, true);
	if (host.running && write(host.wakeup.fd, &one, sizeof(one)) == sizeof(one))
		pthread_join(host.thread, NULL);
	host.running = false;
	atomic_store(&host.stop, false);
	for (int i = 0; i < GH_HOST_CLASS_COUNT; i++) {
		while (host.rings[i] != NULL && rte_ring_dequeue(host.rings[i], &m) == 0)
			rte_pktmbuf_free(m);
		rte_ring_free(host.rings[i]);
		host.rings[i] = NULL;
	}
	if (host.epoll >= 0)
		close(host.epoll);
	host.epoll = -1;
	gh_wakeup_fini(&host.wakeup);
}
