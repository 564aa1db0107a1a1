/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * Traffic selectors (RFC 4301 4.4.1.1, RFC 7296 3.13.1) compiled for the packet path, IPv4.
 *
 * "local" is the gateway's side: the source of what goes into a tunnel, the destination of what
 * comes out. Everything in host order. Threads: values, no state.
 */
#pragma once

#include <stdbool.h>
#include <stdint.h>

#include "common/error.h"
#include "dataplane/api/dp_api.h"

struct gh_selector4 {
	uint32_t local, local_mask;
	uint32_t remote, remote_mask;
	uint16_t local_port_first, local_port_last;
	uint16_t remote_port_first, remote_port_last;
	uint8_t proto;	   /* 0: any */
	bool any_port;	   /* both ranges are 0..65535 */
	uint8_t local_len; /* of the masks, for the SA line */
	uint8_t remote_len;
};

/* What selectors look at in a packet, seen from the gateway. */
struct gh_flow4 {
	uint32_t local, remote;
	uint16_t local_port, remote_port; /* ICMP: type << 8 | code in both, RFC 4301 4.4.1.1 */
	uint8_t proto;
	bool has_ports; /* false in later fragments and protocols without ports */
};

static inline uint32_t gh_mask4(unsigned len)
{
	return (uint32_t)(UINT64_C(0xffffffff00000000) >> len);
}

static inline bool gh_selector4_ports(const struct gh_selector4 *s, const struct gh_flow4 *f)
{
	if (s->any_port)
		return true;
	return f->has_ports && f->local_port >= s->local_port_first &&
	       f->local_port <= s->local_port_last && f->remote_port >= s->remote_port_first &&
	       f->remote_port <= s->remote_port_last;
}

static inline bool gh_selector4_match(const struct gh_selector4 *s, const struct gh_flow4 *f)
{
	if (((f->local ^ s->local) & s->local_mask) | ((f->remote ^ s->remote) & s->remote_mask))
		return false;
	return (s->proto == 0 || s->proto == f->proto) && gh_selector4_ports(s, f);
}

/*
 * The flow of an IPv4 packet of len bytes at ip whose header was checked to lie within len.
 * outbound: the source is local.
 */
struct gh_flow4 gh_flow4_parse(const void *ip, uint32_t len, bool outbound);

/* Checks and compiles; 0 or negative errno with a sentence in err. */
int gh_selector4_compile(
    const struct gh_dp_selector *sel, struct gh_selector4 *out, struct gh_error *err);
