/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * IP addresses, prefixes and socket endpoints of either family, as plain values.
 */
#pragma once

#include <netinet/in.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/socket.h>

#define GH_ADDR_STRLEN INET6_ADDRSTRLEN
#define GH_PREFIX_STRLEN (INET6_ADDRSTRLEN + 4)
#define GH_ENDPOINT_STRLEN (INET6_ADDRSTRLEN + 9)

/* Unused bytes are zero, so that values compare and hash as memory. */
struct gh_addr {
	uint8_t family; /* AF_INET, AF_INET6, or AF_UNSPEC for "none" */
	uint8_t pad[3];
	uint8_t bytes[16]; /* network order; IPv4 in the first four */
};

struct gh_prefix {
	struct gh_addr addr; /* host bits are zero in a network prefix */
	uint8_t len;	     /* bits */
	uint8_t pad[3];
};

struct gh_endpoint {
	struct gh_addr addr;
	uint16_t port; /* host order */
	uint16_t pad;
};

/* Bytes of an address of that family: 4, 16, or 0. */
size_t gh_addr_len(const struct gh_addr *a);
struct gh_addr gh_addr_v4(uint32_t host_order);
uint32_t gh_addr_to_v4(const struct gh_addr *a); /* host order; family must be AF_INET */

/* Text to value; 0 or -EINVAL. A prefix without "/len" is a host; host bits are kept. */
int gh_addr_parse(const char *text, struct gh_addr *out);
int gh_prefix_parse(const char *text, struct gh_prefix *out);

/* Value to text in buf, which is returned. */
const char *gh_addr_str(const struct gh_addr *a, char buf[GH_ADDR_STRLEN]);
const char *gh_prefix_str(const struct gh_prefix *p, char buf[GH_PREFIX_STRLEN]);
const char *gh_endpoint_str(const struct gh_endpoint *e, char buf[GH_ENDPOINT_STRLEN]);

bool gh_addr_equal(const struct gh_addr *a, const struct gh_addr *b);
int gh_addr_cmp(const struct gh_addr *a, const struct gh_addr *b); /* family, then value */

/* The prefix with its host bits cleared. */
struct gh_prefix gh_prefix_network(const struct gh_prefix *p);
bool gh_prefix_contains(const struct gh_prefix *p, const struct gh_addr *a);

/* The first and last address of a prefix. */
void gh_prefix_range(const struct gh_prefix *p, struct gh_addr *first, struct gh_addr *last);

/* The prefix that spans exactly first..last; false if none does. */
bool gh_prefix_from_range(
    const struct gh_addr *first, const struct gh_addr *last, struct gh_prefix *out);

socklen_t gh_endpoint_to_sockaddr(const struct gh_endpoint *e, struct sockaddr_storage *ss);
int gh_endpoint_from_sockaddr(const struct sockaddr_storage *ss, struct gh_endpoint *out);
