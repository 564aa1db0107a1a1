/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * IKE datagrams leave only after the dataplane has what was stated before them.
 *
 * A peer may send ESP the moment it reads our answer (RFC 7296 1.2), and on a fast link it does.
 * So records for the dataplane count as issued here, their completions as settled, and a datagram
 * that the engine sends waits until all records issued before it are settled. With nothing
 * outstanding it goes straight out. A record that fails or loses its connection settles too:
 * nothing ever waits for a dataplane that is not there.
 *
 * Bounded: when the queue is full, datagrams go out at once. Main loop only.
 */
#pragma once

#include "common/addr.h"
#include "ctrlplane/dpclient/dpclient.h"

struct outbox;

typedef void (*outbox_send_fn)(void *ctx, const struct gh_endpoint *local,
    const struct gh_endpoint *remote, const void *data, size_t len);

struct outbox *outbox_new(outbox_send_fn send, void *ctx);
void outbox_free(struct outbox *o); /* sends what waits */

void outbox_send(struct outbox *o, const struct gh_endpoint *local,
    const struct gh_endpoint *remote, const void *data, size_t len);

/* To be given with a record as it is stated; call outbox_issued when the record was queued. */
struct gh_dpc_done outbox_done(struct outbox *o);
void outbox_issued(struct outbox *o);
