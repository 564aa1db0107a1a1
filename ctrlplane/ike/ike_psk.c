/* SPDX-License-Identifier: BSD-3-Clause */
#include "ctrlplane/ike/ike_psk.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <uthash.h>

#define PAIR_KEY_MAX (2 * (sizeof(struct ike_ident) + IKE_IDENT_MAX))

struct member {
	struct ike_psk *psk;
	struct ike_entry entry;
};

struct ike_psk {
	char *name;
	struct ike_psk_key *key;
	struct ike_ident **ids; /* in key form */
	unsigned id_count;
	struct member *pairs, *singles, solo;
	unsigned pair_count;
	LIST_ENTRY(ike_psk) next; /* in patterns or wild */
	bool listed;
	UT_hash_handle hh;
};

/* The two in one order, whoever is local. */
static size_t pair_key(const struct ike_ident *a, const struct ike_ident *b, uint8_t *key)
{
	size_t la = ike_ident_size(a), lb = ike_ident_size(b);
	int order = memcmp(a, b, la < lb ? la : lb);

	if (order > 0 || (order == 0 && la > lb))
		return pair_key(b, a, key);
	memcpy(key, a, la);
	memcpy(key + la, b, lb);
	return la + lb;
}

static void psk_free(struct ike_psks *ps, struct ike_psk *psk)
{
	for (unsigned i = 0; psk->pairs != NULL && i < psk->pair_count; i++)
		ike_index_remove(&ps->pairs, &psk->pairs[i].entry);
	for (unsigned i = 0; psk->singles != NULL && i < psk->id_count; i++)
		ike_index_remove(&ps->singles, &psk->singles[i].entry);
	ike_index_remove(&ps->solo, &psk->solo.entry);
	if (psk->listed)
		LIST_REMOVE(psk, next);
	for (unsigned i = 0; psk->ids != NULL && i < psk->id_count; i++)
		free(psk->ids[i]);
	free(psk->ids);
	free(psk->pairs);
	free(psk->singles);
	free(psk->name);
	ike_psk_key_free(psk->key);
	free(psk);
}

static int parse_ids(struct ike_psk *psk, const struct ike_conf_psk *conf, struct gh_error *err)
{
	for (unsigned i = 0; i < conf->id_count; i++) {
		struct ike_ident *id = ike_ident_parse(conf->ids[i]);

		if (id == NULL)
			return gh_error_set(err, -EINVAL, conf->name,
			    "\"%s\" is not an identity: give an address, a domain name, "
			    "user@domain or keyid:HEX",
			    conf->ids[i]);
		psk->ids[i] = ike_ident_key(id);
		free(id);
		if (psk->ids[i] == NULL)
			return gh_error_set(err, -ENOMEM, conf->name, "out of memory");
	}
	return 0;
}

static struct ike_psk *psk_new(const struct ike_conf_psk *conf)
{
	unsigned n = conf->id_count;
	struct ike_psk *psk = calloc(1, sizeof(*psk));

	if (psk == NULL)
		return NULL;
	psk->id_count = n;
	psk->pair_count = n * (n - (n > 0)) / 2;
	psk->name = strdup(conf->name);
	psk->key = ike_psk_key_new(conf->secret, conf->secret_len);
	psk->ids = calloc(n + 1, sizeof(*psk->ids));
	psk->pairs = calloc(psk->pair_count + 1, sizeof(*psk->pairs));
	psk->singles = calloc(n + 1, sizeof(*psk->singles));
	return psk;
}

static void index_ids(struct ike_psks *ps, struct ike_psk *psk)
{
	uint8_t key[PAIR_KEY_MAX];
	unsigned pair = 0;

	for (unsigned i = 0; i < psk->id_count; i++) {
		psk->singles[i].psk = psk;
		ike_index_add(
		    &ps->singles, &psk->singles[i].entry, psk->ids[i], ike_ident_size(psk->ids[i]));
		for (unsigned j = i + 1; j < psk->id_count; j++, pair++) {
			psk->pairs[pair].psk = psk;
			ike_index_add(&ps->pairs, &psk->pairs[pair].entry, key,
			    pair_key(psk->ids[i], psk->ids[j], key));
		}
	}
}

static void index_solo(struct ike_psks *ps, struct ike_psk *psk)
{
	psk->solo.psk = psk;
	if (psk->id_count == 1)
		ike_index_add(
		    &ps->solo, &psk->solo.entry, psk->ids[0], ike_ident_size(psk->ids[0]));
}

static void list_if_wild(struct ike_psks *ps, struct ike_psk *psk)
{
	bool pattern = false;

	for (unsigned i = 0; i < psk->id_count; i++)
		pattern |= ike_ident_is_pattern(psk->ids[i]);
	psk->listed = pattern || psk->id_count == 0;
	if (pattern)
		LIST_INSERT_HEAD(&ps->patterns, psk, next);
	else if (psk->id_count == 0)
		LIST_INSERT_HEAD(&ps->wild, psk, next);
}

int ike_psks_set(struct ike_psks *ps, const struct ike_conf_psk *conf, struct gh_error *err)
{
	struct ike_psk *psk;
	int rc;

	if (conf->id_count > IKE_CONF_PSK_IDS)
		return gh_error_set(err, -EINVAL, conf->name,
		    "a pre-shared key takes %d identities; write another one for the rest",
		    IKE_CONF_PSK_IDS);
	if (conf->secret_len == 0)
		return gh_error_set(err, -EINVAL, conf->name, "the secret is empty");
	psk = psk_new(conf);
	if (psk == NULL || psk->name == NULL || psk->key == NULL || psk->ids == NULL ||
	    psk->pairs == NULL || psk->singles == NULL)
		abort();
	rc = parse_ids(psk, conf, err);
	if (rc < 0) {
		psk_free(ps, psk);
		return rc;
	}
	ike_psks_del(ps, conf->name);
	index_ids(ps, psk);
	index_solo(ps, psk);
	list_if_wild(ps, psk);
	HASH_ADD_KEYPTR(hh, ps->by_name, psk->name, strlen(psk->name), psk);
	return 0;
}

void ike_psks_del(struct ike_psks *ps, const char *name)
{
	struct ike_psk *psk;

	HASH_FIND_STR(ps->by_name, name, psk);
	if (psk == NULL)
		return;
	HASH_DEL(ps->by_name, psk);
	psk_free(ps, psk);
}

void ike_psks_free(struct ike_psks *ps)
{
	struct ike_psk *psk, *tmp;

	HASH_ITER (hh, ps->by_name, psk, tmp) {
		HASH_DEL(ps->by_name, psk);
		psk_free(ps, psk);
	}
}

static struct ike_psk *find_in(const struct ike_index *ix, const void *key, size_t len)
{
	struct member *m = ike_entry_of(ike_index_find(ix, key, len), struct member, entry);

	return m != NULL ? m->psk : NULL;
}

static bool lists(const struct ike_psk *psk, const struct ike_ident *id)
{
	for (unsigned i = 0; i < psk->id_count; i++) {
		if (ike_ident_fits(psk->ids[i], id))
			return true;
	}
	return false;
}

static struct ike_psk *find_pattern(
    const struct ike_psks *ps, const struct ike_ident *local, const struct ike_ident *remote)
{
	struct ike_psk *psk, *best = NULL;

	LIST_FOREACH (psk, &ps->patterns, next) {
		if (!lists(psk, remote))
			continue;
		if (lists(psk, local))
			return psk;
		best = psk;
	}
	return best;
}

static struct ike_psk *find(
    const struct ike_psks *ps, const struct ike_ident *local, const struct ike_ident *remote)
{
	uint8_t key[PAIR_KEY_MAX];
	struct ike_psk *psk;

	if ((psk = find_in(&ps->pairs, key, pair_key(local, remote, key))) != NULL)
		return psk;
	if ((psk = find_in(&ps->solo, remote, ike_ident_size(remote))) != NULL)
		return psk;
	if ((psk = find_in(&ps->singles, remote, ike_ident_size(remote))) != NULL)
		return psk;
	if ((psk = find_in(&ps->solo, local, ike_ident_size(local))) != NULL)
		return psk;
	if ((psk = find_pattern(ps, local, remote)) != NULL)
		return psk;
	return LIST_FIRST(&ps->wild);
}

struct ike_psk_key *ike_psks_find(
    const struct ike_psks *ps, const struct ike_ident *local, const struct ike_ident *remote)
{
	struct ike_ident *l = ike_ident_key(local), *r = ike_ident_key(remote);
	struct ike_psk *psk = NULL;

	if (l != NULL && r != NULL)
		psk = find(ps, l, r);
	free(l);
	free(r);
	return psk != NULL ? psk->key : NULL;
}
