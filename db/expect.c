/* SPDX-License-Identifier: BSD-3-Clause */
#include "db/expect.h"

#include <errno.h>
#include <inttypes.h>
#include <libyang/plugins_types.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "db/model.h"

/* Text in a fixed buffer; what does not fit is cut off. */
struct text {
	char *buf;
	size_t size, len;
};

static void put(struct text *t, const char *fmt, ...)
{
	va_list ap;
	int n;

	va_start(ap, fmt);
	n = vsnprintf(t->buf + t->len, t->size - t->len, fmt, ap);
	va_end(ap);
	if (n > 0)
		t->len = t->len + (size_t)n < t->size ? t->len + (size_t)n : t->size - 1;
}

static void put_enums(struct text *t, const struct lysc_type_enum *type)
{
	LY_ARRAY_COUNT_TYPE i;

	if (LY_ARRAY_COUNT(type->enums) > 1)
		put(t, "one of ");
	LY_ARRAY_FOR(type->enums, i) put(t, "%s%s", i > 0 ? ", " : "", type->enums[i].name);
}

static void put_number(struct text *t, const struct lysc_type_num *type)
{
	static const int bits[LY_DATA_TYPE_COUNT] = {
	    [LY_TYPE_UINT8] = 8, [LY_TYPE_UINT16] = 16, [LY_TYPE_UINT32] = 32};
	LY_ARRAY_COUNT_TYPE i;

	put(t, "a number");
	if (type->range == NULL && bits[type->basetype] != 0)
		put(t, " from 0 to %u", (unsigned)(UINT32_MAX >> (32 - bits[type->basetype])));
	if (type->range == NULL)
		return;
	LY_ARRAY_FOR(type->range->parts, i)
	put(t, "%s from %" PRIu64 " to %" PRIu64, i > 0 ? " or" : "", type->range->parts[i].min_u64,
	    type->range->parts[i].max_u64);
}

/* An error-message of the model serves as the description, without its "expected". */
static bool put_message(struct text *t, const char *message)
{
	static const char lead[] = "expected ";

	if (message == NULL)
		return false;
	if (strncmp(message, lead, sizeof(lead) - 1) == 0)
		message += sizeof(lead) - 1;
	put(t, "%s", message);
	return true;
}

static void put_string(struct text *t, const struct lysc_type_str *type)
{
	static const struct {
		const char *plugin, *words;
	} known[] = {
	    {"ipv4-address", "an IPv4 address such as 192.0.2.1"},
	    {"ipv6-address", "an IPv6 address such as 2001:db8::1"},
	    {"ipv4-prefix", "an IPv4 network such as 192.0.2.0/24"},
	    {"ipv6-prefix", "an IPv6 network such as 2001:db8::/32"},
	};
	const char *id = type->plugin != NULL ? type->plugin->id : "";
	LY_ARRAY_COUNT_TYPE i;

	for (size_t k = 0; k < sizeof(known) / sizeof(known[0]); k++) {
		if (strstr(id, known[k].plugin) != NULL) {
			put(t, "%s", known[k].words);
			return;
		}
	}
	LY_ARRAY_FOR(type->patterns, i)
	{
		if (put_message(t, type->patterns[i]->emsg))
			return;
	}
	if (type->length == NULL || !put_message(t, type->length->emsg))
		put(t, "a text");
}

static void put_type(struct text *t, const struct lysc_type *type)
{
	const struct lysc_type_union *u = (const struct lysc_type_union *)type;
	LY_ARRAY_COUNT_TYPE i;

	switch (type->basetype) {
	case LY_TYPE_BOOL:
		put(t, "true or false");
		break;
	case LY_TYPE_ENUM:
		put_enums(t, (const struct lysc_type_enum *)type);
		break;
	case LY_TYPE_STRING:
		put_string(t, (const struct lysc_type_str *)type);
		break;
	case LY_TYPE_LEAFREF:
		put_type(t, ((const struct lysc_type_leafref *)type)->realtype);
		break;
	case LY_TYPE_EMPTY:
		put(t, "no value");
		break;
	case LY_TYPE_UNION:
		if (u->types[0]->basetype == LY_TYPE_LEAFREF) { /* all of one kind, in our model */
			put_type(t, u->types[0]);
			break;
		}
		LY_ARRAY_FOR(u->types, i)
		{
			put(t, "%s", i > 0 ? ", or " : "");
			put_type(t, u->types[i]);
		}
		break;
	case LY_TYPE_UINT8:
	case LY_TYPE_UINT16:
	case LY_TYPE_UINT32:
	case LY_TYPE_UINT64:
		put_number(t, (const struct lysc_type_num *)type);
		break;
	default:
		put(t, "a value");
	}
}

const char *gh_expect(const struct lysc_type *type, char *buf, size_t size)
{
	struct text t = {.buf = buf, .size = size};

	buf[0] = '\0';
	put_type(&t, type);
	return buf;
}

/* Length of the path's first step with its predicates, from after the '/'. */
static size_t step_length(const char *p)
{
	char quote = '\0';
	int depth = 0;
	size_t n;

	for (n = 0; p[n] != '\0'; n++) {
		if (quote != '\0')
			quote = p[n] == quote ? '\0' : quote;
		else if (depth > 0 && (p[n] == '\'' || p[n] == '"'))
			quote = p[n];
		else if (p[n] == '[')
			depth++;
		else if (p[n] == ']')
			depth--;
		else if (p[n] == '/' && depth == 0)
			break;
	}
	return n;
}

static void put_children(struct text *t, const struct lysc_node *parent)
{
	const struct lysc_node *child = NULL;
	const char *comma = "";

	while ((child = lys_getnext(child, parent, NULL, 0)) != NULL) {
		if (lysc_is_key(child))
			continue;
		put(t, "%s%s", comma, child->name);
		comma = ", ";
	}
}

static int unknown_word(
    const struct lysc_node *parent, const char *path, const char *name, struct gh_error *err)
{
	char buf[400] = "";
	struct text t = {.buf = buf, .size = sizeof(buf)};

	put_children(&t, parent);
	if (buf[0] == '\0')
		return gh_error_set(err, -EINVAL, path,
		    "'%s' is not known here: nothing stands below '%s'", name, parent->name);
	return gh_error_set(
	    err, -EINVAL, path, "'%s' is not known here: expected one of %s", name, buf);
}

/* Where a walk along a data path is. */
struct step {
	const struct lysc_node *node; /* NULL before the first step */
	const char *at;		      /* the step's predicates, and what follows */
	const char *next;	      /* the next '/', or the end */
};

/* The node of the step that starts behind the '/' at p; sets what follows it. */
static const struct lysc_node *child_named(
    const struct ly_ctx *ctx, struct step *step, const char *p, char *name, size_t size)
{
	const struct lys_module *mod = ly_ctx_get_module_implemented(ctx, GH_MODEL);
	size_t len = strcspn(p, "[/");
	const char *colon = memchr(p, ':', len);
	const char *start = colon != NULL ? colon + 1 : p;

	snprintf(name, size, "%.*s", (int)(len - (size_t)(start - p)), start);
	step->at = p + len;
	step->next = p + step_length(p);
	return lys_find_child(step->node, mod, name, 0, step->node == NULL ? LYS_CONTAINER : 0, 0);
}

/* Takes one step; <0 with err set when there is no such node. */
static int step_down(
    const struct ly_ctx *ctx, struct step *step, const char *path, struct gh_error *err)
{
	const struct lysc_node *parent = step->node, *node = NULL;
	char name[80];

	if (*step->next == '/') {
		node = child_named(ctx, step, step->next + 1, name, sizeof(name));
		if (node == NULL && parent != NULL)
			return unknown_word(parent, path, name, err);
	}
	step->node = node;
	if (node != NULL && (node->flags & LYS_CONFIG_R) == 0)
		return 0;
	return gh_error_set(
	    err, -EINVAL, path, "a path of the configuration starts with /%s:config", GH_MODEL);
}

const struct lysc_node *gh_expect_node(
    const struct ly_ctx *ctx, const char *path, struct gh_error *err)
{
	struct step step = {.next = path};

	do {
		if (step_down(ctx, &step, path, err) < 0)
			return NULL;
	} while (*step.next != '\0');
	return step.node;
}

static const struct lysc_type *type_of(const struct lysc_node *node)
{
	if (node->nodetype == LYS_LEAF)
		return ((const struct lysc_node_leaf *)node)->type;
	if (node->nodetype == LYS_LEAFLIST)
		return ((const struct lysc_node_leaflist *)node)->type;
	return NULL;
}

/* A message that the model gives, as against libyang's own. */
static bool is_models_own(const char *message)
{
	static const char *const stock[] = {"Unsatisfied ", "Invalid ", "Failed ", "Value ",
	    "Not found", "Unexpected ", "Missing ", "Predicate", "Internal ", "Mandatory ", "Too ",
	    "Duplicate", "Must condition", "Unique data", "Unknown"};

	if (message == NULL)
		return false;
	for (size_t i = 0; i < sizeof(stock) / sizeof(stock[0]); i++) {
		if (strncmp(message, stock[i], strlen(stock[i])) == 0)
			return false;
	}
	return true;
}

static int say_value_error(const struct lysc_node *leaf, const char *path, const char *value,
    const char *message, struct gh_error *err)
{
	char expected[400] = "";
	struct text t = {.buf = expected, .size = sizeof(expected)};
	const char *lead_in = is_models_own(message) ? "" : "expected ";

	if (is_models_own(message))
		put(&t, "%s", message);
	else
		put_type(&t, type_of(leaf));
	if (value == NULL || gh_model_is_secret(leaf))
		return gh_error_set(err, -EINVAL, path, "%s: %s%s", leaf->name, lead_in, expected);
	return gh_error_set(err, -EINVAL, path, "'%.60s' is not valid for %s: %s%s", value,
	    leaf->name, lead_in, expected);
}

static int check_key(const struct lysc_node *list, const char *predicate, size_t len,
    const char *path, struct gh_error *err)
{
	const char *equals = memchr(predicate, '=', len);
	const struct lysc_node *key;
	char name[80], value[300];

	if (equals == NULL || len < (size_t)(equals - predicate) + 3)
		return 0;
	snprintf(name, sizeof(name), "%.*s", (int)(equals - predicate), predicate);
	snprintf(value, sizeof(value), "%.*s", (int)(len - (size_t)(equals - predicate) - 3),
	    equals + 2);
	key = lys_find_child(list, list->module, name, 0, 0, 0);
	if (key == NULL || !lysc_is_key(key) ||
	    lyd_value_validate(list->module->ctx, key, value, strlen(value), NULL, NULL, NULL) ==
		LY_SUCCESS)
		return 0;
	return say_value_error(key, path, value, ly_errmsg(list->module->ctx), err);
}

int gh_expect_keys(const struct ly_ctx *ctx, const char *path, struct gh_error *err)
{
	struct step step = {.next = path};

	do {
		if (step_down(ctx, &step, path, err) < 0)
			return -EINVAL;
		/* [key='value'], for lists of one key as in our model */
		if (step.node->nodetype == LYS_LIST && *step.at == '[' &&
		    check_key(
			step.node, step.at + 1, (size_t)(step.next - step.at) - 2, path, err) < 0)
			return -EINVAL;
	} while (*step.next != '\0');
	return 0;
}

int gh_expect_value_error(
    const struct lysc_node *node, const char *path, const char *value, struct gh_error *err)
{
	const char *message = ly_errmsg(node->module->ctx);
	char own[400];

	snprintf(own, sizeof(own), "%s", message != NULL ? message : "not understood");
	if (gh_expect_keys(node->module->ctx, path, err) < 0)
		return -EINVAL;
	if (type_of(node) != NULL && !lysc_is_key(node))
		return say_value_error(node, path, value, own, err);
	return gh_error_set(err, -EINVAL, path, "%s", own);
}

/* A path of the model for lyd_find_xpath, which wants module names for prefixes. */
static char *data_path(const char *expr)
{
	char *path = malloc(strlen(expr) * sizeof(GH_MODEL) + 1), *at = path;

	for (; path != NULL && *expr != '\0'; expr++) {
		if (strncmp(expr, "g:", 2) == 0 && at > path && at[-1] == '/')
			at = stpcpy(at, GH_MODEL);
		else
			*at++ = *expr;
	}
	if (path != NULL)
		*at = '\0';
	return path;
}

/* The names of what a leafref may point to. */
static void put_targets(struct text *t, const struct lyd_node *leaf, const struct lysc_type *type)
{
	const struct lysc_type_leafref *ref = (const struct lysc_type_leafref *)type;
	struct ly_set *set = NULL;
	char *path;

	if (type->basetype != LY_TYPE_LEAFREF)
		return;
	path = data_path(lyxp_get_expr(ref->path));
	if (path != NULL && lyd_find_xpath(leaf, path, &set) == LY_SUCCESS) {
		for (uint32_t i = 0; i < set->count && i < 20; i++)
			put(t, "%s%s", t->len > 0 ? ", " : "", lyd_get_value(set->dnodes[i]));
		ly_set_free(set, NULL);
	}
	free(path);
}

static int say_reference_error(const struct lyd_node *leaf, const char *path, struct gh_error *err)
{
	const struct lysc_type *type = type_of(leaf->schema);
	const struct lysc_type_union *u = (const struct lysc_type_union *)type;
	char names[300] = "";
	struct text t = {.buf = names, .size = sizeof(names)};
	LY_ARRAY_COUNT_TYPE i;

	if (type->basetype == LY_TYPE_UNION) {
		LY_ARRAY_FOR(u->types, i) put_targets(&t, leaf, u->types[i]);
	} else {
		put_targets(&t, leaf, type);
	}
	return gh_error_set(err, -EINVAL, path, "%s '%s' does not exist: %s%s", leaf->schema->name,
	    lyd_get_value(leaf), names[0] != '\0' ? "there is " : "create it first", names);
}

static bool has_child(const struct lyd_node *node, const char *name)
{
	const struct lyd_node *child;

	LY_LIST_FOR (lyd_child(node), child) {
		if (strcmp(child->schema->name, name) == 0)
			return true;
	}
	return false;
}

/* libyang tells a missing node by its schema path only: find the place where it is missing. */
static int say_missing_error(
    const struct lyd_node *tree, const char *schema_path, struct gh_error *err)
{
	const struct lysc_node *node = gh_expect_node(LYD_CTX(tree), schema_path, err);
	struct ly_set *set = NULL;
	char *path = NULL;

	if (node == NULL || node->parent == NULL)
		return -EINVAL;
	path = lysc_path(node->parent, LYSC_PATH_DATA, NULL, 0);
	if (path != NULL && lyd_find_xpath(tree, path, &set) == LY_SUCCESS) {
		free(path);
		path = NULL;
		for (uint32_t i = 0; path == NULL && i < set->count; i++) {
			if (!has_child(set->dnodes[i], node->name))
				path = lyd_path(set->dnodes[i], LYD_PATH_STD, NULL, 0);
		}
	}
	ly_set_free(set, NULL);
	gh_error_set(err, -EINVAL, path != NULL ? path : schema_path, "'%s' is missing here: %s",
	    node->name, node->dsc != NULL ? node->dsc : "give it");
	free(path);
	return -EINVAL;
}

/* "Schema location ..." and "Data location ..." wrap the path in libyang's error. */
const char *gh_expect_error_path(const char *location, char *buf, size_t size)
{
	const char *start = location != NULL ? strchr(location, '"') : NULL;

	snprintf(buf, size, "%s", start != NULL ? start + 1 : "");
	if (start != NULL && strrchr(buf, '"') != NULL)
		*strrchr(buf, '"') = '\0';
	return buf;
}

/* libyang's app-tag as a literal, as its own text does not live long enough. */
static const char *app_tag(const char *tag)
{
	static const char *const known[] = {"must-violation", "instance-required",
	    "data-not-unique", "missing-choice", "too-many-elements", "too-few-elements"};

	for (size_t i = 0; tag != NULL && i < sizeof(known) / sizeof(known[0]); i++) {
		if (strcmp(tag, known[i]) == 0)
			return known[i];
	}
	return NULL;
}

static int say_validation_error(const struct lyd_node *tree, struct gh_error *err)
{
	const struct ly_ctx *ctx = LYD_CTX(tree);
	const char *message = ly_errmsg(ctx), *location = ly_errpath(ctx);
	struct lyd_node *node = NULL;
	char path[512];

	gh_expect_error_path(location, path, sizeof(path));
	if (message == NULL)
		return gh_error_set(err, -EINVAL, NULL, "the configuration is not valid");
	if (strncmp(message, "Mandatory node", 14) == 0 || strncmp(message, "Too few", 7) == 0)
		return say_missing_error(tree, path, err);
	if ((strncmp(message, "Invalid leafref", 15) == 0 ||
		strncmp(message, "Invalid union", 13) == 0) &&
	    lyd_find_path(tree, path, 0, &node) == LY_SUCCESS)
		return say_reference_error(node, path, err);
	return gh_error_set(err, -EINVAL, path, "%s", message);
}

int gh_expect_validation_error(const struct lyd_node *tree, struct gh_error *err)
{
	const char *tag = app_tag(ly_errapptag(LYD_CTX(tree)));
	int rc = say_validation_error(tree, err);

	if (err != NULL)
		err->app_tag = tag;
	return rc;
}
