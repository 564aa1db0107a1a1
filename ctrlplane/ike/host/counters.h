/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * Counters and sequence numbers of CHILD SAs, read from the dataplane's shared segment
 * (dataplane/api/dp_sa_line.h). Nobody is asked; a reading costs two cache lines.
 *
 * "When did the last packet come in" is not in the segment: it is known to the grain of the
 * readings, by noticing that a counter has moved. Main loop only.
 */
#pragma once

#include "common/instance.h"
#include "ctrlplane/ike/host/children.h"
#include "ctrlplane/ike/ike.h"

struct counters;

struct counters *counters_new(const struct gh_instance *inst);
void counters_free(struct counters *c);

/* Maps the segment anew: after the dataplane came up. */
void counters_reopen(struct counters *c);

/* False when there is no segment or the slot holds other SAs. */
bool counters_read(struct counters *c, const struct child_place *child, uint64_t now_ms,
    struct ike_child_counters *out);

/* True when the segment holds the outbound sequence number of this SA: then it may go on being
 * used. False after the segment was lost: its numbers would start again, and with them the IVs. */
bool counters_know(struct counters *c, const struct child_place *child);
