/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * IKE as a participant of the transaction. The diff tells which VPNs and secrets a change touches
 * (a template touches the VPNs that use it); those are read from the new tree and set, or, when
 * they are gone, deleted. Whatever is not touched is not looked at, and its SAs live on.
 */
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <uthash.h>

#include "common/log.h"
#include "ctrlplane/ike/host/conf_tree.h"
#include "ctrlplane/ike/host/ike_daemon_int.h"

/* A set of names. */
struct name {
	UT_hash_handle hh;
	char text[];
};

struct touched {
	bool globals;
	struct name *psks, *vpns;
};

static int add_name(struct name **set, const char *text)
{
	struct name *n;
	size_t len;

	if (text == NULL)
		return 0;
	len = strlen(text);
	HASH_FIND(hh, *set, text, len, n);
	if (n != NULL)
		return 0;
	n = malloc(sizeof(*n) + len + 1);
	if (n == NULL)
		return -ENOMEM;
	memcpy(n->text, text, len + 1);
	HASH_ADD_KEYPTR(hh, *set, n->text, len, n);
	return 0;
}

static void clear_names(struct name **set)
{
	struct name *n, *tmp;

	HASH_ITER (hh, *set, n, tmp) {
		HASH_DEL(*set, n);
		free(n);
	}
}

static void clear_touched(struct touched *t)
{
	clear_names(&t->psks);
	clear_names(&t->vpns);
}

static int add_all(struct name **set, const struct lyd_node *ike, const char *list)
{
	const struct lyd_node *n;
	int rc = 0;

	LY_LIST_FOR (ike != NULL ? lyd_child(ike) : NULL, n)
		if (rc == 0 && strcmp(n->schema->name, list) == 0)
			rc = add_name(set, conf_leaf(n, "name"));
	return rc;
}

/* The VPNs whose `policy` container names this template. */
static int add_users(
    struct name **set, const struct lyd_node *ike, const char *policy, const char *template)
{
	const struct lyd_node *n;
	int rc = 0;

	LY_LIST_FOR (ike != NULL ? lyd_child(ike) : NULL, n) {
		const char *used;

		if (rc < 0 || strcmp(n->schema->name, "vpn") != 0)
			continue;
		used = conf_leaf(conf_child(n, policy), "template");
		if (used != NULL && strcmp(used, template) == 0)
			rc = add_name(set, conf_leaf(n, "name"));
	}
	return rc;
}

/* The `ike` container in a diff or tree, enabled or not. */
static const struct lyd_node *find_ike(const struct lyd_node *tree)
{
	const struct lyd_node *top, *vrf;

	LY_LIST_FOR (tree, top) {
		if (strcmp(top->schema->name, "config") != 0)
			continue;
		LY_LIST_FOR (lyd_child(top), vrf) {
			const char *name;

			if (strcmp(vrf->schema->name, "vrf") != 0)
				continue;
			name = conf_leaf(vrf, "name");
			if (name != NULL && strcmp(name, IKE_VRF) == 0)
				return conf_child(vrf, "ike");
		}
	}
	return NULL;
}

static int touch(struct touched *t, const struct lyd_node *change, const struct lyd_node *after)
{
	const char *what = change->schema->name, *name = conf_leaf(change, "name");

	if (strcmp(what, "vpn") == 0)
		return add_name(&t->vpns, name);
	if (strcmp(what, "pre-shared-key") == 0)
		return add_name(&t->psks, name);
	if (strcmp(what, "ike-policy-template") == 0)
		return add_users(&t->vpns, after, "ike-policy", name);
	if (strcmp(what, "ipsec-policy-template") == 0)
		return add_users(&t->vpns, after, "ipsec-policy", name);
	if (strcmp(what, "global-options") == 0)
		t->globals = true;
	return 0;
}

/* before and after are the ike containers, NULL when IKE is not enabled. */
static int find_touched(const struct gh_change *chg, const struct lyd_node *before,
    const struct lyd_node *after, struct touched *t)
{
	const struct lyd_node *n, *ike = find_ike(chg->diff);
	int rc = 0;

	*t = (struct touched){0};
	if ((before == NULL) != (after == NULL)) {
		const struct lyd_node *all = before != NULL ? before : after;

		t->globals = true;
		rc = add_all(&t->psks, all, "pre-shared-key");
		return rc < 0 ? rc : add_all(&t->vpns, all, "vpn");
	}
	LY_LIST_FOR (ike != NULL ? lyd_child(ike) : NULL, n)
		if (rc == 0)
			rc = touch(t, n, after);
	return rc;
}

/* ---- verify ---- */

static int verify_vpn(const struct lyd_node *node, struct gh_error *err)
{
	struct conf_vpn v;
	int rc = conf_vpn_read(node, &v, err);

	if (rc == 0) {
		rc = ike_vpn_check(&v.vpn, err);
		if (rc < 0 && err->path[0] == '\0')
			lyd_path(node, LYD_PATH_STD, err->path, sizeof(err->path));
	}
	conf_vpn_clear(&v);
	return rc;
}

static int verify_psk(const struct lyd_node *node, struct gh_error *err)
{
	struct conf_psk p;
	int rc = conf_psk_read(node, &p, err);

	conf_psk_clear(&p);
	return rc;
}

static int verify_vrfs(const struct lyd_node *after, struct gh_error *err)
{
	const struct lyd_node *top, *vrf;

	LY_LIST_FOR (after, top) {
		LY_LIST_FOR (lyd_child(top), vrf) {
			const struct lyd_node *ike;
			char path[256];

			if (strcmp(vrf->schema->name, "vrf") != 0 ||
			    strcmp(conf_leaf(vrf, "name"), IKE_VRF) == 0)
				continue;
			ike = conf_child(vrf, "ike");
			if (conf_child(ike, "vpn") == NULL)
				continue;
			lyd_path(ike, LYD_PATH_STD, path, sizeof(path));
			return gh_error_set(err, -ENOTSUP, path,
			    "VPNs are served in vrf " IKE_VRF " only: move them there");
		}
	}
	return 0;
}

static int verify(void *ctx, const struct gh_change *chg, struct gh_error *err)
{
	const struct lyd_node *before = conf_ike(chg->before, IKE_VRF);
	const struct lyd_node *after = conf_ike(chg->after, IKE_VRF), *node;
	struct name *n, *tmp;
	struct touched t;
	int rc = verify_vrfs(chg->after, err);

	if (rc == 0)
		rc = find_touched(chg, before, after, &t);
	else
		return rc;
	HASH_ITER (hh, t.psks, n, tmp)
		if (rc == 0 && (node = conf_entry(after, "pre-shared-key", n->text)) != NULL)
			rc = verify_psk(node, err);
	HASH_ITER (hh, t.vpns, n, tmp)
		if (rc == 0 && (node = conf_entry(after, "vpn", n->text)) != NULL)
			rc = verify_vpn(node, err);
	clear_touched(&t);
	return rc;
}

/* ---- apply ---- */

static void guard_selector(const struct ike_conf_policy *p, struct gh_dp_selector *sel)
{
	*sel = (struct gh_dp_selector){.local = p->local,
	    .remote = p->remote,
	    .proto = p->proto,
	    .local_port_first = p->local_port,
	    .local_port_last = p->local_port ? p->local_port : UINT16_MAX,
	    .remote_port_first = p->remote_port,
	    .remote_port_last = p->remote_port ? p->remote_port : UINT16_MAX};
}

static bool has_policy(const struct conf_vpn *v, const char *name)
{
	for (unsigned i = 0; i < v->vpn.policy_count; i++)
		if (strcmp(v->vpn.policies[i].name, name) == 0)
			return true;
	return false;
}

/* Guards of policies that the VPN had and has no more. */
static void drop_guards(
    struct ike_daemon *d, const struct lyd_node *old, const char *vpn, const struct conf_vpn *now)
{
	const struct lyd_node *n;

	LY_LIST_FOR (old != NULL ? lyd_child(old) : NULL, n) {
		if (strcmp(n->schema->name, "security-policy") != 0)
			continue;
		if (now == NULL || !has_policy(now, conf_leaf(n, "name")))
			children_guard_del(d->children, vpn, conf_leaf(n, "name"));
	}
}

static int set_guards(struct ike_daemon *d, const struct conf_vpn *v)
{
	struct gh_dp_selector sel;
	int rc = 0;

	for (unsigned i = 0; rc == 0 && i < v->vpn.policy_count; i++) {
		guard_selector(&v->vpn.policies[i], &sel);
		rc = children_guard_set(d->children, v->vpn.name, v->vpn.policies[i].name, &sel);
	}
	return rc;
}

static int apply_vpn(struct ike_daemon *d, const struct lyd_node *before,
    const struct lyd_node *after, const char *name, struct gh_error *err)
{
	const struct lyd_node *old = conf_entry(before, "vpn", name);
	const struct lyd_node *new = conf_entry(after, "vpn", name);
	struct conf_vpn v;
	int rc;

	gh_log(GH_LOG_IKE, LOG_DEBUG, "commit touches VPN '%s'", name);
	if (new == NULL) {
		ike_vpn_del(d->engine, name);
		drop_guards(d, old, name, NULL);
		return 0;
	}
	rc = conf_vpn_read(new, &v, err);
	/* Guards first: a new policy protects from its first moment. */
	if (rc == 0)
		rc = set_guards(d, &v);
	if (rc == 0)
		rc = ike_vpn_set(d->engine, &v.vpn, err);
	if (rc == 0)
		drop_guards(d, old, name, &v);
	conf_vpn_clear(&v);
	return rc;
}

static int apply_psk(
    struct ike_daemon *d, const struct lyd_node *after, const char *name, struct gh_error *err)
{
	const struct lyd_node *node = conf_entry(after, "pre-shared-key", name);
	struct conf_psk p;
	int rc;

	gh_log(GH_LOG_IKE, LOG_DEBUG, "commit touches secret '%s'", name);
	if (node == NULL) {
		ike_psk_del(d->engine, name);
		return 0;
	}
	rc = conf_psk_read(node, &p, err);
	if (rc == 0)
		rc = ike_psk_set(d->engine, &p.psk, err);
	conf_psk_clear(&p);
	return rc;
}

static void apply_globals(struct ike_daemon *d, const struct lyd_node *after)
{
	const char *threshold = conf_leaf(conf_child(after, "global-options"), "cookie-threshold");
	struct ike_limits limits;

	ike_engine_limits(d->engine, &limits);
	if (threshold != NULL)
		limits.cookie_threshold = (uint32_t)strtoul(threshold, NULL, 10);
	ike_engine_set_limits(d->engine, &limits);
}

static int apply_touched(struct ike_daemon *d, const struct touched *t,
    const struct lyd_node *before, const struct lyd_node *after, struct gh_error *err)
{
	struct name *n, *tmp;
	int rc = 0;

	if (t->globals)
		apply_globals(d, after);
	HASH_ITER (hh, t->psks, n, tmp)
		if (rc == 0)
			rc = apply_psk(d, after, n->text, err);
	HASH_ITER (hh, t->vpns, n, tmp)
		if (rc == 0)
			rc = apply_vpn(d, before, after, n->text, err);
	return rc;
}

static int apply(void *ctx, const struct gh_change *chg, struct gh_error *err)
{
	const struct lyd_node *before = conf_ike(chg->before, IKE_VRF);
	const struct lyd_node *after = conf_ike(chg->after, IKE_VRF);
	struct touched t;
	int rc = find_touched(chg, before, after, &t);

	if (rc == 0)
		rc = apply_touched(ctx, &t, before, after, err);
	/* Set again as it was: setting what is there already changes nothing. */
	if (rc < 0)
		apply_touched(ctx, &t, after, before, NULL);
	if (gh_log_enabled(GH_LOG_IKE, LOG_DEBUG))
		gh_log(GH_LOG_IKE, LOG_DEBUG, "commit touched %u VPNs and %u secrets",
		    HASH_COUNT(t.vpns), HASH_COUNT(t.psks));
	clear_touched(&t);
	return rc;
}

void ike_apply_init(struct ike_daemon *d)
{
	d->participant =
	    (struct gh_engine){.name = "ike", .verify = verify, .apply = apply, .ctx = d};
	gh_engine_register(&d->participant);
}
