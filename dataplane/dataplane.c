/* SPDX-License-Identifier: BSD-3-Clause */
#include "dataplane/dataplane.h"

#include <errno.h>
#include <string.h>

#include "dataplane/control.h"
#include "dataplane/eal.h"
#include "dataplane/fib.h"
#include "dataplane/graph.h"
#include "dataplane/host.h"
#include "dataplane/iface_table.h"
#include "dataplane/ipsec/ipsec.h"
#include "dataplane/local6.h"
#include "dataplane/loop.h"
#include "dataplane/neigh.h"
#include "dataplane/netlink.h"
#include "dataplane/nexthop_table.h"
#include "dataplane/rcu_init.h"
#include "dataplane/rib.h"
#include "dataplane/shm.h"
#include "dataplane/worker_private.h"

static int init_tables(struct gh_error *err)
{
	int rc = gh_rcu_init();

	gh_nexthop_table_init();
	if (rc == 0)
		rc = gh_fib_init();
	if (rc == 0)
		rc = gh_neigh_init();
	if (rc == 0)
		rc = gh_host_init();
	if (rc == 0)
		rc = gh_loop_init();
	if (rc < 0)
		return gh_error_set(err, rc, NULL,
		    "tables cannot be made: %s; give more by --memory", strerror(-rc));
	return 0;
}

static int start_workers(const struct gh_dataplane_options *o, struct gh_error *err)
{
	int rc;

	if (o->inline_workers > 0)
		return gh_workers_set_inline(o->inline_workers, err);
	rc = gh_workers_set(&(struct gh_dp_workers){0}, err);
	if (rc == 0 && gh_host_start() < 0)
		rc = gh_error_set(err, -EAGAIN, NULL, "the host thread does not start");
	return rc;
}

int gh_dataplane_start(const struct gh_dataplane_options *o, struct gh_error *err)
{
	int rc = gh_shm_create(o->shm_path, err);

	if (rc == 0)
		rc = gh_eal_init(o->prefix, o->memory_mb, err);
	if (rc == 0)
		rc = init_tables(err);
	if (rc == 0)
		rc = gh_graph_init(err);
	if (rc == 0)
		rc = gh_ipsec_init(err);
	if (rc == 0)
		rc = start_workers(o, err);
	if (rc == 0 && o->netlink)
		rc = gh_netlink_init(err);
	if (rc == 0 && o->socket_path != NULL)
		rc = gh_control_init(o->socket_path, err);
	return rc;
}

void gh_dataplane_stop(void)
{
	gh_control_fini();
	gh_netlink_fini();
	gh_workers_stop();
	gh_iface_del_all();
	gh_host_fini();
	gh_ipsec_fini();
	if (gh_fib4 != NULL)
		gh_rib_fini();
	gh_neigh_fini();
	gh_local6_fini();
	gh_rcu_fini();
	gh_fib_fini();
	gh_loop_fini();
	gh_eal_fini();
	gh_shm_destroy();
}
