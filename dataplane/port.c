/* SPDX-License-Identifier: BSD-3-Clause */
#include "dataplane/port.h"

#include <errno.h>
#include <rte_bus.h>
#include <rte_dev.h>
#include <rte_eth_ring.h>
#include <rte_ethdev.h>
#include <stdio.h>
#include <string.h>

#include "common/log.h"
#include "dataplane/eal.h"
#include "dataplane/netdev.h"

#define DESCRIPTORS_DEFAULT 1024
#define RING_SIZE 1024
#define FRAME_OVERHEAD (RTE_ETHER_HDR_LEN + RTE_ETHER_CRC_LEN)
#define MTU_MAX (RTE_MBUF_DEFAULT_DATAROOM - RTE_ETHER_HDR_LEN - 128) /* room for ESP */

static int attach(struct gh_port *p, const char *bus, const char *args)
{
	int rc = rte_eal_hotplug_add(bus, p->device, args);

	if (rc < 0)
		return rc;
	rc = rte_eth_dev_get_port_by_name(p->device, &p->ethdev);
	if (rc < 0)
		rte_eal_hotplug_remove(bus, p->device);
	return rc;
}

static int open_af_packet(struct gh_port *p, const char *iface, struct gh_error *err)
{
	char args[GH_DP_SPEC_MAX + 80];
	int rc = gh_netdev_mute(p->spec.arg, true, err);

	if (rc < 0)
		return rc;
	p->kernel_muted = true;
	snprintf(p->device, sizeof(p->device), "net_af_packet_%s", iface);
	snprintf(args, sizeof(args),
	    "iface=%s,qdisc_bypass=1,blocksz=65536,framesz=2048,framecnt=2048", p->spec.arg);
	rc = attach(p, "vdev", args);
	if (rc < 0)
		return gh_error_set(err, rc, p->spec.arg,
		    "neither AF_XDP nor AF_PACKET works on it: %s", strerror(-rc));
	return 0;
}

static int open_infra(struct gh_port *p, const char *iface, struct gh_error *err)
{
	char args[GH_DP_SPEC_MAX + 16];
	int rc = gh_netdev_take(p->spec.arg, err);

	if (rc < 0)
		return rc;
	snprintf(p->device, sizeof(p->device), "net_af_xdp_%s", iface);
	snprintf(args, sizeof(args), "iface=%s", p->spec.arg);
	if (getenv("GATEHOUSE_NO_AF_XDP") == NULL && attach(p, "vdev", args) == 0)
		return 0;
	gh_log(GH_LOG_DATAPLANE, LOG_NOTICE, "%s: AF_XDP does not work on it, using AF_PACKET",
	    p->spec.arg);
	return open_af_packet(p, iface, err);
}

static int open_memif(struct gh_port *p, const char *iface, struct gh_error *err)
{
	char args[GH_DP_SPEC_MAX + 64];
	int rc;

	snprintf(p->device, sizeof(p->device), "net_memif_%s", iface);
	snprintf(args, sizeof(args), "role=%s,socket=%s,socket-abstract=no,id=0",
	    p->spec.kind == GH_PORT_MEMIF_SERVER ? "server" : "client", p->spec.arg);
	rc = attach(p, "vdev", args);
	if (rc < 0)
		return gh_error_set(err, rc, NULL, "memif %s cannot be opened: %s%s", p->spec.arg,
		    strerror(-rc),
		    rte_eal_has_hugepages() ? " (memif needs a dataplane without huge pages)" : "");
	return 0;
}

static int open_ring(struct gh_port *p, struct gh_error *err)
{
	char name[RTE_RING_NAMESIZE];
	int rc;

	for (int i = 0; i < 2; i++) {
		snprintf(name, sizeof(name), "%.20s-%s", p->spec.arg, i == 0 ? "in" : "out");
		p->rings[i] = rte_ring_create(name, RING_SIZE, SOCKET_ID_ANY, 0);
		if (p->rings[i] == NULL)
			return gh_error_set(err, -EEXIST, NULL, "ring %s cannot be made", name);
	}
	rc = rte_eth_from_rings(p->spec.arg, &p->rings[0], 1, &p->rings[1], 1, SOCKET_ID_ANY);
	if (rc < 0)
		return gh_error_set(err, -EINVAL, NULL, "ring port %s cannot be made", p->spec.arg);
	p->ethdev = (uint16_t)rc;
	snprintf(p->device, sizeof(p->device), "net_ring_%.40s", p->spec.arg);
	return 0;
}

static int open_pci(struct gh_port *p, struct gh_error *err)
{
	int rc;

	snprintf(p->device, sizeof(p->device), "%.48s", p->spec.arg);
	rc = attach(p, "pci", "");
	if (rc < 0)
		return gh_error_set(err, rc, NULL,
		    "PCI device %s cannot be used: %s; is it there, and bound to vfio-pci or "
		    "uio_pci_generic?",
		    p->spec.arg, strerror(-rc));
	return 0;
}

static int open_vdev(struct gh_port *p, struct gh_error *err)
{
	char *comma, args[GH_DP_SPEC_MAX];
	int rc;

	snprintf(args, sizeof(args), "%s", p->spec.arg);
	comma = strchr(args, ',');
	if (comma != NULL)
		*comma = '\0';
	snprintf(p->device, sizeof(p->device), "%.60s", args);
	rc = attach(p, "vdev", comma != NULL ? comma + 1 : "");
	if (rc < 0)
		return gh_error_set(
		    err, rc, NULL, "device %s cannot be made: %s", p->spec.arg, strerror(-rc));
	return 0;
}

static int open_kind(struct gh_port *p, const char *iface, struct gh_error *err)
{
	switch (p->spec.kind) {
	case GH_PORT_INFRA:
		return open_infra(p, iface, err);
	case GH_PORT_PCI:
		return open_pci(p, err);
	case GH_PORT_MEMIF_SERVER:
	case GH_PORT_MEMIF_CLIENT:
		return open_memif(p, iface, err);
	case GH_PORT_RING:
		return open_ring(p, err);
	default:
		return open_vdev(p, err);
	}
}

int gh_port_open(
    struct gh_port *p, const char *iface, const struct gh_port_spec *spec, struct gh_error *err)
{
	struct rte_eth_dev_info info;
	int rc;

	*p = (struct gh_port){.spec = *spec, .ethdev = GH_PORT_NONE};
	rc = open_kind(p, iface, err);
	if (rc < 0) {
		gh_port_close(p);
		return rc;
	}
	if (rte_eth_dev_info_get(p->ethdev, &info) == 0)
		snprintf(p->driver, sizeof(p->driver), "%s", info.driver_name);
	return 0;
}

void gh_port_close(struct gh_port *p)
{
	gh_port_stop(p);
	if (p->ethdev != GH_PORT_NONE) {
		rte_eth_dev_close(p->ethdev);
		if (p->spec.kind == GH_PORT_PCI)
			rte_eal_hotplug_remove("pci", p->device);
		else
			rte_eal_hotplug_remove("vdev", p->device);
	}
	p->ethdev = GH_PORT_NONE;
	for (int i = 0; i < 2; i++) {
		void *m;

		while (p->rings[i] != NULL && rte_ring_dequeue(p->rings[i], &m) == 0)
			rte_pktmbuf_free(m);
		rte_ring_free(p->rings[i]);
		p->rings[i] = NULL;
	}
	if (p->kernel_muted)
		gh_netdev_mute(p->spec.arg, false, NULL);
	p->kernel_muted = false;
}

static int setup_queues(struct gh_port *p, uint16_t rxd, uint16_t txd)
{
	int rc = rte_eth_dev_adjust_nb_rx_tx_desc(p->ethdev, &rxd, &txd);

	for (uint16_t q = 0; rc == 0 && q < p->rxqs; q++)
		rc = rte_eth_rx_queue_setup(p->ethdev, q, rxd, SOCKET_ID_ANY, NULL, gh_pool);
	for (uint16_t q = 0; rc == 0 && q < p->txqs; q++)
		rc = rte_eth_tx_queue_setup(p->ethdev, q, txd, SOCKET_ID_ANY, NULL);
	return rc;
}

/* Queues for so many workers: only real NICs spread frames over several. */
static void choose_queues(const struct gh_port *p, unsigned workers, uint16_t *rxqs, uint16_t *txqs)
{
	struct rte_eth_dev_info info;

	*rxqs = *txqs = 1;
	if (p->spec.kind != GH_PORT_PCI && p->spec.kind != GH_PORT_VDEV)
		return;
	if (rte_eth_dev_info_get(p->ethdev, &info) < 0)
		return;
	*rxqs =
	    (uint16_t)RTE_MIN(RTE_MIN(workers, info.max_rx_queues), (unsigned)GH_PORT_QUEUES_MAX);
	if (info.max_tx_queues >= workers)
		*txqs = (uint16_t)workers;
}

static int make_tx_ring(struct gh_port *p, unsigned workers)
{
	char name[RTE_RING_NAMESIZE];

	if (p->txqs >= workers)
		return 0;
	snprintf(name, sizeof(name), "tx-%u", p->ethdev);
	p->tx_ring = rte_ring_create(name, RING_SIZE, SOCKET_ID_ANY, RING_F_SC_DEQ);
	return p->tx_ring != NULL ? 0 : -ENOMEM;
}

static int configure(struct gh_port *p, unsigned workers, uint16_t rxd, uint16_t txd)
{
	struct rte_eth_conf conf = {0};
	struct rte_eth_dev_info info;
	int rc = rte_eth_dev_info_get(p->ethdev, &info);

	if (rc < 0)
		return rc;
	choose_queues(p, workers, &p->rxqs, &p->txqs);
	if (p->rxqs > 1) {
		conf.rxmode.mq_mode = RTE_ETH_MQ_RX_RSS;
		conf.rx_adv_conf.rss_conf.rss_hf =
		    info.flow_type_rss_offloads &
		    (RTE_ETH_RSS_IP | RTE_ETH_RSS_UDP | RTE_ETH_RSS_TCP | RTE_ETH_RSS_ESP);
	}
	rc = rte_eth_dev_configure(p->ethdev, p->rxqs, p->txqs, &conf);
	if (rc == 0)
		rc = setup_queues(
		    p, rxd != 0 ? rxd : DESCRIPTORS_DEFAULT, txd != 0 ? txd : DESCRIPTORS_DEFAULT);
	return rc == 0 ? make_tx_ring(p, workers) : rc;
}

int gh_port_start(struct gh_port *p, unsigned workers, uint16_t rxd, uint16_t txd, uint16_t mtu,
    struct gh_error *err)
{
	int rc = configure(p, workers, rxd, txd);

	if (rc == 0 && mtu != 0)
		rc = gh_port_set_mtu(p, mtu, err);
	if (rc == 0)
		rc = rte_eth_dev_start(p->ethdev);
	if (rc < 0) {
		gh_port_stop(p);
		return gh_error_set(
		    err, rc, NULL, "port %s does not start: %s", p->device, strerror(-rc));
	}
	p->started = true;
	rte_eth_allmulticast_enable(p->ethdev); /* VRRP; some ports pass all anyway and refuse */
	return 0;
}

static void free_tx_ring(struct gh_port *p)
{
	void *m;

	while (p->tx_ring != NULL && rte_ring_dequeue(p->tx_ring, &m) == 0)
		rte_pktmbuf_free(m);
	rte_ring_free(p->tx_ring);
	p->tx_ring = NULL;
}

void gh_port_stop(struct gh_port *p)
{
	if (p->started)
		rte_eth_dev_stop(p->ethdev);
	p->started = false;
	free_tx_ring(p);
}

int gh_port_set_workers(struct gh_port *p, unsigned workers, uint16_t rxd, uint16_t txd,
    uint16_t mtu, struct gh_error *err)
{
	uint16_t rxqs, txqs;

	choose_queues(p, workers, &rxqs, &txqs);
	if (rxqs != p->rxqs || txqs != p->txqs) {
		gh_port_stop(p);
		return gh_port_start(p, workers, rxd, txd, mtu, err);
	}
	free_tx_ring(p);
	if (make_tx_ring(p, workers) < 0)
		return gh_error_set(err, -ENOMEM, NULL, "no memory for port %s", p->device);
	return 0;
}

int gh_port_mac(const struct gh_port *p, uint8_t mac[6])
{
	struct rte_ether_addr addr;
	int rc = rte_eth_macaddr_get(p->ethdev, &addr);

	if (rc < 0)
		return rc;
	if (rte_is_zero_ether_addr(&addr))
		rte_eth_random_addr(addr.addr_bytes);
	memcpy(mac, addr.addr_bytes, 6);
	return 0;
}

uint16_t gh_port_mtu(const struct gh_port *p)
{
	uint16_t mtu;

	if (rte_eth_dev_get_mtu(p->ethdev, &mtu) < 0 || mtu > MTU_MAX)
		mtu = RTE_ETHER_MTU;
	return mtu;
}

int gh_port_set_mtu(const struct gh_port *p, uint16_t mtu, struct gh_error *err)
{
	int rc;

	if (mtu < 576 || mtu > MTU_MAX)
		return gh_error_set(err, -ERANGE, NULL,
		    "an MTU of %u is not possible here: use 576 to %u", mtu, (unsigned)MTU_MAX);
	rc = rte_eth_dev_set_mtu(p->ethdev, mtu);
	if (rc == -ENOTSUP)
		return 0; /* the driver takes any frame that fits a buffer */
	if (rc < 0)
		return gh_error_set(err, rc, NULL, "port %s refuses an MTU of %u: %s", p->device,
		    mtu, strerror(-rc));
	return 0;
}

bool gh_port_link(const struct gh_port *p, uint32_t *speed)
{
	struct rte_eth_link link = {0};

	if (rte_eth_link_get_nowait(p->ethdev, &link) < 0)
		return false;
	*speed = link.link_speed == RTE_ETH_SPEED_NUM_UNKNOWN ? 0 : link.link_speed;
	return link.link_status == RTE_ETH_LINK_UP;
}
