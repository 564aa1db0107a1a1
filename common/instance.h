/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * An instance is one gateway: a dataplane and a gatehoused that share a directory. Every path,
 * socket and file name of a running gateway is derived here, so that several live on one machine.
 *
 *   <root>/NAME/config.db              committed configurations (survives reboot)
 *   <root>/NAME/run/                   what a reboot may lose (the launcher puts it on tmpfs)
 *   <root>/NAME/run/control.sock       gatehoused: CLI and NETCONF sessions
 *   <root>/NAME/run/dataplane.sock     dataplane: gatehoused
 *   <root>/NAME/run/dataplane.shm      SA lines and counters, see dataplane/api/dp_shm.h
 *   <root>/NAME/run/ike-sa.log         IKE SA records, so that they outlive gatehoused
 *   <root>/NAME/run/ *.pid, *.state     who runs: written by the daemons, by the supervisor
 *   <root>/NAME/log/
 *
 * <root> is $GATEHOUSE_ROOT or /var/lib/gatehouse. Threads: immutable after gh_instance_init.
 */
#pragma once

#include "common/error.h"

#define GH_INSTANCE_NAME_MAX 32
#define GH_INSTANCE_DEFAULT "default"
#define GH_INSTANCE_PATH_MAX 108 /* what fits sockaddr_un.sun_path */

struct gh_instance {
	char name[GH_INSTANCE_NAME_MAX];
	char dir[80];
};

/* name: letters, digits, '-' and '_'; NULL means $GATEHOUSE_INSTANCE or "default". */
int gh_instance_init(struct gh_instance *inst, const char *name, struct gh_error *err);

/* Writes <dir>/<file> to buf and returns buf; file e.g. "run/control.sock". */
const char *gh_instance_path(
    const struct gh_instance *inst, const char *file, char buf[GH_INSTANCE_PATH_MAX]);
