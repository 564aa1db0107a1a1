/* SPDX-License-Identifier: BSD-3-Clause */
#include "ctrlplane/dpclient/queue.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "common/log.h"
#include "common/secret.h"

static bool is_bulk(uint16_t type)
{
	return type == GH_DP_SA_SET || type == GH_DP_SA_DEL || type == GH_DP_POLICY_SET ||
	       type == GH_DP_POLICY_DEL;
}

static bool may_overtake(uint16_t type, uint16_t other)
{
	return (type == GH_DP_SA_SET && other == GH_DP_POLICY_SET) ||
	       (type == GH_DP_POLICY_DEL && other == GH_DP_SA_DEL);
}

static void frame_free(struct gh_dpq_frame *f)
{
	gh_wipe_free(f->records, (size_t)f->record_size * f->room);
	free(f->done);
	free(f);
}

static struct gh_dpq_frame *frame_new(uint16_t type, uint32_t record_size)
{
	struct gh_dpq_frame *f = calloc(1, sizeof(*f));

	if (f != NULL) {
		f->type = type;
		f->record_size = record_size;
	}
	return f;
}

/* Grows by copying into a fresh block: realloc would leave keys behind. */
static int frame_reserve(struct gh_dpq_frame *f, uint32_t room)
{
	uint8_t *records = malloc((size_t)room * (f->record_size ? f->record_size : 1));
	struct gh_dpc_done *done = malloc(room * sizeof(*done));

	if (records == NULL || done == NULL) {
		free(records);
		free(done);
		return -ENOMEM;
	}
	if (f->count > 0) {
		memcpy(records, f->records, (size_t)f->count * f->record_size);
		memcpy(done, f->done, f->count * sizeof(*done));
	}
	gh_wipe_free(f->records, (size_t)f->record_size * f->room);
	free(f->done);
	f->records = records;
	f->done = done;
	f->room = room;
	return 0;
}

/* The queued frame that a record of this type may join without changing what the order means. */
static struct gh_dpq_frame *joinable(struct gh_dpq *q, uint16_t type)
{
	struct gh_dpq_frame *f;

	if (!is_bulk(type))
		return NULL;
	TAILQ_FOREACH_REVERSE(f, q, gh_dpq, next)
	{
		if (f->type == type && !f->sent && f->count < GH_DPQ_BATCH)
			return f;
		if (f->sent || !may_overtake(type, f->type))
			return NULL;
	}
	return NULL;
}

int gh_dpq_add(
    struct gh_dpq *q, uint16_t type, const void *record, uint32_t size, struct gh_dpc_done done)
{
	struct gh_dpq_frame *f = joinable(q, type);
	bool fresh = f == NULL;

	if (fresh)
		f = frame_new(type, size);
	if (f == NULL)
		return -ENOMEM;
	if (f->count == f->room && frame_reserve(f, f->room ? f->room * 2 : 4) < 0) {
		if (fresh)
			frame_free(f);
		return -ENOMEM;
	}
	if (size > 0)
		memcpy(f->records + (size_t)f->count * size, record, size);
	f->done[f->count++] = done;
	if (fresh)
		TAILQ_INSERT_TAIL(q, f, next);
	return 0;
}

static const char *type_name(uint16_t type)
{
	switch (type) {
	case GH_DP_SYNC_BEGIN:
	case GH_DP_SYNC_END:
		return "the start or end of a sync";
	case GH_DP_WORKERS_SET:
		return "the workers";
	case GH_DP_IFACE_SET:
	case GH_DP_IFACE_DEL:
		return "an interface";
	case GH_DP_SA_SET:
	case GH_DP_SA_DEL:
		return "an SA";
	default:
		return "a policy";
	}
}

static void finish(const struct gh_dpq_frame *f, uint32_t i, int status, const char *message)
{
	if (f->done[i].fn != NULL)
		f->done[i].fn(f->done[i].ctx, status, message);
	else if (status < 0 && status != -ENOTCONN)
		gh_log(GH_LOG_DATAPLANE, LOG_ERR, "the dataplane refused %s: %s",
		    type_name(f->type), message[0] ? message : strerror(-status));
}

/* What stands behind record `from` becomes the queue's first frame again. */
static int requeue(struct gh_dpq *q, const struct gh_dpq_frame *f, uint32_t from)
{
	uint32_t count = f->count - from;
	struct gh_dpq_frame *rest;

	if (count == 0)
		return 0;
	rest = frame_new(f->type, f->record_size);
	if (rest == NULL || frame_reserve(rest, count) < 0) {
		free(rest);
		return -ENOMEM;
	}
	memcpy(rest->records, f->records + (size_t)from * f->record_size,
	    (size_t)count * f->record_size);
	memcpy(rest->done, f->done + from, count * sizeof(*rest->done));
	rest->count = count;
	TAILQ_INSERT_HEAD(q, rest, next);
	return 0;
}

void gh_dpq_answer(struct gh_dpq *q, const struct gh_dp_reply *reply)
{
	struct gh_dpq_frame *f = TAILQ_FIRST(q);
	uint32_t good = f->count, decided = f->count;

	if (reply->status < 0) {
		good = reply->record < f->count ? reply->record : 0;
		decided = good + 1;
	}
	TAILQ_REMOVE(q, f, next);
	if (requeue(q, f, decided) < 0)
		decided = f->count; /* out of memory: they share the error */
	for (uint32_t i = 0; i < decided; i++)
		finish(f, i, i < good ? 0 : reply->status, i < good ? "" : reply->message);
	frame_free(f);
}

void gh_dpq_abort(struct gh_dpq *q)
{
	struct gh_dpq aborted = TAILQ_HEAD_INITIALIZER(aborted);
	struct gh_dpq_frame *f;

	TAILQ_CONCAT(&aborted, q, next);
	while ((f = TAILQ_FIRST(&aborted)) != NULL) {
		TAILQ_REMOVE(&aborted, f, next);
		for (uint32_t i = 0; i < f->count; i++)
			finish(f, i, -ENOTCONN, "the connection to the dataplane was lost");
		frame_free(f);
	}
}
