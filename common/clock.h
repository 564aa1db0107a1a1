/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * Clocks. Protocol timers use the monotonic clock; only what a person reads uses wall-clock time.
 */
#pragma once

#include <stdint.h>

#define GH_MS_PER_S 1000ULL
#define GH_NS_PER_MS 1000000ULL
#define GH_NS_PER_S 1000000000ULL

uint64_t gh_clock_ns(void);	/* CLOCK_MONOTONIC, nanoseconds */
uint64_t gh_clock_ms(void);	/* CLOCK_MONOTONIC, milliseconds */
uint64_t gh_wallclock_ms(void); /* CLOCK_REALTIME, milliseconds since the epoch */
