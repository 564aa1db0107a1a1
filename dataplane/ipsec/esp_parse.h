/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * Where the ESP header of a packet lies: behind IPv4, or behind IPv4 and UDP (RFC 3948).
 */
#pragma once

#include <rte_branch_prediction.h>
#include <rte_byteorder.h>
#include <rte_esp.h>
#include <rte_ip.h>
#include <rte_mbuf.h>
#include <rte_udp.h>
#include <stdint.h>
#include <string.h>

#include "dataplane/ipsec/verdict.h"

struct gh_esp_place {
	uint32_t spi;	 /* host order */
	uint16_t offset; /* of the ESP header from the outer IP header */
	uint16_t len;	 /* ESP header to the end of the ICV */
	uint8_t tos;	 /* outer */
};

static __rte_always_inline enum gh_esp_verdict gh_esp_past_udp(
    const struct rte_ipv4_hdr *ip, struct gh_esp_place *p)
{
	const struct rte_udp_hdr *udp = (const void *)((const uint8_t *)ip + p->offset);
	uint16_t dgram;

	if (p->len < sizeof(*udp))
		return GH_ESP_IN_TRUNCATED;
	dgram = rte_be_to_cpu_16(udp->dgram_len);
	if (dgram < sizeof(*udp) || dgram > p->len)
		return GH_ESP_IN_TRUNCATED;
	p->len = (uint16_t)(dgram - sizeof(*udp));
	p->offset = (uint16_t)(p->offset + sizeof(*udp));
	return p->len == 1 ? GH_ESP_IN_KEEPALIVE : GH_ESP_OK;
}

/* The data pointer is at the outer IPv4 header; nothing about the packet is taken for granted. */
static __rte_always_inline enum gh_esp_verdict gh_esp_locate(
    const struct rte_mbuf *m, struct gh_esp_place *p)
{
	const struct rte_ipv4_hdr *ip = rte_pktmbuf_mtod(m, const struct rte_ipv4_hdr *);
	uint32_t hlen, total;
	enum gh_esp_verdict v;

	if (unlikely(m->nb_segs != 1))
		return GH_ESP_IN_SEGMENTS;
	if (unlikely(m->data_len < sizeof(*ip)))
		return GH_ESP_IN_TRUNCATED;
	hlen = (ip->version_ihl & 15u) * 4;
	total = rte_be_to_cpu_16(ip->total_length);
	if (unlikely(hlen < sizeof(*ip) || total < hlen || total > m->data_len))
		return GH_ESP_IN_TRUNCATED;
	if (unlikely((ip->fragment_offset & RTE_BE16((uint16_t)~RTE_IPV4_HDR_DF_FLAG)) != 0))
		return GH_ESP_IN_FRAGMENT;
	p->offset = (uint16_t)hlen;
	p->len = (uint16_t)(total - hlen);
	p->tos = ip->type_of_service;
	if (unlikely(ip->next_proto_id == IPPROTO_UDP) &&
	    unlikely((v = gh_esp_past_udp(ip, p)) != GH_ESP_OK))
		return v;
	if (unlikely(p->len < sizeof(struct rte_esp_hdr)))
		return GH_ESP_IN_TRUNCATED;
	memcpy(&p->spi, (const uint8_t *)ip + p->offset, 4);
	p->spi = rte_be_to_cpu_32(p->spi);
	return GH_ESP_OK;
}
