/* SPDX-License-Identifier: BSD-3-Clause */
#include "dataplane/ipsec/ipsec.h"

#include <errno.h>

#include "dataplane/ipsec/esp.h"
#include "dataplane/ipsec/policy.h"
#include "dataplane/ipsec/sa_control.h"

static IMB_MGR *key_mgr; /* the control thread's: expands keys */
static struct gh_esp_worker *workers[GH_WORKER_MAX];

int gh_ipsec_init(struct gh_error *err)
{
	int rc;

	key_mgr = alloc_mb_mgr(0);
	if (key_mgr == NULL)
		return gh_error_set(err, -ENOMEM, "ipsec", "no memory for the crypto library");
	init_mb_mgr_auto(key_mgr, NULL);
	rc = gh_policy_init(err);
	if (rc == 0) {
		rc = gh_sa_control_init(key_mgr, err);
		if (rc != 0)
			gh_policy_fini();
	}
	if (rc != 0) {
		free_mb_mgr(key_mgr);
		key_mgr = NULL;
	}
	return rc;
}

void gh_ipsec_fini(void)
{
	gh_policy_fini();
	gh_sa_control_fini();
	free_mb_mgr(key_mgr);
	key_mgr = NULL;
}

int gh_ipsec_worker_init(struct gh_worker *w, struct gh_error *err)
{
	struct gh_esp_worker *esp = gh_esp_worker_new(w->id, err);

	if (esp == NULL)
		return -ENOMEM;
	w->ipsec = esp;
	workers[w->id] = esp;
	return 0;
}

void gh_ipsec_worker_fini(struct gh_worker *w)
{
	gh_ipsec_poll(); /* what it still had to say */
	workers[w->id] = NULL;
	gh_esp_worker_free(w->ipsec);
	w->ipsec = NULL;
}

void gh_ipsec_workers_changed(void)
{
	unsigned count = gh_worker_count();

	gh_sa.workers = count > 0 ? count : 1;
}

int gh_ipsec_sa_set(const struct gh_dp_sa *recs, uint32_t n, uint32_t *failed, struct gh_error *err)
{
	return gh_sa_control_set(recs, n, failed, err);
}

int gh_ipsec_sa_del(
    const struct gh_dp_sa_id *recs, uint32_t n, uint32_t *failed, struct gh_error *err)
{
	return gh_sa_control_del(recs, n, failed, err);
}

int gh_ipsec_policy_set(
    const struct gh_dp_policy *recs, uint32_t n, uint32_t *failed, struct gh_error *err)
{
	return gh_policy_set(recs, n, failed, err);
}

int gh_ipsec_policy_del(const uint32_t *ids, uint32_t n, uint32_t *failed, struct gh_error *err)
{
	return gh_policy_del(ids, n, failed, err);
}

void gh_ipsec_sync_begin(void)
{
	gh_sa_control_sync_begin();
	gh_policy_sync_begin();
}

/* Policies first: an SA that goes takes its policies' protection nowhere. */
void gh_ipsec_sync_end(void)
{
	gh_policy_sync_end();
	gh_sa_control_sync_end();
}

void gh_ipsec_route_changed(const struct gh_prefix *prefix)
{
	gh_sa_control_reroute(prefix);
}

static void emit(const struct gh_ipsec_event *e)
{
	if (e->type == GH_DP_EVENT_ACQUIRE)
		gh_control_event(e->type, &e->acquire, sizeof(e->acquire));
	else if (!gh_control_event(e->type, &e->limit, sizeof(e->limit)))
		gh_sa_control_untold(&e->limit.id);
}

void gh_ipsec_poll(void)
{
	struct gh_ipsec_event e;

	for (unsigned i = 0; i < GH_WORKER_MAX; i++) {
		while (workers[i] != NULL && gh_ipsec_event_take(&workers[i]->events, &e))
			emit(&e);
	}
}
