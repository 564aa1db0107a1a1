/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * The task that creates or rekeys a child SA; the responder looks at it when rekeys cross.
 */
#pragma once

#include "ctrlplane/ike/ike_deal.h"
#include "ctrlplane/ike/ike_task.h"

struct child_task {
	struct ike_task task;
	char *policy;
	uint32_t old; /* spi_in of the child to rekey, 0: a new one */
	struct ike_deal *deal;
	const struct ike_dh_alg *group; /* NULL: no PFS */
	struct ike_dh *dh;
	unsigned again;
	int status;
	uint8_t secret[IKE_DH_MAX];
	/* The peer's rekey of the same child, answered while ours was out: what it made, and the
	 * lower of its two nonces. */
	uint32_t crossing_child;
	uint8_t crossing_nonce[IKE_NONCE_MAX];
	uint16_t crossing_len;
};

extern const struct ike_task_ops ike_child_task_ops;
