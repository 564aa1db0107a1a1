/* SPDX-License-Identifier: BSD-3-Clause */
#include "dataplane/ipsec/sa_slot.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "common/secret.h"
#include "dataplane/ipsec/memory.h"
#include "dataplane/ipsec/policy.h"
#include "dataplane/ipsec/sa_control.h"
#include "dataplane/rcu.h"
#include "dataplane/shm.h"

struct gh_sa_slots gh_sa_slots;

void gh_sa_slot_link(enum gh_dp_dir dir, uint32_t index)
{
	struct gh_sa_slot *s = &gh_sa_slots.slot[dir][index];

	if (s->prev != 0 || gh_sa_slots.first[dir] == index + 1)
		return;
	s->next = gh_sa_slots.first[dir];
	if (s->next != 0)
		gh_sa_slots.slot[dir][s->next - 1].prev = index + 1;
	gh_sa_slots.first[dir] = index + 1;
}

void gh_sa_slot_unlink(enum gh_dp_dir dir, uint32_t index)
{
	struct gh_sa_slot *s = &gh_sa_slots.slot[dir][index];

	if (s->next != 0)
		gh_sa_slots.slot[dir][s->next - 1].prev = s->prev;
	if (s->prev != 0)
		gh_sa_slots.slot[dir][s->prev - 1].next = s->next;
	else if (gh_sa_slots.first[dir] == index + 1)
		gh_sa_slots.first[dir] = s->next;
	s->next = s->prev = 0;
}

/* Nobody reads the slot any more: what lies in this process. */
void gh_sa_slot_clear_private(enum gh_dp_dir dir, uint32_t index)
{
	struct gh_sa_table *t = &gh_sa.dir[dir];
	struct gh_sa_slot *s = &gh_sa_slots.slot[dir][index];

	gh_wipe(gh_sa_key(t, index), GH_SA_KEY_STRIDE);
	free(t->cold[index].chain);
	memset(&t->cold[index], 0, sizeof(t->cold[index]));
	s->inline_taken = 0;
	s->state = GH_SA_SLOT_FREE;
}

/* And what lies in the segment. The generation outlives the SA. */
void gh_sa_slot_clear(enum gh_dp_dir dir, uint32_t index)
{
	struct gh_sa_table *t = &gh_sa.dir[dir];
	uint32_t generation = t->line[index].generation;

	gh_sa_slot_clear_private(dir, index);
	memset(&t->line[index], 0, sizeof(t->line[index]));
	memset(&t->errors[index], 0, sizeof(t->errors[index]));
	t->line[index].generation = generation;
	if (dir == GH_DP_IN)
		memset(&gh_sa.replay[index], 0, sizeof(gh_sa.replay[index]));
}

struct dead {
	uint32_t index;
	uint32_t generation; /* another one: the slot was given to a new SA meanwhile */
	uint8_t dir;
};

static void reclaim(void *arg)
{
	const struct dead *d = arg;

	if (gh_sa_slots.slot[d->dir] != NULL &&
	    gh_sa_slots.slot[d->dir][d->index].state == GH_SA_SLOT_DYING &&
	    gh_sa_line_at(d->dir, d->index)->generation == d->generation) {
		gh_sa_slot_unlink(d->dir, d->index);
		gh_sa_slot_clear(d->dir, d->index);
	}
	free(arg);
}

void gh_sa_slot_remove(enum gh_dp_dir dir, uint32_t index)
{
	struct dead *d = malloc(sizeof(*d));

	gh_sa_store_flags(gh_sa_line_at(dir, index), 0);
	gh_policy_detach(dir, index);
	gh_sa_slots.slot[dir][index].state = GH_SA_SLOT_DYING;
	if (d == NULL) {
		gh_rcu_synchronize();
		gh_sa_slot_unlink(dir, index);
		gh_sa_slot_clear(dir, index);
		return;
	}
	*d = (struct dead){index, gh_sa_line_at(dir, index)->generation, (uint8_t)dir};
	gh_rcu_defer(reclaim, d);
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
	gh_sa_slots.slot[dir] = gh_table_alloc(GH_DP_SA_MAX * sizeof(struct gh_sa_slot), 0);
	return t->cold == NULL || t->key == NULL || gh_sa_slots.slot[dir] == NULL ? -ENOMEM : 0;
}

/* Lines of a dataplane before us keep their numbers, but have no keys here. */
static void adopt_direction(enum gh_dp_dir dir)
{
	for (uint32_t i = 0; i < GH_DP_SA_MAX; i++) {
		struct gh_sa_line *l = gh_sa_line_at(dir, i);

		if (l->spi == 0)
			continue;
		l->flags = 0;
		l->expired = 0;
		gh_sa_slot_link(dir, i);
	}
}

int gh_sa_control_init(IMB_MGR *mgr, struct gh_error *err)
{
	gh_sa_slots.mgr = mgr;
	gh_sa_slots.round = 1;
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

	for (uint32_t i = gh_sa_slots.first[dir]; i != 0; i = gh_sa_slots.slot[dir][i - 1].next) {
		free(t->cold[i - 1].chain);
		gh_wipe(gh_sa_key(t, i - 1), GH_SA_KEY_STRIDE);
	}
	gh_table_free(t->cold, GH_DP_SA_MAX * sizeof(*t->cold));
	gh_table_free(t->key, (size_t)GH_DP_SA_MAX * GH_SA_KEY_STRIDE);
	gh_table_free(gh_sa_slots.slot[dir], GH_DP_SA_MAX * sizeof(struct gh_sa_slot));
	*t = (struct gh_sa_table){0};
	gh_sa_slots.slot[dir] = NULL;
	gh_sa_slots.first[dir] = 0;
}

void gh_sa_control_fini(void)
{
	fini_direction(GH_DP_OUT);
	fini_direction(GH_DP_IN);
}

bool gh_sa_control_live(enum gh_dp_dir dir, uint32_t index)
{
	return index < GH_DP_SA_MAX && gh_sa_slots.slot[dir][index].state == GH_SA_SLOT_LIVE;
}
