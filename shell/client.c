/* SPDX-License-Identifier: BSD-3-Clause */
#include "shell/client.h"

#include <errno.h>
#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "common/session_proto.h"
#include "shell/json.h"

/* After Ctrl-C the daemon has this long to end the rpc. */
#define CANCEL_PATIENCE_S 5

static volatile sig_atomic_t interrupted;

static void on_interrupt(int sig)
{
	interrupted = 1;
}

void client_catch_interrupt(void)
{
	struct sigaction sa = {.sa_handler = on_interrupt};

	sigemptyset(&sa.sa_mask);
	sigaction(SIGINT, &sa, NULL); /* no SA_RESTART: waits shall end */
	signal(SIGPIPE, SIG_IGN);
}

int client_interrupted(void)
{
	int was = interrupted;

	interrupted = 0;
	return was;
}

static void copy_member(const char *json, size_t len, const char *name, char *buf, size_t size)
{
	char *value = json_member(json, len, name);

	snprintf(buf, size, "%s", value != NULL ? value : "");
	free(value);
}

static uint32_t member_number(const char *json, size_t len, const char *name)
{
	char *value = json_member(json, len, name);
	uint32_t number = value != NULL ? (uint32_t)strtoul(value, NULL, 10) : 0;

	free(value);
	return number;
}

/* Waits until the socket can be read. 1; 0 after an interrupt or time-out; negative errno. The
 * signal is let in only while waiting, so that none is lost in between. */
static int wait_readable(struct client *c, int timeout_s)
{
	struct pollfd pfd = {.fd = c->stream.fd, .events = POLLIN};
	struct timespec ts = {.tv_sec = timeout_s};
	sigset_t block, old;
	int n = 0;

	sigemptyset(&block);
	sigaddset(&block, SIGINT);
	sigprocmask(SIG_BLOCK, &block, &old);
	if (!interrupted)
		n = ppoll(&pfd, 1, timeout_s >= 0 ? &ts : NULL, &old);
	sigprocmask(SIG_SETMASK, &old, NULL);
	if (n < 0)
		return errno == EINTR ? 0 : -errno;
	return n > 0;
}

static int next_frame(
    struct client *c, int timeout_s, struct gh_frame_header *hdr, const void **body)
{
	for (;;) {
		int ret = gh_stream_next(&c->stream, hdr, body);

		if (ret != 0)
			return ret;
		ret = wait_readable(c, timeout_s);
		if (ret <= 0)
			return ret;
		ret = gh_stream_fill(&c->stream);
		if (ret < 0)
			return ret;
	}
}

static int send_frame(struct client *c, uint16_t type, uint32_t id, const void *body, size_t len)
{
	int ret = gh_stream_put(&c->stream, type, 0, id, body, len);

	while (ret == 0 && (ret = gh_stream_flush(&c->stream)) == 1)
		ret = 0; /* the socket is blocking; a full one waits in send() */
	return ret;
}

static void show_notice(struct client *c, const void *body, size_t len)
{
	char text[1024];

	snprintf(text, sizeof(text), "%.*s", (int)len, (const char *)body);
	if (c->notice != NULL)
		c->notice(c->notice_arg, text);
}

static void take_unasked(struct client *c, const struct gh_frame_header *hdr, const void *body)
{
	if (hdr->type == GH_SESSION_NOTICE)
		show_notice(c, body, hdr->len);
	else if (hdr->type == GH_SESSION_EVENT && c->event != NULL)
		c->event(c->event_arg, body, hdr->len);
}

static int lost(struct client_error *err, int code)
{
	*err = (struct client_error){.edit = -1};
	snprintf(err->message, sizeof(err->message),
	    "the connection to gatehoused is lost (%s): uncommitted changes are gone; look at "
	    "\"gatehouse status\" and start the shell again",
	    strerror(-code));
	return code;
}

static int read_error(struct client_error *err, const char *json, size_t len)
{
	char *edit = json_member(json, len, "edit");

	*err = (struct client_error){.edit = edit != NULL ? atoi(edit) : -1};
	free(edit);
	copy_member(json, len, "message", err->message, sizeof(err->message));
	copy_member(json, len, "path", err->path, sizeof(err->path));
	copy_member(json, len, "tag", err->tag, sizeof(err->tag));
	copy_member(json, len, "app-tag", err->app_tag, sizeof(err->app_tag));
	err->session = member_number(json, len, "session");
	if (err->message[0] == '\0')
		snprintf(err->message, sizeof(err->message), "refused without a reason");
	return -EREMOTEIO;
}

/* Greets and reads who we are; frames before the daemon's HELLO are notices. */
static int say_hello(
    struct client *c, const char *program, const char *origin, struct client_error *refused)
{
	struct gh_frame_header hdr;
	struct text hello = {0};
	const void *body;
	int ret;

	text_addf(
	    &hello, "{\"client\":\"%s\",\"version\":%d,\"origin\":", program, GH_SESSION_VERSION);
	text_add_json_string(&hello, origin);
	if (c->tty != NULL) {
		text_add(&hello, ",\"tty\":", 7);
		text_add_json_string(&hello, c->tty);
	}
	text_add(&hello, "}", 1);
	ret = send_frame(c, GH_SESSION_HELLO, 0, hello.data, hello.len);
	text_free(&hello);
	if (ret < 0)
		return ret;
	do {
		ret = next_frame(c, 10, &hdr, &body);
		if (ret <= 0)
			return ret < 0 ? ret : -ETIMEDOUT;
		if (hdr.type == GH_SESSION_NOTICE)
			show_notice(c, body, hdr.len);
		else if (hdr.type == GH_SESSION_ERROR)
			return read_error(refused, body, hdr.len);
		else if (hdr.type != GH_SESSION_HELLO)
			return -EPROTO;
	} while (hdr.type != GH_SESSION_HELLO);
	copy_member(body, hdr.len, "hostname", c->hostname, sizeof(c->hostname));
	copy_member(body, hdr.len, "user", c->user, sizeof(c->user));
	copy_member(body, hdr.len, "role", c->role, sizeof(c->role));
	copy_member(body, hdr.len, "instance", c->instance, sizeof(c->instance));
	copy_member(body, hdr.len, "version", c->version, sizeof(c->version));
	c->session = member_number(body, hdr.len, "session");
	return 0;
}

int client_open(struct client *c, const struct gh_instance *inst, const char *program,
    const char *origin, struct gh_error *err)
{
	char path[GH_INSTANCE_PATH_MAX];
	struct client_error refused;
	int fd, ret;

	gh_instance_path(inst, "run/control.sock", path);
	fd = gh_connect_unix(path);
	if (fd == -EACCES)
		return gh_error_set(err, fd, path,
		    "this account may not connect to instance \"%s\": it is for members of the "
		    "group gatehouse",
		    inst->name);
	if (fd < 0)
		return gh_error_set(err, fd, path,
		    "instance \"%s\" does not answer (%s): start it with \"gatehouse up %s\", or "
		    "name another with --instance",
		    inst->name, strerror(-fd), inst->name);
	gh_stream_init(&c->stream, fd);
	ret = say_hello(c, program, origin, &refused);
	if (ret < 0) {
		client_close(c);
		if (ret == -EREMOTEIO)
			return gh_error_set(err, -EACCES, NULL, "%s", refused.message);
		return gh_error_set(
		    err, ret, path, "gatehoused does not greet back: %s", strerror(-ret));
	}
	return 0;
}

void client_close(struct client *c)
{
	gh_stream_close(&c->stream);
}

/* Asks the daemon to end the rpc; the ERROR "cancelled" then comes as its end. */
static void cancel(struct client *c, uint32_t id, int *timeout_s)
{
	if (*timeout_s < 0)
		send_frame(c, GH_SESSION_CANCEL, id, NULL, 0);
	*timeout_s = CANCEL_PATIENCE_S;
}

static int end_of_rpc(int code, bool cancelled, struct client_error *err)
{
	if (!cancelled)
		return code;
	*err = (struct client_error){.edit = -1, .message = "interrupted"};
	return -ECANCELED;
}

int client_rpc(struct client *c, const char *rpc, size_t len, client_data_fn data, void *arg,
    struct client_error *err)
{
	uint32_t id = ++c->last_id;
	int ret = send_frame(c, GH_SESSION_RPC, id, rpc, len), timeout_s = -1;
	struct gh_frame_header hdr;
	const void *body;

	if (ret < 0)
		return lost(err, ret);
	for (;;) {
		ret = next_frame(c, timeout_s, &hdr, &body);
		if (ret < 0)
			return lost(err, ret);
		if (ret == 0 && !client_interrupted())
			return lost(err, -ETIMEDOUT);
		if (ret == 0)
			cancel(c, id, &timeout_s);
		else if (hdr.id != id)
			take_unasked(c, &hdr, body);
		else if (hdr.type == GH_SESSION_OK)
			return end_of_rpc(0, timeout_s >= 0, err);
		else if (hdr.type == GH_SESSION_ERROR)
			return end_of_rpc(read_error(err, body, hdr.len), timeout_s >= 0, err);
		else if (hdr.type == GH_SESSION_DATA && timeout_s < 0 && data != NULL &&
			 data(arg, body, hdr.len) != 0)
			cancel(c, id, &timeout_s);
	}
}

int client_poll(struct client *c)
{
	struct gh_frame_header hdr;
	const void *body;
	int ret;

	while ((ret = next_frame(c, 0, &hdr, &body)) > 0)
		take_unasked(c, &hdr, body);
	return ret;
}
