/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * The shell's end of the session protocol against a scripted other end: greeting, streamed answers,
 * refusals, notices in between, Ctrl-C, and a daemon that goes away.
 */
#include <errno.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include "common/session_proto.h"
#include "shell/client.h"
#include "tests/unit/unit.h"

static char root[] = "/tmp/gatehouse-client.XXXXXX";
static struct gh_instance instance;

/* The other end, in a process of its own. */
struct peer {
	struct gh_stream stream;
	struct gh_frame_header hdr;
	const void *body;
};

static bool receive(struct peer *p)
{
	int ret;

	while ((ret = gh_stream_next(&p->stream, &p->hdr, &p->body)) == 0)
		if (gh_stream_fill(&p->stream) < 0)
			return false;
	return ret > 0;
}

static void answer(struct peer *p, uint16_t type, uint32_t id, const char *body)
{
	gh_stream_put(&p->stream, type, 0, id, body, strlen(body));
	while (gh_stream_flush(&p->stream) == 1)
		;
}

static bool asks(const struct peer *p, const char *what)
{
	return memmem(p->body, p->hdr.len, what, strlen(what)) != NULL;
}

/* Rows without end, until CANCEL comes. */
static void stream_rows(struct peer *p, uint32_t id)
{
	char row[64];

	for (unsigned i = 0; i < 1000000; i++) {
		ssize_t n;
		char c;

		snprintf(row, sizeof(row), "{\"row\":%u}", i);
		answer(p, GH_SESSION_DATA, id, row);
		n = recv(p->stream.fd, &c, 1, MSG_PEEK | MSG_DONTWAIT);
		if (n >= 0)
			break;
	}
	if (receive(p) && p->hdr.type == GH_SESSION_CANCEL && p->hdr.id == id)
		answer(p, GH_SESSION_ERROR, id, "{\"message\":\"cancelled\"}");
}

static void serve_rpc(struct peer *p)
{
	uint32_t id = p->hdr.id;

	if (asks(p, "gone"))
		_exit(0);
	if (asks(p, "endless")) {
		stream_rows(p, id);
		return;
	}
	if (asks(p, "refused")) {
		answer(p, GH_SESSION_ERROR, id,
		    "{\"message\":\"no \\\"x\\\"\",\"path\":\"/gatehouse:config\",\"edit\":3}");
		return;
	}
	answer(p, GH_SESSION_DATA, id, "{\"row\":1}");
	answer(p, GH_SESSION_NOTICE, 0, "a notice");
	answer(p, GH_SESSION_DATA, id + 1000, "{\"row\":\"of another\"}");
	answer(p, GH_SESSION_DATA, id, "{\"row\":2}");
	answer(p, GH_SESSION_OK, id, "");
}

static void serve(int listener)
{
	struct peer p = {0};

	gh_stream_init(&p.stream, accept(listener, NULL, NULL));
	if (!receive(&p) || p.hdr.type != GH_SESSION_HELLO || !asks(&p, "\"test\""))
		_exit(1);
	answer(&p, GH_SESSION_HELLO, 0,
	    "{\"hostname\":\"h\",\"user\":\"u\",\"role\":\"admin\",\"instance\":\"t\","
	    "\"version\":\"1\",\"session\":7}");
	while (receive(&p))
		serve_rpc(&p);
	_exit(0);
}

struct fixture {
	struct client client;
	struct client_error err;
	pid_t peer;
	unsigned rows, notices;
	unsigned stop_after, interrupt_after; /* rows; 0: never */
};

static void count_notice(void *arg, const char *text)
{
	struct fixture *f = arg;

	f->notices += strcmp(text, "a notice") == 0;
}

static int count_row(void *arg, const char *json, size_t len)
{
	struct fixture *f = arg;

	f->rows++;
	if (f->rows == f->interrupt_after)
		raise(SIGINT);
	return f->rows == f->stop_after;
}

static void start(struct fixture *f)
{
	char path[GH_INSTANCE_PATH_MAX];
	struct gh_error err;
	int listener;

	*f = (struct fixture){.client = {.notice = count_notice, .notice_arg = f}};
	unlink(gh_instance_path(&instance, "run/control.sock", path));
	listener = gh_listen_unix(path, 0600);
	CU_ASSERT_FATAL(listener >= 0);
	f->peer = fork();
	if (f->peer == 0)
		serve(listener);
	close(listener);
	CU_ASSERT_EQUAL_FATAL(client_open(&f->client, &instance, "test", "here", &err), 0);
}

static void finish(struct fixture *f)
{
	client_close(&f->client);
	waitpid(f->peer, NULL, 0);
}

static int rpc(struct fixture *f, const char *body)
{
	return client_rpc(&f->client, body, strlen(body), count_row, f, &f->err);
}

static void test_greeting(void)
{
	struct fixture f;

	start(&f);
	CU_ASSERT_STRING_EQUAL(f.client.hostname, "h");
	CU_ASSERT_STRING_EQUAL(f.client.role, "admin");
	CU_ASSERT_EQUAL(f.client.session, 7);
	finish(&f);
}

static void test_answer_in_pieces(void)
{
	struct fixture f;

	start(&f);
	CU_ASSERT_EQUAL(rpc(&f, "{\"gatehouse:rows\":{}}"), 0);
	CU_ASSERT_EQUAL(f.rows, 2);
	CU_ASSERT_EQUAL(f.notices, 1);
	CU_ASSERT_EQUAL(rpc(&f, "{\"gatehouse:rows\":{}}"), 0);
	CU_ASSERT_EQUAL(f.rows, 4);
	finish(&f);
}

static void test_refusal(void)
{
	struct fixture f;

	start(&f);
	CU_ASSERT_EQUAL(rpc(&f, "{\"gatehouse:refused\":{}}"), -EREMOTEIO);
	CU_ASSERT_STRING_EQUAL(f.err.message, "no \"x\"");
	CU_ASSERT_STRING_EQUAL(f.err.path, "/gatehouse:config");
	CU_ASSERT_EQUAL(f.err.edit, 3);
	CU_ASSERT_EQUAL(rpc(&f, "{\"gatehouse:rows\":{}}"), 0);
	finish(&f);
}

static void test_interrupt_cancels(void)
{
	struct fixture f;

	start(&f);
	f.interrupt_after = 5;
	CU_ASSERT_EQUAL(rpc(&f, "{\"gatehouse:endless\":{}}"), -ECANCELED);
	CU_ASSERT(f.rows >= 5);
	CU_ASSERT_STRING_EQUAL(f.err.message, "interrupted");
	CU_ASSERT_FALSE(client_interrupted());
	/* the session goes on, and rows of the cancelled rpc do not leak into the next */
	f.rows = 0;
	CU_ASSERT_EQUAL(rpc(&f, "{\"gatehouse:rows\":{}}"), 0);
	CU_ASSERT_EQUAL(f.rows, 2);
	finish(&f);
}

static void test_reader_may_stop(void)
{
	struct fixture f;

	start(&f);
	f.stop_after = 3;
	CU_ASSERT_EQUAL(rpc(&f, "{\"gatehouse:endless\":{}}"), -ECANCELED);
	CU_ASSERT_EQUAL(f.rows, 3);
	finish(&f);
}

static void test_lost_daemon(void)
{
	struct fixture f;

	start(&f);
	CU_ASSERT_EQUAL(rpc(&f, "{\"gatehouse:gone\":{}}"), -ECONNRESET);
	CU_ASSERT_PTR_NOT_NULL(strstr(f.err.message, "is lost"));
	CU_ASSERT(client_poll(&f.client) < 0);
	finish(&f);
}

static const struct unit_test tests[] = {
    UNIT_TEST(test_greeting),
    UNIT_TEST(test_answer_in_pieces),
    UNIT_TEST(test_refusal),
    UNIT_TEST(test_interrupt_cancels),
    UNIT_TEST(test_reader_may_stop),
    UNIT_TEST(test_lost_daemon),
};

int main(void)
{
	char dir[GH_INSTANCE_PATH_MAX], path[GH_INSTANCE_PATH_MAX];
	struct gh_error err;
	int ret;

	if (mkdtemp(root) == NULL)
		return 1;
	setenv("GATEHOUSE_ROOT", root, 1);
	if (gh_instance_init(&instance, "t", &err) < 0)
		return 1;
	mkdir(instance.dir, 0700);
	mkdir(gh_instance_path(&instance, "run", dir), 0700);
	client_catch_interrupt();
	ret = unit_main("client", tests, sizeof(tests) / sizeof(tests[0]));
	unlink(gh_instance_path(&instance, "run/control.sock", path));
	rmdir(dir);
	rmdir(instance.dir);
	rmdir(root);
	return ret;
}
