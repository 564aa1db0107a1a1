/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * Identities (RFC 7296 3.5): a type and its bytes, as the ID payloads carry them, and the notation
 * of the configuration: an IP address, user@domain, a domain name, or keyid:HEX. A domain name
 * or mail address that starts with "*" is a pattern that fits every ending, "%any" fits all.
 */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "common/addr.h"

#define IKE_IDENT_MAX 255 /* bytes; longer identities are refused */
#define IKE_IDENT_STRLEN 260

enum ike_ident_type {
	IKE_IDENT_ANY = 0, /* ours: not on the wire */
	IKE_IDENT_IPV4 = 1,
	IKE_IDENT_FQDN = 2,
	IKE_IDENT_MAIL = 3,
	IKE_IDENT_IPV6 = 5,
	IKE_IDENT_DN = 9,
	IKE_IDENT_KEY = 11,
};

/* One allocation, packed: its bytes are also its key in an index. */
struct ike_ident {
	uint8_t type; /* enum ike_ident_type, or another from the wire */
	uint8_t len;
	uint8_t data[];
};

/* All return a new identity (free() it) or NULL: not a valid identity, or out of memory. */
struct ike_ident *ike_ident_new(uint8_t type, const void *data, size_t len);
struct ike_ident *ike_ident_parse(const char *text);
struct ike_ident *ike_ident_from_addr(const struct gh_addr *a);
struct ike_ident *ike_ident_dup(const struct ike_ident *id);

/* To text. Bytes that are not printable come out as '?'. Returns buf; NULL gives "%any". */
const char *ike_ident_str(const struct ike_ident *id, char buf[IKE_IDENT_STRLEN]);

static inline size_t ike_ident_size(const struct ike_ident *id)
{
	return sizeof(*id) + id->len;
}

/* Domain names and mail addresses compare without regard to case; they are kept in lower case by
 * ike_ident_key, which is what indexes use. Returns a new identity. */
struct ike_ident *ike_ident_key(const struct ike_ident *id);
bool ike_ident_equal(const struct ike_ident *a, const struct ike_ident *b);
bool ike_ident_is_pattern(const struct ike_ident *id);
/* pattern may be NULL (any), an exact identity or a pattern. */
bool ike_ident_fits(const struct ike_ident *pattern, const struct ike_ident *id);
