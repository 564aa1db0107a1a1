/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * What IPsec processing decided about a packet. One list gives the enum, the counter's name and the
 * sentence that `show fast-path` prints beside it. Everything but OK means: drop and count.
 */
#pragma once

#include <stdint.h>

#define GH_ESP_VERDICTS(X)                                                                       \
	X(OK, "ok", "processed")                                                                 \
	X(HANDOFF, "handoff", "belongs to another worker")                                       \
	X(OUT_NO_SA, "ipsec-out-no-sa", "policy has no SA yet; a tunnel was asked for")          \
	X(OUT_SA_BUSY, "ipsec-out-sa-busy", "SA was just being changed")                         \
	X(OUT_SEQ_OVERFLOW, "ipsec-out-seq-overflow", "sequence numbers used up, rekey is late") \
	X(OUT_EXPIRED, "ipsec-out-sa-expired", "SA reached its hard limit")                      \
	X(OUT_LENGTH, "ipsec-out-length", "packet shorter than its IP header says")              \
	X(OUT_FAMILY, "ipsec-out-family", "inner packet is not IPv4")                            \
	X(OUT_SEGMENTS, "ipsec-out-segments", "packet in several buffers")                       \
	X(OUT_HEADROOM, "ipsec-out-headroom", "no room in front for the tunnel's headers")       \
	X(OUT_TAILROOM, "ipsec-out-tailroom", "no room behind for padding and ICV")              \
	X(OUT_TOO_BIG, "ipsec-out-too-big", "larger than the tunnel carries and DF is set")      \
	X(OUT_CRYPTO, "ipsec-out-crypto", "crypto library refused the packet")                   \
	X(IN_TRUNCATED, "ipsec-in-truncated", "ESP packet shorter than its headers")             \
	X(IN_SEGMENTS, "ipsec-in-segments", "packet in several buffers")                         \
	X(IN_FRAGMENT, "ipsec-in-fragment", "fragment of an ESP packet")                         \
	X(IN_KEEPALIVE, "ipsec-in-keepalive", "NAT keepalive (RFC 3948 2.3), nothing to do")     \
	X(IN_NO_SPI, "ipsec-in-no-sa", "no SA with this SPI")                                    \
	X(IN_SA_BUSY, "ipsec-in-sa-busy", "SA was just being changed")                           \
	X(IN_EXPIRED, "ipsec-in-sa-expired", "SA reached its hard limit")                        \
	X(IN_TOO_OLD, "ipsec-in-too-old", "sequence number left of the replay window")           \
	X(IN_REPLAYED, "ipsec-in-replayed", "sequence number already seen")                      \
	X(IN_ICV, "ipsec-in-wrong-icv", "integrity check failed")                                \
	X(IN_PADDING, "ipsec-in-bad-padding", "padding is not 1, 2, 3, ... (RFC 4303 2.4)")      \
	X(IN_NEXT_HEADER, "ipsec-in-next-header", "next header is not IPv4 in tunnel mode")      \
	X(IN_DUMMY, "ipsec-in-dummy", "dummy packet of traffic flow confidentiality")            \
	X(IN_INNER, "ipsec-in-bad-inner", "inner packet's version or length is wrong")           \
	X(IN_SELECTOR, "ipsec-in-selector", "inner packet outside the SA's traffic selectors")   \
	X(IN_ECN, "ipsec-in-ecn", "congestion mark on a packet that cannot carry one")           \
	X(OUT_QUOTED, "ipsec-out-quoted",                                                        \
	    "ICMP error about a tunnel's packet, and no tunnel takes it")                        \
	X(CLEAR_PROTECTED, "ipsec-clear-protected", "came in clear though policy protects it")

enum gh_esp_verdict {
#define X(id, name, text) GH_ESP_##id,
	GH_ESP_VERDICTS(X)
#undef X
	    GH_ESP_VERDICT_COUNT,
};

const char *gh_esp_verdict_name(enum gh_esp_verdict v);

/* Drop reasons (dataplane/drop.h) of the verdicts. Read-only once main() runs. */
extern uint16_t gh_esp_drop[GH_ESP_VERDICT_COUNT];
