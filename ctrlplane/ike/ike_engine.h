/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * The engine itself, for the files that are entry points.
 */
#pragma once

#include "ctrlplane/ike/ike_state.h"

/* The end of every entry point: frees what died, writes records, arms the host's timer. */
void ike_engine_leave(struct ike_engine *e);

/* A job is back; false: the engine was freed meanwhile and this was its last job. */
bool ike_engine_job_back(struct ike_engine *e);
