/* SPDX-License-Identifier: BSD-3-Clause */
#include <errno.h>
#include <fcntl.h>
#include <linux/rtnetlink.h>
#include <string.h>

#include "common/log.h"
#include "ctrlplane/net/net.h"

#define SETTLE_S 0.01

static void reconcile_all(void)
{
	struct net_iface *iface, *tmp;

	HASH_ITER (hh, net.ifaces, iface, tmp)
		net_iface_reconcile(iface);
}

static void on_settled(struct ev_loop *loop, ev_timer *w, int revents)
{
	bool links = net.links_moved;

	net.links_moved = false;
	reconcile_all();
	if (links)
		net_routes_verify();
	else
		net_routes_retry();
}

static void settle(bool links_moved)
{
	net.links_moved |= links_moved;
	if (ev_is_active(&net.settle))
		return;
	ev_timer_set(&net.settle, SETTLE_S, 0.);
	ev_timer_start(net.daemon->loop, &net.settle);
}

static void link_event(const struct nlmsghdr *nlh)
{
	struct net_iface *iface, *tmp;
	struct net_link link;

	net_link_parse(nlh, &link);
	HASH_ITER (hh, net.ifaces, iface, tmp) {
		if (nlh->nlmsg_type == RTM_DELLINK && iface->ifindex == link.ifindex) {
			iface->ifindex = 0;
			net_prefixes_clear(&iface->installed);
		}
	}
	settle(true);
}

static void address_event(const struct nlmsghdr *nlh)
{
	struct net_iface *iface, *tmp;
	struct net_address a;

	if (!net_address_parse(nlh, &a))
		return;
	HASH_ITER (hh, net.ifaces, iface, tmp) {
		if (nlh->nlmsg_type == RTM_DELADDR && iface->ifindex == a.ifindex)
			net_prefixes_remove(&iface->installed, &a.prefix);
	}
	settle(nlh->nlmsg_type == RTM_DELADDR);
}

static int on_message(const struct nlmsghdr *nlh, void *ctx)
{
	if (nlh->nlmsg_type == RTM_NEWLINK || nlh->nlmsg_type == RTM_DELLINK)
		link_event(nlh);
	else
		address_event(nlh);
	return MNL_CB_OK;
}

static void on_readable(struct ev_loop *loop, ev_io *w, int revents)
{
	char buf[32768];
	ssize_t n;

	while ((n = mnl_socket_recvfrom(net.watch_socket, buf, sizeof(buf))) > 0)
		mnl_cb_run(buf, (size_t)n, 0, 0, on_message, NULL);
	if (n < 0 && errno == ENOBUFS) /* events were lost: look at everything */
		settle(true);
}

int net_watch_start(struct gh_error *err)
{
	int fd;

	net.watch_socket = mnl_socket_open2(NETLINK_ROUTE, SOCK_CLOEXEC | SOCK_NONBLOCK);
	if (net.watch_socket == NULL ||
	    mnl_socket_bind(net.watch_socket, RTMGRP_LINK | RTMGRP_IPV4_IFADDR | RTMGRP_IPV6_IFADDR,
		MNL_SOCKET_AUTOPID) < 0)
		return gh_error_set(err, -errno, NULL,
		    "cannot watch Linux's links and addresses: %s", strerror(errno));
	fd = mnl_socket_get_fd(net.watch_socket);
	ev_io_init(&net.watch_io, on_readable, fd, EV_READ);
	ev_io_start(net.daemon->loop, &net.watch_io);
	ev_timer_init(&net.settle, on_settled, 0., 0.);
	settle(true);
	return 0;
}

void net_watch_stop(void)
{
	ev_io_stop(net.daemon->loop, &net.watch_io);
	ev_timer_stop(net.daemon->loop, &net.settle);
	if (net.watch_socket != NULL)
		mnl_socket_close(net.watch_socket);
	net.watch_socket = NULL;
}
