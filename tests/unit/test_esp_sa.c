/* SPDX-License-Identifier: BSD-3-Clause */
/* The life of SAs: numbers, windows, limits, selectors, changes, and a dataplane that was killed.
 */
#include <errno.h>
#include <rte_ip.h>
#include <string.h>

#include "dataplane/ipsec/acquire.h"
#include "dataplane/ipsec/ipsec.h"
#include "ipsec_rig.h"
#include "unit.h"

#define TRANSFORM GH_DP_AEAD_AES128_GCM_16
#define OUT_LINE(i) (&gh_sa.dir[GH_DP_OUT].line[i])
#define IN_LINE(i) (&gh_sa.dir[GH_DP_IN].line[i])

static struct gh_dp_sa sa_out, sa_in;
static struct gh_dp_policy policy_in;

static void state_tunnel(void)
{
	rig_set_sa(&sa_out);
	rig_set_sa(&sa_in);
	rig_set_policy(&policy_in);
}

/* A tunnel in slot 1 between 10.0.0.0/8 and itself. */
static void make_tunnel(uint16_t flags, uint32_t window)
{
	sa_out = rig_sa(GH_DP_OUT, 1, TRANSFORM, 0, flags);
	sa_in = rig_sa(GH_DP_IN, 1, TRANSFORM, 0, flags);
	sa_in.replay_window = window;
	policy_in = rig_policy(1, GH_DP_IN, 1, "10.0.0.0/8", "10.0.0.0/8");
	state_tunnel();
}

static struct rte_mbuf *sealed(void)
{
	struct rte_mbuf *m = rig_packet("10.0.0.1", "10.1.0.1", 80);

	CU_ASSERT_EQUAL_FATAL(rig_encrypt(m, 1), GH_ESP_OK);
	return m;
}

static enum gh_esp_verdict opened(struct rte_mbuf *m)
{
	enum gh_esp_verdict v = rig_decrypt(m, NULL);

	rte_pktmbuf_free(m);
	return v;
}

static struct rte_mbuf *copy_of(const struct rte_mbuf *m)
{
	struct rte_mbuf *c = rte_pktmbuf_alloc(rig_pool);

	memcpy(rte_pktmbuf_append(c, m->data_len), rte_pktmbuf_mtod(m, void *), m->data_len);
	return c;
}

static uint32_t wire_seq(const struct rte_mbuf *m)
{
	uint32_t seq;

	memcpy(&seq, rte_pktmbuf_mtod_offset(m, const uint8_t *, 24), 4);
	return rte_be_to_cpu_32(seq);
}

static int set_fails(const struct gh_dp_sa *sa, const char *word)
{
	struct gh_error err = {0};
	uint32_t failed;
	int rc = gh_ipsec_sa_set(sa, 1, &failed, &err);

	CU_ASSERT_PTR_NOT_NULL(strstr(err.message, word));
	return rc;
}

static void del_tunnel(void)
{
	struct gh_error err = {0};
	uint32_t failed;

	CU_ASSERT_EQUAL(gh_ipsec_sa_del(&sa_out.id, 1, &failed, &err), 0);
	CU_ASSERT_EQUAL(gh_ipsec_sa_del(&sa_in.id, 1, &failed, &err), 0);
}

static void test_window(void)
{
	struct rte_mbuf *m[200];

	rig_start();
	make_tunnel(0, 64);
	for (unsigned i = 0; i < 200; i++)
		m[i] = sealed();
	CU_ASSERT_EQUAL(opened(copy_of(m[99])), GH_ESP_OK);
	CU_ASSERT_EQUAL(opened(copy_of(m[36])), GH_ESP_OK);
	CU_ASSERT_EQUAL(opened(copy_of(m[35])), GH_ESP_IN_TOO_OLD);
	CU_ASSERT_EQUAL(opened(copy_of(m[99])), GH_ESP_IN_REPLAYED);
	CU_ASSERT_EQUAL(opened(copy_of(m[199])), GH_ESP_OK);
	CU_ASSERT_EQUAL(opened(copy_of(m[136])), GH_ESP_OK);
	CU_ASSERT_EQUAL(opened(copy_of(m[135])), GH_ESP_IN_TOO_OLD);
	CU_ASSERT_EQUAL(IN_LINE(1)->seq, 200);
	CU_ASSERT_EQUAL(IN_LINE(1)->packets, 4);
	CU_ASSERT_EQUAL(IN_LINE(1)->bytes, 320);
	CU_ASSERT_EQUAL(gh_sa.dir[GH_DP_IN].errors[1].replayed, 1);
	CU_ASSERT_EQUAL(gh_sa.dir[GH_DP_IN].errors[1].too_old, 2);
	for (unsigned i = 0; i < 200; i++)
		rte_pktmbuf_free(m[i]);
	rig_stop();
}

/* The same packet twice in one burst passes once. */
static void test_replay_within_burst(void)
{
	struct rte_mbuf *m[2];
	uint32_t sa[2];
	uint8_t v[2];

	rig_start();
	make_tunnel(GH_DP_SA_ESN, 4096);
	m[0] = sealed();
	m[1] = copy_of(m[0]);
	gh_esp_decrypt(rig_worker, m, 2, sa, v);
	CU_ASSERT_EQUAL(v[0], GH_ESP_OK);
	CU_ASSERT_EQUAL(v[1], GH_ESP_IN_REPLAYED);
	rte_pktmbuf_free(m[0]);
	rte_pktmbuf_free(m[1]);
	rig_stop();
}

static void test_no_window(void)
{
	struct rte_mbuf *m;

	rig_start();
	make_tunnel(0, 0);
	m = sealed();
	CU_ASSERT_EQUAL(opened(copy_of(m)), GH_ESP_OK);
	CU_ASSERT_EQUAL(opened(m), GH_ESP_OK);
	rig_stop();
}

/* Over the end of the low half and back into it, in and out of order. */
static void test_esn_wrap(void)
{
	struct rte_mbuf *m[200];
	unsigned failed = 0;

	rig_start();
	make_tunnel(GH_DP_SA_ESN, 128);
	sa_out.seq = sa_in.seq = UINT32_MAX - 100;
	state_tunnel();
	for (unsigned i = 0; i < 200; i++)
		m[i] = sealed();
	CU_ASSERT_EQUAL(wire_seq(m[99]), UINT32_MAX);
	CU_ASSERT_EQUAL(wire_seq(m[100]), 0);
	for (unsigned i = 0; i < 200; i += 2) {
		failed += opened(copy_of(m[i + 1])) != GH_ESP_OK;
		failed += opened(copy_of(m[i])) != GH_ESP_OK;
	}
	CU_ASSERT_EQUAL(failed, 0);
	CU_ASSERT_EQUAL(IN_LINE(1)->seq, (uint64_t)UINT32_MAX + 100);
	for (unsigned i = 0; i < 200; i++) {
		failed += opened(m[i]) == GH_ESP_OK;
	}
	CU_ASSERT_EQUAL(failed, 0);
	rig_stop();
}

static void test_overflow_without_esn(void)
{
	struct rig_event ev[4];
	struct rte_mbuf *m;

	rig_start();
	make_tunnel(0, 64);
	sa_out.seq = UINT32_MAX - 1;
	rig_set_sa(&sa_out);
	m = sealed();
	CU_ASSERT_EQUAL(wire_seq(m), UINT32_MAX);
	rte_pktmbuf_free(m);
	m = rig_packet("10.0.0.1", "10.1.0.1", 80);
	CU_ASSERT_EQUAL(rig_encrypt(m, 1), GH_ESP_OUT_SEQ_OVERFLOW);
	CU_ASSERT_EQUAL(rig_encrypt(m, 1), GH_ESP_OUT_EXPIRED);
	CU_ASSERT_EQUAL(rig_events(ev, 4), 1);
	CU_ASSERT_EQUAL(ev[0].type, GH_DP_EVENT_SA_LIMIT);
	CU_ASSERT(
	    ev[0].limit.hard && ev[0].limit.id.index == 1 && ev[0].limit.id.spi == rig_spi(1));
	rte_pktmbuf_free(m);
	rig_stop();
}

static void test_limits(void)
{
	struct rig_event ev[4];
	struct rte_mbuf *m;

	rig_start();
	make_tunnel(0, 64);
	sa_out.soft_packets = 2;
	sa_out.hard_packets = 4;
	sa_in.soft_bytes = 160;
	sa_in.hard_bytes = 240;
	state_tunnel();
	CU_ASSERT_EQUAL(opened(sealed()), GH_ESP_OK);
	CU_ASSERT_EQUAL(opened(sealed()), GH_ESP_OK);
	CU_ASSERT_EQUAL(rig_events(ev, 4), 0);
	CU_ASSERT_EQUAL(opened(sealed()), GH_ESP_OK);
	CU_ASSERT_EQUAL(rig_events(ev, 4), 2);
	CU_ASSERT(!ev[0].limit.hard && ev[0].limit.id.dir == GH_DP_OUT);
	CU_ASSERT(!ev[1].limit.hard && ev[1].limit.id.dir == GH_DP_IN);
	CU_ASSERT_EQUAL(opened(sealed()), GH_ESP_IN_EXPIRED);
	m = rig_packet("10.0.0.1", "10.1.0.1", 80);
	CU_ASSERT_EQUAL(rig_encrypt(m, 1), GH_ESP_OUT_EXPIRED);
	CU_ASSERT_EQUAL(rig_encrypt(m, 1), GH_ESP_OUT_EXPIRED);
	CU_ASSERT_EQUAL(rig_events(ev, 4), 2); /* each once */
	CU_ASSERT(ev[0].limit.hard && ev[1].limit.hard);
	CU_ASSERT_EQUAL(OUT_LINE(1)->packets, 4);
	rte_pktmbuf_free(m);
	rig_stop();
}

/* A limit that was reached while nobody listened is announced again; a raised one ends it. */
static void test_limit_untold(void)
{
	struct rte_mbuf *m = rig_packet("10.0.0.1", "10.1.0.1", 80);
	struct rig_event ev[4];

	rig_start();
	make_tunnel(0, 64);
	sa_out.hard_packets = 1;
	rig_set_sa(&sa_out);
	rte_pktmbuf_free(sealed());
	rig_listening = false;
	CU_ASSERT_EQUAL(rig_encrypt(m, 1), GH_ESP_OUT_EXPIRED);
	CU_ASSERT_EQUAL(rig_events(ev, 4), 0);
	rig_listening = true;
	CU_ASSERT_EQUAL(rig_encrypt(m, 1), GH_ESP_OUT_EXPIRED);
	CU_ASSERT_EQUAL(rig_events(ev, 4), 1);
	CU_ASSERT(ev[0].limit.hard);
	sa_out.hard_packets = 2;
	rig_set_sa(&sa_out);
	CU_ASSERT_EQUAL(rig_encrypt(m, 1), GH_ESP_OK);
	rte_pktmbuf_free(m);
	rig_stop();
}

static enum gh_esp_verdict sent(const char *src, const char *dst, uint8_t proto, uint16_t dport)
{
	struct rte_mbuf *m = rig_packet(src, dst, 60);
	struct rte_ipv4_hdr *ip = rte_pktmbuf_mtod(m, struct rte_ipv4_hdr *);
	uint16_t wire = rte_cpu_to_be_16(dport);

	ip->next_proto_id = proto;
	memcpy((uint8_t *)(ip + 1) + 2, &wire, 2);
	CU_ASSERT_EQUAL(rig_encrypt(m, 1), GH_ESP_OK);
	return opened(m);
}

static void test_selectors(void)
{
	struct gh_dp_policy second;
	struct gh_error err = {0};
	uint32_t failed, id;

	rig_start();
	make_tunnel(0, 64);
	policy_in = rig_policy(1, GH_DP_IN, 1, "10.1.0.0/16", "10.0.0.0/24");
	rig_set_policy(&policy_in);
	CU_ASSERT_EQUAL(sent("10.0.0.1", "10.1.2.3", IPPROTO_UDP, 9), GH_ESP_OK);
	CU_ASSERT_EQUAL(sent("10.0.1.1", "10.1.2.3", IPPROTO_UDP, 9), GH_ESP_IN_SELECTOR);
	CU_ASSERT_EQUAL(sent("10.0.0.1", "10.2.2.3", IPPROTO_UDP, 9), GH_ESP_IN_SELECTOR);
	CU_ASSERT_EQUAL(gh_sa.dir[GH_DP_IN].errors[1].selector, 2);
	second = rig_policy(2, GH_DP_IN, 1, "10.2.0.0/16", "10.0.1.0/24");
	second.sel.proto = IPPROTO_TCP;
	second.sel.local_port_first = second.sel.local_port_last = 80;
	rig_set_policy(&second);
	CU_ASSERT_EQUAL(sent("10.0.0.1", "10.1.2.3", IPPROTO_UDP, 9), GH_ESP_OK);
	CU_ASSERT_EQUAL(sent("10.0.1.1", "10.2.2.3", IPPROTO_TCP, 80), GH_ESP_OK);
	CU_ASSERT_EQUAL(sent("10.0.1.1", "10.2.2.3", IPPROTO_TCP, 81), GH_ESP_IN_SELECTOR);
	CU_ASSERT_EQUAL(sent("10.0.1.1", "10.2.2.3", IPPROTO_UDP, 80), GH_ESP_IN_SELECTOR);
	CU_ASSERT_EQUAL(sent("10.0.1.1", "10.1.2.3", IPPROTO_TCP, 80), GH_ESP_IN_SELECTOR);
	id = 1;
	CU_ASSERT_EQUAL(gh_ipsec_policy_del(&id, 1, &failed, &err), 0);
	CU_ASSERT_EQUAL(sent("10.0.0.1", "10.1.2.3", IPPROTO_UDP, 9), GH_ESP_IN_SELECTOR);
	CU_ASSERT_EQUAL(sent("10.0.1.1", "10.2.2.3", IPPROTO_TCP, 80), GH_ESP_OK);
	id = 2;
	CU_ASSERT_EQUAL(gh_ipsec_policy_del(&id, 1, &failed, &err), 0);
	CU_ASSERT_EQUAL(sent("10.0.1.1", "10.2.2.3", IPPROTO_TCP, 80), GH_ESP_IN_SELECTOR);
	rig_stop();
}

/* Stating an SA again changes nothing that counts. */
static void test_idempotent(void)
{
	uint32_t generation;

	rig_start();
	make_tunnel(0, 64);
	for (unsigned i = 0; i < 5; i++)
		CU_ASSERT_EQUAL(opened(sealed()), GH_ESP_OK);
	generation = OUT_LINE(1)->generation;
	rig_set_sa(&sa_out);
	rig_set_sa(&sa_in);
	CU_ASSERT_EQUAL(OUT_LINE(1)->seq, 5);
	CU_ASSERT_EQUAL(OUT_LINE(1)->packets, 5);
	CU_ASSERT_EQUAL(OUT_LINE(1)->generation, generation);
	CU_ASSERT_EQUAL(IN_LINE(1)->seq, 5);
	CU_ASSERT_EQUAL(opened(sealed()), GH_ESP_OK); /* the selectors are still there */
	sa_out.seq = 1000;			      /* takeover */
	rig_set_sa(&sa_out);
	sa_out.seq = 10;
	rig_set_sa(&sa_out);
	CU_ASSERT_EQUAL(OUT_LINE(1)->seq, 1000);
	CU_ASSERT_EQUAL(OUT_LINE(1)->packets, 6);
	CU_ASSERT_EQUAL(opened(sealed()), GH_ESP_OK);
	rig_stop();
}

/* A raised inbound mark refuses what may have been seen elsewhere. */
static void test_inbound_mark(void)
{
	struct rte_mbuf *m[20];

	rig_start();
	make_tunnel(0, 64);
	for (unsigned i = 0; i < 20; i++)
		m[i] = sealed();
	CU_ASSERT_EQUAL(opened(m[0]), GH_ESP_OK);
	sa_in.seq = 15;
	rig_set_sa(&sa_in);
	for (unsigned i = 1; i < 15; i++)
		CU_ASSERT_EQUAL(opened(m[i]), GH_ESP_IN_REPLAYED);
	for (unsigned i = 15; i < 20; i++)
		CU_ASSERT_EQUAL(opened(m[i]), GH_ESP_OK);
	rig_stop();
}

static void test_replaced(void)
{
	struct rte_mbuf *old;

	rig_start();
	make_tunnel(0, 64);
	old = sealed();
	CU_ASSERT_EQUAL(opened(sealed()), GH_ESP_OK);
	sa_in.id.spi += GH_DP_SA_MAX;
	sa_out.id.spi += GH_DP_SA_MAX;
	sa_in.enc_key[3] ^= 1;
	sa_out.enc_key[3] ^= 1;
	rig_set_sa(&sa_in);
	rig_set_sa(&sa_out);
	CU_ASSERT_EQUAL(OUT_LINE(1)->seq, 0);
	CU_ASSERT_EQUAL(OUT_LINE(1)->packets, 0);
	CU_ASSERT_EQUAL(IN_LINE(1)->seq, 0);
	CU_ASSERT_EQUAL(opened(old), GH_ESP_IN_NO_SPI);
	/* The old SA's policies do not open the new one. */
	CU_ASSERT_EQUAL(opened(sealed()), GH_ESP_IN_SELECTOR);
	rig_set_policy(&policy_in);
	CU_ASSERT_EQUAL(opened(sealed()), GH_ESP_OK);
	rig_stop();
}

static void test_deleted(void)
{
	struct rte_mbuf *m, *late;
	const uint8_t *key;
	unsigned left = 0;

	rig_start();
	make_tunnel(0, 64);
	late = sealed();
	key = gh_sa_key(&gh_sa.dir[GH_DP_OUT], 1);
	del_tunnel();
	m = rig_packet("10.0.0.1", "10.1.0.1", 80);
	CU_ASSERT_EQUAL(rig_encrypt(m, 1), GH_ESP_OUT_NO_SA);
	rte_pktmbuf_free(m);
	CU_ASSERT_EQUAL(opened(late), GH_ESP_IN_NO_SPI);
	rig_grace();
	for (unsigned i = 0; i < GH_SA_KEY_STRIDE; i++)
		left += key[i] != 0;
	CU_ASSERT_EQUAL(left, 0);
	CU_ASSERT_EQUAL(OUT_LINE(1)->spi, 0);
	CU_ASSERT_EQUAL(IN_LINE(1)->spi, 0);
	rig_stop();
}

/* Removed and stated again before its memory was reclaimed: numbers never go back. */
static void test_deleted_and_back(void)
{
	struct rte_mbuf *m;

	rig_start();
	make_tunnel(0, 64);
	for (unsigned i = 0; i < 7; i++)
		CU_ASSERT_EQUAL(opened(sealed()), GH_ESP_OK);
	del_tunnel();
	state_tunnel();
	rig_grace(); /* what was to be reclaimed is in use again */
	m = sealed();
	CU_ASSERT_EQUAL(wire_seq(m), 8);
	CU_ASSERT_EQUAL(opened(m), GH_ESP_OK);
	rig_stop();
}

/* Removed twice: the first removal's reclaim must leave what waits for the second's. */
static void test_deleted_twice(void)
{
	rig_start();
	make_tunnel(0, 64);
	del_tunnel();
	state_tunnel();
	del_tunnel();
	rig_grace_oldest();
	CU_ASSERT_NOT_EQUAL(OUT_LINE(1)->spi, 0);
	rig_grace();
	CU_ASSERT_EQUAL(OUT_LINE(1)->spi, 0);
	rig_stop();
}

/* kill -9: the segment is all that is left, and it is enough. */
static void test_restart(void)
{
	struct rte_mbuf *seen, *unseen, *m;

	rig_start();
	make_tunnel(GH_DP_SA_ESN, 4096);
	seen = sealed();
	CU_ASSERT_EQUAL(opened(copy_of(seen)), GH_ESP_OK);
	unseen = sealed();
	for (unsigned i = 0; i < 100; i++)
		CU_ASSERT_EQUAL(opened(sealed()), GH_ESP_OK);
	rig_restart();
	CU_ASSERT_EQUAL(OUT_LINE(1)->seq, 102);
	CU_ASSERT_EQUAL(opened(copy_of(seen)), GH_ESP_IN_NO_SPI); /* no keys yet: nothing passes */
	m = rig_packet("10.0.0.1", "10.1.0.1", 80);
	CU_ASSERT_EQUAL(rig_encrypt(m, 1), GH_ESP_OUT_NO_SA);
	rte_pktmbuf_free(m);
	gh_ipsec_sync_begin();
	state_tunnel();
	gh_ipsec_sync_end();
	rig_grace();
	m = sealed();
	CU_ASSERT_EQUAL(wire_seq(m), 103);
	CU_ASSERT_EQUAL(opened(m), GH_ESP_OK);
	CU_ASSERT_EQUAL(opened(seen), GH_ESP_IN_REPLAYED);
	CU_ASSERT_EQUAL(opened(unseen), GH_ESP_OK);
	CU_ASSERT_EQUAL(IN_LINE(1)->packets, 103);
	CU_ASSERT_EQUAL(OUT_LINE(1)->packets, 103);
	rig_stop();
}

/* What nobody states after a restart is forgotten. */
static void test_restart_sweeps(void)
{
	rig_start();
	make_tunnel(0, 64);
	rig_restart();
	gh_ipsec_sync_begin();
	gh_ipsec_sync_end();
	rig_grace();
	CU_ASSERT_EQUAL(OUT_LINE(1)->spi, 0);
	CU_ASSERT_EQUAL(IN_LINE(1)->spi, 0);
	rig_stop();
}

/* MOBIKE and NAT: the peer moves, the SA goes on. */
static void test_endpoints_change(void)
{
	struct rte_mbuf *m;
	const uint8_t *p;

	rig_start();
	make_tunnel(GH_DP_SA_UDP_ENCAP, 64);
	rte_pktmbuf_free(sealed());
	CU_ASSERT_EQUAL(gh_addr_parse("203.0.113.9", &sa_out.remote.addr), 0);
	sa_out.remote.port = 40000;
	rig_set_sa(&sa_out);
	m = sealed();
	p = rte_pktmbuf_mtod(m, const uint8_t *);
	CU_ASSERT(rig_ip_checksum_ok(p));
	CU_ASSERT_EQUAL(memcmp(p + 16, sa_out.remote.addr.bytes, 4), 0);
	CU_ASSERT_EQUAL(p[20] << 8 | p[21], 4500);
	CU_ASSERT_EQUAL(p[22] << 8 | p[23], 40000);
	CU_ASSERT_EQUAL(OUT_LINE(1)->seq, 2);
	CU_ASSERT_EQUAL(opened(m), GH_ESP_OK);
	rig_stop();
}

static void test_bad_records(void)
{
	struct gh_dp_sa good, sa;

	rig_start();
	good = rig_sa(GH_DP_IN, 5, TRANSFORM, 0, 0);
	sa = good;
	sa.id.index = GH_DP_SA_MAX;
	CU_ASSERT_EQUAL(set_fails(&sa, "outside the table"), -EINVAL);
	sa = good;
	sa.id.spi++;
	CU_ASSERT_EQUAL(set_fails(&sa, "does not carry its slot"), -EINVAL);
	sa = good;
	sa.id.spi = sa.id.index = 5;
	CU_ASSERT_EQUAL(set_fails(&sa, "reserved"), -EINVAL);
	sa = good;
	sa.id.dir = 2;
	CU_ASSERT_EQUAL(set_fails(&sa, "direction"), -EINVAL);
	sa = good;
	sa.auth_alg = GH_DP_AUTH_HMAC_SHA1;
	CU_ASSERT_EQUAL(set_fails(&sa, "transforms"), -EINVAL);
	sa = good;
	sa.enc_alg = GH_DP_ENC_AES128_CBC;
	CU_ASSERT_EQUAL(set_fails(&sa, "transforms"), -EINVAL);
	sa = good;
	sa.enc_alg = 999;
	CU_ASSERT_EQUAL(set_fails(&sa, "transforms"), -EINVAL);
	sa = good;
	sa.replay_window = 4097;
	CU_ASSERT_EQUAL(set_fails(&sa, "replay window"), -EINVAL);
	sa = good;
	sa.remote.addr.family = AF_INET6;
	CU_ASSERT_EQUAL(set_fails(&sa, "IPv6"), -EAFNOSUPPORT);
	sa = good;
	sa.local.addr.family = 77;
	CU_ASSERT_EQUAL(set_fails(&sa, "family"), -EINVAL);
	sa = good;
	sa.flags = GH_DP_SA_UDP_ENCAP;
	CU_ASSERT_EQUAL(set_fails(&sa, "port"), -EINVAL);
	sa = good;
	sa.flags = GH_DP_SA_DF_SET | GH_DP_SA_DF_COPY;
	CU_ASSERT_EQUAL(set_fails(&sa, "DF"), -EINVAL);
	sa = good;
	sa.flags = 0x4000;
	CU_ASSERT_EQUAL(set_fails(&sa, "unknown"), -EINVAL);
	sa = good;
	sa.seq = (uint64_t)1 << 32;
	CU_ASSERT_EQUAL(set_fails(&sa, "extended"), -EINVAL);
	CU_ASSERT_EQUAL(IN_LINE(5)->spi, 0);
	rig_stop();
}

static void test_bulk(void)
{
	static struct gh_dp_sa sa[300];
	static struct gh_dp_sa_id id[300];
	struct gh_error err = {0};
	uint32_t failed, left = 0;

	rig_start();
	for (uint32_t i = 0; i < 300; i++) {
		sa[i] = rig_sa(GH_DP_OUT, i, TRANSFORM, 0, 0);
		id[i] = sa[i].id;
	}
	sa[200].enc_alg = 0;
	CU_ASSERT_EQUAL(gh_ipsec_sa_set(sa, 300, &failed, &err), -EINVAL);
	CU_ASSERT_EQUAL(failed, 200);
	CU_ASSERT(gh_sa.dir[GH_DP_OUT].line[199].flags & GH_SA_LIVE);
	CU_ASSERT_EQUAL(gh_sa.dir[GH_DP_OUT].line[200].spi, 0);
	CU_ASSERT_EQUAL(gh_ipsec_sa_del(id, 300, &failed, &err), 0);
	rig_grace();
	for (uint32_t i = 0; i < 300; i++)
		left += OUT_LINE(i)->spi != 0;
	CU_ASSERT_EQUAL(left, 0);
	rig_stop();
}

static void test_acquire(void)
{
	struct gh_flow4 f = {.local = 0x0a000001,
	    .remote = 0x0a010002,
	    .proto = 6,
	    .has_ports = true,
	    .local_port = 1234,
	    .remote_port = 80};
	struct rig_event ev[4];

	rig_start();
	gh_acquire(rig_worker, 7, &f, 1000);
	gh_acquire(rig_worker, 7, &f, 1001);
	CU_ASSERT_EQUAL(rig_events(ev, 4), 1);
	CU_ASSERT_EQUAL(ev[0].type, GH_DP_EVENT_ACQUIRE);
	CU_ASSERT_EQUAL(ev[0].acquire.policy, 7);
	CU_ASSERT_EQUAL(gh_addr_to_v4(&ev[0].acquire.packet.remote.addr), 0x0a010002);
	CU_ASSERT_EQUAL(ev[0].acquire.packet.remote_port_last, 80);
	gh_acquire(rig_worker, 8, &f, 1002);
	gh_acquire(rig_worker, 7, &f, UINT64_MAX);
	CU_ASSERT_EQUAL(rig_events(ev, 4), 2);
	rig_stop();
}

static const struct unit_test tests[] = {
    UNIT_TEST(test_window),
    UNIT_TEST(test_replay_within_burst),
    UNIT_TEST(test_no_window),
    UNIT_TEST(test_esn_wrap),
    UNIT_TEST(test_overflow_without_esn),
    UNIT_TEST(test_limits),
    UNIT_TEST(test_limit_untold),
    UNIT_TEST(test_selectors),
    UNIT_TEST(test_idempotent),
    UNIT_TEST(test_inbound_mark),
    UNIT_TEST(test_replaced),
    UNIT_TEST(test_deleted),
    UNIT_TEST(test_deleted_and_back),
    UNIT_TEST(test_deleted_twice),
    UNIT_TEST(test_restart),
    UNIT_TEST(test_restart_sweeps),
    UNIT_TEST(test_endpoints_change),
    UNIT_TEST(test_bad_records),
    UNIT_TEST(test_bulk),
    UNIT_TEST(test_acquire),
};

int main(int argc, char **argv)
{
	rig_eal(argv[0], 64);
	return unit_main("esp sa", tests, sizeof(tests) / sizeof(tests[0]));
}
