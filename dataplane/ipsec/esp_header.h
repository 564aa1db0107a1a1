/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * The outer IPv4 header and what tunnels do to ECN (RFC 6040) and DSCP.
 */
#pragma once

#include <rte_byteorder.h>
#include <rte_ip.h>
#include <stdbool.h>
#include <stdint.h>
#include <string.h>

#include "dataplane/api/dp_sa_line.h"

#define GH_ECN_MASK 3u
#define GH_ECN_CE 3u
#define GH_OUTER_TTL 64

static inline uint16_t gh_csum_fold(uint64_t sum)
{
	sum = (sum & UINT32_MAX) + (sum >> 32);
	sum = (sum & UINT32_MAX) + (sum >> 32);
	sum = (sum & UINT16_MAX) + (sum >> 16);
	sum = (sum & UINT16_MAX) + (sum >> 16);
	return (uint16_t)~sum;
}

/* Both outer addresses in one load: a change of endpoints is never seen by half. */
static inline uint64_t gh_outer_addrs(const struct gh_sa_line *l)
{
	return __atomic_load_n((const uint64_t *)(const void *)&l->outer_src, __ATOMIC_RELAXED);
}

/*
 * Writes the header of an outer packet of `total` bytes. One's complement sums do not care how the
 * words are grouped (RFC 1071 2), so the checksum is four additions over 64 and 32 bits. The header
 * is put together in registers (x86 is little-endian): bytes stored one by one and loaded as a word
 * would wait for the stores.
 */
static inline void gh_outer_write(
    uint8_t *at, const struct gh_sa_line *l, uint16_t total, uint8_t tos, uint16_t id, bool df)
{
	uint64_t addrs = gh_outer_addrs(l);
	uint64_t frag = df ? RTE_BE16(RTE_IPV4_HDR_DF_FLAG) : 0;
	uint64_t ident = df ? 0 : rte_cpu_to_be_16(id);
	uint64_t first = RTE_IPV4_VHL_DEF | (uint64_t)tos << 8 |
			 (uint64_t)rte_cpu_to_be_16(total) << 16 | ident << 32 | frag << 48;
	uint32_t proto = l->flags & GH_SA_UDP ? IPPROTO_UDP : IPPROTO_ESP;
	uint32_t last = GH_OUTER_TTL | proto << 8;

	last |= (uint32_t)gh_csum_fold((first & UINT32_MAX) + (first >> 32) + (addrs & UINT32_MAX) +
				       (addrs >> 32) + last)
		<< 16;
	memcpy(at, &first, 8);
	memcpy(at + 8, &last, 4);
	memcpy(at + 12, &addrs, 8);
}

/* RFC 6040 4.1 normal mode; DSCP only where the SA says so. */
static inline uint8_t gh_outer_tos(const struct gh_sa_line *l, uint8_t inner_tos)
{
	return l->flags & GH_SA_DSCP ? inner_tos : inner_tos & GH_ECN_MASK;
}

/* Changes the TOS byte and its checksum incrementally, RFC 1624. */
static inline void gh_ip4_set_tos(struct rte_ipv4_hdr *ip, uint8_t tos)
{
	uint16_t old, new;
	uint32_t sum;

	memcpy(&old, ip, 2);
	ip->type_of_service = tos;
	memcpy(&new, ip, 2);
	sum = (uint16_t)~ip->hdr_checksum + (uint32_t)(uint16_t)~old + new;
	sum = (sum & UINT16_MAX) + (sum >> 16);
	sum = (sum & UINT16_MAX) + (sum >> 16);
	ip->hdr_checksum = (uint16_t)~sum;
}

/* RFC 6040 4.2 at the tunnel's end; false: the packet must be dropped. */
static inline bool gh_ecn_decap(uint8_t outer_tos, struct rte_ipv4_hdr *inner)
{
	uint8_t out = outer_tos & GH_ECN_MASK, in = inner->type_of_service & GH_ECN_MASK;

	if (out == in || out == 0)
		return true;
	if (in == 0)
		return out != GH_ECN_CE;
	if (out == GH_ECN_CE || (out == 1 && in == 2))
		gh_ip4_set_tos(inner, (uint8_t)((inner->type_of_service & ~GH_ECN_MASK) | out));
	return true;
}
