/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * What `show` reads.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "ctrlplane/ike/ike_child.h"
#include "ctrlplane/ike/ike_sa.h"

void ike_sa_foreach(struct ike_engine *e, ike_sa_visit visit, void *arg)
{
	struct ike_sa *sa;

	LIST_FOREACH (sa, &e->sas, next) {
		if (!visit(arg, sa))
			return;
	}
}

const struct ike_sa *ike_sa_by_id(struct ike_engine *e, uint64_t id)
{
	return ike_sa_find(e, id);
}

void ike_sa_by_remote_address(
    struct ike_engine *e, const struct gh_addr *remote, ike_sa_visit visit, void *arg)
{
	struct ike_entry *at = ike_index_find(&e->sa_by_remote, remote, sizeof(*remote));

	for (; at != NULL; at = LIST_NEXT(at, next)) {
		if (!visit(arg, ike_entry_of(at, struct ike_sa, by_remote)))
			return;
	}
}

void ike_sa_by_remote_id(struct ike_engine *e, const char *remote_id, ike_sa_visit visit, void *arg)
{
	struct ike_ident *id = ike_ident_parse(remote_id);
	struct ike_ident *key = id != NULL ? ike_ident_key(id) : NULL;
	struct ike_entry *at = NULL;

	if (key != NULL)
		at = ike_index_find(&e->sa_by_remote_id, key, ike_ident_size(key));
	free(id);
	free(key);
	for (; at != NULL; at = LIST_NEXT(at, next)) {
		if (!visit(arg, ike_entry_of(at, struct ike_sa, by_remote_id)))
			return;
	}
}

void ike_sa_by_vpn(struct ike_engine *e, const char *name, ike_sa_visit visit, void *arg)
{
	struct ike_vpn *vpn = ike_vpns_find(&e->vpns, name);
	struct ike_sa *sa;

	if (vpn == NULL)
		return;
	LIST_FOREACH (sa, &vpn->sas, next_of_vpn) {
		if (!visit(arg, sa))
			return;
	}
}

void ike_sa_describe(const struct ike_sa *sa, struct ike_sa_info *out)
{
	uint64_t now = ike_now(sa->e);

	*out = (struct ike_sa_info){
	    .id = ike_sa_id(sa),
	    .vpn = sa->vpn != NULL ? sa->vpn->conf.name : "",
	    .state = sa->state,
	    .state_word = ike_sa_state_word(sa->state),
	    .initiator = sa->initiator,
	    .spi_i = sa->spi_i,
	    .spi_r = sa->spi_r,
	    .local = sa->local,
	    .remote = sa->remote,
	    .nat_local = sa->nat_local,
	    .nat_remote = sa->nat_remote,
	    .udp_encap = sa->nat_local || sa->nat_remote,
	    .mobike = sa->mobike,
	    .age_ms = now - sa->since_ms,
	    .idle_ms = now - sa->heard_ms,
	    .rekey_in_ms = ike_timer_left(&sa->rekey, now),
	    .reauth_in_ms = ike_timer_left(&sa->reauth, now),
	    .dpd_in_ms = ike_timer_left(&sa->dpd, now),
	    .child_count = sa->child_count,
	};
	ike_ident_str(sa->local_id, out->local_id);
	ike_ident_str(sa->remote_id, out->remote_id);
	if (sa->suite.enc == NULL)
		return;
	out->encryption = sa->suite.enc->word;
	out->integrity = sa->suite.integ != NULL ? sa->suite.integ->word : NULL;
	out->prf = sa->suite.prf->word;
	out->dh_group = sa->suite.dh->word;
}

void ike_sa_children(const struct ike_sa *sa, ike_child_visit visit, void *arg)
{
	const struct ike_child *child;
	struct ike_child_info info;

	LIST_FOREACH (child, &sa->children, next) {
		info = (struct ike_child_info){
		    .spi_in = child->spi_in,
		    .spi_out = child->spi_out,
		    .vpn = sa->vpn->conf.name,
		    .policy = child->policy,
		    .state_word = ike_child_state_word(child->state),
		    .outbound = child->outbound,
		    .esn = child->suite.esn,
		    .udp_encap = child->udp_encap,
		    .encryption = child->suite.enc->word,
		    .integrity = child->suite.integ != NULL ? child->suite.integ->word : NULL,
		    .dh_group = child->suite.dh != NULL ? child->suite.dh->word : NULL,
		    .replay_window = sa->vpn->conf.replay_window,
		    .age_ms = ike_now(sa->e) - child->since_ms,
		    .rekey_in_ms = ike_timer_left(&child->rekey, ike_now(sa->e)),
		    .selectors = child->selectors,
		    .selector_count = child->selector_count,
		};
		if (!visit(arg, &info))
			return;
	}
}

void ike_engine_counts(struct ike_engine *e, struct ike_counts *out)
{
	*out = e->counts;
	out->half_open = e->halfopen.total;
}

void ike_failures(
    struct ike_engine *e, const struct gh_addr *remote, ike_failure_visit visit, void *arg)
{
	struct ike_failure_node *node;
	struct ike_entry *at;

	if (remote == NULL) {
		TAILQ_FOREACH (node, &e->failures.list, next) {
			if (!visit(arg, &node->what))
				return;
		}
		return;
	}
	at = ike_index_find(&e->failures.by_peer, remote, sizeof(*remote));
	for (; at != NULL; at = LIST_NEXT(at, next)) {
		if (!visit(arg, &ike_entry_of(at, struct ike_failure_node, by_peer)->what))
			return;
	}
}
