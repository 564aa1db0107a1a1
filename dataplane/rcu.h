/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * Tables change under the workers' feet by RCU (rte_rcu_qsbr): publish the new, then reclaim the
 * old once every worker has passed a quiescent state (between two walks of its graph; a sleeping
 * worker does not count). Control thread only.
 */
#pragma once

#include <rte_rcu_qsbr.h>

extern struct rte_rcu_qsbr *gh_rcu;

/* Runs fn(arg) on the control thread after a grace period, soon but not at once; never blocks. */
void gh_rcu_defer(void (*fn)(void *arg), void *arg);

/* Waits for a grace period; microseconds while workers run. For rare changes. */
void gh_rcu_synchronize(void);

/* Runs what is due; called by the control loop. Returns how many are still waiting. */
unsigned gh_rcu_poll(void);
