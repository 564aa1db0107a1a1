/* SPDX-License-Identifier: BSD-3-Clause */
/* The session server over a socket pair: requests, answers, cancelling, slow and broken clients. */
#include <errno.h>
#include <ev.h>
#include <sys/socket.h>

#include "common/frame.h"
#include "common/session_proto.h"
#include "ctrlplane/config/registry.h"
#include "ctrlplane/config/server.h"
#include "ctrlplane/config/session.h"
#include "tests/unit/config_help.h"

#define EDIT(path, value) \
	"{\"gatehouse:edit\":{\"edit\":[{\"path\":\"" path "\",\"value\":\"" value "\"}]}}"
#define HOSTNAME "/gatehouse:config/system/hostname"

struct rig {
	char dir[64];
	struct gh_instance instance;
	struct gh_datastore ds;
	struct gh_server *server;
	struct ev_loop *loop;
};

static void rig_make(struct rig *r)
{
	char path[96];
	struct gh_store *store;

	model_start();
	directory_make(r->dir);
	snprintf(path, sizeof(path), "%s/config.db", r->dir);
	store = gh_store_open(path, 10, NULL);
	CU_ASSERT_PTR_NOT_NULL_FATAL(store);
	CU_ASSERT_EQUAL_FATAL(gh_datastore_open(&r->ds, model, store, NULL), 0);
	gh_instance_init(&r->instance, "unit", NULL);
	gh_registry_clear();
	gh_session_rpcs_register();
	r->loop = ev_default_loop(0);
	r->server = gh_server_start(r->loop, NULL, &r->instance, &r->ds, NULL);
	CU_ASSERT_PTR_NOT_NULL_FATAL(r->server);
}

static void rig_remove(struct rig *r)
{
	gh_server_stop(r->server);
	gh_datastore_close(&r->ds);
	gh_registry_clear();
	directory_remove(r->dir);
}

struct client {
	struct gh_stream stream;
	uint32_t id;
	struct gh_frame_header hdr; /* of the last frame */
	char body[65536];	    /* of it, or of the data before an end */
};

/* Runs the daemon's side until it has nothing to do. */
static void turn(struct rig *r)
{
	for (int i = 0; i < 50; i++)
		ev_run(r->loop, EVRUN_NOWAIT);
}

/* The next frame; 0: none, <0: the server has closed. */
static int take(struct rig *r, struct client *c)
{
	const void *body;
	int rc = gh_stream_next(&c->stream, &c->hdr, &body);

	while (rc == 0) {
		turn(r);
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

static uint32_t say(struct client *c, uint16_t type, const char *text)
{
	CU_ASSERT_EQUAL(gh_stream_put(&c->stream, type, 0, ++c->id, text, strlen(text)), 0);
	gh_stream_flush(&c->stream);
	return c->id;
}

static void connect_to(struct rig *r, struct client *c)
{
	int ends[2];

	*c = (struct client){0};
	CU_ASSERT_EQUAL_FATAL(
	    socketpair(AF_UNIX, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0, ends), 0);
	gh_stream_init(&c->stream, ends[0]);
	gh_server_adopt(r->server, ends[1]);
}

static void greet(struct rig *r, struct client *c)
{
	connect_to(r, c);
	say(c, GH_SESSION_HELLO, "{\"client\":\"unit\",\"origin\":\"a \\\"test\\\"\"}");
	CU_ASSERT_EQUAL(take(r, c), 1);
	CU_ASSERT_EQUAL(c->hdr.type, GH_SESSION_HELLO);
	CU_ASSERT_PTR_NOT_NULL(strstr(c->body, "\"role\":\"admin\""));
}

/* Asks and takes the answer: how it ended; c->body has the last data or the error. */
static int ask(struct rig *r, struct client *c, const char *rpc)
{
	char data[sizeof(c->body)] = "";
	uint32_t id = say(c, GH_SESSION_RPC, rpc);

	while (take(r, c) == 1) {
		CU_ASSERT_EQUAL(c->hdr.id, id);
		if (c->hdr.type == GH_SESSION_DATA) {
			strcpy(data, c->body);
			continue;
		}
		if (c->hdr.type == GH_SESSION_OK)
			strcpy(c->body, data);
		return c->hdr.type;
	}
	return -1;
}

static void edits_are_private_until_committed(void)
{
	struct client a, b;
	struct rig r;

	rig_make(&r);
	greet(&r, &a);
	greet(&r, &b);
	CU_ASSERT_EQUAL(ask(&r, &a, EDIT(HOSTNAME, "one")), GH_SESSION_OK);
	CU_ASSERT_PTR_NOT_NULL(strstr(a.body, "\"uncommitted\":true"));
	CU_ASSERT_EQUAL(ask(&r, &b, "{\"gatehouse:get-config\":{}}"), GH_SESSION_OK);
	CU_ASSERT_PTR_NULL(strstr(b.body, "one"));
	CU_ASSERT_EQUAL(ask(&r, &a, "{\"gatehouse:commit\":{\"comment\":\"hi\"}}"), GH_SESSION_OK);
	CU_ASSERT_PTR_NOT_NULL(strstr(a.body, "\"id\":\"1\""));
	CU_ASSERT_EQUAL(ask(&r, &b, "{\"gatehouse:get-config\":{}}"), GH_SESSION_OK);
	CU_ASSERT_PTR_NOT_NULL(strstr(b.body, "\"hostname\":\"one\""));
	CU_ASSERT_EQUAL(
	    ask(&r, &b, "{\"gatehouse:show-configuration-history\":{}}"), GH_SESSION_OK);
	CU_ASSERT_PTR_NOT_NULL(strstr(b.body, "\"origin\":\"a \\\"test\\\"\""));
	CU_ASSERT_PTR_NOT_NULL(strstr(b.body, "\"comment\":\"hi\""));
	gh_stream_close(&a.stream);
	gh_stream_close(&b.stream);
	rig_remove(&r);
}

static void a_bad_edit_is_named_by_its_index(void)
{
	struct client c;
	struct rig r;

	rig_make(&r);
	greet(&r, &c);
	CU_ASSERT_EQUAL(ask(&r, &c,
			    "{\"gatehouse:edit\":{\"edit\":[{\"path\":\"" HOSTNAME
			    "\",\"value\":\"x\"},{\"path\":\"" HOSTNAME "\",\"value\":\"-\"}]}}"),
	    GH_SESSION_ERROR);
	CU_ASSERT_PTR_NOT_NULL(strstr(c.body, "\"edit\":1"));
	CU_ASSERT_PTR_NOT_NULL(strstr(c.body, "letters, digits and hyphens"));
	CU_ASSERT_EQUAL(ask(&r, &c, "{\"gatehouse:session-status\":{}}"), GH_SESSION_OK);
	CU_ASSERT_PTR_NOT_NULL(strstr(c.body, "\"uncommitted\":false"));
	gh_stream_close(&c.stream);
	rig_remove(&r);
}

static void what_is_no_request_is_answered_and_the_session_lives(void)
{
	static const char *const bad[] = {"", "{", "nonsense", "{}", "[]", "null",
	    "{\"gatehouse:nonsense\":{}}", "{\"gatehouse:edit\":{\"x\":1}}",
	    "{\"gatehouse:commit\":{\"confirmed\":\"soon\"}}", "{\"gatehouse:config\":{}}",
	    "{\"gatehouse:edit\":{\"edit\":[{\"value\":\"x\"}]}}",
	    "{\"gatehouse:list-keys\":{\"path\":\"/gatehouse:config/vrf[\"}}",
	    "{\"gatehouse:list-keys\":{\"path\":\"/gatehouse:config/vrf[name='\"}}",
	    "{\"gatehouse:get-config\":{\"path\":\"/gatehouse:config/nothing\"}}",
	    "{\"gatehouse:load\":{\"json\":\"{\\\"gatehouse:state\\\":{}}\"}}",
	    "{\"gatehouse:rollback\":{\"number\":7}}", "{\"gatehouse:clear-ike-sa\":{}}"};
	struct client c;
	struct rig r;

	rig_make(&r);
	greet(&r, &c);
	for (size_t i = 0; i < sizeof(bad) / sizeof(bad[0]); i++) {
		if (ask(&r, &c, bad[i]) != GH_SESSION_ERROR)
			CU_FAIL(bad[i]);
		CU_ASSERT_PTR_NOT_NULL(strstr(c.body, "\"message\":\""));
	}
	CU_ASSERT_EQUAL(ask(&r, &c, "{\"gatehouse:show-version\":{}}"), GH_SESSION_OK);
	gh_stream_close(&c.stream);
	rig_remove(&r);
}

static void a_broken_protocol_ends_the_session(void)
{
	struct gh_frame_header huge = {.len = GH_FRAME_MAX + 1, .type = GH_SESSION_RPC};
	struct client c;
	struct rig r;

	rig_make(&r);
	connect_to(&r, &c); /* no hello */
	say(&c, GH_SESSION_RPC, "{\"gatehouse:show-version\":{}}");
	CU_ASSERT_EQUAL(take(&r, &c), -ECONNRESET);
	gh_stream_close(&c.stream);
	greet(&r, &c);
	CU_ASSERT_EQUAL(write(c.stream.fd, &huge, sizeof(huge)), (ssize_t)sizeof(huge));
	CU_ASSERT_EQUAL(take(&r, &c), -ECONNRESET);
	gh_stream_close(&c.stream);
	rig_remove(&r);
}

/* An rpc that is answered later, or in many pieces. */
static struct {
	struct gh_reply *kept;
	unsigned cancelled, pieces, stops;
} slow;

static void on_cancelled(struct gh_reply *reply, void *ctx)
{
	slow.cancelled++;
	slow.kept = NULL;
	gh_reply_done(reply);
}

static int keep(
    void *ctx, const struct lyd_node *input, struct gh_reply *reply, struct gh_error *err)
{
	slow.kept = reply;
	gh_reply_keep(reply, NULL, on_cancelled, NULL);
	return 0;
}

#define PIECES 3000

static void send_pieces(struct gh_reply *reply, void *ctx)
{
	static char json[4096];
	int rc = 0, len;

	len = snprintf(json, sizeof(json), "{\"gatehouse:show-ipsec-sa\":{\"x\":\"%3000s\"}}", "");
	while (slow.pieces < PIECES && rc == 0) {
		rc = gh_reply_send_json(reply, json, (size_t)len);
		slow.pieces++;
	}
	slow.stops += rc == 1;
	if (slow.pieces == PIECES)
		gh_reply_done(reply);
}

static int many(
    void *ctx, const struct lyd_node *input, struct gh_reply *reply, struct gh_error *err)
{
	gh_reply_keep(reply, send_pieces, NULL, NULL);
	send_pieces(reply, NULL);
	return 0;
}

static struct gh_rpc test_rpcs[] = {
    {.name = "show-ike-sa", .handle = keep}, {.name = "show-ipsec-sa", .handle = many}};

static void rig_make_slow(struct rig *r)
{
	rig_make(r);
	memset(&slow, 0, sizeof(slow));
	gh_rpc_register(&test_rpcs[0]);
	gh_rpc_register(&test_rpcs[1]);
}

static void answers_keep_their_order_and_can_be_cancelled(void)
{
	struct client c;
	uint32_t first, second, third;
	struct rig r;

	rig_make_slow(&r);
	greet(&r, &c);
	first = say(&c, GH_SESSION_RPC, "{\"gatehouse:show-ike-sa\":{}}");
	second = say(&c, GH_SESSION_RPC, "{\"gatehouse:show-version\":{}}");
	third = say(&c, GH_SESSION_RPC, "{\"gatehouse:show-version\":{}}");
	CU_ASSERT_EQUAL(take(&r, &c), 0); /* the first is not answered, so none is */
	CU_ASSERT_PTR_NOT_NULL(slow.kept);
	gh_stream_put(&c.stream, GH_SESSION_CANCEL, 0, second, NULL, 0);
	gh_stream_flush(&c.stream);
	CU_ASSERT_EQUAL(take(&r, &c), 1);
	CU_ASSERT_TRUE(c.hdr.type == GH_SESSION_ERROR && c.hdr.id == second);
	gh_reply_done(slow.kept);
	CU_ASSERT_EQUAL(take(&r, &c), 1);
	CU_ASSERT_TRUE(c.hdr.type == GH_SESSION_OK && c.hdr.id == first);
	CU_ASSERT_TRUE(take(&r, &c) == 1 && c.hdr.type == GH_SESSION_DATA && c.hdr.id == third);
	CU_ASSERT_TRUE(take(&r, &c) == 1 && c.hdr.type == GH_SESSION_OK && c.hdr.id == third);
	first = say(&c, GH_SESSION_RPC, "{\"gatehouse:show-ike-sa\":{}}");
	CU_ASSERT_EQUAL(take(&r, &c), 0);
	gh_stream_put(&c.stream, GH_SESSION_CANCEL, 0, first, NULL, 0);
	gh_stream_flush(&c.stream);
	CU_ASSERT_TRUE(take(&r, &c) == 1 && c.hdr.type == GH_SESSION_ERROR && c.hdr.id == first);
	CU_ASSERT_EQUAL(slow.cancelled, 1);
	gh_stream_close(&c.stream);
	rig_remove(&r);
}

static void a_client_that_goes_cancels_what_it_asked(void)
{
	struct client c;
	struct rig r;

	rig_make_slow(&r);
	greet(&r, &c);
	say(&c, GH_SESSION_RPC, "{\"gatehouse:show-ike-sa\":{}}");
	turn(&r);
	gh_stream_close(&c.stream);
	turn(&r);
	CU_ASSERT_EQUAL(slow.cancelled, 1);
	CU_ASSERT_PTR_NULL(slow.kept);
	rig_remove(&r);
}

static void a_slow_client_stops_the_sender_and_loses_nothing(void)
{
	struct client c;
	unsigned got = 0;
	struct rig r;

	rig_make_slow(&r);
	greet(&r, &c);
	say(&c, GH_SESSION_RPC, "{\"gatehouse:show-ipsec-sa\":{}}");
	turn(&r); /* nothing is read on our side */
	CU_ASSERT_TRUE(slow.pieces > 0 && slow.pieces < PIECES / 2);
	while (take(&r, &c) == 1 && c.hdr.type == GH_SESSION_DATA)
		got++;
	CU_ASSERT_EQUAL(c.hdr.type, GH_SESSION_OK);
	CU_ASSERT_EQUAL(got, PIECES);
	CU_ASSERT_TRUE(slow.stops > 1);
	gh_stream_close(&c.stream);
	rig_remove(&r);
}

static void many_requests_at_once_are_all_answered(void)
{
	enum { REQUESTS = 500 };
	unsigned answered = 0;
	struct client c;
	struct rig r;

	rig_make(&r);
	greet(&r, &c);
	for (unsigned i = 0; i < REQUESTS; i++) {
		say(&c, GH_SESSION_RPC, "{\"gatehouse:show-version\":{}}");
		turn(&r);
	}
	while (answered < REQUESTS && take(&r, &c) == 1)
		answered += c.hdr.type == GH_SESSION_OK;
	CU_ASSERT_EQUAL(answered, REQUESTS);
	gh_stream_close(&c.stream);
	rig_remove(&r);
}

static const struct unit_test tests[] = {
    UNIT_TEST(edits_are_private_until_committed),
    UNIT_TEST(a_bad_edit_is_named_by_its_index),
    UNIT_TEST(what_is_no_request_is_answered_and_the_session_lives),
    UNIT_TEST(a_broken_protocol_ends_the_session),
    UNIT_TEST(answers_keep_their_order_and_can_be_cancelled),
    UNIT_TEST(a_client_that_goes_cancels_what_it_asked),
    UNIT_TEST(a_slow_client_stops_the_sender_and_loses_nothing),
    UNIT_TEST(many_requests_at_once_are_all_answered),
};

UNIT_MAIN("session", tests)
