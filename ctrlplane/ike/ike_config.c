/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * Configuration and commands from outside: what changes touches its own VPN only.
 */
#include <errno.h>

#include "ctrlplane/ike/ike_child.h"
#include "ctrlplane/ike/ike_engine.h"
#include "ctrlplane/ike/ike_initiate.h"
#include "ctrlplane/ike/ike_sa.h"
#include "ctrlplane/ike/ike_task.h"

static void end_sas(struct ike_vpn *vpn, const char *why)
{
	struct ike_sa *sa, *next;

	for (sa = LIST_FIRST(&vpn->sas); sa != NULL; sa = next) {
		next = LIST_NEXT(sa, next_of_vpn);
		ike_children_remove(sa);
		if (sa->state == IKE_SA_CONNECTING)
			ike_sa_kill(sa, why);
		else
			ike_task_delete_sa(sa, why);
	}
}

static void forget(struct ike_engine *e, struct ike_vpn *vpn, const char *why)
{
	ike_timer_stop(&e->timers, &vpn->retry);
	end_sas(vpn, why);
	ike_vpns_remove(&e->vpns, vpn);
}

static void update(struct ike_engine *e, struct ike_vpn *vpn, struct ike_vpn *from)
{
	struct ike_sa *sa;

	ike_vpn_update(vpn, from);
	LIST_FOREACH (sa, &vpn->sas, next_of_vpn) {
		if (sa->state == IKE_SA_ESTABLISHED)
			ike_sa_start_timers(sa);
	}
	if (e->started && LIST_EMPTY(&vpn->sas))
		ike_vpn_start(vpn);
}

int ike_vpn_set(struct ike_engine *e, const struct ike_conf_vpn *conf, struct gh_error *err)
{
	struct ike_vpn *old = ike_vpns_find(&e->vpns, conf->name);
	struct ike_vpn *vpn = ike_vpn_new(conf, err);

	if (vpn == NULL)
		return -EINVAL;
	if (old != NULL && ike_vpn_same_deal(old, vpn)) {
		update(e, old, vpn);
	} else {
		if (old != NULL)
			forget(e, old, "the VPN was reconfigured");
		ike_vpn_prepare(vpn, e);
		ike_vpns_add(&e->vpns, vpn);
		if (e->started)
			ike_vpn_start(vpn);
	}
	ike_engine_leave(e);
	return 0;
}

int ike_vpn_check(const struct ike_conf_vpn *conf, struct gh_error *err)
{
	struct ike_vpn *vpn = ike_vpn_new(conf, err);

	if (vpn == NULL)
		return -EINVAL;
	ike_vpn_unref(vpn);
	return 0;
}

void ike_vpn_del(struct ike_engine *e, const char *name)
{
	struct ike_vpn *vpn = ike_vpns_find(&e->vpns, name);

	if (vpn == NULL)
		return;
	forget(e, vpn, "the VPN was deleted");
	ike_engine_leave(e);
}

int ike_psk_set(struct ike_engine *e, const struct ike_conf_psk *psk, struct gh_error *err)
{
	return ike_psks_set(&e->psks, psk, err);
}

void ike_psk_del(struct ike_engine *e, const char *name)
{
	ike_psks_del(&e->psks, name);
}

/* ---- commands ---- */

int ike_vpn_initiate(struct ike_engine *e, const char *name)
{
	struct ike_vpn *vpn = ike_vpns_find(&e->vpns, name);
	int rc;

	if (vpn == NULL)
		return -ENOENT;
	rc = ike_initiate(vpn, NULL);
	ike_engine_leave(e);
	return rc;
}

int ike_vpn_terminate(struct ike_engine *e, const char *name)
{
	struct ike_vpn *vpn = ike_vpns_find(&e->vpns, name);

	if (vpn == NULL)
		return -ENOENT;
	ike_timer_stop(&e->timers, &vpn->retry);
	end_sas(vpn, "terminated by command");
	ike_engine_leave(e);
	return 0;
}

int ike_sa_terminate(struct ike_engine *e, uint64_t id)
{
	struct ike_sa *sa = ike_sa_find(e, id);

	if (sa == NULL)
		return -ENOENT;
	ike_task_delete_sa(sa, "terminated by command");
	ike_engine_leave(e);
	return 0;
}

int ike_sa_rekey(struct ike_engine *e, uint64_t id)
{
	struct ike_sa *sa = ike_sa_find(e, id);

	if (sa == NULL || sa->state != IKE_SA_ESTABLISHED)
		return -ENOENT;
	ike_task_rekey_sa(sa);
	ike_engine_leave(e);
	return 0;
}

int ike_child_rekey(struct ike_engine *e, uint32_t spi_in)
{
	struct ike_child *child = ike_child_find(e, spi_in);

	if (child == NULL || child->state != IKE_CHILD_INSTALLED)
		return -ENOENT;
	ike_task_rekey_child(child);
	ike_engine_leave(e);
	return 0;
}
