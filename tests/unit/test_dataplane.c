/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * Packets through the whole graph, in one process.
 */
#include <arpa/inet.h>
#include <rte_arp.h>
#include <rte_ether.h>
#include <rte_icmp.h>
#include <rte_ip.h>
#include <rte_udp.h>
#include <string.h>

#include "dataplane/iface_table.h"
#include "dataplane/local6.h"
#include "dataplane/mbuf_meta.h"
#include "dataplane/neigh.h"
#include "dataplane/nexthop.h"
#include "dataplane/rib.h"
#include "dataplane/shm.h"
#include "dataplane/worker_private.h"
#include "tests/unit/dp_rig.h"
#include "tests/unit/unit.h"

#define FAR 0x08080808
#define INSIDE 0xac1a0005 /* 172.26.0.5 */

static const struct rig_packet in = {
    .src = FAR, .dst = INSIDE, .sport = 7, .dport = 9, .payload = 32};

static bool checksum_ok(struct rte_mbuf *m)
{
	struct rte_ipv4_hdr *ip = rig_ip(m);

	return rte_raw_cksum(ip, (size_t)(ip->version_ihl & 15) * 4) == 0xffff;
}

/* Sends one frame by wan; what came out of lan. */
static struct rte_mbuf *pass(struct rte_mbuf *m)
{
	rig_send("wan", m);
	rig_run();
	return rig_receive("lan");
}

static void expect_drop(struct rte_mbuf *m, const char *reason)
{
	uint64_t before = rig_drops(reason);

	CU_ASSERT_PTR_NULL(pass(m));
	CU_ASSERT_EQUAL(rig_drops(reason), before + 1);
	CU_ASSERT_EQUAL(rig_flush("lan"), 0);
}

/* The ICMP error that went back by wan, checked; its header or NULL. */
static const struct rte_icmp_hdr *expect_error(struct rte_mbuf **out, uint8_t type, uint8_t code)
{
	const struct rte_icmp_hdr *icmp;
	struct rte_ipv4_hdr *ip;

	*out = rig_receive("wan");
	CU_ASSERT_PTR_NOT_NULL_FATAL(*out);
	ip = rig_ip(*out);
	icmp = (const struct rte_icmp_hdr *)(ip + 1);
	CU_ASSERT(checksum_ok(*out));
	CU_ASSERT_EQUAL(ntohl(ip->dst_addr), FAR);
	CU_ASSERT_EQUAL(ntohl(ip->src_addr), RIG_WAN_IP);
	CU_ASSERT_EQUAL(ip->next_proto_id, IPPROTO_ICMP);
	CU_ASSERT_EQUAL(icmp->icmp_type, type);
	CU_ASSERT_EQUAL(icmp->icmp_code, code);
	CU_ASSERT_EQUAL(rte_raw_cksum(icmp, ntohs(ip->total_length) - sizeof(*ip)), 0xffff);
	return icmp;
}

static void forwards(void)
{
	struct gh_shm_view v = {.header = gh_shm};
	struct gh_shm_iface_counters before, after;
	struct rte_ether_hdr *eth;
	struct rte_mbuf *m;

	gh_shm_iface_sum(&v, rig_slot("lan"), &before);
	m = pass(rig_frame("wan", &in));
	CU_ASSERT_PTR_NOT_NULL_FATAL(m);
	eth = rte_pktmbuf_mtod(m, struct rte_ether_hdr *);
	CU_ASSERT_EQUAL(memcmp(&eth->dst_addr, rig_lan_peer_mac, 6), 0);
	CU_ASSERT_EQUAL(memcmp(&eth->src_addr, gh_ifaces[rig_slot("lan")].mac, 6), 0);
	CU_ASSERT_EQUAL(rig_ip(m)->time_to_live, 63);
	CU_ASSERT(checksum_ok(m));
	CU_ASSERT_EQUAL(m->pkt_len, 14 + 20 + 8 + 32);
	gh_shm_iface_sum(&v, rig_slot("lan"), &after);
	CU_ASSERT_EQUAL(after.tx_packets, before.tx_packets + 1);
	CU_ASSERT_EQUAL(after.tx_bytes, before.tx_bytes + m->pkt_len);
	rte_pktmbuf_free(m);
}

static void decrements_every_ttl_right(void)
{
	for (unsigned ttl = 2; ttl < 256; ttl++) {
		struct rig_packet p = in;
		struct rte_mbuf *m;

		p.ttl = (uint8_t)ttl;
		p.payload = (uint16_t)(ttl * 3);
		m = pass(rig_frame("wan", &p));
		CU_ASSERT_PTR_NOT_NULL_FATAL(m);
		CU_ASSERT_EQUAL(rig_ip(m)->time_to_live, ttl - 1);
		CU_ASSERT(checksum_ok(m));
		rte_pktmbuf_free(m);
	}
}

static void forwards_bursts_whole(void)
{
	for (int i = 0; i < 200; i++)
		rig_send("wan", rig_frame("wan", &in));
	rig_run();
	CU_ASSERT_EQUAL(rig_flush("lan"), 200);
}

static void strips_padding(void)
{
	struct rig_packet p = in;
	struct rte_mbuf *m;

	p.payload = 1;
	m = rig_frame("wan", &p);
	memset(rte_pktmbuf_append(m, 17), 0, 17);
	m = pass(m);
	CU_ASSERT_PTR_NOT_NULL_FATAL(m);
	CU_ASSERT_EQUAL(m->pkt_len, 14 + 20 + 8 + 1);
	rte_pktmbuf_free(m);
}

static void takes_options(void)
{
	struct rte_mbuf *m = rig_frame("wan", &in);

	rig_ip(m)->version_ihl =
	    0x46; /* the first four bytes of UDP become options: harmless here */
	rig_fix_checksum(m);
	m = pass(m);
	CU_ASSERT_PTR_NOT_NULL_FATAL(m);
	CU_ASSERT(checksum_ok(m));
	rte_pktmbuf_free(m);
}

static void refuses_broken_packets(void)
{
	struct rte_mbuf *m = rig_frame("wan", &in);

	rig_ip(m)->hdr_checksum ^= 1;
	expect_drop(m, "ip4-bad-checksum");
	m = rig_frame("wan", &in);
	rig_ip(m)->version_ihl = 0x65;
	expect_drop(m, "ip4-bad-version");
	m = rig_frame("wan", &in);
	rig_ip(m)->version_ihl = 0x44;
	expect_drop(m, "ip4-bad-length");
	m = rig_frame("wan", &in);
	rig_ip(m)->total_length = htons(1400);
	expect_drop(m, "ip4-bad-length");
	m = rig_frame("wan", &in);
	rte_pktmbuf_trim(m, m->pkt_len - 14 - 10);
	expect_drop(m, "ip4-bad-length");
	m = rig_frame("wan", &in);
	rte_pktmbuf_trim(m, m->pkt_len - 13);
	expect_drop(m, "eth-runt");
}

static void refuses_martians(void)
{
	static const uint32_t sources[] = {0x7f000001, 0xe0000001, 0xffffffff, 0};
	struct rig_packet p = in;

	for (size_t i = 0; i < sizeof(sources) / sizeof(sources[0]); i++) {
		p.src = sources[i];
		expect_drop(rig_frame("wan", &p), "ip4-martian");
	}
	p = in;
	p.dst = 0x7f000001;
	expect_drop(rig_frame("wan", &p), "ip4-martian");
}

static void refuses_foreign_frames(void)
{
	struct rte_mbuf *m = rig_frame("wan", &in);

	rte_pktmbuf_mtod(m, struct rte_ether_hdr *)->dst_addr.addr_bytes[5] ^= 1;
	expect_drop(m, "eth-other-station");
	m = rig_frame("wan", &in);
	rte_pktmbuf_mtod(m, struct rte_ether_hdr *)->ether_type = htons(RTE_ETHER_TYPE_VLAN);
	expect_drop(m, "eth-vlan");
	m = rig_frame("wan", &in);
	memset(rte_pktmbuf_mtod(m, void *), 0xff, 6);
	expect_drop(m, "ip4-l2-broadcast");
}

static void class_e_is_unicast(void)
{
	struct rig_packet p = in;
	struct rte_mbuf *m;

	p.src = 0xfa000002; /* 250.0.0.2 */
	m = pass(rig_frame("wan", &p));
	CU_ASSERT_PTR_NOT_NULL_FATAL(m);
	rte_pktmbuf_free(m);
}

static void answers_expired_ttl(void)
{
	struct rig_packet p = in;
	const struct rte_icmp_hdr *icmp;
	struct rte_mbuf *m;

	p.ttl = 1;
	expect_drop(rig_frame("wan", &p), "ip4-ttl-expired");
	icmp = expect_error(&m, 11, 0);
	/* It quotes the packet as it came. */
	CU_ASSERT_EQUAL(((const struct rte_ipv4_hdr *)(icmp + 1))->time_to_live, 1);
	CU_ASSERT_EQUAL(((const struct rte_ipv4_hdr *)(icmp + 1))->dst_addr, htonl(INSIDE));
	rte_pktmbuf_free(m);
}

static void answers_no_error_about_errors(void)
{
	struct rig_packet p = in;
	struct rte_mbuf *m;

	p.ttl = 1;
	p.proto = IPPROTO_ICMP;
	m = rig_frame("wan", &p);
	((uint8_t *)(rig_ip(m) + 1))[0] = 3;
	expect_drop(m, "ip4-ttl-expired");
	CU_ASSERT_EQUAL(rig_flush("wan"), 0);
	p.proto = 0;
	p.fragment_offset = 10;
	expect_drop(rig_frame("wan", &p), "ip4-ttl-expired");
	CU_ASSERT_EQUAL(rig_flush("wan"), 0);
}

static void limits_errors(void)
{
	struct rig_packet p = in;
	unsigned n;

	p.ttl = 1;
	for (int i = 0; i < 1000; i++)
		rig_send("wan", rig_frame("wan", &p));
	rig_run();
	n = rig_flush("wan");
	CU_ASSERT(n >= 50 && n <= 300);
}

static void answers_no_route(void)
{
	const struct gh_rib_route r = {
	    .dst = 0x0a000000, .len = 8, .kind = GH_RIB_UNREACHABLE, .source = GH_RIB_MAIN};
	struct rig_packet p = in;
	struct rte_mbuf *m;

	gh_rib_add(&r, false);
	p.dst = 0x0a010203;
	expect_drop(rig_frame("wan", &p), "ip4-no-route");
	expect_error(&m, 3, 0);
	rte_pktmbuf_free(m);
	gh_rib_del(&r);
}

static void blackholes_are_silent(void)
{
	const struct gh_rib_route r = {
	    .dst = 0x0a000000, .len = 8, .kind = GH_RIB_BLACKHOLE, .source = GH_RIB_MAIN};
	struct rig_packet p = in;

	gh_rib_add(&r, false);
	p.dst = 0x0a010203;
	expect_drop(rig_frame("wan", &p), "ip4-blackhole");
	CU_ASSERT_EQUAL(rig_flush("wan"), 0);
	gh_rib_del(&r);
}

static void set_lan_mtu(uint16_t mtu)
{
	gh_ifaces[rig_slot("lan")].mtu = mtu;
}

static void tells_the_mtu(void)
{
	struct rig_packet p = in;
	const struct rte_icmp_hdr *icmp;
	struct rte_mbuf *m;

	set_lan_mtu(1000);
	p.df = true;
	p.payload = 1000 - 28 + 1;
	expect_drop(rig_frame("wan", &p), "ip4-too-big");
	icmp = expect_error(&m, 3, 4);
	CU_ASSERT_EQUAL(ntohs(icmp->icmp_seq_nb), 1000);
	CU_ASSERT_EQUAL(((const struct rte_ipv4_hdr *)(icmp + 1))->time_to_live, 64);
	CU_ASSERT(m->pkt_len <= 14 + 576);
	rte_pktmbuf_free(m);
	p.payload = 1000 - 28;
	m = pass(rig_frame("wan", &p));
	CU_ASSERT_PTR_NOT_NULL_FATAL(m);
	rte_pktmbuf_free(m);
	set_lan_mtu(1500);
}

/* Reassembles naively: each byte must come exactly once and unchanged. */
static void fragments(void)
{
	struct rig_packet p = in;
	uint8_t seen[1480] = {0};
	struct rte_mbuf *m;
	unsigned total = 0, last = 0, n = 0;

	set_lan_mtu(600);
	p.payload = 1472;
	m = rig_frame("wan", &p);
	for (unsigned i = 0; i < p.payload; i++)
		((uint8_t *)(rig_ip(m) + 1))[8 + i] = (uint8_t)(i * 7);
	rig_send("wan", m);
	rig_run();
	while ((m = rig_receive("lan")) != NULL) {
		struct rte_ipv4_hdr *ip = rig_ip(m);
		unsigned off = (ntohs(ip->fragment_offset) & 0x1fff) * 8u;
		unsigned len = ntohs(ip->total_length) - 20u;

		CU_ASSERT(ntohs(ip->total_length) <= 600);
		CU_ASSERT_EQUAL(m->pkt_len, 14u + ntohs(ip->total_length));
		CU_ASSERT_EQUAL(m->nb_segs, 1);
		CU_ASSERT(checksum_ok(m));
		CU_ASSERT_EQUAL(ip->time_to_live, 63);
		CU_ASSERT_FATAL(off + len <= sizeof(seen));
		for (unsigned i = 0; i < len; i++) {
			seen[off + i]++;
			if (off + i >= 8)
				CU_ASSERT_EQUAL(
				    ((uint8_t *)(ip + 1))[i], (uint8_t)((off + i - 8) * 7));
		}
		last += !(ntohs(ip->fragment_offset) & RTE_IPV4_HDR_MF_FLAG);
		total += len;
		n++;
		rte_pktmbuf_free(m);
	}
	CU_ASSERT_EQUAL(n, 3);
	CU_ASSERT_EQUAL(total, 1480);
	CU_ASSERT_EQUAL(last, 1);
	CU_ASSERT_PTR_NULL(memchr(seen, 0, sizeof(seen)));
	set_lan_mtu(1500);
}

static void arp_goes_to_linux(void)
{
	struct rte_mbuf *m = rig_frame("wan", &in);
	uint8_t before[128], got[2048];
	unsigned len = m->pkt_len;

	memset(rte_pktmbuf_mtod(m, void *), 0xff, 6);
	rte_pktmbuf_mtod(m, struct rte_ether_hdr *)->ether_type = htons(RTE_ETHER_TYPE_ARP);
	memcpy(before, rte_pktmbuf_mtod(m, void *), len);
	rig_send("wan", m);
	rig_run();
	CU_ASSERT_EQUAL(rig_tap_read("wan", got, sizeof(got)), len);
	CU_ASSERT_EQUAL(memcmp(got, before, len), 0);
	CU_ASSERT_EQUAL(rig_tap_read("lan", got, sizeof(got)), 0);
}

static void local_packets_go_to_linux(void)
{
	struct rig_packet p = in;
	uint8_t got[2048];

	p.dst = RIG_LAN_IP; /* any of our addresses, by any interface */
	p.dport = 22;
	rig_send("wan", rig_frame("wan", &p));
	rig_run();
	CU_ASSERT_EQUAL(rig_tap_read("wan", got, sizeof(got)), 14 + 28 + 32);
	p.dst = 0xe0000012; /* 224.0.0.18 */
	p.proto = 112;
	rig_send("wan", rig_frame("wan", &p));
	rig_run();
	CU_ASSERT_EQUAL(rig_tap_read("wan", got, sizeof(got)), 14 + 20 + 32);
}

static struct rte_mbuf *frame6(const uint8_t dst[16])
{
	struct rte_mbuf *m = rig_frame("wan", &in);
	struct rte_ipv6_hdr *ip = (struct rte_ipv6_hdr *)rig_ip(m);

	rte_pktmbuf_mtod(m, struct rte_ether_hdr *)->ether_type = htons(RTE_ETHER_TYPE_IPV6);
	memset(ip, 0, sizeof(*ip));
	memcpy(ip->dst_addr, dst, 16);
	return m;
}

static void ipv6_goes_to_linux_when_it_is_for_us(void)
{
	static const uint8_t ours[16] = {0x20, 1, 0xd, 0xb8, [15] = 1};
	static const uint8_t others[16] = {0x20, 1, 0xd, 0xb8, [15] = 2};
	static const uint8_t group[16] = {0xff, 2, [15] = 1};
	uint8_t got[2048];

	gh_local6_begin();
	gh_local6_add(ours);
	gh_local6_end();
	expect_drop(frame6(others), "ip6-not-forwarded");
	CU_ASSERT_EQUAL(rig_tap_read("wan", got, sizeof(got)), 0);
	rig_send("wan", frame6(ours));
	rig_send("wan", frame6(group));
	rig_run();
	CU_ASSERT(rig_tap_read("wan", got, sizeof(got)) > 0);
	CU_ASSERT(rig_tap_read("wan", got, sizeof(got)) > 0);
}

/* One IKE datagram in fragments, the last first: Linux gets it whole. */
static void fragments_for_us_are_put_together(void)
{
	struct rig_packet p = {
	    .src = FAR, .dst = RIG_WAN_IP, .sport = 500, .dport = 500, .payload = 792};
	struct rte_mbuf *first = rig_frame("wan", &p), *second;
	uint64_t before = rig_drops("ip4-reassembly-failed");
	uint8_t got[4096];

	rig_ip(first)->fragment_offset = htons(RTE_IPV4_HDR_MF_FLAG);
	((struct rte_udp_hdr *)(rig_ip(first) + 1))->dgram_len = htons(8 + 792 + 100);
	rig_fix_checksum(first);
	p.proto = IPPROTO_UDP;
	p.payload = 92;
	p.fragment_offset = 100;
	second = rig_frame("wan", &p);
	memset(rig_ip(second) + 1, 0x77, 100);
	rig_send("wan", second);
	rig_run();
	CU_ASSERT_EQUAL(rig_tap_read("wan", got, sizeof(got)), 0);
	rig_send("wan", first);
	rig_run();
	CU_ASSERT_EQUAL(rig_tap_read("wan", got, sizeof(got)), 14 + 20 + 800 + 100);
	CU_ASSERT_EQUAL(rte_raw_cksum(got + 14, 20), 0xffff);
	CU_ASSERT_EQUAL(((struct rte_ipv4_hdr *)(got + 14))->fragment_offset, 0);
	CU_ASSERT_EQUAL(got[14 + 20 + 800], 0x77);
	CU_ASSERT_EQUAL(got[14 + 20 + 799], 0);
	CU_ASSERT_EQUAL(rig_drops("ip4-reassembly-failed"), before);
}

static unsigned drain_tap(const char *iface)
{
	uint8_t got[2048];
	unsigned n = 0;

	while (rig_tap_read(iface, got, sizeof(got)) > 0)
		n++;
	return n;
}

/* A flood of one class takes nothing from another. */
static void polices_by_class(void)
{
	struct rig_packet ike = {
	    .src = FAR, .dst = RIG_WAN_IP, .sport = 500, .dport = 500, .payload = 9};
	struct rig_packet vrrp = {
	    .src = RIG_WAN_PEER, .dst = 0xe0000012, .proto = 112, .payload = 20};
	uint64_t before = rig_drops("host-police-ike");
	unsigned vrrp_seen = 0;
	uint8_t got[2048];

	for (int i = 0; i < 100; i++) {
		for (int k = 0; k < 60; k++)
			rig_send("wan", rig_frame("wan", &ike));
		rig_send("wan", rig_frame("wan", &vrrp));
		rig_run();
		for (unsigned len; (len = rig_tap_read("wan", got, sizeof(got))) > 0;)
			vrrp_seen += ((struct rte_ipv4_hdr *)(got + 14))->next_proto_id == 112;
	}
	CU_ASSERT_EQUAL(vrrp_seen, 100);
	CU_ASSERT(rig_drops("host-police-ike") > before + 1000);
	CU_ASSERT_EQUAL(rig_drops("host-police-vrrp"), 0);
}

static void linux_frames_leave_as_they_are(void)
{
	uint8_t frame[100];
	struct rte_mbuf *m;

	memset(frame, 0x5a, sizeof(frame));
	frame[12] = 0x08;
	frame[13] = 0x06;
	rig_tap_write("lan", frame, sizeof(frame));
	rig_run();
	m = rig_receive("lan");
	CU_ASSERT_PTR_NOT_NULL_FATAL(m);
	CU_ASSERT_EQUAL(m->pkt_len, sizeof(frame));
	CU_ASSERT_EQUAL(memcmp(rte_pktmbuf_mtod(m, void *), frame, sizeof(frame)), 0);
	rte_pktmbuf_free(m);
	CU_ASSERT_EQUAL(rig_flush("wan"), 0);
}

static void linux_ip_leaves_in_clear(void)
{
	struct rig_packet p = {.src = RIG_LAN_IP, .dst = 0xac200063, .ttl = 1, .payload = 5};
	struct rte_mbuf *m = rig_frame("lan", &p);
	uint8_t sent[128];
	unsigned len = m->pkt_len;

	memcpy(sent, rte_pktmbuf_mtod(m, void *), len);
	rte_pktmbuf_free(m);
	rig_tap_write("lan", sent, len);
	rig_run();
	m = rig_receive("lan");
	CU_ASSERT_PTR_NOT_NULL_FATAL(m);
	CU_ASSERT_EQUAL(m->pkt_len, len);
	CU_ASSERT_EQUAL(memcmp(rte_pktmbuf_mtod(m, void *), sent, len), 0); /* TTL too */
	rte_pktmbuf_free(m);
}

static void waits_for_neighbours(void)
{
	const uint8_t mac[6] = {2, 1, 2, 3, 4, 5};
	struct rig_packet p = in;
	struct rte_mbuf *m;
	unsigned asked = rig_solicitations;
	uint64_t before = rig_drops("neighbour-queue-full");

	p.dst = 0xac200037; /* on the lan */
	for (int i = 0; i < GH_NEIGH_HELD + 3; i++)
		rig_send("wan", rig_frame("wan", &p));
	rig_run();
	CU_ASSERT_EQUAL(rig_flush("lan"), 0);
	CU_ASSERT_EQUAL(rig_solicited, p.dst);
	CU_ASSERT_EQUAL(rig_solicitations, asked + 1);
	CU_ASSERT_EQUAL(rig_drops("neighbour-queue-full"), before + 3);
	gh_neigh_update((uint16_t)rig_slot("lan"), p.dst, GH_NEIGH_REACHABLE, mac);
	rig_run();
	m = rig_receive("lan");
	CU_ASSERT_PTR_NOT_NULL_FATAL(m);
	CU_ASSERT_EQUAL(memcmp(rte_pktmbuf_mtod(m, void *), mac, 6), 0);
	CU_ASSERT_EQUAL(rig_ip(m)->time_to_live, 63);
	rte_pktmbuf_free(m);
	CU_ASSERT_EQUAL(rig_flush("lan"), GH_NEIGH_HELD - 1);
	m = pass(rig_frame("wan", &p));
	CU_ASSERT_PTR_NOT_NULL_FATAL(m);
	rte_pktmbuf_free(m);
}

static void dead_neighbours_are_unreachable(void)
{
	struct rig_packet p = in;
	struct rte_mbuf *m;

	p.dst = 0xac200038;
	CU_ASSERT_PTR_NULL(pass(rig_frame("wan", &p)));
	gh_neigh_update((uint16_t)rig_slot("lan"), p.dst, GH_NEIGH_FAILED, NULL);
	rig_run();
	expect_error(&m, 3, 1);
	rte_pktmbuf_free(m);
	/* For a while it is not asked for again. */
	expect_drop(rig_frame("wan", &p), "ip4-host-unreachable");
	expect_error(&m, 3, 1);
	rte_pktmbuf_free(m);
}

static void a_neighbour_may_move(void)
{
	const uint8_t mac[6] = {2, 9, 9, 9, 9, 9};
	uint16_t lan = (uint16_t)rig_slot("lan");
	struct rte_mbuf *m;

	gh_neigh_update(lan, RIG_LAN_PEER, GH_NEIGH_STALE, mac);
	m = pass(rig_frame("wan", &in));
	CU_ASSERT_PTR_NOT_NULL_FATAL(m);
	CU_ASSERT_EQUAL(memcmp(rte_pktmbuf_mtod(m, void *), mac, 6), 0);
	rte_pktmbuf_free(m);
	gh_neigh_update(lan, RIG_LAN_PEER, GH_NEIGH_REACHABLE, rig_lan_peer_mac);
}

static void down_interfaces_take_nothing(void)
{
	struct gh_dp_iface conf = {.name = "wan", .port = "ring-wan", .up = 0};

	CU_ASSERT_EQUAL(gh_iface_set(&conf, NULL), 0);
	expect_drop(rig_frame("wan", &in), "eth-interface-down");
	conf.up = 1;
	CU_ASSERT_EQUAL(gh_iface_set(&conf, NULL), 0);
}

static void interfaces_come_and_go(void)
{
	struct gh_dp_iface conf = {.name = "opt", .port = "ring-opt", .up = 1};
	struct rte_mbuf *m;

	for (int i = 0; i < 5; i++) {
		CU_ASSERT_EQUAL(gh_iface_set(&conf, NULL), 0);
		CU_ASSERT_NOT_EQUAL(rig_slot("opt"), GH_IFACE_NONE);
		m = pass(rig_frame("wan", &in)); /* the others go on */
		CU_ASSERT_PTR_NOT_NULL_FATAL(m);
		rte_pktmbuf_free(m);
		CU_ASSERT_EQUAL(gh_iface_del("opt", NULL), 0);
		CU_ASSERT_EQUAL(rig_slot("opt"), GH_IFACE_NONE);
	}
	gh_iface_sync_begin();
	conf.name[0] = 'w', conf.name[1] = 'a', conf.name[2] = 'n';
	strcpy(conf.port, "ring-wan");
	CU_ASSERT_EQUAL(gh_iface_set(&conf, NULL), 0);
	conf.name[0] = 'l', conf.name[1] = 'a', conf.name[2] = 'n';
	strcpy(conf.port, "ring-lan");
	CU_ASSERT_EQUAL(gh_iface_set(&conf, NULL), 0);
	CU_ASSERT_EQUAL(
	    gh_iface_set(&(struct gh_dp_iface){.name = "x", .port = "ring-x"}, NULL), 0);
	gh_iface_sync_begin();
	CU_ASSERT_EQUAL(gh_iface_set(&conf, NULL), 0);
	memcpy(conf.name, "wan", 4);
	strcpy(conf.port, "ring-wan");
	CU_ASSERT_EQUAL(gh_iface_set(&conf, NULL), 0);
	gh_iface_sync_end();
	CU_ASSERT_EQUAL(rig_slot("x"), GH_IFACE_NONE);
	CU_ASSERT_NOT_EQUAL(rig_slot("lan"), GH_IFACE_NONE);
}

static void names_what_is_wrong_with_a_port(void)
{
	static const char *const bad[] = {"", "eth0", "infra-", "pci-b0s32", "pci-b0",
	    "pci-0000:00:04.0", "infra-a-name-that-is-too-long", "pci-b0s4x"};
	struct gh_dp_iface conf = {.name = "bad", .up = 1};
	struct gh_port_spec spec;

	for (size_t i = 0; i < sizeof(bad) / sizeof(bad[0]); i++) {
		struct gh_error err = {0};

		strcpy(conf.port, bad[i]);
		CU_ASSERT(gh_iface_set(&conf, &err) < 0);
		CU_ASSERT(strlen(err.message) > 10);
	}
	CU_ASSERT_EQUAL(gh_port_spec_parse("pci-b0s4", &spec, NULL), 0);
	CU_ASSERT_STRING_EQUAL(spec.arg, "0000:00:04.0");
	CU_ASSERT_EQUAL(gh_port_spec_parse("pci-d1b10s31f7", &spec, NULL), 0);
	CU_ASSERT_STRING_EQUAL(spec.arg, "0001:0a:1f.7");
}

/* Worker 1 serves lan; worker 0's packets reach its transmit queue all the same, and frames
 * handed over arrive with their meta. */
static void workers_hand_over(void)
{
	struct rte_mbuf *m = rig_frame("wan", &in);

	rte_pktmbuf_adj(m, 14);
	m->port = (uint16_t)rig_slot("wan");
	*gh_meta(m) = (struct gh_meta){.nexthop = gh_route_resolve(&(struct gh_addr){
					   .family = AF_INET, .bytes = {172, 26, 0, 5}})};
	gh_handoff(1, GH_HANDOFF_ETH_OUTPUT, &m, 1);
	rig_run();
	m = rig_receive("lan");
	CU_ASSERT_PTR_NOT_NULL_FATAL(m);
	CU_ASSERT_EQUAL(memcmp(rte_pktmbuf_mtod(m, void *), rig_lan_peer_mac, 6), 0);
	rte_pktmbuf_free(m);
}

static void nothing_leaked(void)
{
	static unsigned first;
	struct rig_packet p = in;

	/* After everything above, floods in every direction give back every buffer. */
	drain_tap("wan");
	drain_tap("lan");
	rig_flush("wan");
	rig_flush("lan");
	first = rig_free_buffers();
	for (int i = 0; i < 500; i++) {
		p.dst = i % 3 == 0 ? RIG_WAN_IP : i % 3 == 1 ? INSIDE : 0xac200037;
		p.ttl = i % 2 ? 1 : 9;
		p.payload = (uint16_t)(i * 2);
		rig_send("wan", rig_frame("wan", &p));
	}
	rig_run();
	drain_tap("wan");
	rig_flush("wan");
	rig_flush("lan");
	CU_ASSERT_EQUAL(rig_free_buffers(), first);
}

static const struct unit_test tests[] = {
    UNIT_TEST(forwards),
    UNIT_TEST(decrements_every_ttl_right),
    UNIT_TEST(forwards_bursts_whole),
    UNIT_TEST(strips_padding),
    UNIT_TEST(takes_options),
    UNIT_TEST(refuses_broken_packets),
    UNIT_TEST(refuses_martians),
    UNIT_TEST(refuses_foreign_frames),
    UNIT_TEST(class_e_is_unicast),
    UNIT_TEST(answers_expired_ttl),
    UNIT_TEST(answers_no_error_about_errors),
    UNIT_TEST(answers_no_route),
    UNIT_TEST(blackholes_are_silent),
    UNIT_TEST(tells_the_mtu),
    UNIT_TEST(fragments),
    UNIT_TEST(arp_goes_to_linux),
    UNIT_TEST(local_packets_go_to_linux),
    UNIT_TEST(ipv6_goes_to_linux_when_it_is_for_us),
    UNIT_TEST(fragments_for_us_are_put_together),
    UNIT_TEST(polices_by_class),
    UNIT_TEST(linux_frames_leave_as_they_are),
    UNIT_TEST(linux_ip_leaves_in_clear),
    UNIT_TEST(waits_for_neighbours),
    UNIT_TEST(dead_neighbours_are_unreachable),
    UNIT_TEST(a_neighbour_may_move),
    UNIT_TEST(limits_errors),
    UNIT_TEST(down_interfaces_take_nothing),
    UNIT_TEST(interfaces_come_and_go),
    UNIT_TEST(names_what_is_wrong_with_a_port),
    UNIT_TEST(workers_hand_over),
    UNIT_TEST(nothing_leaked),
};

int main(void)
{
	int rc;

	rig_start();
	rc = unit_main("dataplane", tests, sizeof(tests) / sizeof(tests[0]));
	rig_stop();
	return rc;
}
