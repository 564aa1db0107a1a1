/* SPDX-License-Identifier: BSD-3-Clause */
#include "ctrlplane/ike/crypto/sk.h"

#include <errno.h>
#include <string.h>

#include "common/secret.h"
#include "ctrlplane/ike/crypto/context.h"

#define CBC_BLOCK 16
#define SKF_HEADER_LEN 4

void ike_sk_init(
    struct ike_sk *sk, const struct ike_suite *suite, const struct ike_keys *keys, bool initiator)
{
	*sk = (struct ike_sk){.enc = suite->enc, .integ = suite->integ};
	memcpy(sk->enc_key, initiator ? keys->ei : keys->er, suite->enc->key_len);
	if (suite->integ != NULL)
		memcpy(sk->integ_key, initiator ? keys->ai : keys->ar, suite->integ->key_len);
}

void ike_sk_wipe(struct ike_sk *sk)
{
	gh_wipe(sk, sizeof(*sk));
}

void ike_sk_skip(struct ike_sk *sk)
{
	sk->iv += 1ULL << 32;
}

static size_t icv_len(const struct ike_sk *sk)
{
	return sk->enc->aead ? sk->enc->icv_len : sk->integ->icv_len;
}

/* Pad Length included; an AEAD pads nothing (RFC 5282 3, RFC 7634 3). */
static size_t padded_len(const struct ike_sk *sk, size_t len)
{
	return sk->enc->aead ? len + 1 : (len + CBC_BLOCK) / CBC_BLOCK * CBC_BLOCK;
}

static size_t size_with(const struct ike_sk *sk, size_t extra, size_t len)
{
	return IKE_HEADER_LEN + IKE_GENERIC_LEN + extra + sk->enc->iv_len + padded_len(sk, len) +
	       icv_len(sk);
}

size_t ike_sk_size(const struct ike_sk *sk, size_t chain_len)
{
	return size_with(sk, 0, chain_len);
}

/* Where the parts of a sealed message lie. */
struct layout {
	uint8_t *start; /* of the message */
	uint8_t *iv;	/* what is before it is the AAD (RFC 5282 5.1, RFC 7383 2.5) */
	uint8_t *text;
	size_t text_len; /* with padding */
	uint8_t *icv;
};

static struct layout layout_of(const struct ike_sk *sk, uint8_t *start, uint8_t *iv, uint8_t *end)
{
	struct layout l = {.start = start, .iv = iv, .text = iv + sk->enc->iv_len};

	l.icv = end - icv_len(sk);
	l.text_len = (size_t)(l.icv - l.text);
	return l;
}

/* AEAD nonce: salt, then the IV as sent (RFC 5282 4, RFC 7634 2). */
static void nonce_of(const struct ike_sk *sk, const uint8_t *iv, uint8_t nonce[12])
{
	memcpy(nonce, sk->enc_key + sk->enc->key_len - sk->enc->salt_len, sk->enc->salt_len);
	memcpy(nonce + sk->enc->salt_len, iv, sk->enc->iv_len);
}

static int aead_seal(const struct ike_sk *sk, const struct layout *l)
{
	EVP_CIPHER_CTX *c = ike_cipher_context(sk->enc, true);
	uint8_t nonce[12];
	int n;

	nonce_of(sk, l->iv, nonce);
	if (c == NULL || EVP_EncryptInit_ex2(c, NULL, sk->enc_key, nonce, NULL) != 1 ||
	    EVP_EncryptUpdate(c, NULL, &n, l->start, (int)(l->iv - l->start)) != 1 ||
	    EVP_EncryptUpdate(c, l->text, &n, l->text, (int)l->text_len) != 1 ||
	    EVP_EncryptFinal_ex(c, l->text + n, &n) != 1 ||
	    EVP_CIPHER_CTX_ctrl(c, EVP_CTRL_AEAD_GET_TAG, sk->enc->icv_len, l->icv) != 1)
		return -EIO;
	return 0;
}

static int aead_open(const struct ike_sk *sk, const struct layout *l)
{
	EVP_CIPHER_CTX *c = ike_cipher_context(sk->enc, false);
	uint8_t nonce[12];
	int n;

	nonce_of(sk, l->iv, nonce);
	if (c == NULL || EVP_DecryptInit_ex2(c, NULL, sk->enc_key, nonce, NULL) != 1 ||
	    EVP_CIPHER_CTX_ctrl(c, EVP_CTRL_AEAD_SET_TAG, sk->enc->icv_len, l->icv) != 1 ||
	    EVP_DecryptUpdate(c, NULL, &n, l->start, (int)(l->iv - l->start)) != 1 ||
	    EVP_DecryptUpdate(c, l->text, &n, l->text, (int)l->text_len) != 1)
		return -EIO;
	return EVP_DecryptFinal_ex(c, l->text + n, &n) == 1 ? 0 : -EACCES;
}

/* The MAC of everything before the ICV, truncated; RFC 7296 3.14. */
static int mac_of(const struct ike_sk *sk, const struct layout *l, uint8_t out[IKE_PRF_MAX])
{
	EVP_MAC_CTX *mac = ike_hmac_context(sk->integ->digest);
	size_t len;

	if (mac == NULL || EVP_MAC_init(mac, sk->integ_key, sk->integ->key_len, NULL) != 1 ||
	    EVP_MAC_update(mac, l->start, (size_t)(l->icv - l->start)) != 1 ||
	    EVP_MAC_final(mac, out, &len, IKE_PRF_MAX) != 1)
		return -EIO;
	return 0;
}

static int cbc_seal(const struct ike_sk *sk, const struct layout *l)
{
	EVP_CIPHER_CTX *c = ike_cipher_context(sk->enc, true);
	uint8_t mac[IKE_PRF_MAX];
	int n;

	if (c == NULL || EVP_EncryptInit_ex2(c, NULL, sk->enc_key, l->iv, NULL) != 1 ||
	    EVP_EncryptUpdate(c, l->text, &n, l->text, (int)l->text_len) != 1 ||
	    mac_of(sk, l, mac) < 0)
		return -EIO;
	memcpy(l->icv, mac, sk->integ->icv_len);
	return 0;
}

static int cbc_open(const struct ike_sk *sk, const struct layout *l)
{
	EVP_CIPHER_CTX *c = ike_cipher_context(sk->enc, false);
	uint8_t mac[IKE_PRF_MAX];
	int n;

	if (c == NULL || mac_of(sk, l, mac) < 0)
		return -EIO;
	if (!gh_equal_ct(mac, l->icv, sk->integ->icv_len))
		return -EACCES;
	if (EVP_DecryptInit_ex2(c, NULL, sk->enc_key, l->iv, NULL) != 1 ||
	    EVP_DecryptUpdate(c, l->text, &n, l->text, (int)l->text_len) != 1)
		return -EIO;
	return 0;
}

/* An AEAD's IV counts, so that it cannot repeat; CBC's must not be predictable. */
static void fill_iv(struct ike_sk *sk, uint8_t *iv)
{
	struct gh_writer w = gh_writer(iv, sk->enc->iv_len);

	if (sk->enc->aead)
		gh_put_u64(&w, sk->iv++);
	else
		gh_random(iv, sk->enc->iv_len);
}

/* Header and generic header(s) are written; the rest follows. */
static ssize_t seal(struct ike_sk *sk, struct gh_writer *w, struct ike_bytes text)
{
	size_t padded = padded_len(sk, text.len), padding = padded - text.len - 1;
	uint8_t *iv = gh_put_room(w, sk->enc->iv_len);
	struct layout l;
	int rc;

	gh_put(w, text.data, text.len);
	for (size_t i = 0; i < padding; i++)
		gh_put_u8(w, 0);
	gh_put_u8(w, (uint8_t)padding);
	gh_put_room(w, icv_len(sk));
	if (!w->ok)
		return -EMSGSIZE;
	fill_iv(sk, iv);
	l = layout_of(sk, w->start, iv, w->at);
	rc = sk->enc->aead ? aead_seal(sk, &l) : cbc_seal(sk, &l);
	return rc < 0 ? rc : (ssize_t)gh_written(w);
}

static void put_headers(
    struct gh_writer *w, const struct ike_header *hdr, uint8_t type, uint8_t inner, size_t total)
{
	struct ike_header h = *hdr;

	h.next = type;
	h.length = (uint32_t)total;
	ike_header_put(w, &h);
	gh_put_u8(w, inner);
	gh_put_u8(w, 0);
	gh_put_u16(w, (uint16_t)(total - IKE_HEADER_LEN));
}

ssize_t ike_sk_seal(struct ike_sk *sk, const struct ike_header *hdr, uint8_t first,
    struct ike_bytes chain, uint8_t *out, size_t size)
{
	size_t total = ike_sk_size(sk, chain.len);
	struct gh_writer w = gh_writer(out, size);

	if (total > size || total > IKE_MESSAGE_MAX)
		return -EMSGSIZE;
	put_headers(&w, hdr, IKE_PAYLOAD_SK, first, total);
	return seal(sk, &w, chain);
}

unsigned ike_skf_plan(const struct ike_sk *sk, size_t chain_len, size_t max, size_t *chunk)
{
	size_t room, n;

	if (max > IKE_MESSAGE_MAX)
		max = IKE_MESSAGE_MAX;
	for (room = max; room > 0 && size_with(sk, SKF_HEADER_LEN, room) > max;)
		room--;
	if (room == 0)
		return 0;
	*chunk = room;
	n = chain_len == 0 ? 1 : (chain_len + room - 1) / room;
	return n > UINT16_MAX ? 0 : (unsigned)n;
}

/* The inner type goes into the first fragment only, RFC 7383 2.5. */
ssize_t ike_skf_seal(struct ike_sk *sk, const struct ike_header *hdr, uint8_t first,
    uint16_t number, uint16_t total, struct ike_bytes part, uint8_t *out, size_t size)
{
	size_t len = size_with(sk, SKF_HEADER_LEN, part.len);
	struct gh_writer w = gh_writer(out, size);

	if (len > size || len > IKE_MESSAGE_MAX)
		return -EMSGSIZE;
	put_headers(&w, hdr, IKE_PAYLOAD_SKF, number == 1 ? first : IKE_PAYLOAD_NONE, len);
	gh_put_u16(&w, number);
	gh_put_u16(&w, total);
	return seal(sk, &w, part);
}

static int not_authentic(struct gh_error *err, const char *why)
{
	return gh_error_set(err, -EACCES, "", "an encrypted IKE message is dropped: %s", why);
}

static bool text_len_fits(const struct ike_sk *sk, size_t len)
{
	return len > 0 && (sk->enc->aead || len % CBC_BLOCK == 0);
}

/* Decrypts what follows `skip` bytes of the last payload's body; *text is without padding. */
static int open_last(const struct ike_sk *sk, uint8_t *datagram, const struct ike_message *msg,
    size_t skip, struct ike_bytes *text, struct gh_error *err)
{
	struct ike_bytes body = msg->payloads[msg->count - 1].body;
	uint8_t *iv = datagram + (body.data - msg->raw.data) + skip;
	struct layout l;
	size_t pad;
	int rc;

	if (body.len < skip + sk->enc->iv_len + 1u + icv_len(sk))
		return not_authentic(err, "it is too short");
	l = layout_of(sk, datagram, iv, datagram + msg->raw.len);
	if (!text_len_fits(sk, l.text_len))
		return not_authentic(err, "its length does not fit the cipher");
	rc = sk->enc->aead ? aead_open(sk, &l) : cbc_open(sk, &l);
	if (rc == -EACCES)
		return not_authentic(err, "its integrity check fails");
	if (rc < 0)
		return gh_error_set(err, rc, "", "OpenSSL cannot decrypt an IKE message");
	pad = l.text[l.text_len - 1];
	if (pad + 1 > l.text_len)
		return gh_error_set(err, -EBADMSG, "", "malformed IKE message: padding too long");
	*text = ike_bytes(l.text, l.text_len - 1 - pad);
	return 0;
}

static bool ends_with(const struct ike_message *msg, uint8_t type)
{
	return !msg->opened && msg->count > 0 && msg->payloads[msg->count - 1].type == type;
}

int ike_sk_open(
    const struct ike_sk *sk, uint8_t *datagram, struct ike_message *msg, struct gh_error *err)
{
	struct ike_bytes text;
	int rc;

	if (!ends_with(msg, IKE_PAYLOAD_SK))
		return not_authentic(err, "it has no SK payload");
	rc = open_last(sk, datagram, msg, 0, &text, err);
	if (rc < 0)
		return rc;
	return ike_chain_parse(msg->payloads[msg->count - 1].next, text, msg, err);
}

int ike_skf_open(const struct ike_sk *sk, uint8_t *datagram, const struct ike_message *msg,
    struct ike_skf *skf, struct ike_bytes *part, struct gh_error *err)
{
	int rc;

	if (!ends_with(msg, IKE_PAYLOAD_SKF))
		return not_authentic(err, "it has no SKF payload");
	rc = ike_parse_skf(msg->payloads[msg->count - 1].body, skf, NULL);
	if (rc < 0)
		return not_authentic(err, "its fragment header is malformed");
	return open_last(sk, datagram, msg, SKF_HEADER_LEN, part, err);
}
