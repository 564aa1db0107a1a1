/* SPDX-License-Identifier: BSD-3-Clause */
#include <linux/if_addr.h>
#include <linux/rtnetlink.h>
#include <string.h>

#include "ctrlplane/net/netlink.h"

static int change(
    struct net_nl *nl, uint16_t type, uint16_t flags, int ifindex, const struct gh_prefix *a)
{
	struct net_msg m = {0};
	struct ifaddrmsg *ifa = net_msg_start(&m, type, flags, sizeof(*ifa));
	size_t len = gh_addr_len(&a->addr);

	ifa->ifa_family = a->addr.family;
	ifa->ifa_prefixlen = a->len;
	ifa->ifa_scope = RT_SCOPE_UNIVERSE;
	ifa->ifa_index = (unsigned)ifindex;
	mnl_attr_put(&m.hdr, IFA_LOCAL, len, a->addr.bytes);
	mnl_attr_put(&m.hdr, IFA_ADDRESS, len, a->addr.bytes);
	return net_nl_ask(nl, &m);
}

int net_address_add(struct net_nl *nl, int ifindex, const struct gh_prefix *a)
{
	return change(nl, RTM_NEWADDR, NLM_F_CREATE | NLM_F_REPLACE, ifindex, a);
}

int net_address_del(struct net_nl *nl, int ifindex, const struct gh_prefix *a)
{
	return change(nl, RTM_DELADDR, 0, ifindex, a);
}

/* IFA_LOCAL is the address where both are there (IPv4), IFA_ADDRESS where it is alone (IPv6). */
static int parse_attr(const struct nlattr *attr, void *ctx)
{
	struct net_address *out = ctx;
	uint16_t type = mnl_attr_get_type(attr);

	if ((type == IFA_LOCAL || (type == IFA_ADDRESS && out->prefix.addr.family == AF_INET6)) &&
	    mnl_attr_get_payload_len(attr) == gh_addr_len(&out->prefix.addr))
		memcpy(out->prefix.addr.bytes, mnl_attr_get_payload(attr),
		    mnl_attr_get_payload_len(attr));
	return MNL_CB_OK;
}

bool net_address_parse(const struct nlmsghdr *nlh, struct net_address *out)
{
	const struct ifaddrmsg *ifa = mnl_nlmsg_get_payload(nlh);

	if (nlh->nlmsg_type != RTM_NEWADDR && nlh->nlmsg_type != RTM_DELADDR)
		return false;
	*out = (struct net_address){.ifindex = (int)ifa->ifa_index,
	    .global = ifa->ifa_scope == RT_SCOPE_UNIVERSE,
	    .prefix = {.addr.family = ifa->ifa_family, .len = ifa->ifa_prefixlen}};
	return mnl_attr_parse(nlh, sizeof(*ifa), parse_attr, out) == MNL_CB_OK;
}

struct dump {
	void (*each)(void *ctx, const struct net_address *a);
	void *ctx;
};

static int take_address(const struct nlmsghdr *nlh, void *ctx)
{
	struct dump *d = ctx;
	struct net_address a;

	if (net_address_parse(nlh, &a))
		d->each(d->ctx, &a);
	return MNL_CB_OK;
}

int net_address_dump(
    struct net_nl *nl, void (*each)(void *ctx, const struct net_address *a), void *ctx)
{
	struct dump d = {.each = each, .ctx = ctx};
	struct net_msg m = {0};

	net_msg_start(&m, RTM_GETADDR, 0, sizeof(struct ifaddrmsg));
	return net_nl_dump(nl, &m, take_address, &d);
}
