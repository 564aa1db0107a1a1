/* SPDX-License-Identifier: BSD-3-Clause */
#include "ctrlplane/ike/ike_ident.h"

#include <ctype.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

static bool is_text(const struct ike_ident *id)
{
	return id->type == IKE_IDENT_FQDN || id->type == IKE_IDENT_MAIL;
}

static bool length_fits(uint8_t type, size_t len)
{
	if (len > IKE_IDENT_MAX)
		return false;
	switch (type) {
	case IKE_IDENT_ANY:
		return len == 0;
	case IKE_IDENT_IPV4:
		return len == 4;
	case IKE_IDENT_IPV6:
		return len == 16;
	default:
		return len > 0;
	}
}

struct ike_ident *ike_ident_new(uint8_t type, const void *data, size_t len)
{
	struct ike_ident *id;

	if (!length_fits(type, len))
		return NULL;
	id = malloc(sizeof(*id) + len);
	if (id == NULL)
		return NULL;
	id->type = type;
	id->len = (uint8_t)len;
	if (len > 0)
		memcpy(id->data, data, len);
	return id;
}

struct ike_ident *ike_ident_dup(const struct ike_ident *id)
{
	return ike_ident_new(id->type, id->data, id->len);
}

struct ike_ident *ike_ident_from_addr(const struct gh_addr *a)
{
	if (a->family == AF_UNSPEC)
		return NULL;
	return ike_ident_new(
	    a->family == AF_INET ? IKE_IDENT_IPV4 : IKE_IDENT_IPV6, a->bytes, gh_addr_len(a));
}

static struct ike_ident *parse_key_id(const char *hex)
{
	uint8_t bytes[IKE_IDENT_MAX];
	size_t len = strlen(hex) / 2;
	unsigned v;

	if (strlen(hex) % 2 != 0 || len > sizeof(bytes))
		return NULL;
	for (size_t i = 0; i < len; i++) {
		if (!isxdigit((unsigned char)hex[2 * i]) || sscanf(hex + 2 * i, "%2x", &v) != 1)
			return NULL;
		bytes[i] = (uint8_t)v;
	}
	return ike_ident_new(IKE_IDENT_KEY, bytes, len);
}

struct ike_ident *ike_ident_parse(const char *text)
{
	struct gh_addr a;
	uint8_t type;

	if (strcmp(text, "%any") == 0)
		return ike_ident_new(IKE_IDENT_ANY, NULL, 0);
	if (strncmp(text, "keyid:", 6) == 0)
		return parse_key_id(text + 6);
	if (gh_addr_parse(text, &a) == 0)
		return ike_ident_from_addr(&a);
	if (text[0] == '@')
		text++;
	type = strchr(text, '@') != NULL ? IKE_IDENT_MAIL : IKE_IDENT_FQDN;
	return ike_ident_new(type, text, strlen(text));
}

static const char *address_str(const struct ike_ident *id, char *buf)
{
	struct gh_addr a = {.family = id->type == IKE_IDENT_IPV4 ? AF_INET : AF_INET6};

	memcpy(a.bytes, id->data, id->len);
	return gh_addr_str(&a, buf);
}

static const char *hex_str(const struct ike_ident *id, char *buf)
{
	size_t at = (size_t)snprintf(
	    buf, IKE_IDENT_STRLEN, id->type == IKE_IDENT_KEY ? "keyid:" : "type%u:", id->type);

	for (unsigned i = 0; i < id->len && at + 3 < IKE_IDENT_STRLEN; i++, at += 2)
		snprintf(buf + at, 3, "%02x", id->data[i]);
	return buf;
}

const char *ike_ident_str(const struct ike_ident *id, char buf[IKE_IDENT_STRLEN])
{
	if (id == NULL || id->type == IKE_IDENT_ANY)
		return strcpy(buf, "%any");
	if (id->type == IKE_IDENT_IPV4 || id->type == IKE_IDENT_IPV6)
		return address_str(id, buf);
	if (!is_text(id))
		return hex_str(id, buf);
	for (unsigned i = 0; i < id->len; i++)
		buf[i] = isgraph(id->data[i]) ? (char)id->data[i] : '?';
	buf[id->len] = '\0';
	return buf;
}

struct ike_ident *ike_ident_key(const struct ike_ident *id)
{
	struct ike_ident *key = ike_ident_dup(id);

	for (unsigned i = 0; key != NULL && is_text(key) && i < key->len; i++)
		key->data[i] = (uint8_t)tolower(key->data[i]);
	return key;
}

bool ike_ident_equal(const struct ike_ident *a, const struct ike_ident *b)
{
	if (a->type != b->type || a->len != b->len)
		return false;
	if (is_text(a))
		return strncasecmp((const char *)a->data, (const char *)b->data, a->len) == 0;
	return memcmp(a->data, b->data, a->len) == 0;
}

bool ike_ident_is_pattern(const struct ike_ident *id)
{
	return id->type == IKE_IDENT_ANY || (is_text(id) && id->data[0] == '*');
}

bool ike_ident_fits(const struct ike_ident *pattern, const struct ike_ident *id)
{
	size_t tail;

	if (pattern == NULL || pattern->type == IKE_IDENT_ANY)
		return true;
	if (!ike_ident_is_pattern(pattern))
		return ike_ident_equal(pattern, id);
	tail = pattern->len - 1u;
	return id->type == pattern->type && id->len >= tail &&
	       strncasecmp((const char *)pattern->data + 1, (const char *)id->data + id->len - tail,
		   tail) == 0;
}
