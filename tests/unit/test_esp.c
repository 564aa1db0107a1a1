/* SPDX-License-Identifier: BSD-3-Clause */
/* ESP there and back: every transform and size, tampering, headers, hostile packets. */
#include <rte_ip.h>
#include <stdlib.h>
#include <string.h>

#include "dataplane/ipsec/esp_crypto.h"
#include "dataplane/ipsec/esp_header.h"
#include "dataplane/ipsec/ipsec.h"
#include "ipsec_rig.h"
#include "unit.h"

#define PAIRS (10 + 16)

struct pair {
	enum gh_dp_alg enc, auth;
};

static struct pair pair_at(unsigned i)
{
	if (i < 10)
		return (struct pair){GH_DP_AEAD_AES128_GCM_8 + i, GH_DP_ALG_NONE};
	i -= 10;
	return (struct pair){GH_DP_ENC_NULL + i / 4, GH_DP_AUTH_HMAC_SHA1 + i % 4};
}

/* Both ends of a tunnel in slot `index`; out of it may come 10.0.0.0/8 -> 10.0.0.0/8. */
static void make_tunnel(uint32_t index, struct pair p, uint16_t flags)
{
	struct gh_dp_sa out = rig_sa(GH_DP_OUT, index, p.enc, p.auth, flags);
	struct gh_dp_sa in = rig_sa(GH_DP_IN, index, p.enc, p.auth, flags);
	struct gh_dp_policy policy =
	    rig_policy(index + 1, GH_DP_IN, index, "10.0.0.0/8", "10.0.0.0/8");

	rig_set_sa(&out);
	rig_set_sa(&in);
	rig_set_policy(&policy);
}

static struct rte_mbuf *copy_of(const struct rte_mbuf *m)
{
	struct rte_mbuf *c = rte_pktmbuf_alloc(rig_pool);

	memcpy(rte_pktmbuf_append(c, m->data_len), rte_pktmbuf_mtod(m, void *), m->data_len);
	return c;
}

static bool round_trip(uint32_t index, uint16_t len)
{
	struct rte_mbuf *m = rig_packet("10.0.0.1", "10.1.0.1", len), *before = copy_of(m);
	uint32_t sa = 0;
	bool ok;

	ok = rig_encrypt(m, index) == GH_ESP_OK && rig_decrypt(m, &sa) == GH_ESP_OK &&
	     sa == index && m->data_len == len && m->pkt_len == len &&
	     memcmp(rte_pktmbuf_mtod(m, void *), rte_pktmbuf_mtod(before, void *), len) == 0;
	rte_pktmbuf_free(m);
	rte_pktmbuf_free(before);
	return ok;
}

/* Transforms x ESN x UDP; the AEADs at every size, the others at sizes about their blocks. */
static void test_round_trips(void)
{
	unsigned failed = 0;

	rig_start();
	for (unsigned i = 0; i < PAIRS; i++) {
		for (unsigned f = 0; f < 4; f++) {
			uint32_t index = i * 4 + f;

			make_tunnel(index, pair_at(i), (uint16_t)f);
			for (uint16_t len = 20; len <= 1500; len = (uint16_t)(len + (i % 5 + 1)))
				failed += !round_trip(index, len);
		}
	}
	CU_ASSERT_EQUAL(failed, 0);
	rig_stop();
}

/* Bursts whose packets are of different SAs, transforms and sizes. */
static void test_mixed_bursts(void)
{
	unsigned failed = 0;

	rig_start();
	for (unsigned i = 0; i < PAIRS; i++)
		make_tunnel(i, pair_at(i), GH_DP_SA_ESN);
	for (unsigned round = 0; round < 200; round++) {
		struct rte_mbuf *m[GH_ESP_BURST], *before[GH_ESP_BURST];
		uint32_t sa[GH_ESP_BURST], out[GH_ESP_BURST];
		uint8_t v[GH_ESP_BURST];
		uint16_t n = (uint16_t)(1 + rig_random() % GH_ESP_BURST);

		for (uint16_t i = 0; i < n; i++) {
			m[i] = rig_packet(
			    "10.0.0.1", "10.1.0.1", (uint16_t)(20 + rig_random() % 1480));
			before[i] = copy_of(m[i]);
			sa[i] = (uint32_t)(rig_random() % PAIRS);
		}
		gh_esp_encrypt(rig_worker, m, sa, n, v);
		for (uint16_t i = 0; i < n; i++)
			failed += v[i] != GH_ESP_OK;
		gh_esp_decrypt(rig_worker, m, n, out, v);
		for (uint16_t i = 0; i < n; i++) {
			failed += v[i] != GH_ESP_OK || out[i] != sa[i] ||
				  m[i]->data_len != before[i]->data_len ||
				  memcmp(rte_pktmbuf_mtod(m[i], void *),
				      rte_pktmbuf_mtod(before[i], void *), m[i]->data_len) != 0;
			rte_pktmbuf_free(m[i]);
			rte_pktmbuf_free(before[i]);
		}
	}
	CU_ASSERT_EQUAL(failed, 0);
	CU_ASSERT_EQUAL(rte_mempool_in_use_count(rig_pool), 0);
	rig_stop();
}

/* No byte of the ESP packet may change unnoticed. */
static void tamper(struct pair p)
{
	struct rte_mbuf *m, *good;
	unsigned passed = 0;

	rig_start();
	make_tunnel(0, p, GH_DP_SA_ESN);
	good = rig_packet("10.0.0.1", "10.1.0.1", 90);
	CU_ASSERT_EQUAL(rig_encrypt(good, 0), GH_ESP_OK);
	for (uint16_t at = 20; at < good->data_len; at++) {
		m = copy_of(good);
		*rte_pktmbuf_mtod_offset(m, uint8_t *, at) ^= (uint8_t)(1 << (at % 8));
		passed += rig_decrypt(m, NULL) == GH_ESP_OK;
		rte_pktmbuf_free(m);
	}
	CU_ASSERT_EQUAL(passed, 0);
	CU_ASSERT_EQUAL(gh_sa.dir[GH_DP_IN].line[0].seq, 0); /* the window did not move */
	m = copy_of(good);
	CU_ASSERT_EQUAL(rig_decrypt(m, NULL), GH_ESP_OK);
	rte_pktmbuf_free(m);
	CU_ASSERT_EQUAL(rig_decrypt(good, NULL), GH_ESP_IN_REPLAYED);
	rte_pktmbuf_free(good);
	rig_stop();
}

static void test_tampering(void)
{
	for (unsigned i = 0; i < PAIRS; i += 3)
		tamper(pair_at(i));
}

/* Truncated at every length, and with lengths that lie. */
static void test_truncated(void)
{
	struct rte_mbuf *m, *good;
	struct rte_ipv4_hdr *ip;
	unsigned passed = 0;

	rig_start();
	make_tunnel(0, pair_at(2), GH_DP_SA_UDP_ENCAP);
	good = rig_packet("10.0.0.1", "10.1.0.1", 90);
	CU_ASSERT_EQUAL(rig_encrypt(good, 0), GH_ESP_OK);
	for (uint16_t len = 0; len < good->data_len; len++) {
		m = copy_of(good);
		rte_pktmbuf_trim(m, (uint16_t)(m->data_len - len));
		passed += rig_decrypt(m, NULL) == GH_ESP_OK;
		rte_pktmbuf_free(m);
		if (len < 20)
			continue;
		m = copy_of(good);
		ip = rte_pktmbuf_mtod(m, struct rte_ipv4_hdr *);
		ip->total_length = rte_cpu_to_be_16(len);
		passed += rig_decrypt(m, NULL) == GH_ESP_OK;
		rte_pktmbuf_free(m);
	}
	CU_ASSERT_EQUAL(passed, 0);
	/* Bytes of Ethernet padding behind the packet do not matter. */
	rte_pktmbuf_append(good, 17);
	CU_ASSERT_EQUAL(rig_decrypt(good, NULL), GH_ESP_OK);
	CU_ASSERT_EQUAL(good->data_len, 90);
	rte_pktmbuf_free(good);
	rig_stop();
}

/* A packet that its SA's key vouches for, with any text: the inner packet, padding, trailer. */
static enum gh_esp_verdict authentic(const uint8_t *text, uint16_t len, uint16_t *out_len)
{
	static uint32_t seq;
	struct rte_mbuf *m = rig_packet("192.0.2.1", "192.0.2.2", (uint16_t)(20 + 16 + len + 16));
	struct rte_ipv4_hdr *ip = rte_pktmbuf_mtod(m, struct rte_ipv4_hdr *);
	const struct gh_sa_line *l = &gh_sa.dir[GH_DP_IN].line[0];
	uint8_t *esp = (uint8_t *)(ip + 1);
	uint32_t wire = rte_cpu_to_be_32(++seq);
	struct gh_esp_op op = {
	    .text = esp + 16,
	    .text_len = len,
	    .aad_len = 8,
	    .alg = l->alg,
	    .key = gh_sa_key(&gh_sa.dir[GH_DP_IN], 0),
	};
	enum gh_esp_verdict v;

	ip->next_proto_id = IPPROTO_ESP;
	memcpy(esp, &l->spi, 4);
	memcpy(esp + 4, &wire, 4);
	memcpy(op.aad, esp, 8);
	memcpy(op.iv, l->salt, 4);
	memcpy(op.iv + 4, esp + 8, 8);
	memcpy(esp + 16, text, len);
	gh_esp_seal(rig_worker, &op, 1);
	v = rig_decrypt(m, NULL);
	*out_len = m->data_len;
	rte_pktmbuf_free(m);
	return v;
}

/* A peer with the right key is not trusted either. */
static void test_authentic_but_wrong(void)
{
	struct rte_mbuf *m = rig_packet("10.0.0.1", "10.1.0.1", 40);
	uint8_t good[44], text[44];
	uint16_t len;

	rig_start();
	make_tunnel(0, pair_at(2), 0);
	memcpy(good, rte_pktmbuf_mtod(m, void *), 40);
	memcpy(good + 40, (uint8_t[]){1, 2, 2, IPPROTO_IPIP}, 4);
	CU_ASSERT_EQUAL(authentic(good, 44, &len), GH_ESP_OK);
	CU_ASSERT_EQUAL(len, 40);
#define WITH(at, value, want)                                     \
	do {                                                      \
		memcpy(text, good, 44);                           \
		text[at] = (value);                               \
		CU_ASSERT_EQUAL(authentic(text, 44, &len), want); \
	} while (0)
	WITH(40, 9, GH_ESP_IN_PADDING);
	WITH(41, 0, GH_ESP_IN_PADDING);
	WITH(42, 255, GH_ESP_IN_PADDING);
	WITH(42, 43, GH_ESP_IN_PADDING);
	WITH(43, IPPROTO_NONE, GH_ESP_IN_DUMMY);
	WITH(43, IPPROTO_IPV6, GH_ESP_IN_NEXT_HEADER);
	WITH(43, IPPROTO_UDP, GH_ESP_IN_NEXT_HEADER);
	WITH(0, 0x65, GH_ESP_IN_INNER);
	WITH(0, 0x44, GH_ESP_IN_INNER);
	WITH(3, 41, GH_ESP_IN_INNER); /* longer than what came */
	WITH(3, 44, GH_ESP_IN_INNER);
	WITH(3, 19, GH_ESP_IN_INNER); /* shorter than its header */
	WITH(3, 39, GH_ESP_OK);	      /* TFC padding behind it, RFC 4303 2.7 */
	CU_ASSERT_EQUAL(len, 39);
#undef WITH
	CU_ASSERT_EQUAL(authentic(good + 40, 4, &len), GH_ESP_IN_INNER);
	rte_pktmbuf_free(m);
	rig_stop();
}

/* Any bytes at all: nothing but a verdict may come of them. */
static void test_garbage(void)
{
	unsigned passed = 0;

	rig_start();
	for (unsigned i = 0; i < PAIRS; i++)
		make_tunnel(i, pair_at(i), (uint16_t)(i % 4));
	for (unsigned i = 0; i < 20000; i++) {
		uint16_t len = (uint16_t)(20 + rig_random() % 120);
		struct rte_mbuf *m = rig_packet("192.0.2.1", "192.0.2.2", len);
		uint8_t *p = rte_pktmbuf_mtod(m, uint8_t *);
		uint32_t spi = rte_cpu_to_be_32(rig_spi(i % PAIRS));

		p[9] = i % 2 ? IPPROTO_UDP : IPPROTO_ESP;
		if (len >= 40) {
			p[24] = 0;
			p[25] = (uint8_t)(len - 20);
			memcpy(p + (i % 2 ? 28 : 20), &spi, 4);
		}
		if (i % 7 == 0)
			p[rig_random() % 20] ^= (uint8_t)rig_random();
		passed += rig_decrypt(m, NULL) == GH_ESP_OK;
		rte_pktmbuf_free(m);
	}
	CU_ASSERT_EQUAL(passed, 0);
	rig_stop();
}

static void with_df(struct rte_mbuf *m, uint8_t tos, bool df)
{
	struct rte_ipv4_hdr *ip = rte_pktmbuf_mtod(m, struct rte_ipv4_hdr *);

	ip->type_of_service = tos;
	ip->fragment_offset = df ? RTE_BE16(RTE_IPV4_HDR_DF_FLAG) : 0;
	ip->hdr_checksum = 0;
	ip->hdr_checksum = rte_ipv4_cksum(ip);
}

static void check_outer(uint16_t flags, uint8_t tos, bool df, uint8_t want_tos, bool want_df)
{
	struct rte_mbuf *m = rig_packet("10.0.0.1", "10.1.0.1", 100);
	struct gh_dp_sa sa = rig_sa(GH_DP_OUT, 0, GH_DP_AEAD_AES128_GCM_16, 0, flags);
	const struct rte_ipv4_hdr *ip;

	rig_set_sa(&sa);
	with_df(m, tos, df);
	CU_ASSERT_EQUAL(rig_encrypt(m, 0), GH_ESP_OK);
	ip = rte_pktmbuf_mtod(m, const struct rte_ipv4_hdr *);
	CU_ASSERT(rig_ip_checksum_ok(ip));
	CU_ASSERT_EQUAL(ip->type_of_service, want_tos);
	CU_ASSERT_EQUAL(ip->fragment_offset, want_df ? RTE_BE16(RTE_IPV4_HDR_DF_FLAG) : 0);
	CU_ASSERT_EQUAL(ip->time_to_live, 64);
	CU_ASSERT_EQUAL(ip->src_addr, rig_addr("192.0.2.1"));
	CU_ASSERT_EQUAL(ip->dst_addr, rig_addr("192.0.2.2"));
	rte_pktmbuf_free(m);
}

static void test_outer_header(void)
{
	rig_start();
	check_outer(0, 0xb9, true, 0x01, false);
	check_outer(GH_DP_SA_COPY_DSCP, 0xba, true, 0xba, false);
	check_outer(GH_DP_SA_DF_SET, 0x02, false, 0x02, true);
	check_outer(GH_DP_SA_DF_COPY, 0x03, false, 0x03, false);
	check_outer(GH_DP_SA_DF_COPY, 0x00, true, 0x00, true);
	rig_stop();
}

/* RFC 6040 figure 4; 9: dropped. */
static void test_ecn(void)
{
	static const uint8_t want[4][4] = {
	    /* outer: Not-ECT, ECT(1), ECT(0), CE; inner: */
	    {0, 0, 0, 9}, /* Not-ECT */
	    {1, 1, 1, 3}, /* ECT(1) */
	    {2, 1, 2, 3}, /* ECT(0) */
	    {3, 3, 3, 3}, /* CE */
	};

	rig_start();
	make_tunnel(0, pair_at(2), 0);
	for (uint8_t in = 0; in < 4; in++) {
		for (uint8_t out = 0; out < 4; out++) {
			struct rte_mbuf *m = rig_packet("10.0.0.1", "10.1.0.1", 60);
			const struct rte_ipv4_hdr *ip;
			enum gh_esp_verdict v;

			with_df(m, (uint8_t)(0x60 | in), false);
			CU_ASSERT_EQUAL(rig_encrypt(m, 0), GH_ESP_OK);
			gh_ip4_set_tos(rte_pktmbuf_mtod(m, struct rte_ipv4_hdr *), out);
			CU_ASSERT(rig_ip_checksum_ok(rte_pktmbuf_mtod(m, void *)));
			v = rig_decrypt(m, NULL);
			CU_ASSERT_EQUAL(v, want[in][out] == 9 ? GH_ESP_IN_ECN : GH_ESP_OK);
			ip = rte_pktmbuf_mtod(m, const struct rte_ipv4_hdr *);
			if (v == GH_ESP_OK) {
				CU_ASSERT_EQUAL(ip->type_of_service, 0x60 | want[in][out]);
				CU_ASSERT(rig_ip_checksum_ok(ip));
			}
			rte_pktmbuf_free(m);
		}
	}
	rig_stop();
}

/* Packets that we cannot take are refused unchanged, and cost no sequence number. */
static void test_no_room(void)
{
	struct rte_mbuf *m;

	rig_start();
	make_tunnel(0, pair_at(2), 0);
	m = rig_packet("10.0.0.1", "10.1.0.1", 100);
	rte_pktmbuf_prepend(m, (uint16_t)(rte_pktmbuf_headroom(m) - 30));
	memmove(rte_pktmbuf_mtod(m, void *),
	    rte_pktmbuf_mtod_offset(m, void *, RTE_PKTMBUF_HEADROOM - 30), 100);
	CU_ASSERT_EQUAL(rig_encrypt(m, 0), GH_ESP_OUT_HEADROOM);
	rte_pktmbuf_free(m);
	m = rig_packet("10.0.0.1", "10.1.0.1", (uint16_t)(RTE_MBUF_DEFAULT_DATAROOM - 10));
	CU_ASSERT_EQUAL(rig_encrypt(m, 0), GH_ESP_OUT_TAILROOM);
	rte_pktmbuf_free(m);
	m = rig_packet("10.0.0.1", "10.1.0.1", 100);
	rte_pktmbuf_trim(m, 1);
	CU_ASSERT_EQUAL(rig_encrypt(m, 0), GH_ESP_OUT_LENGTH);
	*rte_pktmbuf_mtod(m, uint8_t *) = 0x65;
	CU_ASSERT_EQUAL(rig_encrypt(m, 0), GH_ESP_OUT_FAMILY);
	rte_pktmbuf_free(m);
	CU_ASSERT_EQUAL(gh_sa.dir[GH_DP_OUT].line[0].seq, 0);
	CU_ASSERT_EQUAL(gh_sa.dir[GH_DP_OUT].line[0].packets, 0);
	CU_ASSERT_EQUAL(gh_sa.dir[GH_DP_OUT].errors[0].other, 4);
	rig_stop();
}

/* gh_sa_max_inner() promises neither a byte too many nor one too few. */
static void test_overhead(void)
{
	unsigned wrong = 0;

	rig_start();
	for (unsigned i = 0; i < PAIRS; i++) {
		make_tunnel(0, pair_at(i), i % 2 ? GH_DP_SA_UDP_ENCAP : 0);
		for (uint32_t mtu = 1280; mtu < 1300; mtu++) {
			uint16_t max = (uint16_t)gh_sa_max_inner(0, mtu);
			struct rte_mbuf *fits = rig_packet("10.0.0.1", "10.1.0.1", max);
			struct rte_mbuf *over = rig_packet("10.0.0.1", "10.1.0.1", max + 1);

			wrong += rig_encrypt(fits, 0) != GH_ESP_OK || fits->data_len > mtu;
			wrong += rig_encrypt(over, 0) != GH_ESP_OK || over->data_len <= mtu;
			rte_pktmbuf_free(fits);
			rte_pktmbuf_free(over);
		}
	}
	CU_ASSERT_EQUAL(wrong, 0);
	CU_ASSERT_EQUAL(gh_sa_max_inner(0, 40), 0);
	CU_ASSERT_EQUAL(gh_sa_max_inner(77, 1500), 0);
	rig_stop();
}

static const struct unit_test tests[] = {
    UNIT_TEST(test_round_trips),
    UNIT_TEST(test_mixed_bursts),
    UNIT_TEST(test_tampering),
    UNIT_TEST(test_truncated),
    UNIT_TEST(test_authentic_but_wrong),
    UNIT_TEST(test_garbage),
    UNIT_TEST(test_outer_header),
    UNIT_TEST(test_ecn),
    UNIT_TEST(test_no_room),
    UNIT_TEST(test_overhead),
};

int main(int argc, char **argv)
{
	rig_eal(argv[0], 64);
	return unit_main("esp", tests, sizeof(tests) / sizeof(tests[0]));
}
