/* SPDX-License-Identifier: BSD-3-Clause */
/* Validating a part of the tree says and does what validating all of it does; a tree that follows a
 * change in part becomes what it is. */
#include "db/islands.h"
#include "db/paths.h"
#include "tests/unit/config_help.h"

#define IKE VRF "/ike"
#define VPN(name) IKE "/vpn[name='" name "']"
#define TEMPLATE IKE "/ike-policy-template"
#define AEAD "aes128-gcm-128"
#define ROUNDS 3000

static bool island(const struct gh_islands *is, const char *path)
{
	const struct lysc_node *node = lys_find_path(model, NULL, path, 0);

	CU_ASSERT_PTR_NOT_NULL_FATAL(node);
	return gh_is_island(is, node);
}

static void the_lists_that_grow_are_islands(void)
{
	struct gh_islands *is;

	model_start();
	is = gh_islands_new(model);
	CU_ASSERT_PTR_NOT_NULL_FATAL(is);
	CU_ASSERT_TRUE(island(is, "/gatehouse:config/vrf/ike/vpn"));
	CU_ASSERT_TRUE(island(is, "/gatehouse:config/vrf/ike/pre-shared-key"));
	gh_islands_free(is);
}

static void what_others_refer_to_is_none(void)
{
	struct gh_islands *is;

	model_start();
	is = gh_islands_new(model);
	CU_ASSERT_FALSE(island(is, "/gatehouse:config/vrf/ike/ike-policy-template"));
	CU_ASSERT_FALSE(island(is, "/gatehouse:config/vrf/ike/ipsec-policy-template"));
	CU_ASSERT_FALSE(island(is, "/gatehouse:config/vrf/interface/physical"));
	CU_ASSERT_FALSE(island(is, "/gatehouse:config/vrf/interface/loopback"));
	CU_ASSERT_FALSE(island(is, "/gatehouse:config/ha/group"));
	gh_islands_free(is);
}

/* Some are refused, some only together with others, some depend on what is outside of the entry. */
static const struct gh_edit choices[] = {
    {GH_EDIT_SET, VPN("a"), NULL},
    {GH_EDIT_SET, VPN("b"), NULL},
    {GH_EDIT_SET, VPN("a") "/ike-policy/template", "t"},
    {GH_EDIT_SET, VPN("a") "/ike-policy/template", "u"},
    {GH_EDIT_SET, VPN("a") "/ipsec-policy/template", "t"},
    {GH_EDIT_SET, VPN("b") "/ike-policy/template", "t"},
    {GH_EDIT_SET, VPN("b") "/ipsec-policy/template", "t"},
    {GH_EDIT_SET, VPN("a") "/remote-id", "x.example.com"},
    {GH_EDIT_REMOVE, VPN("a") "/remote-id", NULL},
    {GH_EDIT_SET, VPN("a") "/security-policy[name='p']/local-ts/subnet", "10.0.0.0/24"},
    {GH_EDIT_SET, VPN("a") "/security-policy[name='p']/remote-ts/subnet", "10.1.0.0/24"},
    {GH_EDIT_SET, VPN("a") "/security-policy[name='p']/remote-ts/subnet", "2001:db8::/64"},
    {GH_EDIT_SET, VPN("b") "/security-policy[name='p']/remote-ts/subnet", "2001:db8::/64"},
    {GH_EDIT_REMOVE, VPN("a") "/security-policy[name='p']", NULL},
    {GH_EDIT_REMOVE, VPN("a"), NULL},
    {GH_EDIT_REMOVE, VPN("b"), NULL},
    {GH_EDIT_SET, IKE "/pre-shared-key[name='k']/secret", "s"},
    {GH_EDIT_SET, IKE "/pre-shared-key[name='k']/id", "x.example.com"},
    {GH_EDIT_REMOVE, IKE "/pre-shared-key[name='k']/secret", NULL},
    {GH_EDIT_REMOVE, IKE "/ike-policy-template[name='u']", NULL},
    {GH_EDIT_SET, IKE "/ike-policy-template[name='u']", NULL},
    {GH_EDIT_SET, PHYSICAL("e") "/port", "pci-b0s4"},
    {GH_EDIT_SET, VRF "/interface/loopback[name='e']", NULL},
    {GH_EDIT_REMOVE, VRF "/interface/loopback[name='e']", NULL},
};
#define CHOICES (sizeof(choices) / sizeof(choices[0]))

static void add_path(const char *path, void *ctx)
{
	gh_paths_add(ctx, path);
}

static void set_below(struct lyd_node *tree, const char *above, const char *leaf, const char *value)
{
	char path[200];

	snprintf(path, sizeof(path), "%s%s", above, leaf);
	set(tree, path, value);
}

static struct lyd_node *valid_start(void)
{
	struct lyd_node *tree = gh_tree_new(model);

	set(tree, IKE "/ipsec-policy-template[name='t']/esp-proposal[id='1']/aead-alg", AEAD);
	for (unsigned i = 0; i < 2; i++) {
		char path[160];

		snprintf(
		    path, sizeof(path), "%s[name='%c']/ike-proposal[id='1']/", TEMPLATE, "tu"[i]);
		set_below(tree, path, "aead-alg", AEAD);
		set_below(tree, path, "prf-alg", "hmac-sha256");
		set_below(tree, path, "dh-group", "ecp256");
	}
	CU_ASSERT_EQUAL_FATAL(gh_tree_validate(tree, NULL), 0);
	return tree;
}

struct tally {
	unsigned accepted, refused, followed;
};

static bool same_with_defaults(const struct lyd_node *a, const struct lyd_node *b)
{
	char *x = gh_tree_print(a, true), *y = gh_tree_print(b, true);
	bool same = x != NULL && y != NULL && strcmp(x, y) == 0;

	free(x);
	free(y);
	return same;
}

/* A few edits upon a valid tree, validated both ways; the outcome when valid, else the tree. */
static struct lyd_node *one_round(
    const struct gh_islands *is, struct lyd_node *tree, unsigned *seed, struct tally *tally)
{
	struct lyd_node *part = gh_tree_copy(tree), *whole;
	struct gh_paths *touched = NULL;
	struct gh_undo undo = {0};
	struct gh_error a = {0}, b = {0};
	int rc;

	for (unsigned n = 1 + (unsigned)rand_r(seed) % 3; n > 0; n--)
		gh_edit_apply(part, &choices[(unsigned)rand_r(seed) % CHOICES], &undo, NULL);
	gh_undo_paths(&undo, add_path, &touched);
	gh_undo_drop(&undo);
	whole = gh_tree_copy(part);
	if (touched == NULL)
		gh_paths_add(&touched, VPN("none"));
	rc = gh_tree_validate(whole, &b);
	CU_ASSERT_EQUAL(gh_tree_validate_at(part, is, touched, &a), rc);
	CU_ASSERT_STRING_EQUAL(a.path, b.path);
	CU_ASSERT_STRING_EQUAL(a.message, b.message);
	if (rc == 0) {
		CU_ASSERT_TRUE(same_with_defaults(part, whole));
		tally->accepted++;
	} else {
		tally->refused++;
	}
	if (rc == 0 && gh_tree_follow(tree, part, is, touched)) {
		CU_ASSERT_TRUE(same_with_defaults(tree, part));
		tally->followed++;
	}
	gh_paths_clear(&touched);
	lyd_free_all(whole);
	lyd_free_all(rc == 0 ? tree : part);
	return rc == 0 ? part : tree;
}

static void a_part_is_judged_as_the_whole(void)
{
	struct gh_islands *is;
	struct tally tally = {0};
	struct lyd_node *tree;
	unsigned seed = 1;

	model_start();
	is = gh_islands_new(model);
	tree = valid_start();
	for (unsigned i = 0; i < ROUNDS; i++)
		tree = one_round(is, tree, &seed, &tally);
	CU_ASSERT(tally.accepted > ROUNDS / 10);
	CU_ASSERT(tally.refused > ROUNDS / 20);
	CU_ASSERT(tally.followed > ROUNDS / 200);
	lyd_free_all(tree);
	gh_islands_free(is);
}

static const struct unit_test tests[] = {
    UNIT_TEST(the_lists_that_grow_are_islands),
    UNIT_TEST(what_others_refer_to_is_none),
    UNIT_TEST(a_part_is_judged_as_the_whole),
};

UNIT_MAIN("islands", tests)
