/* SPDX-License-Identifier: BSD-3-Clause */
#include "ctrlplane/ike/host/children.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <uthash.h>

#include "common/log.h"
#include "common/secret.h"
#include "ctrlplane/dpclient/spi.h"

#define SLOT_MASK (GH_DP_SA_MAX - 1)
/* Precedence of policies: children before guards, and within each the narrower selector first. */
#define PRIORITY_CHILD 1000u
#define PRIORITY_GUARD 2000u

struct claim;

/* An outbound policy: one for each distinct selector. */
struct out_policy {
	struct gh_dp_selector sel; /* the key */
	uint32_t id;
	TAILQ_HEAD(claims, claim) claims; /* the first carries the traffic */
	UT_hash_handle hh;
};

/* A child's hold on one of its selectors. */
struct claim {
	struct child *child;
	struct out_policy *policy; /* NULL: inbound only */
	uint32_t in_id;
	struct gh_dp_selector sel;
	TAILQ_ENTRY(claim) next;
};

struct child {
	uint32_t spi_in, spi_out;
	bool stated; /* to some dataplane, by us or by a gatehoused before us */
	unsigned claim_count;
	UT_hash_handle hh;
	struct claim claims[];
};

struct guard {
	char key[160]; /* vpn NUL policy NUL */
	unsigned key_len;
	uint32_t id;
	struct gh_dp_selector sel;
	UT_hash_handle hh, by_id;
};

struct children {
	struct gh_dpc *dpc;
	struct outbox *outbox;
	uint32_t next_id;
	struct child *by_spi;
	struct out_policy *policies;
	struct guard *guards, *guards_by_id;
	uint32_t *spi_of_slot; /* GH_DP_SA_MAX; 0: free */
};

struct children *children_new(struct gh_dpc *dpc, struct outbox *outbox)
{
	struct children *t = calloc(1, sizeof(*t));

	if (t == NULL)
		return NULL;
	t->dpc = dpc;
	t->outbox = outbox;
	t->spi_of_slot = calloc(GH_DP_SA_MAX, sizeof(t->spi_of_slot[0]));
	if (t->spi_of_slot == NULL) {
		free(t);
		return NULL;
	}
	/* The dataplane may still hold the policies of a gatehoused before this one until our
	 * first sync ends; a random start keeps our ids off theirs. */
	gh_random(&t->next_id, sizeof(t->next_id));
	return t;
}

void children_free(struct children *t)
{
	struct out_policy *p, *ptmp;
	struct guard *g, *gtmp;
	struct child *c, *ctmp;

	if (t == NULL)
		return;
	HASH_ITER (hh, t->by_spi, c, ctmp) {
		HASH_DEL(t->by_spi, c);
		free(c);
	}
	HASH_ITER (hh, t->policies, p, ptmp) {
		HASH_DEL(t->policies, p);
		free(p);
	}
	HASH_CLEAR(by_id, t->guards_by_id);
	HASH_ITER (hh, t->guards, g, gtmp) {
		HASH_DEL(t->guards, g);
		free(g);
	}
	free(t->spi_of_slot);
	free(t);
}

static struct gh_slots *slots(const struct children *t)
{
	return gh_dpc_slots(t->dpc, GH_DP_IN);
}

int children_spi_alloc(struct children *t, uint32_t *spi)
{
	uint32_t slot;

	return gh_spi_take(slots(t), &slot, spi);
}

void children_spi_free(struct children *t, uint32_t spi)
{
	gh_slots_give(slots(t), spi & SLOT_MASK);
}

static struct child *find_child(const struct children *t, uint32_t spi_in)
{
	struct child *c;

	HASH_FIND(hh, t->by_spi, &spi_in, sizeof(spi_in), c);
	return c;
}

/* ---- records ---- */

static uint32_t narrowness(const struct gh_dp_selector *sel)
{
	return (uint32_t)sel->local.len + sel->remote.len + (sel->proto != 0);
}

/* IKE's messages wait for what the dataplane was told. True: it was told. */
static bool issue(struct children *t, int rc)
{
	if (rc == 0)
		outbox_issued(t->outbox);
	return rc == 0;
}

static void state_policy(struct children *t, uint32_t id, uint32_t priority, uint32_t sa,
    enum gh_dp_dir dir, const struct gh_dp_selector *sel)
{
	struct gh_dp_policy rec = {.id = id,
	    .priority = priority - narrowness(sel),
	    .sa = sa,
	    .dir = (uint8_t)dir,
	    .sel = *sel};

	issue(t, gh_dpc_policy_set(t->dpc, &rec, outbox_done(t->outbox)));
}

static void state_out_policy(struct children *t, const struct out_policy *p)
{
	const struct claim *first = TAILQ_FIRST(&p->claims);

	state_policy(
	    t, p->id, PRIORITY_CHILD, first->child->spi_in & SLOT_MASK, GH_DP_OUT, &p->sel);
}

/* True when a dataplane was there to be told. */
static bool state_sa(struct children *t, const struct ike_child_sa *child, enum gh_dp_dir dir)
{
	const struct ike_esp_keys *keys = dir == GH_DP_IN ? &child->in : &child->out;
	struct gh_dp_sa rec;
	bool stated;

	memset(&rec, 0, sizeof(rec));
	rec.id = (struct gh_dp_sa_id){.index = child->spi_in & SLOT_MASK,
	    .spi = dir == GH_DP_IN ? child->spi_in : child->spi_out,
	    .dir = (uint8_t)dir};
	rec.enc_alg = child->enc_alg;
	rec.auth_alg = child->auth_alg;
	rec.flags = (uint16_t)((child->esn ? GH_DP_SA_ESN : 0) |
			       (child->udp_encap ? GH_DP_SA_UDP_ENCAP : 0) |
			       (child->copy_dscp ? GH_DP_SA_COPY_DSCP : 0) |
			       (child->copy_df ? GH_DP_SA_DF_COPY : 0));
	rec.replay_window = dir == GH_DP_IN ? child->replay_window : 0;
	rec.local = child->local;
	rec.remote = child->remote;
	memcpy(rec.enc_key, keys->enc, sizeof(rec.enc_key));
	memcpy(rec.auth_key, keys->auth, sizeof(rec.auth_key));
	rec.soft_bytes = child->soft_bytes;
	rec.soft_packets = child->soft_packets;
	stated = issue(t, gh_dpc_sa_set(t->dpc, &rec, outbox_done(t->outbox)));
	gh_wipe(&rec, sizeof(rec));
	return stated;
}

/* ---- claims ---- */

static struct out_policy *get_out_policy(struct children *t, const struct gh_dp_selector *sel)
{
	struct out_policy *p;

	HASH_FIND(hh, t->policies, sel, sizeof(*sel), p);
	if (p != NULL)
		return p;
	p = calloc(1, sizeof(*p));
	if (p == NULL)
		return NULL;
	p->sel = *sel;
	p->id = t->next_id++;
	TAILQ_INIT(&p->claims);
	HASH_ADD(hh, t->policies, sel, sizeof(p->sel), p);
	return p;
}

/* This child carries the selector's traffic from now on. */
static int claim(struct children *t, struct claim *cl)
{
	struct out_policy *p = cl->policy != NULL ? cl->policy : get_out_policy(t, &cl->sel);

	if (p == NULL)
		return -ENOMEM;
	if (cl->policy != NULL)
		TAILQ_REMOVE(&p->claims, cl, next);
	cl->policy = p;
	TAILQ_INSERT_HEAD(&p->claims, cl, next);
	state_out_policy(t, p);
	return 0;
}

/* Restates a claim without changing who carries the traffic. */
static int claim_again(struct children *t, struct claim *cl)
{
	if (cl->policy == NULL)
		return claim(t, cl);
	if (TAILQ_FIRST(&cl->policy->claims) == cl)
		state_out_policy(t, cl->policy);
	return 0;
}

static void unclaim(struct children *t, struct claim *cl)
{
	struct out_policy *p = cl->policy;
	bool was_first;

	if (p == NULL)
		return;
	was_first = TAILQ_FIRST(&p->claims) == cl;
	TAILQ_REMOVE(&p->claims, cl, next);
	cl->policy = NULL;
	if (TAILQ_EMPTY(&p->claims)) {
		gh_dpc_policy_del(t->dpc, p->id, GH_DPC_NO_DONE);
		HASH_DEL(t->policies, p);
		free(p);
	} else if (was_first) {
		state_out_policy(t, p);
	}
}

/* ---- children ---- */

static struct child *add_child(struct children *t, const struct ike_child_sa *child)
{
	uint32_t slot = child->spi_in & SLOT_MASK;
	struct child *c;
	int rc;

	c = calloc(1, sizeof(*c) + child->selector_count * sizeof(c->claims[0]));
	if (c == NULL)
		return NULL;
	/* Taken already by spi_alloc, unless the child comes from a record. */
	rc = gh_spi_reserve(slots(t), slot, child->spi_in);
	if (rc == -EINVAL) {
		free(c);
		return NULL;
	}
	c->stated = rc == 0;
	c->spi_in = child->spi_in;
	c->claim_count = child->selector_count;
	for (unsigned i = 0; i < c->claim_count; i++) {
		c->claims[i].child = c;
		c->claims[i].sel = child->selectors[i];
		c->claims[i].in_id = t->next_id++;
	}
	HASH_ADD(hh, t->by_spi, spi_in, sizeof(c->spi_in), c);
	t->spi_of_slot[slot] = c->spi_in;
	return c;
}

int children_install(struct children *t, const struct ike_child_sa *child)
{
	struct child *c = find_child(t, child->spi_in);
	int rc = 0;

	if (c == NULL)
		c = add_child(t, child);
	if (c == NULL)
		return -ENOMEM;
	c->spi_out = child->spi_out;
	state_sa(t, child, GH_DP_IN);
	c->stated |= state_sa(t, child, GH_DP_OUT);
	for (unsigned i = 0; i < c->claim_count; i++) {
		struct claim *cl = &c->claims[i];

		state_policy(
		    t, cl->in_id, PRIORITY_CHILD, c->spi_in & SLOT_MASK, GH_DP_IN, &cl->sel);
		if (child->outbound && rc == 0)
			rc = claim_again(t, cl);
	}
	return rc;
}

void children_switch(struct children *t, uint32_t to, uint32_t from)
{
	struct child *new = find_child(t, to), *old = find_child(t, from);

	for (unsigned i = 0; new != NULL &&i < new->claim_count; i++)
		claim(t, &new->claims[i]);
	for (unsigned i = 0; old != NULL && i < old->claim_count; i++)
		unclaim(t, &old->claims[i]);
}

void children_remove(struct children *t, uint32_t spi_in)
{
	struct child *c = find_child(t, spi_in);
	uint32_t slot = spi_in & SLOT_MASK;
	struct gh_dp_sa_id in = {.index = slot, .spi = spi_in, .dir = GH_DP_IN}, out = in;

	if (c == NULL)
		return;
	for (unsigned i = 0; i < c->claim_count; i++) {
		unclaim(t, &c->claims[i]);
		gh_dpc_policy_del(t->dpc, c->claims[i].in_id, GH_DPC_NO_DONE);
	}
	out.spi = c->spi_out;
	out.dir = GH_DP_OUT;
	gh_dpc_sa_del(t->dpc, &out, GH_DPC_NO_DONE);
	gh_dpc_sa_del(t->dpc, &in, GH_DPC_NO_DONE);
	t->spi_of_slot[slot] = 0;
	gh_slots_give(slots(t), slot);
	HASH_DEL(t->by_spi, c);
	free(c);
}

uint32_t children_slot(uint32_t spi_in)
{
	return spi_in & SLOT_MASK;
}

bool children_was_stated(const struct children *t, const struct ike_child_sa *child)
{
	const struct child *c = find_child(t, child->spi_in);

	if (c != NULL)
		return c->stated;
	return !gh_slots_taken(slots(t), child->spi_in & SLOT_MASK);
}

bool children_find(const struct children *t, uint32_t spi_in, struct child_place *out)
{
	const struct child *c = find_child(t, spi_in);

	if (c == NULL)
		return false;
	*out = (struct child_place){
	    .slot = spi_in & SLOT_MASK, .spi_in = spi_in, .spi_out = c->spi_out};
	return true;
}

uint32_t children_spi_of_slot(const struct children *t, uint32_t slot)
{
	return slot < GH_DP_SA_MAX ? t->spi_of_slot[slot] : 0;
}

uint32_t children_count(const struct children *t)
{
	return HASH_COUNT(t->by_spi);
}

/* ---- guards ---- */

static unsigned guard_key(char *key, size_t size, const char *vpn, const char *policy)
{
	int n = snprintf(key, size, "%s%c%s", vpn, '\0', policy);

	return (unsigned)n < size ? (unsigned)n : (unsigned)size - 1;
}

static struct guard *find_guard(const struct children *t, const char *vpn, const char *policy)
{
	char key[sizeof(((struct guard *)0)->key)];
	unsigned len = guard_key(key, sizeof(key), vpn, policy);
	struct guard *g;

	HASH_FIND(hh, t->guards, key, len, g);
	return g;
}

static void state_guard(struct children *t, const struct guard *g)
{
	state_policy(t, g->id, PRIORITY_GUARD, GH_DP_SA_NONE, GH_DP_OUT, &g->sel);
}

int children_guard_set(
    struct children *t, const char *vpn, const char *policy, const struct gh_dp_selector *selector)
{
	struct guard *g = find_guard(t, vpn, policy);

	if (g == NULL) {
		g = calloc(1, sizeof(*g));
		if (g == NULL)
			return -ENOMEM;
		g->key_len = guard_key(g->key, sizeof(g->key), vpn, policy);
		g->id = t->next_id++;
		HASH_ADD(hh, t->guards, key, g->key_len, g);
		HASH_ADD(by_id, t->guards_by_id, id, sizeof(g->id), g);
	}
	g->sel = *selector;
	state_guard(t, g);
	return 0;
}

void children_guard_del(struct children *t, const char *vpn, const char *policy)
{
	struct guard *g = find_guard(t, vpn, policy);

	if (g == NULL)
		return;
	gh_dpc_policy_del(t->dpc, g->id, GH_DPC_NO_DONE);
	HASH_DELETE(by_id, t->guards_by_id, g);
	HASH_DEL(t->guards, g);
	free(g);
}

bool children_guard_find(
    const struct children *t, uint32_t policy_id, const char **vpn, const char **policy)
{
	struct guard *g;

	HASH_FIND(by_id, t->guards_by_id, &policy_id, sizeof(policy_id), g);
	if (g == NULL)
		return false;
	*vpn = g->key;
	*policy = g->key + strlen(g->key) + 1;
	return true;
}

void children_state_guards(struct children *t)
{
	struct guard *g, *tmp;

	HASH_ITER (hh, t->guards, g, tmp)
		state_guard(t, g);
}
