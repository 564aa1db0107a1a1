/* SPDX-License-Identifier: BSD-3-Clause */
#include "ctrlplane/ike/host/counters.h"

#include <arpa/inet.h>
#include <stdlib.h>

#include "common/log.h"
#include "dataplane/api/dp_sa_line.h"
#include "dataplane/api/dp_shm.h"

/* What a slot's inbound packet counter was, and since when. */
struct seen {
	uint32_t spi;
	uint64_t packets;
	uint64_t at_ms;
};

struct counters {
	char path[GH_INSTANCE_PATH_MAX];
	struct gh_shm_view view;
	struct seen *seen; /* by slot */
};

struct counters *counters_new(const struct gh_instance *inst)
{
	struct counters *c = calloc(1, sizeof(*c));

	if (c == NULL)
		return NULL;
	c->seen = calloc(GH_DP_SA_MAX, sizeof(c->seen[0]));
	if (c->seen == NULL) {
		free(c);
		return NULL;
	}
	gh_instance_path(inst, "run/dataplane.shm", c->path);
	return c;
}

static void close_view(struct counters *c)
{
	if (c->view.header != NULL)
		gh_shm_close(&c->view);
	c->view.header = NULL;
}

void counters_free(struct counters *c)
{
	if (c == NULL)
		return;
	close_view(c);
	free(c->seen);
	free(c);
}

void counters_reopen(struct counters *c)
{
	struct gh_error err = {0};

	close_view(c);
	if (gh_shm_open(c->path, &c->view, &err) < 0) {
		c->view.header = NULL;
		gh_log(GH_LOG_IKE, LOG_WARNING, "no SA counters: %s: %s", err.path, err.message);
	}
}

static const struct gh_sa_line *line(
    const struct counters *c, enum gh_shm_region_id region, uint32_t slot, uint32_t spi)
{
	const struct gh_sa_line *l;

	if (c->view.header == NULL)
		return NULL;
	l = gh_shm_at(&c->view, region, slot);
	return l != NULL && l->spi == htonl(spi) ? l : NULL;
}

/* Age of the last inbound packet, as far as readings tell. */
static uint64_t last_in(
    struct counters *c, const struct child_place *child, uint64_t packets, uint64_t now_ms)
{
	struct seen *s = &c->seen[child->slot];

	if (s->spi != child->spi_in || s->packets != packets)
		*s = (struct seen){.spi = child->spi_in, .packets = packets, .at_ms = now_ms};
	return packets == 0 ? UINT64_MAX : now_ms - s->at_ms;
}

bool counters_read(struct counters *c, const struct child_place *child, uint64_t now_ms,
    struct ike_child_counters *out)
{
	const struct gh_sa_line *in = line(c, GH_SHM_SA_IN, child->slot, child->spi_in);
	const struct gh_sa_line *o = line(c, GH_SHM_SA_OUT, child->slot, child->spi_out);

	*out = (struct ike_child_counters){.last_in_ms = UINT64_MAX};
	if (in == NULL || o == NULL)
		return false;
	out->packets_in = in->packets;
	out->bytes_in = in->bytes;
	out->seq_in = in->seq;
	out->packets_out = o->packets;
	out->bytes_out = o->bytes;
	out->seq_out = o->seq;
	out->last_in_ms = last_in(c, child, in->packets, now_ms);
	return true;
}

bool counters_know(struct counters *c, const struct child_place *child)
{
	return line(c, GH_SHM_SA_OUT, child->slot, child->spi_out) != NULL;
}
