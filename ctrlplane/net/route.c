/* SPDX-License-Identifier: BSD-3-Clause */
#include <linux/rtnetlink.h>
#include <string.h>

#include "ctrlplane/net/netlink.h"

static struct rtmsg *start(
    struct net_msg *m, uint16_t type, uint16_t flags, const struct gh_prefix *dest)
{
	struct rtmsg *rtm = net_msg_start(m, type, flags, sizeof(*rtm));

	rtm->rtm_family = dest->addr.family;
	rtm->rtm_dst_len = dest->len;
	rtm->rtm_table = RT_TABLE_MAIN;
	rtm->rtm_protocol = NET_RTPROT;
	rtm->rtm_type = RTN_UNICAST;
	mnl_attr_put(&m->hdr, RTA_DST, gh_addr_len(&dest->addr), dest->addr.bytes);
	return rtm;
}

static void put_hop(struct net_msg *m, const struct net_hop *hop)
{
	if (hop->gateway.family != AF_UNSPEC)
		mnl_attr_put(&m->hdr, RTA_GATEWAY, gh_addr_len(&hop->gateway), hop->gateway.bytes);
}

static void put_multipath(struct net_msg *m, const struct net_kroute *r)
{
	struct nlattr *nest = mnl_attr_nest_start(&m->hdr, RTA_MULTIPATH);
	struct rtnexthop *rtnh;

	for (unsigned i = 0; i < r->nhops; i++) {
		rtnh = mnl_nlmsg_get_payload_tail(&m->hdr);
		memset(rtnh, 0, sizeof(*rtnh));
		m->hdr.nlmsg_len += sizeof(*rtnh);
		rtnh->rtnh_ifindex = r->hops[i].ifindex;
		put_hop(m, &r->hops[i]);
		rtnh->rtnh_len =
		    (uint16_t)((char *)mnl_nlmsg_get_payload_tail(&m->hdr) - (char *)rtnh);
	}
	mnl_attr_nest_end(&m->hdr, nest);
}

int net_route_set(struct net_nl *nl, const struct net_kroute *r)
{
	struct net_msg m = {0};

	start(&m, RTM_NEWROUTE, NLM_F_CREATE | NLM_F_REPLACE, &r->dest);
	if (r->metric != 0)
		mnl_attr_put_u32(&m.hdr, RTA_PRIORITY, r->metric);
	if (r->nhops > 1) {
		put_multipath(&m, r);
	} else {
		put_hop(&m, &r->hops[0]);
		if (r->hops[0].ifindex != 0)
			mnl_attr_put_u32(&m.hdr, RTA_OIF, (uint32_t)r->hops[0].ifindex);
	}
	return net_nl_ask(nl, &m);
}

int net_route_del(struct net_nl *nl, const struct gh_prefix *dest)
{
	struct net_msg m = {0};

	start(&m, RTM_DELROUTE, 0, dest)->rtm_scope = RT_SCOPE_NOWHERE;
	return net_nl_ask(nl, &m);
}

static void take_gateway(struct net_kroute *r, struct net_hop *hop, const struct nlattr *attr)
{
	hop->gateway.family = r->dest.addr.family;
	if (mnl_attr_get_payload_len(attr) == gh_addr_len(&hop->gateway))
		memcpy(
		    hop->gateway.bytes, mnl_attr_get_payload(attr), mnl_attr_get_payload_len(attr));
}

static void take_multipath(struct net_kroute *r, const struct nlattr *nest)
{
	const struct rtnexthop *rtnh = mnl_attr_get_payload(nest);
	int left = mnl_attr_get_payload_len(nest);
	const struct nlattr *attr;

	r->nhops = 0;
	for (; RTNH_OK(rtnh, left) && r->nhops < NET_HOPS_MAX; r->nhops++) {
		struct net_hop *hop = &r->hops[r->nhops];

		hop->ifindex = rtnh->rtnh_ifindex;
		mnl_attr_for_each_payload(
		    (const void *)RTNH_DATA(rtnh), rtnh->rtnh_len - sizeof(*rtnh))
		{
			if (mnl_attr_get_type(attr) == RTA_GATEWAY)
				take_gateway(r, hop, attr);
		}
		left -= RTNH_ALIGN(rtnh->rtnh_len);
		rtnh = RTNH_NEXT(rtnh);
	}
}

static int parse_attr(const struct nlattr *attr, void *ctx)
{
	struct net_kroute *r = ctx;

	switch (mnl_attr_get_type(attr)) {
	case RTA_DST:
		if (mnl_attr_get_payload_len(attr) == gh_addr_len(&r->dest.addr))
			memcpy(r->dest.addr.bytes, mnl_attr_get_payload(attr),
			    mnl_attr_get_payload_len(attr));
		break;
	case RTA_GATEWAY:
		take_gateway(r, &r->hops[0], attr);
		break;
	case RTA_OIF:
		r->hops[0].ifindex = (int)mnl_attr_get_u32(attr);
		break;
	case RTA_PRIORITY:
		r->metric = mnl_attr_get_u32(attr);
		break;
	case RTA_MULTIPATH:
		take_multipath(r, attr);
		break;
	}
	return MNL_CB_OK;
}

struct dump {
	void (*each)(void *ctx, const struct net_kroute *r);
	void *ctx;
};

static int take_route(const struct nlmsghdr *nlh, void *ctx)
{
	const struct rtmsg *rtm = mnl_nlmsg_get_payload(nlh);
	struct dump *d = ctx;
	struct net_kroute r = {.protocol = rtm->rtm_protocol, .nhops = 1};

	if (nlh->nlmsg_type != RTM_NEWROUTE || rtm->rtm_table != RT_TABLE_MAIN ||
	    rtm->rtm_type != RTN_UNICAST || (rtm->rtm_flags & RTM_F_CLONED))
		return MNL_CB_OK;
	r.dest = (struct gh_prefix){.addr.family = rtm->rtm_family, .len = rtm->rtm_dst_len};
	mnl_attr_parse(nlh, sizeof(*rtm), parse_attr, &r);
	d->each(d->ctx, &r);
	return MNL_CB_OK;
}

int net_route_dump(
    struct net_nl *nl, int family, void (*each)(void *ctx, const struct net_kroute *r), void *ctx)
{
	struct dump d = {.each = each, .ctx = ctx};
	struct net_msg m = {0};
	struct rtmsg *rtm = net_msg_start(&m, RTM_GETROUTE, 0, sizeof(*rtm));

	rtm->rtm_family = (uint8_t)family;
	return net_nl_dump(nl, &m, take_route, &d);
}
