/* SPDX-License-Identifier: BSD-3-Clause */
#include "dataplane/ipsec/sa_check.h"

#include <errno.h>

#include "dataplane/api/dp_sa_line.h"
#include "dataplane/ipsec/alg.h"

#define SPI_FIRST 256u /* RFC 4303 2.1: smaller ones are reserved */
#define FLAGS_KNOWN                                                                 \
	(GH_DP_SA_ESN | GH_DP_SA_UDP_ENCAP | GH_DP_SA_COPY_DSCP | GH_DP_SA_DF_SET | \
	    GH_DP_SA_DF_COPY)

int gh_sa_check_id(const struct gh_dp_sa_id *id, struct gh_error *err)
{
	if (id->dir > GH_DP_IN)
		return gh_error_set(err, -EINVAL, "id/dir", "direction %u is unknown", id->dir);
	if (id->index >= GH_DP_SA_MAX)
		return gh_error_set(err, -EINVAL, "id/index",
		    "slot %u is outside the table of %u SAs", id->index, GH_DP_SA_MAX);
	if (id->spi < SPI_FIRST)
		return gh_error_set(
		    err, -EINVAL, "id/spi", "SPI 0x%08x is reserved (RFC 4303 2.1)", id->spi);
	if (id->dir == GH_DP_IN && (id->spi & (GH_DP_SA_MAX - 1)) != id->index)
		return gh_error_set(err, -EINVAL, "id/spi",
		    "inbound SPI 0x%08x does not carry its slot %u in the low bits", id->spi,
		    id->index);
	return 0;
}

static int check_endpoint(
    const struct gh_endpoint *e, const char *side, bool udp, struct gh_error *err)
{
	char text[GH_ADDR_STRLEN];

	if (e->addr.family == AF_INET6)
		return gh_error_set(err, -EAFNOSUPPORT, side,
		    "%s: IPv6 tunnels are not supported yet; use IPv4 addresses for the peers",
		    gh_addr_str(&e->addr, text));
	if (e->addr.family != AF_INET)
		return gh_error_set(
		    err, -EINVAL, side, "address family %u is unknown", e->addr.family);
	if (gh_addr_to_v4(&e->addr) == 0)
		return gh_error_set(err, -EINVAL, side, "0.0.0.0 cannot be a tunnel's end");
	if (udp && e->port == 0)
		return gh_error_set(err, -EINVAL, side, "UDP encapsulation needs a port");
	return 0;
}

static int check_flags(const struct gh_dp_sa *sa, struct gh_error *err)
{
	if (sa->flags & ~FLAGS_KNOWN)
		return gh_error_set(
		    err, -EINVAL, "flags", "flags 0x%04x are unknown", sa->flags & ~FLAGS_KNOWN);
	if ((sa->flags & GH_DP_SA_DF_SET) && (sa->flags & GH_DP_SA_DF_COPY))
		return gh_error_set(
		    err, -EINVAL, "flags", "DF cannot be both set and copied; choose one");
	if (!(sa->flags & GH_DP_SA_ESN) && sa->seq > UINT32_MAX)
		return gh_error_set(err, -EINVAL, "seq",
		    "sequence number above 2^32 needs extended sequence numbers");
	return 0;
}

int gh_sa_check(const struct gh_dp_sa *sa, struct gh_error *err)
{
	bool udp = (sa->flags & GH_DP_SA_UDP_ENCAP) != 0;
	int rc;

	if ((rc = gh_sa_check_id(&sa->id, err)) != 0)
		return rc;
	if (gh_esp_alg_find(sa->enc_alg, sa->auth_alg) < 0)
		return gh_error_set(err, -EINVAL, "enc_alg",
		    "transforms %u and %u do not make an ESP SA: either an AEAD alone, or "
		    "encryption "
		    "with integrity",
		    sa->enc_alg, sa->auth_alg);
	if (sa->replay_window > GH_REPLAY_WINDOW_MAX)
		return gh_error_set(err, -EINVAL, "replay_window",
		    "replay window %u is above %u packets", sa->replay_window,
		    GH_REPLAY_WINDOW_MAX);
	if ((rc = check_flags(sa, err)) != 0 ||
	    (rc = check_endpoint(&sa->local, "local", udp, err)) != 0)
		return rc;
	return check_endpoint(&sa->remote, "remote", udp, err);
}
