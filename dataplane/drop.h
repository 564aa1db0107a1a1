/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * Drop reasons: each a named counter, registered where it is used:
 *
 *   GH_DROP_REASON(ttl_expired, "ip4-ttl-expired", "IPv4 packets whose TTL ran out");
 *   ... next[i] = gh_drop(m, gh_drop_ttl_expired);
 *
 * The counters lie in the shared segment, one row per worker: no atomics.
 */
#pragma once

#include <stdint.h>

#define GH_DROP_MAX 256

struct gh_drop_reason {
	const char *name; /* as shown, e.g. "ip4-ttl-expired" */
	const char *text; /* what it means to the operator */
};

/* Before main(), by constructors. Ends the program when there are more than GH_DROP_MAX. */
uint16_t gh_drop_register(const char *name, const char *text);
unsigned gh_drop_count(void);
const struct gh_drop_reason *gh_drop_reason(uint16_t reason);

#define GH_DROP_REASON(id, name, text)                                    \
	static uint16_t gh_drop_##id;                                     \
	__attribute__((constructor)) static void register_drop_##id(void) \
	{                                                                 \
		gh_drop_##id = gh_drop_register(name, text);              \
	}                                                                 \
	struct gh_drop_##id##_semicolon
