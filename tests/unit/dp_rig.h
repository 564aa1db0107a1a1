/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * The whole dataplane in one process: two interfaces on ring ports, socket pairs in the place of
 * TAPs, workers driven by the test. Packets in; packets, counters and state out.
 *
 *   wan  192.168.0.11/24, neighbour 192.168.0.1    lan  172.32.0.1/24, neighbour 172.32.0.250
 *   default via 192.168.0.1, 172.26.0.0/24 via 172.32.0.250
 */
#pragma once

#include <rte_mbuf.h>
#include <stdbool.h>
#include <stdint.h>

#define RIG_WAN_IP 0xc0a8000b
#define RIG_WAN_PEER 0xc0a80001
#define RIG_LAN_IP 0xac200001
#define RIG_LAN_PEER 0xac2000fa

extern const uint8_t rig_wan_peer_mac[6], rig_lan_peer_mac[6];

/* Ends the program when the dataplane does not start: no test could run. */
void rig_start(void);
void rig_stop(void);

struct rig_packet {
	uint32_t src, dst;  /* host order */
	uint8_t proto, ttl; /* 0: UDP, 64 */
	uint16_t sport, dport;
	uint16_t payload; /* bytes after the UDP header (or after IP, for other protocols) */
	bool df;
	uint16_t fragment_offset; /* in units of 8 bytes */
};

/* A frame from a neighbour of `iface` to the gateway's MAC; its checksum is right. */
struct rte_mbuf *rig_frame(const char *iface, const struct rig_packet *p);
struct rte_ipv4_hdr *rig_ip(struct rte_mbuf *m); /* of a frame */
void rig_fix_checksum(struct rte_mbuf *m);

void rig_send(const char *iface, struct rte_mbuf *m); /* as if received by the port */
struct rte_mbuf *rig_receive(const char *iface);      /* what the port sent, or NULL */
unsigned rig_flush(const char *iface);		      /* discards what it sent; how many */

/* Walks all workers until nothing comes in any more, and the host's and control's turns. */
void rig_run(void);

/* One frame that went to the interface's TAP into buf; its length, 0 when none. */
unsigned rig_tap_read(const char *iface, void *buf, unsigned size);
void rig_tap_write(const char *iface, const void *frame, unsigned len);

uint64_t rig_drops(const char *reason); /* all rows */
unsigned rig_slot(const char *iface);
unsigned rig_free_buffers(void); /* to see that nothing leaks */

/* The last neighbour asked for, and how often any was. */
extern uint32_t rig_solicited;
extern unsigned rig_solicitations;
