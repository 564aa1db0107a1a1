/* SPDX-License-Identifier: BSD-3-Clause */
/* All or nothing: engines that refuse, fail, and sessions that meet. */
#include <errno.h>
#include <sqlite3.h>

#include "ctrlplane/config/candidate.h"
#include "ctrlplane/config/disturb.h"
#include "ctrlplane/config/registry.h"
#include "ctrlplane/config/transaction.h"
#include "tests/unit/config_help.h"

#define HOSTNAME "/gatehouse:config/system/hostname"
#define LOOPBACK(name) VRF "/interface/loopback[name='" name "']"

/* An engine that holds the hostname as applied to it, and fails when told to. */
struct puppet {
	struct gh_engine engine;
	char holds[32];
	bool refuse, fail;
	unsigned verified, applied;
	bool order_broken;
};

static struct puppet first, second;

static const char *hostname_in(const struct lyd_node *tree)
{
	struct lyd_node *node = NULL;

	return tree != NULL && lyd_find_path(tree, HOSTNAME, 0, &node) == LY_SUCCESS
		   ? lyd_get_value(node)
		   : "";
}

static int puppet_verify(void *ctx, const struct gh_change *chg, struct gh_error *err)
{
	struct puppet *p = ctx;

	p->verified++;
	return p->refuse
		   ? gh_error_set(err, -EINVAL, HOSTNAME, "%s does not like it", p->engine.name)
		   : 0;
}

static int puppet_apply(void *ctx, const struct gh_change *chg, struct gh_error *err)
{
	struct puppet *p = ctx;

	if (p->fail)
		return gh_error_set(err, -EIO, HOSTNAME, "%s broke", p->engine.name);
	if (strcmp(p->holds, hostname_in(chg->before)) != 0)
		p->order_broken = true;
	snprintf(p->holds, sizeof(p->holds), "%s", hostname_in(chg->after));
	p->applied++;
	return 0;
}

static void puppet_register(struct puppet *p, const char *name)
{
	*p = (struct puppet){
	    .engine = {.name = name, .verify = puppet_verify, .apply = puppet_apply}};
	p->engine.ctx = p;
	gh_engine_register(&p->engine);
}

struct rig {
	char dir[64], path[96];
	struct gh_datastore ds;
};

static void rig_open(struct rig *r)
{
	struct gh_error err = {0};
	struct gh_store *store;

	snprintf(r->path, sizeof(r->path), "%s/config.db", r->dir);
	store = gh_store_open(r->path, GH_STORE_HISTORY, &err);
	CU_ASSERT_PTR_NOT_NULL_FATAL(store);
	CU_ASSERT_EQUAL_FATAL(gh_datastore_open(&r->ds, model, store, &err), 0);
	gh_registry_clear();
	puppet_register(&first, "system");
	puppet_register(&second, "net");
}

static void rig_make(struct rig *r)
{
	model_start();
	directory_make(r->dir);
	rig_open(r);
	gh_datastore_start(&r->ds);
}

static void rig_remove(struct rig *r)
{
	CU_ASSERT_FALSE(first.order_broken || second.order_broken);
	gh_datastore_close(&r->ds);
	gh_registry_clear();
	directory_remove(r->dir);
}

static int change(struct gh_candidate *c, enum gh_edit_op op, const char *path, const char *value)
{
	struct gh_edit e = {.op = op, .path = path, .value = value};
	size_t failed;

	return gh_candidate_edit(c, &e, 1, &failed, NULL);
}

/* Commits as that user; the new commit's id, 0 if nothing changed, or <0. */
static int64_t commit_as(struct gh_candidate *c, const char *user, struct gh_error *err)
{
	struct gh_commit_request req = {.user = user, .origin = "test", .comment = ""};
	struct gh_commit_result result;
	int rc = gh_candidate_commit(c, &req, &result, err);

	lyd_free_all(result.diff);
	return rc < 0 ? rc : (int64_t)result.id;
}

static void a_commit_reaches_engines_store_and_running(void)
{
	struct gh_error err = {0};
	struct gh_candidate c;
	struct rig r;

	rig_make(&r);
	gh_candidate_init(&c, &r.ds);
	CU_ASSERT_EQUAL(commit_as(&c, "anna", &err), 0);
	CU_ASSERT_EQUAL(change(&c, GH_EDIT_SET, HOSTNAME, "one"), 0);
	CU_ASSERT_STRING_EQUAL(hostname_in(r.ds.running), "");
	CU_ASSERT_STRING_EQUAL(hostname_in(gh_candidate_tree(&c)), "one");
	CU_ASSERT_EQUAL(commit_as(&c, "anna", &err), 1);
	CU_ASSERT_STRING_EQUAL(hostname_in(r.ds.running), "one");
	CU_ASSERT_STRING_EQUAL(first.holds, "one");
	CU_ASSERT_STRING_EQUAL(second.holds, "one");
	CU_ASSERT_FALSE(gh_candidate_has_edits(&c));
	CU_ASSERT_EQUAL(change(&c, GH_EDIT_SET, HOSTNAME, "one"), 0); /* no change */
	CU_ASSERT_FALSE(gh_candidate_has_edits(&c));
	gh_datastore_close(&r.ds);
	rig_open(&r); /* a restart */
	gh_datastore_start(&r.ds);
	CU_ASSERT_EQUAL(r.ds.id, 1);
	CU_ASSERT_STRING_EQUAL(first.holds, "one");
	rig_remove(&r);
}

static void expect_as_before(const struct rig *r, const struct gh_candidate *c)
{
	CU_ASSERT_EQUAL(r->ds.id, 1);
	CU_ASSERT_EQUAL(gh_store_last(r->ds.store), 1);
	CU_ASSERT_STRING_EQUAL(hostname_in(r->ds.running), "old");
	CU_ASSERT_STRING_EQUAL(first.holds, "old");
	CU_ASSERT_STRING_EQUAL(second.holds, "old");
	CU_ASSERT_TRUE(gh_candidate_has_edits(c));
	CU_ASSERT_STRING_EQUAL(hostname_in(gh_candidate_tree(c)), "new");
}

static void start_from_old_to_new(struct rig *r, struct gh_candidate *c)
{
	rig_make(r);
	gh_candidate_init(c, &r->ds);
	change(c, GH_EDIT_SET, HOSTNAME, "old");
	CU_ASSERT_EQUAL_FATAL(commit_as(c, "anna", NULL), 1);
	change(c, GH_EDIT_SET, HOSTNAME, "new");
}

static void an_engine_that_refuses_leaves_all_as_before(void)
{
	struct gh_error err = {0};
	struct gh_candidate c;
	unsigned applied;
	struct rig r;

	start_from_old_to_new(&r, &c);
	applied = first.applied;
	second.refuse = true;
	CU_ASSERT_TRUE(commit_as(&c, "anna", &err) < 0);
	CU_ASSERT_STRING_EQUAL(err.message, "net does not like it");
	CU_ASSERT_STRING_EQUAL(err.path, HOSTNAME);
	CU_ASSERT_EQUAL(first.applied, applied);
	expect_as_before(&r, &c);
	second.refuse = false;
	CU_ASSERT_EQUAL(commit_as(&c, "anna", &err), 2);
	rig_remove(&r);
}

static void an_engine_that_fails_to_apply_has_the_others_undone(void)
{
	struct gh_error err = {0};
	struct gh_candidate c;
	unsigned applied;
	struct rig r;

	start_from_old_to_new(&r, &c);
	applied = first.applied;
	second.fail = true;
	CU_ASSERT_TRUE(commit_as(&c, "anna", &err) < 0);
	CU_ASSERT_STRING_EQUAL(err.message, "net broke");
	CU_ASSERT_EQUAL(first.applied, applied + 2); /* there and back */
	expect_as_before(&r, &c);
	second.fail = false;
	CU_ASSERT_EQUAL(commit_as(&c, "anna", &err), 2);
	CU_ASSERT_STRING_EQUAL(second.holds, "new");
	rig_remove(&r);
}

static void a_store_that_fails_has_all_engines_undone(void)
{
	struct gh_error err = {0};
	struct gh_candidate c;
	sqlite3 *other = NULL;
	struct rig r;

	start_from_old_to_new(&r, &c);
	CU_ASSERT_EQUAL(sqlite3_open(r.path, &other), SQLITE_OK);
	CU_ASSERT_EQUAL(sqlite3_exec(other, "BEGIN IMMEDIATE", NULL, NULL, NULL), SQLITE_OK);
	CU_ASSERT_TRUE(commit_as(&c, "anna", &err) < 0);
	CU_ASSERT_PTR_NOT_NULL(strstr(err.message, "another program uses"));
	expect_as_before(&r, &c);
	sqlite3_exec(other, "ROLLBACK", NULL, NULL, NULL);
	sqlite3_close(other);
	CU_ASSERT_EQUAL(commit_as(&c, "anna", &err), 2);
	rig_remove(&r);
}

static void an_empty_configuration_stays_empty(void)
{
	struct gh_error err = {0};
	struct gh_candidate c;
	struct rig r;

	rig_make(&r);
	gh_candidate_init(&c, &r.ds);
	CU_ASSERT_EQUAL(change(&c, GH_EDIT_DELETE, "/gatehouse:config", NULL), 0);
	CU_ASSERT_EQUAL(commit_as(&c, "anna", &err), 0);
	change(&c, GH_EDIT_SET, HOSTNAME, "x");
	CU_ASSERT_EQUAL(commit_as(&c, "anna", &err), 1);
	CU_ASSERT_EQUAL(change(&c, GH_EDIT_DELETE, "/gatehouse:config", NULL), 0);
	CU_ASSERT_EQUAL(commit_as(&c, "anna", &err), 2);
	CU_ASSERT_STRING_EQUAL(first.holds, "");
	CU_ASSERT_EQUAL(change(&c, GH_EDIT_DELETE, "/gatehouse:config", NULL), 0);
	CU_ASSERT_EQUAL(commit_as(&c, "anna", &err), 0);
	gh_datastore_close(&r.ds);
	rig_open(&r);
	CU_ASSERT_STRING_EQUAL(hostname_in(r.ds.running), "");
	rig_remove(&r);
}

static void an_invalid_candidate_reaches_no_engine(void)
{
	struct gh_error err = {0};
	struct gh_candidate c;
	unsigned verified;
	struct rig r;

	start_from_old_to_new(&r, &c);
	verified = first.verified;
	change(&c, GH_EDIT_SET, PHYSICAL("wan01"), NULL);
	CU_ASSERT_TRUE(commit_as(&c, "anna", &err) < 0);
	CU_ASSERT_PTR_NOT_NULL(strstr(err.message, "'port' is missing"));
	CU_ASSERT_EQUAL(first.verified, verified);
	expect_as_before(&r, &c);
	gh_candidate_discard(&c);
	rig_remove(&r);
}

static void a_batch_of_edits_is_all_or_nothing(void)
{
	struct gh_edit edits[] = {{GH_EDIT_SET, LOOPBACK("a"), NULL},
	    {GH_EDIT_REMOVE, HOSTNAME, NULL}, {GH_EDIT_SET, LOOPBACK("b") "/mtu", "none"}};
	struct gh_candidate c;
	struct lyd_node *node = NULL;
	struct gh_error err = {0};
	size_t failed = 99;
	struct rig r;

	start_from_old_to_new(&r, &c);
	CU_ASSERT_TRUE(gh_candidate_edit(&c, edits, 3, &failed, &err) < 0);
	CU_ASSERT_EQUAL(failed, 2);
	CU_ASSERT_PTR_NOT_NULL(strstr(err.message, "'none' is not valid for mtu"));
	CU_ASSERT_NOT_EQUAL(
	    lyd_find_path(gh_candidate_tree(&c), LOOPBACK("a"), 0, &node), LY_SUCCESS);
	expect_as_before(&r, &c);
	gh_candidate_discard(&c);
	rig_remove(&r);
}

static void sessions_that_touch_different_things_both_commit(void)
{
	struct gh_candidate a, b;
	struct gh_error err = {0};
	struct lyd_node *node = NULL;
	struct rig r;

	start_from_old_to_new(&r, &a);
	gh_candidate_init(&b, &r.ds);
	change(&b, GH_EDIT_SET, LOOPBACK("b") "/description", "of b");
	CU_ASSERT_EQUAL(commit_as(&a, "anna", &err), 2);
	CU_ASSERT_EQUAL(commit_as(&b, "bert", &err), 3);
	CU_ASSERT_STRING_EQUAL(hostname_in(r.ds.running), "new"); /* not undone by b */
	CU_ASSERT_EQUAL(lyd_find_path(r.ds.running, LOOPBACK("b"), 0, &node), LY_SUCCESS);
	rig_remove(&r);
}

/* Makes a's change a commit and then expects that b, who began before, is refused. */
static void expect_conflict(enum gh_edit_op op_a, const char *path_a, const char *value_a,
    enum gh_edit_op op_b, const char *path_b, const char *value_b)
{
	struct gh_error err = {0};
	struct gh_candidate a, b;
	struct rig r;

	rig_make(&r);
	gh_candidate_init(&a, &r.ds);
	gh_candidate_init(&b, &r.ds);
	change(&a, GH_EDIT_SET, LOOPBACK("x") "/mtu", "1000");
	CU_ASSERT_EQUAL(commit_as(&a, "anna", &err), 1);
	CU_ASSERT_EQUAL(change(&a, op_a, path_a, value_a), 0);
	CU_ASSERT_EQUAL(change(&b, op_b, path_b, value_b), 0);
	CU_ASSERT_EQUAL(commit_as(&a, "anna", &err), 2);
	CU_ASSERT_EQUAL(commit_as(&b, "bert", &err), -EBUSY);
	CU_ASSERT_PTR_NOT_NULL(strstr(err.message, "commit 2 by anna"));
	CU_ASSERT_EQUAL(r.ds.id, 2);
	CU_ASSERT_TRUE(gh_candidate_has_edits(&b));
	gh_candidate_discard(&b);
	CU_ASSERT_EQUAL(commit_as(&b, "bert", &err), 0);
	rig_remove(&r);
}

static void sessions_that_touch_the_same_do_not_overwrite_each_other(void)
{
	expect_conflict(GH_EDIT_SET, HOSTNAME, "a", GH_EDIT_SET, HOSTNAME, "b");
	expect_conflict(
	    GH_EDIT_SET, LOOPBACK("x") "/mtu", "1200", GH_EDIT_REMOVE, LOOPBACK("x") "/mtu", NULL);
	expect_conflict(
	    GH_EDIT_REMOVE, LOOPBACK("x"), NULL, GH_EDIT_SET, LOOPBACK("x") "/description", "mine");
	expect_conflict(
	    GH_EDIT_SET, LOOPBACK("x") "/description", "mine", GH_EDIT_REMOVE, LOOPBACK("x"), NULL);
	expect_conflict(GH_EDIT_SET, HOSTNAME, "a", GH_EDIT_DELETE, "/gatehouse:config", NULL);
	expect_conflict(GH_EDIT_SET, LOOPBACK("y") "/description", "a", GH_EDIT_SET,
	    LOOPBACK("y") "/description", "b");
}

static void an_earlier_configuration_is_loaded_and_committed(void)
{
	struct gh_error err = {0};
	struct gh_candidate c;
	struct lyd_node *tree = NULL;
	struct rig r;

	start_from_old_to_new(&r, &c);
	change(&c, GH_EDIT_SET, LOOPBACK("x") "/mtu", "1000");
	CU_ASSERT_EQUAL(commit_as(&c, "anna", &err), 2);
	CU_ASSERT_EQUAL(gh_store_load(r.ds.store, model, 1, &tree, &err), 0);
	CU_ASSERT_EQUAL(gh_candidate_load(&c, tree, true, &err), 0);
	CU_ASSERT_EQUAL(commit_as(&c, "anna", &err), 3);
	CU_ASSERT_STRING_EQUAL(first.holds, "old");
	CU_ASSERT_NOT_EQUAL(lyd_find_path(r.ds.running, LOOPBACK("x"), 0, &tree), LY_SUCCESS);
	rig_remove(&r);
}

/* Commits of random edits, also of nothing and to nothing; the store rebuilds each. */
static void what_is_stored_is_what_was_committed(void)
{
	static const struct {
		const char *path, *value;
	} lines[] = {{HOSTNAME, "a"}, {HOSTNAME, "b"},
	    {"/gatehouse:config/system/fast-path/enabled", "true"},
	    {"/gatehouse:config/system/fast-path/advanced/nb-rxd", "512"},
	    {"/gatehouse:config/ha/group[name='g']", NULL}, {LOOPBACK("a") "/mtu", "1000"},
	    {LOOPBACK("a") "/ipv4/address", "10.0.0.1/32"},
	    {LOOPBACK("a") "/ipv4/address", "10.0.0.2/32"}, {LOOPBACK("b") "/enabled", "false"},
	    {VRF "/ike/enabled", "false"}, {VRF "/ike/global-options/cookie-threshold", "7"},
	    {VRF "/ike/pre-shared-key[name='k']/secret", "s"}, {VRF, NULL}, {VRF "/ike", NULL},
	    {VRF "/interface", NULL}, {"/gatehouse:config/system", NULL},
	    {"/gatehouse:config", NULL}};
	struct gh_error err = {0};
	struct gh_candidate c;
	struct lyd_node *tree;
	unsigned seed = 5;
	struct rig r;

	rig_make(&r);
	gh_candidate_init(&c, &r.ds);
	for (unsigned round = 0; round < 300; round++) {
		for (unsigned n = rand_r(&seed) % 4; n > 0; n--) {
			size_t i = (size_t)rand_r(&seed) % (sizeof(lines) / sizeof(lines[0]));
			bool remove = rand_r(&seed) % 3 == 0;

			change(&c, remove ? GH_EDIT_REMOVE : GH_EDIT_SET, lines[i].path,
			    lines[i].value);
		}
		CU_ASSERT_TRUE_FATAL(
		    commit_as(&c, "anna", &err) >= 0 || strstr(err.message, "is missing") != NULL);
		gh_candidate_discard(&c);
		CU_ASSERT_EQUAL_FATAL(gh_store_load(r.ds.store, model, r.ds.id, &tree, &err), 0);
		CU_ASSERT_PTR_NULL(tree->next);
		CU_ASSERT_EQUAL_FATAL(gh_tree_validate(tree, &err), 0);
		CU_ASSERT_TRUE_FATAL(same_content(tree, r.ds.running));
		lyd_free_all(tree);
	}
	CU_ASSERT_TRUE(r.ds.id > 100);
	rig_remove(&r);
}

static void an_engine_that_refuses_at_start_gets_the_whole_later(void)
{
	struct gh_error err = {0};
	struct gh_candidate c;
	struct rig r;

	start_from_old_to_new(&r, &c);
	gh_candidate_discard(&c);
	gh_datastore_close(&r.ds);
	rig_open(&r);
	second.fail = true;
	gh_datastore_start(&r.ds);
	CU_ASSERT_EQUAL(r.ds.behind_count, 1);
	CU_ASSERT_PTR_NOT_NULL(strstr(r.ds.behind[0].reason, "net broke"));
	CU_ASSERT_STRING_EQUAL(first.holds, "old");
	gh_candidate_init(&c, &r.ds);
	CU_ASSERT_TRUE(commit_as(&c, "anna", &err) < 0); /* still broken */
	CU_ASSERT_STRING_EQUAL(first.holds, "old");
	second.fail = false;
	CU_ASSERT_EQUAL(commit_as(&c, "anna", &err), 0);
	CU_ASSERT_STRING_EQUAL(second.holds, "old");
	CU_ASSERT_EQUAL(r.ds.behind_count, 0);
	rig_remove(&r);
}

static void note_path(const char *path, void *ctx)
{
	char *all = ctx;

	strcat(strcat(all, path), "\n");
}

static void statements_without_an_engine_are_named_once(void)
{
	struct gh_commit_request req = {.user = "anna", .origin = "", .comment = "", .check = true};
	struct gh_commit_result result;
	struct gh_candidate c;
	char paths[1000] = "";
	struct rig r;

	rig_make(&r);
	gh_candidate_init(&c, &r.ds);
	change(&c, GH_EDIT_SET, HOSTNAME, "x");
	change(&c, GH_EDIT_SET, LOOPBACK("a") "/mtu", "1000");
	change(&c, GH_EDIT_SET, "/gatehouse:config/ha/group[name='g']", NULL);
	change(&c, GH_EDIT_SET, "/gatehouse:config/ha/group[name='h']", NULL);
	change(&c, GH_EDIT_SET, VRF "/ike/pre-shared-key[name='a']/secret", "s");
	change(&c, GH_EDIT_SET, "/gatehouse:config/system/kpi/enabled", "true");
	CU_ASSERT_EQUAL(gh_candidate_commit(&c, &req, &result, NULL), 0);
	gh_not_yet_active(result.diff, note_path, paths);
	CU_ASSERT_STRING_EQUAL(
	    paths, "/gatehouse:config/system/kpi\n/gatehouse:config/ha\n" VRF "/ike\n");
	lyd_free_all(result.diff);
	CU_ASSERT_EQUAL(r.ds.id, 0); /* only checked */
	gh_candidate_discard(&c);
	rig_remove(&r);
}

/* What `commit check` would name for one edit upon two VPNs of one template and an interface. */
static void expect_disturbed(struct gh_candidate *c, enum gh_edit_op op, const char *path,
    const char *value, const char *who)
{
	struct gh_commit_request req = {.user = "anna", .origin = "", .comment = "", .check = true};
	struct gh_commit_result result = {0};
	char words[1000] = "";

	CU_ASSERT_EQUAL(change(c, op, path, value), 0);
	CU_ASSERT_EQUAL(gh_candidate_commit(c, &req, &result, NULL), 0);
	gh_disturbed(c->ds->running, result.diff, note_path, words);
	CU_ASSERT_STRING_EQUAL(words, who);
	lyd_free_all(result.diff);
	gh_candidate_discard(c);
}

#define IKE_T(name) VRF "/ike/ike-policy-template[name='" name "']"
#define ESP_T(name) VRF "/ike/ipsec-policy-template[name='" name "']"
#define VPN(name) VRF "/ike/vpn[name='" name "']"

static void a_check_names_who_would_be_disturbed(void)
{
	static const char *const lines[][2] = {
	    {IKE_T("t") "/ike-proposal[id='1']/aead-alg", "aes128-gcm-128"},
	    {IKE_T("t") "/ike-proposal[id='1']/prf-alg", "hmac-sha256"},
	    {IKE_T("t") "/ike-proposal[id='1']/dh-group", "ecp256"},
	    {ESP_T("e") "/esp-proposal[id='1']/aead-alg", "aes128-gcm-128"},
	    {ESP_T("other") "/esp-proposal[id='1']/aead-alg", "aes128-gcm-128"},
	    {VPN("a") "/ike-policy/template", "t"}, {VPN("a") "/ipsec-policy/template", "e"},
	    {VPN("b") "/ike-policy/template", "t"}, {VPN("b") "/ipsec-policy/template", "other"},
	    {LOOPBACK("lo") "/mtu", "1000"}};
	struct gh_candidate c;
	struct rig r;

	rig_make(&r);
	gh_candidate_init(&c, &r.ds);
	for (size_t i = 0; i < sizeof(lines) / sizeof(lines[0]); i++)
		CU_ASSERT_EQUAL(change(&c, GH_EDIT_SET, lines[i][0], lines[i][1]), 0);
	CU_ASSERT_EQUAL(commit_as(&c, "anna", NULL), 1);
	expect_disturbed(&c, GH_EDIT_SET, VPN("a") "/local-id", "x", "vpn a\n");
	expect_disturbed(&c, GH_EDIT_SET, VPN("a") "/description", "x", "");
	expect_disturbed(&c, GH_EDIT_DELETE, VPN("b"), NULL, "vpn b\n");
	expect_disturbed(&c, GH_EDIT_SET, IKE_T("t") "/rekey-time", "1h", "vpn a\nvpn b\n");
	expect_disturbed(&c, GH_EDIT_SET, ESP_T("e") "/rekey-time", "2h", "vpn a\n");
	expect_disturbed(&c, GH_EDIT_SET, LOOPBACK("lo") "/enabled", "false", "interface lo\n");
	expect_disturbed(&c, GH_EDIT_SET, LOOPBACK("new") "/enabled", "false", "");
	rig_remove(&r);
}

static const struct unit_test tests[] = {
    UNIT_TEST(a_commit_reaches_engines_store_and_running),
    UNIT_TEST(an_engine_that_refuses_leaves_all_as_before),
    UNIT_TEST(an_engine_that_fails_to_apply_has_the_others_undone),
    UNIT_TEST(a_store_that_fails_has_all_engines_undone),
    UNIT_TEST(an_empty_configuration_stays_empty),
    UNIT_TEST(an_invalid_candidate_reaches_no_engine),
    UNIT_TEST(a_batch_of_edits_is_all_or_nothing),
    UNIT_TEST(sessions_that_touch_different_things_both_commit),
    UNIT_TEST(sessions_that_touch_the_same_do_not_overwrite_each_other),
    UNIT_TEST(an_earlier_configuration_is_loaded_and_committed),
    UNIT_TEST(what_is_stored_is_what_was_committed),
    UNIT_TEST(an_engine_that_refuses_at_start_gets_the_whole_later),
    UNIT_TEST(statements_without_an_engine_are_named_once),
    UNIT_TEST(a_check_names_who_would_be_disturbed),
};

UNIT_MAIN("transaction", tests)
