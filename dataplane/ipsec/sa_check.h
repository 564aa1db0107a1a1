/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * Is an SA record of dp_api.h sound? Control thread; no state.
 */
#pragma once

#include "common/error.h"
#include "dataplane/api/dp_api.h"

/* 0, or negative errno with a sentence that names the field. */
int gh_sa_check(const struct gh_dp_sa *sa, struct gh_error *err);
int gh_sa_check_id(const struct gh_dp_sa_id *id, struct gh_error *err);
