/* SPDX-License-Identifier: BSD-3-Clause */
/* SA_SET: from a record to a live slot. */
#include <errno.h>
#include <rte_byteorder.h>
#include <string.h>

#include "common/secret.h"
#include "dataplane/ipsec/policy.h"
#include "dataplane/ipsec/replay.h"
#include "dataplane/ipsec/sa_check.h"
#include "dataplane/ipsec/sa_control.h"
#include "dataplane/ipsec/sa_slot.h"
#include "dataplane/nexthop.h"
#include "dataplane/rcu.h"

static bool same_keys(const struct gh_dp_sa *sa, unsigned alg)
{
	uint8_t slot[GH_SA_KEY_STRIDE] __attribute__((aligned(64))) = {0};
	const struct gh_sa_line *l = gh_sa_line_at(sa->id.dir, sa->id.index);
	const uint8_t *salt = sa->enc_key + gh_esp_algs[alg].key_len;
	bool same;

	gh_esp_key_expand(gh_sa_slots.mgr, alg, sa, slot);
	same = l->alg == alg &&
	       gh_equal_ct(slot, gh_sa_key(&gh_sa.dir[sa->id.dir], sa->id.index), sizeof(slot));
	if (gh_esp_algs[alg].kind != GH_ESP_KIND_HMAC)
		same = same && gh_equal_ct(salt, l->salt, sizeof(l->salt));
	gh_wipe(slot, sizeof(slot));
	return same;
}

enum change {
	CHANGE_LIGHT,	/* the same SA: fields that change under traffic */
	CHANGE_RAISE,	/* the same SA: its sequence number jumps ahead */
	CHANGE_INSTALL, /* another SA, or one whose keys this process has not seen */
};

static enum change classify(const struct gh_dp_sa *sa)
{
	const struct gh_sa_line *l = gh_sa_line_at(sa->id.dir, sa->id.index);
	unsigned alg = (unsigned)gh_esp_alg_find(sa->enc_alg, sa->auth_alg);
	uint8_t state = gh_sa_slots.slot[sa->id.dir][sa->id.index].state;
	bool esn = (sa->flags & GH_DP_SA_ESN) != 0;

	if (state == GH_SA_SLOT_FREE || state == GH_SA_SLOT_DYING ||
	    l->spi != rte_cpu_to_be_32(sa->id.spi) || !same_keys(sa, alg))
		return CHANGE_INSTALL;
	if (sa->seq > l->seq || esn != ((l->flags & GH_SA_ESN) != 0) ||
	    l->replay_window != sa->replay_window)
		return CHANGE_RAISE;
	return CHANGE_LIGHT;
}

/* Takes the slot from the workers where the change needs it; true: a grace period must pass. */
static bool hold(const struct gh_dp_sa *sa)
{
	struct gh_sa_slot *s = &gh_sa_slots.slot[sa->id.dir][sa->id.index];
	enum change c = classify(sa);

	if (c == CHANGE_LIGHT || s->state == GH_SA_SLOT_HELD || s->state == GH_SA_SLOT_FREE)
		return false;
	s->replaced = c == CHANGE_INSTALL;
	if (s->replaced)
		gh_policy_detach(sa->id.dir, sa->id.index);
	if (s->state == GH_SA_SLOT_LIVE)
		gh_sa_store_flags(gh_sa_line_at(sa->id.dir, sa->id.index),
		    (gh_sa_line_at(sa->id.dir, sa->id.index)->flags & ~GH_SA_LIVE) | GH_SA_BUSY);
	s->state = GH_SA_SLOT_HELD;
	return true;
}

static uint64_t limit(uint64_t value)
{
	return value == 0 ? UINT64_MAX : value;
}

/* Other limits are announced, and stop the SA, anew. */
static void set_limits(struct gh_sa_line *l, struct gh_sa_cold *c, const struct gh_dp_sa *sa)
{
	if (c->soft_bytes != limit(sa->soft_bytes) || c->soft_packets != limit(sa->soft_packets))
		c->told = 0;
	if (c->hard_bytes != limit(sa->hard_bytes) || c->hard_packets != limit(sa->hard_packets))
		l->expired = 0;
	c->soft_bytes = limit(sa->soft_bytes);
	c->hard_bytes = limit(sa->hard_bytes);
	c->soft_packets = limit(sa->soft_packets);
	c->hard_packets = limit(sa->hard_packets);
}

static void set_endpoints(const struct gh_dp_sa *sa, struct gh_sa_line *l, struct gh_sa_cold *c)
{
	const struct gh_endpoint *src = sa->id.dir == GH_DP_OUT ? &sa->local : &sa->remote;
	const struct gh_endpoint *dst = sa->id.dir == GH_DP_OUT ? &sa->remote : &sa->local;
	uint64_t addrs;
	uint16_t ports[2] = {rte_cpu_to_be_16(src->port), rte_cpu_to_be_16(dst->port)};
	uint32_t both;

	memcpy(&addrs, src->addr.bytes, 4);
	memcpy((uint8_t *)&addrs + 4, dst->addr.bytes, 4);
	memcpy(&both, ports, sizeof(both));
	__atomic_store_n((uint32_t *)(void *)&c->src_port, both, __ATOMIC_RELAXED);
	__atomic_store_n((uint64_t *)(void *)&l->outer_src, addrs, __ATOMIC_RELAXED);
	gh_sa_slots.slot[sa->id.dir][sa->id.index].remote = sa->remote.addr;
	if (sa->id.dir == GH_DP_OUT)
		__atomic_store_n(&l->nexthop, gh_route_resolve(&sa->remote.addr), __ATOMIC_RELAXED);
}

static uint16_t line_flags(const struct gh_dp_sa *sa)
{
	static const uint16_t map[][2] = {
	    {GH_DP_SA_ESN, GH_SA_ESN},
	    {GH_DP_SA_UDP_ENCAP, GH_SA_UDP},
	    {GH_DP_SA_COPY_DSCP, GH_SA_DSCP},
	    {GH_DP_SA_DF_SET, GH_SA_DF_SET},
	    {GH_DP_SA_DF_COPY, GH_SA_DF_COPY},
	};
	uint16_t flags = GH_SA_LIVE;

	for (unsigned i = 0; i < sizeof(map) / sizeof(map[0]); i++) {
		if (sa->flags & map[i][0])
			flags |= map[i][1];
	}
	if ((sa->soft_bytes | sa->hard_bytes | sa->soft_packets | sa->hard_packets) != 0)
		flags |= GH_SA_LIMITS;
	return flags;
}

/* A fresh line and window; when the slot holds the same SA, its numbers and counters go on. */
static void begin_line(const struct gh_dp_sa *sa, struct gh_sa_line *l, bool known)
{
	struct gh_sa_line old = *l;

	if (!known)
		gh_sa_slot_clear(sa->id.dir, sa->id.index);
	else
		gh_sa_slot_clear_private(sa->id.dir, sa->id.index);
	memset(l, 0, sizeof(*l));
	l->generation = old.generation + 1;
	l->spi = rte_cpu_to_be_32(sa->id.spi);
	if (known) {
		l->seq = old.seq;
		l->bytes = old.bytes;
		l->packets = old.packets;
	}
}

/* The same SA stated with a higher number: never go back, never accept what may have been seen. */
static void raise_seq(const struct gh_dp_sa *sa, struct gh_sa_line *l)
{
	if (sa->seq <= l->seq)
		return;
	l->seq = sa->seq;
	if (sa->id.dir == GH_DP_IN)
		gh_replay_refuse_all(&gh_sa.replay[sa->id.index]);
}

/* The slot is free or held, and no worker looks at it. */
static void install(const struct gh_dp_sa *sa, bool keep_policies)
{
	struct gh_sa_line *l = gh_sa_line_at(sa->id.dir, sa->id.index);
	struct gh_sa_table *t = &gh_sa.dir[sa->id.dir];
	struct gh_sa_slot *s = &gh_sa_slots.slot[sa->id.dir][sa->id.index];
	unsigned alg = (unsigned)gh_esp_alg_find(sa->enc_alg, sa->auth_alg);
	uint16_t selectors = keep_policies ? l->flags & (GH_SA_SEL_INLINE | GH_SA_SEL_CHAIN) : 0;

	/* A slot that is free but has a line was left by a dataplane before us: go on with it. */
	if (!keep_policies)
		begin_line(sa, l,
		    l->spi == rte_cpu_to_be_32(sa->id.spi) &&
			(s->state == GH_SA_SLOT_FREE || same_keys(sa, alg)));
	raise_seq(sa, l);
	l->alg = (uint8_t)alg;
	l->replay_window = (uint16_t)sa->replay_window;
	if (gh_esp_algs[alg].kind != GH_ESP_KIND_HMAC)
		memcpy(l->salt, sa->enc_key + gh_esp_algs[alg].key_len, sizeof(l->salt));
	t->cold[sa->id.index].spi = sa->id.spi;
	set_limits(l, &t->cold[sa->id.index], sa);
	set_endpoints(sa, l, &t->cold[sa->id.index]);
	if (!keep_policies)
		gh_esp_key_expand(gh_sa_slots.mgr, alg, sa, gh_sa_key(t, sa->id.index));
	s->state = GH_SA_SLOT_LIVE;
	gh_sa_slot_link(sa->id.dir, sa->id.index);
	gh_sa_store_flags(l, line_flags(sa) | selectors);
}

/* The SA is live and stays so. */
static void change_light(const struct gh_dp_sa *sa)
{
	struct gh_sa_line *l = gh_sa_line_at(sa->id.dir, sa->id.index);
	struct gh_sa_cold *c = &gh_sa.dir[sa->id.dir].cold[sa->id.index];
	uint16_t selectors = l->flags & (GH_SA_SEL_INLINE | GH_SA_SEL_CHAIN);

	set_limits(l, c, sa);
	set_endpoints(sa, l, c);
	gh_sa_store_flags(l, line_flags(sa) | selectors);
}

static void apply(const struct gh_dp_sa *sa)
{
	struct gh_sa_slot *s = &gh_sa_slots.slot[sa->id.dir][sa->id.index];
	enum change c = classify(sa);

	if (c == CHANGE_LIGHT && s->state == GH_SA_SLOT_LIVE) {
		change_light(sa);
	} else {
		/* A record later in the same request may want the slot again. */
		if (s->state == GH_SA_SLOT_LIVE || s->state == GH_SA_SLOT_DYING) {
			hold(sa);
			gh_rcu_synchronize();
		}
		install(sa, s->state == GH_SA_SLOT_HELD && !s->replaced);
	}
	s->stated = gh_sa_slots.round;
}

int gh_sa_control_set(
    const struct gh_dp_sa *recs, uint32_t n, uint32_t *failed, struct gh_error *err)
{
	uint32_t good;
	bool wait = false;
	int rc = 0;

	for (good = 0; good < n; good++) {
		rc = gh_sa_check(&recs[good], err);
		if (rc != 0)
			break;
		wait |= hold(&recs[good]);
	}
	*failed = good;
	if (wait)
		gh_rcu_synchronize();
	for (uint32_t i = 0; i < good; i++)
		apply(&recs[i]);
	return rc;
}
