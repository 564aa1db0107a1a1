/* SPDX-License-Identifier: BSD-3-Clause */
/* Proposals as the operator configures them. */
#include "ctrlplane/ike/crypto/proposal.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>

void ike_proposal_init(struct ike_proposal *p, uint8_t protocol, uint8_t number)
{
	memset(p, 0, sizeof(*p));
	p->protocol = protocol;
	p->number = number;
}

static bool has(const struct ike_proposal *p, uint8_t type)
{
	for (unsigned i = 0; i < p->count; i++)
		if (p->transforms[i].type == type)
			return true;
	return false;
}

static bool holds(const struct ike_proposal *p, const struct ike_transform *t)
{
	for (unsigned i = 0; i < p->count; i++)
		if (memcmp(&p->transforms[i], t, sizeof(*t)) == 0)
			return true;
	return false;
}

static int append(
    struct ike_proposal *p, uint8_t type, uint16_t id, uint16_t key_bits, struct gh_error *err)
{
	struct ike_transform t = {.type = type, .id = id, .key_bits = key_bits};

	if (holds(p, &t))
		return 0;
	if (p->count == IKE_TRANSFORMS_MAX)
		return gh_error_set(
		    err, -EINVAL, "", "too many algorithms in one proposal: spread them over two");
	p->transforms[p->count++] = t;
	return 0;
}

/* "aead-alg x is unknown: use one of a, b, c", from one of the tables. */
#define UNKNOWN(err, leaf, word, table, count, pick)                                         \
	do {                                                                                 \
		char list_[400] = "";                                                        \
		for (unsigned i_ = 0; i_ < (count); i_++)                                    \
			if (pick)                                                            \
				append_word(list_, sizeof(list_), (table)[i_].word);         \
		return gh_error_set(                                                         \
		    err, -EINVAL, "", "%s %s is unknown: use one of %s", leaf, word, list_); \
	} while (0)

static void append_word(char *list, size_t size, const char *word)
{
	size_t used = strlen(list);

	snprintf(list + used, size - used, "%s%s", used ? ", " : "", word);
}

static int add_enc(struct ike_proposal *p, bool aead, const char *word, struct gh_error *err)
{
	const struct ike_enc_alg *enc = ike_enc_by_word(word);

	if (enc == NULL || enc->aead != aead)
		UNKNOWN(err, aead ? "aead-alg" : "enc-alg", word, ike_enc_algs, IKE_ENC_COUNT,
		    ike_enc_algs[i_].aead == aead &&
			(p->protocol == IKE_PROTO_ESP || i_ != IKE_ENC_NULL));
	if (enc->index == IKE_ENC_NULL && p->protocol != IKE_PROTO_ESP)
		return gh_error_set(err, -EINVAL, "", "enc-alg null is for esp-proposal only");
	return append(p, IKE_TRANSFORM_ENCR, enc->id, enc->key_bits, err);
}

static int add_auth(struct ike_proposal *p, const char *word, struct gh_error *err)
{
	const struct ike_integ_alg *integ = ike_integ_by_word(word);

	if (integ == NULL)
		UNKNOWN(err, "auth-alg", word, ike_integ_algs, IKE_INTEG_COUNT, true);
	return append(p, IKE_TRANSFORM_INTEG, integ->id, 0, err);
}

static int add_prf(struct ike_proposal *p, const char *word, struct gh_error *err)
{
	const struct ike_prf_alg *prf = ike_prf_by_word(word);

	if (prf == NULL)
		UNKNOWN(err, "prf-alg", word, ike_prf_algs, IKE_PRF_COUNT, true);
	if (p->protocol != IKE_PROTO_IKE)
		return gh_error_set(err, -EINVAL, "", "prf-alg is for ike-proposal only");
	return append(p, IKE_TRANSFORM_PRF, prf->id, 0, err);
}

static int add_group(struct ike_proposal *p, const char *word, struct gh_error *err)
{
	const struct ike_dh_alg *dh = ike_dh_by_word(word);

	if (strcmp(word, "none") == 0 && p->protocol == IKE_PROTO_ESP)
		return append(p, IKE_TRANSFORM_DH, 0, 0, err);
	if (dh == NULL)
		UNKNOWN(err, "dh-group", word, ike_dh_algs, IKE_DH_COUNT, true);
	return append(p, IKE_TRANSFORM_DH, dh->id, 0, err);
}

static int add_esn(struct ike_proposal *p, const char *word, struct gh_error *err)
{
	bool yes = strcmp(word, "true") == 0;

	if (p->protocol != IKE_PROTO_ESP)
		return gh_error_set(err, -EINVAL, "", "esn is for esp-proposal only");
	if (!yes && strcmp(word, "false") != 0)
		return gh_error_set(err, -EINVAL, "", "esn %s: use true or false", word);
	return append(p, IKE_TRANSFORM_ESN, yes, 0, err);
}

int ike_proposal_add(
    struct ike_proposal *p, enum ike_leaf leaf, const char *word, struct gh_error *err)
{
	switch (leaf) {
	case IKE_LEAF_AEAD_ALG:
		return add_enc(p, true, word, err);
	case IKE_LEAF_ENC_ALG:
		return add_enc(p, false, word, err);
	case IKE_LEAF_AUTH_ALG:
		return add_auth(p, word, err);
	case IKE_LEAF_PRF_ALG:
		return add_prf(p, word, err);
	case IKE_LEAF_DH_GROUP:
		return add_group(p, word, err);
	case IKE_LEAF_ESN:
		return add_esn(p, word, err);
	}
	return gh_error_set(err, -EINVAL, "", "unknown leaf of a proposal");
}

static bool is_aead(const struct ike_transform *t)
{
	const struct ike_enc_alg *enc = ike_enc_by_id(t->id, t->key_bits);

	return t->type == IKE_TRANSFORM_ENCR && enc != NULL && enc->aead;
}

static unsigned count_ciphers(const struct ike_proposal *p, bool aead)
{
	unsigned n = 0;

	for (unsigned i = 0; i < p->count; i++)
		n += p->transforms[i].type == IKE_TRANSFORM_ENCR &&
		     is_aead(&p->transforms[i]) == aead;
	return n;
}

/* RFC 7296 3.3.3 and RFC 5282 8: combined modes and others go into proposals of their own. */
static int check_ciphers(const struct ike_proposal *p, struct gh_error *err)
{
	unsigned aead = count_ciphers(p, true), plain = count_ciphers(p, false);
	bool auth = has(p, IKE_TRANSFORM_INTEG);

	if (aead == 0 && plain == 0)
		return gh_error_set(err, -EINVAL, "",
		    "the proposal has no encryption: set aead-alg, or enc-alg and auth-alg");
	if (aead > 0 && (plain > 0 || auth))
		return gh_error_set(err, -EINVAL, "",
		    "aead-alg protects integrity by itself: put enc-alg and auth-alg into another "
		    "proposal");
	if (plain > 0 && !auth)
		return gh_error_set(
		    err, -EINVAL, "", "enc-alg needs an auth-alg beside it, e.g. hmac-sha256");
	return 0;
}

static int default_prf(struct ike_proposal *p, struct gh_error *err)
{
	unsigned n = p->count;
	int rc = 0;

	if (has(p, IKE_TRANSFORM_PRF))
		return 0;
	if (!has(p, IKE_TRANSFORM_INTEG))
		return add_prf(p, "hmac-sha256", err);
	for (unsigned i = 0; i < n && rc == 0; i++)
		if (p->transforms[i].type == IKE_TRANSFORM_INTEG)
			rc = add_prf(p, ike_integ_by_id(p->transforms[i].id)->word, err);
	return rc;
}

/* The order of types on the wire is free; a fixed one makes comparing captures easier. Stable:
 * within a type the operator's order is kept. */
static void sort_by_type(struct ike_proposal *p)
{
	for (unsigned i = 1; i < p->count; i++) {
		struct ike_transform t = p->transforms[i];
		unsigned k = i;

		for (; k > 0 && p->transforms[k - 1].type > t.type; k--)
			p->transforms[k] = p->transforms[k - 1];
		p->transforms[k] = t;
	}
}

int ike_proposal_complete(struct ike_proposal *p, struct gh_error *err)
{
	int rc = check_ciphers(p, err);

	if (rc == 0 && p->protocol == IKE_PROTO_IKE) {
		if (!has(p, IKE_TRANSFORM_DH))
			return gh_error_set(
			    err, -EINVAL, "", "an ike-proposal needs a dh-group, e.g. curve25519");
		rc = default_prf(p, err);
	} else if (rc == 0 && !has(p, IKE_TRANSFORM_ESN)) {
		rc = add_esn(p, "false", err);
	}
	sort_by_type(p);
	return rc;
}
