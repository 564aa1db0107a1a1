/* SPDX-License-Identifier: BSD-3-Clause */
/* Proposals and suites in words. */
#include <errno.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#include "ctrlplane/ike/crypto/explain.h"

/* Algorithms that peers offer and we do not have: type, id, word. */
static const struct {
	uint8_t type;
	uint16_t id;
	const char *word;
} foreign[] = {
    {IKE_TRANSFORM_ENCR, 2, "des"},
    {IKE_TRANSFORM_ENCR, 3, "3des"},
    {IKE_TRANSFORM_ENCR, 12, "aes-cbc"},
    {IKE_TRANSFORM_ENCR, 13, "aes-ctr"},
    {IKE_TRANSFORM_ENCR, 14, "aes-ccm-64"},
    {IKE_TRANSFORM_ENCR, 15, "aes-ccm-96"},
    {IKE_TRANSFORM_ENCR, 16, "aes-ccm-128"},
    {IKE_TRANSFORM_ENCR, 18, "aes-gcm-64"},
    {IKE_TRANSFORM_ENCR, 19, "aes-gcm-96"},
    {IKE_TRANSFORM_ENCR, 20, "aes-gcm-128"},
    {IKE_TRANSFORM_ENCR, 21, "null-aes-gmac"},
    {IKE_TRANSFORM_ENCR, 23, "camellia-cbc"},
    {IKE_TRANSFORM_PRF, 1, "hmac-md5"},
    {IKE_TRANSFORM_PRF, 4, "aes128-xcbc"},
    {IKE_TRANSFORM_PRF, 8, "aes128-cmac"},
    {IKE_TRANSFORM_INTEG, 0, "none"},
    {IKE_TRANSFORM_INTEG, 1, "hmac-md5"},
    {IKE_TRANSFORM_INTEG, 5, "aes-xcbc"},
    {IKE_TRANSFORM_INTEG, 8, "aes-cmac"},
    {IKE_TRANSFORM_DH, 0, "none"},
    {IKE_TRANSFORM_DH, 1, "modp768"},
    {IKE_TRANSFORM_DH, 22, "modp1024s160"},
    {IKE_TRANSFORM_DH, 23, "modp2048s224"},
    {IKE_TRANSFORM_DH, 24, "modp2048s256"},
    {IKE_TRANSFORM_DH, 25, "ecp192"},
    {IKE_TRANSFORM_DH, 26, "ecp224"},
    {IKE_TRANSFORM_DH, 28, "brainpool256"},
    {IKE_TRANSFORM_DH, 29, "brainpool384"},
    {IKE_TRANSFORM_DH, 30, "brainpool512"},
    {IKE_TRANSFORM_DH, 32, "curve448"},
    {IKE_TRANSFORM_DH, 35, "ml-kem-512"},
    {IKE_TRANSFORM_DH, 36, "ml-kem-768"},
    {IKE_TRANSFORM_DH, 37, "ml-kem-1024"},
    {IKE_TRANSFORM_ESN, 0, "no-esn"},
    {IKE_TRANSFORM_ESN, 1, "esn"},
};

#define WORD_MAX 32

static const char *known_word(const struct ike_transform *t)
{
	const struct ike_enc_alg *enc;

	switch (t->type) {
	case IKE_TRANSFORM_ENCR:
		enc = ike_enc_by_id(t->id, t->key_bits);
		return enc != NULL ? enc->word : NULL;
	case IKE_TRANSFORM_PRF:
		return ike_prf_by_id(t->id) != NULL ? ike_prf_by_id(t->id)->word : NULL;
	case IKE_TRANSFORM_INTEG:
		return ike_integ_by_id(t->id) != NULL ? ike_integ_by_id(t->id)->word : NULL;
	case IKE_TRANSFORM_DH:
		return ike_dh_by_id(t->id) != NULL ? ike_dh_by_id(t->id)->word : NULL;
	default:
		return NULL;
	}
}

static void word_of(const struct ike_transform *t, char out[WORD_MAX])
{
	const char *word = known_word(t);

	for (unsigned i = 0; word == NULL && i < sizeof(foreign) / sizeof(foreign[0]); i++)
		if (foreign[i].type == t->type && foreign[i].id == t->id)
			word = foreign[i].word;
	if (word == NULL)
		snprintf(out, WORD_MAX, "type %u number %u", t->type, t->id);
	else if (known_word(t) == NULL && t->key_bits != 0)
		snprintf(out, WORD_MAX, "%s/%u", word, t->key_bits);
	else
		snprintf(out, WORD_MAX, "%s", word);
}

static size_t append(char *buf, size_t size, size_t used, const char *fmt, ...)
    __attribute__((format(printf, 4, 5)));

/* Returns the new length; what does not fit ends in "...". */
static size_t append(char *buf, size_t size, size_t used, const char *fmt, ...)
{
	va_list ap;
	int n;

	if (used + 1 >= size)
		return used;
	va_start(ap, fmt);
	n = vsnprintf(buf + used, size - used, fmt, ap);
	va_end(ap);
	used += n > 0 ? (size_t)n : 0;
	if (used < size)
		return used;
	if (size > 4)
		memcpy(buf + size - 4, "...", 4);
	return size - 1;
}

/* The transforms of one type, joined by '|'; "none" if there are none. */
static size_t append_type(
    char *buf, size_t size, size_t used, const struct ike_proposal *p, uint8_t type)
{
	const char *sep = "";
	char word[WORD_MAX];

	for (unsigned i = 0; i < p->count; i++) {
		if (p->transforms[i].type != type)
			continue;
		word_of(&p->transforms[i], word);
		used = append(buf, size, used, "%s%s", sep, word);
		sep = "|";
	}
	return *sep == '\0' ? append(buf, size, used, "none") : used;
}

static bool has_type(const struct ike_proposal *p, uint8_t type)
{
	for (unsigned i = 0; i < p->count; i++)
		if (p->transforms[i].type == type)
			return true;
	return false;
}

const char *ike_proposal_str(const struct ike_proposal *p, char *buf, size_t size)
{
	size_t used = 0;

	if (size > 0)
		buf[0] = '\0';
	for (uint8_t type = IKE_TRANSFORM_ENCR; type <= IKE_TRANSFORM_ESN; type++) {
		if (!has_type(p, type))
			continue;
		used = append(buf, size, used, "%s%s", used ? ", " : "",
		    type == IKE_TRANSFORM_PRF ? "prf " : "");
		used = append_type(buf, size, used, p, type);
	}
	return buf;
}

const char *ike_suite_str(const struct ike_suite *s, char buf[IKE_SUITE_STRLEN])
{
	size_t used = append(buf, IKE_SUITE_STRLEN, 0, "%s", s->enc->word);

	if (s->integ != NULL)
		used = append(buf, IKE_SUITE_STRLEN, used, ", %s", s->integ->word);
	if (s->prf != NULL)
		used = append(buf, IKE_SUITE_STRLEN, used, ", prf %s", s->prf->word);
	if (s->dh != NULL)
		used = append(buf, IKE_SUITE_STRLEN, used, ", %s", s->dh->word);
	if (s->esn)
		append(buf, IKE_SUITE_STRLEN, used, ", esn");
	return buf;
}

static const char *type_word(uint8_t type)
{
	static const char *const words[] = {
	    "", "encryption", "prf-alg", "auth-alg", "dh-group", "esn"};

	return words[type];
}

static const char *section(uint8_t protocol)
{
	return protocol == IKE_PROTO_IKE ? "ike-proposal" : "esp-proposal";
}

int ike_explain_pair(const struct ike_proposal *ours, const struct ike_proposal *theirs,
    uint32_t missing, struct gh_error *err)
{
	char text[400] = "";
	size_t used = 0;

	for (uint8_t type = IKE_TRANSFORM_ENCR; type <= IKE_TRANSFORM_ESN; type++) {
		if (!(missing & 1u << type))
			continue;
		used = append(
		    text, sizeof(text), used, "%s%s: we have ", used ? "; " : "", type_word(type));
		used = append_type(text, sizeof(text), used, ours, type);
		used = append(text, sizeof(text), used, ", the peer offers ");
		used = append_type(text, sizeof(text), used, theirs, type);
	}
	return gh_error_set(err, -ENOENT, "", "no %s in common with the peer: %s; align one side",
	    section(ours->protocol), text);
}

int ike_explain_offer(
    const struct ike_proposal *ours, const struct ike_sa_payload *offered, struct gh_error *err)
{
	char text[300];

	if (ours == NULL)
		return gh_error_set(err, -ENOENT, "", "no proposal is configured: add one");
	if (offered->count == 0)
		return gh_error_set(
		    err, -ENOENT, "", "the peer offers no %s at all", section(ours->protocol));
	return gh_error_set(err, -ENOENT, "",
	    "no %s in common with the peer: it offers protocol %s (%s); align one side",
	    section(ours->protocol), ike_protocol_name(offered->proposals[0].protocol),
	    ike_proposal_str(&offered->proposals[0], text, sizeof(text)));
}
