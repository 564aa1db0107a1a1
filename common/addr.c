/* SPDX-License-Identifier: BSD-3-Clause */
#include "common/addr.h"

#include <arpa/inet.h>
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

size_t gh_addr_len(const struct gh_addr *a)
{
	switch (a->family) {
	case AF_INET:
		return 4;
	case AF_INET6:
		return 16;
	default:
		return 0;
	}
}

struct gh_addr gh_addr_v4(uint32_t host_order)
{
	struct gh_addr a = {.family = AF_INET};
	uint32_t be = htonl(host_order);

	memcpy(a.bytes, &be, 4);
	return a;
}

uint32_t gh_addr_to_v4(const struct gh_addr *a)
{
	uint32_t be;

	memcpy(&be, a->bytes, 4);
	return ntohl(be);
}

int gh_addr_parse(const char *text, struct gh_addr *out)
{
	*out = (struct gh_addr){0};
	out->family = strchr(text, ':') != NULL ? AF_INET6 : AF_INET;
	if (inet_pton(out->family, text, out->bytes) == 1)
		return 0;
	*out = (struct gh_addr){0};
	return -EINVAL;
}

int gh_prefix_parse(const char *text, struct gh_prefix *out)
{
	const char *slash = strchr(text, '/');
	char host[GH_ADDR_STRLEN];
	size_t len = slash ? (size_t)(slash - text) : strlen(text);
	unsigned long bits;
	char *end;

	*out = (struct gh_prefix){0};
	if (len >= sizeof(host))
		return -EINVAL;
	memcpy(host, text, len);
	host[len] = '\0';
	if (gh_addr_parse(host, &out->addr) < 0)
		return -EINVAL;
	out->len = (uint8_t)(gh_addr_len(&out->addr) * 8);
	if (slash == NULL)
		return 0;
	if (slash[1] < '0' || slash[1] > '9')
		return -EINVAL;
	bits = strtoul(slash + 1, &end, 10);
	if (*end != '\0' || bits > out->len)
		return -EINVAL;
	out->len = (uint8_t)bits;
	return 0;
}

const char *gh_addr_str(const struct gh_addr *a, char buf[GH_ADDR_STRLEN])
{
	if (inet_ntop(a->family, a->bytes, buf, GH_ADDR_STRLEN) == NULL)
		snprintf(buf, GH_ADDR_STRLEN, "none");
	return buf;
}

const char *gh_prefix_str(const struct gh_prefix *p, char buf[GH_PREFIX_STRLEN])
{
	char host[GH_ADDR_STRLEN];

	snprintf(buf, GH_PREFIX_STRLEN, "%s/%u", gh_addr_str(&p->addr, host), p->len);
	return buf;
}

const char *gh_endpoint_str(const struct gh_endpoint *e, char buf[GH_ENDPOINT_STRLEN])
{
	char host[GH_ADDR_STRLEN];

	gh_addr_str(&e->addr, host);
	snprintf(buf, GH_ENDPOINT_STRLEN, e->addr.family == AF_INET6 ? "[%s]:%u" : "%s:%u", host,
	    e->port);
	return buf;
}

bool gh_addr_equal(const struct gh_addr *a, const struct gh_addr *b)
{
	return gh_addr_cmp(a, b) == 0;
}

int gh_addr_cmp(const struct gh_addr *a, const struct gh_addr *b)
{
	if (a->family != b->family)
		return a->family < b->family ? -1 : 1;
	return memcmp(a->bytes, b->bytes, gh_addr_len(a));
}

/* The mask byte that a prefix of len bits has at byte i. */
static uint8_t mask_byte(uint8_t len, size_t i)
{
	unsigned before = (unsigned)i * 8;

	if (len >= before + 8)
		return 0xff;
	if (len <= before)
		return 0;
	return (uint8_t)(0xff << (8 - (len - before)));
}

struct gh_prefix gh_prefix_network(const struct gh_prefix *p)
{
	struct gh_prefix net = *p;

	for (size_t i = 0; i < gh_addr_len(&p->addr); i++)
		net.addr.bytes[i] &= mask_byte(p->len, i);
	return net;
}

bool gh_prefix_contains(const struct gh_prefix *p, const struct gh_addr *a)
{
	if (p->addr.family != a->family)
		return false;
	for (size_t i = 0; i < gh_addr_len(a); i++)
		if ((p->addr.bytes[i] ^ a->bytes[i]) & mask_byte(p->len, i))
			return false;
	return true;
}

void gh_prefix_range(const struct gh_prefix *p, struct gh_addr *first, struct gh_addr *last)
{
	*first = gh_prefix_network(p).addr;
	*last = *first;
	for (size_t i = 0; i < gh_addr_len(last); i++)
		last->bytes[i] |= (uint8_t)~mask_byte(p->len, i);
}

bool gh_prefix_from_range(
    const struct gh_addr *first, const struct gh_addr *last, struct gh_prefix *out)
{
	struct gh_prefix p = {.addr = *first};
	struct gh_addr lo, hi;
	size_t i = 0, n = gh_addr_len(first);

	if (first->family != last->family)
		return false;
	while (i < n && first->bytes[i] == last->bytes[i])
		i++;
	p.len = (uint8_t)(i * 8);
	if (i < n)
		p.len += (uint8_t)__builtin_clz((unsigned)(first->bytes[i] ^ last->bytes[i]) << 24);
	gh_prefix_range(&p, &lo, &hi);
	if (!gh_addr_equal(&lo, first) || !gh_addr_equal(&hi, last))
		return false;
	*out = p;
	return true;
}

socklen_t gh_endpoint_to_sockaddr(const struct gh_endpoint *e, struct sockaddr_storage *ss)
{
	memset(ss, 0, sizeof(*ss));
	if (e->addr.family == AF_INET6) {
		struct sockaddr_in6 *in6 = (struct sockaddr_in6 *)ss;
		in6->sin6_family = AF_INET6;
		in6->sin6_port = htons(e->port);
		memcpy(&in6->sin6_addr, e->addr.bytes, 16);
		return sizeof(*in6);
	}
	struct sockaddr_in *in = (struct sockaddr_in *)ss;
	in->sin_family = AF_INET;
	in->sin_port = htons(e->port);
	memcpy(&in->sin_addr, e->addr.bytes, 4);
	return sizeof(*in);
}

int gh_endpoint_from_sockaddr(const struct sockaddr_storage *ss, struct gh_endpoint *out)
{
	*out = (struct gh_endpoint){0};
	out->addr.family = (uint8_t)ss->ss_family;
	if (ss->ss_family == AF_INET) {
		const struct sockaddr_in *in = (const struct sockaddr_in *)ss;
		out->port = ntohs(in->sin_port);
		memcpy(out->addr.bytes, &in->sin_addr, 4);
		return 0;
	}
	if (ss->ss_family == AF_INET6) {
		const struct sockaddr_in6 *in6 = (const struct sockaddr_in6 *)ss;
		out->port = ntohs(in6->sin6_port);
		memcpy(out->addr.bytes, &in6->sin6_addr, 16);
		return 0;
	}
	return -EAFNOSUPPORT;
}
