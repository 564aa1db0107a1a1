/* SPDX-License-Identifier: BSD-3-Clause */
/* The choice among proposals, RFC 7296 2.7 and 3.3.6, and the answer to it. */
#include <errno.h>
#include <string.h>

#include "ctrlplane/ike/crypto/explain.h"
#include "ctrlplane/ike/crypto/proposal.h"

static bool has_type(const struct ike_proposal *p, uint8_t type)
{
	for (unsigned i = 0; i < p->count; i++)
		if (p->transforms[i].type == type)
			return true;
	return false;
}

static bool lists(const struct ike_proposal *p, const struct ike_transform *t)
{
	for (unsigned i = 0; i < p->count; i++) {
		const struct ike_transform *o = &p->transforms[i];
		if (o->type == t->type && o->id == t->id && o->key_bits == t->key_bits &&
		    !o->unusable)
			return true;
	}
	return false;
}

/* A proposal without a transform of the type offers "none" of it, where there is such a thing:
 * integrity beside an AEAD, Diffie-Hellman in ESP, and no extended sequence numbers. */
static bool offers(const struct ike_proposal *p, const struct ike_transform *t)
{
	if (lists(p, t))
		return true;
	return t->id == 0 && !has_type(p, t->type) && t->type != IKE_TRANSFORM_ENCR &&
	       t->type != IKE_TRANSFORM_PRF;
}

static const struct ike_transform none_of[] = {
    [IKE_TRANSFORM_INTEG] = {.type = IKE_TRANSFORM_INTEG},
    [IKE_TRANSFORM_DH] = {.type = IKE_TRANSFORM_DH},
    [IKE_TRANSFORM_ESN] = {.type = IKE_TRANSFORM_ESN},
};

/* The first transform of that type in our order that they offer as well; `preferred` before it. */
static const struct ike_transform *common(const struct ike_proposal *ours,
    const struct ike_proposal *theirs, uint8_t type, uint16_t preferred)
{
	const struct ike_transform *first = NULL;

	if (!has_type(ours, type))
		return offers(theirs, &none_of[type]) ? &none_of[type] : NULL;
	for (unsigned i = 0; i < ours->count; i++) {
		const struct ike_transform *t = &ours->transforms[i];
		if (t->type != type || !offers(theirs, t))
			continue;
		if (t->id == preferred)
			return t;
		if (first == NULL)
			first = t;
	}
	return first;
}

static unsigned types_of(uint8_t protocol, unsigned flags, uint8_t types[5])
{
	unsigned n = 0;

	types[n++] = IKE_TRANSFORM_ENCR;
	if (protocol == IKE_PROTO_IKE)
		types[n++] = IKE_TRANSFORM_PRF;
	types[n++] = IKE_TRANSFORM_INTEG;
	if (!(flags & IKE_SELECT_NO_DH))
		types[n++] = IKE_TRANSFORM_DH;
	if (protocol == IKE_PROTO_ESP)
		types[n++] = IKE_TRANSFORM_ESN;
	return n;
}

/* A type that we have never heard of must be answered to, and cannot: RFC 7296 3.3.6. */
static bool has_foreign_type(const struct ike_proposal *p, unsigned flags)
{
	uint8_t types[5];
	unsigned n = types_of(p->protocol, flags, types);

	for (unsigned i = 0; i < p->count; i++) {
		uint8_t t = p->transforms[i].type;
		if (memchr(types, t, n) == NULL &&
		    !(t == IKE_TRANSFORM_DH && (flags & IKE_SELECT_NO_DH)))
			return true;
	}
	return false;
}

static void set(struct ike_suite *s, const struct ike_transform *t)
{
	switch (t->type) {
	case IKE_TRANSFORM_ENCR:
		s->enc = ike_enc_by_id(t->id, t->key_bits);
		break;
	case IKE_TRANSFORM_PRF:
		s->prf = ike_prf_by_id(t->id);
		break;
	case IKE_TRANSFORM_INTEG:
		s->integ = ike_integ_by_id(t->id);
		break;
	case IKE_TRANSFORM_DH:
		s->dh = ike_dh_by_id(t->id);
		break;
	default:
		s->esn = t->id != 0;
	}
}

/* 0 and *suite, or a bit for each transform type that has nothing in common; NOT_COMPARABLE. */
#define NOT_COMPARABLE UINT32_MAX

static uint32_t match(const struct ike_proposal *ours, const struct ike_proposal *theirs,
    unsigned flags, uint16_t ke_group, struct ike_suite *suite)
{
	uint8_t types[5];
	unsigned n = types_of(ours->protocol, flags, types);
	uint32_t missing = 0;

	if (theirs->protocol != ours->protocol || theirs->unusable ||
	    has_foreign_type(theirs, flags))
		return NOT_COMPARABLE;
	*suite = (struct ike_suite){.protocol = ours->protocol, .number = theirs->number};
	for (unsigned i = 0; i < n; i++) {
		uint16_t preferred = types[i] == IKE_TRANSFORM_DH ? ke_group : UINT16_MAX;
		const struct ike_transform *t = common(ours, theirs, types[i], preferred);

		if (t != NULL)
			set(suite, t);
		else
			missing |= 1u << types[i];
	}
	return missing;
}

/* Names the pair of proposals that came closest. */
static int explain(const struct ike_proposal *ours, unsigned n_ours,
    const struct ike_sa_payload *offered, unsigned flags, struct gh_error *err)
{
	const struct ike_proposal *our = NULL, *their = NULL;
	uint32_t least = NOT_COMPARABLE;
	struct ike_suite unused;

	for (unsigned i = 0; i < n_ours; i++)
		for (unsigned k = 0; k < offered->count; k++) {
			uint32_t m = match(&ours[i], &offered->proposals[k], flags, 0, &unused);
			if (__builtin_popcount(m) >= __builtin_popcount(least))
				continue;
			least = m;
			our = &ours[i];
			their = &offered->proposals[k];
		}
	if (our != NULL)
		return ike_explain_pair(our, their, least, err);
	return ike_explain_offer(n_ours > 0 ? ours : NULL, offered, err);
}

/* The best of their proposals for one of ours: one for whose group they sent a KE, else the first.
 */
static const struct ike_proposal *best_for(const struct ike_proposal *our,
    const struct ike_sa_payload *offered, unsigned flags, uint16_t ke_group,
    struct ike_suite *suite)
{
	const struct ike_proposal *best = NULL;
	struct ike_suite found;

	for (unsigned k = 0; k < offered->count; k++) {
		bool same_group;

		if (match(our, &offered->proposals[k], flags, ke_group, &found) != 0)
			continue;
		same_group = (found.dh != NULL ? found.dh->id : 0) == ke_group;
		if (best != NULL && !same_group)
			continue;
		*suite = found;
		best = &offered->proposals[k];
		if (same_group)
			break;
	}
	return best;
}

int ike_select(const struct ike_proposal *ours, unsigned n_ours,
    const struct ike_sa_payload *offered, unsigned flags, uint16_t ke_group,
    struct ike_suite *suite, const struct ike_proposal **theirs, struct gh_error *err)
{
	for (unsigned i = 0; i < n_ours; i++) {
		const struct ike_proposal *p = best_for(&ours[i], offered, flags, ke_group, suite);
		if (p == NULL)
			continue;
		if (theirs != NULL)
			*theirs = p;
		return 0;
	}
	return explain(ours, n_ours, offered, flags, err);
}

static int bad_answer(struct gh_error *err, const char *what)
{
	return gh_error_set(
	    err, -EBADMSG, "", "the peer's answer to our proposals is wrong: %s", what);
}

static unsigned count_type(const struct ike_proposal *p, uint8_t type)
{
	unsigned n = 0;

	for (unsigned i = 0; i < p->count; i++)
		n += p->transforms[i].type == type;
	return n;
}

static const struct ike_proposal *by_number(
    const struct ike_proposal *offered, unsigned n, uint8_t number)
{
	for (unsigned i = 0; i < n; i++)
		if (offered[i].number == number)
			return &offered[i];
	return NULL;
}

int ike_check_answer(const struct ike_proposal *offered, unsigned n_offered,
    const struct ike_sa_payload *answer, unsigned flags, struct ike_suite *suite,
    struct gh_error *err)
{
	const struct ike_proposal *a = &answer->proposals[0], *o;

	if (answer->count != 1)
		return bad_answer(err, "it must hold exactly one proposal");
	o = by_number(offered, n_offered, a->number);
	if (o == NULL)
		return bad_answer(err, "its proposal has a number that we did not offer");
	if (a->protocol != o->protocol || a->spi_len != o->spi_len)
		return bad_answer(err, "its protocol or SPI size is not as offered");
	for (unsigned i = 0; i < a->count; i++)
		if (count_type(a, a->transforms[i].type) != 1)
			return bad_answer(err, "it holds several transforms of one type");
	if (match(o, a, flags, 0, suite) != 0)
		return bad_answer(err, "it holds an algorithm that we did not offer, or lacks one");
	return 0;
}

static void put(struct ike_proposal *p, uint8_t type, uint16_t id, uint16_t key_bits)
{
	p->transforms[p->count++] =
	    (struct ike_transform){.type = type, .id = id, .key_bits = key_bits};
}

void ike_suite_to_proposal(const struct ike_suite *suite, unsigned flags, struct ike_proposal *out)
{
	ike_proposal_init(out, suite->protocol, suite->number);
	put(out, IKE_TRANSFORM_ENCR, suite->enc->id, suite->enc->key_bits);
	if (suite->prf != NULL)
		put(out, IKE_TRANSFORM_PRF, suite->prf->id, 0);
	if (suite->integ != NULL)
		put(out, IKE_TRANSFORM_INTEG, suite->integ->id, 0);
	if (suite->dh != NULL && !(flags & IKE_SELECT_NO_DH))
		put(out, IKE_TRANSFORM_DH, suite->dh->id, 0);
	if (suite->protocol == IKE_PROTO_ESP)
		put(out, IKE_TRANSFORM_ESN, suite->esn, 0);
}

static void drop_groups(struct ike_proposal *p)
{
	unsigned kept = 0;

	for (unsigned i = 0; i < p->count; i++)
		if (p->transforms[i].type != IKE_TRANSFORM_DH)
			p->transforms[kept++] = p->transforms[i];
	p->count = kept;
}

void ike_offer(
    const struct ike_proposal *conf, unsigned n, unsigned flags, struct ike_proposal *out)
{
	for (unsigned i = 0; i < n; i++) {
		out[i] = conf[i];
		out[i].number = (uint8_t)(i + 1);
		if (flags & IKE_SELECT_NO_DH)
			drop_groups(&out[i]);
	}
}

const struct ike_dh_alg *ike_first_group(const struct ike_proposal *conf, unsigned n)
{
	for (unsigned i = 0; i < n; i++)
		for (unsigned k = 0; k < conf[i].count; k++) {
			const struct ike_transform *t = &conf[i].transforms[k];
			if (t->type == IKE_TRANSFORM_DH && ike_dh_by_id(t->id) != NULL)
				return ike_dh_by_id(t->id);
		}
	return NULL;
}

bool ike_group_listed(const struct ike_proposal *conf, unsigned n, uint16_t group)
{
	const struct ike_transform t = {.type = IKE_TRANSFORM_DH, .id = group};

	for (unsigned i = 0; i < n; i++)
		if (lists(&conf[i], &t))
			return true;
	return false;
}
