/* SPDX-License-Identifier: BSD-3-Clause */
#include "ctrlplane/config/rpc_util.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "db/model.h"
#include "db/tree.h"

#define CHANGES_PER_PIECE 500

const char *gh_input(const struct lyd_node *input, const char *name)
{
	const struct lyd_node *child;

	LY_LIST_FOR (lyd_child(input), child) {
		if (strcmp(child->schema->name, name) == 0)
			return lyd_get_value(child);
	}
	return NULL;
}

uint64_t gh_input_number(const struct lyd_node *input, const char *name, uint64_t none)
{
	const char *value = gh_input(input, name);

	return value != NULL ? strtoull(value, NULL, 10) : none;
}

void gh_output(struct lyd_node *parent, const char *name, const char *value)
{
	if (parent != NULL && value != NULL)
		lyd_new_term(parent, NULL, name, value, 1, NULL);
}

void gh_output_number(struct lyd_node *parent, const char *name, uint64_t value)
{
	char text[24];

	snprintf(text, sizeof(text), "%" PRIu64, value);
	gh_output(parent, name, text);
}

void gh_output_bool(struct lyd_node *parent, const char *name, bool value)
{
	gh_output(parent, name, value ? "true" : "false");
}

struct lyd_node *gh_output_entry(struct lyd_node *parent, const char *list)
{
	struct lyd_node *entry = NULL;

	if (parent != NULL)
		lyd_new_list(parent, NULL, list, 1, &entry);
	return entry;
}

const char *gh_time_str(uint64_t ms, char buf[GH_TIME_STRLEN])
{
	time_t s = (time_t)(ms / 1000);
	struct tm tm;

	gmtime_r(&s, &tm);
	strftime(buf, GH_TIME_STRLEN, "%Y-%m-%dT%H:%M:%SZ", &tm);
	return buf;
}

struct changes {
	struct gh_reply *reply; /* NULL: all into `piece` */
	struct lyd_node *piece;
	unsigned count;
};

static int output_change(const struct gh_diff_item *item, void *ctx)
{
	struct changes *c = ctx;
	struct lyd_node *entry = gh_output_entry(c->piece, "change");
	char *path = lyd_path(item->node, LYD_PATH_STD, NULL, 0);
	bool secret = gh_model_is_secret(item->node->schema);

	gh_output(entry, "operation", item->operation);
	gh_output(entry, "path", path);
	gh_output(entry, "value", secret ? GH_SECRET_MASK : lyd_get_value(item->node));
	gh_output(entry, "old-value",
	    secret && item->old_value != NULL ? GH_SECRET_MASK : item->old_value);
	free(path);
	if (c->reply == NULL || ++c->count % CHANGES_PER_PIECE != 0)
		return 0;
	if (gh_reply_send(c->reply, c->piece) < 0) {
		c->piece = NULL;
		return -1;
	}
	c->piece = gh_reply_piece(c->reply);
	return 0;
}

struct lyd_node *gh_output_changes(struct gh_reply *reply, const struct lyd_node *diff)
{
	struct changes c = {.reply = reply, .piece = gh_reply_piece(reply)};

	gh_diff_walk(diff, output_change, &c);
	return c.piece;
}

void gh_output_changes_into(struct lyd_node *parent, const struct lyd_node *diff)
{
	struct changes c = {.piece = parent};

	gh_diff_walk(diff, output_change, &c);
}
