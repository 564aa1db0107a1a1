/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * Text files that are part of the programs; db/embed.sh makes the array at build time.
 */
#pragma once

struct gh_embedded {
	const char *name; /* a YANG module's or submodule's, or a file's; NULL ends the array */
	const char *text; /* NUL-terminated */
};

extern const struct gh_embedded gh_embedded[];
