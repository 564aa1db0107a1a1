/* SPDX-License-Identifier: BSD-3-Clause */
#include "ctrlplane/ike/host/outbox.h"

#include <stdlib.h>
#include <string.h>
#include <sys/queue.h>

#include "common/log.h"

#define WAITING_MAX (16u << 20) /* bytes */

struct letter {
	STAILQ_ENTRY(letter) next;
	uint64_t after; /* goes when so many records are settled */
	struct gh_endpoint local, remote;
	size_t len;
	uint8_t data[];
};

struct outbox {
	outbox_send_fn send;
	void *ctx;
	uint64_t issued, settled; /* records */
	size_t waiting;		  /* bytes */
	STAILQ_HEAD(, letter) letters;
};

struct outbox *outbox_new(outbox_send_fn send, void *ctx)
{
	struct outbox *o = calloc(1, sizeof(*o));

	if (o == NULL)
		return NULL;
	o->send = send;
	o->ctx = ctx;
	STAILQ_INIT(&o->letters);
	return o;
}

static void send_first(struct outbox *o)
{
	struct letter *l = STAILQ_FIRST(&o->letters);

	STAILQ_REMOVE_HEAD(&o->letters, next);
	o->waiting -= l->len;
	o->send(o->ctx, &l->local, &l->remote, l->data, l->len);
	free(l);
}

void outbox_free(struct outbox *o)
{
	if (o == NULL)
		return;
	while (!STAILQ_EMPTY(&o->letters))
		send_first(o);
	free(o);
}

void outbox_send(struct outbox *o, const struct gh_endpoint *local,
    const struct gh_endpoint *remote, const void *data, size_t len)
{
	struct letter *l = NULL;

	if (o->issued > o->settled && o->waiting + len <= WAITING_MAX)
		l = malloc(sizeof(*l) + len);
	if (l == NULL) {
		o->send(o->ctx, local, remote, data, len);
		return;
	}
	l->after = o->issued;
	l->local = *local;
	l->remote = *remote;
	l->len = len;
	memcpy(l->data, data, len);
	STAILQ_INSERT_TAIL(&o->letters, l, next);
	o->waiting += len;
}

static void on_settled(void *ctx, int status, const char *message)
{
	struct outbox *o = ctx;

	if (status < 0 && message != NULL && message[0] != '\0')
		gh_log(GH_LOG_IKE, LOG_ERR, "the dataplane refused an SA or policy: %s", message);
	o->settled++;
	while (!STAILQ_EMPTY(&o->letters) && STAILQ_FIRST(&o->letters)->after <= o->settled)
		send_first(o);
}

struct gh_dpc_done outbox_done(struct outbox *o)
{
	return (struct gh_dpc_done){.fn = on_settled, .ctx = o};
}

void outbox_issued(struct outbox *o)
{
	o->issued++;
}
