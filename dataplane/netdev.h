/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * Linux network devices of the namespace we run in: the TAPs beside our ports, and the devices
 * under infra- ports. Control thread.
 */
#pragma once

#include <stdbool.h>
#include <stdint.h>

#include "common/error.h"

/* A TAP with that name, MAC and MTU, up, with the sysctls that a dataplane beside Linux needs.
 * Returns its descriptor (non-blocking, frames without any header) or negative errno. It is gone
 * when the descriptor is closed. */
int gh_tap_open(const char *name, const uint8_t mac[6], uint16_t mtu, struct gh_error *err);
int gh_tap_set_carrier(int fd, bool up);

/* Tests put socket pairs in the place of TAPs. NULL: real ones. */
typedef int gh_tap_open_fn(
    const char *name, const uint8_t mac[6], uint16_t mtu, struct gh_error *err);
extern gh_tap_open_fn *gh_tap_open_hook;

int gh_netdev_set_mtu(const char *name, uint16_t mtu);
int gh_netdev_set_up(const char *name, bool up);

/* Makes a device ours: up, no IPv6, no merged frames. -ENODEV when it does not exist. */
int gh_netdev_take(const char *name, struct gh_error *err);

/* The kernel's stack drops what it receives on the device (we get it by AF_PACKET), or no more. */
int gh_netdev_mute(const char *name, bool mute, struct gh_error *err);
