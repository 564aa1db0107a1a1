/* SPDX-License-Identifier: BSD-3-Clause */
/* The model: it takes the reference deployment, and says of wrong input what it expected. */
#include <errno.h>

#include "db/expect.h"
#include "db/json_check.h"
#include "tests/unit/config_help.h"

#define SYSTEM "/gatehouse:config/system"
#define VRRP(name) VRF "/interface/vrrp[name='" name "']"
#define ROUTE(dest) VRF "/routing/static/ipv4-route[destination='" dest "']/next-hop"
#define IKE_T VRF "/ike/ike-policy-template[name='vpnc_6wind_ike']"
#define ESP_T VRF "/ike/ipsec-policy-template[name='vpnc_6wind_esp']"
#define VPN VRF "/ike/vpn[name='vpnc_6wind']"
#define POLICY(name) VPN "/security-policy[name='" name "']"
#define HA VRF "/ike/ha"

/* Every statement of the reference deployment, in its order; a NULL value is an entry or context.
 */
static const struct {
	const char *path, *value;
} deployment[] = {
    {SYSTEM "/fast-path/port[name='pci-b0s4']", NULL},
    {SYSTEM "/fast-path/port[name='pci-b0s5']", NULL},
    {SYSTEM "/fast-path/core-mask/fast-path", "2-9"},
    {SYSTEM "/fast-path/advanced/nb-rxd", "4096"},
    {SYSTEM "/fast-path/advanced/nb-txd", "4096"},
    {PHYSICAL("wan01") "/port", "pci-b0s4"},
    {PHYSICAL("wan01") "/enabled", "true"},
    {PHYSICAL("wan01") "/description", "Concentrator public interface"},
    {PHYSICAL("wan01") "/ipv4/address", "192.168.0.11/24"},
    {PHYSICAL("lan01") "/port", "pci-b0s5"},
    {PHYSICAL("lan01") "/enabled", "true"},
    {PHYSICAL("lan01") "/description", "Concentrator internal interface"},
    {PHYSICAL("lan01") "/ipv4/address", "192.168.1.11/24"},
    {PHYSICAL("sync01") "/port", "pci-b0s6"},
    {PHYSICAL("sync01") "/description", "HA synchronization interface"},
    {PHYSICAL("sync01") "/ipv4/address", "192.168.100.1/30"},
    {VRRP("vrrp0") "/description", "Public VIP"},
    {VRRP("vrrp0") "/version", "3"},
    {VRRP("vrrp0") "/link-interface", "wan01"},
    {VRRP("vrrp0") "/garp-delay", "1"},
    {VRRP("vrrp0") "/use-vmac", "true"},
    {VRRP("vrrp0") "/vmac-xmit-base", "true"},
    {VRRP("vrrp0") "/vrid", "10"},
    {VRRP("vrrp0") "/priority", "200"},
    {VRRP("vrrp0") "/preempt", "false"},
    {VRRP("vrrp0") "/advertisement-interval", "100"},
    {VRRP("vrrp0") "/track-fast-path", "true"},
    {VRRP("vrrp0") "/unicast-peer", "192.168.0.12"},
    {VRRP("vrrp0") "/virtual-address[address='250.0.0.2/24']", NULL},
    {VRRP("vrrp1") "/description", "Internal VIP"},
    {VRRP("vrrp1") "/version", "3"},
    {VRRP("vrrp1") "/link-interface", "lan01"},
    {VRRP("vrrp1") "/garp-delay", "1"},
    {VRRP("vrrp1") "/use-vmac", "true"},
    {VRRP("vrrp1") "/vmac-xmit-base", "true"},
    {VRRP("vrrp1") "/vrid", "11"},
    {VRRP("vrrp1") "/priority", "200"},
    {VRRP("vrrp1") "/preempt", "false"},
    {VRRP("vrrp1") "/advertisement-interval", "100"},
    {VRRP("vrrp1") "/track-fast-path", "true"},
    {VRRP("vrrp1") "/unicast-peer", "192.168.1.12"},
    {VRRP("vrrp1") "/virtual-address[address='172.32.0.1/24']", NULL},
    {ROUTE("0.0.0.0/0") "[address='192.168.0.1']", NULL},
    {ROUTE("172.26.0.0/24") "[address='172.32.0.250']", NULL},
    {ROUTE("172.27.0.0/24") "[address='172.32.0.250']", NULL},
    {ROUTE("172.28.0.0/24") "[address='172.32.0.250']", NULL},
    {ROUTE("172.29.0.0/24") "[address='172.32.0.250']", NULL},
    {IKE_T "/ike-proposal[id='1']/aead-alg", "aes128-gcm-96"},
    {IKE_T "/ike-proposal[id='1']/prf-alg", "hmac-sha1"},
    {IKE_T "/ike-proposal[id='1']/dh-group", "modp1024"},
    {IKE_T "/unique-sa", "replace"},
    {IKE_T "/rekey-time", "0"},
    {IKE_T "/mobike", "true"},
    {ESP_T "/esp-proposal[id='1']/aead-alg", "aes128-gcm-128"},
    {ESP_T "/esp-proposal[id='1']/esn", "true"},
    {ESP_T "/start-action", "none"},
    {ESP_T "/close-action", "none"},
    {ESP_T "/replay-window", "4096"},
    {ESP_T "/rekey-time", "0"},
    {VPN "/ike-policy/template", "vpnc_6wind_ike"},
    {VPN "/ipsec-policy/template", "vpnc_6wind_esp"},
    {VPN "/local-address", "250.0.0.2"},
    {VPN "/local-id", "vpnc.6wind.com"},
    {POLICY("sp_vpnc1") "/local-ts/subnet", "172.26.0.0/24"},
    {POLICY("sp_vpnc1") "/remote-ts/subnet", "172.16.0.0/24"},
    {POLICY("sp_vpnc2") "/local-ts/subnet", "172.27.0.0/24"},
    {POLICY("sp_vpnc2") "/remote-ts/subnet", "172.17.0.0/24"},
    {POLICY("sp_vpnc3") "/local-ts/subnet", "172.28.0.0/24"},
    {POLICY("sp_vpnc3") "/remote-ts/subnet", "172.18.0.0/24"},
    {POLICY("sp_vpnc4") "/local-ts/subnet", "172.29.0.0/24"},
    {POLICY("sp_vpnc4") "/remote-ts/subnet", "172.19.0.0/24"},
    {VRF "/vrrp/group[name='group1']/instance", "vrrp0"},
    {VRF "/vrrp/group[name='group1']/instance", "vrrp1"},
    {VRF "/vrrp/group[name='group1']/notify-ha-group", "ha-group1"},
    {HA "/listen-ha-group", "ha-group1"},
    {HA "/node-id", "1"},
    {HA "/interface", "sync01"},
    {HA "/local-address", "192.168.100.1"},
    {HA "/remote-address", "192.168.100.2"},
    {HA "/seqnum-sync/oseq-shift", "65536"},
    {HA "/seqnum-sync/sync-period-time", "10s"},
    {HA "/seqnum-sync/sync-period-packets", "2"},
    {VRF "/kpi/telegraf/influxdb-output[url='http://192.168.255.2:8086']/database", "telegraf"},
    {SYSTEM "/kpi/enabled", "true"},
    {VRF "/ike/pre-shared-key[name='farm']/secret", "not in the seed, but needed"},
};

#define DEPLOYMENT_LINES (sizeof(deployment) / sizeof(deployment[0]))

static struct lyd_node *build_deployment(void)
{
	struct lyd_node *tree;
	struct gh_error err;

	model_start();
	tree = gh_tree_new(model);
	for (size_t i = 0; i < DEPLOYMENT_LINES; i++) {
		err = (struct gh_error){0};
		if (edit(tree, GH_EDIT_SET, deployment[i].path, deployment[i].value, &err) != 1)
			CU_FAIL(deployment[i].path);
		if (err.code != 0)
			fprintf(stderr, "%s: %s\n", err.path, err.message);
	}
	return tree;
}

static void the_model_loads_with_its_extensions(void)
{
	const struct lysc_node *node;

	model_start();
	node = lys_find_path(
	    model, NULL, "/gatehouse:config/vrf/ike/ike-policy-template/ike-proposal/aead-alg", 0);
	CU_ASSERT_PTR_NOT_NULL_FATAL(node);
	CU_ASSERT_STRING_EQUAL(gh_model_engine(node), "ike");
	CU_ASSERT_FALSE(gh_model_is_secret(node));
	node = lys_find_path(model, NULL, "/gatehouse:config/vrf/ike/pre-shared-key/secret", 0);
	CU_ASSERT_TRUE(gh_model_is_secret(node));
	node = lys_find_path(model, NULL, "/gatehouse:config/vrf/kpi/telegraf/influxdb-output", 0);
	CU_ASSERT_STRING_EQUAL(gh_model_ext(node, "key-words"), "");
	CU_ASSERT_STRING_EQUAL(gh_model_ext(node, "one-line"), "");
	node = gh_model_rpc(model, "show-ike-sa");
	CU_ASSERT_PTR_NOT_NULL_FATAL(node);
	CU_ASSERT_STRING_EQUAL(gh_model_ext(node, "command"), "show ike ike-sa");
}

static void the_deployment_is_valid_and_comes_back(void)
{
	struct lyd_node *tree = build_deployment(), *again, *node = NULL;
	struct gh_error err = {0};
	char *text;

	CU_ASSERT_EQUAL(gh_tree_validate(tree, &err), 0);
	if (err.code != 0)
		fprintf(stderr, "%s: %s\n", err.path, err.message);
	for (size_t i = 0; i < DEPLOYMENT_LINES; i++) /* a second time it is so already */
		CU_ASSERT_EQUAL(set(tree, deployment[i].path, deployment[i].value), 0);
	text = gh_tree_print(tree, false);
	again = gh_tree_parse(model, text, NULL);
	CU_ASSERT_PTR_NOT_NULL_FATAL(again);
	CU_ASSERT_EQUAL(gh_tree_validate(again, NULL), 0);
	CU_ASSERT_TRUE(same_tree(tree, again));
	CU_ASSERT_EQUAL(lyd_find_path(tree, IKE_T "/keying-tries", 0, &node), LY_SUCCESS);
	CU_ASSERT_STRING_EQUAL(lyd_get_value(node), "1"); /* a default */
	free(text);
	lyd_free_all(again);
	lyd_free_all(tree);
}

static const struct {
	const char *path, *value, *says;
} wrong_edits[] = {
    {IKE_T "/ike-proposal[id='1']/dh-group", "modp1025", "one of modp1024, modp1536"},
    {IKE_T "/rekey-time", "4x", "a duration such as 10s"},
    {ESP_T "/replay-window", "4097", "from 0 (off) to 4096"},
    {ESP_T "/esp-proposal[id='1']/esn", "yes", "true or false"},
    {VPN "/local-address", "250.0.0", "an IPv4 address such as"},
    {POLICY("a") "/local-ts/subnet", "172.26.0.0/33", "an IPv4 network such as"},
    {PHYSICAL("wan01") "/ipv4/address", "192.168.0.11", "with its prefix length"},
    {PHYSICAL("wan01") "/port", "eth0", "a port such as pci-b0s4"},
    {PHYSICAL("a name that is too long") "/port", "pci-b0s4", "'a name that is too long'"},
    {PHYSICAL("wan01") "/prot", "x", "'prot' is not known here: expected one of port,"},
    {PHYSICAL("wan01") "/ipv4", "x", "'ipv4' takes no value"},
    {PHYSICAL("wan01") "/mtu", NULL, "mtu: expected"},
    {PHYSICAL("wan01") "/mtu/x", "1", "nothing stands below 'mtu'"},
    {VRF "/interface/physical", NULL, "'physical' needs a name"},
    {VRRP("v") "/vrid", "0", "from 1 to 255"},
    {ROUTE("10.0.0/8") "[address='10.0.0.1']", NULL, "'10.0.0/8' is not valid for destination"},
    {ROUTE("10.0.0.0/8") "[address='ten']", NULL, "'ten' is not valid for address"},
    {SYSTEM "/fast-path/core-mask/fast-path", "two", "a list of CPUs such as 2-9"},
    {SYSTEM "/fast-path/advanced/nb-rxd", "1", "from 64 to 16384"},
    {VRF "/ike/pre-shared-key[name='a']/secret", GH_SECRET_MASK, "in place of a secret"},
    {"/gatehouse:state/system/hostname", "x", "starts with /gatehouse:config"},
    {"/gatehouse:commit", NULL, "starts with /gatehouse:config"},
    {"system/hostname", "x", "starts with /gatehouse:config"},
    {"", NULL, "starts with /gatehouse:config"},
    {"/", NULL, "starts with /gatehouse:config"},
};

static void a_wrong_edit_says_what_was_expected_and_changes_nothing(void)
{
	struct lyd_node *tree = build_deployment(), *before;
	struct gh_error err;

	CU_ASSERT_EQUAL(gh_tree_validate(tree, NULL), 0);
	before = gh_tree_copy(tree);
	for (size_t i = 0; i < sizeof(wrong_edits) / sizeof(wrong_edits[0]); i++) {
		err = (struct gh_error){0};
		CU_ASSERT_TRUE(
		    edit(tree, GH_EDIT_SET, wrong_edits[i].path, wrong_edits[i].value, &err) < 0);
		if (strstr(err.message, wrong_edits[i].says) == NULL) {
			fprintf(stderr, "%s\n   not in: %s\n", wrong_edits[i].says, err.message);
			CU_FAIL(wrong_edits[i].path);
		}
		CU_ASSERT_STRING_EQUAL(err.path, wrong_edits[i].path);
	}
	CU_ASSERT_TRUE(same_tree(tree, before));
	lyd_free_all(before);
	lyd_free_all(tree);
}

static const struct {
	enum gh_edit_op op;
	const char *path, *value, *place, *says;
} invalid[] = {
    {GH_EDIT_SET, VRRP("vrrp0") "/link-interface", "wan07", VRRP("vrrp0") "/link-interface",
	"'wan07' does not exist: there is wan01, lan01, sync01"},
    {GH_EDIT_SET, VPN "/ike-policy/template", "x", VPN "/ike-policy/template",
	"there is vpnc_6wind_ike"},
    {GH_EDIT_DELETE, IKE_T, NULL, VPN "/ike-policy/template", "create it first"},
    {GH_EDIT_DELETE, VRRP("vrrp1"), NULL, VRF "/vrrp/group[name='group1']/instance[.='vrrp1']",
	"there is vrrp0"},
    {GH_EDIT_DELETE, VRRP("vrrp1") "/vrid", NULL, VRRP("vrrp1"), "'vrid' is missing here: Virtual"},
    {GH_EDIT_DELETE, PHYSICAL("lan01") "/port", NULL, PHYSICAL("lan01"), "'port' is missing"},
    {GH_EDIT_DELETE, ROUTE("172.27.0.0/24"), NULL,
	VRF "/routing/static/ipv4-route[destination='172.27.0.0/24']", "'next-hop' is missing"},
    {GH_EDIT_DELETE, IKE_T "/ike-proposal[id='1']/dh-group", NULL, IKE_T "/ike-proposal[id='1']",
	"has no dh-group: give one"},
    {GH_EDIT_SET, IKE_T "/ike-proposal[id='1']/enc-alg", "aes128-cbc",
	IKE_T "/ike-proposal[id='1']", "exclude each other"},
    {GH_EDIT_SET, POLICY("sp_vpnc2") "/remote-ts/subnet", "2001:db8::/32", POLICY("sp_vpnc2"),
	"of different families"},
    {GH_EDIT_SET, POLICY("sp_vpnc2") "/remote-ts/port", "80", POLICY("sp_vpnc2") "/remote-ts/port",
	"needs protocol tcp"},
    {GH_EDIT_SET, VRF "/interface/loopback[name='wan01']", NULL, PHYSICAL("wan01"),
	"two interfaces have this name"},
    {GH_EDIT_SET, HA "/remote-address", "192.168.100.1", HA "/remote-address", "the same"},
};

static void an_invalid_whole_names_the_place_and_the_remedy(void)
{
	struct lyd_node *good = build_deployment(), *tree;
	struct gh_error err;

	CU_ASSERT_EQUAL(gh_tree_validate(good, NULL), 0);
	for (size_t i = 0; i < sizeof(invalid) / sizeof(invalid[0]); i++) {
		err = (struct gh_error){0};
		tree = gh_tree_copy(good);
		CU_ASSERT_EQUAL(
		    edit(tree, invalid[i].op, invalid[i].path, invalid[i].value, &err), 1);
		CU_ASSERT_TRUE(gh_tree_validate(tree, &err) < 0);
		if (strstr(err.message, invalid[i].says) == NULL ||
		    strcmp(err.path, invalid[i].place) != 0) {
			fprintf(stderr, "%s: %s\n   is no: %s: %s\n", err.path, err.message,
			    invalid[i].place, invalid[i].says);
			CU_FAIL(invalid[i].path);
		}
		lyd_free_all(tree);
	}
	lyd_free_all(good);
}

static void deletes_and_moves_do_what_they_say(void)
{
	struct lyd_node *tree = build_deployment(), *copy;
	struct gh_error err = {0};

	CU_ASSERT_EQUAL(gh_tree_validate(tree, NULL), 0);
	CU_ASSERT_EQUAL(edit(tree, GH_EDIT_DELETE, PHYSICAL("x"), NULL, &err), -ENOENT);
	CU_ASSERT_EQUAL(edit(tree, GH_EDIT_REMOVE, PHYSICAL("x"), NULL, &err), 0);
	CU_ASSERT_TRUE(edit(tree, GH_EDIT_DELETE, PHYSICAL("wan01") "/name", NULL, &err) < 0);
	CU_ASSERT_EQUAL(
	    edit(tree, GH_EDIT_DELETE, VRF "/vrrp/group[name='group1']/instance", "vrrp1", &err),
	    1);
	CU_ASSERT_EQUAL(
	    edit(tree, GH_EDIT_DELETE, VRF "/vrrp/group[name='group1']/instance", NULL, &err), 1);
	CU_ASSERT_EQUAL(edit(tree, GH_EDIT_MOVE, POLICY("sp_vpnc4"), "before sp_vpnc2", &err), 1);
	CU_ASSERT_EQUAL(
	    edit(tree, GH_EDIT_MOVE, POLICY("sp_vpnc4"), "before nobody", &err), -ENOENT);
	CU_ASSERT_TRUE(edit(tree, GH_EDIT_MOVE, PHYSICAL("wan01"), "first", &err) < 0);
	copy = gh_tree_copy(tree);
	CU_ASSERT_EQUAL(edit(copy, GH_EDIT_DELETE, "/gatehouse:config", NULL, &err), 1);
	CU_ASSERT_EQUAL(gh_tree_validate(copy, &err), 0);
	CU_ASSERT_PTR_NULL(lyd_child(copy) == NULL ? copy : NULL); /* defaults stand there again */
	lyd_free_all(copy);
	lyd_free_all(tree);
}

/* Random edits, some impossible; undone, the tree is what it was. */
static void a_batch_is_undone_whole(void)
{
	struct lyd_node *tree = build_deployment(), *before;
	unsigned seed = 3;

	CU_ASSERT_EQUAL(gh_tree_validate(tree, NULL), 0);
	before = gh_tree_copy(tree);
	for (unsigned round = 0; round < 300; round++) {
		struct gh_undo undo = {0};

		for (unsigned n = 0; n < 20; n++) {
			size_t line = (size_t)rand_r(&seed) % DEPLOYMENT_LINES;
			struct gh_edit e = {.path = deployment[line].path,
			    .value = deployment[line].value,
			    .op = rand_r(&seed) % 2 ? GH_EDIT_SET : GH_EDIT_REMOVE};

			if (rand_r(&seed) % 6 == 0)
				e = (struct gh_edit){GH_EDIT_MOVE, POLICY("sp_vpnc3"), "first"};
			if (rand_r(&seed) % 40 == 0)
				e = (struct gh_edit){GH_EDIT_DELETE, "/gatehouse:config", NULL};
			gh_edit_apply(tree, &e, &undo, NULL);
		}
		gh_undo_revert(&undo);
		CU_ASSERT_TRUE_FATAL(same_tree(tree, before));
	}
	CU_ASSERT_EQUAL(gh_tree_validate(tree, NULL), 0);
	CU_ASSERT_TRUE(same_tree(tree, before));
	lyd_free_all(before);
	lyd_free_all(tree);
}

/* The changes of a diff as sorted lines. */
struct lines {
	char *line[4000];
	size_t count;
};

static int add_line(const struct gh_diff_item *item, void *ctx)
{
	struct lines *l = ctx;
	char *path = lyd_path(item->node, LYD_PATH_STD, NULL, 0), *line;
	const char *value = lyd_get_value(item->node);

	if (asprintf(&line, "%s %s %s %s", path, item->operation, value ? value : "",
		item->old_value ? item->old_value : "") > 0)
		l->line[l->count++] = line;
	free(path);
	return 0;
}

static int by_text(const void *a, const void *b)
{
	return strcmp(*(char *const *)a, *(char *const *)b);
}

static void lines_of(struct lyd_node *diff, const struct lyd_node *before,
    const struct lyd_node *after, struct lines *l)
{
	struct lyd_node *kept = gh_diff_explicit(diff, before, after);

	l->count = 0;
	gh_diff_walk(kept, add_line, l);
	qsort(l->line, l->count, sizeof(l->line[0]), by_text);
	lyd_free_all(kept);
	lyd_free_all(diff);
}

static void same_lines(struct lines *a, struct lines *b)
{
	CU_ASSERT_EQUAL_FATAL(a->count, b->count);
	for (size_t i = 0; i < a->count; i++) {
		CU_ASSERT_STRING_EQUAL_FATAL(a->line[i], b->line[i]);
		free(a->line[i]);
		free(b->line[i]);
	}
}

static void touch(const char *path, void *ctx)
{
	gh_paths_add(ctx, path);
}

static void random_edit(struct lyd_node *tree, struct gh_undo *undo, unsigned *seed)
{
	size_t line = (size_t)rand_r(seed) % DEPLOYMENT_LINES;
	struct gh_edit e = {.path = deployment[line].path,
	    .value = deployment[line].value,
	    .op = rand_r(seed) % 2 ? GH_EDIT_SET : GH_EDIT_REMOVE};

	if (rand_r(seed) % 6 == 0)
		e = (struct gh_edit){GH_EDIT_MOVE, POLICY("sp_vpnc3"), "first"};
	if (rand_r(seed) % 10 == 0)
		e = (struct gh_edit){GH_EDIT_SET, PHYSICAL("wan01") "/mtu", "1400"};
	if (rand_r(seed) % 20 == 0)
		e = (struct gh_edit){GH_EDIT_REMOVE, VPN, NULL};
	if (rand_r(seed) % 60 == 0)
		e = (struct gh_edit){GH_EDIT_DELETE, "/gatehouse:config", NULL};
	gh_edit_apply(tree, &e, undo, NULL);
}

/* Looking only where edits were made finds what comparing everything finds. */
static void touched_places_tell_all_differences(void)
{
	static struct lines all, some;
	struct lyd_node *before = build_deployment(), *after, *diff;
	unsigned seed = 11;

	gh_tree_validate(before, NULL);
	for (unsigned round = 0; round < 400; round++) {
		struct gh_paths *touched = NULL;
		struct gh_undo undo = {0};

		after = gh_tree_copy(before);
		for (unsigned n = 0; n < 1 + round % 30; n++)
			random_edit(after, &undo, &seed);
		gh_undo_paths(&undo, touch, &touched);
		gh_undo_drop(&undo);
		gh_tree_validate(after, NULL); /* may fail; what differs differs */
		CU_ASSERT_EQUAL(gh_tree_diff(before, after, &diff, NULL), 0);
		lines_of(diff, before, after, &all);
		CU_ASSERT_EQUAL(gh_tree_diff_at(before, after, touched, &diff, NULL), 0);
		lines_of(diff, before, after, &some);
		same_lines(&all, &some);
		gh_paths_clear(&touched);
		lyd_free_all(after);
	}
	lyd_free_all(before);
}

static void secrets_are_masked(void)
{
	struct lyd_node *tree = build_deployment(), *masked = gh_tree_masked(tree);
	char *text = gh_tree_print(masked, true);

	CU_ASSERT_PTR_NULL(strstr(text, "not in the seed"));
	CU_ASSERT_PTR_NOT_NULL(strstr(text, GH_SECRET_MASK));
	free(text);
	lyd_free_all(masked);
	lyd_free_all(tree);
}

static void json_is_told_from_what_is_none(void)
{
	static const char *const good[] = {"{}", " [ ] ",
	    "{\"a\" : [1, -2.5e3, true, null, \"\\\"x\"]}", "{\"a\":{\"b\":{}},\"c\":\"\"}", "\"\"",
	    "0"};
	static const char *const bad[] = {"", "{", "[1,]", "{\"a\"}", "{\"a\":}", "{\"a\":1,}",
	    "{\"a\":1}}", "\"a", "\"a\\", "{a:1}", "[1 2]", "tru", "{\"a\":{\"b\"e\":1}}"};
	char deep[1000];

	for (size_t i = 0; i < sizeof(good) / sizeof(good[0]); i++)
		CU_ASSERT_TRUE(gh_json_is_well_formed(good[i], strlen(good[i])));
	for (size_t i = 0; i < sizeof(bad) / sizeof(bad[0]); i++)
		CU_ASSERT_FALSE(gh_json_is_well_formed(bad[i], strlen(bad[i])));
	memset(deep, '[', sizeof(deep));
	CU_ASSERT_FALSE(gh_json_is_well_formed(deep, sizeof(deep)));
}

static const struct unit_test tests[] = {
    UNIT_TEST(json_is_told_from_what_is_none),
    UNIT_TEST(the_model_loads_with_its_extensions),
    UNIT_TEST(the_deployment_is_valid_and_comes_back),
    UNIT_TEST(a_wrong_edit_says_what_was_expected_and_changes_nothing),
    UNIT_TEST(an_invalid_whole_names_the_place_and_the_remedy),
    UNIT_TEST(deletes_and_moves_do_what_they_say),
    UNIT_TEST(a_batch_is_undone_whole),
    UNIT_TEST(touched_places_tell_all_differences),
    UNIT_TEST(secrets_are_masked),
};

UNIT_MAIN("yang", tests)
