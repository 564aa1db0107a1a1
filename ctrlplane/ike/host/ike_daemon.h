/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * The IKE engine at home in gatehoused: what struct ike_host asks for, done with libev, sockets,
 * threads, the dataplane client and a file of records.
 *
 *   apply.c      participant of the transaction: configuration changes become engine objects
 *   conf_tree.c  reads those objects out of the tree
 *   children.c   CHILD SAs become SA and policy records of the dataplane
 *   counters.c   reads SA lines of the shared segment
 *   ike_udp.c    sockets          job_pool.c  threads          record_log.c  records
 *   show.c       rpc handlers
 *
 * Order at start: ike_daemon_new (registers engine and rpcs) → the stored configuration is applied
 * → ike_daemon_start (sockets, records restored, start-actions) → the loop runs, the dataplane
 * client connects and everything is stated. Main loop only, but for the pool's threads.
 */
#pragma once

#include "common/error.h"
#include "ctrlplane/daemon.h"

struct ike_daemon;

struct ike_daemon *ike_daemon_new(struct gh_daemon *daemon, struct gh_error *err);
int ike_daemon_start(struct ike_daemon *d, struct gh_error *err);
/* Leaves peers, records and dataplane as they are: the next gatehoused goes on with them. */
void ike_daemon_free(struct ike_daemon *d);

/* The part of gatehoused (struct gh_part) that has one of these. */
int gh_ike_start(struct gh_daemon *daemon, struct gh_error *err);
int gh_ike_ready(struct gh_error *err);
void gh_ike_stop(void);
