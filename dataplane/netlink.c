/* SPDX-License-Identifier: BSD-3-Clause */
#include "dataplane/netlink.h"

#include <errno.h>
#include <libmnl/libmnl.h>
#include <linux/if_addr.h>
#include <linux/neighbour.h>
#include <linux/rtnetlink.h>
#include <net/if.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/socket.h>

#include "common/clock.h"
#include "common/log.h"
#include "dataplane/iface.h"
#include "dataplane/iface_table.h"
#include "dataplane/local6.h"
#include "dataplane/loop.h"
#include "dataplane/neigh.h"
#include "dataplane/rib.h"

#define RECEIVE_BUFFER (8 << 20)
#define MESSAGE_MAX (32 << 10)
#define SETTLE_MS 20 /* changes come in bunches */

static struct mnl_socket *events, *queries;
static struct gh_watch watch;
static uint64_t resync_at; /* ms; 0: not due */
static uint32_t sequence;
static uint8_t buffer[MESSAGE_MAX];

void gh_netlink_resync(void)
{
	if (resync_at == 0)
		resync_at = gh_clock_ms() + SETTLE_MS;
}

static uint32_t attr_v4(const struct nlattr *a)
{
	return a != NULL && mnl_attr_get_payload_len(a) == 4 ? ntohl(mnl_attr_get_u32(a)) : 0;
}

static uint32_t attr_u32(const struct nlattr *a)
{
	return a != NULL && mnl_attr_get_payload_len(a) == 4 ? mnl_attr_get_u32(a) : 0;
}

/* Fills attrs[0..max] with the message's attributes by type. */
static void collect(const struct nlmsghdr *nlh, size_t header, const struct nlattr **attrs, int max)
{
	const struct nlattr *a;

	memset(attrs, 0, sizeof(*attrs) * ((size_t)max + 1));
	mnl_attr_for_each(a, nlh, header) if (mnl_attr_get_type(a) <= max)
	    attrs[mnl_attr_get_type(a)] = a;
}

static bool route_kind(uint8_t type, uint8_t *kind)
{
	switch (type) {
	case RTN_UNICAST:
		*kind = GH_RIB_UNICAST;
		return true;
	case RTN_LOCAL:
	case RTN_BROADCAST:
		*kind = GH_RIB_HERE;
		return true;
	case RTN_BLACKHOLE:
		*kind = GH_RIB_BLACKHOLE;
		return true;
	case RTN_UNREACHABLE:
	case RTN_PROHIBIT:
		*kind = GH_RIB_UNREACHABLE;
		return true;
	default:
		return false;
	}
}

/* The first path of several that leads out of one of our interfaces. */
static void first_path(const struct nlattr *multipath, struct gh_rib_route *r)
{
	const struct rtnexthop *nh = mnl_attr_get_payload(multipath);
	int len = mnl_attr_get_payload_len(multipath);

	for (; RTNH_OK(nh, len); len -= RTNH_ALIGN(nh->rtnh_len), nh = RTNH_NEXT(nh)) {
		const struct rtattr *a = RTNH_DATA(nh);
		int left = nh->rtnh_len - (int)sizeof(*nh);

		r->iface = gh_iface_by_ifindex(nh->rtnh_ifindex);
		if (r->iface == GH_IFACE_NONE || nh->rtnh_flags & RTNH_F_DEAD)
			continue;
		for (; RTA_OK(a, left); a = RTA_NEXT(a, left))
			if (a->rta_type == RTA_GATEWAY && RTA_PAYLOAD(a) == 4) {
				uint32_t be;

				memcpy(&be, RTA_DATA(a), 4);
				r->gateway = ntohl(be);
			}
		return;
	}
}

/* False: not a route that concerns us. */
static bool parse_route(const struct nlmsghdr *nlh, struct gh_rib_route *r)
{
	const struct rtmsg *rtm = mnl_nlmsg_get_payload(nlh);
	const struct nlattr *attrs[RTA_MAX + 1];
	uint32_t table;

	if (rtm->rtm_family != AF_INET || rtm->rtm_flags & (RTM_F_CLONED | RTNH_F_DEAD) ||
	    rtm->rtm_dst_len > 32)
		return false;
	collect(nlh, sizeof(*rtm), attrs, RTA_MAX);
	table = attrs[RTA_TABLE] != NULL ? attr_u32(attrs[RTA_TABLE]) : rtm->rtm_table;
	if (table != RT_TABLE_MAIN && table != RT_TABLE_LOCAL)
		return false;
	*r = (struct gh_rib_route){.dst = attr_v4(attrs[RTA_DST]),
	    .gateway = attr_v4(attrs[RTA_GATEWAY]),
	    .metric = attr_u32(attrs[RTA_PRIORITY]),
	    .iface = gh_iface_by_ifindex((int)attr_u32(attrs[RTA_OIF])),
	    .len = rtm->rtm_dst_len,
	    .source = table == RT_TABLE_LOCAL ? GH_RIB_LOCAL : GH_RIB_MAIN};
	if (attrs[RTA_MULTIPATH] != NULL)
		first_path(attrs[RTA_MULTIPATH], r);
	return route_kind(rtm->rtm_type, &r->kind) && r->dst >> 24 != 127;
}

static void handle_route(const struct nlmsghdr *nlh)
{
	struct gh_rib_route r;

	if (!parse_route(nlh, &r))
		return;
	if (nlh->nlmsg_type == RTM_NEWROUTE)
		gh_rib_add(&r, (nlh->nlmsg_flags & NLM_F_REPLACE) != 0);
	else
		gh_rib_del(&r);
}

static enum gh_neigh_state neigh_state(uint16_t nud)
{
	if (nud & (NUD_REACHABLE | NUD_PERMANENT | NUD_NOARP))
		return GH_NEIGH_REACHABLE;
	if (nud & (NUD_STALE | NUD_DELAY | NUD_PROBE))
		return GH_NEIGH_STALE;
	return nud & NUD_FAILED ? GH_NEIGH_FAILED : GH_NEIGH_UNKNOWN;
}

static void handle_neigh(const struct nlmsghdr *nlh)
{
	const struct ndmsg *ndm = mnl_nlmsg_get_payload(nlh);
	const struct nlattr *attrs[NDA_MAX + 1];
	uint16_t iface = gh_iface_by_ifindex(ndm->ndm_ifindex);
	enum gh_neigh_state state = neigh_state(ndm->ndm_state);
	uint32_t addr;

	if (ndm->ndm_family != AF_INET || iface == GH_IFACE_NONE)
		return;
	collect(nlh, sizeof(*ndm), attrs, NDA_MAX);
	addr = attr_v4(attrs[NDA_DST]);
	if (addr == 0 || addr >> 28 == 0xe)
		return;
	if (nlh->nlmsg_type == RTM_DELNEIGH)
		state = GH_NEIGH_UNKNOWN;
	if (attrs[NDA_LLADDR] == NULL || mnl_attr_get_payload_len(attrs[NDA_LLADDR]) != 6)
		gh_neigh_update(iface, addr,
		    state == GH_NEIGH_FAILED ? GH_NEIGH_FAILED : GH_NEIGH_UNKNOWN, NULL);
	else
		gh_neigh_update(iface, addr, state, mnl_attr_get_payload(attrs[NDA_LLADDR]));
}

static void handle_addr(const struct nlmsghdr *nlh)
{
	const struct ifaddrmsg *ifa = mnl_nlmsg_get_payload(nlh);
	const struct nlattr *attrs[IFA_MAX + 1];
	uint16_t iface = gh_iface_by_ifindex((int)ifa->ifa_index);

	collect(nlh, sizeof(*ifa), attrs, IFA_MAX);
	if (ifa->ifa_family == AF_INET6 && attrs[IFA_ADDRESS] != NULL &&
	    mnl_attr_get_payload_len(attrs[IFA_ADDRESS]) == 16)
		gh_local6_add(mnl_attr_get_payload(attrs[IFA_ADDRESS]));
	if (ifa->ifa_family != AF_INET || iface == GH_IFACE_NONE)
		return;
	if (gh_ifaces[iface].ip4 == 0 && !(ifa->ifa_flags & IFA_F_SECONDARY))
		gh_iface_set_ip4(iface, htonl(attr_v4(attrs[IFA_LOCAL])));
}

static int handle_answer(const struct nlmsghdr *nlh, void *arg)
{
	switch (nlh->nlmsg_type) {
	case RTM_NEWROUTE:
	case RTM_DELROUTE:
		handle_route(nlh);
		break;
	case RTM_NEWNEIGH:
	case RTM_DELNEIGH:
		handle_neigh(nlh);
		break;
	case RTM_NEWADDR:
		handle_addr(nlh);
		break;
	default:
		break;
	}
	return MNL_CB_OK;
}

/* Linux tells of links and addresses that go, but not of all routes that go with them. */
static int handle_event(const struct nlmsghdr *nlh, void *arg)
{
	if (nlh->nlmsg_type == RTM_NEWLINK || nlh->nlmsg_type == RTM_DELLINK ||
	    nlh->nlmsg_type == RTM_NEWADDR || nlh->nlmsg_type == RTM_DELADDR)
		gh_netlink_resync();
	else
		handle_answer(nlh, arg);
	return MNL_CB_OK;
}

static void events_ready(void *arg, uint32_t epoll_events)
{
	ssize_t n;

	while ((n = recv(watch.fd, buffer, sizeof(buffer), MSG_DONTWAIT)) > 0)
		mnl_cb_run(buffer, (size_t)n, 0, 0, handle_event, NULL);
	if (n < 0 && errno == ENOBUFS)
		gh_netlink_resync();
	gh_rib_commit();
}

static int dump(uint16_t type, size_t header, uint8_t family)
{
	struct nlmsghdr *nlh = mnl_nlmsg_put_header(buffer);
	const uint32_t seq = ++sequence; /* handlers send requests of their own meanwhile */
	struct rtgenmsg *gen;
	ssize_t n;
	int rc;

	nlh->nlmsg_type = type;
	nlh->nlmsg_flags = NLM_F_REQUEST | NLM_F_DUMP;
	nlh->nlmsg_seq = seq;
	gen = mnl_nlmsg_put_extra_header(nlh, header);
	gen->rtgen_family = family;
	if (mnl_socket_sendto(queries, nlh, nlh->nlmsg_len) < 0)
		return -errno;
	do {
		n = mnl_socket_recvfrom(queries, buffer, sizeof(buffer));
		if (n < 0)
			return -errno;
		rc = mnl_cb_run(
		    buffer, (size_t)n, seq, mnl_socket_get_portid(queries), handle_answer, NULL);
	} while (rc > MNL_CB_STOP);
	return rc < 0 ? -errno : 0;
}

static int read_local6(void)
{
	int rc;

	gh_local6_begin();
	rc = dump(RTM_GETADDR, sizeof(struct ifaddrmsg), AF_INET6);
	if (rc == 0)
		gh_local6_end();
	return rc == -EOPNOTSUPP ? 0 : rc;
}

static int read_all(void)
{
	int rc;

	for (uint16_t s = 1; s < GH_IFACE_MAX; s++)
		gh_iface_set_ip4(s, 0);
	gh_rib_mark();
	rc = dump(RTM_GETADDR, sizeof(struct ifaddrmsg), AF_INET);
	if (rc == 0)
		rc = read_local6();
	if (rc == 0)
		rc = dump(RTM_GETROUTE, sizeof(struct rtmsg), AF_INET);
	if (rc == 0)
		rc = dump(RTM_GETNEIGH, sizeof(struct ndmsg), AF_INET);
	if (rc == 0)
		gh_rib_sweep();
	gh_rib_commit();
	return rc;
}

bool gh_netlink_poll(uint64_t now_ms)
{
	int rc;

	if (resync_at == 0 || now_ms < resync_at)
		return resync_at != 0;
	resync_at = 0;
	rc = read_all();
	if (rc < 0) {
		gh_log(GH_LOG_DATAPLANE, LOG_WARNING, "reading Linux' routes: %s; again",
		    strerror(-rc));
		gh_netlink_resync();
	}
	return resync_at != 0;
}

/* Has Linux resolve, or confirm, a neighbour as if it had a packet for it. */
static void solicit(uint16_t iface, uint32_t addr)
{
	uint8_t msg[128];
	struct nlmsghdr *nlh = mnl_nlmsg_put_header(msg);
	struct ndmsg *ndm;

	nlh->nlmsg_type = RTM_NEWNEIGH;
	nlh->nlmsg_flags = NLM_F_REQUEST | NLM_F_CREATE;
	nlh->nlmsg_seq = ++sequence;
	ndm = mnl_nlmsg_put_extra_header(nlh, sizeof(*ndm));
	ndm->ndm_family = AF_INET;
	ndm->ndm_ifindex = gh_iface_ifindex(iface);
	ndm->ndm_flags = NTF_USE;
	mnl_attr_put_u32(nlh, NDA_DST, htonl(addr));
	if (mnl_socket_sendto(events, nlh, nlh->nlmsg_len) < 0)
		gh_log(GH_LOG_DATAPLANE, LOG_DEBUG, "a neighbour cannot be asked for: %s",
		    strerror(errno));
}

static int subscribe(void)
{
	static const int groups[] = {RTNLGRP_LINK, RTNLGRP_NEIGH, RTNLGRP_IPV4_IFADDR,
	    RTNLGRP_IPV6_IFADDR, RTNLGRP_IPV4_ROUTE};
	int size = RECEIVE_BUFFER, fd = mnl_socket_get_fd(events);

	if (setsockopt(fd, SOL_SOCKET, SO_RCVBUFFORCE, &size, sizeof(size)) < 0)
		setsockopt(fd, SOL_SOCKET, SO_RCVBUF, &size, sizeof(size));
	for (size_t i = 0; i < sizeof(groups) / sizeof(groups[0]); i++)
		if (mnl_socket_setsockopt(events, NETLINK_ADD_MEMBERSHIP,
			(void *)(uintptr_t)&groups[i], sizeof(groups[i])) < 0)
			return -errno;
	watch = (struct gh_watch){.fd = fd, .ready = events_ready};
	return gh_loop_add(&watch, EPOLLIN);
}

int gh_netlink_init(struct gh_error *err)
{
	int rc;

	events = mnl_socket_open2(NETLINK_ROUTE, SOCK_CLOEXEC);
	queries = mnl_socket_open2(NETLINK_ROUTE, SOCK_CLOEXEC);
	if (events == NULL || queries == NULL ||
	    mnl_socket_bind(events, 0, MNL_SOCKET_AUTOPID) < 0 ||
	    mnl_socket_bind(queries, 0, MNL_SOCKET_AUTOPID) < 0)
		return gh_error_set(err, -errno, NULL, "netlink: %s", strerror(errno));
	rc = subscribe();
	if (rc < 0)
		return gh_error_set(err, rc, NULL, "netlink: %s", strerror(-rc));
	gh_neigh_on_solicit(solicit);
	gh_netlink_resync();
	return 0;
}

void gh_netlink_fini(void)
{
	gh_neigh_on_solicit(NULL);
	if (events != NULL) {
		gh_loop_remove(&watch);
		mnl_socket_close(events);
	}
	if (queries != NULL)
		mnl_socket_close(queries);
	events = queries = NULL;
	resync_at = 0;
}
