/* SPDX-License-Identifier: BSD-3-Clause */
#include "ctrlplane/net/netlink.h"

#include <errno.h>
#include <linux/netlink.h>
#include <linux/rtnetlink.h>
#include <string.h>
#include <sys/socket.h>

int net_nl_open(struct net_nl *nl)
{
	int on = 1;

	nl->socket = mnl_socket_open2(NETLINK_ROUTE, SOCK_CLOEXEC);
	if (nl->socket == NULL)
		return -errno;
	if (mnl_socket_bind(nl->socket, 0, MNL_SOCKET_AUTOPID) < 0) {
		net_nl_close(nl);
		return -errno;
	}
	/* Dumps then honour filters; a kernel that cannot sends more, which is filtered here. */
	setsockopt(
	    mnl_socket_get_fd(nl->socket), SOL_NETLINK, NETLINK_GET_STRICT_CHK, &on, sizeof(on));
	nl->port = mnl_socket_get_portid(nl->socket);
	return 0;
}

void net_nl_close(struct net_nl *nl)
{
	if (nl->socket != NULL)
		mnl_socket_close(nl->socket);
	nl->socket = NULL;
}

void *net_msg_start(struct net_msg *m, uint16_t type, uint16_t flags, size_t header)
{
	mnl_nlmsg_put_header(m);
	m->hdr.nlmsg_type = type;
	m->hdr.nlmsg_flags = NLM_F_REQUEST | flags;
	return mnl_nlmsg_put_extra_header(&m->hdr, header);
}

static int run(struct net_nl *nl, struct net_msg *m, mnl_cb_t each, void *ctx)
{
	char buf[32768];
	ssize_t n;
	int rc;

	m->hdr.nlmsg_seq = ++nl->seq;
	if (mnl_socket_sendto(nl->socket, m, m->hdr.nlmsg_len) < 0)
		return -errno;
	do {
		n = mnl_socket_recvfrom(nl->socket, buf, sizeof(buf));
		if (n < 0)
			return -errno;
		rc = mnl_cb_run(buf, (size_t)n, nl->seq, nl->port, each, ctx);
	} while (rc > MNL_CB_STOP);
	return rc < 0 ? -errno : 0;
}

int net_nl_ask(struct net_nl *nl, struct net_msg *m)
{
	m->hdr.nlmsg_flags |= NLM_F_ACK;
	return run(nl, m, NULL, NULL);
}

int net_nl_get(struct net_nl *nl, struct net_msg *m, mnl_cb_t take, void *ctx)
{
	m->hdr.nlmsg_flags |= NLM_F_ACK; /* its end */
	return run(nl, m, take, ctx);
}

int net_nl_dump(struct net_nl *nl, struct net_msg *m, mnl_cb_t each, void *ctx)
{
	m->hdr.nlmsg_flags |= NLM_F_DUMP;
	return run(nl, m, each, ctx);
}
