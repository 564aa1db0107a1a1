/* SPDX-License-Identifier: BSD-3-Clause */
#include "ctrlplane/dpclient/spi.h"

#include <errno.h>
#include <stdlib.h>

#include "common/secret.h"

#define SPI_MIN 256u

/* The free slots are a doubly linked queue over the array, so that any one can be reserved. The
 * entry behind the last slot is the queue's head; a taken slot links to itself. */
struct link {
	uint32_t next, prev;
};

struct gh_slots {
	uint32_t size, used;
	struct link links[];
};

static void queue_append(struct gh_slots *s, uint32_t slot)
{
	uint32_t head = s->size, last = s->links[head].prev;

	s->links[slot] = (struct link){.next = head, .prev = last};
	s->links[last].next = slot;
	s->links[head].prev = slot;
}

static void queue_remove(struct gh_slots *s, uint32_t slot)
{
	struct link *l = &s->links[slot];

	s->links[l->prev].next = l->next;
	s->links[l->next].prev = l->prev;
	*l = (struct link){.next = slot, .prev = slot};
}

static bool is_taken(const struct gh_slots *s, uint32_t slot)
{
	return s->links[slot].next == slot;
}

struct gh_slots *gh_slots_new(uint32_t size)
{
	struct gh_slots *s;

	if (size < SPI_MIN || (size & (size - 1)) != 0)
		return NULL;
	s = malloc(sizeof(*s) + ((size_t)size + 1) * sizeof(s->links[0]));
	if (s == NULL)
		return NULL;
	s->size = size;
	s->used = 0;
	s->links[size] = (struct link){.next = size, .prev = size};
	for (uint32_t slot = 0; slot < size; slot++)
		queue_append(s, slot);
	return s;
}

void gh_slots_free(struct gh_slots *s)
{
	free(s);
}

int gh_slots_take(struct gh_slots *s, uint32_t *slot)
{
	uint32_t first = s->links[s->size].next;

	if (first == s->size)
		return -ENOSPC;
	queue_remove(s, first);
	s->used++;
	*slot = first;
	return 0;
}

int gh_slots_reserve(struct gh_slots *s, uint32_t slot)
{
	if (slot >= s->size)
		return -EINVAL;
	if (is_taken(s, slot))
		return -EBUSY;
	queue_remove(s, slot);
	s->used++;
	return 0;
}

void gh_slots_give(struct gh_slots *s, uint32_t slot)
{
	if (slot >= s->size || !is_taken(s, slot))
		return;
	queue_append(s, slot);
	s->used--;
}

bool gh_slots_taken(const struct gh_slots *s, uint32_t slot)
{
	return slot < s->size && is_taken(s, slot);
}

uint32_t gh_slots_used(const struct gh_slots *s)
{
	return s->used;
}

int gh_spi_take(struct gh_slots *s, uint32_t *slot, uint32_t *spi)
{
	int rc = gh_slots_take(s, slot);

	if (rc < 0)
		return rc;
	do {
		gh_random(spi, sizeof(*spi));
		*spi = (*spi & ~(s->size - 1)) | *slot;
	} while (*spi < SPI_MIN);
	return 0;
}

int gh_spi_reserve(struct gh_slots *s, uint32_t slot, uint32_t spi)
{
	if (spi < SPI_MIN || (spi & (s->size - 1)) != slot)
		return -EINVAL;
	return gh_slots_reserve(s, slot);
}
