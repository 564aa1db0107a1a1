/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * The shell's parts without a daemon: words, JSON, arguments of rpcs, tables and rendering.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "db/model.h"
#include "shell/arguments.h"
#include "shell/names.h"
#include "shell/render.h"
#include "tests/unit/unit.h"

static struct schema schema;

static void test_words(void)
{
	struct line_error err;
	struct words w;

	CU_ASSERT_EQUAL(words_split("  a \"b c\"\t'd\"e' f\"g #h ", &w, &err), 0);
	CU_ASSERT_EQUAL_FATAL(w.count, 5);
	CU_ASSERT_STRING_EQUAL(w.list[1].text, "b c");
	CU_ASSERT_EQUAL(w.list[1].column, 4);
	CU_ASSERT_EQUAL(w.list[1].end, 9);
	CU_ASSERT_STRING_EQUAL(w.list[2].text, "d\"e");
	CU_ASSERT_STRING_EQUAL(w.list[3].text, "f\"g");
	CU_ASSERT_STRING_EQUAL(w.list[4].text, "#h");
	words_free(&w);
	CU_ASSERT_EQUAL(words_split("  # a comment \"", &w, &err), 0);
	CU_ASSERT_EQUAL(w.count, 0);
	words_free(&w);
	/* the blanks at the end belong to the open quote */
	CU_ASSERT_NOT_EQUAL(words_split("\"                              ", &w, &err), 0);
	CU_ASSERT_EQUAL(strlen(w.list[0].text), 30);
	words_free(&w);
	CU_ASSERT_NOT_EQUAL(words_split("a \"b", &w, &err), 0);
	CU_ASSERT_TRUE(w.open_quote);
	CU_ASSERT_EQUAL(err.word, 2);
	words_free(&w);
}

static void test_quoting_reads_back(void)
{
	static const char *const texts[] = {"plain", "", "a b", "\"", "'", "back\\slash", "\\",
	    "new\nline", "tab\t", "#x", "!x", "a#", "/", "..", "../x", "a|b", "ünï", "a\"b c\\d"};

	for (size_t i = 0; i < sizeof(texts) / sizeof(texts[0]); i++) {
		char line[128] = "x ";
		struct line_error err;
		struct words w;

		word_quote(texts[i], line + 2, sizeof(line) - 2);
		CU_ASSERT_EQUAL(words_split(line, &w, &err), 0);
		CU_ASSERT_EQUAL_FATAL(w.count, 2);
		CU_ASSERT_STRING_EQUAL(w.list[1].text, texts[i]);
		words_free(&w);
	}
}

static void check_member(const char *json, const char *name, const char *expected)
{
	char *value = json_member(json, strlen(json), name);

	CU_ASSERT_EQUAL(value == NULL, expected == NULL);
	if (expected != NULL && value != NULL)
		CU_ASSERT_STRING_EQUAL(value, expected);
	free(value);
}

static void test_json_members(void)
{
	const char *json =
	    " { \"message\" : \"a \\\"b\\\" \\u00e9\\n\" , \"edit\": 12, \"x\":true}";

	check_member(json, "message", "a \"b\" é\n");
	check_member(json, "edit", "12");
	check_member(json, "x", "true");
	check_member(json, "y", NULL);
	check_member("", "x", NULL);
	check_member("{\"x\"", "x", NULL);
	check_member("{\"x\":\"\\u12", "x", NULL);
	check_member("{\"x\":\"\\", "x", NULL);
	check_member("[1]", "x", NULL);
}

/* Parses the arguments of an rpc; returns the request or the error's message. */
static char *request(const char *rpc_name, const char *line)
{
	const struct lysc_node *rpc = gh_model_rpc(schema.ctx, rpc_name);
	struct arguments args = {0};
	struct text out = {0};
	struct line_error err;
	struct words w;

	CU_ASSERT_PTR_NOT_NULL_FATAL(rpc);
	words_split(line, &w, &err);
	if (arguments_parse(&schema, rpc, &w, 0, w.count, &args, &err) == 0)
		arguments_to_rpc(rpc, &args, &out);
	else
		text_addf(&out, "%u: %s", err.word, err.message);
	arguments_free(&args);
	words_free(&w);
	return out.data;
}

static void check_request(const char *rpc, const char *line, const char *expected)
{
	char *got = request(rpc, line);

	if (strncmp(got, expected, strlen(expected)) != 0) {
		fprintf(stderr, "\n    %s\n", got);
		CU_FAIL("not the request or error expected");
	}
	free(got);
}

static void test_arguments(void)
{
	check_request("show-ike-sa", "", "{\"gatehouse:show-ike-sa\":{}}");
	check_request("show-ike-sa", "remote-id a vrf main",
	    "{\"gatehouse:show-ike-sa\":{\"remote-id\":\"a\",\"vrf\":\"main\"}}");
	check_request("show-ike-sa", "detail", "{\"gatehouse:show-ike-sa\":{\"detail\":[null]}}");
	check_request(
	    "show-interface", "wan01", "{\"gatehouse:show-interface\":{\"name\":\"wan01\"}}");
	check_request("show-interface", "vrf main wan01",
	    "{\"gatehouse:show-interface\":{\"vrf\":\"main\",\"name\":\"wan01\"}}");
	check_request("rollback", "3", "{\"gatehouse:rollback\":{\"number\":3}}");
	check_request("commit", "check comment \"a b\"",
	    "{\"gatehouse:commit\":{\"check\":[null],\"comment\":\"a b\"}}");
	check_request("rollback", "", "1: expected the number");
	check_request("rollback", "x", "1: \"x\" is no number");
	check_request(
	    "show-ike-sa", "remote", "1: \"remote\" is ambiguous: remote-id, remote-address");
	check_request("show-ike-sa", "remote-id", "2: expected a value for remote-id");
	check_request("show-ike-sa", "remote-address 1.2.3", "2: ");
	check_request("show-ike-sa", "vpn a b", "3: \"b\" is not known here");
}

static void collect(void *arg, const char *line)
{
	text_addf(arg, "%s\n", line);
}

static char *render(const char *json, bool detail, int width)
{
	struct lyd_node *tree = NULL, *op = NULL;
	struct text out = {0};
	struct render r = {
	    .line = collect, .arg = &out, .width = width, .titles = true, .detail = detail};
	struct ly_in *in;

	ly_in_new_memory(json, &in);
	CU_ASSERT_EQUAL_FATAL(
	    lyd_parse_op(schema.ctx, NULL, in, LYD_JSON, LYD_TYPE_REPLY_YANG, &tree, &op),
	    LY_SUCCESS);
	render_output(&r, tree);
	ly_in_free(in, 0);
	lyd_free_all(tree);
	return out.data;
}

#define ROUTES                                                                            \
	"{\"gatehouse:show-ipv4-routes\":{\"route\":["                                    \
	"{\"destination\":\"0.0.0.0/0\",\"vrf\":\"main\",\"next-hop\":[\"192.168.0.1\"]," \
	"\"interface\":\"wan01\",\"protocol\":\"static\",\"active\":true},"               \
	"{\"destination\":\"10.0.0.0/8\",\"next-hop\":[\"1.1.1.1\",\"1.1.1.2\"],"         \
	"\"protocol\":\"static\",\"active\":false}]}}"

static void test_table(void)
{
	char *got = render(ROUTES, false, 80);

	CU_ASSERT_STRING_EQUAL(got, "DESTINATION  NEXT HOP          INTERFACE  PROTOCOL  ACTIVE\n"
				    "0.0.0.0/0    192.168.0.1       wan01      static    true\n"
				    "10.0.0.0/8   1.1.1.1, 1.1.1.2  -          static    false\n");
	free(got);
}

static void test_table_fits_the_terminal(void)
{
	char *got = render(ROUTES, false, 40), *save = NULL;
	unsigned lines = 0;

	for (char *l = strtok_r(got, "\n", &save); l != NULL; l = strtok_r(NULL, "\n", &save)) {
		CU_ASSERT(strlen(l) <= 40 + 2); /* an ellipsis has three bytes */
		lines++;
	}
	CU_ASSERT_EQUAL(lines, 3);
	free(got);
}

static void test_detail(void)
{
	char *got =
	    render("{\"gatehouse:show-ike-sa\":{\"ike-sa\":[{\"id\":\"7\",\"vpn\":\"v\","
		   "\"age\":\"3725\",\"child-sa\":[{\"policy\":\"p\",\"bytes-in\":\"9\"}]}]}}",
		true, 80);

	CU_ASSERT_STRING_EQUAL(got, "ike-sa v\n"
				    "  id   7\n"
				    "  vpn  v\n"
				    "  age  1h 2m 5s\n"
				    "  child-sa p\n"
				    "    policy    p\n"
				    "    bytes-in  9 bytes\n");
	free(got);
}

static void test_single_values(void)
{
	char *got =
	    render("{\"gatehouse:show-ike-sa-count\":{\"total\":5,\"half-open\":1}}", false, 80);

	CU_ASSERT_STRING_EQUAL(got, "total      5\nhalf-open  1\n");
	free(got);
}

static void test_durations(void)
{
	char buf[64];

	CU_ASSERT_STRING_EQUAL(render_duration("59", buf, sizeof(buf)), "59s");
	CU_ASSERT_STRING_EQUAL(render_duration("61", buf, sizeof(buf)), "1m 1s");
	CU_ASSERT_STRING_EQUAL(render_duration("3600", buf, sizeof(buf)), "1h 0m 0s");
	CU_ASSERT_STRING_EQUAL(render_duration("90061", buf, sizeof(buf)), "1d 1h 1m");
	CU_ASSERT_STRING_EQUAL(render_duration("never", buf, sizeof(buf)), "never");
}

static void test_distance(void)
{
	CU_ASSERT_EQUAL(names_distance("interface", "interface"), 0);
	CU_ASSERT_EQUAL(names_distance("intreface", "interface"), 1);
	CU_ASSERT_EQUAL(names_distance("nterface", "interface"), 1);
	CU_ASSERT_EQUAL(names_distance("abc", "xyz"), 3);
}

static const struct unit_test tests[] = {
    UNIT_TEST(test_words),
    UNIT_TEST(test_quoting_reads_back),
    UNIT_TEST(test_json_members),
    UNIT_TEST(test_arguments),
    UNIT_TEST(test_table),
    UNIT_TEST(test_table_fits_the_terminal),
    UNIT_TEST(test_detail),
    UNIT_TEST(test_single_values),
    UNIT_TEST(test_durations),
    UNIT_TEST(test_distance),
};

int main(void)
{
	struct gh_error err;
	int ret;

	if (schema_load(&schema, &err) < 0) {
		fprintf(stderr, "%s: %s\n", err.path, err.message);
		return 1;
	}
	ret = unit_main("shell", tests, sizeof(tests) / sizeof(tests[0]));
	schema_free(&schema);
	return ret;
}
