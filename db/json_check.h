/* SPDX-License-Identifier: BSD-3-Clause */
/* Whether a text is one JSON value (RFC 8259), nested at most 128 deep; libyang leaks memory when
 * it is given one that breaks off. */
#pragma once

#include <stdbool.h>
#include <stddef.h>

bool gh_json_is_well_formed(const char *text, size_t len);
