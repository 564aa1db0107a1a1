/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * ICMP errors (RFC 792, RFC 1812 4.3): set gh_meta(m)->code (and ->mtu) and send the packet, data
 * pointer at its IPv4 header, to node "icmp4_error", which replaces it by the error or drops it.
 */
#pragma once

/* id, ICMP type, ICMP code */
#define GH_ICMP4_ERRORS(X)         \
	X(NET_UNREACHABLE, 3, 0)   \
	X(HOST_UNREACHABLE, 3, 1)  \
	X(FRAG_NEEDED, 3, 4)       \
	X(ADMIN_PROHIBITED, 3, 13) \
	X(TTL_EXCEEDED, 11, 0)

enum gh_icmp4 {
#define X(id, type, code) GH_ICMP4_##id,
	GH_ICMP4_ERRORS(X)
#undef X
	    GH_ICMP4_COUNT,
};
