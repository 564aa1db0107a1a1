/* SPDX-License-Identifier: BSD-3-Clause */
#include "ctrlplane/ike/host/ike_udp.h"

#include <errno.h>
#include <ev.h>
#include <netinet/in.h>
#include <netinet/udp.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include "common/log.h"
#include "ctrlplane/ike/ike.h"

#define BATCH 32
#define DATAGRAM_MAX 65535u
#define MARKER_LEN 4u
#define CONTROL_LEN 128
/* A storm of handshakes must wait in the buffer rather than be lost: a loss costs seconds. */
#define SOCKET_BUFFER (8 << 20)

struct ike_socket {
	struct ike_udp *udp;
	ev_io io;
	int fd; /* -1: this family is not there */
	uint8_t family;
	uint16_t port;
};

struct ike_udp {
	struct ev_loop *loop;
	ike_udp_fn receive;
	void *ctx;
	struct ike_udp_counts counts;
	struct ike_socket sockets[4];
	uint8_t *buffers; /* BATCH datagrams */
};

static const uint8_t non_esp_marker[MARKER_LEN];

static int set_options(int fd, uint8_t family)
{
	int on = 1, size = SOCKET_BUFFER;
	int level = family == AF_INET ? IPPROTO_IP : IPPROTO_IPV6;
	int option = family == AF_INET ? IP_PKTINFO : IPV6_RECVPKTINFO;

	if (family == AF_INET6 && setsockopt(fd, IPPROTO_IPV6, IPV6_V6ONLY, &on, sizeof(on)) < 0)
		return -errno;
	if (setsockopt(fd, level, option, &on, sizeof(on)) < 0)
		return -errno;
	if (setsockopt(fd, SOL_SOCKET, SO_RCVBUFFORCE, &size, sizeof(size)) < 0)
		setsockopt(fd, SOL_SOCKET, SO_RCVBUF, &size, sizeof(size));
	if (setsockopt(fd, SOL_SOCKET, SO_SNDBUFFORCE, &size, sizeof(size)) < 0)
		setsockopt(fd, SOL_SOCKET, SO_SNDBUF, &size, sizeof(size));
	return 0;
}

static int open_socket(struct ike_socket *s)
{
	struct gh_endpoint any = {.addr.family = s->family, .port = s->port};
	struct sockaddr_storage ss;
	socklen_t len = gh_endpoint_to_sockaddr(&any, &ss);
	int rc;

	s->fd = socket(s->family, SOCK_DGRAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
	if (s->fd < 0)
		return errno == EAFNOSUPPORT && s->family == AF_INET6 ? 0 : -errno;
	rc = set_options(s->fd, s->family);
	if (rc == 0 && bind(s->fd, (struct sockaddr *)&ss, len) < 0)
		rc = -errno;
	if (rc < 0) {
		close(s->fd);
		s->fd = -1;
	}
	return rc;
}

/* The destination address of a received datagram. */
static bool local_address(struct msghdr *msg, struct gh_addr *local)
{
	for (struct cmsghdr *c = CMSG_FIRSTHDR(msg); c != NULL; c = CMSG_NXTHDR(msg, c)) {
		*local = (struct gh_addr){0};
		if (c->cmsg_level == IPPROTO_IP && c->cmsg_type == IP_PKTINFO) {
			const struct in_pktinfo *info = (const struct in_pktinfo *)CMSG_DATA(c);
			local->family = AF_INET;
			memcpy(local->bytes, &info->ipi_addr, 4);
			return true;
		}
		if (c->cmsg_level == IPPROTO_IPV6 && c->cmsg_type == IPV6_PKTINFO) {
			const struct in6_pktinfo *info = (const struct in6_pktinfo *)CMSG_DATA(c);
			local->family = AF_INET6;
			memcpy(local->bytes, &info->ipi6_addr, 16);
			return true;
		}
	}
	return false;
}

static void deliver(struct ike_socket *s, struct mmsghdr *m, const uint8_t *data)
{
	struct gh_endpoint local = {.port = s->port}, remote;
	size_t len = m->msg_len;

	s->udp->counts.received++;
	if (m->msg_hdr.msg_flags & MSG_TRUNC) {
		s->udp->counts.truncated++;
		return;
	}
	if (gh_endpoint_from_sockaddr(m->msg_hdr.msg_name, &remote) < 0 ||
	    !local_address(&m->msg_hdr, &local.addr))
		return;
	if (s->port == IKE_PORT_NATT) {
		if (len < MARKER_LEN || memcmp(data, non_esp_marker, MARKER_LEN) != 0) {
			s->udp->counts.keepalives++; /* or ESP that no dataplane took */
			return;
		}
		data += MARKER_LEN;
		len -= MARKER_LEN;
	}
	s->udp->receive(s->udp->ctx, &local, &remote, data, len);
}

static void on_readable(struct ev_loop *loop, ev_io *w, int revents)
{
	struct ike_socket *s = w->data;
	uint8_t control[BATCH][CONTROL_LEN] __attribute__((aligned(8)));
	struct sockaddr_storage from[BATCH];
	struct mmsghdr msgs[BATCH];
	struct iovec iov[BATCH];
	int n;

	memset(msgs, 0, sizeof(msgs));
	for (int i = 0; i < BATCH; i++) {
		iov[i] = (struct iovec){s->udp->buffers + i * (size_t)DATAGRAM_MAX, DATAGRAM_MAX};
		msgs[i].msg_hdr = (struct msghdr){.msg_name = &from[i],
		    .msg_namelen = sizeof(from[i]),
		    .msg_iov = &iov[i],
		    .msg_iovlen = 1,
		    .msg_control = control[i],
		    .msg_controllen = CONTROL_LEN};
	}
	/* One batch a round: a flood on this socket must not keep the loop from its other work. */
	n = recvmmsg(s->fd, msgs, BATCH, 0, NULL);
	for (int i = 0; i < n; i++)
		deliver(s, &msgs[i], iov[i].iov_base);
}

static void fill_pktinfo(struct msghdr *msg, const struct gh_addr *local)
{
	struct cmsghdr *c = CMSG_FIRSTHDR(msg);

	if (local->family == AF_INET) {
		struct in_pktinfo *info = (struct in_pktinfo *)CMSG_DATA(c);
		c->cmsg_level = IPPROTO_IP;
		c->cmsg_type = IP_PKTINFO;
		c->cmsg_len = CMSG_LEN(sizeof(*info));
		memcpy(&info->ipi_spec_dst, local->bytes, 4);
		msg->msg_controllen = CMSG_SPACE(sizeof(*info));
	} else {
		struct in6_pktinfo *info = (struct in6_pktinfo *)CMSG_DATA(c);
		c->cmsg_level = IPPROTO_IPV6;
		c->cmsg_type = IPV6_PKTINFO;
		c->cmsg_len = CMSG_LEN(sizeof(*info));
		memcpy(&info->ipi6_addr, local->bytes, 16);
		msg->msg_controllen = CMSG_SPACE(sizeof(*info));
	}
}

static const struct ike_socket *socket_for(
    const struct ike_udp *udp, const struct gh_endpoint *local)
{
	for (unsigned i = 0; i < 4; i++) {
		const struct ike_socket *s = &udp->sockets[i];
		if (s->fd >= 0 && s->family == local->addr.family && s->port == local->port)
			return s;
	}
	return NULL;
}

void ike_udp_send(struct ike_udp *udp, const struct gh_endpoint *local,
    const struct gh_endpoint *remote, const void *data, size_t len)
{
	const struct ike_socket *s = socket_for(udp, local);
	uint8_t control[CONTROL_LEN] __attribute__((aligned(8))) = {0};
	struct sockaddr_storage to;
	struct iovec iov[2] = {{(void *)non_esp_marker, MARKER_LEN}, {(void *)data, len}};
	bool marker = local->port == IKE_PORT_NATT && len > 1; /* keepalives go bare */
	struct msghdr msg = {.msg_name = &to,
	    .msg_iov = marker ? iov : iov + 1,
	    .msg_iovlen = marker ? 2 : 1,
	    .msg_control = control,
	    .msg_controllen = CONTROL_LEN};

	if (s == NULL) {
		udp->counts.send_errors++;
		return;
	}
	msg.msg_namelen = gh_endpoint_to_sockaddr(remote, &to);
	fill_pktinfo(&msg, &local->addr);
	if (sendmsg(s->fd, &msg, MSG_DONTWAIT | MSG_NOSIGNAL) >= 0) {
		udp->counts.sent++;
		return;
	}
	udp->counts.send_errors++;
	gh_log(GH_LOG_IKE, LOG_DEBUG, "cannot send %zu bytes of IKE: %s", len, strerror(errno));
}

struct ike_udp *ike_udp_open(
    struct ev_loop *loop, ike_udp_fn receive, void *ctx, struct gh_error *err)
{
	static const struct {
		uint8_t family;
		uint16_t port;
	} want[4] = {{AF_INET, IKE_PORT}, {AF_INET, IKE_PORT_NATT}, {AF_INET6, IKE_PORT},
	    {AF_INET6, IKE_PORT_NATT}};
	struct ike_udp *udp = calloc(1, sizeof(*udp));
	int rc = 0;

	if (udp != NULL)
		udp->buffers = malloc(BATCH * (size_t)DATAGRAM_MAX);
	if (udp == NULL || udp->buffers == NULL) {
		gh_error_set(err, -ENOMEM, NULL, "out of memory for the IKE sockets");
		free(udp);
		return NULL;
	}
	udp->loop = loop;
	udp->receive = receive;
	udp->ctx = ctx;
	for (unsigned i = 0; i < 4; i++)
		udp->sockets[i] = (struct ike_socket){
		    .udp = udp, .fd = -1, .family = want[i].family, .port = want[i].port};
	for (unsigned i = 0; i < 4; i++) {
		struct ike_socket *s = &udp->sockets[i];
		rc = open_socket(s);
		if (rc < 0) {
			gh_error_set(err, rc, NULL,
			    "cannot open UDP port %u for IKE: %s; is another IKE daemon running "
			    "here?",
			    s->port, strerror(-rc));
			ike_udp_close(udp);
			return NULL;
		}
		if (s->fd < 0)
			continue;
		ev_io_init(&s->io, on_readable, s->fd, EV_READ);
		s->io.data = s;
		ev_io_start(loop, &s->io);
	}
	return udp;
}

void ike_udp_close(struct ike_udp *udp)
{
	if (udp == NULL)
		return;
	for (unsigned i = 0; i < 4; i++) {
		if (udp->sockets[i].fd < 0)
			continue;
		ev_io_stop(udp->loop, &udp->sockets[i].io);
		close(udp->sockets[i].fd);
	}
	free(udp->buffers);
	free(udp);
}

const struct ike_udp_counts *ike_udp_counts(const struct ike_udp *udp)
{
	return &udp->counts;
}

int ike_udp_source_address(const struct gh_addr *remote, struct gh_addr *local)
{
	struct gh_endpoint to = {.addr = *remote, .port = IKE_PORT}, from;
	struct sockaddr_storage ss;
	socklen_t len = gh_endpoint_to_sockaddr(&to, &ss);
	int fd = socket(remote->family, SOCK_DGRAM | SOCK_CLOEXEC, 0), rc = 0;

	if (fd < 0)
		return -errno;
	if (connect(fd, (struct sockaddr *)&ss, len) < 0)
		rc = -errno;
	len = sizeof(ss);
	if (rc == 0 && getsockname(fd, (struct sockaddr *)&ss, &len) < 0)
		rc = -errno;
	if (rc == 0)
		rc = gh_endpoint_from_sockaddr(&ss, &from);
	if (rc == 0)
		*local = from.addr;
	close(fd);
	return rc;
}
