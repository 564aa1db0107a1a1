/* SPDX-License-Identifier: BSD-3-Clause */
#include "ctrlplane/ike/ike_deal.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "common/secret.h"
#include "ctrlplane/ike/ike_child.h"
#include "ctrlplane/ike/ike_sa.h"

struct ike_deal *ike_deal_new(struct ike_sa *sa, bool initiator, unsigned flags)
{
	struct ike_deal *d = calloc(1, sizeof(*d));

	if (d == NULL)
		abort();
	d->sa = sa;
	d->initiator = initiator;
	d->flags = flags;
	return d;
}

void ike_deal_free(struct ike_deal *d)
{
	if (d == NULL)
		return;
	if (d->spi_in != 0 && !d->installed)
		d->sa->e->host.spi_free(d->sa->e->ctx, d->spi_in);
	free(d->policy);
	gh_wipe_free(d, sizeof(*d));
}

/* One authentic peer may not take the whole table. */
static bool has_room(const struct ike_deal *d)
{
	return d->sa->child_count < (d->rekeys != 0 ? 2 : 1) * IKE_CHILDREN_MAX;
}

static bool alloc_spi(struct ike_deal *d)
{
	return d->spi_in != 0 || d->sa->e->host.spi_alloc(d->sa->e->ctx, &d->spi_in) == 0;
}

/* ---- selectors ---- */

static struct ike_ts side_ts(const struct gh_prefix *prefix, uint8_t proto, uint16_t port)
{
	return ike_ts_from_prefix(prefix, proto, port, port != 0 ? port : 65535);
}

static void policy_ts(
    const struct ike_conf_policy *p, struct ike_ts_list *local, struct ike_ts_list *remote)
{
	local->count = remote->count = 1;
	local->ts[0] = side_ts(&p->local, p->proto, p->local_port);
	remote->ts[0] = side_ts(&p->remote, p->proto, p->remote_port);
}

static void child_ts(
    const struct ike_child *child, struct ike_ts_list *local, struct ike_ts_list *remote)
{
	local->count = child->ts_local_count;
	remote->count = child->ts_remote_count;
	memcpy(local->ts, child->ts, local->count * sizeof(*child->ts));
	memcpy(remote->ts, child->ts + local->count, remote->count * sizeof(*child->ts));
}

static const struct ike_conf_policy *find_policy(const struct ike_conf_vpn *conf, const char *name)
{
	for (unsigned i = 0; i < conf->policy_count; i++) {
		if (strcmp(conf->policies[i].name, name) == 0)
			return &conf->policies[i];
	}
	return NULL;
}

/* ---- initiator ---- */

bool ike_deal_prepare(struct ike_deal *d, const char *policy, const struct ike_child *old)
{
	const struct ike_conf_policy *p = find_policy(&d->sa->vpn->conf, policy);

	if (p == NULL || !has_room(d) || !alloc_spi(d))
		return false;
	d->policy = strdup(p->name);
	if (old != NULL)
		child_ts(old, &d->local, &d->remote);
	else
		policy_ts(p, &d->local, &d->remote);
	return true;
}

void ike_deal_put_sa(struct ike_deal *d, struct ike_builder *b)
{
	const struct ike_conf_vpn *conf = &d->sa->vpn->conf;
	struct ike_proposal offer[IKE_CONF_PROPOSALS];

	ike_offer(conf->esp_proposals, conf->esp_proposal_count, d->flags, offer);
	for (unsigned i = 0; i < conf->esp_proposal_count; i++)
		ike_proposal_set_spi32(&offer[i], d->spi_in);
	ike_put_sa(b, offer, conf->esp_proposal_count);
}

void ike_deal_put_ts(struct ike_deal *d, struct ike_builder *b)
{
	ike_put_ts(b, IKE_PAYLOAD_TSi, d->initiator ? &d->local : &d->remote);
	ike_put_ts(b, IKE_PAYLOAD_TSr, d->initiator ? &d->remote : &d->local);
}

/* Reads TSi and TSr of a message as ours and the peer's. 0 or -EBADMSG. */
static int parse_ts(const struct ike_deal *d, const struct ike_message *m,
    struct ike_ts_list *local, struct ike_ts_list *remote, struct gh_error *err)
{
	const struct ike_payload *i = ike_find(m, IKE_PAYLOAD_TSi);
	const struct ike_payload *r = ike_find(m, IKE_PAYLOAD_TSr);
	int rc;

	if (i == NULL || r == NULL)
		return gh_error_set(err, -EBADMSG, "", "the peer sent no traffic selectors");
	rc = ike_parse_ts(i->body, d->initiator ? local : remote, err);
	return rc < 0 ? rc : ike_parse_ts(r->body, d->initiator ? remote : local, err);
}

static int accept_suite(struct ike_deal *d, const struct ike_message *m, struct gh_error *err)
{
	const struct ike_conf_vpn *conf = &d->sa->vpn->conf;
	const struct ike_payload *p = ike_find(m, IKE_PAYLOAD_SA);
	struct ike_proposal offer[IKE_CONF_PROPOSALS];
	struct ike_sa_payload answer;
	int rc;

	if (p == NULL)
		return gh_error_set(err, -EBADMSG, "", "the answer has no SA payload");
	rc = ike_parse_sa(p->body, &answer, err);
	if (rc < 0)
		return rc;
	ike_offer(conf->esp_proposals, conf->esp_proposal_count, d->flags, offer);
	for (unsigned i = 0; i < conf->esp_proposal_count; i++)
		ike_proposal_set_spi32(&offer[i], d->spi_in);
	rc = ike_check_answer(offer, conf->esp_proposal_count, &answer, d->flags, &d->suite, err);
	if (rc < 0)
		return rc;
	d->spi_out = ike_proposal_spi32(&answer.proposals[0]);
	return d->spi_out < 256 ? gh_error_set(err, -EBADMSG, "", "the peer's SPI is reserved") : 0;
}

int ike_deal_accept(struct ike_deal *d, const struct ike_message *m, struct gh_error *err)
{
	struct ike_ts_list local, remote;
	int rc = accept_suite(d, m, err);

	if (rc == 0)
		rc = parse_ts(d, m, &local, &remote, err);
	if (rc < 0)
		return rc;
	if (local.count == 0 || remote.count == 0 || !ike_ts_list_subset(&local, &d->local) ||
	    !ike_ts_list_subset(&remote, &d->remote))
		return gh_error_set(err, -EBADMSG, "",
		    "the peer answered with traffic selectors beyond those offered");
	d->local = local;
	d->remote = remote;
	return 0;
}

/* ---- responder ---- */

static uint16_t choose_suite(struct ike_deal *d, const struct ike_message *m, uint16_t ke_group,
    uint16_t *group, struct gh_error *err)
{
	const struct ike_conf_vpn *conf = &d->sa->vpn->conf;
	const struct ike_payload *p = ike_find(m, IKE_PAYLOAD_SA);
	const struct ike_proposal *theirs;
	struct ike_sa_payload offered;

	if (p == NULL || ike_parse_sa(p->body, &offered, err) < 0)
		return IKE_N_INVALID_SYNTAX;
	if (ike_select(conf->esp_proposals, conf->esp_proposal_count, &offered, d->flags, ke_group,
		&d->suite, &theirs, err) < 0)
		return IKE_N_NO_PROPOSAL_CHOSEN;
	d->spi_out = ike_proposal_spi32(theirs);
	if (d->spi_out < 256) {
		gh_error_set(err, -EBADMSG, "", "the peer's SPI is reserved");
		return IKE_N_INVALID_SYNTAX;
	}
	if (d->suite.dh != NULL && !(d->flags & IKE_SELECT_NO_DH) && d->suite.dh->id != ke_group) {
		*group = d->suite.dh->id;
		gh_error_set(err, -EPROTO, "", "the peer chose DH group %u, we want %s", ke_group,
		    d->suite.dh->word);
		return IKE_N_INVALID_KE_PAYLOAD;
	}
	return 0;
}

static bool narrow_to(struct ike_deal *d, const struct ike_ts_list *offered_local,
    const struct ike_ts_list *offered_remote, const struct ike_ts_list *local,
    const struct ike_ts_list *remote, bool *whole)
{
	bool cut_local, cut_remote;

	if (!ike_ts_narrow(offered_local, local, IKE_TS_MAX, &d->local, &cut_local) ||
	    !ike_ts_narrow(offered_remote, remote, IKE_TS_MAX, &d->remote, &cut_remote))
		return false;
	*whole = !cut_local && !cut_remote;
	return true;
}

/* The first policy that holds all that is offered, else the first that holds some of it. */
static const struct ike_conf_policy *choose_policy(struct ike_deal *d,
    const struct ike_ts_list *offered_local, const struct ike_ts_list *offered_remote)
{
	const struct ike_conf_vpn *conf = &d->sa->vpn->conf;
	const struct ike_conf_policy *some = NULL;
	struct ike_ts_list local, remote;
	bool whole;

	for (unsigned i = 0; i < conf->policy_count; i++) {
		policy_ts(&conf->policies[i], &local, &remote);
		if (!narrow_to(d, offered_local, offered_remote, &local, &remote, &whole))
			continue;
		if (whole)
			return &conf->policies[i];
		if (some == NULL)
			some = &conf->policies[i];
	}
	if (some != NULL) {
		policy_ts(some, &local, &remote);
		narrow_to(d, offered_local, offered_remote, &local, &remote, &whole);
	}
	return some;
}

static void ts_sentence(struct ike_deal *d, const struct ike_ts_list *local,
    const struct ike_ts_list *remote, struct gh_error *err)
{
	const struct ike_conf_vpn *conf = &d->sa->vpn->conf;
	char theirs_l[160], theirs_r[160], ours_l[GH_PREFIX_STRLEN], ours_r[GH_PREFIX_STRLEN];

	ike_ts_list_str(local, theirs_l, sizeof(theirs_l));
	ike_ts_list_str(remote, theirs_r, sizeof(theirs_r));
	if (conf->policy_count == 0)
		gh_error_set(err, -ENOENT, "",
		    "no traffic selectors in common: the VPN has no security-policy; the peer asks "
		    "for %s (ours) and %s (its own)",
		    theirs_l, theirs_r);
	else
		gh_error_set(err, -ENOENT, "",
		    "no traffic selectors in common: the peer asks for %s (ours) and %s (its own); "
		    "security-policy %s has %s and %s%s",
		    theirs_l, theirs_r, conf->policies[0].name,
		    gh_prefix_str(&conf->policies[0].local, ours_l),
		    gh_prefix_str(&conf->policies[0].remote, ours_r),
		    conf->policy_count > 1 ? ", and none of the others fits" : "");
}

static uint16_t choose_ts(struct ike_deal *d, const struct ike_message *m,
    const struct ike_child *old, struct gh_error *err)
{
	const struct ike_conf_policy *p = NULL;
	struct ike_ts_list local, remote, old_local, old_remote;
	bool whole;

	if (parse_ts(d, m, &local, &remote, err) < 0)
		return IKE_N_INVALID_SYNTAX;
	if (old != NULL) {
		child_ts(old, &old_local, &old_remote);
		p = find_policy(&d->sa->vpn->conf, old->policy);
	}
	if (p == NULL || !narrow_to(d, &local, &remote, &old_local, &old_remote, &whole))
		p = choose_policy(d, &local, &remote);
	if (p == NULL) {
		ts_sentence(d, &local, &remote, err);
		return IKE_N_TS_UNACCEPTABLE;
	}
	free(d->policy);
	d->policy = strdup(p->name);
	return 0;
}

uint16_t ike_deal_choose(struct ike_deal *d, const struct ike_message *m, uint16_t ke_group,
    const struct ike_child *old, uint16_t *group, struct gh_error *err)
{
	uint16_t notify = choose_suite(d, m, ke_group, group, err);

	if (notify == 0)
		notify = choose_ts(d, m, old, err);
	if (notify == 0 && !has_room(d)) {
		gh_error_set(err, -ENOSPC, "", "this IKE SA has %u child SAs, which is the most",
		    d->sa->child_count);
		notify = IKE_N_NO_ADDITIONAL_SAS;
	}
	if (notify == 0 && !alloc_spi(d)) {
		gh_error_set(err, -ENOSPC, "", "no SA is free in the dataplane");
		notify = IKE_N_NO_ADDITIONAL_SAS;
	}
	return notify;
}

void ike_deal_put_answer_sa(struct ike_deal *d, struct ike_builder *b)
{
	struct ike_proposal answer;

	ike_suite_to_proposal(&d->suite, d->flags, &answer);
	ike_proposal_set_spi32(&answer, d->spi_in);
	ike_put_sa(b, &answer, 1);
}

/* ---- both ---- */

/* Every pair of a local and a remote prefix. Returns how many; more than max: too many. */
static unsigned cross(const struct ike_ts *l, const struct ike_ts *r, struct gh_dp_selector *out,
    unsigned at, unsigned max)
{
	struct gh_prefix lp[IKE_CHILD_SELECTORS_MAX], rp[IKE_CHILD_SELECTORS_MAX];
	unsigned nl, nr;

	if (l->first.family != r->first.family || (l->proto != r->proto && l->proto && r->proto))
		return at;
	nl = ike_range_to_prefixes(&l->first, &l->last, lp, IKE_CHILD_SELECTORS_MAX);
	nr = ike_range_to_prefixes(&r->first, &r->last, rp, IKE_CHILD_SELECTORS_MAX);
	if (nl > max || nr > max || at + nl * nr > max)
		return max + 1;
	for (unsigned i = 0; i < nl * nr; i++) {
		out[at + i] = (struct gh_dp_selector){
		    .local = lp[i / nr],
		    .remote = rp[i % nr],
		    .proto = l->proto != 0 ? l->proto : r->proto,
		    .local_port_first = l->port_first,
		    .local_port_last = l->port_last,
		    .remote_port_first = r->port_first,
		    .remote_port_last = r->port_last,
		};
	}
	return at + nl * nr;
}

static int to_selectors(const struct ike_deal *d, struct ike_child *child, struct gh_error *err)
{
	struct gh_dp_selector sel[IKE_CHILD_SELECTORS_MAX];
	unsigned n = 0;

	memset(sel, 0, sizeof(sel));
	for (unsigned i = 0; i < d->local.count && n <= IKE_CHILD_SELECTORS_MAX; i++) {
		for (unsigned j = 0; j < d->remote.count && n <= IKE_CHILD_SELECTORS_MAX; j++)
			n = cross(
			    &d->local.ts[i], &d->remote.ts[j], sel, n, IKE_CHILD_SELECTORS_MAX);
	}
	if (n == 0 || n > IKE_CHILD_SELECTORS_MAX)
		return gh_error_set(err, -E2BIG, "",
		    "the traffic selectors make %s pairs of prefixes; at most %d fit one child SA",
		    n == 0 ? "no" : "too many", IKE_CHILD_SELECTORS_MAX);
	child->selectors = ike_dup(sel, n * sizeof(*sel));
	child->selector_count = (uint8_t)n;
	return 0;
}

static void copy_ts(const struct ike_deal *d, struct ike_child *child)
{
	child->ts_local_count = (uint8_t)d->local.count;
	child->ts_remote_count = (uint8_t)d->remote.count;
	child->ts = calloc(d->local.count + d->remote.count, sizeof(*child->ts));
	if (child->ts == NULL)
		abort();
	memcpy(child->ts, d->local.ts, d->local.count * sizeof(*child->ts));
	memcpy(child->ts + d->local.count, d->remote.ts, d->remote.count * sizeof(*child->ts));
}

static struct ike_child *child_of(struct ike_deal *d)
{
	const struct ike_conf_vpn *conf = &d->sa->vpn->conf;
	struct ike_engine *e = d->sa->e;
	struct ike_child *child = calloc(1, sizeof(*child));

	if (child == NULL)
		abort();
	child->spi_in = d->spi_in;
	child->spi_out = d->spi_out;
	child->suite = d->suite;
	child->initiator = d->initiator;
	child->udp_encap = d->sa->nat_local || d->sa->nat_remote;
	child->policy = strdup(d->policy);
	child->soft_bytes = ike_jitter(e, conf->rekey_bytes);
	child->soft_packets = ike_jitter(e, conf->rekey_packets);
	child->since_ms = ike_now(e);
	child->since_wall_ms = e->host.wall_ms(e->ctx);
	return child;
}

struct ike_child *ike_deal_install(
    struct ike_deal *d, struct ike_bytes dh_secret, bool outbound, struct gh_error *err)
{
	struct ike_child *child = child_of(d);

	child->replaces = outbound ? 0 : d->rekeys;
	copy_ts(d, child);
	if (to_selectors(d, child, err) < 0 ||
	    ike_keys_child(&d->suite, d->sa->suite.prf, d->sa->keys.d, dh_secret,
		ike_bytes(d->ni, d->ni_len), ike_bytes(d->nr, d->nr_len), &child->keys) < 0) {
		ike_child_free(child);
		return NULL;
	}
	if (!ike_child_start(d->sa, child, outbound)) {
		gh_error_set(err, -EIO, "", "the dataplane did not take the child SA");
		return NULL;
	}
	d->installed = true;
	ike_child_arm(child);
	return child;
}

/* ---- crossing rekeys ---- */

static int nonce_cmp(struct ike_bytes a, struct ike_bytes b)
{
	size_t n = a.len < b.len ? a.len : b.len;
	int order = memcmp(a.data, b.data, n);

	return order != 0 ? order : (a.len > b.len) - (a.len < b.len);
}

struct ike_bytes ike_min_nonce(struct ike_bytes a, struct ike_bytes b)
{
	return nonce_cmp(a, b) <= 0 ? a : b;
}

struct ike_bytes ike_deal_min_nonce(const struct ike_deal *d)
{
	return ike_min_nonce(ike_bytes(d->ni, d->ni_len), ike_bytes(d->nr, d->nr_len));
}

bool ike_deal_loses(const struct ike_deal *d, const uint8_t *other_min, size_t other_len)
{
	return nonce_cmp(ike_deal_min_nonce(d), ike_bytes(other_min, other_len)) < 0;
}
