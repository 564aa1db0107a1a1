/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * Whom a change may disturb, for `commit check`: interfaces and VPNs that are there already and
 * change or go, also by way of a template. A changed description disturbs nobody.
 */
#pragma once

#include <libyang/libyang.h>

/* Calls fn once for each, with words such as "vpn a" or "interface wan01". */
void gh_disturbed(const struct lyd_node *before, const struct lyd_node *diff,
    void (*fn)(const char *what, void *ctx), void *ctx);
