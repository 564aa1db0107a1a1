/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * Operational state (/gatehouse:state) for the rpc get-state: each part that has some provides it.
 * Main loop only.
 */
#pragma once

#include <libyang/libyang.h>
#include <sys/queue.h>

struct gh_state_provider {
	/* Adds its nodes to the /gatehouse:state container, from memory, without waiting. */
	void (*fill)(void *ctx, struct lyd_node *state);
	void *ctx;
	TAILQ_ENTRY(gh_state_provider) next; /* the registry's */
};

void gh_state_register(struct gh_state_provider *provider);
void gh_state_clear(void); /* forgets all */

/* All of it; NULL without memory. The caller's. */
struct lyd_node *gh_state_tree(const struct ly_ctx *ctx);
