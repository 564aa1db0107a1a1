/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * What the nodes keep per packet. It lives in fields of the mbuf's first cache line that are free
 * between receive and transmit, so that reading it costs no extra line:
 *
 *   m->port                  the interface (dataplane/iface.h) the frame came in by
 *   m->packet_type           SA index, see `sa` below
 *   m->hash                  struct gh_meta
 *
 * Between eth_input/host_input and eth_output the data pointer is at the IP header. The 14 bytes
 * in front of it still hold the frame's Ethernet header, unless GH_META_FROM_TUNNEL is set.
 * Written by the worker that holds the packet.
 */
#pragma once

#include <assert.h>
#include <rte_mbuf.h>
#include <stddef.h>
#include <stdint.h>

enum gh_meta_flags {
	GH_META_FROM_TUNNEL = 1 << 0, /* came out of inbound SA gh_meta_sa(m), selectors checked */
	GH_META_FROM_HOST = 1 << 1,   /* sent by Linux on this gateway: no TTL, no ICMP errors */
	GH_META_L2_MULTI = 1 << 2,    /* Ethernet broadcast or multicast: never an ICMP error */
	/* An ICMP error about a packet that came out of a tunnel: it quotes that packet, so it may
	 * leave only through a tunnel. ipsec_policy may choose the SA by the quoted packet reversed
	 * (RFC 4301 6.2), and drops where there is none. */
	GH_META_PROTECT = 1 << 3,
};

struct gh_meta {
	uint32_t nexthop; /* index, dataplane/nexthop.h: set before eth_output */
	uint8_t flags;	  /* enum gh_meta_flags, zeroed by eth_input and host_input */
	uint8_t code;	  /* to icmp4_error: enum gh_icmp4; to host_output: enum gh_host_class */
	union {
		uint16_t drop; /* to drop: the reason, dataplane/drop.h */
		uint16_t mtu;  /* to icmp4_error (FRAG_NEEDED) and ip4_fragment: bytes of IP */
	};
};
static_assert(sizeof(struct gh_meta) == 8, "fits mbuf.hash");
static_assert(offsetof(struct rte_mbuf, hash) + 8 <= 64, "first cache line");

static inline struct gh_meta *gh_meta(struct rte_mbuf *m)
{
	return (struct gh_meta *)(void *)&m->hash;
}

/* FROM_TUNNEL: index of the inbound SA. From ipsec_policy to esp_encrypt: of the outbound SA. */
static inline uint32_t gh_meta_sa(const struct rte_mbuf *m)
{
	return m->packet_type;
}

static inline void gh_meta_set_sa(struct rte_mbuf *m, uint32_t index)
{
	m->packet_type = index;
}
