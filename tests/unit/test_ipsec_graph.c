/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * Tunnels through the whole graph, with two workers: what goes in comes out, nothing that policy
 * protects leaves or enters in clear.
 *
 * 172.26.0.0/24 is inside (behind lan), 172.16.0.0/24 behind the peer 192.168.0.1 (by wan). The
 * peer's ends of the SAs are SAs of ours that the test alone uses.
 */
#include <arpa/inet.h>
#include <netinet/ip_icmp.h>
#include <rte_ether.h>
#include <rte_ip.h>
#include <rte_udp.h>
#include <string.h>

#include "dataplane/eal.h"
#include "dataplane/iface.h"
#include "dataplane/ipsec/esp.h"
#include "dataplane/ipsec/ipsec.h"
#include "dataplane/rcu.h"
#include "dataplane/worker_private.h"
#include "tests/unit/dp_rig.h"
#include "tests/unit/unit.h"

#define INSIDE 0xac1a0005  /* 172.26.0.5 */
#define OUTSIDE 0xac100009 /* 172.16.0.9 */
#define SPI 0x7a000000u

enum { GATEWAY = 1, PEER = 101 }; /* slots: odd ones belong to the second worker */

static struct gh_esp_worker *peer;

static struct gh_dp_sa sa_record(
    enum gh_dp_dir dir, uint32_t slot, uint32_t spi, uint8_t key, bool ours, uint16_t flags)
{
	struct gh_dp_sa sa = {
	    .id = {.index = slot, .spi = spi, .dir = (uint8_t)dir},
	    .enc_alg = GH_DP_AEAD_AES128_GCM_16,
	    .flags = flags,
	    .replay_window = 64,
	};
	uint16_t port = flags & GH_DP_SA_UDP_ENCAP ? 4500 : 0;

	sa.local = (struct gh_endpoint){gh_addr_v4(ours ? RIG_WAN_IP : RIG_WAN_PEER), port, 0};
	sa.remote = (struct gh_endpoint){gh_addr_v4(ours ? RIG_WAN_PEER : RIG_WAN_IP), port, 0};
	memset(sa.enc_key, key, sizeof(sa.enc_key));
	return sa;
}

static void set_sa(const struct gh_dp_sa *sa)
{
	struct gh_error err = {0};
	uint32_t failed;

	CU_ASSERT_EQUAL_FATAL(gh_ipsec_sa_set(sa, 1, &failed, &err), 0);
}

static void set_policy(uint32_t id, enum gh_dp_dir dir, uint32_t sa, bool swapped)
{
	struct gh_dp_policy p = {
	    .id = id,
	    .priority = 1,
	    .sa = sa,
	    .dir = (uint8_t)dir,
	    .sel = {.local_port_last = UINT16_MAX, .remote_port_last = UINT16_MAX},
	};
	struct gh_prefix in = {.addr = gh_addr_v4(INSIDE & ~255u), .len = 24};
	struct gh_prefix out = {.addr = gh_addr_v4(OUTSIDE & ~255u), .len = 24};
	struct gh_error err = {0};
	uint32_t failed;

	p.sel.local = swapped ? out : in;
	p.sel.remote = swapped ? in : out;
	CU_ASSERT_EQUAL_FATAL(gh_ipsec_policy_set(&p, 1, &failed, &err), 0);
}

/* Both directions between the gateway's slot and the peer's, keys from `key`. */
static void make_tunnel(uint32_t slot, uint8_t key, uint16_t flags)
{
	struct gh_dp_sa sa;

	sa = sa_record(GH_DP_OUT, slot, SPI | (PEER + slot), key, true, flags);
	set_sa(&sa);
	sa = sa_record(GH_DP_IN, PEER + slot, SPI | (PEER + slot), key, false, flags);
	set_sa(&sa);
	sa = sa_record(GH_DP_IN, slot, SPI | slot, key ^ 0xff, true, flags);
	set_sa(&sa);
	sa = sa_record(GH_DP_OUT, PEER + slot, SPI | slot, key ^ 0xff, false, flags);
	set_sa(&sa);
	set_policy(slot * 10 + 1, GH_DP_IN, slot, false);
	set_policy(slot * 10 + 2, GH_DP_IN, PEER + slot, true);
}

static void del_all(void)
{
	gh_ipsec_sync_begin();
	gh_ipsec_sync_end();
	rig_run();
}

static struct rig_packet from_inside(void)
{
	return (struct rig_packet){
	    .src = INSIDE, .dst = OUTSIDE, .sport = 7, .dport = 9, .payload = 60};
}

static struct rig_packet from_outside(void)
{
	return (struct rig_packet){
	    .src = OUTSIDE, .dst = INSIDE, .sport = 9, .dport = 7, .payload = 60};
}

static struct rte_mbuf *send_lan(const struct rig_packet *p)
{
	rig_send("lan", rig_frame("lan", p));
	rig_run();
	return rig_receive("wan");
}

/* The peer takes a frame of ours: its verdict, m at the inner packet when OK. */
static enum gh_esp_verdict peer_opens(struct rte_mbuf *m)
{
	uint32_t sa;
	uint8_t v;

	rte_pktmbuf_adj(m, sizeof(struct rte_ether_hdr));
	gh_esp_decrypt(peer, &m, 1, &sa, &v);
	return v;
}

/* A packet as the peer would send it by its SA. */
static struct rte_mbuf *peer_seals(const struct rig_packet *p, uint32_t slot)
{
	struct rte_mbuf *m = rig_frame("wan", p);
	struct rte_ether_hdr eth = *rte_pktmbuf_mtod(m, struct rte_ether_hdr *);
	uint32_t sa = PEER + slot;
	uint8_t v;

	rte_pktmbuf_adj(m, sizeof(eth));
	gh_esp_encrypt(peer, &m, &sa, 1, &v);
	CU_ASSERT_EQUAL_FATAL(v, GH_ESP_OK);
	*(struct rte_ether_hdr *)rte_pktmbuf_prepend(m, sizeof(eth)) = eth;
	return m;
}

static struct rte_mbuf *send_wan(struct rte_mbuf *m)
{
	rig_send("wan", m);
	rig_run();
	return rig_receive("lan");
}

static bool checksum_ok(const struct rte_ipv4_hdr *ip)
{
	return rte_raw_cksum(ip, 20) == 0xffff;
}

static void expect_drop(struct rte_mbuf *received, const char *reason, uint64_t before)
{
	CU_ASSERT_PTR_NULL(received);
	CU_ASSERT_EQUAL(rig_drops(reason), before + 1);
	rte_pktmbuf_free(received);
}

static void outbound(uint32_t slot, uint16_t flags, uint8_t proto)
{
	struct rig_packet p = from_inside();
	const struct rte_ether_hdr *eth;
	struct rte_mbuf *m;

	make_tunnel(slot, 0x11, flags);
	set_policy(1, GH_DP_OUT, slot, false);
	m = send_lan(&p);
	CU_ASSERT_PTR_NOT_NULL_FATAL(m);
	eth = rte_pktmbuf_mtod(m, const struct rte_ether_hdr *);
	CU_ASSERT_EQUAL(memcmp(&eth->dst_addr, rig_wan_peer_mac, 6), 0);
	CU_ASSERT_EQUAL(eth->ether_type, RTE_BE16(RTE_ETHER_TYPE_IPV4));
	CU_ASSERT_EQUAL(rig_ip(m)->next_proto_id, proto);
	CU_ASSERT_EQUAL(ntohl(rig_ip(m)->src_addr), RIG_WAN_IP);
	CU_ASSERT_EQUAL(ntohl(rig_ip(m)->dst_addr), RIG_WAN_PEER);
	CU_ASSERT(checksum_ok(rig_ip(m)));
	CU_ASSERT_EQUAL(peer_opens(m), GH_ESP_OK);
	CU_ASSERT(checksum_ok(rte_pktmbuf_mtod(m, void *)));
	CU_ASSERT_EQUAL(rte_pktmbuf_mtod(m, struct rte_ipv4_hdr *)->time_to_live, 63);
	CU_ASSERT_EQUAL(ntohl(rte_pktmbuf_mtod(m, struct rte_ipv4_hdr *)->dst_addr), OUTSIDE);
	rte_pktmbuf_free(m);
	del_all();
}

static void goes_into_the_tunnel(void)
{
	outbound(GATEWAY, 0, IPPROTO_ESP);
	outbound(GATEWAY + 1, 0, IPPROTO_ESP); /* the other worker's */
	outbound(GATEWAY, GH_DP_SA_UDP_ENCAP, IPPROTO_UDP);
}

static void inbound(uint32_t slot, uint16_t flags)
{
	struct rig_packet p = from_outside();
	struct rte_mbuf *m;

	make_tunnel(slot, 0x22, flags);
	m = send_wan(peer_seals(&p, slot));
	CU_ASSERT_PTR_NOT_NULL_FATAL(m);
	CU_ASSERT_EQUAL(ntohl(rig_ip(m)->src_addr), OUTSIDE);
	CU_ASSERT_EQUAL(ntohl(rig_ip(m)->dst_addr), INSIDE);
	CU_ASSERT_EQUAL(rig_ip(m)->time_to_live, 63);
	CU_ASSERT(checksum_ok(rig_ip(m)));
	CU_ASSERT_EQUAL(m->data_len, 14 + 20 + 8 + 60);
	rte_pktmbuf_free(m);
	del_all();
}

static void comes_out_of_the_tunnel(void)
{
	inbound(GATEWAY, 0);
	inbound(GATEWAY + 1, 0);
	inbound(GATEWAY, GH_DP_SA_UDP_ENCAP);
}

static void replay_is_dropped(void)
{
	struct rig_packet p = from_outside();
	uint64_t before = rig_drops("ipsec-in-replayed");
	struct rte_mbuf *m, *again;

	make_tunnel(GATEWAY, 0x23, 0);
	m = peer_seals(&p, GATEWAY);
	again = rte_pktmbuf_copy(m, gh_pool, 0, UINT32_MAX);
	m = send_wan(m);
	CU_ASSERT_PTR_NOT_NULL(m);
	rte_pktmbuf_free(m);
	expect_drop(send_wan(again), "ipsec-in-replayed", before);
	del_all();
}

static void outside_the_selectors(void)
{
	struct rig_packet p = from_outside();
	uint64_t before = rig_drops("ipsec-in-selector");

	make_tunnel(GATEWAY, 0x24, 0);
	p.src = 0xac110009;
	expect_drop(send_wan(peer_seals(&p, GATEWAY)), "ipsec-in-selector", before);
	del_all();
}

/* In clear from where a tunnel leads: refused, whether for inside or for the gateway itself. */
static void clear_but_protected(void)
{
	struct rig_packet p = from_outside(), own = from_outside();
	uint64_t before = rig_drops("ipsec-clear-protected");
	uint8_t frame[2048];

	make_tunnel(GATEWAY, 0x25, 0);
	set_policy(1, GH_DP_OUT, GATEWAY, false);
	expect_drop(send_wan(rig_frame("wan", &p)), "ipsec-clear-protected", before);
	p.src = 0x08080808; /* protected by nobody */
	rte_pktmbuf_free(send_wan(rig_frame("wan", &p)));
	CU_ASSERT_EQUAL(rig_drops("ipsec-clear-protected"), before + 1);
	own.dst = RIG_WAN_IP; /* not in the selectors: Linux may have it */
	CU_ASSERT_PTR_NULL(send_wan(rig_frame("wan", &own)));
	CU_ASSERT(rig_tap_read("wan", frame, sizeof(frame)) > 0);
	CU_ASSERT_EQUAL(rig_drops("ipsec-clear-protected"), before + 1);
	del_all();
}

static void no_sa_no_clear(void)
{
	struct rig_packet p = from_inside();
	uint64_t before = rig_drops("ipsec-out-no-sa");

	set_policy(1, GH_DP_OUT, GH_DP_SA_NONE, false);
	expect_drop(send_lan(&p), "ipsec-out-no-sa", before);
	/* Nor when the SA of the policy goes away. */
	make_tunnel(GATEWAY, 0x26, 0);
	set_policy(1, GH_DP_OUT, GATEWAY, false);
	rte_pktmbuf_free(send_lan(&p));
	CU_ASSERT_EQUAL(rig_drops("ipsec-out-no-sa"), before + 1);
	{
		struct gh_dp_sa_id id = {.index = GATEWAY, .spi = SPI | (PEER + GATEWAY)};
		struct gh_error err = {0};
		uint32_t failed;

		CU_ASSERT_EQUAL(gh_ipsec_sa_del(&id, 1, &failed, &err), 0);
	}
	expect_drop(send_lan(&p), "ipsec-out-no-sa", before + 1);
	rig_run();
	expect_drop(send_lan(&p), "ipsec-out-no-sa", before + 2);
	del_all();
	/* Without the policy it is an ordinary packet. */
	{
		struct rte_mbuf *m = send_lan(&p);

		CU_ASSERT_PTR_NOT_NULL_FATAL(m);
		CU_ASSERT_EQUAL(ntohl(rig_ip(m)->dst_addr), OUTSIDE);
		rte_pktmbuf_free(m);
	}
}

/* Make before break: one store turns the traffic, the old inbound SA goes on. */
static void rekey(void)
{
	struct rig_packet out = from_inside(), in = from_outside();
	uint32_t spi;
	struct rte_mbuf *m;

	make_tunnel(GATEWAY, 0x31, 0);
	set_policy(1, GH_DP_OUT, GATEWAY, false);
	rte_pktmbuf_free(send_lan(&out));
	make_tunnel(GATEWAY + 1, 0x32, 0);
	set_policy(1, GH_DP_OUT, GATEWAY + 1, false);
	m = send_lan(&out);
	CU_ASSERT_PTR_NOT_NULL_FATAL(m);
	memcpy(&spi, rig_ip(m) + 1, 4);
	CU_ASSERT_EQUAL(ntohl(spi), SPI | (PEER + GATEWAY + 1));
	CU_ASSERT_EQUAL(peer_opens(m), GH_ESP_OK);
	rte_pktmbuf_free(m);
	for (uint32_t slot = GATEWAY; slot <= GATEWAY + 1; slot++) {
		m = send_wan(peer_seals(&in, slot));
		CU_ASSERT_PTR_NOT_NULL(m);
		rte_pktmbuf_free(m);
	}
	del_all();
}

static void expect_icmp(struct rte_mbuf *m, uint8_t type, uint8_t code, uint16_t mtu)
{
	const struct rte_ipv4_hdr *ip = rig_ip(m);
	const struct icmphdr *icmp = (const struct icmphdr *)(ip + 1);

	CU_ASSERT_EQUAL(ip->next_proto_id, IPPROTO_ICMP);
	CU_ASSERT_EQUAL(ntohl(ip->dst_addr), INSIDE);
	CU_ASSERT_EQUAL(icmp->type, type);
	CU_ASSERT_EQUAL(icmp->code, code);
	CU_ASSERT_EQUAL(ntohs(icmp->un.frag.mtu), mtu);
}

/* 1500 outside: 20 + 8 + 8 + 16 of overhead, text a multiple of 4 with 2 bytes of trailer. */
#define INNER_MTU (1500 - 52 - 2)

static void too_big(void)
{
	struct rig_packet p = from_inside();
	struct rte_mbuf *m;

	make_tunnel(GATEWAY, 0x41, GH_DP_SA_DF_COPY);
	set_policy(1, GH_DP_OUT, GATEWAY, false);
	p.df = true;
	p.payload = INNER_MTU - 28;
	m = send_lan(&p);
	CU_ASSERT_PTR_NOT_NULL_FATAL(m);
	CU_ASSERT_EQUAL(m->data_len, 14 + 1500);
	rte_pktmbuf_free(m);
	p.payload++;
	CU_ASSERT_PTR_NULL(send_lan(&p));
	m = rig_receive("lan");
	CU_ASSERT_PTR_NOT_NULL_FATAL(m);
	expect_icmp(m, ICMP_UNREACH, ICMP_UNREACH_NEEDFRAG, INNER_MTU);
	rte_pktmbuf_free(m);
	/* Without DF it goes in fragments of the outer packet. */
	p.df = false;
	m = send_lan(&p);
	CU_ASSERT_PTR_NOT_NULL_FATAL(m);
	CU_ASSERT(ntohs(rig_ip(m)->fragment_offset) & RTE_IPV4_HDR_MF_FLAG);
	CU_ASSERT(m->data_len <= 14 + 1500);
	rte_pktmbuf_free(m);
	m = rig_receive("wan");
	CU_ASSERT_PTR_NOT_NULL_FATAL(m);
	CU_ASSERT(ntohs(rig_ip(m)->fragment_offset) > 0);
	rte_pktmbuf_free(m);
	del_all();
}

static void ttl_ends_at_the_tunnel(void)
{
	struct rig_packet p = from_inside();
	struct rte_mbuf *m;

	make_tunnel(GATEWAY, 0x42, 0);
	set_policy(1, GH_DP_OUT, GATEWAY, false);
	p.ttl = 1;
	CU_ASSERT_PTR_NULL(send_lan(&p));
	m = rig_receive("lan");
	CU_ASSERT_PTR_NOT_NULL_FATAL(m);
	expect_icmp(m, ICMP_TIMXCEED, 0, 0);
	rte_pktmbuf_free(m);
	del_all();
}

/* An error about what came out of a tunnel quotes it: it goes back through the tunnel. */
static void errors_stay_in_the_tunnel(void)
{
	struct rig_packet p = from_outside();
	const struct rte_ipv4_hdr *ip;
	struct rte_mbuf *m;
	uint64_t before = rig_drops("ipsec-out-quoted");

	make_tunnel(GATEWAY, 0x43, 0);
	set_policy(1, GH_DP_OUT, GATEWAY, false);
	p.ttl = 1;
	CU_ASSERT_PTR_NULL(send_wan(peer_seals(&p, GATEWAY)));
	m = rig_receive("wan");
	CU_ASSERT_PTR_NOT_NULL_FATAL(m);
	CU_ASSERT_EQUAL(rig_ip(m)->next_proto_id, IPPROTO_ESP);
	/* The gateway's address is not in the selectors, so a strict peer drops it; see RFC 4301
	 * section 6. What counts here is that the peer could open it. */
	CU_ASSERT_EQUAL(peer_opens(m), GH_ESP_IN_SELECTOR);
	ip = rte_pktmbuf_mtod_offset(m, const struct rte_ipv4_hdr *, 20 + 16);
	CU_ASSERT_EQUAL(ip->next_proto_id, IPPROTO_ICMP);
	CU_ASSERT_EQUAL(ntohl(ip->dst_addr), OUTSIDE);
	rte_pktmbuf_free(m);
	{
		uint32_t id = 1, failed;
		struct gh_error err = {0};

		CU_ASSERT_EQUAL(gh_ipsec_policy_del(&id, 1, &failed, &err), 0);
	}
	CU_ASSERT_PTR_NULL(send_wan(peer_seals(&p, GATEWAY)));
	CU_ASSERT_PTR_NULL(rig_receive("wan"));
	CU_ASSERT_EQUAL(rig_drops("ipsec-out-quoted"), before + 1);
	del_all();
}

static void nothing_leaks(void)
{
	unsigned before = rig_free_buffers();

	goes_into_the_tunnel();
	comes_out_of_the_tunnel();
	replay_is_dropped();
	no_sa_no_clear();
	too_big();
	CU_ASSERT_EQUAL(rig_flush("wan") + rig_flush("lan"), 0);
	CU_ASSERT_EQUAL(rig_free_buffers(), before);
}

static const struct unit_test tests[] = {
    UNIT_TEST(goes_into_the_tunnel),
    UNIT_TEST(comes_out_of_the_tunnel),
    UNIT_TEST(replay_is_dropped),
    UNIT_TEST(outside_the_selectors),
    UNIT_TEST(clear_but_protected),
    UNIT_TEST(no_sa_no_clear),
    UNIT_TEST(rekey),
    UNIT_TEST(too_big),
    UNIT_TEST(ttl_ends_at_the_tunnel),
    UNIT_TEST(errors_stay_in_the_tunnel),
    UNIT_TEST(nothing_leaks),
};

int main(void)
{
	struct gh_error err = {0};
	int failed;

	rig_start();
	peer = gh_esp_worker_new(30, &err);
	if (peer == NULL)
		return 1;
	failed = unit_main("ipsec graph", tests, sizeof(tests) / sizeof(tests[0]));
	gh_esp_worker_free(peer);
	rig_stop();
	return failed;
}
