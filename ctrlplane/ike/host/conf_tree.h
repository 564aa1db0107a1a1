/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * Reads IKE configuration objects out of a validated configuration tree: templates resolved,
 * words turned into values. Nothing here changes anything; the main loop calls it.
 */
#pragma once

#include <libyang/libyang.h>

#include "common/error.h"
#include "ctrlplane/ike/crypto/proposal.h"
#include "ctrlplane/ike/ike_conf.h"

/* The `ike` container of a VRF in a whole configuration tree; NULL when there is none or it is
 * not enabled. */
const struct lyd_node *conf_ike(const struct lyd_node *config, const char *vrf);

/* An entry of one of its lists (vpn, pre-shared-key, …-template) by key; NULL: not there. */
const struct lyd_node *conf_entry(const struct lyd_node *ike, const char *list, const char *key);

/* The value of a child leaf, or NULL. The string belongs to the tree. */
const char *conf_leaf(const struct lyd_node *parent, const char *name);
const struct lyd_node *conf_child(const struct lyd_node *parent, const char *name);

/* A VPN and all that it points to. The strings belong to the tree. */
struct conf_vpn {
	struct ike_conf_vpn vpn;
	struct ike_proposal ike[IKE_CONF_PROPOSALS], esp[IKE_CONF_PROPOSALS];
	struct ike_conf_policy *policies; /* owned */
};

/* 0; or <0 with err: the path and what to do about it. Release with conf_vpn_clear either way. */
int conf_vpn_read(const struct lyd_node *vpn, struct conf_vpn *out, struct gh_error *err);
void conf_vpn_clear(struct conf_vpn *v);

struct conf_psk {
	struct ike_conf_psk psk;
	const char *ids[IKE_CONF_PSK_IDS];
	uint8_t secret[512];
};

int conf_psk_read(const struct lyd_node *psk, struct conf_psk *out, struct gh_error *err);
void conf_psk_clear(struct conf_psk *p); /* wipes the secret */

/* Seconds of "10s", "5m", "4h", "1d" or a bare number. */
uint32_t conf_duration(const char *text);
