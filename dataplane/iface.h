/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * Interfaces as workers see them: a small table indexed by interface id (mbuf.port,
 * gh_nexthop.iface). Written by the control thread; id 0 is never an interface.
 */
#pragma once

#include <stdint.h>

#define GH_IFACE_MAX 64
#define GH_IFACE_NONE 0

enum gh_iface_flags {
	GH_IFACE_UP = 1 << 0, /* administratively; frames of others are dropped */
};

struct gh_iface_hot {
	uint8_t mac[6];
	uint16_t mtu;	 /* bytes of IP */
	uint32_t ip4;	 /* source of ICMP errors, network order; 0: none */
	uint16_t ethdev; /* DPDK port, UINT16_MAX: none */
	uint16_t flags;	 /* enum gh_iface_flags */
} __attribute__((aligned(16)));

extern struct gh_iface_hot gh_ifaces[GH_IFACE_MAX];
