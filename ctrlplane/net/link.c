/* SPDX-License-Identifier: BSD-3-Clause */
#include <linux/if.h>
#include <linux/if_link.h>
#include <linux/rtnetlink.h>
#include <string.h>

#include "ctrlplane/net/netlink.h"

static void parse_stats(const struct nlattr *attr, struct net_link *out)
{
	struct rtnl_link_stats64 s = {0};
	size_t len = mnl_attr_get_payload_len(attr);

	memcpy(&s, mnl_attr_get_payload(attr), len < sizeof(s) ? len : sizeof(s));
	out->rx_packets = s.rx_packets;
	out->rx_bytes = s.rx_bytes;
	out->rx_dropped = s.rx_dropped;
	out->rx_errors = s.rx_errors;
	out->tx_packets = s.tx_packets;
	out->tx_bytes = s.tx_bytes;
	out->tx_dropped = s.tx_dropped;
	out->tx_errors = s.tx_errors;
}

static int parse_attr(const struct nlattr *attr, void *ctx)
{
	struct net_link *out = ctx;

	switch (mnl_attr_get_type(attr)) {
	case IFLA_IFNAME:
		strncpy(out->name, mnl_attr_get_str(attr), sizeof(out->name) - 1);
		break;
	case IFLA_ADDRESS:
		if (mnl_attr_get_payload_len(attr) == sizeof(out->mac))
			memcpy(out->mac, mnl_attr_get_payload(attr), sizeof(out->mac));
		break;
	case IFLA_MTU:
		out->mtu = mnl_attr_get_u32(attr);
		break;
	case IFLA_STATS64:
		parse_stats(attr, out);
		break;
	}
	return MNL_CB_OK;
}

void net_link_parse(const struct nlmsghdr *nlh, struct net_link *out)
{
	const struct ifinfomsg *ifi = mnl_nlmsg_get_payload(nlh);

	memset(out, 0, sizeof(*out));
	out->ifindex = ifi->ifi_index;
	out->up = ifi->ifi_flags & IFF_UP;
	out->running = ifi->ifi_flags & IFF_RUNNING;
	mnl_attr_parse(nlh, sizeof(*ifi), parse_attr, out);
}

static int take_link(const struct nlmsghdr *nlh, void *ctx)
{
	if (nlh->nlmsg_type == RTM_NEWLINK)
		net_link_parse(nlh, ctx);
	return MNL_CB_OK;
}

int net_link_get(struct net_nl *nl, int ifindex, struct net_link *out)
{
	struct net_msg m = {0};
	struct ifinfomsg *ifi = net_msg_start(&m, RTM_GETLINK, 0, sizeof(*ifi));

	ifi->ifi_index = ifindex;
	return net_nl_get(nl, &m, take_link, out);
}

int net_link_set(struct net_nl *nl, int ifindex, bool up, uint32_t mtu)
{
	struct net_msg m = {0};
	struct ifinfomsg *ifi = net_msg_start(&m, RTM_NEWLINK, 0, sizeof(*ifi));

	ifi->ifi_index = ifindex;
	ifi->ifi_change = IFF_UP;
	ifi->ifi_flags = up ? IFF_UP : 0;
	if (mtu != 0)
		mnl_attr_put_u32(&m.hdr, IFLA_MTU, mtu);
	return net_nl_ask(nl, &m);
}
