/* SPDX-License-Identifier: BSD-3-Clause */
#include "ctrlplane/config/disturb.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "db/paths.h"
#include "db/tree.h"

struct search {
	const struct lyd_node *before;
	struct gh_paths *found; /* words, not paths */
};

static bool is(const struct lyd_node *node, const char *name)
{
	return node != NULL && strcmp(node->schema->name, name) == 0;
}

static const char *key_of(const struct lyd_node *entry)
{
	return lyd_get_value(lyd_child(entry));
}

static void add(struct search *s, const char *kind, const struct lyd_node *entry)
{
	char words[160];

	snprintf(words, sizeof(words), "%s %s", kind, key_of(entry));
	gh_paths_add(&s->found, words);
}

static bool uses(const struct lyd_node *vpn, const char *policy, const char *template)
{
	const struct lyd_node *child, *leaf;

	LY_LIST_FOR (lyd_child(vpn), child) {
		leaf = is(child, policy) ? lyd_child(child) : NULL;
		for (; leaf != NULL; leaf = leaf->next) {
			if (is(leaf, "template"))
				return strcmp(lyd_get_value(leaf), template) == 0;
		}
	}
	return false;
}

static void add_users(struct search *s, const struct lyd_node *template, const char *policy)
{
	const struct lyd_node *vpn;

	LY_LIST_FOR (lyd_first_sibling(template), vpn) {
		if (is(vpn, "vpn") && uses(vpn, policy, key_of(template)))
			add(s, "vpn", vpn);
	}
}

/* The list entry of an interface, VPN or template that holds the node, or NULL. */
static const struct lyd_node *holder(const struct lyd_node *node)
{
	for (; node != NULL; node = lyd_parent(node)) {
		if (node->schema->nodetype == LYS_LIST &&
		    (is(lyd_parent(node), "interface") ||
			(is(lyd_parent(node), "ike") && !is(node, "pre-shared-key"))))
			return node;
	}
	return NULL;
}

static int note(const struct gh_diff_item *item, void *ctx)
{
	struct search *s = ctx;
	const struct lyd_node *entry = holder(item->node);
	struct lyd_node *old = NULL;
	char *path;

	if (entry == NULL || is(item->node, "description"))
		return 0;
	path = lyd_path(entry, LYD_PATH_STD, NULL, 0);
	if (path == NULL || lyd_find_path(s->before, path, 0, &old) != LY_SUCCESS)
		old = NULL;
	free(path);
	if (old == NULL) /* new: disturbs nobody */
		return 0;
	if (is(lyd_parent(old), "interface"))
		add(s, "interface", old);
	else if (is(old, "vpn"))
		add(s, "vpn", old);
	else
		add_users(s, old, is(old, "ike-policy-template") ? "ike-policy" : "ipsec-policy");
	return 0;
}

void gh_disturbed(const struct lyd_node *before, const struct lyd_node *diff,
    void (*fn)(const char *what, void *ctx), void *ctx)
{
	struct search s = {.before = before};
	struct gh_paths *entry, *next;

	gh_diff_walk(diff, note, &s);
	HASH_ITER (hh, s.found, entry, next)
		fn(entry->path, ctx);
	gh_paths_clear(&s.found);
}
