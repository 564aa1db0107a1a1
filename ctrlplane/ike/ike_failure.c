/* SPDX-License-Identifier: BSD-3-Clause */
#include "ctrlplane/ike/ike_failure.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

struct failure_key {
	struct gh_addr remote;
	char vpn[sizeof(((struct ike_failure *)0)->vpn)];
};

void ike_failures_init(struct ike_failures *fs)
{
	*fs = (struct ike_failures){0};
	TAILQ_INIT(&fs->list);
}

static void drop(struct ike_failures *fs, struct ike_failure_node *node)
{
	TAILQ_REMOVE(&fs->list, node, next);
	ike_index_remove(&fs->by_peer, &node->by_peer);
	ike_index_remove(&fs->by_key, &node->by_key);
	fs->count--;
	free(node);
}

void ike_failures_free(struct ike_failures *fs)
{
	while (!TAILQ_EMPTY(&fs->list))
		drop(fs, TAILQ_FIRST(&fs->list));
}

static struct ike_failure_node *node_get(struct ike_failures *fs, const struct failure_key *key)
{
	struct ike_failure_node *node = ike_entry_of(
	    ike_index_find(&fs->by_key, key, sizeof(*key)), struct ike_failure_node, by_key);

	if (node != NULL) {
		TAILQ_REMOVE(&fs->list, node, next);
		TAILQ_INSERT_HEAD(&fs->list, node, next);
		return node;
	}
	node = calloc(1, sizeof(*node));
	if (node == NULL)
		abort();
	node->what.remote = key->remote;
	memcpy(node->what.vpn, key->vpn, sizeof(key->vpn));
	ike_index_add(&fs->by_key, &node->by_key, key, sizeof(*key));
	ike_index_add(&fs->by_peer, &node->by_peer, &key->remote, sizeof(key->remote));
	TAILQ_INSERT_HEAD(&fs->list, node, next);
	if (++fs->count > IKE_FAILURES_MAX)
		drop(fs, TAILQ_LAST(&fs->list, ike_failure_list));
	return node;
}

bool ike_failures_note(struct ike_failures *fs, uint64_t wall_ms, const struct gh_addr *remote,
    const char *vpn, const char *text)
{
	struct failure_key key = {.remote = *remote};
	struct ike_failure_node *node;

	snprintf(key.vpn, sizeof(key.vpn), "%s", vpn);
	node = node_get(fs, &key);
	node->what.wall_ms = wall_ms;
	if (strncmp(node->what.text, text, sizeof(node->what.text) - 1) == 0) {
		node->what.repeated++;
		return false;
	}
	node->what.repeated = 0;
	snprintf(node->what.text, sizeof(node->what.text), "%s", text);
	return true;
}
