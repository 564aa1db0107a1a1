/* SPDX-License-Identifier: BSD-3-Clause */
/* Who may do what: every rpc of the model has its role here; and a viewer's frames are answered as
 * a viewer's, whatever is in them. */
#include <errno.h>
#include <ev.h>
#include <pwd.h>
#include <sys/socket.h>

#include "common/frame.h"
#include "common/session_proto.h"
#include "ctrlplane/config/access.h"
#include "ctrlplane/config/audit.h"
#include "ctrlplane/config/registry.h"
#include "ctrlplane/config/server.h"
#include "tests/unit/config_help.h"

/* The whole table: a new rpc has to be entered, and its role thought about. */
static const struct {
	const char *rpc;
	enum gh_role least;
} table[] = {
    {"cancel-commit", GH_ROLE_ADMIN},
    {"clear-ike-sa", GH_ROLE_OPERATOR},
    {"commit", GH_ROLE_ADMIN},
    {"compare", GH_ROLE_VIEWER},
    {"discard", GH_ROLE_ADMIN},
    {"edit", GH_ROLE_ADMIN},
    {"get-config", GH_ROLE_VIEWER},
    {"get-state", GH_ROLE_VIEWER},
    {"ike-initiate", GH_ROLE_OPERATOR},
    {"kill-session", GH_ROLE_ADMIN},
    {"list-keys", GH_ROLE_VIEWER},
    {"load", GH_ROLE_ADMIN},
    {"lock", GH_ROLE_ADMIN},
    {"rollback", GH_ROLE_ADMIN},
    {"session-status", GH_ROLE_VIEWER},
    {"show-configuration-history", GH_ROLE_VIEWER},
    {"show-fast-path", GH_ROLE_VIEWER},
    {"show-ike-last-failure", GH_ROLE_VIEWER},
    {"show-ike-sa", GH_ROLE_VIEWER},
    {"show-ike-sa-count", GH_ROLE_VIEWER},
    {"show-interface", GH_ROLE_VIEWER},
    {"show-ipsec-sa", GH_ROLE_VIEWER},
    {"show-ipv4-routes", GH_ROLE_VIEWER},
    {"show-ipv6-routes", GH_ROLE_VIEWER},
    {"show-sessions", GH_ROLE_VIEWER},
    {"show-users", GH_ROLE_VIEWER},
    {"show-version", GH_ROLE_VIEWER},
    {"subscribe", GH_ROLE_VIEWER},
    {"unlock", GH_ROLE_ADMIN},
    {"validate", GH_ROLE_VIEWER},
};

#define RPCS (sizeof(table) / sizeof(table[0]))

static size_t table_index(const char *rpc)
{
	size_t i = 0;

	while (i < RPCS && strcmp(table[i].rpc, rpc) != 0)
		i++;
	return i;
}

static void every_rpc_has_its_role(void)
{
	const struct lys_module *mod;
	const struct lysc_node *rpc;
	size_t seen = 0;

	model_start();
	mod = ly_ctx_get_module_implemented(model, GH_MODEL);
	LY_LIST_FOR (&mod->compiled->rpcs->node, rpc) {
		size_t i = table_index(rpc->name);

		if (i == RPCS || gh_access_least(rpc) != table[i].least)
			printf("rpc %s has the role %s\n", rpc->name,
			    gh_role_name(gh_access_least(rpc)));
		CU_ASSERT_FATAL(i < RPCS);
		for (enum gh_role r = GH_ROLE_NONE; r <= GH_ROLE_ADMIN; r++)
			CU_ASSERT_EQUAL(gh_access_may_call(r, rpc), r >= table[i].least);
		seen++;
	}
	CU_ASSERT_EQUAL(seen, RPCS);
}

/* A gateway in which an account of this machine, uid 1, is a user. */
struct rig {
	char dir[64], audit[96];
	struct gh_instance instance;
	struct gh_datastore ds;
	struct gh_server *server;
	struct ev_loop *loop;
	char user[64];
	uid_t uid;
};

static void commit_it(struct rig *r, struct lyd_node *tree)
{
	struct gh_commit_request req = {.user = "u", .origin = "o", .comment = ""};
	struct gh_commit_result result;
	struct gh_error err = {0};
	int rc = gh_commit(&r->ds, &tree, NULL, &req, &result, &err);

	if (rc < 0)
		printf("%s: %s\n", err.path, err.message);
	CU_ASSERT_EQUAL(rc, 0);
	lyd_free_all(result.diff);
	lyd_free_all(tree);
}

static void give_role(struct rig *r, const char *role)
{
	struct lyd_node *tree = gh_tree_copy(r->ds.running);
	char path[160];

	snprintf(path, sizeof(path), "/gatehouse:config/system/auth/user[name='%s']%s", r->user,
	    role != NULL ? "/role" : "");
	edit(tree, role != NULL ? GH_EDIT_SET : GH_EDIT_DELETE, path, role, NULL);
	commit_it(r, tree);
}

#define PSK VRF "/ike/pre-shared-key[name='p']"
#define SECRET "open-sesame-4711"

static void add_secret(struct rig *r)
{
	struct lyd_node *tree = gh_tree_copy(r->ds.running);
	struct gh_error err = {0};

	if (edit(tree, GH_EDIT_SET, PSK "/secret", SECRET, &err) < 0)
		printf("%s: %s\n", err.path, err.message);
	CU_ASSERT_EQUAL(edit(tree, GH_EDIT_SET, PSK "/id", "a.example", NULL), 1);
	commit_it(r, tree);
}

static void rig_make(struct rig *r)
{
	const struct passwd *pw = getpwuid(1);
	struct gh_store *store;
	char path[96];

	model_start();
	CU_ASSERT_PTR_NOT_NULL_FATAL(pw);
	*r = (struct rig){.uid = pw->pw_uid};
	snprintf(r->user, sizeof(r->user), "%s", pw->pw_name);
	directory_make(r->dir);
	snprintf(path, sizeof(path), "%s/config.db", r->dir);
	snprintf(r->audit, sizeof(r->audit), "%s/audit.log", r->dir);
	store = gh_store_open(path, 10, NULL);
	CU_ASSERT_PTR_NOT_NULL_FATAL(store);
	CU_ASSERT_EQUAL_FATAL(gh_datastore_open(&r->ds, model, store, NULL), 0);
	gh_instance_init(&r->instance, "unit", NULL);
	CU_ASSERT_EQUAL(gh_audit_open(r->audit, "unit", NULL), 0);
	gh_registry_clear();
	gh_session_rpcs_register();
	r->loop = ev_default_loop(0);
	r->server = gh_server_start(r->loop, NULL, &r->instance, &r->ds, NULL);
	CU_ASSERT_PTR_NOT_NULL_FATAL(r->server);
	add_secret(r);
}

static void rig_remove(struct rig *r)
{
	gh_server_stop(r->server);
	gh_audit_close();
	gh_datastore_close(&r->ds);
	gh_registry_clear();
	unlink(r->audit);
	directory_remove(r->dir);
}

struct client {
	struct gh_stream stream;
	uint32_t id;
	struct gh_frame_header hdr;
	char body[65536];
};

static int take(struct rig *r, struct client *c)
{
	const void *body;
	int rc = gh_stream_next(&c->stream, &c->hdr, &body);

	for (int i = 0; rc == 0; i++) {
		for (int k = 0; k < 50; k++)
			ev_run(r->loop, EVRUN_NOWAIT);
		rc = gh_stream_fill(&c->stream);
		if (rc <= 0)
			return rc;
		rc = gh_stream_next(&c->stream, &c->hdr, &body);
	}
	if (rc > 0 && c->hdr.len < sizeof(c->body)) {
		memcpy(c->body, body, c->hdr.len);
		c->body[c->hdr.len] = '\0';
	}
	return rc;
}

static void say(struct client *c, uint16_t type, const char *text)
{
	CU_ASSERT_EQUAL(gh_stream_put(&c->stream, type, 0, ++c->id, text, strlen(text)), 0);
	gh_stream_flush(&c->stream);
}

/* The kernel notes the effective uid of who makes the pair. Returns the type of the first frame. */
static int greet_as(struct rig *r, struct client *c, uid_t uid)
{
	int ends[2];

	*c = (struct client){0};
	CU_ASSERT_EQUAL_FATAL(seteuid(uid), 0);
	CU_ASSERT_EQUAL_FATAL(
	    socketpair(AF_UNIX, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0, ends), 0);
	CU_ASSERT_EQUAL_FATAL(seteuid(0), 0);
	gh_stream_init(&c->stream, ends[0]);
	gh_server_adopt(r->server, ends[1]);
	say(c, GH_SESSION_HELLO,
	    "{\"client\":\"unit\",\"user\":\"root\",\"role\":\"admin\",\"origin\":\"a\\nb "
	    "\\\"c\"}");
	CU_ASSERT_EQUAL(take(r, c), 1);
	return c->hdr.type;
}

static int ask(struct rig *r, struct client *c, const char *rpc)
{
	char data[sizeof(c->body)] = "";

	say(c, GH_SESSION_RPC, rpc);
	while (take(r, c) == 1) {
		if (c->hdr.type == GH_SESSION_DATA) {
			strcat(data, c->body);
			continue;
		}
		if (c->hdr.type == GH_SESSION_OK)
			strcpy(c->body, data);
		return c->hdr.type;
	}
	return -1;
}

static bool was_denied(struct rig *r, struct client *c, const char *rpc)
{
	return ask(r, c, rpc) == GH_SESSION_ERROR && strstr(c->body, "access-denied") != NULL;
}

/* By raw frames, with whatever input: who may not is refused before the input is looked at. */
static void each_role_is_refused_what_is_above_it(void)
{
	static const char *const names[] = {"viewer", "operator"};
	char rpc[128];
	struct client c;
	struct rig r;

	rig_make(&r);
	for (enum gh_role role = GH_ROLE_VIEWER; role <= GH_ROLE_OPERATOR; role++) {
		give_role(&r, names[role - GH_ROLE_VIEWER]);
		CU_ASSERT_EQUAL(greet_as(&r, &c, r.uid), GH_SESSION_HELLO);
		CU_ASSERT_PTR_NOT_NULL(strstr(c.body, names[role - GH_ROLE_VIEWER]));
		for (size_t i = 0; i < RPCS; i++) {
			snprintf(
			    rpc, sizeof(rpc), "{\"gatehouse:%s\":{\"bogus\":1}}", table[i].rpc);
			CU_ASSERT_EQUAL(was_denied(&r, &c, rpc), table[i].least > role);
		}
		CU_ASSERT(!was_denied(&r, &c, "{\"gatehouse:show-version\":{}}"));
		CU_ASSERT(was_denied(&r, &c, "{\"gatehouse:commit\":{}}"));
		/* an rpc behind another one's name */
		CU_ASSERT_EQUAL(
		    ask(&r, &c, "{\"gatehouse:show-version\":{},\"gatehouse:commit\":{}}"),
		    GH_SESSION_ERROR);
		gh_stream_close(&c.stream);
	}
	rig_remove(&r);
}

static void a_secret_is_shown_to_admins_only(void)
{
	static const char *const requests[] = {
	    "{\"gatehouse:get-config\":{}}",
	    "{\"gatehouse:get-config\":{\"source\":\"running\"}}",
	    "{\"gatehouse:get-config\":{\"source\":\"startup\",\"with-defaults\":true}}",
	    "{\"gatehouse:get-config\":{\"number\":0}}",
	    "{\"gatehouse:get-config\":{\"number\":1}}",
	    "{\"gatehouse:get-config\":{\"path\":\"" PSK "/secret\"}}",
	    "{\"gatehouse:compare\":{\"with\":2}}",
	    "{\"gatehouse:compare\":{\"with\":2,\"source\":\"running\"}}",
	    "{\"gatehouse:list-keys\":{\"path\":\"" PSK "/secret\"}}",
	    "{\"gatehouse:show-configuration-history\":{}}",
	    "{\"gatehouse:show-configuration-history\":{\"number\":1}}",
	    "{\"gatehouse:get-state\":{}}",
	    "{\"gatehouse:subscribe\":{\"since\":\"0\"}}",
	};
	struct client c;
	struct rig r;

	rig_make(&r);
	give_role(&r, "operator");
	CU_ASSERT_EQUAL(greet_as(&r, &c, r.uid), GH_SESSION_HELLO);
	for (size_t i = 0; i < sizeof(requests) / sizeof(requests[0]); i++) {
		int end = ask(&r, &c, requests[i]);

		if (strstr(c.body, SECRET) != NULL || (end != GH_SESSION_OK && i != 8))
			printf("%s\n -> %d %s\n", requests[i], end, c.body);
		CU_ASSERT_PTR_NULL(strstr(c.body, SECRET));
	}
	gh_stream_close(&c.stream);
	CU_ASSERT_EQUAL(greet_as(&r, &c, 0), GH_SESSION_HELLO);
	ask(&r, &c, requests[0]);
	CU_ASSERT_PTR_NOT_NULL(strstr(c.body, SECRET));
	gh_stream_close(&c.stream);
	rig_remove(&r);
}

/* A predicate must not tell a secret bit by bit. */
static void a_path_does_not_ask_about_secrets(void)
{
	static const char *const guesses[] = {
	    "{\"gatehouse:get-config\":{\"path\":\"" VRF
	    "/ike/pre-shared-key[starts-with(secret,'open')]/name\"}}",
	    "{\"gatehouse:list-keys\":{\"path\":\"" VRF
	    "/ike/pre-shared-key[starts-with(secret,'open')]\"}}"};
	struct client viewer, admin;
	struct rig r;

	rig_make(&r);
	give_role(&r, "viewer");
	CU_ASSERT_EQUAL(greet_as(&r, &viewer, r.uid), GH_SESSION_HELLO);
	CU_ASSERT_EQUAL(greet_as(&r, &admin, 0), GH_SESSION_HELLO);
	for (size_t i = 0; i < 2; i++) {
		CU_ASSERT_EQUAL(ask(&r, &viewer, guesses[i]), GH_SESSION_OK);
		CU_ASSERT_PTR_NULL(strstr(viewer.body, "\"p\""));
		CU_ASSERT_EQUAL(ask(&r, &admin, guesses[i]), GH_SESSION_OK);
		CU_ASSERT_PTR_NOT_NULL(strstr(admin.body, "\"p\""));
	}
	gh_stream_close(&viewer.stream);
	gh_stream_close(&admin.stream);
	rig_remove(&r);
}

static void who_has_no_role_is_sent_away(void)
{
	struct client c;
	struct rig r;

	rig_make(&r);
	CU_ASSERT_EQUAL(greet_as(&r, &c, r.uid), GH_SESSION_ERROR);
	CU_ASSERT_PTR_NOT_NULL(strstr(c.body, "has no role"));
	CU_ASSERT(take(&r, &c) < 0);
	gh_stream_close(&c.stream);
	CU_ASSERT_EQUAL(greet_as(&r, &c, 54321), GH_SESSION_ERROR);
	gh_stream_close(&c.stream);
	rig_remove(&r);
}

static void a_role_that_is_taken_away_is_gone_at_once(void)
{
	struct client c;
	struct rig r;

	rig_make(&r);
	give_role(&r, "admin");
	CU_ASSERT_EQUAL(greet_as(&r, &c, r.uid), GH_SESSION_HELLO);
	CU_ASSERT_EQUAL(ask(&r, &c, "{\"gatehouse:commit\":{}}"), GH_SESSION_OK);
	give_role(&r, "viewer");
	CU_ASSERT(was_denied(&r, &c, "{\"gatehouse:commit\":{}}"));
	CU_ASSERT_EQUAL(ask(&r, &c, "{\"gatehouse:get-config\":{}}"), GH_SESSION_OK);
	CU_ASSERT_PTR_NULL(strstr(c.body, SECRET));
	give_role(&r, NULL);
	CU_ASSERT(was_denied(&r, &c, "{\"gatehouse:show-version\":{}}"));
	CU_ASSERT(take(&r, &c) < 0);
	gh_stream_close(&c.stream);
	rig_remove(&r);
}

static const char *read_audit(const struct rig *r)
{
	static char text[65536];
	FILE *f = fopen(r->audit, "r");
	size_t n = f != NULL ? fread(text, 1, sizeof(text) - 1, f) : 0;

	text[n] = '\0';
	if (f != NULL)
		fclose(f);
	return text;
}

static void the_audit_log_tells_who_did_and_who_tried(void)
{
	struct client viewer, admin;
	const char *text;
	unsigned lines = 0;
	struct rig r;

	rig_make(&r);
	give_role(&r, "viewer");
	greet_as(&r, &viewer, r.uid);
	greet_as(&r, &admin, 0);
	for (int i = 0; i < 1000; i++)
		CU_ASSERT(was_denied(&r, &viewer, "{\"gatehouse:commit\":{}}"));
	ask(&r, &admin,
	    "{\"gatehouse:edit\":{\"edit\":[{\"path\":\"" PSK
	    "/secret\",\"value\":\"another-" SECRET "\"}]}}");
	CU_ASSERT_EQUAL(ask(&r, &admin, "{\"gatehouse:commit\":{}}"), GH_SESSION_OK);
	gh_stream_close(&viewer.stream);
	for (int k = 0; k < 50; k++)
		ev_run(r.loop, EVRUN_NOWAIT);
	text = read_audit(&r);
	CU_ASSERT_PTR_NOT_NULL(strstr(text, " refused user=daemon uid=1 role=viewer"));
	CU_ASSERT_PTR_NOT_NULL(strstr(text, "rpc=commit\n"));
	CU_ASSERT_PTR_NOT_NULL(strstr(text, " commit user=root uid=0 role=admin"));
	CU_ASSERT_PTR_NOT_NULL(strstr(text, "reported-from=\"a?b 'c\""));
	CU_ASSERT_PTR_NOT_NULL(strstr(text, " close user=daemon"));
	CU_ASSERT_PTR_NULL(strstr(text, SECRET));
	for (const char *c = text; *c != '\0'; c++)
		lines += *c == '\n';
	CU_ASSERT(lines < 100); /* a flood of attempts is no flood of lines */
	gh_stream_close(&admin.stream);
	rig_remove(&r);
}

#define ANN "/gatehouse:config/system/auth/user[name='ann']"

static void a_password_is_kept_as_its_hash(void)
{
	static const char load[] =
	    "{\"gatehouse:load\":{\"json\":\"{\\\"gatehouse:config\\\":{\\\"system\\\":{"
	    "\\\"auth\\\":{"
	    "\\\"user\\\":[{\\\"name\\\":\\\"ann\\\",\\\"role\\\":\\\"admin\\\","
	    "\\\"password\\\":\\\"in-the-clear\\\"}]}}}}\"}}";
	static const char hash[] = "$6$abcdefgh$0123456789012345678901234567890";
	struct client c;
	char rpc[512];
	struct rig r;

	rig_make(&r);
	greet_as(&r, &c, 0);
	CU_ASSERT_EQUAL(
	    ask(&r, &c,
		"{\"gatehouse:edit\":{\"edit\":[{\"path\":\"" ANN "/role\",\"value\":\"admin\"},"
		"{\"path\":\"" ANN "/password\",\"value\":\"in-the-clear\"}]}}"),
	    GH_SESSION_OK);
	CU_ASSERT_EQUAL(ask(&r, &c, "{\"gatehouse:get-config\":{}}"), GH_SESSION_OK);
	CU_ASSERT_PTR_NOT_NULL(strstr(c.body, "\"password\":\"$6$"));
	CU_ASSERT_PTR_NULL(strstr(c.body, "in-the-clear"));
	ask(&r, &c, "{\"gatehouse:discard\":{}}");
	CU_ASSERT_EQUAL(ask(&r, &c, load), GH_SESSION_OK);
	CU_ASSERT_EQUAL(ask(&r, &c, "{\"gatehouse:get-config\":{}}"), GH_SESSION_OK);
	CU_ASSERT_PTR_NOT_NULL(strstr(c.body, "\"password\":\"$6$"));
	CU_ASSERT_PTR_NULL(strstr(c.body, "in-the-clear"));
	snprintf(rpc, sizeof(rpc),
	    "{\"gatehouse:edit\":{\"edit\":[{\"path\":\"" ANN "/password\",\"value\":\"%s\"}]}}",
	    hash);
	CU_ASSERT_EQUAL(ask(&r, &c, rpc), GH_SESSION_OK);
	CU_ASSERT_EQUAL(ask(&r, &c, "{\"gatehouse:get-config\":{}}"), GH_SESSION_OK);
	CU_ASSERT_PTR_NOT_NULL(strstr(c.body, hash));
	CU_ASSERT_EQUAL(ask(&r, &c,
			    "{\"gatehouse:edit\":{\"edit\":[{\"path\":\"" ANN
			    "/password\",\"value\":\"short\"}]}}"),
	    GH_SESSION_ERROR);
	CU_ASSERT_PTR_NOT_NULL(strstr(c.body, "at least 8"));
	gh_stream_close(&c.stream);
	rig_remove(&r);
}

static const struct unit_test tests[] = {
    UNIT_TEST(every_rpc_has_its_role),
    UNIT_TEST(each_role_is_refused_what_is_above_it),
    UNIT_TEST(a_secret_is_shown_to_admins_only),
    UNIT_TEST(a_path_does_not_ask_about_secrets),
    UNIT_TEST(who_has_no_role_is_sent_away),
    UNIT_TEST(a_role_that_is_taken_away_is_gone_at_once),
    UNIT_TEST(the_audit_log_tells_who_did_and_who_tried),
    UNIT_TEST(a_password_is_kept_as_its_hash),
};

int main(void)
{
	if (geteuid() != 0) {
		puts("skipped: it takes root, to be somebody else");
		return 77;
	}
	return unit_main("access", tests, sizeof(tests) / sizeof(tests[0]));
}
