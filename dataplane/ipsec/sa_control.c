/* SPDX-License-Identifier: BSD-3-Clause */
#include "dataplane/ipsec/sa_control.h"

#include <errno.h>
#include <rte_byteorder.h>
#include <stdlib.h>
#include <string.h>

#include "common/secret.h"
#include "dataplane/ipsec/memory.h"
#include "dataplane/ipsec/policy.h"
#include "dataplane/ipsec/replay.h"
#include "dataplane/ipsec/sa_check.h"
#include "dataplane/nexthop.h"
#include "dataplane/rcu.h"
#include "dataplane/shm.h"

/* Where a slot is in its life. */
enum slot_state {
	SLOT_FREE,  /* nothing, or a line left by a dataplane before us */
	SLOT_LIVE,  /* published */
	SLOT_HELD,  /* unpublished to be changed; readable again after the next grace period */
	SLOT_DYING, /* removed, to be reclaimed */
};

struct slot {
	uint8_t state;	      /* enum slot_state */
	uint8_t inline_taken; /* sel_* of the line were published once for this SA */
	uint8_t replaced;     /* HELD: what it held is given up, with its policies */
	uint8_t pad;
	uint32_t stated;     /* the sync round that last stated it */
	uint32_t next, prev; /* slots in use, 0: none (indices are stored plus one) */
	struct gh_addr remote;
};

static struct {
	IMB_MGR *mgr;
	struct slot *slot[2];
	uint32_t first[2]; /* of the slots in use, plus one */
	uint32_t round;
} ctl;

static struct gh_sa_line *line_of(enum gh_dp_dir dir, uint32_t index)
{
	return &gh_sa.dir[dir].line[index];
}

static void store_flags(struct gh_sa_line *l, uint16_t flags)
{
	__atomic_store_n(&l->flags, flags, __ATOMIC_RELEASE);
}

/* --- slots in use --- */

static void link_slot(enum gh_dp_dir dir, uint32_t index)
{
	struct slot *s = &ctl.slot[dir][index];

	if (s->prev != 0 || ctl.first[dir] == index + 1)
		return;
	s->next = ctl.first[dir];
	if (s->next != 0)
		ctl.slot[dir][s->next - 1].prev = index + 1;
	ctl.first[dir] = index + 1;
}

static void unlink_slot(enum gh_dp_dir dir, uint32_t index)
{
	struct slot *s = &ctl.slot[dir][index];

	if (s->next != 0)
		ctl.slot[dir][s->next - 1].prev = s->prev;
	if (s->prev != 0)
		ctl.slot[dir][s->prev - 1].next = s->next;
	else if (ctl.first[dir] == index + 1)
		ctl.first[dir] = s->next;
	s->next = s->prev = 0;
}

/* --- start and end --- */

static int map_direction(enum gh_dp_dir dir)
{
	static const enum gh_shm_region_id lines[] = {GH_SHM_SA_OUT, GH_SHM_SA_IN};
	static const enum gh_shm_region_id errors[] = {GH_SHM_SA_OUT_COLD, GH_SHM_SA_IN_COLD};
	struct gh_sa_table *t = &gh_sa.dir[dir];

	t->line = gh_shm_region(lines[dir]);
	t->errors = gh_shm_region(errors[dir]);
	t->cold = gh_table_alloc(GH_DP_SA_MAX * sizeof(*t->cold), 0);
	t->key = gh_table_alloc((size_t)GH_DP_SA_MAX * GH_SA_KEY_STRIDE, 1);
	ctl.slot[dir] = gh_table_alloc(GH_DP_SA_MAX * sizeof(struct slot), 0);
	return t->cold == NULL || t->key == NULL || ctl.slot[dir] == NULL ? -ENOMEM : 0;
}

/* Lines of a dataplane before us keep their numbers, but have no keys here. */
static void adopt_direction(enum gh_dp_dir dir)
{
	for (uint32_t i = 0; i < GH_DP_SA_MAX; i++) {
		struct gh_sa_line *l = line_of(dir, i);

		if (l->spi == 0)
			continue;
		l->flags = 0;
		l->expired = 0;
		link_slot(dir, i);
	}
}

int gh_sa_control_init(IMB_MGR *mgr, struct gh_error *err)
{
	ctl.mgr = mgr;
	ctl.round = 1;
	gh_sa.replay = gh_shm_region(GH_SHM_REPLAY);
	if (map_direction(GH_DP_OUT) != 0 || map_direction(GH_DP_IN) != 0) {
		gh_sa_control_fini();
		return gh_error_set(err, -ENOMEM, "ipsec", "no address space for the SA tables");
	}
	adopt_direction(GH_DP_OUT);
	adopt_direction(GH_DP_IN);
	return 0;
}

static void fini_direction(enum gh_dp_dir dir)
{
	struct gh_sa_table *t = &gh_sa.dir[dir];

	for (uint32_t i = ctl.first[dir]; i != 0; i = ctl.slot[dir][i - 1].next) {
		free(t->cold[i - 1].chain);
		gh_wipe(gh_sa_key(t, i - 1), GH_SA_KEY_STRIDE);
	}
	gh_table_free(t->cold, GH_DP_SA_MAX * sizeof(*t->cold));
	gh_table_free(t->key, (size_t)GH_DP_SA_MAX * GH_SA_KEY_STRIDE);
	gh_table_free(ctl.slot[dir], GH_DP_SA_MAX * sizeof(struct slot));
	*t = (struct gh_sa_table){0};
	ctl.slot[dir] = NULL;
	ctl.first[dir] = 0;
}

void gh_sa_control_fini(void)
{
	fini_direction(GH_DP_OUT);
	fini_direction(GH_DP_IN);
}

bool gh_sa_control_live(enum gh_dp_dir dir, uint32_t index)
{
	return index < GH_DP_SA_MAX && ctl.slot[dir][index].state == SLOT_LIVE;
}

/* --- removal --- */

struct dead {
	uint32_t index;
	uint32_t generation; /* another one: the slot was given to a new SA meanwhile */
	uint8_t dir;
};

/* Nobody reads the slot any more: what lies in this process. */
static void clear_private(enum gh_dp_dir dir, uint32_t index)
{
	struct gh_sa_table *t = &gh_sa.dir[dir];
	struct slot *s = &ctl.slot[dir][index];

	gh_wipe(gh_sa_key(t, index), GH_SA_KEY_STRIDE);
	free(t->cold[index].chain);
	memset(&t->cold[index], 0, sizeof(t->cold[index]));
	s->inline_taken = 0;
	s->state = SLOT_FREE;
}

/* And what lies in the segment. The generation outlives the SA. */
static void clear_slot(enum gh_dp_dir dir, uint32_t index)
{
	struct gh_sa_table *t = &gh_sa.dir[dir];
	uint32_t generation = t->line[index].generation;

	clear_private(dir, index);
	memset(&t->line[index], 0, sizeof(t->line[index]));
	memset(&t->errors[index], 0, sizeof(t->errors[index]));
	t->line[index].generation = generation;
	if (dir == GH_DP_IN)
		memset(&gh_sa.replay[index], 0, sizeof(gh_sa.replay[index]));
}

static void reclaim(void *arg)
{
	const struct dead *d = arg;

	if (ctl.slot[d->dir] != NULL && ctl.slot[d->dir][d->index].state == SLOT_DYING &&
	    line_of(d->dir, d->index)->generation == d->generation) {
		unlink_slot(d->dir, d->index);
		clear_slot(d->dir, d->index);
	}
	free(arg);
}

static void remove_slot(enum gh_dp_dir dir, uint32_t index)
{
	struct dead *d = malloc(sizeof(*d));

	store_flags(line_of(dir, index), 0);
	gh_policy_detach(dir, index);
	ctl.slot[dir][index].state = SLOT_DYING;
	if (d == NULL) {
		gh_rcu_synchronize();
		unlink_slot(dir, index);
		clear_slot(dir, index);
		return;
	}
	*d = (struct dead){index, line_of(dir, index)->generation, (uint8_t)dir};
	gh_rcu_defer(reclaim, d);
}

int gh_sa_control_del(
    const struct gh_dp_sa_id *recs, uint32_t n, uint32_t *failed, struct gh_error *err)
{
	for (uint32_t i = 0; i < n; i++) {
		int rc = gh_sa_check_id(&recs[i], err);

		*failed = i;
		if (rc != 0)
			return rc;
		/* Asking twice, or for an SA that was replaced, is no error: it is gone. */
		if (ctl.slot[recs[i].dir][recs[i].index].state != SLOT_DYING &&
		    line_of(recs[i].dir, recs[i].index)->spi == rte_cpu_to_be_32(recs[i].spi))
			remove_slot(recs[i].dir, recs[i].index);
	}
	return 0;
}

/* --- installation --- */

static bool same_keys(const struct gh_dp_sa *sa, unsigned alg)
{
	uint8_t slot[GH_SA_KEY_STRIDE] __attribute__((aligned(64))) = {0};
	const struct gh_sa_line *l = line_of(sa->id.dir, sa->id.index);
	const uint8_t *salt = sa->enc_key + gh_esp_algs[alg].key_len;
	bool same;

	gh_esp_key_expand(ctl.mgr, alg, sa, slot);
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
	const struct gh_sa_line *l = line_of(sa->id.dir, sa->id.index);
	unsigned alg = (unsigned)gh_esp_alg_find(sa->enc_alg, sa->auth_alg);
	uint8_t state = ctl.slot[sa->id.dir][sa->id.index].state;
	bool esn = (sa->flags & GH_DP_SA_ESN) != 0;

	if (state == SLOT_FREE || state == SLOT_DYING || l->spi != rte_cpu_to_be_32(sa->id.spi) ||
	    !same_keys(sa, alg))
		return CHANGE_INSTALL;
	if (sa->seq > l->seq || esn != ((l->flags & GH_SA_ESN) != 0) ||
	    l->replay_window != sa->replay_window)
		return CHANGE_RAISE;
	return CHANGE_LIGHT;
}

/* Takes the slot from the workers where the change needs it; true: a grace period must pass. */
static bool hold(const struct gh_dp_sa *sa)
{
	struct slot *s = &ctl.slot[sa->id.dir][sa->id.index];
	enum change c = classify(sa);

	if (c == CHANGE_LIGHT || s->state == SLOT_HELD || s->state == SLOT_FREE)
		return false;
	s->replaced = c == CHANGE_INSTALL;
	if (s->replaced)
		gh_policy_detach(sa->id.dir, sa->id.index);
	if (s->state == SLOT_LIVE)
		store_flags(line_of(sa->id.dir, sa->id.index),
		    (line_of(sa->id.dir, sa->id.index)->flags & ~GH_SA_LIVE) | GH_SA_BUSY);
	s->state = SLOT_HELD;
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
	ctl.slot[sa->id.dir][sa->id.index].remote = sa->remote.addr;
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
		clear_slot(sa->id.dir, sa->id.index);
	else
		clear_private(sa->id.dir, sa->id.index);
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
	struct gh_sa_line *l = line_of(sa->id.dir, sa->id.index);
	struct gh_sa_table *t = &gh_sa.dir[sa->id.dir];
	struct slot *s = &ctl.slot[sa->id.dir][sa->id.index];
	unsigned alg = (unsigned)gh_esp_alg_find(sa->enc_alg, sa->auth_alg);
	uint16_t selectors = keep_policies ? l->flags & (GH_SA_SEL_INLINE | GH_SA_SEL_CHAIN) : 0;

	/* A slot that is free but has a line was left by a dataplane before us: go on with it. */
	if (!keep_policies)
		begin_line(sa, l,
		    l->spi == rte_cpu_to_be_32(sa->id.spi) &&
			(s->state == SLOT_FREE || same_keys(sa, alg)));
	raise_seq(sa, l);
	l->alg = (uint8_t)alg;
	l->replay_window = (uint16_t)sa->replay_window;
	if (gh_esp_algs[alg].kind != GH_ESP_KIND_HMAC)
		memcpy(l->salt, sa->enc_key + gh_esp_algs[alg].key_len, sizeof(l->salt));
	t->cold[sa->id.index].spi = sa->id.spi;
	set_limits(l, &t->cold[sa->id.index], sa);
	set_endpoints(sa, l, &t->cold[sa->id.index]);
	if (!keep_policies)
		gh_esp_key_expand(ctl.mgr, alg, sa, gh_sa_key(t, sa->id.index));
	s->state = SLOT_LIVE;
	link_slot(sa->id.dir, sa->id.index);
	store_flags(l, line_flags(sa) | selectors);
}

/* The SA is live and stays so. */
static void change_light(const struct gh_dp_sa *sa)
{
	struct gh_sa_line *l = line_of(sa->id.dir, sa->id.index);
	struct gh_sa_cold *c = &gh_sa.dir[sa->id.dir].cold[sa->id.index];
	uint16_t selectors = l->flags & (GH_SA_SEL_INLINE | GH_SA_SEL_CHAIN);

	set_limits(l, c, sa);
	set_endpoints(sa, l, c);
	store_flags(l, line_flags(sa) | selectors);
}

static void apply(const struct gh_dp_sa *sa)
{
	struct slot *s = &ctl.slot[sa->id.dir][sa->id.index];
	enum change c = classify(sa);

	if (c == CHANGE_LIGHT && s->state == SLOT_LIVE) {
		change_light(sa);
	} else {
		/* A record later in the same request may want the slot again. */
		if (s->state == SLOT_LIVE || s->state == SLOT_DYING) {
			hold(sa);
			gh_rcu_synchronize();
		}
		install(sa, s->state == SLOT_HELD && !s->replaced);
	}
	s->stated = ctl.round;
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

void gh_sa_control_untold(const struct gh_dp_sa_id *id)
{
	struct gh_sa_line *l = line_of(id->dir, id->index);

	if (l->spi != rte_cpu_to_be_32(id->spi))
		return;
	gh_sa.dir[id->dir].cold[id->index].told = 0;
	l->expired = 0;
}

/* --- synchronisation and routes --- */

void gh_sa_control_sync_begin(void)
{
	ctl.round++;
}

void gh_sa_control_sync_end(void)
{
	for (unsigned dir = GH_DP_OUT; dir <= GH_DP_IN; dir++) {
		uint32_t next;

		for (uint32_t i = ctl.first[dir]; i != 0; i = next) {
			const struct slot *s = &ctl.slot[dir][i - 1];

			next = s->next;
			if (s->stated != ctl.round && s->state != SLOT_DYING)
				remove_slot(dir, i - 1);
		}
	}
}

void gh_sa_control_reroute(const struct gh_prefix *prefix)
{
	for (uint32_t i = ctl.first[GH_DP_OUT]; i != 0; i = ctl.slot[GH_DP_OUT][i - 1].next) {
		const struct slot *s = &ctl.slot[GH_DP_OUT][i - 1];

		if (s->state == SLOT_LIVE &&
		    (prefix->len == 0 || gh_prefix_contains(prefix, &s->remote)))
			__atomic_store_n(&line_of(GH_DP_OUT, i - 1)->nexthop,
			    gh_route_resolve(&s->remote), __ATOMIC_RELAXED);
	}
}

/* --- inbound selectors --- */

static bool fits_inline(const struct gh_selector4 *sel)
{
	return sel->proto == 0 && sel->any_port;
}

int gh_sa_control_selectors(uint32_t index, const struct gh_selector4 *sel, uint32_t count)
{
	struct gh_sa_line *l = line_of(GH_DP_IN, index);
	struct gh_sa_cold *c = &gh_sa.dir[GH_DP_IN].cold[index];
	struct slot *s = &ctl.slot[GH_DP_IN][index];
	struct gh_sa_chain *chain = NULL, *old = c->chain;
	uint16_t flags = l->flags & (uint16_t) ~(GH_SA_SEL_INLINE | GH_SA_SEL_CHAIN);
	bool keep_inline = false;

	/* The line's selector is written once in an SA's life: readers never see half of two. */
	for (uint32_t i = 0; i < count && s->inline_taken; i++)
		keep_inline |= fits_inline(&sel[i]) && sel[i].local == l->sel_local &&
			       sel[i].remote == l->sel_remote &&
			       sel[i].local_len == l->sel_local_len &&
			       sel[i].remote_len == l->sel_remote_len;
	if (!s->inline_taken && count > 0 && fits_inline(&sel[0])) {
		l->sel_local = sel[0].local;
		l->sel_remote = sel[0].remote;
		l->sel_local_len = sel[0].local_len;
		l->sel_remote_len = sel[0].remote_len;
		s->inline_taken = 1;
		keep_inline = true;
	}
	if (count > 1 || (count == 1 && !keep_inline)) {
		chain = malloc(sizeof(*chain) + count * sizeof(*sel));
		if (chain == NULL)
			return -ENOMEM;
		chain->count = count;
		memcpy(chain->sel, sel, count * sizeof(*sel));
		flags |= GH_SA_SEL_CHAIN;
	}
	if (keep_inline)
		flags |= GH_SA_SEL_INLINE;
	__atomic_store_n(&c->chain, chain, __ATOMIC_RELEASE);
	store_flags(l, flags);
	if (old != NULL)
		gh_rcu_defer(free, old);
	return 0;
}
