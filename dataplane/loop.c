/* SPDX-License-Identifier: BSD-3-Clause */
#include "dataplane/loop.h"

#include <errno.h>
#include <sys/epoll.h>
#include <sys/eventfd.h>
#include <unistd.h>

struct gh_wakeup gh_loop_wakeup;

static int epoll_fd = -1;
static atomic_bool stopping;

int gh_wakeup_init(struct gh_wakeup *w)
{
	w->fd = eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK);
	atomic_store(&w->asleep, false);
	return w->fd < 0 ? -errno : 0;
}

void gh_wakeup_fini(struct gh_wakeup *w)
{
	if (w->fd >= 0)
		close(w->fd);
	w->fd = -1;
}

void gh_wakeup_ring(struct gh_wakeup *w)
{
	uint64_t one = 1;

	/* Pairs with the sleeper: it says it sleeps, then looks for work once more. */
	atomic_thread_fence(memory_order_seq_cst);
	if (!atomic_load_explicit(&w->asleep, memory_order_relaxed) ||
	    !atomic_exchange(&w->asleep, false))
		return;
	if (write(w->fd, &one, sizeof(one)) < 0)
		return; /* full: it is awake */
}

void gh_wakeup_clear(struct gh_wakeup *w)
{
	uint64_t n;

	if (read(w->fd, &n, sizeof(n)) < 0)
		return; /* nobody rang */
}

int gh_loop_init(void)
{
	int rc = gh_wakeup_init(&gh_loop_wakeup);
	struct epoll_event ev = {.events = EPOLLIN, .data.ptr = NULL};

	if (rc < 0)
		return rc;
	atomic_store(&stopping, false);
	epoll_fd = epoll_create1(EPOLL_CLOEXEC);
	if (epoll_fd < 0 || epoll_ctl(epoll_fd, EPOLL_CTL_ADD, gh_loop_wakeup.fd, &ev) < 0)
		return -errno;
	return 0;
}

void gh_loop_fini(void)
{
	if (epoll_fd >= 0)
		close(epoll_fd);
	epoll_fd = -1;
	gh_wakeup_fini(&gh_loop_wakeup);
}

int gh_loop_add(struct gh_watch *w, uint32_t epoll_events)
{
	struct epoll_event ev = {.events = epoll_events, .data.ptr = w};

	return epoll_ctl(epoll_fd, EPOLL_CTL_ADD, w->fd, &ev) < 0 ? -errno : 0;
}

int gh_loop_modify(struct gh_watch *w, uint32_t epoll_events)
{
	struct epoll_event ev = {.events = epoll_events, .data.ptr = w};

	return epoll_ctl(epoll_fd, EPOLL_CTL_MOD, w->fd, &ev) < 0 ? -errno : 0;
}

void gh_loop_remove(struct gh_watch *w)
{
	epoll_ctl(epoll_fd, EPOLL_CTL_DEL, w->fd, NULL);
}

void gh_loop_run(int (*tick)(void))
{
	struct epoll_event ev;

	while (!atomic_load(&stopping)) {
		int period, n;

		atomic_store(&gh_loop_wakeup.asleep, true);
		atomic_thread_fence(memory_order_seq_cst);
		period = tick(); /* sees whatever was left before we said that we sleep */
		/* One event a turn: a handler may remove any other watch. */
		n = epoll_wait(epoll_fd, &ev, 1, period);
		atomic_store(&gh_loop_wakeup.asleep, false);
		if (n != 1)
			continue;
		if (ev.data.ptr == NULL) {
			gh_wakeup_clear(&gh_loop_wakeup);
		} else {
			struct gh_watch *w = ev.data.ptr;

			w->ready(w->arg, ev.events);
		}
	}
}

void gh_loop_stop(void)
{
	uint64_t one = 1;

	atomic_store(&stopping, true);
	if (write(gh_loop_wakeup.fd, &one, sizeof(one)) < 0)
		return; /* full: it is awake */
}
