/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * Life of the cryptography of IKE. Everything that OpenSSL would fetch is fetched once by
 * ike_crypto_init(); every thread then has contexts of its own, made at first use and
 * re-initialised per operation, so that no lock, fetch or allocation lies on the path of a
 * handshake.
 */
#pragma once

#include "common/error.h"

/*
 * Once per process, before any other function of this folder, on any thread; further calls return
 * the first result. 0, or -ENOTSUP with *err naming the algorithm that OpenSSL refuses.
 */
int ike_crypto_init(struct gh_error *err);

/* Frees the calling thread's contexts (they hold key material of its last operations). A thread of
 * the pool calls it as its last act; also freed at thread exit if it does not. */
void ike_crypto_thread_end(void);
