/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * The control thread's side of the SA tables: what each slot is at, which are in use. Private to
 * sa_slot.c, sa_install.c, sa_control.c and sa_selectors.c. Control thread only.
 */
#pragma once

#include "dataplane/ipsec/sa.h"

enum gh_sa_slot_state {
	GH_SA_SLOT_FREE,  /* nothing, or a line left by a dataplane before us */
	GH_SA_SLOT_LIVE,  /* published */
	GH_SA_SLOT_HELD,  /* unpublished to be changed; writable after the next grace period */
	GH_SA_SLOT_DYING, /* removed, to be reclaimed */
};

struct gh_sa_slot {
	uint8_t state;	      /* enum gh_sa_slot_state */
	uint8_t inline_taken; /* sel_* of the line were published once for this SA */
	uint8_t replaced;     /* HELD: what it held is given up, with its policies */
	uint8_t pad;
	uint32_t stated;     /* the sync round that last stated it */
	uint32_t next, prev; /* slots in use, 0: none (indices are stored plus one) */
	struct gh_addr remote;
};

struct gh_sa_slots {
	IMB_MGR *mgr; /* expands keys; not ours */
	struct gh_sa_slot *slot[2];
	uint32_t first[2]; /* of the slots in use, plus one */
	uint32_t round;
};

extern struct gh_sa_slots gh_sa_slots;

static inline struct gh_sa_line *gh_sa_line_at(enum gh_dp_dir dir, uint32_t index)
{
	return &gh_sa.dir[dir].line[index];
}

static inline void gh_sa_store_flags(struct gh_sa_line *l, uint16_t flags)
{
	__atomic_store_n(&l->flags, flags, __ATOMIC_RELEASE);
}

/* Among the slots in use; linking twice does no harm. */
void gh_sa_slot_link(enum gh_dp_dir dir, uint32_t index);
void gh_sa_slot_unlink(enum gh_dp_dir dir, uint32_t index);

/* Wipe a slot that nobody reads any more: what lies in this process; and with _clear the segment's
 * too, but for the generation, which outlives the SA. */
void gh_sa_slot_clear_private(enum gh_dp_dir dir, uint32_t index);
void gh_sa_slot_clear(enum gh_dp_dir dir, uint32_t index);

/* Unpublishes an SA; its slot is cleared after a grace period. */
void gh_sa_slot_remove(enum gh_dp_dir dir, uint32_t index);
