/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * Arithmetic on traffic selectors, RFC 7296 2.9: a selector is a box (addresses × ports ×
 * protocol). Pure functions on plain values: any thread.
 */
#pragma once

#include "ctrlplane/ike/wire/payload.h"

#define IKE_TS_STRLEN 128

/* A prefix, protocol (0: any) and ports (0, 65535: any) as a selector. */
struct ike_ts ike_ts_from_prefix(
    const struct gh_prefix *prefix, uint8_t proto, uint16_t port_first, uint16_t port_last);

/* One host, any protocol and port. */
struct ike_ts ike_ts_host(const struct gh_addr *addr);

bool ike_ts_equal(const struct ike_ts *a, const struct ike_ts *b);

/* Whether everything inner matches, outer matches too. */
bool ike_ts_subset(const struct ike_ts *inner, const struct ike_ts *outer);
/* Each of inner within some one of outer. */
bool ike_ts_list_subset(const struct ike_ts_list *inner, const struct ike_ts_list *outer);

/* What both match; false if nothing. "Any" protocol meets a protocol as that protocol. */
bool ike_ts_intersect(const struct ike_ts *a, const struct ike_ts *b, struct ike_ts *out);

/*
 * Narrowing (RFC 7296 2.9): every intersection of an offered with a configured selector, in the
 * order of the configured ones, without duplicates and without what another result contains. false
 * if nothing is left (TS_UNACCEPTABLE). At most max results (<= IKE_TS_MAX). *narrowed (may be
 * NULL): the result is less than was offered. When the first offered selector is a packet's (one
 * host, a protocol or port), the first result is a configured selector that holds it, as the RFC
 * asks.
 */
bool ike_ts_narrow(const struct ike_ts_list *offered, const struct ike_ts_list *configured,
    unsigned max, struct ike_ts_list *out, bool *narrowed);

/*
 * The fewest prefixes that cover exactly first..last, in order. Returns how many there are, which
 * may exceed max (then out holds the first max): an IPv4 range needs at most 62, an IPv6 one 254.
 */
#define IKE_TS_PREFIXES_MAX 254
unsigned ike_range_to_prefixes(
    const struct gh_addr *first, const struct gh_addr *last, struct gh_prefix *out, unsigned max);

/* "172.16.0.0/24", "10.0.0.1-10.0.0.9", "172.16.0.0/24[tcp/80]", "…[17/1000-2000]". Returns buf. */
const char *ike_ts_str(const struct ike_ts *ts, char buf[IKE_TS_STRLEN]);
/* Comma-separated; cut with "..." when size is small. Returns buf. */
const char *ike_ts_list_str(const struct ike_ts_list *list, char *buf, size_t size);
