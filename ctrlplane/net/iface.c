/* SPDX-License-Identifier: BSD-3-Clause */
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "common/log.h"
#include "ctrlplane/net/net.h"

static const char *const kind_words[] = {
#define X(id, word) [NET_##id] = word,
    NET_KINDS(X)
#undef X
};

const char *net_kind_word(enum net_kind kind)
{
	return kind_words[kind];
}

struct net_iface *net_iface_find(const char *name)
{
	struct net_iface *iface;

	HASH_FIND_STR(net.ifaces, name, iface);
	return iface;
}

void net_iface_free(struct net_iface *iface)
{
	net_prefixes_clear(&iface->wanted);
	net_prefixes_clear(&iface->installed);
	free(iface->description);
	free(iface);
}

static void dp_record(const struct net_iface *iface, struct gh_dp_iface *rec)
{
	*rec = (struct gh_dp_iface){
	    .mtu = iface->mtu, .nb_rxd = net.nb_rxd, .nb_txd = net.nb_txd, .up = iface->enabled};
	memcpy(rec->name, iface->name, sizeof(rec->name));
	memcpy(rec->port, iface->port, sizeof(rec->port));
}

void net_iface_state(struct net_iface *iface, struct gh_dpc *dpc)
{
	struct gh_dp_iface rec;

	if (!iface->fast_path)
		return;
	dp_record(iface, &rec);
	gh_dpc_iface_set(dpc, &rec, GH_DPC_NO_DONE);
	iface->stated = true;
}

static void unstate(struct net_iface *iface)
{
	if (iface->stated)
		gh_dpc_iface_del(net.daemon->dpc, iface->name, GH_DPC_NO_DONE);
	iface->stated = false;
}

/* Addresses that a former gatehoused left on a TAP are ours: TAPs belong to the product. */
static void adopt(void *ctx, const struct net_address *a)
{
	struct net_iface *iface = ctx;

	if (a->ifindex == iface->ifindex && a->global)
		net_prefixes_add(&iface->installed, &a->prefix);
}

static void device_found(struct net_iface *iface, int ifindex)
{
	if (ifindex == iface->ifindex)
		return;
	iface->ifindex = ifindex;
	net_prefixes_clear(&iface->installed);
	if (ifindex != 0 && iface->fast_path)
		net_address_dump(&net.nl, adopt, iface);
}

static void log_failure(const struct net_iface *iface, const char *what, int rc)
{
	gh_log(GH_LOG_NET, LOG_WARNING, "interface %s: cannot %s: %s", iface->name, what,
	    strerror(-rc));
}

static void remove_address(struct net_iface *iface, const struct gh_prefix *p)
{
	struct gh_prefix a = *p; /* p may point into the list that shrinks */
	int rc = net_address_del(&net.nl, iface->ifindex, &a);

	if (rc < 0 && rc != -EADDRNOTAVAIL && rc != -ENODEV)
		log_failure(iface, "remove an address", rc);
	net_prefixes_remove(&iface->installed, &a);
}

static void add_address(struct net_iface *iface, const struct gh_prefix *p)
{
	int rc = net_address_add(&net.nl, iface->ifindex, p);

	if (rc == 0)
		net_prefixes_add(&iface->installed, p);
	else
		log_failure(iface, "add an address", rc);
}

void net_iface_reconcile(struct net_iface *iface)
{
	int rc;

	device_found(iface, net_device_index(iface));
	if (iface->ifindex == 0)
		return;
	if (iface->kind != NET_LOOPBACK) {
		rc = net_link_set(&net.nl, iface->ifindex, iface->enabled, iface->mtu);
		if (rc < 0)
			log_failure(iface, "set its state", rc);
	}
	for (unsigned i = iface->installed.count; i > 0; i--) {
		if (!net_prefixes_has(&iface->wanted, &iface->installed.list[i - 1]))
			remove_address(iface, &iface->installed.list[i - 1]);
	}
	for (unsigned i = 0; i < iface->wanted.count; i++) {
		if (!net_prefixes_has(&iface->installed, &iface->wanted.list[i]))
			add_address(iface, &iface->wanted.list[i]);
	}
}

/* What the kernel's own device got from us is taken back; a TAP goes as a whole. */
void net_iface_remove(struct net_iface *iface)
{
	HASH_DEL(net.ifaces, iface);
	if (iface->fast_path)
		unstate(iface);
	while (!iface->fast_path && iface->installed.count > 0)
		remove_address(iface, &iface->installed.list[0]);
	net_iface_free(iface);
}

static bool same_device(const struct net_iface *a, const struct net_iface *b)
{
	return a->kind == b->kind && a->fast_path == b->fast_path && strcmp(a->port, b->port) == 0;
}

void net_iface_replace(struct net_iface *fresh)
{
	struct net_iface *old = net_iface_find(fresh->name);

	if (old != NULL && same_device(old, fresh)) {
		fresh->ifindex = old->ifindex;
		fresh->stated = old->stated;
		fresh->installed = old->installed;
		old->installed = (struct net_prefixes){0};
		HASH_DEL(net.ifaces, old);
		net_iface_free(old);
	} else if (old != NULL) {
		net_iface_remove(old);
	}
	HASH_ADD_STR(net.ifaces, name, fresh);
	net_iface_state(fresh, net.daemon->dpc);
	net_iface_reconcile(fresh);
}
