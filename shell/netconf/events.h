/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * Notifications (RFC 5277): gatehoused's events, as they are and as RFC 6470 has them.
 */
#pragma once

#include <stddef.h>

#include "shell/netconf/netconf.h"

/* The client library's callback: keeps an event until it can be sent. */
void events_take(void *arg, const char *body, size_t len);

/* Sends what was kept, if the client has subscribed. */
void events_send(struct netconf *n);

/* Until the subscription's stopTime; -1: there is none. */
int events_timeout_ms(const struct netconf *n);

void events_free(struct netconf *n);
