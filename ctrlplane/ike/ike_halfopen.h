/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * Half-open IKE SAs of others, counted in all and per source prefix (IPv4 /24, IPv6 /48), so that a
 * flood is met with cookies and one source cannot take every place.
 */
#pragma once

#include <stdint.h>

#include "common/addr.h"

struct ike_halfopen {
	struct ike_halfopen_prefix *prefixes;
	uint32_t total;
};

struct gh_prefix ike_halfopen_prefix(const struct gh_addr *source);
uint32_t ike_halfopen_count(const struct ike_halfopen *h, const struct gh_prefix *prefix);
void ike_halfopen_enter(struct ike_halfopen *h, const struct gh_prefix *prefix);
void ike_halfopen_leave(struct ike_halfopen *h, const struct gh_prefix *prefix);
void ike_halfopen_free(struct ike_halfopen *h);
