/* SPDX-License-Identifier: BSD-3-Clause */
#include "shell/netconf/filter.h"

#include <ctype.h>
#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <uthash.h>

#include "shell/json.h"
#include "shell/netconf/element.h"
#include "shell/netconf/schema.h"

/* A node that stays: alone, or with all below it. */
struct mark {
	UT_hash_handle hh;
	const struct lyd_node *node;
	bool whole;
};

static void set_mark(struct mark **marks, const struct lyd_node *node, bool whole)
{
	struct mark *m;

	HASH_FIND_PTR(*marks, &node, m);
	if (m == NULL) {
		m = calloc(1, sizeof(*m));
		if (m == NULL)
			abort(); /* as uthash does */
		m->node = node;
		HASH_ADD_PTR(*marks, node, m);
	}
	m->whole |= whole;
}

static void free_marks(struct mark **marks)
{
	struct mark *m, *next;

	HASH_ITER (hh, *marks, m, next) {
		HASH_DEL(*marks, m);
		free(m);
	}
}

int filter_read(const struct lyd_node *any, struct filter *filter, struct gh_error *err)
{
	const char *type, *select;

	*filter = (struct filter){.all = any == NULL};
	if (any == NULL)
		return 0;
	type = element_attribute(any, "ietf-netconf", NETCONF_NS, "type");
	select = element_attribute(any, "ietf-netconf", NETCONF_NS, "select");
	if (type != NULL && strcmp(type, "xpath") == 0) {
		if (select == NULL)
			return gh_error_set(err, -EINVAL, NULL,
			    "a filter of type xpath needs the attribute select");
		filter->xpath = select;
		return 0;
	}
	filter->subtree = element_content(any);
	return 0;
}

static bool has_text(const char *text)
{
	while (isspace((unsigned char)*text))
		text++;
	return *text != '\0';
}

/* An element with text selects instances by the value of that leaf. */
static bool is_content_match(const struct lyd_node *e)
{
	return lyd_child(e) == NULL && has_text(element_text(e));
}

static bool value_matches(const struct lyd_node *e, const struct lyd_node *node)
{
	const char *text = element_text(e);
	size_t len;

	while (isspace((unsigned char)*text))
		text++;
	for (len = strlen(text); len > 0 && isspace((unsigned char)text[len - 1]);)
		len--;
	if ((node->schema->nodetype & LYD_NODE_TERM) == 0)
		return false;
	return lyd_value_compare((const struct lyd_node_term *)node, text, len) == LY_SUCCESS;
}

/* Every content match among the elements is met by some child of the node. */
static bool content_matches(const struct lyd_node *elements, const struct lyd_node *node)
{
	const struct lyd_node *e, *child;

	LY_LIST_FOR (elements, e) {
		bool met = !is_content_match(e);

		LY_LIST_FOR (met ? NULL : lyd_child(node), child) {
			met = child->schema != NULL && element_names(e, child->schema) &&
			      value_matches(e, child);
			if (met)
				break;
		}
		if (!met)
			return false;
	}
	return true;
}

static bool only_content_matches(const struct lyd_node *elements)
{
	const struct lyd_node *e;

	LY_LIST_FOR (elements, e) {
		if (!is_content_match(e))
			return false;
	}
	return true;
}

static bool select_among(
    struct mark **marks, const struct lyd_node *elements, const struct lyd_node *nodes);

static bool select_node(struct mark **marks, const struct lyd_node *e, const struct lyd_node *node)
{
	const struct lyd_node *inside = lyd_child(e), *child;

	if (inside == NULL) {
		if (has_text(element_text(e)) && !value_matches(e, node))
			return false;
		set_mark(marks, node, true);
		return true;
	}
	if (!content_matches(inside, node))
		return false;
	if (only_content_matches(inside)) {
		set_mark(marks, node, true);
		return true;
	}
	if (!select_among(marks, inside, lyd_child(node)))
		return false;
	set_mark(marks, node, false);
	LY_LIST_FOR (lyd_child(node), child) {
		if (child->schema != NULL && lysc_is_key(child->schema))
			set_mark(marks, child, true);
	}
	return true;
}

/* Content matches are met here already: what they name is part of the answer. */
static bool select_among(
    struct mark **marks, const struct lyd_node *elements, const struct lyd_node *nodes)
{
	const struct lyd_node *e, *node;
	bool any = false;

	LY_LIST_FOR (elements, e) {
		LY_LIST_FOR (nodes, node) {
			if (node->schema == NULL || !element_names(e, node->schema))
				continue;
			if (is_content_match(e) && value_matches(e, node))
				set_mark(marks, node, true);
			else if (!is_content_match(e))
				any |= select_node(marks, e, node);
		}
	}
	return any;
}

static void mark_subtree(
    struct mark **marks, const struct filter *filter, const struct lyd_node *tree)
{
	const struct lyd_node *e, *node;

	LY_LIST_FOR (filter->subtree, e) {
		LY_LIST_FOR (tree, node) {
			if (node->schema != NULL && element_names(e, node->schema))
				select_node(marks, e, node);
		}
	}
}

static void mark_parents(struct mark **marks, const struct lyd_node *node)
{
	const struct lyd_node *child;

	for (node = lyd_parent(node); node != NULL; node = lyd_parent(node)) {
		set_mark(marks, node, false);
		LY_LIST_FOR (lyd_child(node), child) {
			if (child->schema != NULL && lysc_is_key(child->schema))
				set_mark(marks, child, true);
		}
	}
}

static int mark_xpath(struct mark **marks, const struct filter *filter, const struct lyd_node *tree,
    struct gh_error *err)
{
	struct ly_set *set = NULL;

	if (tree == NULL)
		return 0;
	if (lyd_find_xpath(tree, filter->xpath, &set) != LY_SUCCESS)
		return gh_error_set(err, -EINVAL, NULL, "the filter's expression '%.200s': %s",
		    filter->xpath, ly_errmsg(LYD_CTX(tree)));
	for (uint32_t i = 0; i < set->count; i++) {
		set_mark(marks, set->dnodes[i], true);
		mark_parents(marks, set->dnodes[i]);
	}
	ly_set_free(set, NULL);
	return 0;
}

static void cut_away(struct mark *marks, struct lyd_node **first)
{
	struct lyd_node *node, *next;
	struct mark *m;

	LY_LIST_FOR_SAFE(*first, next, node)
	{
		struct lyd_node *child = lyd_child(node);

		HASH_FIND_PTR(marks, &node, m);
		if (m != NULL) {
			if (!m->whole)
				cut_away(marks, &child);
			continue;
		}
		if (node == *first)
			*first = next;
		lyd_free_tree(node);
	}
}

int filter_apply(const struct filter *filter, struct lyd_node **tree, struct gh_error *err)
{
	struct mark *marks = NULL;
	int rc = 0;

	if (filter->all)
		return 0;
	if (filter->xpath != NULL)
		rc = mark_xpath(&marks, filter, *tree, err);
	else
		mark_subtree(&marks, filter, *tree);
	if (rc == 0)
		cut_away(marks, tree);
	free_marks(&marks);
	return rc;
}

/* An expression that starts at a top-level node by its name, and has no union behind. */
static bool is_plain_path(const char *xpath)
{
	return xpath[0] == '/' && xpath[1] != '/' && xpath[1] != '*' && strchr(xpath, '|') == NULL;
}

bool filter_wants(const struct filter *filter, const char *module, const char *name)
{
	const struct lyd_node *e;
	size_t len = strlen(module);
	const char *p;

	if (filter->all)
		return true;
	if (filter->xpath != NULL) {
		if (!is_plain_path(filter->xpath))
			return true;
		p = filter->xpath + 1;
		if (strncmp(p, module, len) != 0 || p[len] != ':')
			return false;
		p += len + 1;
		len = strcspn(p, "/[");
		return strlen(name) == len && strncmp(p, name, len) == 0;
	}
	LY_LIST_FOR (filter->subtree, e) {
		if (strcmp(element_name(e), name) == 0)
			return true;
	}
	return false;
}

/* The one element among siblings that is no content match; NULL when there are more. */
static const struct lyd_node *only_element(const struct lyd_node *elements)
{
	const struct lyd_node *e, *found = NULL;

	LY_LIST_FOR (elements, e) {
		if (is_content_match(e))
			continue;
		if (found != NULL)
			return NULL;
		found = e;
	}
	return found;
}

/* [key='value'] for all keys of the list, if the element gives them. */
static bool add_keys(struct text *path, const struct lysc_node *list, const struct lyd_node *e)
{
	const struct lysc_node *key = NULL;
	const struct lyd_node *c;

	while ((key = lys_getnext(key, list, NULL, 0)) != NULL && lysc_is_key(key)) {
		const char *text = NULL;

		LY_LIST_FOR (lyd_child(e), c) {
			if (element_names(c, key) && is_content_match(c))
				text = element_text(c);
		}
		if (text == NULL || strpbrk(text, "'\" \t\r\n") != NULL)
			return false;
		text_addf(path, "[%s='%s']", key->name, text);
	}
	return true;
}

static const struct lysc_node *child_named(const struct lysc_node *parent, const struct lyd_node *e)
{
	const struct lysc_node *child = NULL;

	while ((child = lys_getnext(child, parent, NULL, 0)) != NULL) {
		if (element_names(e, child))
			return child;
	}
	return NULL;
}

/* Narrowing gives up content matches beside the path, unless they are keys. */
static bool matches_keys_only(const struct lyd_node *e, const struct lysc_node *schema)
{
	const struct lyd_node *c;
	const struct lysc_node *child;

	LY_LIST_FOR (lyd_child(e), c) {
		if (!is_content_match(c))
			continue;
		child = child_named(schema, c);
		if (child == NULL || !lysc_is_key(child))
			return false;
	}
	return true;
}

char *filter_narrow(const struct filter *filter, const struct lysc_node *schema)
{
	const struct lyd_node *e = filter->subtree;
	struct text path = {0};

	if (e == NULL || e->next != NULL || !element_names(e, schema))
		return NULL;
	text_addf(&path, "/%s:%s", schema->module->name, schema->name);
	while (matches_keys_only(e, schema) && (e = only_element(lyd_child(e))) != NULL &&
	       (schema = child_named(schema, e)) != NULL &&
	       (schema->nodetype & (LYS_CONTAINER | LYS_LIST)) != 0) {
		size_t len = path.len;

		text_addf(&path, "/%s", schema->name);
		if (schema->nodetype == LYS_LIST && !add_keys(&path, schema, e)) {
			path.data[len] = '\0';
			break;
		}
	}
	return path.data;
}
