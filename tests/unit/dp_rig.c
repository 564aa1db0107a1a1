/* SPDX-License-Identifier: BSD-3-Clause */
#include "tests/unit/dp_rig.h"

#include <errno.h>
#include <fcntl.h>
#include <rte_ether.h>
#include <rte_ip.h>
#include <rte_mempool.h>
#include <rte_ring.h>
#include <rte_udp.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include "common/clock.h"
#include "common/log.h"
#include "dataplane/control.h"
#include "dataplane/dataplane.h"
#include "dataplane/drop.h"
#include "dataplane/eal.h"
#include "dataplane/host.h"
#include "dataplane/iface_table.h"
#include "dataplane/neigh.h"
#include "dataplane/netdev.h"
#include "dataplane/rcu.h"
#include "dataplane/rib.h"
#include "dataplane/shm.h"
#include "dataplane/worker_private.h"

#define TAPS 4
#define BURST 64

const uint8_t rig_wan_peer_mac[6] = {0x02, 0, 0, 0, 0, 0x01};
const uint8_t rig_lan_peer_mac[6] = {0x02, 0, 0, 0, 0, 0xfa};

uint32_t rig_solicited;
unsigned rig_solicitations;

static struct {
	char name[16];
	int fd; /* our end */
} taps[TAPS];

static int open_tap(const char *name, const uint8_t mac[6], uint16_t mtu, struct gh_error *err)
{
	int pair[2];

	if (socketpair(AF_UNIX, SOCK_SEQPACKET | SOCK_NONBLOCK | SOCK_CLOEXEC, 0, pair) < 0)
		return -errno;
	for (int i = 0; i < TAPS; i++)
		if (taps[i].name[0] == '\0' || strcmp(taps[i].name, name) == 0) {
			if (taps[i].name[0] != '\0')
				close(taps[i].fd);
			snprintf(taps[i].name, sizeof(taps[i].name), "%s", name);
			taps[i].fd = pair[0];
			return pair[1];
		}
	return -ENOSPC;
}

static void on_solicit(uint16_t iface, uint32_t addr)
{
	rig_solicited = addr;
	rig_solicitations++;
}

static void die(const struct gh_error *err)
{
	fprintf(stderr, "the dataplane under test does not start: %s\n", err->message);
	exit(1);
}

static void add_iface(const char *name)
{
	struct gh_dp_iface conf = {.up = 1};
	struct gh_error err = {0};

	snprintf(conf.name, sizeof(conf.name), "%s", name);
	snprintf(conf.port, sizeof(conf.port), "ring-%s", name);
	if (gh_iface_set(&conf, &err) < 0)
		die(&err);
}

static void add_routes(void)
{
	uint16_t wan = gh_iface_by_name("wan"), lan = gh_iface_by_name("lan");
	const struct gh_rib_route routes[] = {
	    {.dst = RIG_WAN_IP, .len = 32, .kind = GH_RIB_HERE, .source = GH_RIB_LOCAL},
	    {.dst = RIG_LAN_IP, .len = 32, .kind = GH_RIB_HERE, .source = GH_RIB_LOCAL},
	    {.dst = RIG_WAN_IP & ~255u, .len = 24, .iface = wan, .source = GH_RIB_MAIN},
	    {.dst = RIG_LAN_IP & ~255u, .len = 24, .iface = lan, .source = GH_RIB_MAIN},
	    {.gateway = RIG_WAN_PEER, .iface = wan, .source = GH_RIB_MAIN},
	    {.dst = 0xac1a0000,
		.len = 24,
		.gateway = RIG_LAN_PEER,
		.iface = lan,
		.source = GH_RIB_MAIN},
	};

	for (size_t i = 0; i < sizeof(routes) / sizeof(routes[0]); i++)
		gh_rib_add(&routes[i], false);
	gh_rib_commit();
	gh_iface_set_ip4(wan, htonl(RIG_WAN_IP));
	gh_iface_set_ip4(lan, htonl(RIG_LAN_IP));
	gh_neigh_update(wan, RIG_WAN_PEER, GH_NEIGH_REACHABLE, rig_wan_peer_mac);
	gh_neigh_update(lan, RIG_LAN_PEER, GH_NEIGH_REACHABLE, rig_lan_peer_mac);
}

void rig_start(void)
{
	char prefix[32];
	struct gh_dataplane_options options = {
	    .prefix = prefix, .memory_mb = 256, .inline_workers = 2};
	struct gh_error err = {0};

	gh_log_init("test");
	gh_log_set_level(GH_LOG_DATAPLANE, LOG_ERR);
	snprintf(prefix, sizeof(prefix), "gatehouse-test-%d", getpid());
	gh_tap_open_hook = open_tap;
	gh_neigh_on_solicit(on_solicit);
	if (gh_dataplane_start(&options, &err) < 0)
		die(&err);
	gh_self = gh_worker(0);
	add_iface("wan");
	add_iface("lan");
	add_routes();
}

void rig_stop(void)
{
	gh_dataplane_stop();
	for (int i = 0; i < TAPS; i++)
		if (taps[i].name[0] != '\0')
			close(taps[i].fd);
	memset(taps, 0, sizeof(taps));
}

unsigned rig_slot(const char *iface)
{
	return gh_iface_by_name(iface);
}

static void write_udp(void *at, const struct rig_packet *p)
{
	struct rte_udp_hdr *udp = at;

	*udp = (struct rte_udp_hdr){.src_port = htons(p->sport),
	    .dst_port = htons(p->dport),
	    .dgram_len = htons((uint16_t)(sizeof(*udp) + p->payload))};
}

struct rte_mbuf *rig_frame(const char *iface, const struct rig_packet *p)
{
	uint8_t proto = p->proto != 0 ? p->proto : IPPROTO_UDP;
	size_t l4 = proto == IPPROTO_UDP ? sizeof(struct rte_udp_hdr) : 0;
	size_t len = sizeof(struct rte_ipv4_hdr) + l4 + p->payload;
	struct rte_mbuf *m = rte_pktmbuf_alloc(gh_pool);
	struct rte_ether_hdr *eth;
	struct rte_ipv4_hdr *ip;

	if (m == NULL)
		abort();
	eth = (struct rte_ether_hdr *)rte_pktmbuf_append(m, (uint16_t)(sizeof(*eth) + len));
	memset(eth, 0, sizeof(*eth) + len);
	memcpy(&eth->dst_addr, gh_ifaces[rig_slot(iface)].mac, 6);
	memcpy(&eth->src_addr, strcmp(iface, "wan") == 0 ? rig_wan_peer_mac : rig_lan_peer_mac, 6);
	eth->ether_type = RTE_BE16(RTE_ETHER_TYPE_IPV4);
	ip = (struct rte_ipv4_hdr *)(eth + 1);
	*ip = (struct rte_ipv4_hdr){.version_ihl = RTE_IPV4_VHL_DEF,
	    .total_length = htons((uint16_t)len),
	    .fragment_offset =
		htons((uint16_t)(p->fragment_offset | (p->df ? RTE_IPV4_HDR_DF_FLAG : 0))),
	    .time_to_live = p->ttl != 0 ? p->ttl : 64,
	    .next_proto_id = proto,
	    .src_addr = htonl(p->src),
	    .dst_addr = htonl(p->dst)};
	if (l4 > 0)
		write_udp(ip + 1, p);
	rig_fix_checksum(m);
	return m;
}

struct rte_ipv4_hdr *rig_ip(struct rte_mbuf *m)
{
	return rte_pktmbuf_mtod_offset(m, struct rte_ipv4_hdr *, sizeof(struct rte_ether_hdr));
}

void rig_fix_checksum(struct rte_mbuf *m)
{
	struct rte_ipv4_hdr *ip = rig_ip(m);

	ip->hdr_checksum = 0;
	ip->hdr_checksum = (uint16_t)~rte_raw_cksum(ip, (size_t)(ip->version_ihl & 15) * 4);
}

static struct rte_ring *ring(const char *iface, const char *direction)
{
	char name[RTE_RING_NAMESIZE];

	snprintf(name, sizeof(name), "%s-%s", iface, direction);
	return rte_ring_lookup(name);
}

void rig_send(const char *iface, struct rte_mbuf *m)
{
	if (rte_ring_enqueue(ring(iface, "in"), m) < 0)
		abort();
}

struct rte_mbuf *rig_receive(const char *iface)
{
	void *m;

	return rte_ring_dequeue(ring(iface, "out"), &m) == 0 ? m : NULL;
}

unsigned rig_flush(const char *iface)
{
	struct rte_mbuf *m;
	unsigned n = 0;

	for (; (m = rig_receive(iface)) != NULL; n++)
		rte_pktmbuf_free(m);
	return n;
}

void rig_run(void)
{
	uint64_t found;

	do {
		found = 0;
		for (unsigned i = 0; i < gh_worker_count(); i++) {
			gh_self = gh_worker(i);
			found += gh_worker_walk(gh_self);
		}
		gh_self = gh_worker(0);
		found += gh_host_poll();
		found += rte_ring_count(gh_neigh_ring);
		gh_neigh_poll(gh_clock_ms());
		gh_rcu_poll();
	} while (found > 0);
}

static int tap_fd(const char *iface)
{
	for (int i = 0; i < TAPS; i++)
		if (strcmp(taps[i].name, iface) == 0)
			return taps[i].fd;
	abort();
}

unsigned rig_tap_read(const char *iface, void *buf, unsigned size)
{
	ssize_t n = recv(tap_fd(iface), buf, size, MSG_DONTWAIT);

	return n > 0 ? (unsigned)n : 0;
}

void rig_tap_write(const char *iface, const void *frame, unsigned len)
{
	if (send(tap_fd(iface), frame, len, 0) != (ssize_t)len)
		abort();
}

uint64_t rig_drops(const char *reason)
{
	struct gh_shm_view v = {.header = gh_shm, .size = gh_shm->size};

	for (uint16_t i = 0; i < gh_drop_count(); i++)
		if (strcmp(gh_drop_reason(i)->name, reason) == 0)
			return gh_shm_drop_sum(&v, i);
	fprintf(stderr, "there is no drop reason %s\n", reason);
	abort();
}

unsigned rig_free_buffers(void)
{
	return rte_mempool_avail_count(gh_pool);
}
