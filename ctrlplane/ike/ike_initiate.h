/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * When we begin: start-action, acquires, retries, re-authentication.
 */
#pragma once

#include "ctrlplane/ike/ike_state.h"

/* Sets up what is missing: the IKE SA, else the child for the policy (NULL: for each). 0; -EINVAL:
 * the VPN has no remote-address; other negative errno: there is no route to it. */
int ike_initiate(struct ike_vpn *vpn, const char *policy);
/* A new IKE SA beside this one, which goes when the new one is up. */
void ike_initiate_instead(struct ike_sa *old);
/* A set-up of ours failed: again after a while, if the VPN wants to be up. */
void ike_vpn_retry(struct ike_vpn *vpn);
void ike_vpn_prepare(struct ike_vpn *vpn, struct ike_engine *e);
/* start-action, spread so that 10,000 of them do not begin together. */
void ike_vpn_start(struct ike_vpn *vpn);
