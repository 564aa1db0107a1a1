/* SPDX-License-Identifier: BSD-3-Clause */
#include "ctrlplane/ike/wire/ts.h"

#include <stdio.h>

#define PORT_MAX 65535

struct ike_ts ike_ts_from_prefix(
    const struct gh_prefix *prefix, uint8_t proto, uint16_t port_first, uint16_t port_last)
{
	struct ike_ts ts = {.proto = proto, .port_first = port_first, .port_last = port_last};

	gh_prefix_range(prefix, &ts.first, &ts.last);
	return ts;
}

struct ike_ts ike_ts_host(const struct gh_addr *addr)
{
	return (struct ike_ts){.port_last = PORT_MAX, .first = *addr, .last = *addr};
}

static bool any_port(const struct ike_ts *ts)
{
	return ts->port_first == 0 && ts->port_last == PORT_MAX;
}

/* Ports that are not to be had, e.g. in fragments: RFC 7296 3.13.1. Not a range, but part of "any".
 */
static bool opaque(const struct ike_ts *ts)
{
	return ts->port_first > ts->port_last;
}

static bool ports_equal(const struct ike_ts *a, const struct ike_ts *b)
{
	return a->port_first == b->port_first && a->port_last == b->port_last;
}

static bool ports_subset(const struct ike_ts *inner, const struct ike_ts *outer)
{
	if (any_port(outer) || ports_equal(inner, outer))
		return true;
	if (opaque(inner) || opaque(outer))
		return false;
	return inner->port_first >= outer->port_first && inner->port_last <= outer->port_last;
}

static bool ports_intersect(const struct ike_ts *a, const struct ike_ts *b, struct ike_ts *out)
{
	const struct ike_ts *narrow = any_port(a) ? b : a;

	out->port_first = narrow->port_first;
	out->port_last = narrow->port_last;
	if (any_port(a) || any_port(b) || ports_equal(a, b))
		return true;
	out->port_first = a->port_first > b->port_first ? a->port_first : b->port_first;
	out->port_last = a->port_last < b->port_last ? a->port_last : b->port_last;
	return out->port_first <= out->port_last;
}

bool ike_ts_equal(const struct ike_ts *a, const struct ike_ts *b)
{
	return a->proto == b->proto && ports_equal(a, b) && gh_addr_equal(&a->first, &b->first) &&
	       gh_addr_equal(&a->last, &b->last);
}

bool ike_ts_subset(const struct ike_ts *inner, const struct ike_ts *outer)
{
	return inner->first.family == outer->first.family &&
	       (outer->proto == 0 || inner->proto == outer->proto) && ports_subset(inner, outer) &&
	       gh_addr_cmp(&inner->first, &outer->first) >= 0 &&
	       gh_addr_cmp(&inner->last, &outer->last) <= 0;
}

static bool in_list(const struct ike_ts *ts, const struct ike_ts_list *list)
{
	for (unsigned i = 0; i < list->count; i++)
		if (ike_ts_subset(ts, &list->ts[i]))
			return true;
	return false;
}

bool ike_ts_list_subset(const struct ike_ts_list *inner, const struct ike_ts_list *outer)
{
	for (unsigned i = 0; i < inner->count; i++)
		if (!in_list(&inner->ts[i], outer))
			return false;
	return true;
}

bool ike_ts_intersect(const struct ike_ts *a, const struct ike_ts *b, struct ike_ts *out)
{
	struct ike_ts r = {.proto = a->proto != 0 ? a->proto : b->proto};

	if (a->first.family != b->first.family)
		return false;
	if (a->proto != 0 && b->proto != 0 && a->proto != b->proto)
		return false;
	if (!ports_intersect(a, b, &r))
		return false;
	r.first = gh_addr_cmp(&a->first, &b->first) > 0 ? a->first : b->first;
	r.last = gh_addr_cmp(&a->last, &b->last) < 0 ? a->last : b->last;
	if (gh_addr_cmp(&r.first, &r.last) > 0)
		return false;
	*out = r;
	return true;
}

static void remove_at(struct ike_ts_list *list, unsigned i)
{
	for (list->count--; i < list->count; i++)
		list->ts[i] = list->ts[i + 1];
}

/* Keeps the list free of selectors that another one contains. */
static void add_maximal(struct ike_ts_list *list, const struct ike_ts *ts)
{
	if (in_list(ts, list))
		return;
	for (unsigned i = list->count; i > 0; i--)
		if (ike_ts_subset(&list->ts[i - 1], ts))
			remove_at(list, i - 1);
	if (list->count < IKE_TS_MAX)
		list->ts[list->count++] = *ts;
}

/* The initiator put the selector of a packet first, RFC 7296 2.9. */
static bool is_packet(const struct ike_ts *ts)
{
	return gh_addr_equal(&ts->first, &ts->last) && (ts->proto != 0 || !any_port(ts));
}

static void move_first(struct ike_ts_list *list, unsigned i)
{
	struct ike_ts ts = list->ts[i];

	for (; i > 0; i--)
		list->ts[i] = list->ts[i - 1];
	list->ts[0] = ts;
}

static void packet_first(struct ike_ts_list *list, const struct ike_ts *packet)
{
	for (unsigned i = 0; i < list->count; i++) {
		if (!ike_ts_subset(packet, &list->ts[i]))
			continue;
		move_first(list, i);
		return;
	}
}

bool ike_ts_narrow(const struct ike_ts_list *offered, const struct ike_ts_list *configured,
    unsigned max, struct ike_ts_list *out, bool *narrowed)
{
	struct ike_ts both;

	out->count = 0;
	for (unsigned c = 0; c < configured->count; c++)
		for (unsigned o = 0; o < offered->count; o++)
			if (ike_ts_intersect(&offered->ts[o], &configured->ts[c], &both))
				add_maximal(out, &both);
	if (offered->count > 0 && is_packet(&offered->ts[0]))
		packet_first(out, &offered->ts[0]);
	if (out->count > max)
		out->count = max;
	if (narrowed != NULL)
		*narrowed = !ike_ts_list_subset(offered, out);
	return out->count > 0;
}

/* Addresses as numbers of up to 128 bits. */
typedef unsigned __int128 u128;

static u128 number_of(const struct gh_addr *a)
{
	u128 v = 0;

	for (size_t i = 0; i < gh_addr_len(a); i++)
		v = v << 8 | a->bytes[i];
	return v;
}

static struct gh_addr address_of(u128 v, uint8_t family)
{
	struct gh_addr a = {.family = family};

	for (size_t i = gh_addr_len(&a); i > 0; i--, v >>= 8)
		a.bytes[i - 1] = (uint8_t)v;
	return a;
}

static u128 low_mask(unsigned bits)
{
	return bits == 128 ? ~(u128)0 : ((u128)1 << bits) - 1;
}

/* Host bits of the largest prefix that begins at `at` and ends no later than `last`. */
static unsigned host_bits(u128 at, u128 last, unsigned width)
{
	unsigned bits = 0;

	while (bits < width && (at & low_mask(bits + 1)) == 0 && low_mask(bits + 1) <= last - at)
		bits++;
	return bits;
}

unsigned ike_range_to_prefixes(
    const struct gh_addr *first, const struct gh_addr *last, struct gh_prefix *out, unsigned max)
{
	unsigned n = 0, width = (unsigned)gh_addr_len(first) * 8;
	u128 at = number_of(first), end = number_of(last);

	if (first->family != last->family || at > end)
		return 0;
	for (;;) {
		unsigned bits = host_bits(at, end, width);

		if (n < max)
			out[n] = (struct gh_prefix){
			    .addr = address_of(at, first->family), .len = (uint8_t)(width - bits)};
		n++;
		if (low_mask(bits) == end - at)
			return n;
		at += low_mask(bits) + 1;
	}
}

static int put_addresses(const struct ike_ts *ts, char buf[IKE_TS_STRLEN])
{
	char a[GH_PREFIX_STRLEN], b[GH_ADDR_STRLEN];
	struct gh_prefix p;

	if (gh_prefix_from_range(&ts->first, &ts->last, &p))
		return snprintf(buf, IKE_TS_STRLEN, "%s", gh_prefix_str(&p, a));
	return snprintf(
	    buf, IKE_TS_STRLEN, "%s-%s", gh_addr_str(&ts->first, a), gh_addr_str(&ts->last, b));
}

static void put_proto(const struct ike_ts *ts, char *buf, size_t size)
{
	switch (ts->proto) {
	case IPPROTO_TCP:
		snprintf(buf, size, "tcp");
		break;
	case IPPROTO_UDP:
		snprintf(buf, size, "udp");
		break;
	case IPPROTO_ICMP:
		snprintf(buf, size, "icmp");
		break;
	case 0:
		snprintf(buf, size, "any");
		break;
	default:
		snprintf(buf, size, "%u", ts->proto);
	}
}

static void put_ports(const struct ike_ts *ts, char *buf, size_t size)
{
	if (any_port(ts))
		snprintf(buf, size, "]");
	else if (opaque(ts))
		snprintf(buf, size, "/opaque]");
	else if (ts->port_first == ts->port_last)
		snprintf(buf, size, "/%u]", ts->port_first);
	else
		snprintf(buf, size, "/%u-%u]", ts->port_first, ts->port_last);
}

const char *ike_ts_str(const struct ike_ts *ts, char buf[IKE_TS_STRLEN])
{
	char proto[8], ports[24];
	int n = put_addresses(ts, buf);

	if (ts->proto == 0 && any_port(ts))
		return buf;
	put_proto(ts, proto, sizeof(proto));
	put_ports(ts, ports, sizeof(ports));
	snprintf(buf + n, IKE_TS_STRLEN - (size_t)n, "[%s%s", proto, ports);
	return buf;
}

const char *ike_ts_list_str(const struct ike_ts_list *list, char *buf, size_t size)
{
	char one[IKE_TS_STRLEN];
	size_t used = 0;

	if (size > 0)
		buf[0] = '\0';
	for (unsigned i = 0; i < list->count && used < size; i++) {
		int n = snprintf(
		    buf + used, size - used, "%s%s", i ? "," : "", ike_ts_str(&list->ts[i], one));
		used += (size_t)n;
	}
	if (used >= size && size > 4)
		memcpy(buf + size - 4, "...", 4);
	return buf;
}
