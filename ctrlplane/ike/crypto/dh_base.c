/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * Powers of the generator 2 of a MODP group from a table: one multiplication for each 4 bits of the
 * exponent and no squarings, a third of a general exponentiation. The table of a group is built at
 * its first use (100 KiB for modp1024, 2 MiB for modp8192) and kept.
 *
 * Which entry is used is secret: all 16 of a window are read each time.
 */
#include <errno.h>
#include <pthread.h>
#include <stdatomic.h>
#include <stdlib.h>
#include <string.h>

#include "common/secret.h"
#include "ctrlplane/ike/crypto/dh_impl.h"

#define WINDOW_BITS 4
#define ENTRIES (1u << WINDOW_BITS)
#define WORDS_MAX (IKE_DH_MAX / 8)

/* entry d of window w: 2^(d * 16^w) in Montgomery form, little-endian words */
static _Atomic(uint64_t *) tables[IKE_DH_COUNT];
static pthread_mutex_t building = PTHREAD_MUTEX_INITIALIZER;

static size_t words_of(const struct ike_dh_alg *group)
{
	return group->public_len / 8;
}

static size_t windows_of(const struct ike_dh_alg *group)
{
	return group->exponent_bits / WINDOW_BITS;
}

/* The ENTRIES powers of one base; leaves in base that of the next window. */
static bool fill_window(
    uint64_t *at, const struct ike_dh_alg *group, BIGNUM *base, BIGNUM *power, BN_CTX *bn)
{
	BN_MONT_CTX *mont = ike_fetched.modp[group->index].mont;
	size_t words = words_of(group);

	if (BN_set_word(power, 1) != 1 || BN_to_montgomery(power, power, mont, bn) != 1)
		return false;
	for (unsigned d = 0; d < ENTRIES; d++) {
		if (BN_bn2lebinpad(power, (uint8_t *)(at + d * words), group->public_len) < 0 ||
		    BN_mod_mul_montgomery(power, power, base, mont, bn) != 1)
			return false;
	}
	return BN_copy(base, power) != NULL;
}

static bool fill(uint64_t *table, const struct ike_dh_alg *group, BN_CTX *bn)
{
	BIGNUM *base = BN_CTX_get(bn), *power = BN_CTX_get(bn);

	if (power == NULL || BN_set_word(base, 2) != 1 ||
	    BN_to_montgomery(base, base, ike_fetched.modp[group->index].mont, bn) != 1)
		return false;
	for (size_t w = 0; w < windows_of(group); w++)
		if (!fill_window(table + w * ENTRIES * words_of(group), group, base, power, bn))
			return false;
	return true;
}

static uint64_t *build(const struct ike_dh_alg *group, BN_CTX *bn)
{
	uint64_t *table = atomic_load(&tables[group->index]);

	if (table != NULL) /* another thread was faster */
		return table;
	table = malloc(windows_of(group) * ENTRIES * group->public_len);
	if (table == NULL)
		return NULL;
	BN_CTX_start(bn);
	if (!fill(table, group, bn)) {
		free(table);
		table = NULL;
	}
	BN_CTX_end(bn);
	atomic_store(&tables[group->index], table);
	return table;
}

static const uint64_t *table_of(const struct ike_dh_alg *group, BN_CTX *bn)
{
	uint64_t *table = atomic_load_explicit(&tables[group->index], memory_order_acquire);

	if (table != NULL)
		return table;
	pthread_mutex_lock(&building);
	table = build(group, bn);
	pthread_mutex_unlock(&building);
	return table;
}

static void pick(uint64_t *out, const uint64_t *window, size_t words, unsigned digit)
{
	memset(out, 0, words * sizeof(*out));
	for (unsigned d = 0; d < ENTRIES; d++) {
		uint64_t mask = (uint64_t)0 - (uint64_t)(((d ^ digit) - 1u) >> 31);

		for (size_t i = 0; i < words; i++)
			out[i] |= window[d * words + i] & mask;
	}
}

static unsigned digit_of(const struct ike_dh *dh, size_t window)
{
	size_t bytes = dh->group->exponent_bits / 8;
	uint8_t byte = dh->exponent[bytes - 1 - window / 2];

	return window % 2 ? byte >> 4 : byte & 15;
}

static bool multiply_all(struct ike_dh *dh, const uint64_t *table, BN_CTX *bn)
{
	BN_MONT_CTX *mont = ike_fetched.modp[dh->group->index].mont;
	size_t words = words_of(dh->group), len = dh->group->public_len;
	BIGNUM *product = BN_CTX_get(bn), *factor = BN_CTX_get(bn);
	uint64_t entry[WORDS_MAX];
	bool ok = factor != NULL;

	for (size_t w = 0; ok && w < windows_of(dh->group); w++) {
		pick(entry, table + w * ENTRIES * words, words, digit_of(dh, w));
		ok = BN_lebin2bn((uint8_t *)entry, (int)len, w == 0 ? product : factor) != NULL;
		if (ok && w > 0)
			ok = BN_mod_mul_montgomery(product, product, factor, mont, bn) == 1;
	}
	ok = ok && BN_from_montgomery(product, product, mont, bn) == 1 &&
	     BN_bn2binpad(product, dh->public_value, (int)len) > 0;
	gh_wipe(entry, sizeof(entry));
	if (factor != NULL)
		BN_clear(factor);
	return ok;
}

int ike_modp_public(struct ike_dh *dh, BN_CTX *bn)
{
	const uint64_t *table = table_of(dh->group, bn);
	bool ok;

	if (table == NULL)
		return -EIO;
	BN_CTX_start(bn);
	ok = multiply_all(dh, table, bn);
	BN_CTX_end(bn);
	return ok ? 0 : -EIO;
}
