/* SPDX-License-Identifier: BSD-3-Clause */
#include "ctrlplane/net/net.h"

#include "ctrlplane/dpclient/view.h"

#include <stdlib.h>
#include <string.h>

struct net net;

static struct gh_engine engine = {.name = "net", .verify = net_verify, .apply = net_apply};

static void state_all(void *ctx, struct gh_dpc *dpc)
{
	struct net_iface *iface, *tmp;

	gh_dpc_workers_set(dpc, &net.workers, GH_DPC_NO_DONE);
	HASH_ITER (hh, net.ifaces, iface, tmp)
		net_iface_state(iface, dpc);
}

int gh_net_start(struct gh_daemon *daemon, struct gh_error *err)
{
	int rc;

	net = (struct net){.daemon = daemon, .fast_path = true};
	rc = net_nl_open(&net.nl);
	if (rc < 0)
		return gh_error_set(
		    err, rc, NULL, "cannot talk to Linux by netlink: %s", strerror(-rc));
	rc = net_watch_start(err);
	if (rc < 0)
		return rc;
	net.provider =
	    (struct gh_dpc_provider){.name = "net", .rank = GH_DPC_RANK_NET, .state = state_all};
	gh_dpc_add_provider(daemon->dpc, &net.provider);
	gh_engine_register(&engine);
	net_show_interface_register();
	net_show_routes_register();
	net_show_fast_path_register();
	return 0;
}

void gh_net_stop(void)
{
	struct net_iface *iface, *tmp;
	struct net_route *route, *rtmp;
	struct net_port *port, *ptmp;

	net_watch_stop();
	gh_dpc_view_close();
	net_nl_close(&net.nl);
	HASH_ITER (hh, net.ifaces, iface, tmp) {
		HASH_DEL(net.ifaces, iface);
		net_iface_free(iface);
	}
	HASH_ITER (hh, net.routes, route, rtmp) {
		HASH_DEL(net.routes, route);
		free(route);
	}
	HASH_ITER (hh, net.ports, port, ptmp) {
		HASH_DEL(net.ports, port);
		free(port);
	}
}
