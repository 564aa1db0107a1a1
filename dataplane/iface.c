/* SPDX-License-Identifier: BSD-3-Clause */
#include "dataplane/iface.h"

#include <errno.h>
#include <net/if.h>
#include <rte_ethdev.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "common/log.h"
#include "dataplane/counters.h"
#include "dataplane/eal.h"
#include "dataplane/graph.h"
#include "dataplane/host.h"
#include "dataplane/iface_table.h"
#include "dataplane/ipsec/ipsec.h"
#include "dataplane/neigh.h"
#include "dataplane/netdev.h"
#include "dataplane/nexthop_table.h"
#include "dataplane/worker_private.h"

#define POLL_MS 500

struct iface {
	struct gh_dp_iface conf; /* name empty: the slot is free */
	struct gh_port port;
	int tap;
	int ifindex;  /* of the TAP */
	bool serving; /* workers poll the port */
	bool stated;
	bool link;
};

struct gh_iface_hot gh_ifaces[GH_IFACE_MAX];

static struct iface table[GH_IFACE_MAX];
static uint64_t poll_at;

void gh_iface_lock_host(void)
{
	gh_host_lock();
}

void gh_iface_unlock_host(void)
{
	gh_host_unlock();
}

bool gh_iface_exists(uint16_t slot)
{
	return table[slot].conf.name[0] != '\0';
}

uint16_t gh_iface_by_name(const char *name)
{
	for (uint16_t s = 1; s < GH_IFACE_MAX; s++)
		if (gh_iface_exists(s) && strcmp(table[s].conf.name, name) == 0)
			return s;
	return GH_IFACE_NONE;
}

uint16_t gh_iface_by_ifindex(int ifindex)
{
	for (uint16_t s = 1; s < GH_IFACE_MAX; s++)
		if (gh_iface_exists(s) && table[s].ifindex == ifindex)
			return s;
	return GH_IFACE_NONE;
}

int gh_iface_ifindex(uint16_t slot)
{
	return table[slot].ifindex;
}

void gh_iface_set_ip4(uint16_t slot, uint32_t addr)
{
	gh_ifaces[slot].ip4 = addr;
}

uint16_t gh_iface_rxqs(uint16_t slot)
{
	return table[slot].serving ? table[slot].port.rxqs : 0;
}

const struct gh_port *gh_iface_port(uint16_t slot)
{
	return table[slot].serving ? &table[slot].port : NULL;
}

static struct gh_shm_iface *shm_iface(uint16_t slot)
{
	return (struct gh_shm_iface *)gh_shm_region(GH_SHM_IFACES) + slot;
}

static uint16_t free_slot(void)
{
	for (uint16_t s = 1; s < GH_IFACE_MAX; s++)
		if (!gh_iface_exists(s))
			return s;
	return GH_IFACE_NONE;
}

static void publish(uint16_t slot)
{
	const struct iface *i = &table[slot];
	struct gh_iface_hot *hot = &gh_ifaces[slot];
	struct gh_shm_iface *shm = shm_iface(slot);
	struct gh_nexthop glean = {.iface = slot, .flags = GH_NEXTHOP_GLEAN};

	hot->flags = i->conf.up ? GH_IFACE_UP : 0;
	hot->ethdev = i->port.ethdev;
	memcpy(glean.src, hot->mac, 6);
	gh_nexthop_publish(GH_NEXTHOP_GLEAN_BASE + slot, &glean);
	memcpy(shm->name, i->conf.name, sizeof(shm->name));
	memcpy(shm->port, i->conf.port, sizeof(shm->port));
	memcpy(shm->driver, i->port.driver, sizeof(shm->driver));
	memcpy(shm->mac, hot->mac, 6);
	shm->mtu = hot->mtu;
	shm->up = i->conf.up;
	shm->link = i->link;
	shm->rxqs = i->port.rxqs;
}

/* Begins the counters of a slot anew: another interface lives there now. */
static void reset_counters(uint16_t slot)
{
	uint32_t generation = shm_iface(slot)->generation + 1;

	memset(shm_iface(slot), 0, sizeof(struct gh_shm_iface));
	shm_iface(slot)->generation = generation;
	for (unsigned row = 0; row < GH_SHM_ROWS; row++)
		memset(&gh_row_ifaces(row)[slot], 0, sizeof(struct gh_shm_iface_counters));
}

static int attach_tap(uint16_t slot, struct gh_error *err)
{
	struct iface *i = &table[slot];
	int rc;

	i->tap = gh_tap_open(i->conf.name, gh_ifaces[slot].mac, gh_ifaces[slot].mtu, err);
	if (i->tap < 0)
		return i->tap;
	i->ifindex = (int)if_nametoindex(i->conf.name);
	gh_host_lock();
	rc = gh_host_attach(slot, i->tap);
	gh_host_unlock();
	if (rc < 0)
		return gh_error_set(err, rc, i->conf.name, "its TAP cannot be watched");
	return 0;
}

static void detach_tap(uint16_t slot)
{
	struct iface *i = &table[slot];

	if (i->tap < 0)
		return;
	gh_host_lock();
	gh_host_attach(slot, -1);
	gh_host_unlock();
	close(i->tap);
	i->tap = -1;
}

/* Workers stop using the port, then it goes. */
static void tear_down(uint16_t slot)
{
	struct iface *i = &table[slot];
	struct gh_error err = {0};

	gh_ifaces[slot] = (struct gh_iface_hot){.ethdev = GH_PORT_NONE};
	gh_nexthop_publish(
	    GH_NEXTHOP_GLEAN_BASE + slot, &(struct gh_nexthop){.flags = GH_NEXTHOP_REFUSE});
	gh_neigh_flush(slot);
	if (i->serving) {
		i->serving = false;
		if (gh_workers_rebuild(&err) < 0)
			gh_log(GH_LOG_DATAPLANE, LOG_ERR, "%s", err.message);
	}
	detach_tap(slot);
	gh_port_close(&i->port);
	*i = (struct iface){.tap = -1};
	memset(shm_iface(slot)->name, 0, GH_DP_NAME_MAX);
}

static int bring_up(uint16_t slot, const struct gh_port_spec *spec, struct gh_error *err)
{
	struct iface *i = &table[slot];
	struct gh_iface_hot *hot = &gh_ifaces[slot];
	int rc = gh_port_open(&i->port, i->conf.name, spec, err);

	if (rc == 0)
		rc = gh_port_start(
		    &i->port, gh_worker_count(), i->conf.nb_rxd, i->conf.nb_txd, i->conf.mtu, err);
	if (rc == 0)
		rc = gh_port_mac(&i->port, hot->mac);
	if (rc < 0)
		return rc;
	hot->mtu = i->conf.mtu != 0 ? i->conf.mtu : gh_port_mtu(&i->port);
	rc = attach_tap(slot, err);
	if (rc == 0)
		rc = gh_graph_prepare(slot, i->port.rxqs, err);
	if (rc < 0)
		return rc;
	i->serving = true;
	i->link = true;
	publish(slot);
	return gh_workers_rebuild(err);
}

static int create(const struct gh_dp_iface *conf, struct gh_error *err)
{
	uint16_t slot = free_slot();
	struct gh_port_spec spec;
	int rc = gh_port_spec_parse(conf->port, &spec, err);

	if (rc < 0)
		return rc;
	if (slot == GH_IFACE_NONE)
		return gh_error_set(
		    err, -ENOSPC, conf->name, "there are %d interfaces already", GH_IFACE_MAX - 1);
	table[slot] = (struct iface){.conf = *conf, .tap = -1, .port.ethdev = GH_PORT_NONE};
	reset_counters(slot);
	rc = bring_up(slot, &spec, err);
	if (rc < 0) {
		tear_down(slot);
		return rc;
	}
	table[slot].stated = true;
	poll_at = 0;
	gh_log(GH_LOG_DATAPLANE, LOG_INFO, "interface %s on port %s (%s), MTU %u", conf->name,
	    conf->port, shm_iface(slot)->driver, gh_ifaces[slot].mtu);
	return 0;
}

static int change_mtu(uint16_t slot, uint16_t mtu, struct gh_error *err)
{
	struct iface *i = &table[slot];
	int rc;

	if (mtu == 0)
		mtu = gh_port_mtu(&i->port);
	if (mtu == gh_ifaces[slot].mtu)
		return 0;
	rc = gh_port_set_mtu(&i->port, mtu, err);
	if (rc < 0)
		return rc;
	gh_netdev_set_mtu(i->conf.name, mtu);
	gh_ifaces[slot].mtu = mtu;
	gh_ipsec_route_changed(&(struct gh_prefix){.addr = gh_addr_v4(0)});
	return 0;
}

static int change(uint16_t slot, const struct gh_dp_iface *conf, struct gh_error *err)
{
	int rc = change_mtu(slot, conf->mtu, err);

	if (rc < 0)
		return rc;
	table[slot].conf = *conf;
	table[slot].stated = true;
	publish(slot);
	return 0;
}

static bool same_port(const struct gh_dp_iface *a, const struct gh_dp_iface *b)
{
	return strcmp(a->port, b->port) == 0 && a->nb_rxd == b->nb_rxd && a->nb_txd == b->nb_txd;
}

int gh_iface_set(const struct gh_dp_iface *conf, struct gh_error *err)
{
	uint16_t slot;

	if (memchr(conf->name, '\0', sizeof(conf->name)) == NULL ||
	    memchr(conf->port, '\0', sizeof(conf->port)) == NULL || conf->name[0] == '\0')
		return gh_error_set(err, -EINVAL, NULL, "an interface needs a name and a port");
	slot = gh_iface_by_name(conf->name);
	if (slot != GH_IFACE_NONE && same_port(&table[slot].conf, conf))
		return change(slot, conf, err);
	if (slot != GH_IFACE_NONE)
		tear_down(slot);
	return create(conf, err);
}

int gh_iface_del(const char *name, struct gh_error *err)
{
	uint16_t slot = gh_iface_by_name(name);

	if (slot == GH_IFACE_NONE)
		return gh_error_set(err, -ENOENT, NULL, "there is no interface %.15s", name);
	gh_log(GH_LOG_DATAPLANE, LOG_INFO, "interface %s removed", table[slot].conf.name);
	tear_down(slot);
	return 0;
}

void gh_iface_sync_begin(void)
{
	for (uint16_t s = 1; s < GH_IFACE_MAX; s++)
		table[s].stated = false;
}

void gh_iface_sync_end(void)
{
	for (uint16_t s = 1; s < GH_IFACE_MAX; s++)
		if (gh_iface_exists(s) && !table[s].stated)
			gh_iface_del(table[s].conf.name, NULL);
}

void gh_iface_del_all(void)
{
	for (uint16_t s = 1; s < GH_IFACE_MAX; s++)
		if (gh_iface_exists(s))
			tear_down(s);
}

static int set_workers(uint16_t slot, struct gh_error *err)
{
	struct iface *i = &table[slot];
	int rc = gh_port_set_workers(
	    &i->port, gh_worker_count(), i->conf.nb_rxd, i->conf.nb_txd, i->conf.mtu, err);

	if (rc == 0)
		rc = gh_graph_prepare(slot, i->port.rxqs, err);
	if (rc < 0)
		i->serving = false;
	else
		shm_iface(slot)->rxqs = i->port.rxqs;
	return rc;
}

int gh_iface_workers_changed(struct gh_error *err)
{
	int rc = 0;

	/* One port that fails does not keep the others from going on. */
	for (uint16_t s = 1; s < GH_IFACE_MAX; s++)
		if (table[s].serving && set_workers(s, err) < 0)
			rc = -EIO;
	return rc;
}

static void poll_stats(uint16_t slot)
{
	struct gh_shm_iface *shm = shm_iface(slot);
	struct rte_eth_stats stats;

	if (rte_eth_stats_get(table[slot].port.ethdev, &stats) < 0)
		return;
	shm->missed = stats.imissed + stats.rx_nombuf;
	shm->rx_errors = stats.ierrors;
	shm->tx_errors = stats.oerrors;
}

static void poll_link(uint16_t slot)
{
	struct iface *i = &table[slot];
	uint32_t speed = 0;
	bool up = gh_port_link(&i->port, &speed);
	struct gh_dp_link event = {.up = up};

	shm_iface(slot)->speed = speed;
	if (up == i->link)
		return;
	i->link = up;
	shm_iface(slot)->link = up;
	gh_tap_set_carrier(i->tap, up);
	gh_log(GH_LOG_DATAPLANE, LOG_NOTICE, "interface %s: link %s", i->conf.name,
	    up ? "up" : "down");
	memcpy(event.name, i->conf.name, sizeof(event.name));
	gh_control_event(GH_DP_EVENT_LINK, &event, sizeof(event));
}

void gh_iface_poll(uint64_t now_ms)
{
	if (now_ms < poll_at)
		return;
	poll_at = now_ms + POLL_MS;
	gh_shm->buffers_free = rte_mempool_avail_count(gh_pool);
	for (uint16_t s = 1; s < GH_IFACE_MAX; s++)
		if (table[s].serving) {
			poll_stats(s);
			poll_link(s);
		}
}
