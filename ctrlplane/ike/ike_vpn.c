/* SPDX-License-Identifier: BSD-3-Clause */
#include "ctrlplane/ike/ike_vpn.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "ctrlplane/ike/ike.h"

#define PEER_KEY_MAX (2 * sizeof(struct gh_addr) + sizeof(struct ike_ident) + IKE_IDENT_MAX)

static const struct gh_addr any_addr;

static void *copy(const void *p, size_t size)
{
	void *c = size > 0 ? malloc(size) : NULL;

	if (size > 0 && c == NULL)
		abort();
	return size > 0 ? memcpy(c, p, size) : NULL;
}

static char *copy_text(const char *s)
{
	return s != NULL ? copy(s, strlen(s) + 1) : NULL;
}

static struct ike_proposal *copy_proposals(const struct ike_proposal *p, unsigned n)
{
	return copy(p, n * sizeof(*p));
}

static struct ike_conf_policy *copy_policies(const struct ike_conf_policy *p, unsigned n)
{
	struct ike_conf_policy *c = copy(p, n * sizeof(*p));

	for (unsigned i = 0; i < n; i++) {
		c[i].name = copy_text(p[i].name);
		c[i].local = gh_prefix_network(&p[i].local);
		c[i].remote = gh_prefix_network(&p[i].remote);
	}
	return c;
}

static void conf_copy(struct ike_conf_vpn *to, const struct ike_conf_vpn *from)
{
	*to = *from;
	to->name = copy_text(from->name);
	to->local_id = copy_text(from->local_id);
	to->remote_id = copy_text(from->remote_id);
	to->ike_proposals = copy_proposals(from->ike_proposals, from->ike_proposal_count);
	to->esp_proposals = copy_proposals(from->esp_proposals, from->esp_proposal_count);
	to->policies = copy_policies(from->policies, from->policy_count);
}

static void conf_free(struct ike_conf_vpn *conf)
{
	for (unsigned i = 0; i < conf->policy_count; i++)
		free((void *)conf->policies[i].name);
	free((void *)conf->policies);
	free((void *)conf->ike_proposals);
	free((void *)conf->esp_proposals);
	free((void *)conf->name);
	free((void *)conf->local_id);
	free((void *)conf->remote_id);
}

static int parse_id(const struct ike_conf_vpn *conf, const char *leaf, const char *text,
    struct ike_ident **out, struct gh_error *err)
{
	*out = text != NULL ? ike_ident_parse(text) : NULL;
	if (text != NULL && *out == NULL)
		return gh_error_set(err, -EINVAL, conf->name,
		    "%s \"%s\" is not an identity: give an address, a domain name, user@domain or "
		    "keyid:HEX",
		    leaf, text);
	return 0;
}

static int check_policies(const struct ike_conf_vpn *conf, struct gh_error *err)
{
	for (unsigned i = 0; i < conf->policy_count; i++) {
		const struct ike_conf_policy *p = &conf->policies[i];

		if (p->local.addr.family != p->remote.addr.family)
			return gh_error_set(err, -EINVAL, conf->name,
			    "security-policy %s joins an IPv4 with an IPv6 subnet; give both sides "
			    "of one family",
			    p->name);
	}
	return 0;
}

static int check(struct ike_vpn *vpn, const struct ike_conf_vpn *conf, struct gh_error *err)
{
	int rc = 0;

	if (conf->ike_proposal_count == 0 || conf->ike_proposal_count > IKE_CONF_PROPOSALS)
		rc = gh_error_set(err, -EINVAL, conf->name,
		    "give 1 to %d ike-proposals in the ike-policy or its template",
		    IKE_CONF_PROPOSALS);
	else if (conf->esp_proposal_count == 0 || conf->esp_proposal_count > IKE_CONF_PROPOSALS)
		rc = gh_error_set(err, -EINVAL, conf->name,
		    "give 1 to %d esp-proposals in the ipsec-policy or its template",
		    IKE_CONF_PROPOSALS);
	else if (conf->start_action >= IKE_ACTION_START && conf->remote_address.family == AF_UNSPEC)
		rc = gh_error_set(err, -EINVAL, conf->name,
		    "start-action start needs a remote-address; set one, or start-action none");
	if (rc == 0)
		rc = check_policies(conf, err);
	if (rc == 0)
		rc = parse_id(conf, "local-id", conf->local_id, &vpn->local_id, err);
	if (rc == 0)
		rc = parse_id(conf, "remote-id", conf->remote_id, &vpn->remote_id, err);
	return rc;
}

struct ike_vpn *ike_vpn_new(const struct ike_conf_vpn *conf, struct gh_error *err)
{
	struct ike_vpn *vpn = calloc(1, sizeof(*vpn));

	if (vpn == NULL)
		abort();
	vpn->refs = 1;
	LIST_INIT(&vpn->sas);
	if (check(vpn, conf, err) < 0) {
		ike_vpn_unref(vpn);
		return NULL;
	}
	conf_copy(&vpn->conf, conf);
	return vpn;
}

struct ike_vpn *ike_vpn_ref(struct ike_vpn *vpn)
{
	vpn->refs++;
	return vpn;
}

void ike_vpn_unref(struct ike_vpn *vpn)
{
	if (vpn == NULL || --vpn->refs > 0)
		return;
	free(vpn->local_id);
	free(vpn->remote_id);
	conf_free(&vpn->conf);
	free(vpn);
}

/* ---- classes ---- */

static size_t addrs_key(const struct gh_addr *local, const struct gh_addr *remote, uint8_t *key)
{
	memcpy(key, local, sizeof(*local));
	memcpy(key + sizeof(*local), remote, sizeof(*remote));
	return 2 * sizeof(*local);
}

static uint8_t *content_key(const struct ike_vpn *vpn, size_t *len)
{
	size_t props = vpn->conf.ike_proposal_count * sizeof(struct ike_proposal);
	uint8_t *key = calloc(1, 2 * sizeof(struct gh_addr) + 1 + props);
	size_t at;

	if (key == NULL)
		abort();
	at = addrs_key(&vpn->conf.local_address, &vpn->conf.remote_address, key);
	key[at++] = vpn->conf.udp_encap;
	memcpy(key + at, vpn->conf.ike_proposals, props);
	*len = at + props;
	return key;
}

static struct ike_vpn_class *class_new(
    struct ike_vpns *vs, const struct ike_vpn *vpn, const uint8_t *content, size_t len)
{
	struct ike_vpn_class *c = calloc(1, sizeof(*c));
	uint8_t key[PEER_KEY_MAX];

	if (c == NULL)
		abort();
	c->local = vpn->conf.local_address;
	c->remote = vpn->conf.remote_address;
	c->proposals = copy_proposals(vpn->conf.ike_proposals, vpn->conf.ike_proposal_count);
	c->proposal_count = vpn->conf.ike_proposal_count;
	c->udp_encap = vpn->conf.udp_encap;
	ike_index_add(&vs->class_by_content, &c->by_content, content, len);
	ike_index_add(
	    &vs->class_by_addrs, &c->by_addrs, key, addrs_key(&c->local, &c->remote, key));
	return c;
}

static struct ike_vpn_class *class_get(struct ike_vpns *vs, const struct ike_vpn *vpn)
{
	size_t len;
	uint8_t *key = content_key(vpn, &len);
	struct ike_vpn_class *c = ike_entry_of(
	    ike_index_find(&vs->class_by_content, key, len), struct ike_vpn_class, by_content);

	if (c == NULL)
		c = class_new(vs, vpn, key, len);
	free(key);
	c->refs++;
	return c;
}

static void class_put(struct ike_vpns *vs, struct ike_vpn_class *c)
{
	if (--c->refs > 0)
		return;
	ike_index_remove(&vs->class_by_content, &c->by_content);
	ike_index_remove(&vs->class_by_addrs, &c->by_addrs);
	free(c->proposals);
	free(c);
}

/* ---- the tables ---- */

static size_t peer_key(const struct gh_addr *local, const struct gh_addr *remote,
    const struct ike_ident *id, uint8_t *key)
{
	size_t at = addrs_key(local, remote, key);

	if (id == NULL || ike_ident_is_pattern(id))
		return at;
	memcpy(key + at, id, ike_ident_size(id));
	return at + ike_ident_size(id);
}

void ike_vpns_add(struct ike_vpns *vs, struct ike_vpn *vpn)
{
	struct ike_ident *id = vpn->remote_id != NULL ? ike_ident_key(vpn->remote_id) : NULL;
	uint8_t key[PEER_KEY_MAX];
	size_t len = peer_key(&vpn->conf.local_address, &vpn->conf.remote_address, id, key);

	ike_index_add(&vs->by_peer, &vpn->by_peer, key, len);
	ike_index_add(&vs->by_name, &vpn->by_name, vpn->conf.name, strlen(vpn->conf.name));
	vpn->class = class_get(vs, vpn);
	LIST_INSERT_HEAD(&vs->list, vpn, next);
	vs->count++;
	free(id);
}

void ike_vpns_remove(struct ike_vpns *vs, struct ike_vpn *vpn)
{
	ike_index_remove(&vs->by_peer, &vpn->by_peer);
	ike_index_remove(&vs->by_name, &vpn->by_name);
	LIST_REMOVE(vpn, next);
	vs->count--;
	class_put(vs, vpn->class);
	vpn->class = NULL;
	vpn->gone = true;
	ike_vpn_unref(vpn);
}

struct ike_vpn *ike_vpns_find(const struct ike_vpns *vs, const char *name)
{
	return ike_entry_of(
	    ike_index_find(&vs->by_name, name, strlen(name)), struct ike_vpn, by_name);
}

static bool same_text(const char *a, const char *b)
{
	return a == b || (a != NULL && b != NULL && strcmp(a, b) == 0);
}

static bool same_policies(const struct ike_conf_vpn *a, const struct ike_conf_vpn *b)
{
	if (a->policy_count != b->policy_count)
		return false;
	for (unsigned i = 0; i < a->policy_count; i++) {
		const struct ike_conf_policy *p = &a->policies[i], *q = &b->policies[i];

		if (!same_text(p->name, q->name) || p->proto != q->proto ||
		    p->local_port != q->local_port || p->remote_port != q->remote_port ||
		    memcmp(&p->local, &q->local, sizeof(p->local)) != 0 ||
		    memcmp(&p->remote, &q->remote, sizeof(p->remote)) != 0)
			return false;
	}
	return true;
}

static bool same_proposals(
    const struct ike_proposal *a, unsigned na, const struct ike_proposal *b, unsigned nb)
{
	return na == nb && memcmp(a, b, na * sizeof(*a)) == 0;
}

bool ike_vpn_same_deal(const struct ike_vpn *va, const struct ike_vpn *vb)
{
	const struct ike_conf_vpn *a = &va->conf, *b = &vb->conf;

	return gh_addr_equal(&a->local_address, &b->local_address) &&
	       gh_addr_equal(&a->remote_address, &b->remote_address) &&
	       same_text(a->local_id, b->local_id) && same_text(a->remote_id, b->remote_id) &&
	       a->local_auth == b->local_auth && a->remote_auth == b->remote_auth &&
	       a->udp_encap == b->udp_encap && a->replay_window == b->replay_window &&
	       same_proposals(a->ike_proposals, a->ike_proposal_count, b->ike_proposals,
		   b->ike_proposal_count) &&
	       same_proposals(a->esp_proposals, a->esp_proposal_count, b->esp_proposals,
		   b->esp_proposal_count) &&
	       same_policies(a, b);
}

void ike_vpn_update(struct ike_vpn *vpn, struct ike_vpn *from)
{
	struct ike_conf_vpn old = vpn->conf;

	vpn->conf = from->conf;
	from->conf = old;
	ike_vpn_unref(from);
}

/* The four ways to name a pair of addresses, most specific first. */
static bool each_specificity(const struct gh_addr *local, const struct gh_addr *remote,
    bool (*look)(void *ctx, const struct gh_addr *l, const struct gh_addr *r), void *ctx)
{
	return look(ctx, local, remote) || look(ctx, &any_addr, remote) ||
	       look(ctx, local, &any_addr) || look(ctx, &any_addr, &any_addr);
}

struct class_look {
	const struct ike_vpns *vs;
	ike_class_visit visit;
	void *arg;
};

static bool look_classes(void *ctx, const struct gh_addr *local, const struct gh_addr *remote)
{
	struct class_look *look = ctx;
	uint8_t key[PEER_KEY_MAX];
	struct ike_entry *at =
	    ike_index_find(&look->vs->class_by_addrs, key, addrs_key(local, remote, key));

	for (; at != NULL; at = LIST_NEXT(at, next)) {
		if (look->visit(look->arg, ike_entry_of(at, struct ike_vpn_class, by_addrs)))
			return true;
	}
	return false;
}

bool ike_vpns_classes(const struct ike_vpns *vs, const struct gh_addr *local,
    const struct gh_addr *remote, ike_class_visit visit, void *arg)
{
	struct class_look look = {vs, visit, arg};

	return each_specificity(local, remote, look_classes, &look);
}

struct vpn_look {
	const struct ike_vpns *vs;
	const struct ike_ident *id; /* key form; NULL: those that leave it open */
	ike_vpn_visit visit;
	void *arg;
};

static bool look_vpns(void *ctx, const struct gh_addr *local, const struct gh_addr *remote)
{
	struct vpn_look *look = ctx;
	uint8_t key[PEER_KEY_MAX];
	struct ike_entry *at =
	    ike_index_find(&look->vs->by_peer, key, peer_key(local, remote, look->id, key));

	for (; at != NULL; at = LIST_NEXT(at, next)) {
		if (look->visit(look->arg, ike_entry_of(at, struct ike_vpn, by_peer)))
			return true;
	}
	return false;
}

bool ike_vpns_match(const struct ike_vpns *vs, const struct gh_addr *local,
    const struct gh_addr *remote, const struct ike_ident *remote_id, ike_vpn_visit visit, void *arg)
{
	struct ike_ident *id = ike_ident_key(remote_id);
	struct vpn_look look = {vs, id, visit, arg};
	bool found = id != NULL && each_specificity(local, remote, look_vpns, &look);

	look.id = NULL;
	found = found || each_specificity(local, remote, look_vpns, &look);
	free(id);
	return found;
}
