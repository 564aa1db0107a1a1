/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * The walker over the product's own model: statements to edits, errors at the right word, and the
 * printed configuration read back.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "shell/dialect.h"
#include "shell/walker.h"
#include "tests/unit/unit.h"

static struct schema schema;
static struct walker walker;

struct fixture {
	struct place at;
	struct edits edits;
	struct line_error err;
};

static void start(struct fixture *f)
{
	*f = (struct fixture){0};
	place_init(&f->at, &walker);
}

static int enter(struct fixture *f, const char *line)
{
	struct words words;
	int ret = words_split(line, &words, &f->err);

	if (ret == 0 && words.count > 0 && strcmp(words.list[0].text, "del") == 0)
		ret = walk_delete(&walker, &f->at, &words, 1, &f->edits, &f->err);
	else if (ret == 0)
		ret = walk_statement(&walker, &f->at, &words, &f->edits, &f->err);
	words_free(&words);
	return ret;
}

static void must_enter(struct fixture *f, const char *line)
{
	if (enter(f, line) != 0) {
		fprintf(stderr, "\n    \"%s\": word %u: %s\n", line, f->err.word, f->err.message);
		CU_FAIL("a good line was refused");
	}
}

static bool has_edit(const struct fixture *f, const char *path, const char *value)
{
	for (unsigned i = 0; i < f->edits.count; i++) {
		const struct edit *e = &f->edits.list[i];

		if (strcmp(e->path, path) == 0 &&
		    (value == NULL ? e->value == NULL
				   : e->value != NULL && strcmp(e->value, value) == 0))
			return true;
	}
	return false;
}

/* The candidate as the daemon would have it. */
static struct lyd_node *build(const struct edits *edits)
{
	struct lyd_node *tree = NULL, *made;

	for (unsigned i = 0; i < edits->count; i++) {
		const struct edit *e = &edits->list[i];
		LY_ERR ret =
		    lyd_new_path(tree, schema.ctx, e->path, e->value, LYD_NEW_PATH_UPDATE, &made);

		if (ret != LY_SUCCESS && ret != LY_EEXIST) {
			fprintf(stderr, "\n    %s: %s\n", e->path, ly_errmsg(schema.ctx));
			CU_FAIL("the daemon would refuse an edit");
		}
		if (tree == NULL)
			tree = made;
		while (tree != NULL && tree->parent != NULL)
			tree = lyd_parent(tree);
	}
	return tree;
}

static void enter_file(struct fixture *f, const char *name)
{
	char path[512], *line = NULL;
	size_t size = 0;
	FILE *in;

	snprintf(path, sizeof(path), "%s/%s", TEST_SRCDIR, name);
	in = fopen(path, "re");
	CU_ASSERT_PTR_NOT_NULL_FATAL(in);
	while (getline(&line, &size, in) >= 0)
		must_enter(f, line);
	free(line);
	fclose(in);
}

static void test_seed_is_accepted(void)
{
	const char *vpn = "/gatehouse:config/vrf[name='main']/ike/vpn[name='vpnc_6wind']";
	char path[256];
	struct fixture f;

	start(&f);
	enter_file(&f, "tests/cli/seed.conf");
	CU_ASSERT_EQUAL(f.at.depth, 0);
	snprintf(path, sizeof(path), "%s/local-id", vpn);
	CU_ASSERT(has_edit(&f, path, "vpnc.6wind.com"));
	snprintf(path, sizeof(path), "%s/security-policy[name='sp_vpnc4']/remote-ts/subnet", vpn);
	CU_ASSERT(has_edit(&f, path, "172.19.0.0/24"));
	CU_ASSERT(has_edit(&f,
	    "/gatehouse:config/vrf[name='main']/kpi/telegraf/influxdb-output"
	    "[url='http://192.168.255.2:8086']/database",
	    "telegraf"));
	CU_ASSERT(has_edit(&f,
	    "/gatehouse:config/vrf[name='main']/interface/vrrp[name='vrrp0']/virtual-address"
	    "[address='250.0.0.2/24']",
	    NULL));
	edits_clear(&f.edits);
}

static void enter_printed(void *arg, const char *line)
{
	must_enter(arg, line);
}

static void round_trip(bool full_paths)
{
	struct fixture f, again;
	struct lyd_node *tree, *back;

	start(&f);
	enter_file(&f, "tests/cli/seed.conf");
	must_enter(&f, "/ vrf main ike pre-shared-key k id \"a b\" secret \"q\\\"uote \\\\ 'n\"");
	must_enter(&f, "/ vrf main ike pre-shared-key k id #x id ..");
	must_enter(&f, "/ vrf empty");
	tree = build(&f.edits);
	start(&again);
	if (full_paths)
		dialect_print_full_paths(tree, enter_printed, &again);
	else
		dialect_print_tree(tree, enter_printed, &again);
	CU_ASSERT(full_paths || again.at.depth == 0);
	back = build(&again.edits);
	CU_ASSERT_EQUAL(lyd_compare_siblings(tree, back, LYD_COMPARE_FULL_RECURSION), LY_SUCCESS);
	CU_ASSERT_NOT_EQUAL(again.edits.count, 0);
	lyd_free_all(tree);
	lyd_free_all(back);
	edits_clear(&f.edits);
	edits_clear(&again.edits);
}

static void test_printed_tree_reads_back(void)
{
	round_trip(false);
}

static void test_full_paths_read_back(void)
{
	round_trip(true);
}

static void collect(void *arg, const char *line)
{
	text_addf(arg, "%s\n", line);
}

static void test_printed_form(void)
{
	struct text out = {0};
	struct fixture f;
	struct lyd_node *tree;

	start(&f);
	must_enter(&f, "vrf main ike vpn v security-policy p local-ts subnet 10.0.0.0/8");
	must_enter(&f, "/ vrf main kpi telegraf influxdb-output url http://a:1 database d");
	tree = build(&f.edits);
	dialect_print_tree(tree, collect, &out);
	CU_ASSERT_STRING_EQUAL(out.data, "vrf main\n"
					 "    ike\n"
					 "        vpn v\n"
					 "            security-policy p\n"
					 "                local-ts subnet 10.0.0.0/8\n"
					 "                ..\n"
					 "            ..\n"
					 "        ..\n"
					 "    kpi\n"
					 "        telegraf\n"
					 "            influxdb-output url http://a:1 database d\n"
					 "            ..\n"
					 "        ..\n"
					 "    ..\n");
	text_free(&out);
	dialect_print_full_paths(tree, collect, &out);
	CU_ASSERT_STRING_EQUAL(out.data,
	    "/ vrf main ike vpn v security-policy p local-ts subnet 10.0.0.0/8\n"
	    "/ vrf main kpi telegraf influxdb-output url http://a:1 database d\n");
	text_free(&out);
	lyd_free_all(tree);
	edits_clear(&f.edits);
}

static void test_where_a_line_leaves_the_shell(void)
{
	struct fixture f;

	start(&f);
	must_enter(&f, "vrf main interface physical wan01");
	CU_ASSERT_STRING_EQUAL(f.at.text, "vrf main interface physical wan01");
	must_enter(&f, "port pci-b0s4 enabled true");
	CU_ASSERT(has_edit(&f,
	    "/gatehouse:config/vrf[name='main']/interface/physical[name='wan01']/enabled", "true"));
	CU_ASSERT_STRING_EQUAL(f.at.text, "vrf main interface physical wan01");
	must_enter(&f, "/ system hostname x");
	CU_ASSERT_STRING_EQUAL(f.at.text, "vrf main interface physical wan01");
	must_enter(&f, "../physical lan01");
	CU_ASSERT_STRING_EQUAL(f.at.text, "vrf main interface physical lan01");
	must_enter(&f, "../..");
	CU_ASSERT_STRING_EQUAL(f.at.text, "vrf main");
	must_enter(&f, ".. system");
	CU_ASSERT_STRING_EQUAL(f.at.text, "system");
	must_enter(&f, "/");
	must_enter(&f, "..");
	CU_ASSERT_EQUAL(f.at.depth, 0);
	must_enter(&f, "/ vrf main ike vpn x local-id y");
	CU_ASSERT_EQUAL(f.at.depth, 0);
	must_enter(&f, "/vrf main");
	CU_ASSERT_STRING_EQUAL(f.at.text, "vrf main");
	edits_clear(&f.edits);
}

static void test_top_level_contexts_restart(void)
{
	struct fixture f;

	start(&f);
	must_enter(&f, "vrf main interface physical wan01");
	must_enter(&f, "vrf main");
	CU_ASSERT_STRING_EQUAL(f.at.text, "vrf main");
	must_enter(&f, "interface");
	must_enter(&f, "system kpi");
	CU_ASSERT_STRING_EQUAL(f.at.text, "system kpi");
	/* not abbreviated, and not in the middle of a line */
	CU_ASSERT_NOT_EQUAL(enter(&f, "syst"), 0);
	CU_ASSERT_NOT_EQUAL(enter(&f, "enabled true vrf main"), 0);
	CU_ASSERT_EQUAL(f.err.word, 3);
	CU_ASSERT_STRING_EQUAL(f.at.text, "system kpi");
	edits_clear(&f.edits);
}

static void test_abbreviations(void)
{
	struct fixture f;

	start(&f);
	must_enter(&f, "vr main int phy wan01 desc \"a b\"");
	CU_ASSERT(has_edit(&f,
	    "/gatehouse:config/vrf[name='main']/interface/physical[name='wan01']/description",
	    "a b"));
	must_enter(&f, "vrf main ike");
	CU_ASSERT_NOT_EQUAL(enter(&f, "i x"), 0);
	CU_ASSERT_PTR_NOT_NULL(strstr(f.err.message, "ike-policy-template"));
	CU_ASSERT_PTR_NOT_NULL(strstr(f.err.message, "ipsec-policy-template"));
	edits_clear(&f.edits);
}

static void test_errors_name_the_word_and_change_nothing(void)
{
	static const struct {
		const char *line;
		unsigned word, column;
		const char *says;
	} bad[] = {
	    {"intreface", 1, 0, "did you mean \"interface\""},
	    {"interface physical", 3, 19, "expected the name of the physical"},
	    {"interface physical wan01 mtu 99", 5, 29, "576 to 9600"},
	    {"interface physical wan01 mtu", 5, 29, "expected a value for mtu"},
	    {"interface physical wan01 enabled maybe", 5, 33, "true or false"},
	    {"interface physical wan01 port pci-b0s4 bogus 1", 6, 39, "not known"},
	    {"ike ike-policy-template t ike-proposal 1 dh-group modp1025", 7, 50, "modp1024"},
	    {"  routing static ipv4-route 1.2.3.4.5/8", 4, 28, "IPv4 prefix"},
	    {"kpi telegraf influxdb-output http://a:1", 4, 29, "\"url\""},
	    {"kpi telegraf influxdb-output url ftp://a", 5, 33, "such as http"},
	    {"interface physical wan01 description \"open", 5, 37, "closing quote"},
	    {"interface physical wan01 description \"a\"b", 5, 37, "blank is missing"},
	    {"interface physical wan01 name x", 4, 25, "cannot be changed"},
	    {"del interface physical", 4, 23, "expected the name"},
	    {"del interface physical wan01 mtu 1500", 6, 33, "end here"},
	    {"del", 2, 4, "expected the statement to delete"},
	    {"del ..", 3, 7, "expected the statement to delete"},
	};
	struct fixture f;

	start(&f);
	must_enter(&f, "vrf main");
	for (size_t i = 0; i < sizeof(bad) / sizeof(bad[0]); i++) {
		unsigned had = f.edits.count;
		int ret = enter(&f, bad[i].line);
		bool ok = ret != 0 && f.err.word == bad[i].word && f.err.column == bad[i].column &&
			  strstr(f.err.message, bad[i].says) != NULL;

		if (!ok)
			fprintf(stderr, "\n    \"%s\": %d, word %u, column %u: %s\n", bad[i].line,
			    ret, f.err.word, f.err.column, f.err.message);
		CU_ASSERT(ok);
		CU_ASSERT_EQUAL(f.edits.count, had);
		CU_ASSERT_STRING_EQUAL(f.at.text, "vrf main");
		CU_ASSERT_STRING_EQUAL(f.at.path, "/gatehouse:config/vrf[name='main']");
	}
	edits_clear(&f.edits);
}

static void test_deletions(void)
{
	struct fixture f;

	start(&f);
	must_enter(&f, "vrf main interface physical wan01");
	edits_clear(&f.edits);
	must_enter(&f, "del mtu");
	must_enter(&f, "del ipv4 address 192.0.2.1/24");
	must_enter(&f, "del ipv4 address");
	must_enter(&f, "del / system fast-path port pci-b0s4");
	CU_ASSERT(has_edit(
	    &f, "/gatehouse:config/vrf[name='main']/interface/physical[name='wan01']/mtu", NULL));
	CU_ASSERT(has_edit(&f,
	    "/gatehouse:config/vrf[name='main']/interface/physical[name='wan01']/ipv4/address"
	    "[.='192.0.2.1/24']",
	    NULL));
	CU_ASSERT(has_edit(&f, "/gatehouse:config/system/fast-path/port[name='pci-b0s4']", NULL));
	for (unsigned i = 0; i < f.edits.count; i++)
		CU_ASSERT_EQUAL(f.edits.list[i].op, EDIT_DELETE);
	CU_ASSERT_STRING_EQUAL(f.at.text, "vrf main interface physical wan01");
	must_enter(&f, "del / vrf main interface");
	CU_ASSERT_STRING_EQUAL(f.at.text, "vrf main");
	must_enter(&f, "del /");
	CU_ASSERT_EQUAL(f.at.depth, 0);
	CU_ASSERT(has_edit(&f, "/gatehouse:config", NULL));
	edits_clear(&f.edits);
}

static void test_secrets_are_marked(void)
{
	struct fixture f;

	start(&f);
	must_enter(&f, "vrf main ike pre-shared-key k secret s id a");
	CU_ASSERT_EQUAL(f.edits.count, 2);
	CU_ASSERT_TRUE(f.edits.list[0].secret);
	CU_ASSERT_FALSE(f.edits.list[1].secret);
	edits_clear(&f.edits);
}

static int expect(const char *line, bool path, struct expectation *e)
{
	struct fixture f;
	struct words words;
	int ret;

	start(&f);
	words_split(line, &words, &f.err);
	ret = walk_expect(&walker, &f.at, &words, 0, words.count, path, e, &f.err);
	words_free(&words);
	return ret;
}

static void test_expectations(void)
{
	struct expectation e;

	CU_ASSERT_EQUAL(expect("vrf", false, &e), 0);
	CU_ASSERT_STRING_EQUAL(e.node->name, "name");
	CU_ASSERT_STRING_EQUAL(e.list->name, "vrf");
	CU_ASSERT_STRING_EQUAL(e.at.path, "/gatehouse:config");
	CU_ASSERT_EQUAL(expect("vrf main ike", false, &e), 0);
	CU_ASSERT_PTR_NULL(e.node);
	CU_ASSERT_STRING_EQUAL(e.at.node->name, "ike");
	CU_ASSERT_TRUE(e.complete);
	CU_ASSERT_EQUAL(expect("vrf main ike vpn v local-id", false, &e), 0);
	CU_ASSERT_STRING_EQUAL(e.node->name, "local-id");
	CU_ASSERT_EQUAL(expect("vrf main ike vpn v local-id", true, &e), 0);
	CU_ASSERT_TRUE(e.ended);
	CU_ASSERT_EQUAL(expect("vrf main kpi telegraf influxdb-output", false, &e), 0);
	CU_ASSERT_TRUE(e.key_word);
	CU_ASSERT_NOT_EQUAL(expect("vrf main nonsense", false, &e), 0);
}

static void test_data_paths_as_typed(void)
{
	static const struct {
		const char *path, *typed;
	} cases[] = {
	    {"/gatehouse:config/vrf[name='main']/ike/ha", "vrf main ike ha"},
	    {"/gatehouse:config/vrf[name='main']/interface/physical[name=\"a b\"]/ipv4/"
	     "address[.='1.2.3.4/8']",
		"vrf main interface physical \"a b\" ipv4 address 1.2.3.4/8"},
	    {"/gatehouse:config/vrf[name='m']/kpi/telegraf/influxdb-output[url='http://a/b']",
		"vrf m kpi telegraf influxdb-output url http://a/b"},
	    {"/gatehouse:config/nonsense", "/gatehouse:config/nonsense"},
	    {"no path", "no path"},
	    {"/gatehouse:config/vrf[name='", "/gatehouse:config/vrf[name='"},
	};

	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		struct text out = {0};

		dialect_add_path(&schema, cases[i].path, &out);
		CU_ASSERT_STRING_EQUAL(out.data, cases[i].typed);
		text_free(&out);
	}
}

static const struct unit_test tests[] = {
    UNIT_TEST(test_seed_is_accepted),
    UNIT_TEST(test_printed_tree_reads_back),
    UNIT_TEST(test_full_paths_read_back),
    UNIT_TEST(test_printed_form),
    UNIT_TEST(test_where_a_line_leaves_the_shell),
    UNIT_TEST(test_top_level_contexts_restart),
    UNIT_TEST(test_abbreviations),
    UNIT_TEST(test_errors_name_the_word_and_change_nothing),
    UNIT_TEST(test_deletions),
    UNIT_TEST(test_secrets_are_marked),
    UNIT_TEST(test_expectations),
    UNIT_TEST(test_data_paths_as_typed),
};

int main(void)
{
	struct gh_error err;
	int ret;

	if (schema_load(&schema, &err) < 0) {
		fprintf(stderr, "%s: %s\n", err.path, err.message);
		return 1;
	}
	walker = (struct walker){.schema = &schema, .root = schema.config};
	ret = unit_main("walker", tests, sizeof(tests) / sizeof(tests[0]));
	schema_free(&schema);
	return ret;
}
