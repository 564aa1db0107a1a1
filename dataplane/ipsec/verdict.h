/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * What IPsec processing decided about a packet. One list gives the enum, the counter's name and the
 * sentence that `show fast-path` prints beside it. Everything but OK means: drop and count.
 */
#pragma once

#define GH_ESP_VERDICTS(X)                                                                       \
	X(OK, "ok", "processed")                                                                 \
	X(HANDOFF, "handoff", "belongs to another worker")                                       \
	X(OUT_NO_SA, "ipsec_out_no_sa", "policy has no SA yet; a tunnel was asked for")          \
	X(OUT_SA_BUSY, "ipsec_out_sa_busy", "SA was just being changed")                         \
	X(OUT_SEQ_OVERFLOW, "ipsec_out_seq_overflow", "sequence numbers used up, rekey is late") \
	X(OUT_EXPIRED, "ipsec_out_sa_expired", "SA reached its hard limit")                      \
	X(OUT_LENGTH, "ipsec_out_length", "packet shorter than its IP header says")              \
	X(OUT_FAMILY, "ipsec_out_family", "inner packet is not IPv4")                            \
	X(OUT_SEGMENTS, "ipsec_out_segments", "packet in several buffers")                       \
	X(OUT_HEADROOM, "ipsec_out_headroom", "no room in front for the tunnel's headers")       \
	X(OUT_TAILROOM, "ipsec_out_tailroom", "no room behind for padding and ICV")              \
	X(OUT_TOO_BIG, "ipsec_out_too_big", "larger than the tunnel carries and DF is set")      \
	X(OUT_CRYPTO, "ipsec_out_crypto", "crypto library refused the packet")                   \
	X(IN_TRUNCATED, "ipsec_in_truncated", "ESP packet shorter than its headers")             \
	X(IN_SEGMENTS, "ipsec_in_segments", "packet in several buffers")                         \
	X(IN_FRAGMENT, "ipsec_in_fragment", "fragment of an ESP packet")                         \
	X(IN_NO_SPI, "ipsec_in_no_sa", "no SA with this SPI")                                    \
	X(IN_SA_BUSY, "ipsec_in_sa_busy", "SA was just being changed")                           \
	X(IN_EXPIRED, "ipsec_in_sa_expired", "SA reached its hard limit")                        \
	X(IN_TOO_OLD, "ipsec_in_too_old", "sequence number left of the replay window")           \
	X(IN_REPLAYED, "ipsec_in_replayed", "sequence number already seen")                      \
	X(IN_ICV, "ipsec_in_wrong_icv", "integrity check failed")                                \
	X(IN_PADDING, "ipsec_in_bad_padding", "padding is not 1, 2, 3, ... (RFC 4303 2.4)")      \
	X(IN_NEXT_HEADER, "ipsec_in_next_header", "next header is not IPv4 in tunnel mode")      \
	X(IN_DUMMY, "ipsec_in_dummy", "dummy packet of traffic flow confidentiality")            \
	X(IN_INNER, "ipsec_in_bad_inner", "inner packet's version or length is wrong")           \
	X(IN_SELECTOR, "ipsec_in_selector", "inner packet outside the SA's traffic selectors")   \
	X(IN_ECN, "ipsec_in_ecn", "congestion mark on a packet that cannot carry one")           \
	X(CLEAR_PROTECTED, "ipsec_clear_protected", "came in clear though policy protects it")

enum gh_esp_verdict {
#define X(id, name, text) GH_ESP_##id,
	GH_ESP_VERDICTS(X)
#undef X
	    GH_ESP_VERDICT_COUNT,
};

const char *gh_esp_verdict_name(enum gh_esp_verdict v);
const char *gh_esp_verdict_text(enum gh_esp_verdict v);
