/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * What a NETCONF server tells of itself: RFC 6022 and the streams of RFC 5277.
 */
#pragma once

#include "shell/netconf/netconf.h"

/* /ietf-netconf-monitoring:netconf-state and /nc-notifications:netconf; the caller's, or NULL. */
struct lyd_node *monitoring_state(struct netconf *n);
struct lyd_node *monitoring_streams(struct netconf *n);
