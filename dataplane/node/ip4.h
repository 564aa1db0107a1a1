/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * IPv4 facts that several nodes need. Addresses in host order.
 */
#pragma once

#include <netinet/in.h>
#include <rte_byteorder.h>
#include <rte_ip.h>
#include <stdbool.h>
#include <stdint.h>

#define GH_IKE_PORT 500
#define GH_IKE_NATT_PORT 4500

static inline uint32_t gh_ip4_src(const struct rte_ipv4_hdr *ip)
{
	return rte_be_to_cpu_32(ip->src_addr);
}

static inline uint32_t gh_ip4_dst(const struct rte_ipv4_hdr *ip)
{
	return rte_be_to_cpu_32(ip->dst_addr);
}

/* 224.0.0.0/4. Class E (240.0.0.0/4) is ordinary unicast here. */
static inline bool gh_ip4_is_multicast(uint32_t addr)
{
	return addr >> 28 == 0xe;
}

static inline bool gh_ip4_is_loopback(uint32_t addr)
{
	return addr >> 24 == 127;
}

static inline bool gh_ip4_is_broadcast(uint32_t addr)
{
	return addr == UINT32_MAX;
}

static inline bool gh_ip4_is_link_local(uint32_t addr)
{
	return addr >> 16 == 0xa9fe;
}

/* What may never be a source on the wire (RFC 1812 5.3.7). */
static inline bool gh_ip4_bad_source(uint32_t addr)
{
	return gh_ip4_is_multicast(addr) || gh_ip4_is_loopback(addr) || gh_ip4_is_broadcast(addr);
}

static inline bool gh_ip4_is_fragment(const struct rte_ipv4_hdr *ip)
{
	return (ip->fragment_offset & RTE_BE16(RTE_IPV4_HDR_MF_FLAG | RTE_IPV4_HDR_OFFSET_MASK)) !=
	       0;
}

static inline uint16_t gh_ip4_header_len(const struct rte_ipv4_hdr *ip)
{
	return (uint16_t)((ip->version_ihl & 0xf) * 4);
}

/* RFC 1624: the checksum after the TTL went down by one. */
static inline void gh_ip4_decrement_ttl(struct rte_ipv4_hdr *ip)
{
	uint32_t sum = (uint32_t)ip->hdr_checksum + RTE_BE16(0x0100);

	ip->hdr_checksum = (uint16_t)(sum + (sum >> 16));
	ip->time_to_live--;
}
