/* SPDX-License-Identifier: BSD-3-Clause */
#include "dataplane/ipsec/policy.h"

#include <errno.h>
#include <stdlib.h>
#include <sys/queue.h>
#include <uthash.h>

#include "dataplane/ipsec/memory.h"
#include "dataplane/ipsec/sa_control.h"
#include "dataplane/ipsec/spd.h"

struct policy {
	uint32_t id;
	uint32_t priority;
	uint32_t sa;	 /* GH_DP_SA_NONE: on no SA's list */
	uint32_t stated; /* the sync round that last stated it */
	uint8_t dir;
	struct gh_selector4 sel;
	LIST_ENTRY(policy) of_sa;
	UT_hash_handle hh;
};

LIST_HEAD(policy_list, policy);

static struct policy *policies;
static struct policy_list *by_sa[2]; /* [dir][slot] */
static uint32_t round_now;

#define BY_SA_BYTES (GH_DP_SA_MAX * sizeof(struct policy_list))

int gh_policy_init(struct gh_error *err)
{
	round_now = 1;
	by_sa[GH_DP_OUT] = gh_table_alloc(BY_SA_BYTES, 0);
	by_sa[GH_DP_IN] = gh_table_alloc(BY_SA_BYTES, 0);
	if (by_sa[GH_DP_OUT] != NULL && by_sa[GH_DP_IN] != NULL && gh_spd_init(err) == 0)
		return 0;
	gh_policy_fini();
	return gh_error_set(err, -ENOMEM, "ipsec", "no memory for the policy tables");
}

void gh_policy_fini(void)
{
	struct policy *p, *next;

	HASH_ITER (hh, policies, p, next) {
		HASH_DEL(policies, p);
		free(p);
	}
	gh_spd_fini();
	for (unsigned dir = GH_DP_OUT; dir <= GH_DP_IN; dir++) {
		gh_table_free(by_sa[dir], BY_SA_BYTES);
		by_sa[dir] = NULL;
	}
}

/* --- between policies and SAs --- */

static void attach(struct policy *p, uint32_t sa)
{
	p->sa = sa;
	if (sa != GH_DP_SA_NONE)
		LIST_INSERT_HEAD(&by_sa[p->dir][sa], p, of_sa);
}

static void detach(struct policy *p)
{
	if (p->sa != GH_DP_SA_NONE)
		LIST_REMOVE(p, of_sa);
	p->sa = GH_DP_SA_NONE;
}

/* Gives an inbound SA the selectors of all its policies. */
static int refresh_selectors(uint32_t sa)
{
	struct gh_selector4 *sel;
	const struct policy *p;
	uint32_t count = 0;
	int rc;

	LIST_FOREACH (p, &by_sa[GH_DP_IN][sa], of_sa)
		count++;
	sel = malloc((count + 1) * sizeof(*sel));
	if (sel == NULL)
		return -ENOMEM;
	count = 0;
	LIST_FOREACH (p, &by_sa[GH_DP_IN][sa], of_sa)
		sel[count++] = p->sel;
	rc = gh_sa_control_selectors(sa, sel, count);
	free(sel);
	return rc;
}

static struct gh_spd_key key_of(const struct policy *p)
{
	return (struct gh_spd_key){p->sel.remote, p->sel.remote_len};
}

void gh_policy_detach(enum gh_dp_dir dir, uint32_t sa)
{
	struct policy *p;

	while (by_sa[dir] != NULL && (p = LIST_FIRST(&by_sa[dir][sa])) != NULL) {
		detach(p);
		if (dir == GH_DP_OUT)
			gh_spd_set_sa(key_of(p), p->id, GH_DP_SA_NONE);
	}
}

/* --- stating --- */

static struct policy *find(uint32_t id)
{
	struct policy *p;

	HASH_FIND(hh, policies, &id, sizeof(id), p);
	return p;
}

static int check(const struct gh_dp_policy *rec, struct gh_selector4 *sel, struct gh_error *err)
{
	if (rec->dir > GH_DP_IN)
		return gh_error_set(err, -EINVAL, "dir", "direction %u is unknown", rec->dir);
	if (rec->sa == GH_DP_SA_NONE && rec->dir == GH_DP_IN)
		return gh_error_set(
		    err, -EINVAL, "sa", "an inbound policy %u needs an SA", rec->id);
	if (rec->sa != GH_DP_SA_NONE && rec->sa >= GH_DP_SA_MAX)
		return gh_error_set(err, -EINVAL, "sa",
		    "SA %u of policy %u is outside the table of %u", rec->sa, rec->id,
		    GH_DP_SA_MAX);
	if (rec->sa != GH_DP_SA_NONE && !gh_sa_control_live(rec->dir, rec->sa))
		return gh_error_set(err, -ENOENT, "sa",
		    "%s SA %u of policy %u does not exist; state the SA before its policies",
		    rec->dir == GH_DP_OUT ? "outbound" : "inbound", rec->sa, rec->id);
	return gh_selector4_compile(&rec->sel, sel, err);
}

static struct gh_spd_rule rule_of(const struct gh_dp_policy *rec, const struct gh_selector4 *sel)
{
	return (struct gh_spd_rule){
	    .local = sel->local,
	    .local_mask = sel->local_mask,
	    .local_port_first = sel->local_port_first,
	    .local_port_last = sel->local_port_last,
	    .remote_port_first = sel->remote_port_first,
	    .remote_port_last = sel->remote_port_last,
	    .proto = sel->proto,
	    .any_port = sel->any_port,
	    .priority = rec->priority,
	    .id = rec->id,
	    .sa = rec->sa,
	};
}

static bool same_place(
    const struct policy *p, const struct gh_dp_policy *rec, const struct gh_selector4 *sel)
{
	return p->dir == rec->dir && p->priority == rec->priority && p->sel.local == sel->local &&
	       p->sel.remote == sel->remote && p->sel.local_len == sel->local_len &&
	       p->sel.remote_len == sel->remote_len && p->sel.proto == sel->proto &&
	       p->sel.local_port_first == sel->local_port_first &&
	       p->sel.local_port_last == sel->local_port_last &&
	       p->sel.remote_port_first == sel->remote_port_first &&
	       p->sel.remote_port_last == sel->remote_port_last;
}

/* Takes the policy out of the packet path. */
static int withdraw(struct policy *p)
{
	uint32_t sa = p->sa;
	int rc;

	if (p->dir == GH_DP_OUT) {
		rc = gh_spd_remove(key_of(p), p->id);
		if (rc == 0)
			detach(p);
		return rc;
	}
	if (sa == GH_DP_SA_NONE)
		return 0;
	detach(p);
	rc = refresh_selectors(sa);
	if (rc != 0)
		attach(p, sa);
	return rc;
}

/* The usual change: rekey. Outbound packets go to the new SA from this store on. */
static int redirect(struct policy *p, uint32_t sa)
{
	uint32_t old = p->sa;

	if (old == sa && p->dir == GH_DP_OUT)
		return 0;
	detach(p);
	attach(p, sa);
	if (p->dir == GH_DP_OUT) {
		gh_spd_set_sa(key_of(p), p->id, sa);
		return 0;
	}
	if (refresh_selectors(sa) != 0)
		return -ENOMEM;
	return old == GH_DP_SA_NONE || old == sa ? 0 : refresh_selectors(old);
}

/* A rule under another prefix is added before the old one goes, so that no packet leaves in clear
 * between the two. */
static int place(struct policy *p, const struct gh_dp_policy *rec, const struct gh_selector4 *sel)
{
	struct gh_spd_rule rule = rule_of(rec, sel);
	struct gh_spd_key to = {sel->remote, sel->remote_len};
	int rc;

	if (rec->dir == GH_DP_OUT && (rc = gh_spd_put(to, &rule)) != 0)
		return rc;
	p->priority = rec->priority;
	p->dir = rec->dir;
	p->sel = *sel;
	attach(p, rec->sa);
	return rec->dir == GH_DP_IN ? refresh_selectors(rec->sa) : 0;
}

static int replace(struct policy *p, const struct gh_dp_policy *rec, const struct gh_selector4 *sel)
{
	struct policy old = *p;
	int rc;

	if (p->dir == GH_DP_IN || rec->dir == GH_DP_IN) {
		rc = withdraw(p);
		return rc != 0 ? rc : place(p, rec, sel);
	}
	detach(p);
	rc = place(p, rec, sel);
	if (rc != 0) {
		attach(p, old.sa);
		return rc;
	}
	if (old.sel.remote != sel->remote || old.sel.remote_len != sel->remote_len)
		return gh_spd_remove(key_of(&old), old.id);
	return 0;
}

static int add(const struct gh_dp_policy *rec, const struct gh_selector4 *sel)
{
	struct policy *p = calloc(1, sizeof(*p));
	int rc;

	if (p == NULL)
		return -ENOMEM;
	p->id = rec->id;
	rc = place(p, rec, sel);
	if (rc != 0) {
		detach(p);
		free(p);
		return rc;
	}
	p->stated = round_now;
	HASH_ADD(hh, policies, id, sizeof(p->id), p);
	return 0;
}

static int set_one(const struct gh_dp_policy *rec, struct gh_error *err)
{
	struct policy *p = find(rec->id);
	struct gh_selector4 sel;
	int rc = check(rec, &sel, err);

	if (rc != 0)
		return rc;
	if (p == NULL)
		rc = add(rec, &sel);
	else if (same_place(p, rec, &sel))
		rc = redirect(p, rec->sa);
	else
		rc = replace(p, rec, &sel);
	if (rc != 0)
		return gh_error_set(err, rc, "policy", "no memory for policy %u", rec->id);
	if (p != NULL)
		p->stated = round_now;
	return 0;
}

int gh_policy_set(
    const struct gh_dp_policy *recs, uint32_t n, uint32_t *failed, struct gh_error *err)
{
	for (uint32_t i = 0; i < n; i++) {
		int rc = set_one(&recs[i], err);

		*failed = i;
		if (rc != 0)
			return rc;
	}
	return 0;
}

static int del_one(struct policy *p)
{
	int rc = withdraw(p);

	if (rc != 0)
		return rc;
	HASH_DEL(policies, p);
	free(p);
	return 0;
}

int gh_policy_del(const uint32_t *ids, uint32_t n, uint32_t *failed, struct gh_error *err)
{
	for (uint32_t i = 0; i < n; i++) {
		struct policy *p = find(ids[i]);
		int rc = p != NULL ? del_one(p) : 0; /* gone already: as asked */

		*failed = i;
		if (rc != 0)
			return gh_error_set(
			    err, rc, "policy", "no memory to remove policy %u", ids[i]);
	}
	return 0;
}

void gh_policy_sync_begin(void)
{
	round_now++;
}

void gh_policy_sync_end(void)
{
	struct policy *p, *next;

	HASH_ITER (hh, policies, p, next) {
		if (p->stated != round_now)
			del_one(p); /* what memory does not allow to remove goes on protecting */
	}
}
