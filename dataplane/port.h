/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * Ports: where frames come from, named as in dataplane/api/dp_api.h. Control thread.
 * $GATEHOUSE_NO_AF_XDP in the environment: infra- ports use AF_PACKET at once.
 */
#pragma once

#include <rte_ring.h>
#include <stdbool.h>
#include <stdint.h>

#include "common/error.h"
#include "dataplane/api/dp_api.h"

#define GH_PORT_QUEUES_MAX 16
#define GH_PORT_NONE UINT16_MAX

enum gh_port_kind {
	GH_PORT_INFRA,
	GH_PORT_PCI,
	GH_PORT_MEMIF_SERVER,
	GH_PORT_MEMIF_CLIENT,
	GH_PORT_RING,
	GH_PORT_VDEV,
};

struct gh_port_spec {
	enum gh_port_kind kind;
	char arg[GH_DP_SPEC_MAX]; /* netdev, PCI address, path, name or device arguments */
};

/* 0 or -EINVAL with what was expected. */
int gh_port_spec_parse(const char *text, struct gh_port_spec *spec, struct gh_error *err);

struct gh_port {
	struct gh_port_spec spec;
	char device[64]; /* DPDK's name of the device */
	char driver[32];
	uint16_t ethdev; /* GH_PORT_NONE: closed */
	uint16_t rxqs, txqs;
	struct rte_ring *tx_ring; /* for workers without a transmit queue of their own; else NULL */
	struct rte_ring *rings[2]; /* kind RING: towards us, from us */
	bool kernel_muted;	   /* the kernel's own stack is kept off the netdev */
	bool started;
};

/* Attaches the device. iface: the interface's name, for messages and names of devices. */
int gh_port_open(
    struct gh_port *p, const char *iface, const struct gh_port_spec *spec, struct gh_error *err);
void gh_port_close(struct gh_port *p);

/* Queues for so many workers, descriptors (0: default) and MTU (0: its own); starts it. */
int gh_port_start(struct gh_port *p, unsigned workers, uint16_t rxd, uint16_t txd, uint16_t mtu,
    struct gh_error *err);
void gh_port_stop(struct gh_port *p);

/* The number of workers changed; no worker runs. The port stops only when its queues change: not
 * every driver can set up a queue twice. */
int gh_port_set_workers(struct gh_port *p, unsigned workers, uint16_t rxd, uint16_t txd,
    uint16_t mtu, struct gh_error *err);

int gh_port_mac(const struct gh_port *p, uint8_t mac[6]);
uint16_t gh_port_mtu(const struct gh_port *p);
int gh_port_set_mtu(const struct gh_port *p, uint16_t mtu, struct gh_error *err);
bool gh_port_link(const struct gh_port *p, uint32_t *speed);
