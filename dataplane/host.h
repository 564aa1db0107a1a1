/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * The host I/O thread: frames between TAPs and workers. It never blocks a worker: what its queues
 * or the TAPs do not take is dropped and counted. Functions are for the control thread, except
 * where said.
 */
#pragma once

#include <rte_mbuf.h>
#include <stdint.h>

#include "dataplane/host_class.h"

int gh_host_init(void);	 /* 0 or negative errno */
int gh_host_start(void); /* the thread; tests call gh_host_poll instead */
void gh_host_fini(void);

/* Attaches the TAP of an interface, or with fd -1 detaches it. With the host locked. */
int gh_host_attach(uint16_t iface, int fd);

void gh_host_lock(void);
void gh_host_unlock(void);

/* Any worker: queues frames (data pointer at Ethernet, m->port set) towards the TAPs. Returns how
 * many were taken; the rest stays the caller's. gh_host_wake() once after that. */
unsigned gh_host_enqueue(enum gh_host_class class, struct rte_mbuf **m, unsigned n);
void gh_host_wake(void);

/* One turn of the thread: moves what is there; returns the number of frames. */
unsigned gh_host_poll(void);
