/* SPDX-License-Identifier: BSD-3-Clause */
#include "dataplane/neigh.h"

#include <errno.h>
#include <rte_byteorder.h>
#include <rte_errno.h>
#include <rte_ip.h>
#include <stdlib.h>
#include <string.h>
#include <uthash.h>

#include "common/clock.h"
#include "dataplane/counters.h"
#include "dataplane/drop.h"
#include "dataplane/iface.h"
#include "dataplane/inject.h"
#include "dataplane/mbuf_meta.h"
#include "dataplane/nexthop_table.h"
#include "dataplane/node/icmp4.h"
#include "dataplane/rib.h"

#define RING_SIZE 1024
#define BURST 64
#define SOLICIT_MS 1000 /* at most one request to Linux per neighbour in this time */
#define HOLD_MS 3500	/* Linux gives up after three probes, one second apart */
#define FAILED_MS 1000	/* refused without asking again */
#define REFRESH_MS 5000
#define UNUSED_MS 60000

GH_DROP_REASON(overflow, "neighbour-queue-full", "Packets beyond those that wait for a neighbour");
GH_DROP_REASON(timeout, "neighbour-timeout", "Packets whose neighbour did not answer in time");
GH_DROP_REASON(gone, "neighbour-gone", "Packets whose next hop went away while they waited");

struct key {
	uint32_t addr;
	uint16_t iface, zero;
};

struct neigh {
	struct key key;
	UT_hash_handle hh;
	uint32_t index; /* next hop; GH_NEXTHOP_NONE: none uses it */
	uint32_t refs;
	enum gh_neigh_state state;
	uint8_t mac[6];
	uint8_t held_count;
	struct rte_mbuf *held[GH_NEIGH_HELD];
	uint64_t held_since, solicit_at, failed_until, used_at; /* ms */
};

struct rte_ring *gh_neigh_ring;

static struct neigh *table;
static struct neigh *by_index[GH_NEXTHOP_MAX];
static gh_neigh_solicit_fn *solicit_fn;
static uint64_t refresh_at;
static unsigned waiting; /* neighbours with packets held or failed_until set */

int gh_neigh_init(void)
{
	gh_neigh_ring = rte_ring_create("neigh", RING_SIZE, SOCKET_ID_ANY, RING_F_SC_DEQ);
	return gh_neigh_ring != NULL ? 0 : -rte_errno;
}

void gh_neigh_on_solicit(gh_neigh_solicit_fn *fn)
{
	solicit_fn = fn;
}

static void drop(struct rte_mbuf *m, uint16_t reason)
{
	gh_row_drops(GH_SHM_CONTROL_ROW)[reason]++;
	rte_pktmbuf_free(m);
}

static struct neigh *find(uint16_t iface, uint32_t addr)
{
	struct key key = {.addr = addr, .iface = iface};
	struct neigh *n;

	HASH_FIND(hh, table, &key, sizeof(key), n);
	return n;
}

static struct neigh *find_or_make(uint16_t iface, uint32_t addr)
{
	struct neigh *n = find(iface, addr);

	if (n != NULL)
		return n;
	n = calloc(1, sizeof(*n));
	if (n == NULL)
		return NULL;
	n->key = (struct key){.addr = addr, .iface = iface};
	n->state = GH_NEIGH_UNKNOWN;
	HASH_ADD(hh, table, key, sizeof(n->key), n);
	return n;
}

static bool resolved(const struct neigh *n)
{
	return n->state == GH_NEIGH_REACHABLE || n->state == GH_NEIGH_STALE;
}

static void publish(const struct neigh *n)
{
	struct gh_nexthop nh = {.iface = n->key.iface};

	if (n->index == GH_NEXTHOP_NONE)
		return;
	memcpy(nh.dst, n->mac, 6);
	memcpy(nh.src, gh_ifaces[n->key.iface].mac, 6);
	if (resolved(n))
		nh.flags = GH_NEXTHOP_READY;
	else if (n->state == GH_NEIGH_FAILED)
		nh.flags = GH_NEXTHOP_REFUSE;
	gh_nexthop_publish(n->index, &nh);
}

static void solicit(struct neigh *n, uint64_t now)
{
	if (solicit_fn == NULL || now < n->solicit_at)
		return;
	n->solicit_at = now + SOLICIT_MS;
	solicit_fn(n->key.iface, n->key.addr);
}

/* Packets that waited go on to `to`, or with to 0 are dropped for the reason. */
static void release(struct neigh *n, unsigned to, uint16_t reason)
{
	for (unsigned i = 0; i < n->held_count; i++) {
		struct rte_mbuf *m = n->held[i];

		if (to == 0) {
			drop(m, reason);
			continue;
		}
		gh_meta(m)->nexthop = n->index;
		if (to == GH_HANDOFF_ICMP4_ERROR)
			gh_meta(m)->code = GH_ICMP4_HOST_UNREACHABLE;
		gh_inject(n->key.iface, to, m);
	}
	n->held_count = 0;
}

static void discard(struct neigh *n)
{
	release(n, 0, gh_drop_gone);
	if (n->index != GH_NEXTHOP_NONE) {
		by_index[n->index] = NULL;
		gh_nexthop_free(n->index);
	}
	HASH_DEL(table, n);
	free(n);
}

void gh_neigh_fini(void)
{
	struct neigh *n, *next;
	void *m;

	HASH_ITER (hh, table, n, next)
		discard(n);
	while (gh_neigh_ring != NULL && rte_ring_dequeue(gh_neigh_ring, &m) == 0)
		rte_pktmbuf_free(m);
	rte_ring_free(gh_neigh_ring);
	gh_neigh_ring = NULL;
}

static void discard_if_useless(struct neigh *n)
{
	if (n->refs == 0 && !resolved(n))
		discard(n);
}

void gh_neigh_update(uint16_t iface, uint32_t addr, enum gh_neigh_state state, const uint8_t mac[6])
{
	bool known = state == GH_NEIGH_REACHABLE || state == GH_NEIGH_STALE;
	struct neigh *n = known ? find_or_make(iface, addr) : find(iface, addr);

	if (n == NULL)
		return;
	n->state = state;
	if (known)
		memcpy(n->mac, mac, 6);
	if (state == GH_NEIGH_FAILED)
		n->failed_until = gh_clock_ms() + FAILED_MS;
	publish(n);
	if (known)
		release(n, GH_HANDOFF_ETH_OUTPUT, 0);
	else if (state == GH_NEIGH_FAILED)
		release(n, GH_HANDOFF_ICMP4_ERROR, 0);
	discard_if_useless(n);
}

uint32_t gh_neigh_ref(uint16_t iface, uint32_t addr)
{
	struct neigh *n = find_or_make(iface, addr);

	if (n == NULL)
		return GH_NEXTHOP_NONE;
	if (n->index == GH_NEXTHOP_NONE) {
		n->index = gh_nexthop_alloc();
		if (n->index == GH_NEXTHOP_NONE) {
			discard_if_useless(n);
			return GH_NEXTHOP_NONE;
		}
		by_index[n->index] = n;
		n->used_at = gh_clock_ms();
		publish(n);
	}
	n->refs++;
	if (!resolved(n))
		solicit(n, gh_clock_ms());
	return n->index;
}

void gh_neigh_unref(uint16_t iface, uint32_t addr)
{
	struct neigh *n = find(iface, addr);

	if (n == NULL || n->refs == 0 || --n->refs > 0)
		return;
	release(n, 0, gh_drop_gone);
	by_index[n->index] = NULL;
	gh_nexthop_free(n->index);
	n->index = GH_NEXTHOP_NONE;
	discard_if_useless(n);
}

void gh_neigh_flush(uint16_t iface)
{
	struct neigh *n, *next;

	HASH_ITER (hh, table, n, next) {
		if (n->key.iface != iface)
			continue;
		n->state = GH_NEIGH_UNKNOWN;
		publish(n);
		release(n, 0, gh_drop_gone);
		discard_if_useless(n);
	}
}

void gh_neigh_rewrite(uint16_t iface)
{
	struct neigh *n, *next;

	HASH_ITER (hh, table, n, next)
		if (n->key.iface == iface)
			publish(n);
}

static void hold(struct neigh *n, struct rte_mbuf *m, uint64_t now)
{
	if (n->held_count == GH_NEIGH_HELD) {
		drop(m, gh_drop_overflow);
	} else {
		if (n->held_count == 0)
			n->held_since = now;
		n->held[n->held_count++] = m;
	}
	solicit(n, now);
}

/* A packet that a worker could not send: its neighbour is found, or begun. */
static void take_in(struct rte_mbuf *m, uint64_t now)
{
	uint32_t index = gh_meta(m)->nexthop;
	const struct gh_nexthop *nh = gh_nexthop(index);
	struct neigh *n;

	if (nh->flags & GH_NEXTHOP_GLEAN) {
		const struct rte_ipv4_hdr *ip = rte_pktmbuf_mtod(m, const struct rte_ipv4_hdr *);

		index = gh_rib_neigh_route(nh->iface, rte_be_to_cpu_32(ip->dst_addr));
		gh_meta(m)->nexthop = index;
	}
	n = by_index[index];
	if (n == NULL)
		drop(m, gh_drop_gone);
	else if (resolved(n))
		gh_inject(n->key.iface, GH_HANDOFF_ETH_OUTPUT, m);
	else
		hold(n, m, now);
}

static void refresh(struct neigh *n, uint64_t now)
{
	if (gh_nexthop_used[n->index]) {
		gh_nexthop_used[n->index] = 0;
		n->used_at = now;
		if (n->state == GH_NEIGH_STALE || n->state == GH_NEIGH_UNKNOWN)
			solicit(n, now);
	} else if (now - n->used_at > UNUSED_MS) {
		gh_rib_neigh_unroute(n->key.iface, n->key.addr);
	}
}

static void refresh_all(uint64_t now)
{
	for (uint32_t i = 0; i < GH_NEXTHOP_MAX; i++)
		if (by_index[i] != NULL)
			refresh(by_index[i], now);
	refresh_at = now + REFRESH_MS;
}

static void expire(uint64_t now)
{
	struct neigh *n, *next;

	waiting = 0;
	HASH_ITER (hh, table, n, next) {
		if (n->held_count > 0 && now - n->held_since > HOLD_MS)
			release(n, 0, gh_drop_timeout);
		if (n->state == GH_NEIGH_FAILED && now >= n->failed_until) {
			n->state = GH_NEIGH_UNKNOWN;
			publish(n);
			gh_rib_neigh_unroute(n->key.iface, n->key.addr);
			continue; /* n may be gone */
		}
		waiting += n->held_count > 0 || n->state == GH_NEIGH_FAILED;
	}
}

bool gh_neigh_poll(uint64_t now_ms)
{
	void *burst[BURST];
	unsigned n = rte_ring_sc_dequeue_burst(gh_neigh_ring, burst, BURST, NULL);

	for (unsigned i = 0; i < n; i++)
		take_in(burst[i], now_ms);
	expire(now_ms);
	if (now_ms >= refresh_at)
		refresh_all(now_ms);
	return n == BURST || waiting > 0;
}
