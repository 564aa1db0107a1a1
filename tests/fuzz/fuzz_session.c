/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * libFuzzer target for what a client sends: each line of the input is the body of one rpc, all in
 * one session with a fresh candidate. Built by `make fuzz` (clang only):
 *   ./fuzz_session -max_len=4096 corpus
 */
#include <ev.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include "common/frame.h"
#include "common/log.h"
#include "common/session_proto.h"
#include "ctrlplane/config/server.h"
#include "ctrlplane/config/system.h"
#include "db/model.h"
#include "db/tree.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static struct gh_datastore ds;
static struct gh_instance instance;
static struct gh_server *server;
static struct ev_loop *loop;

static void start(void)
{
	struct ly_ctx *model = gh_model_new(NULL);
	struct gh_store *store = gh_store_open(":memory:", 5, NULL);

	if (model == NULL || store == NULL || gh_datastore_open(&ds, model, store, NULL) < 0)
		abort();
	for (int i = 0; i < GH_LOG_COUNT; i++)
		gh_log_set_level(i, LOG_EMERG);
	gh_instance_init(&instance, "fuzz", NULL);
	gh_system_register();
	gh_session_rpcs_register();
	loop = ev_default_loop(0);
	server = gh_server_start(loop, NULL, &instance, &ds, NULL);
	if (server == NULL)
		abort();
}

/* Lets the server work and throws its answers away. */
static void turn(struct gh_stream *s)
{
	struct gh_frame_header hdr;
	const void *body;

	for (int i = 0; i < 4; i++)
		ev_run(loop, EVRUN_NOWAIT);
	while (gh_stream_fill(s) > 0) {
		while (gh_stream_next(s, &hdr, &body) > 0)
			;
	}
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	const uint8_t *end = data + size, *line = data;
	struct gh_stream s;
	uint32_t id = 0;
	int ends[2];

	if (server == NULL)
		start();
	if (socketpair(AF_UNIX, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0, ends) < 0)
		return 0;
	gh_server_adopt(server, ends[1]);
	gh_stream_init(&s, ends[0]);
	gh_stream_put(&s, GH_SESSION_HELLO, 0, ++id, data, size); /* any text will do */
	while (line < end) {
		const uint8_t *stop = memchr(line, '\n', (size_t)(end - line));

		if (stop == NULL)
			stop = end;
		gh_stream_put(&s, GH_SESSION_RPC, 0, ++id, line, (size_t)(stop - line));
		gh_stream_flush(&s);
		turn(&s);
		line = stop + 1;
	}
	gh_stream_close(&s);
	for (int i = 0; i < 4; i++)
		ev_run(loop, EVRUN_NOWAIT);
	return 0;
}
