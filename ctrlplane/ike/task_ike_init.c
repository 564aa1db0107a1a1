/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * IKE_SA_INIT as initiator (RFC 7296 1.2): with COOKIE and INVALID_KE_PAYLOAD it is sent again.
 * Nothing in the answer is authenticated yet: an error is only a hint, after which we do not
 * insist.
 */
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "common/log.h"
#include "ctrlplane/ike/ike_exchange.h"
#include "ctrlplane/ike/ike_init.h"
#include "ctrlplane/ike/ike_initiate.h"
#include "ctrlplane/ike/ike_sa.h"
#include "ctrlplane/ike/ike_task.h"

#define AGAIN_MAX 5 /* cookies and groups asked for, before we lose patience */
#define INIT_MAX 4096

struct init_task {
	struct ike_task task;
	const struct ike_dh_alg *group;
	struct ike_dh *dh;
	uint8_t cookie[64];
	size_t cookie_len;
	unsigned again;
	int derive_status;
};

static void key_pair_done(void *owner, struct ike_dh_job *job)
{
	struct init_task *t = owner;

	t->dh = job->dh;
	job->dh = NULL;
	ike_task_continue(&t->task);
}

static void put_payloads(struct init_task *t, struct ike_builder *b)
{
	struct ike_sa *sa = t->task.sa;
	const struct ike_conf_vpn *conf = &sa->vpn->conf;
	struct ike_proposal offer[IKE_CONF_PROPOSALS];

	ike_offer(conf->ike_proposals, conf->ike_proposal_count, 0, offer);
	if (t->cookie_len > 0)
		ike_put_status(b, IKE_N_COOKIE, ike_bytes(t->cookie, t->cookie_len));
	ike_put_sa(b, offer, conf->ike_proposal_count);
	ike_put_ke(b, t->group->id, ike_dh_public(t->dh));
	ike_put_nonce(b, ike_bytes(sa->hs->ni, sa->hs->ni_len));
	ike_natd_put(b, sa, 0, sa->fake_nat);
}

static enum ike_step build(struct ike_task *task, struct ike_builder *unused)
{
	struct init_task *t = (struct init_task *)task;
	struct ike_sa *sa = task->sa;
	struct ike_header hdr = {.spi_i = sa->spi_i,
	    .version = IKE_VERSION,
	    .exchange = IKE_EXCHANGE_IKE_SA_INIT,
	    .flags = IKE_FLAG_INITIATOR};
	uint8_t message[INIT_MAX];
	struct ike_builder b;
	ssize_t len;

	if (t->dh == NULL) {
		task->job = ike_dh_job_start(
		    sa->e, t->group, NULL, (struct ike_bytes){0}, key_pair_done, t);
		return IKE_STEP_WAIT;
	}
	ike_begin_message(&b, message, sizeof(message), &hdr);
	put_payloads(t, &b);
	len = ike_finish(&b);
	if (len < 0)
		return IKE_STEP_DONE;
	free(sa->hs->init_i);
	sa->hs->init_i = ike_dup(message, (size_t)len);
	sa->hs->init_i_len = (size_t)len;
	ike_request_send_clear(sa, message, (size_t)len);
	return IKE_STEP_SEND;
}

static enum ike_step want_cookie(struct init_task *t, const struct ike_notify *n)
{
	if (n->data.len == 0 || n->data.len > sizeof(t->cookie) || ++t->again > AGAIN_MAX)
		return IKE_STEP_IGNORE;
	memcpy(t->cookie, n->data.data, n->data.len);
	t->cookie_len = n->data.len;
	return IKE_STEP_AGAIN;
}

static enum ike_step want_group(struct init_task *t, const struct ike_notify *n)
{
	const struct ike_conf_vpn *conf = &t->task.sa->vpn->conf;
	uint16_t id = n->data.len == 2 ? (uint16_t)(n->data.data[0] << 8 | n->data.data[1]) : 0;
	const struct ike_dh_alg *group = ike_dh_by_id(id);

	if (group == NULL || group == t->group || ++t->again > AGAIN_MAX ||
	    !ike_group_listed(conf->ike_proposals, conf->ike_proposal_count, id)) {
		ike_sa_fail(t->task.sa,
		    "IKE_SA_INIT refused: the peer wants DH group %u, which our proposals do not "
		    "list",
		    id);
		t->task.sa->req.last_try = true;
		return IKE_STEP_IGNORE;
	}
	ike_dh_free(t->dh);
	t->dh = NULL;
	t->group = group;
	return IKE_STEP_AGAIN;
}

static enum ike_step refused(struct ike_sa *sa, const struct ike_notify *n)
{
	char ours[160];

	if (n->type == IKE_N_NO_PROPOSAL_CHOSEN)
		ike_sa_fail(sa, "IKE_SA_INIT refused: NO_PROPOSAL_CHOSEN; we offered %s%s",
		    ike_proposal_str(&sa->vpn->conf.ike_proposals[0], ours, sizeof(ours)),
		    sa->vpn->conf.ike_proposal_count > 1 ? " and more" : "");
	else
		ike_sa_fail(sa, "IKE_SA_INIT refused: %s", ike_notify_name(n->type));
	sa->req.last_try = true;
	return IKE_STEP_IGNORE;
}

static int take_suite(struct ike_sa *sa, const struct ike_message *m, struct gh_error *err)
{
	const struct ike_conf_vpn *conf = &sa->vpn->conf;
	const struct ike_payload *p = ike_find(m, IKE_PAYLOAD_SA);
	struct ike_proposal offer[IKE_CONF_PROPOSALS];
	struct ike_sa_payload answer;
	int rc;

	if (p == NULL)
		return gh_error_set(err, -EBADMSG, "", "the answer has no SA payload");
	rc = ike_parse_sa(p->body, &answer, err);
	if (rc < 0)
		return rc;
	ike_offer(conf->ike_proposals, conf->ike_proposal_count, 0, offer);
	return ike_check_answer(offer, conf->ike_proposal_count, &answer, 0, &sa->suite, err);
}

static int take_answer(
    struct init_task *t, const struct ike_message *m, struct ike_ke *ke, struct gh_error *err)
{
	const struct ike_payload *p = ike_find(m, IKE_PAYLOAD_KE);
	struct ike_sa *sa = t->task.sa;
	int rc;

	if (m->hdr.spi_r == 0 || p == NULL)
		return gh_error_set(err, -EBADMSG, "", "the answer has no SPI or no KE payload");
	rc = ike_parse_ke(p->body, ke, err);
	if (rc == 0)
		rc = take_suite(sa, m, err);
	if (rc == 0 && (sa->suite.dh != t->group || ke->group != t->group->id))
		rc = gh_error_set(err, -EBADMSG, "", "the peer changed the DH group");
	if (rc == 0)
		rc = ike_dh_check(t->group, ke->data, err);
	if (rc == 0)
		rc = ike_nonce_take(m, sa->hs->nr, &sa->hs->nr_len, err);
	return rc;
}

static void float_port(struct ike_sa *sa, const struct ike_message *m)
{
	if (!ike_natd_detect(
		m, &sa->local, &sa->remote, sa->spi_r, &sa->nat_local, &sa->nat_remote))
		return;
	sa->nat_local |= sa->fake_nat;
	if (!sa->nat_local && !sa->nat_remote)
		return;
	sa->natt = true;
	sa->local.port = IKE_PORT_NATT;
	if (sa->remote.port == IKE_PORT)
		sa->remote.port = IKE_PORT_NATT;
}

static void secret_done(void *owner, struct ike_dh_job *job)
{
	struct init_task *t = owner;
	struct ike_sa *sa = t->task.sa;

	t->derive_status = job->status;
	if (job->status == 0)
		t->derive_status = ike_init_derive(sa, ike_dh_job_secret(job));
	else
		ike_sa_fail(sa, "IKE_SA_INIT failed: %s", job->err.message);
	ike_task_continue(&t->task);
}

static enum ike_step process(struct ike_task *task, const struct ike_message *m)
{
	struct init_task *t = (struct init_task *)task;
	struct ike_sa *sa = task->sa;
	struct gh_error err = {0};
	struct ike_notify n;
	struct ike_ke ke;

	if (ike_find_notify(m, IKE_N_COOKIE, &n) && ike_find(m, IKE_PAYLOAD_SA) == NULL)
		return want_cookie(t, &n);
	if (ike_find_notify(m, IKE_N_INVALID_KE_PAYLOAD, &n))
		return want_group(t, &n);
	if (ike_find_error(m, &n))
		return refused(sa, &n);
	if (take_answer(t, m, &ke, &err) < 0) {
		ike_sa_fail(sa, "IKE_SA_INIT failed: %s", err.message);
		sa->req.last_try = true;
		return IKE_STEP_IGNORE;
	}
	sa->spi_r = m->hdr.spi_r;
	sa->hs->init_r = ike_dup(m->raw.data, m->raw.len);
	sa->hs->init_r_len = m->raw.len;
	float_port(sa, m);
	task->job = ike_dh_job_start(sa->e, t->group, t->dh, ke.data, secret_done, t);
	t->dh = NULL;
	return IKE_STEP_WAIT;
}

static enum ike_step finish(struct ike_task *task)
{
	struct init_task *t = (struct init_task *)task;
	struct ike_sa *sa = task->sa;
	struct ike_vpn *vpn = sa->vpn;

	if (t->derive_status == 0) {
		ike_task_auth_start(sa);
		return IKE_STEP_DONE;
	}
	ike_sa_kill(sa, "no keys");
	ike_vpn_retry(vpn);
	return IKE_STEP_DONE;
}

static void end(struct ike_task *task)
{
	ike_dh_free(((struct init_task *)task)->dh);
}

static const struct ike_task_ops ops = {
    .name = "ike-init",
    .exchange = IKE_EXCHANGE_IKE_SA_INIT,
    .build = build,
    .process = process,
    .finish = finish,
    .end = end,
};

void ike_task_init_start(struct ike_sa *sa)
{
	const struct ike_conf_vpn *conf = &sa->vpn->conf;
	struct init_task *t = calloc(1, sizeof(*t));

	if (t == NULL)
		abort();
	t->group = ike_first_group(conf->ike_proposals, conf->ike_proposal_count);
	ike_nonce_make(sa->e, sa->hs->ni, &sa->hs->ni_len);
	sa->fake_nat = conf->udp_encap;
	ike_task_add(sa, &ops, &t->task);
}
