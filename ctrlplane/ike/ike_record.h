/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * An IKE SA as bytes: one versioned encoding for the restart of gatehoused and for its HA peer. It
 * holds everything that goes on: keys, message ids, the last answer, NAT state, timers as what is
 * left of them, children with keys and selectors. Integers are big-endian. Times are ages and
 * remainders at a moment of the wall clock, so that a record means the same under another clock.
 */
#pragma once

#include "ctrlplane/ike/ike_state.h"

#define IKE_RECORD_MAGIC 0x67686b65u /* "ghke" */
#define IKE_RECORD_VERSION 1
#define IKE_RECORD_TEXT_MAX 255

/* The caller wipes and frees. */
uint8_t *ike_record_write(const struct ike_sa *sa, size_t *len);
