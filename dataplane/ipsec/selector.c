/* SPDX-License-Identifier: BSD-3-Clause */
#include "dataplane/ipsec/selector.h"

#include <errno.h>
#include <netinet/in.h>
#include <rte_byteorder.h>
#include <rte_ip.h>

static void parse_ports(const uint8_t *l4, uint32_t len, bool outbound, struct gh_flow4 *f)
{
	uint16_t src, dst;

	switch (f->proto) {
	case IPPROTO_TCP:
	case IPPROTO_UDP:
	case IPPROTO_SCTP:
	case IPPROTO_UDPLITE:
	case IPPROTO_DCCP:
		if (len < 4)
			return;
		src = (uint16_t)(l4[0] << 8 | l4[1]);
		dst = (uint16_t)(l4[2] << 8 | l4[3]);
		break;
	case IPPROTO_ICMP:
		if (len < 2)
			return;
		src = dst = (uint16_t)(l4[0] << 8 | l4[1]);
		break;
	default:
		return;
	}
	f->has_ports = true;
	f->local_port = outbound ? src : dst;
	f->remote_port = outbound ? dst : src;
}

struct gh_flow4 gh_flow4_parse(const void *ip, uint32_t len, bool outbound)
{
	const struct rte_ipv4_hdr *h = ip;
	uint32_t hlen = (h->version_ihl & 15u) * 4;
	uint32_t src = rte_be_to_cpu_32(h->src_addr), dst = rte_be_to_cpu_32(h->dst_addr);
	struct gh_flow4 f = {
	    .local = outbound ? src : dst,
	    .remote = outbound ? dst : src,
	    .proto = h->next_proto_id,
	};

	if ((h->fragment_offset & RTE_BE16(RTE_IPV4_HDR_OFFSET_MASK)) == 0 && hlen <= len)
		parse_ports((const uint8_t *)ip + hlen, len - hlen, outbound, &f);
	return f;
}

static int check_prefix(const struct gh_prefix *p, const char *side, struct gh_error *err)
{
	char text[GH_PREFIX_STRLEN];

	if (p->addr.family == AF_INET6)
		return gh_error_set(err, -EAFNOSUPPORT, side,
		    "%s is IPv6, which this dataplane does not protect yet; use IPv4 selectors",
		    gh_prefix_str(p, text));
	if (p->addr.family != AF_INET)
		return gh_error_set(
		    err, -EINVAL, side, "address family %u is unknown", p->addr.family);
	if (p->len > 32)
		return gh_error_set(err, -EINVAL, side, "prefix length %u is above 32", p->len);
	return 0;
}

int gh_selector4_compile(
    const struct gh_dp_selector *sel, struct gh_selector4 *out, struct gh_error *err)
{
	int rc;

	if ((rc = check_prefix(&sel->local, "selector/local", err)) != 0 ||
	    (rc = check_prefix(&sel->remote, "selector/remote", err)) != 0)
		return rc;
	if (sel->local_port_first > sel->local_port_last ||
	    sel->remote_port_first > sel->remote_port_last)
		return gh_error_set(
		    err, -EINVAL, "selector/port", "a port range ends before it begins");
	*out = (struct gh_selector4){
	    .local_mask = gh_mask4(sel->local.len),
	    .remote_mask = gh_mask4(sel->remote.len),
	    .local_port_first = sel->local_port_first,
	    .local_port_last = sel->local_port_last,
	    .remote_port_first = sel->remote_port_first,
	    .remote_port_last = sel->remote_port_last,
	    .proto = sel->proto,
	    .local_len = sel->local.len,
	    .remote_len = sel->remote.len,
	};
	out->local = gh_addr_to_v4(&sel->local.addr) & out->local_mask;
	out->remote = gh_addr_to_v4(&sel->remote.addr) & out->remote_mask;
	out->any_port = sel->local_port_first == 0 && sel->local_port_last == UINT16_MAX &&
			sel->remote_port_first == 0 && sel->remote_port_last == UINT16_MAX;
	return 0;
}
