/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * Handling of key material: wiped when done, compared in constant time, never printed.
 */
#pragma once

#include <stdbool.h>
#include <stddef.h>

/* Overwrites memory in a way the compiler keeps. p may be NULL when len is 0. */
void gh_wipe(void *p, size_t len);

/* Wipes, then frees. p may be NULL. */
void gh_wipe_free(void *p, size_t len);

/* Equality in time that depends on len only. */
bool gh_equal_ct(const void *a, const void *b, size_t len);

/* Fills with random bytes from the kernel; aborts the process if the kernel refuses, because
 * nothing sound can be done without randomness. */
void gh_random(void *p, size_t len);
