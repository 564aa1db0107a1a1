/* SPDX-License-Identifier: BSD-3-Clause */
#include "common/secret.h"

#include <errno.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <sys/random.h>

void gh_wipe(void *p, size_t len)
{
	if (len > 0)
		explicit_bzero(p, len);
}

void gh_wipe_free(void *p, size_t len)
{
	if (p == NULL)
		return;
	gh_wipe(p, len);
	free(p);
}

bool gh_equal_ct(const void *a, const void *b, size_t len)
{
	const volatile uint8_t *x = a, *y = b;
	uint8_t diff = 0;

	for (size_t i = 0; i < len; i++)
		diff |= x[i] ^ y[i];
	return diff == 0;
}

void gh_random(void *p, size_t len)
{
	uint8_t *at = p;

	while (len > 0) {
		ssize_t n = getrandom(at, len, 0);
		if (n < 0) {
			if (errno == EINTR)
				continue;
			abort();
		}
		at += n;
		len -= (size_t)n;
	}
}
