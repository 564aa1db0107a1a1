/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * A view: bytes that belong to somebody else, usually to the datagram being parsed. Copying a view
 * copies no bytes; it is valid as long as its owner is.
 */
#pragma once

#include <stddef.h>
#include <stdint.h>

struct ike_bytes {
	const uint8_t *data; /* may be NULL when len is 0 */
	size_t len;
};

static inline struct ike_bytes ike_bytes(const void *data, size_t len)
{
	return (struct ike_bytes){.data = data, .len = len};
}
