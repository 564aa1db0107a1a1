/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * Packets from the control and host threads into the graph.
 */
#pragma once

#include <rte_mbuf.h>

#include "dataplane/worker.h"

/* Gives one packet to the worker that serves an interface; dropped and counted when it cannot
 * take it. Control thread. */
void gh_inject(uint16_t iface, enum gh_handoff_to to, struct rte_mbuf *m);
