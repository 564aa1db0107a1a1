/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * The control thread's event loop: descriptors and one tick. Everything here runs on the control
 * thread, except gh_wakeup_ring() and gh_loop_stop().
 */
#pragma once

#include <stdatomic.h>
#include <stdbool.h>
#include <stdint.h>

/* A thread that sleeps and others that wake it: a system call only when it does sleep. */
struct gh_wakeup {
	int fd; /* eventfd */
	_Atomic bool asleep;
};

int gh_wakeup_init(struct gh_wakeup *w); /* 0 or negative errno */
void gh_wakeup_fini(struct gh_wakeup *w);
void gh_wakeup_ring(struct gh_wakeup *w);  /* any thread, after the work is visible */
void gh_wakeup_clear(struct gh_wakeup *w); /* the sleeper, when fd is readable */

struct gh_watch {
	int fd;
	void (*ready)(void *arg, uint32_t epoll_events);
	void *arg;
};

extern struct gh_wakeup gh_loop_wakeup;

int gh_loop_init(void);
void gh_loop_fini(void);

/* The watch stays the caller's and must live until removed. */
int gh_loop_add(struct gh_watch *w, uint32_t epoll_events);
int gh_loop_modify(struct gh_watch *w, uint32_t epoll_events);
void gh_loop_remove(struct gh_watch *w);

/* `tick` is called after events and at least every *period ms; it returns the next period. */
void gh_loop_run(int (*tick)(void));
void gh_loop_stop(void); /* async-signal-safe */
