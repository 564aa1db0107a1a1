/* SPDX-License-Identifier: BSD-3-Clause */
#include "ctrlplane/ike/ike_initiate.h"

#include <errno.h>
#include <string.h>

#include "common/log.h"
#include "ctrlplane/ike/ike_child.h"
#include "ctrlplane/ike/ike_engine.h"
#include "ctrlplane/ike/ike_sa.h"
#include "ctrlplane/ike/ike_task.h"

#define SPREAD_MS_PER_VPN 1
#define PATIENCE 6 /* after keying-tries in a row the pauses are that much longer */

static int endpoints(struct ike_vpn *vpn, struct gh_endpoint *local, struct gh_endpoint *remote)
{
	const struct ike_conf_vpn *conf = &vpn->conf;
	struct ike_engine *e = vpn->engine;

	if (conf->remote_address.family == AF_UNSPEC)
		return -EINVAL;
	*remote = (struct gh_endpoint){.addr = conf->remote_address, .port = IKE_PORT};
	*local = (struct gh_endpoint){.addr = conf->local_address, .port = IKE_PORT};
	if (local->addr.family != AF_UNSPEC)
		return 0;
	return e->host.source_address(e->ctx, &remote->addr, &local->addr);
}

static int begin(struct ike_vpn *vpn, const char *policy, uint64_t replaces)
{
	struct gh_endpoint local, remote;
	struct ike_sa *sa;
	int rc = endpoints(vpn, &local, &remote);

	if (rc < 0) {
		ike_vpn_retry(vpn);
		return rc;
	}
	sa = ike_sa_new(vpn->engine, true, &local, &remote);
	ike_sa_set_vpn(sa, vpn);
	sa->replaces = replaces;
	sa->hs->policy = policy != NULL ? strdup(policy) : NULL;
	sa->hs->all_policies = policy == NULL;
	ike_task_init_start(sa);
	return 0;
}

static void add_children(struct ike_sa *sa, const char *policy)
{
	const struct ike_conf_vpn *conf = &sa->vpn->conf;

	for (unsigned i = 0; i < conf->policy_count; i++) {
		const char *name = conf->policies[i].name;

		if (policy != NULL && strcmp(policy, name) != 0)
			continue;
		if (ike_child_of_policy(sa, name) == NULL)
			ike_task_create_child(sa, name);
	}
}

int ike_initiate(struct ike_vpn *vpn, const char *policy)
{
	struct ike_sa *sa;

	if (vpn->conf.remote_address.family == AF_UNSPEC)
		return -EDESTADDRREQ;
	LIST_FOREACH (sa, &vpn->sas, next_of_vpn) {
		if (sa->state == IKE_SA_CONNECTING && sa->initiator)
			return 0;
		if (sa->state == IKE_SA_ESTABLISHED) {
			add_children(sa, policy);
			return 0;
		}
	}
	return begin(vpn, policy, 0);
}

void ike_initiate_instead(struct ike_sa *old)
{
	begin(old->vpn, NULL, ike_sa_id(old));
}

static bool wants_up(const struct ike_vpn *vpn)
{
	return !vpn->gone && vpn->conf.start_action >= IKE_ACTION_START &&
	       vpn->conf.remote_address.family != AF_UNSPEC;
}

void ike_vpn_retry(struct ike_vpn *vpn)
{
	struct ike_engine *e = vpn->engine;
	uint64_t pause = IKE_RETRY_MS;

	if (!wants_up(vpn))
		return;
	if (vpn->conf.keying_tries != 0 && ++vpn->tries >= vpn->conf.keying_tries)
		pause *= PATIENCE;
	ike_timer_set(&e->timers, &vpn->retry, ike_now(e) + ike_jitter(e, pause));
}

static void on_retry(struct ike_timer *t)
{
	struct ike_vpn *vpn = ike_container(t, struct ike_vpn, retry);

	if (wants_up(vpn) || vpn->restart)
		ike_initiate(vpn, NULL);
	vpn->restart = false;
}

void ike_vpn_prepare(struct ike_vpn *vpn, struct ike_engine *e)
{
	vpn->engine = e;
	vpn->retry.fire = on_retry;
}

void ike_vpn_start(struct ike_vpn *vpn)
{
	struct ike_engine *e = vpn->engine;
	uint64_t spread = (uint64_t)e->vpns.count * SPREAD_MS_PER_VPN;

	if (wants_up(vpn))
		ike_timer_set(&e->timers, &vpn->retry,
		    ike_now(e) + (spread > 1 ? ike_random64(e) % spread : 0));
}

void ike_vpn_act(struct ike_vpn *vpn, enum ike_action action)
{
	struct ike_engine *e = vpn->engine;

	if (vpn->gone)
		return;
	if (action == IKE_ACTION_TRAP)
		vpn->trapped = true;
	if (action < IKE_ACTION_START)
		return;
	vpn->restart = true;
	ike_timer_set(&e->timers, &vpn->retry, ike_now(e) + ike_jitter(e, 1000));
}

void ike_engine_acquire(
    struct ike_engine *e, const char *name, const char *policy, const struct gh_dp_selector *packet)
{
	struct ike_vpn *vpn = ike_vpns_find(&e->vpns, name);

	if (vpn == NULL || (vpn->conf.start_action < IKE_ACTION_TRAP && !vpn->trapped))
		return;
	if (ike_initiate(vpn, policy) == 0)
		gh_log(GH_LOG_IKE, LOG_DEBUG, "vpn %s: a packet asks for %s", name, policy);
	ike_engine_leave(e);
}
