/* SPDX-License-Identifier: BSD-3-Clause */
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>

#include "tests/fuzz/ike_wire_all.h"
#include "tests/unit/unit.h"

#define LIT(s) ike_bytes(s, sizeof(s) - 1)
#define SAMPLE_MAX 4096

static const struct ike_header init_header = {
    .spi_i = 0x1122334455667788,
    .exchange = IKE_EXCHANGE_IKE_SA_INIT,
    .flags = IKE_FLAG_INITIATOR,
};

static const struct ike_proposal seed_proposal = {
    .number = 1,
    .protocol = IKE_PROTO_IKE,
    .count = 3,
    .transforms = {{.type = IKE_TRANSFORM_ENCR, .id = 19, .key_bits = 128},
	{.type = IKE_TRANSFORM_PRF, .id = 2}, {.type = IKE_TRANSFORM_DH, .id = 2}},
};

static struct ike_proposal esp_proposal(void)
{
	struct ike_proposal p = {.number = 2,
	    .protocol = IKE_PROTO_ESP,
	    .count = 2,
	    .transforms = {{.type = IKE_TRANSFORM_ENCR, .id = 20, .key_bits = 128},
		{.type = IKE_TRANSFORM_ESN, .id = 1}}};

	ike_proposal_set_spi32(&p, 0xc0ffee01);
	return p;
}

static struct ike_ts_list sample_ts(void)
{
	struct ike_ts_list l = {.count = 2};
	struct gh_prefix p;

	gh_prefix_parse("172.16.0.0/24", &p);
	l.ts[0] = ike_ts_from_prefix(&p, 0, 0, 65535);
	gh_prefix_parse("2001:db8::/32", &p);
	l.ts[1] = ike_ts_from_prefix(&p, IPPROTO_TCP, 80, 443);
	return l;
}

static const uint8_t public_value[128] = {9, 8, 7, [127] = 1};
static const uint8_t nonce[IKE_NONCE_LEN] = {1, 2, 3, [31] = 32};

static void put_init(struct ike_builder *b)
{
	ike_put_sa(b, &seed_proposal, 1);
	ike_put_ke(b, 2, ike_bytes(public_value, sizeof(public_value)));
	ike_put_nonce(b, ike_bytes(nonce, sizeof(nonce)));
	ike_put_status(b, IKE_N_NAT_DETECTION_SOURCE_IP, LIT("01234567890123456789"));
	ike_put_status(b, IKE_N_IKEV2_FRAGMENTATION_SUPPORTED, (struct ike_bytes){0});
	ike_put_vendor(b, LIT("gatehouse"));
}

static void put_auth(struct ike_builder *b)
{
	const struct ike_id idi = {IKE_ID_FQDN, LIT("ucpe1.example.com")};
	const struct ike_id idr = {IKE_ID_IPV4, LIT("\xfa\x00\x00\x02")};
	const struct ike_cert cert = {IKE_CERT_X509_SIGNATURE, LIT("not really a certificate")};
	const struct ike_auth auth = {IKE_METHOD_PSK, LIT("abcdefghijklmnopqrst")};
	const struct ike_cp cp = {.type = IKE_CFG_REQUEST,
	    .count = 2,
	    .attrs = {{IKE_CFG_IP4_ADDRESS, {0}}, {IKE_CFG_IP4_DNS, LIT("\x08\x08\x08\x08")}}};
	const struct ike_proposal esp = esp_proposal();
	const struct ike_ts_list ts = sample_ts();
	const uint32_t spis[] = {0xa0000001, 0xa0000002};

	ike_put_id(b, IKE_PAYLOAD_IDi, &idi);
	ike_put_cert(b, IKE_PAYLOAD_CERT, &cert);
	ike_put_cert(b, IKE_PAYLOAD_CERTREQ, &cert);
	ike_put_id(b, IKE_PAYLOAD_IDr, &idr);
	ike_put_auth(b, &auth);
	ike_put_cp(b, &cp);
	ike_put_sa(b, &esp, 1);
	ike_put_ts(b, IKE_PAYLOAD_TSi, &ts);
	ike_put_ts(b, IKE_PAYLOAD_TSr, &ts);
	ike_put_status(b, IKE_N_MOBIKE_SUPPORTED, (struct ike_bytes){0});
	ike_put_notify_esp(b, IKE_N_REKEY_SA, 0xdeadbeef, (struct ike_bytes){0});
	ike_put_delete_esp(b, spis, 2);
	ike_put_eap(b, LIT("\x02\x07\x00\x09\x01hell"));
}

/* The samples as whole messages, the second one as if it were unprotected. */
static size_t sample(unsigned which, uint8_t buf[SAMPLE_MAX])
{
	struct ike_header h = init_header;
	struct ike_builder b;
	ssize_t len;

	h.exchange = which == 0 ? IKE_EXCHANGE_IKE_SA_INIT : IKE_EXCHANGE_IKE_AUTH;
	h.id = which;
	ike_begin_message(&b, buf, SAMPLE_MAX, &h);
	if (which == 0)
		put_init(&b);
	else if (which == 1)
		put_auth(&b);
	else {
		ike_begin_payload(&b, IKE_PAYLOAD_SKF);
		gh_put(&b.w, "\0\2\0\3sealed bytes", 16);
		ike_end_payload(&b);
	}
	len = ike_finish(&b);
	if (len < 0)
		abort();
	return (size_t)len;
}

#define SAMPLES 3

static void set_length(uint8_t *msg, size_t len)
{
	struct gh_writer w = gh_writer(msg, len);

	gh_put_room(&w, len);
	gh_patch_be(&w, 24, len, 4);
}

static void header_round_trip(void)
{
	uint8_t buf[SAMPLE_MAX];
	size_t len = sample(0, buf);
	struct ike_header h;
	struct gh_error err;

	CU_ASSERT_EQUAL(ike_header_parse(ike_bytes(buf, len), &h, &err), 0);
	CU_ASSERT_EQUAL(h.spi_i, init_header.spi_i);
	CU_ASSERT_EQUAL(h.spi_r, 0);
	CU_ASSERT_EQUAL(h.version, IKE_VERSION);
	CU_ASSERT_EQUAL(h.exchange, IKE_EXCHANGE_IKE_SA_INIT);
	CU_ASSERT_EQUAL(h.next, IKE_PAYLOAD_SA);
	CU_ASSERT_EQUAL(h.length, len);
	CU_ASSERT_EQUAL(buf[0], 0x11);
	CU_ASSERT_EQUAL(ike_header_parse(ike_bytes(buf, len - 1), &h, &err), -EBADMSG);
	CU_ASSERT_EQUAL(ike_header_parse(ike_bytes(buf, 27), &h, &err), -EBADMSG);
	buf[17] = 0x10;
	CU_ASSERT_EQUAL(ike_header_parse(ike_bytes(buf, len), &h, &err), -EPROTONOSUPPORT);
	CU_ASSERT_PTR_NOT_NULL(strstr(err.message, "version 1.0"));
	buf[17] = 0x21; /* a higher minor version is ours to accept, RFC 7296 2.5 */
	CU_ASSERT_EQUAL(ike_header_parse(ike_bytes(buf, len), &h, &err), 0);
}

static const struct ike_payload *only(const struct ike_message *msg, uint8_t type)
{
	const struct ike_payload *p = ike_find(msg, type);

	CU_ASSERT_PTR_NOT_NULL_FATAL(p);
	return p;
}

static bool same(struct ike_bytes a, struct ike_bytes b)
{
	return a.len == b.len && memcmp(a.data, b.data, a.len) == 0;
}

static void init_round_trip(void)
{
	uint8_t buf[SAMPLE_MAX];
	struct ike_message msg;
	struct ike_sa_payload sa;
	struct ike_ke ke;
	struct ike_bytes no;
	struct ike_notify n;
	char text[256];

	CU_ASSERT_EQUAL_FATAL(ike_message_parse(ike_bytes(buf, sample(0, buf)), &msg, NULL), 0);
	CU_ASSERT_EQUAL(msg.count, 6);
	CU_ASSERT_EQUAL(ike_parse_sa(only(&msg, IKE_PAYLOAD_SA)->body, &sa, NULL), 0);
	CU_ASSERT_EQUAL(sa.count, 1);
	CU_ASSERT_EQUAL(memcmp(&sa.proposals[0].transforms, &seed_proposal.transforms,
			    3 * sizeof(struct ike_transform)),
	    0);
	CU_ASSERT_EQUAL(sa.proposals[0].count, 3);
	CU_ASSERT_EQUAL(sa.proposals[0].protocol, IKE_PROTO_IKE);
	CU_ASSERT_EQUAL(ike_parse_ke(only(&msg, IKE_PAYLOAD_KE)->body, &ke, NULL), 0);
	CU_ASSERT_EQUAL(ke.group, 2);
	CU_ASSERT_TRUE(same(ke.data, ike_bytes(public_value, sizeof(public_value))));
	CU_ASSERT_EQUAL(ike_parse_nonce(only(&msg, IKE_PAYLOAD_NONCE)->body, &no, NULL), 0);
	CU_ASSERT_TRUE(same(no, ike_bytes(nonce, sizeof(nonce))));
	CU_ASSERT_TRUE(ike_find_notify(&msg, IKE_N_NAT_DETECTION_SOURCE_IP, &n));
	CU_ASSERT_TRUE(same(n.data, LIT("01234567890123456789")));
	CU_ASSERT_FALSE(ike_find_notify(&msg, IKE_N_COOKIE, &n));
	CU_ASSERT_FALSE(ike_find_error(&msg, &n));
	CU_ASSERT_STRING_EQUAL(ike_message_str(&msg, text, sizeof(text)),
	    "IKE_SA_INIT request 0 [ SA KE No N(NATD_S_IP) N(FRAG_SUP) V ]");
	CU_ASSERT_STRING_EQUAL(ike_message_str(&msg, text, 24), "IKE_SA_INIT request ...");
}

static void sa_and_selectors_round_trip(const struct ike_message *msg)
{
	struct ike_ts_list ts, want = sample_ts();
	struct ike_sa_payload sa;

	CU_ASSERT_EQUAL(ike_parse_sa(only(msg, IKE_PAYLOAD_SA)->body, &sa, NULL), 0);
	CU_ASSERT_EQUAL(ike_proposal_spi32(&sa.proposals[0]), 0xc0ffee01);
	CU_ASSERT_EQUAL(ike_proposal_spi64(&sa.proposals[0]), 0);
	CU_ASSERT_EQUAL(sa.proposals[0].number, 2);
	CU_ASSERT_EQUAL(ike_parse_ts(only(msg, IKE_PAYLOAD_TSr)->body, &ts, NULL), 0);
	CU_ASSERT_EQUAL(ts.count, 2);
	CU_ASSERT_TRUE(ike_ts_equal(&ts.ts[0], &want.ts[0]));
	CU_ASSERT_TRUE(ike_ts_equal(&ts.ts[1], &want.ts[1]));
}

static void ids_round_trip(const struct ike_message *msg)
{
	uint8_t body[IKE_ID_BODY_MAX];
	struct ike_id id;
	struct ike_auth auth;
	ssize_t len;

	CU_ASSERT_EQUAL(ike_parse_id(only(msg, IKE_PAYLOAD_IDi)->body, &id, NULL), 0);
	CU_ASSERT_EQUAL(id.type, IKE_ID_FQDN);
	CU_ASSERT_TRUE(same(id.data, LIT("ucpe1.example.com")));
	len = ike_id_body(&id, body, sizeof(body));
	CU_ASSERT_TRUE(same(ike_bytes(body, (size_t)len), only(msg, IKE_PAYLOAD_IDi)->body));
	CU_ASSERT_EQUAL(ike_id_body(&id, body, (size_t)len - 1), -EMSGSIZE);
	CU_ASSERT_EQUAL(ike_parse_auth(only(msg, IKE_PAYLOAD_AUTH)->body, &auth, NULL), 0);
	CU_ASSERT_EQUAL(auth.method, IKE_METHOD_PSK);
	CU_ASSERT_TRUE(same(auth.data, LIT("abcdefghijklmnopqrst")));
}

static void auth_round_trip(void)
{
	uint8_t buf[SAMPLE_MAX];
	struct ike_message msg;
	struct ike_cert cert;
	struct ike_cp cp;
	struct ike_eap eap;
	struct ike_delete d;
	struct ike_notify n;

	CU_ASSERT_EQUAL_FATAL(ike_message_parse(ike_bytes(buf, sample(1, buf)), &msg, NULL), 0);
	sa_and_selectors_round_trip(&msg);
	ids_round_trip(&msg);
	CU_ASSERT_EQUAL(ike_parse_cert(only(&msg, IKE_PAYLOAD_CERTREQ)->body, &cert, NULL), 0);
	CU_ASSERT_EQUAL(cert.encoding, IKE_CERT_X509_SIGNATURE);
	CU_ASSERT_EQUAL(ike_parse_cp(only(&msg, IKE_PAYLOAD_CP)->body, &cp, NULL), 0);
	CU_ASSERT_EQUAL(cp.count, 2);
	CU_ASSERT_TRUE(same(cp.attrs[1].value, LIT("\x08\x08\x08\x08")));
	CU_ASSERT_EQUAL(ike_parse_eap(only(&msg, IKE_PAYLOAD_EAP)->body, &eap, NULL), 0);
	CU_ASSERT_EQUAL(eap.identifier, 7);
	CU_ASSERT_EQUAL(ike_parse_delete(only(&msg, IKE_PAYLOAD_DELETE)->body, &d, NULL), 0);
	CU_ASSERT_EQUAL(ike_delete_spi(&d, 1), 0xa0000002);
	CU_ASSERT_EQUAL(ike_delete_spi(&d, 2), 0);
	CU_ASSERT_TRUE(ike_find_notify(&msg, IKE_N_REKEY_SA, &n));
	CU_ASSERT_TRUE(same(n.spi, LIT("\xde\xad\xbe\xef")));
	CU_ASSERT_EQUAL(n.protocol, IKE_PROTO_ESP);
}

static void chains_print_like_messages(void)
{
	struct ike_header h = {
	    .exchange = IKE_EXCHANGE_IKE_AUTH, .id = 1, .flags = IKE_FLAG_RESPONSE};
	uint8_t buf[SAMPLE_MAX];
	struct ike_builder b;
	char text[256];
	ssize_t len;

	ike_begin_chain(&b, buf, sizeof(buf));
	ike_put_status(&b, IKE_N_NO_PROPOSAL_CHOSEN, (struct ike_bytes){0});
	ike_put_status(&b, 40000, (struct ike_bytes){0});
	ike_put_delete_ike(&b);
	len = ike_finish(&b);
	CU_ASSERT_STRING_EQUAL(
	    ike_chain_str(&h, b.first, ike_bytes(buf, (size_t)len), text, sizeof(text)),
	    "IKE_AUTH response 1 [ SK { N(NO_PROPOSAL_CHOSEN) N(40000) D(IKE) } ]");
	ike_begin_chain(&b, buf, sizeof(buf));
	CU_ASSERT_EQUAL(ike_finish(&b), 0);
	h.exchange = IKE_EXCHANGE_INFORMATIONAL;
	CU_ASSERT_STRING_EQUAL(ike_chain_str(&h, b.first, ike_bytes(buf, 0), text, sizeof(text)),
	    "INFORMATIONAL response 1 [ SK { } ]");
}

/* One payload of an unknown type in the middle, with or without the critical bit. */
static void critical_bit_decides(void)
{
	uint8_t buf[256];
	struct ike_message msg;
	struct ike_builder b;
	struct gh_error err;
	size_t at, len;

	ike_begin_message(&b, buf, sizeof(buf), &init_header);
	ike_put_nonce(&b, ike_bytes(nonce, sizeof(nonce)));
	at = gh_written(&b.w);
	ike_begin_payload(&b, 200);
	gh_put_u32(&b.w, 7);
	ike_end_payload(&b);
	ike_put_vendor(&b, LIT("after"));
	len = (size_t)ike_finish(&b);
	CU_ASSERT_EQUAL(ike_message_parse(ike_bytes(buf, len), &msg, &err), 0);
	CU_ASSERT_EQUAL(msg.count, 2);
	buf[at + 1] = 0x80;
	CU_ASSERT_EQUAL(ike_message_parse(ike_bytes(buf, len), &msg, &err), -EOPNOTSUPP);
	CU_ASSERT_EQUAL(msg.unsupported, 200);
	/* known payloads may say critical; it means nothing, RFC 7296 2.5 */
	buf[at + 1] = 0;
	buf[IKE_HEADER_LEN + 1] = 0x80;
	CU_ASSERT_EQUAL(ike_message_parse(ike_bytes(buf, len), &msg, &err), 0);
	/* a broken chain is the greater evil: the peer would be told the wrong thing */
	buf[at + 1] = 0x80;
	buf[len - 6] = 0xff;
	CU_ASSERT_EQUAL(ike_message_parse(ike_bytes(buf, len), &msg, &err), -EBADMSG);
}

static void bytes_after_the_chain_are_refused(void)
{
	uint8_t buf[SAMPLE_MAX];
	struct ike_message msg;

	for (unsigned s = 0; s < SAMPLES; s++) {
		size_t len = sample(s, buf);

		buf[len] = 0;
		set_length(buf, len + 1);
		CU_ASSERT_EQUAL(ike_message_parse(ike_bytes(buf, len + 1), &msg, NULL), -EBADMSG);
	}
}

static void numbers_of_payloads_are_limited(void)
{
	static uint8_t buf[SAMPLE_MAX];
	struct ike_message msg;
	struct ike_builder b;
	size_t len;

	for (unsigned n = IKE_PAYLOADS_MAX; n <= IKE_PAYLOADS_MAX + 1; n++) {
		ike_begin_message(&b, buf, sizeof(buf), &init_header);
		for (unsigned i = 0; i < n; i++)
			ike_put_status(&b, IKE_N_INITIAL_CONTACT, (struct ike_bytes){0});
		len = (size_t)ike_finish(&b);
		CU_ASSERT_EQUAL(ike_message_parse(ike_bytes(buf, len), &msg, NULL),
		    n > IKE_PAYLOADS_MAX ? -EBADMSG : 0);
	}
}

static void many_proposals_and_transforms_are_tolerated(void)
{
	static struct ike_proposal p[IKE_PROPOSALS_MAX + 3];
	static struct ike_sa_payload sa;
	static uint8_t buf[16384];
	struct ike_builder b;
	size_t len;

	for (unsigned i = 0; i < IKE_PROPOSALS_MAX + 3; i++) {
		p[i] = seed_proposal;
		p[i].number = (uint8_t)(i + 1);
	}
	ike_begin_chain(&b, buf, sizeof(buf));
	ike_put_sa(&b, p, IKE_PROPOSALS_MAX + 3);
	len = (size_t)ike_finish(&b);
	CU_ASSERT_EQUAL(ike_parse_sa(ike_bytes(buf + 4, len - 4), &sa, NULL), 0);
	CU_ASSERT_EQUAL(sa.count, IKE_PROPOSALS_MAX);
	CU_ASSERT_EQUAL(sa.proposals[31].number, 32);
	/* the last one is read to the end even though it is not kept */
	buf[len - 5] ^= 0x40;
	CU_ASSERT_EQUAL(ike_parse_sa(ike_bytes(buf + 4, len - 4), &sa, NULL), -EBADMSG);
}

static void unknown_attributes_make_a_transform_unusable(void)
{
	static const uint8_t body[] = {0, 0, 0, 30, 1, 1, 0, 2, /* proposal 1, IKE, 2 transforms */
	    3, 0, 0, 14, 1, 0, 0, 12, 0x00, 99, 0, 2, 5, 5,	/* a TLV attribute, type 99 */
	    0, 0, 0, 8, 2, 0, 0, 5};
	struct ike_sa_payload sa;
	uint8_t cut[sizeof(body)];

	CU_ASSERT_EQUAL_FATAL(ike_parse_sa(ike_bytes(body, sizeof(body)), &sa, NULL), 0);
	CU_ASSERT_EQUAL(sa.proposals[0].count, 2);
	CU_ASSERT_EQUAL(sa.proposals[0].transforms[0].unusable, 1);
	CU_ASSERT_EQUAL(sa.proposals[0].transforms[1].unusable, 0);
	memcpy(cut, body, sizeof(body));
	cut[19] = 3; /* the attribute claims a byte more than there is */
	CU_ASSERT_EQUAL(ike_parse_sa(ike_bytes(cut, sizeof(cut)), &sa, NULL), -EBADMSG);
	memcpy(cut, body, sizeof(body));
	cut[7] = 3; /* one transform more than there are */
	CU_ASSERT_EQUAL(ike_parse_sa(ike_bytes(cut, sizeof(cut)), &sa, NULL), -EBADMSG);
}

static void an_empty_proposal_parses(void)
{
	static const uint8_t body[] = {0, 0, 0, 12, 1, 3, 4, 0, 1, 2, 3, 4};
	struct ike_sa_payload sa;

	CU_ASSERT_EQUAL(ike_parse_sa(ike_bytes(body, sizeof(body)), &sa, NULL), 0);
	CU_ASSERT_EQUAL(sa.proposals[0].count, 0);
	CU_ASSERT_EQUAL(ike_proposal_spi32(&sa.proposals[0]), 0x01020304);
}

/* Bodies that must be refused, each by one parser. */
static void malformed_bodies_are_refused(void)
{
	struct ike_bytes no;
	struct ike_id id;
	struct ike_delete d;
	struct ike_ts_list ts;
	struct ike_skf skf;
	struct ike_eap eap;
	struct gh_error err;

	CU_ASSERT_EQUAL(ike_parse_nonce(LIT("fifteen bytes.."), &no, &err), -EBADMSG);
	CU_ASSERT_EQUAL(ike_parse_id(LIT("\1\0\0\0abc"), &id, &err), -EBADMSG);
	CU_ASSERT_EQUAL(ike_parse_id(LIT("\2\0\0\0"), &id, &err), -EBADMSG);
	CU_ASSERT_EQUAL(ike_parse_delete(LIT("\3\4\0\2abcdefg"), &d, &err), -EBADMSG);
	CU_ASSERT_EQUAL(ike_parse_delete(LIT("\1\4\0\1abcd"), &d, &err), -EBADMSG);
	CU_ASSERT_EQUAL(ike_parse_ts(LIT("\0\0\0\0"), &ts, &err), -EBADMSG);
	CU_ASSERT_EQUAL(
	    ike_parse_ts(LIT("\1\0\0\0\7\0\0\20\0\0\xff\xff\12\0\0\2\12\0\0\1"), &ts, &err),
	    -EBADMSG);
	CU_ASSERT_EQUAL(
	    ike_parse_ts(LIT("\1\0\0\0\7\0\0\20\0\5\0\4\12\0\0\1\12\0\0\1"), &ts, &err), -EBADMSG);
	CU_ASSERT_EQUAL(
	    ike_parse_ts(LIT("\1\0\0\0\7\0\0\20\xff\xff\0\0\12\0\0\1\12\0\0\1"), &ts, &err), 0);
	CU_ASSERT_EQUAL(ike_parse_ts(LIT("\1\0\0\0\11\0\0\14\0\0\0\0abcd"), &ts, &err), 0);
	CU_ASSERT_EQUAL(ts.count, 0);
	CU_ASSERT_EQUAL(ike_parse_skf(LIT("\0\0\0\1x"), &skf, &err), -EBADMSG);
	CU_ASSERT_EQUAL(ike_parse_skf(LIT("\0\2\0\1x"), &skf, &err), -EBADMSG);
	CU_ASSERT_EQUAL(ike_parse_eap(LIT("\1\1\0\5"), &eap, &err), -EBADMSG);
}

/* In a buffer of exactly its size, so that a sanitizer sees every byte read beyond. */
static void read_exact(const uint8_t *data, size_t len)
{
	uint8_t *copy = malloc(len > 0 ? len : 1);

	CU_ASSERT_PTR_NOT_NULL_FATAL(copy);
	memcpy(copy, data, len);
	ike_wire_read_all(copy, len);
	free(copy);
}

static void truncation_at_every_byte_is_refused(void)
{
	uint8_t buf[SAMPLE_MAX];
	struct ike_message msg;

	for (unsigned s = 0; s < SAMPLES; s++) {
		size_t len = sample(s, buf);
		for (size_t cut = 0; cut < len; cut++) {
			CU_ASSERT_EQUAL_FATAL(
			    ike_message_parse(ike_bytes(buf, cut), &msg, NULL), -EBADMSG);
			read_exact(buf, cut);
			if (cut < IKE_HEADER_LEN)
				continue;
			set_length(buf, cut);
			CU_ASSERT_EQUAL_FATAL(
			    ike_message_parse(ike_bytes(buf, cut), &msg, NULL), -EBADMSG);
			read_exact(buf, cut);
			set_length(buf, len);
		}
	}
}

/* Truncates each payload's body with the lengths above it set right. */
static void truncated_bodies_never_overrun(void)
{
	uint8_t buf[SAMPLE_MAX];
	struct ike_message msg, inner;

	for (unsigned s = 0; s < SAMPLES; s++) {
		CU_ASSERT_EQUAL_FATAL(
		    ike_message_parse(ike_bytes(buf, sample(s, buf)), &msg, NULL), 0);
		for (unsigned i = 0; i < msg.count; i++)
			for (size_t cut = 0; cut <= msg.payloads[i].body.len; cut++) {
				uint8_t *body = malloc(cut + 1);
				memcpy(body + 1, msg.payloads[i].body.data, cut);
				inner = (struct ike_message){.hdr = msg.hdr, .count = 1};
				inner.payloads[0] = msg.payloads[i];
				inner.payloads[0].body = ike_bytes(body + 1, cut);
				read_payloads(&inner);
				free(body);
			}
	}
}

static uint32_t seed = 1;

static uint32_t rnd(uint32_t below)
{
	seed = seed * 1664525 + 1013904223;
	return (uint32_t)(((uint64_t)(seed >> 4) * below) >> 28);
}

static void mutations_never_overrun(void)
{
	uint8_t buf[SAMPLE_MAX];

	for (unsigned round = 0; round < 60000; round++) {
		size_t len = sample(round % SAMPLES, buf);
		for (unsigned i = 1 + rnd(4); i > 0; i--)
			buf[rnd((uint32_t)len)] = rnd(3) ? (uint8_t)rnd(256) : (uint8_t)rnd(4);
		set_length(buf, len);
		read_exact(buf, len);
	}
}

static void builders_stick_when_the_buffer_is_small(void)
{
	uint8_t big[SAMPLE_MAX];
	struct ike_builder b;

	for (unsigned s = 0; s < 2; s++) {
		size_t len = sample(s, big);
		for (size_t size = 0; size < len; size++) {
			uint8_t *small = malloc(size > 0 ? size : 1);
			ike_begin_message(&b, small, size, &init_header);
			s == 0 ? put_init(&b) : put_auth(&b);
			CU_ASSERT_EQUAL_FATAL(ike_finish(&b), -EMSGSIZE);
			free(small);
		}
	}
}

static void names_and_classes(void)
{
	CU_ASSERT_STRING_EQUAL(ike_notify_name(IKE_N_COOKIE), "COOKIE");
	CU_ASSERT_STRING_EQUAL(ike_notify_name(39999), "?");
	CU_ASSERT_TRUE(ike_notify_is_error(IKE_N_NO_PROPOSAL_CHOSEN));
	CU_ASSERT_TRUE(ike_notify_is_error(8192));
	CU_ASSERT_FALSE(ike_notify_is_error(IKE_N_INITIAL_CONTACT));
	CU_ASSERT_STRING_EQUAL(ike_exchange_name(36), "CREATE_CHILD_SA");
	CU_ASSERT_STRING_EQUAL(ike_id_type_name(IKE_ID_KEY_ID), "key-id");
	CU_ASSERT_STRING_EQUAL(ike_method_name(IKE_METHOD_PSK), "pre-shared-key");
	CU_ASSERT_STRING_EQUAL(ike_protocol_name(9), "?");
	CU_ASSERT_TRUE(ike_payload_known(53));
	CU_ASSERT_FALSE(ike_payload_known(52));
}

static const struct unit_test tests[] = {
    UNIT_TEST(header_round_trip),
    UNIT_TEST(init_round_trip),
    UNIT_TEST(auth_round_trip),
    UNIT_TEST(chains_print_like_messages),
    UNIT_TEST(critical_bit_decides),
    UNIT_TEST(bytes_after_the_chain_are_refused),
    UNIT_TEST(numbers_of_payloads_are_limited),
    UNIT_TEST(many_proposals_and_transforms_are_tolerated),
    UNIT_TEST(unknown_attributes_make_a_transform_unusable),
    UNIT_TEST(an_empty_proposal_parses),
    UNIT_TEST(malformed_bodies_are_refused),
    UNIT_TEST(truncation_at_every_byte_is_refused),
    UNIT_TEST(truncated_bodies_never_overrun),
    UNIT_TEST(mutations_never_overrun),
    UNIT_TEST(builders_stick_when_the_buffer_is_small),
    UNIT_TEST(names_and_classes),
};

/* --seeds DIR writes the samples there instead, as a corpus for the fuzzer. */
static int write_seeds(const char *dir)
{
	uint8_t buf[SAMPLE_MAX];
	char path[512];

	for (unsigned s = 0; s < SAMPLES; s++) {
		size_t len = sample(s, buf);
		FILE *f;

		snprintf(path, sizeof(path), "%s/sample%u", dir, s);
		f = fopen(path, "wb");
		if (f == NULL || fwrite(buf, 1, len, f) != len || fclose(f) != 0) {
			perror(path);
			return 1;
		}
	}
	return 0;
}

int main(int argc, char **argv)
{
	if (argc == 3 && strcmp(argv[1], "--seeds") == 0)
		return write_seeds(argv[2]);
	return unit_main("ike wire", tests, sizeof(tests) / sizeof(tests[0]));
}
