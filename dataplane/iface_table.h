/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * Interfaces as the control thread handles them: a port, a TAP and a slot of the table that
 * workers see (dataplane/iface.h). Control thread, except where said.
 */
#pragma once

#include <stdbool.h>
#include <stdint.h>

#include "common/error.h"
#include "dataplane/api/dp_api.h"
#include "dataplane/port.h"

/* Makes or changes an interface; idempotent. 0 or negative errno. */
int gh_iface_set(const struct gh_dp_iface *conf, struct gh_error *err);
int gh_iface_del(const char *name, struct gh_error *err); /* -ENOENT: there is none */

/* Between the two, those stated by gh_iface_set are marked; the end removes the others. */
void gh_iface_sync_begin(void);
void gh_iface_sync_end(void);

void gh_iface_del_all(void);

/* The slot of a name or TAP's interface index; GH_IFACE_NONE when there is none. */
uint16_t gh_iface_by_name(const char *name);
uint16_t gh_iface_by_ifindex(int ifindex);
int gh_iface_ifindex(uint16_t slot);
bool gh_iface_exists(uint16_t slot);

/* Source address of ICMP errors out of an interface, network order; 0: none. */
void gh_iface_set_ip4(uint16_t slot, uint32_t addr);

/* For graphs: receive queues (0: no port), and the port itself. */
uint16_t gh_iface_rxqs(uint16_t slot);
const struct gh_port *gh_iface_port(uint16_t slot);

/* The number of workers changed: ports get queues for them. No worker runs. */
int gh_iface_workers_changed(struct gh_error *err);

/* Polls ports' links and counters; emits LINK events. */
void gh_iface_poll(uint64_t now_ms);

/* Keeps the host I/O thread out while rings and descriptors that it uses change. */
void gh_iface_lock_host(void);
void gh_iface_unlock_host(void);
