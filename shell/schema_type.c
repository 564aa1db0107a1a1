/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * YANG types in an operator's words.
 */
#include <errno.h>
#include <inttypes.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#include <libyang/plugins_types.h>

#include "shell/schema.h"

struct text {
	char *buf;
	size_t size, len;
};

static void add(struct text *t, const char *fmt, ...) __attribute__((format(printf, 2, 3)));

static void add(struct text *t, const char *fmt, ...)
{
	va_list ap;
	int n;

	va_start(ap, fmt);
	n = vsnprintf(t->buf + t->len, t->size - t->len, fmt, ap);
	va_end(ap);
	if (n > 0)
		t->len = t->len + (size_t)n < t->size ? t->len + (size_t)n : t->size - 1;
}

static void add_range(struct text *t, const struct lysc_range *range, bool is_signed)
{
	LY_ARRAY_COUNT_TYPE i;

	LY_ARRAY_FOR(range->parts, i)
	{
		const struct lysc_range_part *p = &range->parts[i];

		add(t, "%s", i > 0 ? ", " : " ");
		if (p->min_64 == p->max_64 && is_signed)
			add(t, "%" PRId64, p->min_64);
		else if (p->min_u64 == p->max_u64)
			add(t, "%" PRIu64, p->min_u64);
		else if (is_signed)
			add(t, "%" PRId64 "..%" PRId64, p->min_64, p->max_64);
		else
			add(t, "%" PRIu64 "..%" PRIu64, p->min_u64, p->max_u64);
	}
}

static void add_number(struct text *t, const struct lysc_type_num *type)
{
	static const char *const implied[] = {
	    [LY_TYPE_UINT8] = " 0..255",
	    [LY_TYPE_UINT16] = " 0..65535",
	    [LY_TYPE_UINT32] = " 0..4294967295",
	    [LY_TYPE_INT8] = " -128..127",
	    [LY_TYPE_INT16] = " -32768..32767",
	    [LY_TYPE_INT32] = " -2147483648..2147483647",
	};
	bool is_signed = type->basetype >= LY_TYPE_DEC64;

	add(t, "a number");
	if (type->range != NULL)
		add_range(t, type->range, is_signed);
	else if (type->basetype < sizeof(implied) / sizeof(implied[0]) && implied[type->basetype])
		add(t, "%s", implied[type->basetype]);
}

static void add_enum(struct text *t, const struct lysc_type_enum *type)
{
	LY_ARRAY_COUNT_TYPE i;

	if (LY_ARRAY_COUNT(type->enums) > 1)
		add(t, "one of ");
	LY_ARRAY_FOR(type->enums, i)
	add(t, "%s%s", i > 0 ? ", " : "", type->enums[i].name);
}

/* The well-known types that libyang has plugins for; their names are in the plugin's id. */
static const char *plugin_text(const struct lysc_type *type)
{
	static const struct {
		const char *id, *text;
	} known[] = {
	    {"ipv4-address", "an IPv4 address"},
	    {"ipv6-address", "an IPv6 address"},
	    {"ipv4-prefix", "an IPv4 prefix like 192.0.2.0/24"},
	    {"ipv6-prefix", "an IPv6 prefix like 2001:db8::/64"},
	    {"date-and-time", "a date and time like 2026-01-31T12:00:00Z"},
	};
	const char *id = type->plugin != NULL && type->plugin->id != NULL ? type->plugin->id : "";

	for (size_t i = 0; i < sizeof(known) / sizeof(known[0]); i++)
		if (strstr(id, known[i].id) != NULL)
			return known[i].text;
	return NULL;
}

static bool is_number(LY_DATA_TYPE base)
{
	return (base >= LY_TYPE_UINT8 && base <= LY_TYPE_UINT64) ||
	       (base >= LY_TYPE_INT8 && base <= LY_TYPE_INT64);
}

/* The model's own error-message of a range, pattern or length, if it has one. */
static const char *own_message(const struct lysc_type *type)
{
	const struct lysc_type_str *str = (const struct lysc_type_str *)type;
	LY_ARRAY_COUNT_TYPE i;

	if (is_number(type->basetype)) {
		const struct lysc_range *range = ((const struct lysc_type_num *)type)->range;

		return range != NULL ? range->emsg : NULL;
	}
	if (type->basetype != LY_TYPE_STRING)
		return NULL;
	LY_ARRAY_FOR(str->patterns, i)
	if (str->patterns[i]->emsg != NULL)
		return str->patterns[i]->emsg;
	return str->length != NULL ? str->length->emsg : NULL;
}

static void add_string(struct text *t, const struct lysc_type_str *type)
{
	const struct lysc_range *length = type->length;
	const char *known = plugin_text((const struct lysc_type *)type);

	if (known != NULL) {
		add(t, "%s", known);
		return;
	}
	add(t, "text");
	if (length != NULL && LY_ARRAY_COUNT(length->parts) == 1) {
		if (length->parts[0].max_u64 < 1u << 20)
			add(t, " of %" PRIu64 "..%" PRIu64 " characters", length->parts[0].min_u64,
			    length->parts[0].max_u64);
		else if (length->parts[0].min_u64 > 1)
			add(t, " of at least %" PRIu64 " characters", length->parts[0].min_u64);
	}
}

static void add_type(struct text *t, const struct lysc_type *type);

static void add_union(struct text *t, const struct lysc_type_union *type)
{
	LY_ARRAY_COUNT_TYPE i;

	LY_ARRAY_FOR(type->types, i)
	{
		char one[512];
		struct text part = {.buf = one, .size = sizeof(one)};

		add_type(&part, type->types[i]);
		t->buf[t->len] = '\0';
		if (strstr(t->buf, one) == NULL)
			add(t, "%s%s", t->len > 0 ? ", or " : "", one);
	}
}

static void add_type(struct text *t, const struct lysc_type *type)
{
	t->buf[t->len] = '\0';
	switch (type->basetype) {
	case LY_TYPE_BOOL:
		add(t, "true or false");
		break;
	case LY_TYPE_ENUM:
		add_enum(t, (const struct lysc_type_enum *)type);
		break;
	case LY_TYPE_UNION:
		add_union(t, (const struct lysc_type_union *)type);
		break;
	case LY_TYPE_LEAFREF:
		add_type(t, ((const struct lysc_type_leafref *)type)->realtype);
		break;
	case LY_TYPE_STRING:
		add_string(t, (const struct lysc_type_str *)type);
		break;
	case LY_TYPE_DEC64:
		add(t, "a decimal number");
		break;
	case LY_TYPE_EMPTY:
		add(t, "nothing");
		break;
	case LY_TYPE_IDENT:
		add(t, "one of the known names");
		break;
	default:
		if (is_number(type->basetype))
			add_number(t, (const struct lysc_type_num *)type);
		else
			add(t, "a value");
	}
}

const char *schema_type_text(const struct lysc_node *leaf, char *buf, size_t size)
{
	struct text t = {.buf = buf, .size = size};
	const struct lysc_type *type = schema_type(leaf);
	const char *units = leaf->nodetype == LYS_LEAF
				? ((const struct lysc_node_leaf *)leaf)->units
				: ((const struct lysc_node_leaflist *)leaf)->units;

	buf[0] = '\0';
	if (type == NULL)
		return buf;
	add_type(&t, type);
	if (units != NULL)
		add(&t, " (%s)", units);
	return buf;
}

int schema_check_value(const struct schema *s, const struct lysc_node *leaf, const char *value,
    char **canonical, char *message, size_t size)
{
	const char *own = own_message(schema_type(leaf)), *canon = NULL;
	char text[512];
	LY_ERR ret;

	ret = lyd_value_validate(s->ctx, leaf, value, strlen(value), NULL, NULL, &canon);
	if (ret == LY_SUCCESS || ret == LY_EINCOMPLETE) {
		if (canonical != NULL)
			*canonical = strdup(canon != NULL ? canon : value);
		lydict_remove(s->ctx, canon);
		return 0;
	}
	if (own != NULL)
		snprintf(message, size, "\"%s\" is no %s: %s", value, leaf->name, own);
	else
		snprintf(message, size, "\"%s\" is no %s: expected %s", value, leaf->name,
		    schema_type_text(leaf, text, sizeof(text)));
	return -EINVAL;
}

static void type_words(const struct lysc_type *type,
    void (*fn)(void *arg, const char *word, const char *help), void *arg);

static void enum_words(const struct lysc_type_enum *type,
    void (*fn)(void *arg, const char *word, const char *help), void *arg)
{
	LY_ARRAY_COUNT_TYPE i;

	LY_ARRAY_FOR(type->enums, i)
	fn(arg, type->enums[i].name, type->enums[i].dsc != NULL ? type->enums[i].dsc : "");
}

static void identity_words(struct lysc_ident *const *derived,
    void (*fn)(void *arg, const char *word, const char *help), void *arg)
{
	LY_ARRAY_COUNT_TYPE i;

	LY_ARRAY_FOR(derived, i)
	{
		fn(arg, derived[i]->name, derived[i]->dsc != NULL ? derived[i]->dsc : "");
		identity_words(derived[i]->derived, fn, arg);
	}
}

static void union_words(const struct lysc_type_union *type,
    void (*fn)(void *arg, const char *word, const char *help), void *arg)
{
	LY_ARRAY_COUNT_TYPE i;

	LY_ARRAY_FOR(type->types, i)
	type_words(type->types[i], fn, arg);
}

static void type_words(const struct lysc_type *type,
    void (*fn)(void *arg, const char *word, const char *help), void *arg)
{
	LY_ARRAY_COUNT_TYPE i;

	switch (type->basetype) {
	case LY_TYPE_BOOL:
		fn(arg, "true", "");
		fn(arg, "false", "");
		break;
	case LY_TYPE_ENUM:
		enum_words((const struct lysc_type_enum *)type, fn, arg);
		break;
	case LY_TYPE_UNION:
		union_words((const struct lysc_type_union *)type, fn, arg);
		break;
	case LY_TYPE_LEAFREF:
		type_words(((const struct lysc_type_leafref *)type)->realtype, fn, arg);
		break;
	case LY_TYPE_IDENT:
		LY_ARRAY_FOR(((const struct lysc_type_identityref *)type)->bases, i)
		identity_words(
		    ((const struct lysc_type_identityref *)type)->bases[i]->derived, fn, arg);
		break;
	default:
		break;
	}
}

void schema_value_words(const struct lysc_node *leaf,
    void (*fn)(void *arg, const char *word, const char *help), void *arg)
{
	const struct lysc_type *type = schema_type(leaf);

	if (type != NULL)
		type_words(type, fn, arg);
}
