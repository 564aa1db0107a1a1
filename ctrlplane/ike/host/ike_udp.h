/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * The UDP sockets of IKE: ports 500 and 4500 of both families, on the wildcard address, so that
 * addresses may come and go (a virtual address, a DHCP lease). The local address of each datagram
 * is known by IP_PKTINFO and chosen by it.
 *
 * On port 4500 the non-ESP marker (RFC 3948 2.2) is taken off and put on here, and NAT keepalives
 * are swallowed. Datagrams are received in batches. Main loop only.
 */
#pragma once

#include <stddef.h>

#include "common/addr.h"
#include "common/error.h"

struct ev_loop;
struct ike_udp;

typedef void (*ike_udp_fn)(void *ctx, const struct gh_endpoint *local,
    const struct gh_endpoint *remote, const void *data, size_t len);

struct ike_udp_counts {
	uint64_t received, sent, send_errors, truncated, keepalives;
};

/* NULL with err set when a socket cannot be had. A kernel without IPv6 is no error. */
struct ike_udp *ike_udp_open(
    struct ev_loop *loop, ike_udp_fn receive, void *ctx, struct gh_error *err);
void ike_udp_close(struct ike_udp *udp);

/* Never fails towards the caller: what is lost here is retransmitted like any other loss. */
void ike_udp_send(struct ike_udp *udp, const struct gh_endpoint *local,
    const struct gh_endpoint *remote, const void *data, size_t len);

const struct ike_udp_counts *ike_udp_counts(const struct ike_udp *udp);

/* The source address that Linux would use towards remote. 0 or negative errno. */
int ike_udp_source_address(const struct gh_addr *remote, struct gh_addr *local);
