/* SPDX-License-Identifier: BSD-3-Clause */
#include "tests/unit/ike_setup.h"

#include <CUnit/CUnit.h>
#include <string.h>

const struct setup SETUP_DEFAULT = {
    .ike = {{{.aead = "aes128-gcm-96", .prf = "hmac-sha1", .dh = "modp1024"}},
	{{.aead = "aes128-gcm-96", .prf = "hmac-sha1", .dh = "modp1024"}}},
    .esp = {{{.aead = "aes128-gcm-128", .esn = "true"}},
	{{.aead = "aes128-gcm-128", .esn = "true"}}},
    .id = {"ucpe1.example.com", "vpnc.6wind.com"},
    .remote_id = {"vpnc.6wind.com", NULL},
    .secret = {"swordfish", "swordfish"},
    .ts = {{"172.16.0.0/24", "172.26.0.0/24"}, {"172.26.0.0/24", "172.16.0.0/24"}},
    .common = {.unique_sa = IKE_UNIQUE_REPLACE, .keying_tries = 1, .replay_window = 4096},
};

static void add(struct ike_proposal *p, enum ike_leaf leaf, const char *word)
{
	struct gh_error err;

	if (word != NULL)
		CU_ASSERT_EQUAL_FATAL(ike_proposal_add(p, leaf, word, &err), 0);
}

static unsigned build(const struct setup_alg *algs, uint8_t protocol, struct ike_proposal *out)
{
	unsigned n = 0;
	struct gh_error err;

	for (; n < 3 && (algs[n].aead != NULL || algs[n].enc != NULL); n++) {
		ike_proposal_init(&out[n], protocol, (uint8_t)(n + 1));
		add(&out[n], IKE_LEAF_AEAD_ALG, algs[n].aead);
		add(&out[n], IKE_LEAF_ENC_ALG, algs[n].enc);
		add(&out[n], IKE_LEAF_AUTH_ALG, algs[n].auth);
		add(&out[n], IKE_LEAF_PRF_ALG, algs[n].prf);
		add(&out[n], IKE_LEAF_DH_GROUP, algs[n].dh);
		add(&out[n], IKE_LEAF_ESN, algs[n].esn);
		CU_ASSERT_EQUAL_FATAL(ike_proposal_complete(&out[n], &err), 0);
	}
	return n;
}

static unsigned policies(const struct setup *s, int side, struct ike_conf_policy *out)
{
	const char *const(*ts)[2] = s->ts;
	unsigned n = 0;

	for (; n < 2; n++, ts = s->ts2) {
		if (ts[side][0] == NULL)
			break;
		memset(&out[n], 0, sizeof(out[n]));
		out[n].name = n == 0 ? "p1" : "p2";
		gh_prefix_parse(ts[side][0], &out[n].local);
		gh_prefix_parse(ts[side][1], &out[n].remote);
	}
	return n;
}

void setup_vpn(struct mock_world *w, const struct setup *s, int side, struct ike_engine *e)
{
	struct ike_proposal ike[3], esp[3];
	struct ike_conf_policy pol[2];
	struct ike_conf_vpn conf = s->common;
	struct gh_error err = {0};

	conf.name = "v";
	conf.ike_proposals = ike;
	conf.ike_proposal_count = build(s->ike[side], IKE_PROTO_IKE, ike);
	conf.esp_proposals = esp;
	conf.esp_proposal_count = build(s->esp[side], IKE_PROTO_ESP, esp);
	conf.local_address = side == 0 ? w->a.addr : w->b.addr;
	conf.remote_address = side == 0 ? w->b.addr : w->a.addr;
	if (side == 1 && (s->a_any || w->nat))
		conf.remote_address = (struct gh_addr){0};
	conf.local_id = s->id[side];
	conf.remote_id = s->remote_id[side];
	conf.policies = pol;
	conf.policy_count = policies(s, side, pol);
	if (side == 0 && s->policies_of_a != NULL) {
		conf.policies = s->policies_of_a;
		conf.policy_count = s->policy_count_of_a;
	}
	if (side == 1)
		conf.start_action = IKE_ACTION_NONE;
	CU_ASSERT_EQUAL_FATAL(ike_vpn_set(e, &conf, &err), 0);
}

void setup_peer(struct mock_world *w, const struct setup *s, int side)
{
	struct mock_peer *p = side == 0 ? &w->a : &w->b;
	const char *ids[] = {s->id[0]};
	struct ike_conf_psk psk = {.name = "k",
	    .ids = ids,
	    .id_count = side,
	    .secret = s->secret[side],
	    .secret_len = strlen(s->secret[side])};
	struct gh_error err;

	CU_ASSERT_EQUAL_FATAL(ike_psk_set(p->e, &psk, &err), 0);
	setup_vpn(w, s, side, p->e);
}

void setup_both(struct mock_world *w, const struct setup *s)
{
	setup_peer(w, s, 0);
	setup_peer(w, s, 1);
	ike_engine_start(w->a.e);
	ike_engine_start(w->b.e);
}
