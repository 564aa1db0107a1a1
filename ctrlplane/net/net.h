/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * The net engine: interfaces, addresses and static routes of the configuration, made true in two
 * places: the dataplane (workers, ports; by the dataplane client) and Linux (addresses and routes
 * on the TAPs and on the kernel's own devices; by netlink).
 *
 * It holds what is wanted and what is installed, and brings the second to the first whenever
 * either moves: a commit, a TAP that appears with a restarted dataplane, an address that makes a
 * next hop reachable. A commit therefore succeeds also while a device or the dataplane is away.
 *
 * Cost of a commit follows its diff. Main loop only; one engine a daemon.
 */
#pragma once

#include <ev.h>
#include <stdbool.h>
#include <stdint.h>
#include <uthash.h>

#include "common/addr.h"
#include "common/error.h"
#include "ctrlplane/daemon.h"
#include "ctrlplane/dpclient/dpclient.h"
#include "ctrlplane/engine.h"
#include "ctrlplane/net/netlink.h"

/* Kinds of interfaces: id, list in the model */
#define NET_KINDS(X)                        \
	X(PHYSICAL, "physical")             \
	X(INFRASTRUCTURE, "infrastructure") \
	X(LOOPBACK, "loopback")

enum net_kind {
#define X(id, word) NET_##id,
	NET_KINDS(X)
#undef X
	    NET_KIND_COUNT,
};

const char *net_kind_word(enum net_kind kind);

struct net_prefixes {
	struct gh_prefix *list;
	unsigned count;
};

struct net_iface {
	char name[GH_DP_NAME_MAX];
	enum net_kind kind;
	/* wanted */
	char port[GH_DP_SPEC_MAX];
	char *description; /* NULL: none */
	bool enabled, fast_path;
	uint16_t mtu; /* 0: the device's own */
	struct net_prefixes wanted;
	/* installed */
	int ifindex; /* of the Linux device that bears the addresses; 0: not there */
	struct net_prefixes installed;
	bool stated; /* the dataplane was told, or will be at its next sync */
	UT_hash_handle hh;
};

struct net_route {
	struct net_kroute want;
	bool installed;
	UT_hash_handle hh; /* by want.dest */
};

/* A port that the fast path drives: system fast-path port and virtual-port. */
struct net_port {
	char name[GH_DP_SPEC_MAX];
	UT_hash_handle hh;
};

struct net {
	struct gh_daemon *daemon;
	struct net_nl nl;
	struct net_iface *ifaces;
	struct net_route *routes;
	struct net_port *ports;
	bool fast_path; /* system fast-path enabled */
	struct gh_dp_workers workers;
	uint16_t nb_rxd, nb_txd;
	/* watch.c */
	struct mnl_socket *watch_socket;
	ev_io watch_io;
	ev_timer settle; /* gathers a burst of kernel events into one reconciliation */
	bool links_moved;
	struct gh_dpc_provider provider;
	struct gh_dpc_listener listener;
};

extern struct net net;

/* --- prefixes.c: small sets of addresses --- */
int net_prefixes_add(struct net_prefixes *set, const struct gh_prefix *p);
void net_prefixes_remove(struct net_prefixes *set, const struct gh_prefix *p);
bool net_prefixes_has(const struct net_prefixes *set, const struct gh_prefix *p);
void net_prefixes_clear(struct net_prefixes *set);

/* --- verify.c, config.c: the transaction --- */
int net_verify(void *ctx, const struct gh_change *chg, struct gh_error *err);
int net_apply(void *ctx, const struct gh_change *chg, struct gh_error *err);
/* Calls fn for every interface entry below a `config` node, of a diff or of a whole tree. */
void net_each_iface(
    const struct lyd_node *config, void (*fn)(const struct lyd_node *entry, void *ctx), void *ctx);

/* --- fast_path.c: system fast-path --- */
/* Replaces the settings by those of this `config` node (NULL: none). */
void net_read_fast_path(const struct lyd_node *config);
/* "2-9,12" into a bitmap of those CPUs that this machine has; *absent counts the others. */
void net_read_cpus(const char *list, struct gh_dp_workers *out, unsigned *absent);
bool net_drives(const char *port);

/* --- iface.c --- */
void net_iface_replace(struct net_iface *fresh); /* takes fresh over; the old of that name ends */
void net_iface_remove(struct net_iface *iface);
void net_iface_free(struct net_iface *iface);
struct net_iface *net_iface_find(const char *name);
/* Brings the Linux device's addresses and state to what is wanted. */
void net_iface_reconcile(struct net_iface *iface);
/* Tells the dataplane, if the fast path drives it. */
void net_iface_state(struct net_iface *iface, struct gh_dpc *dpc);

/* --- device.c: which Linux device stands behind an interface --- */
int net_device_index(const struct net_iface *iface); /* 0: none now */
/* "pci-b0s6" to "0000:00:06.0". */
int net_pci_address(const char *port, char *out, size_t size);

/* --- routes.c --- */
void net_route_replace(const struct net_kroute *want); /* nhops 0: removes it */
void net_routes_retry(void);			       /* those not installed */
void net_routes_verify(void);			       /* compares with the kernel first */

/* --- watch.c --- */
int net_watch_start(struct gh_error *err);
void net_watch_stop(void);

/* --- show_*.c: the rpcs --- */
struct gh_shm_view;
void net_show_interface_register(void);
void net_show_routes_register(void);
void net_show_fast_path_register(void);
/* The counters of a port of the fast path, by its index in the shared segment. */
void net_show_port_traffic(struct lyd_node *entry, const struct gh_shm_view *v, uint32_t index);

/* The part: see ctrlplane/daemon.h. */
int gh_net_start(struct gh_daemon *daemon, struct gh_error *err);
void gh_net_stop(void);
