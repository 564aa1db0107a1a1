/* SPDX-License-Identifier: BSD-3-Clause */
/* Private to this folder: why no proposal was chosen, in plain words. Both return -ENOENT. */
#pragma once

#include "ctrlplane/ike/crypto/proposal.h"

/* missing: a bit (1 << type) for each transform type in which the two have nothing in common. */
int ike_explain_pair(const struct ike_proposal *ours, const struct ike_proposal *theirs,
    uint32_t missing, struct gh_error *err);

/* Not one proposal is of our protocol and readable. ours may be NULL: nothing is configured. */
int ike_explain_offer(
    const struct ike_proposal *ours, const struct ike_sa_payload *offered, struct gh_error *err);
