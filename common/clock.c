/* SPDX-License-Identifier: BSD-3-Clause */
#include "common/clock.h"

#include <time.h>

static uint64_t read_ns(clockid_t id)
{
	struct timespec ts;

	clock_gettime(id, &ts);
	return (uint64_t)ts.tv_sec * GH_NS_PER_S + (uint64_t)ts.tv_nsec;
}

uint64_t gh_clock_ns(void)
{
	return read_ns(CLOCK_MONOTONIC);
}

uint64_t gh_clock_ms(void)
{
	return read_ns(CLOCK_MONOTONIC) / GH_NS_PER_MS;
}

uint64_t gh_wallclock_ms(void)
{
	return read_ns(CLOCK_REALTIME) / GH_NS_PER_MS;
}
