/* SPDX-License-Identifier: BSD-3-Clause */
/* From the configuration tree to what the IKE engine is told. */
#include "ctrlplane/ike/host/conf_tree.h"

#include <stdio.h>
#include <string.h>

#include "db/model.h"
#include "tests/unit/unit.h"

/* The seed's IKE configuration, and a VPN that overrides its templates. */
static const char config[] =
    "{\"gatehouse:config\":{\"vrf\":[{\"name\":\"main\",\"ike\":{"
    "\"pre-shared-key\":[{\"name\":\"a\",\"id\":[\"x.example.com\",\"y.example.com\"],"
    "\"secret\":\"0x00ff10\"},{\"name\":\"b\",\"secret\":\"0sAAECAw==\"},"
    "{\"name\":\"c\",\"secret\":\"plain text\"},{\"name\":\"bad\",\"secret\":\"0x123\"}],"
    "\"ike-policy-template\":[{\"name\":\"t\",\"ike-proposal\":[{\"id\":1,"
    "\"aead-alg\":[\"aes128-gcm-96\"],\"prf-alg\":[\"hmac-sha1\"],\"dh-group\":[\"modp1024\"]}],"
    "\"unique-sa\":\"replace\",\"rekey-time\":\"0\",\"mobike\":true}],"
    "\"ipsec-policy-template\":[{\"name\":\"e\",\"esp-proposal\":[{\"id\":1,"
    "\"aead-alg\":[\"aes128-gcm-128\"],\"esn\":true}],\"start-action\":\"none\","
    "\"replay-window\":4096,\"rekey-time\":\"0\"}],"
    "\"vpn\":[{\"name\":\"seed\",\"ike-policy\":{\"template\":\"t\"},"
    "\"ipsec-policy\":{\"template\":\"e\"},\"local-address\":\"250.0.0.2\","
    "\"local-id\":\"vpnc.6wind.com\",\"security-policy\":["
    "{\"name\":\"sp_vpnc1\",\"local-ts\":{\"subnet\":\"172.26.0.0/24\"},"
    "\"remote-ts\":{\"subnet\":\"172.16.0.0/24\"}},"
    "{\"name\":\"sp_vpnc2\",\"local-ts\":{\"subnet\":\"172.27.0.0/24\",\"protocol\":\"udp\","
    "\"port\":5004},\"remote-ts\":{\"subnet\":\"172.17.0.0/24\"}}]},"
    "{\"name\":\"own\",\"ike-policy\":{\"template\":\"t\",\"dpd-delay\":\"10s\","
    "\"rekey-time\":\"2h\",\"ike-proposal\":[{\"id\":20,\"enc-alg\":[\"aes256-cbc\"],"
    "\"auth-alg\":[\"hmac-sha256\"],\"prf-alg\":[\"hmac-sha256\"],\"dh-group\":[\"ecp256\"]},"
    "{\"id\":3,\"aead-alg\":[\"aes256-gcm-128\"],\"prf-alg\":[\"hmac-sha512\"],"
    "\"dh-group\":[\"curve25519\"]}]},"
    "\"ipsec-policy\":{\"template\":\"e\",\"start-action\":\"start\"},"
    "\"remote-address\":\"192.0.2.1\",\"security-policy\":["
    "{\"name\":\"p\",\"local-ts\":{\"subnet\":\"10.0.0.0/8\"},"
    "\"remote-ts\":{\"subnet\":\"10.1.0.0/16\"}}]}]}}]}}";

static struct ly_ctx *ctx;
static struct lyd_node *tree;

static const struct lyd_node *load(void)
{
	struct gh_error err = {0};

	ctx = gh_model_new(&err);
	CU_ASSERT_PTR_NOT_NULL_FATAL(ctx);
	CU_ASSERT_EQUAL_FATAL(lyd_parse_data_mem(ctx, config, LYD_JSON, LYD_PARSE_STRICT,
				  LYD_VALIDATE_PRESENT, &tree),
	    LY_SUCCESS);
	return conf_ike(tree, "main");
}

static void unload(void)
{
	lyd_free_all(tree);
	ly_ctx_destroy(ctx);
}

static void templates_fill_what_a_vpn_leaves_out(void)
{
	const struct lyd_node *ike = load();
	struct gh_error err = {0};
	struct conf_vpn v;
	char text[256];

	CU_ASSERT_PTR_NOT_NULL_FATAL(ike);
	CU_ASSERT_EQUAL_FATAL(conf_vpn_read(conf_entry(ike, "vpn", "seed"), &v, &err), 0);
	CU_ASSERT_EQUAL(v.vpn.unique_sa, IKE_UNIQUE_REPLACE);
	CU_ASSERT_EQUAL(v.vpn.ike_rekey_time, 0);
	CU_ASSERT_EQUAL(v.vpn.keying_tries, 1);
	CU_ASSERT_EQUAL(v.vpn.replay_window, 4096);
	CU_ASSERT_TRUE(v.vpn.mobike);
	CU_ASSERT_EQUAL(v.vpn.ike_proposal_count, 1);
	ike_proposal_str(&v.vpn.ike_proposals[0], text, sizeof(text));
	CU_ASSERT_PTR_NOT_NULL(strstr(text, "aes128-gcm-96"));
	CU_ASSERT_PTR_NOT_NULL(strstr(text, "modp1024"));
	CU_ASSERT_EQUAL(v.vpn.policy_count, 2);
	CU_ASSERT_STRING_EQUAL(v.vpn.policies[1].name, "sp_vpnc2");
	CU_ASSERT_TRUE(v.vpn.policies[1].proto == 17 && v.vpn.policies[1].local_port == 5004 &&
		       v.vpn.policies[1].remote_port == 0);
	CU_ASSERT_EQUAL(v.vpn.remote_address.family, AF_UNSPEC);
	conf_vpn_clear(&v);
	unload();
}

static void a_vpn_overrides_its_templates(void)
{
	const struct lyd_node *ike = load();
	struct gh_error err = {0};
	struct conf_vpn v;
	char text[256];

	CU_ASSERT_EQUAL_FATAL(conf_vpn_read(conf_entry(ike, "vpn", "own"), &v, &err), 0);
	CU_ASSERT_EQUAL(v.vpn.dpd_delay, 10);
	CU_ASSERT_EQUAL(v.vpn.ike_rekey_time, 7200);
	CU_ASSERT_EQUAL(v.vpn.start_action, IKE_ACTION_START);
	/* Its proposals replace the template's, in the order of their numbers. */
	CU_ASSERT_EQUAL_FATAL(v.vpn.ike_proposal_count, 2);
	ike_proposal_str(&v.vpn.ike_proposals[0], text, sizeof(text));
	CU_ASSERT_PTR_NOT_NULL(strstr(text, "curve25519"));
	ike_proposal_str(&v.vpn.ike_proposals[1], text, sizeof(text));
	CU_ASSERT_PTR_NOT_NULL(strstr(text, "ecp256"));
	conf_vpn_clear(&v);
	CU_ASSERT_PTR_NULL(conf_entry(ike, "vpn", "absent"));
	unload();
}

static void secrets_in_every_notation(void)
{
	const struct lyd_node *ike = load();
	struct gh_error err = {0};
	struct conf_psk p;

	CU_ASSERT_EQUAL(conf_psk_read(conf_entry(ike, "pre-shared-key", "a"), &p, &err), 0);
	CU_ASSERT_TRUE(p.psk.secret_len == 3 && memcmp(p.secret, "\x00\xff\x10", 3) == 0);
	CU_ASSERT_EQUAL(p.psk.id_count, 2);
	CU_ASSERT_EQUAL(conf_psk_read(conf_entry(ike, "pre-shared-key", "b"), &p, &err), 0);
	CU_ASSERT_TRUE(p.psk.secret_len == 4 && memcmp(p.secret, "\0\1\2\3", 4) == 0);
	CU_ASSERT_EQUAL(conf_psk_read(conf_entry(ike, "pre-shared-key", "c"), &p, &err), 0);
	CU_ASSERT_TRUE(p.psk.secret_len == 10 && memcmp(p.secret, "plain text", 10) == 0);
	CU_ASSERT_TRUE(conf_psk_read(conf_entry(ike, "pre-shared-key", "bad"), &p, &err) < 0);
	CU_ASSERT_PTR_NOT_NULL(strstr(err.path, "bad"));
	CU_ASSERT_PTR_NULL(strstr(err.message, "0x123"));
	unload();
}

static void durations_in_every_unit(void)
{
	CU_ASSERT_EQUAL(conf_duration("10s"), 10);
	CU_ASSERT_EQUAL(conf_duration("5m"), 300);
	CU_ASSERT_EQUAL(conf_duration("4h"), 14400);
	CU_ASSERT_EQUAL(conf_duration("1d"), 86400);
	CU_ASSERT_EQUAL(conf_duration("0"), 0);
	CU_ASSERT_EQUAL(conf_duration("9999999d"), UINT32_MAX);
}

static const struct unit_test tests[] = {
    UNIT_TEST(templates_fill_what_a_vpn_leaves_out),
    UNIT_TEST(a_vpn_overrides_its_templates),
    UNIT_TEST(secrets_in_every_notation),
    UNIT_TEST(durations_in_every_unit),
};

UNIT_MAIN("ike-conf-tree", tests)
