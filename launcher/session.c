/* SPDX-License-Identifier: BSD-3-Clause */
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/time.h>

#include "common/frame.h"
#include "common/session_proto.h"
#include "launcher/launcher.h"

#define ANSWER_TIMEOUT_S 3

/* The next frame, waited for; false: none came. */
static bool receive(struct gh_stream *s, struct gh_frame_header *hdr, const void **body)
{
	int rc;

	while ((rc = gh_stream_next(s, hdr, body)) == 0) {
		if (gh_stream_fill(s) <= 0)
			return false;
	}
	return rc > 0;
}

static bool say(struct gh_stream *s, uint16_t type, const char *json)
{
	return gh_stream_put(s, type, 0, 1, json, strlen(json)) == 0 && gh_stream_flush(s) == 0;
}

/* Looks for text in a body, whatever white space the JSON has. */
static bool body_has(const struct gh_frame_header *hdr, const void *body, const char *text)
{
	char *packed = malloc(hdr->len + 1);
	size_t len = 0;
	bool found;

	if (packed == NULL)
		return false;
	for (uint32_t i = 0; i < hdr->len; i++) {
		char c = ((const char *)body)[i];

		if (strchr(" \t\r\n", c) == NULL)
			packed[len++] = c;
	}
	packed[len] = '\0';
	found = strstr(packed, text) != NULL;
	free(packed);
	return found;
}

static bool fast_path_runs(struct gh_stream *s)
{
	struct gh_frame_header hdr;
	const void *body;
	bool runs = false;

	if (!say(s, GH_SESSION_RPC, "{\"gatehouse:show-fast-path\":{}}"))
		return false;
	while (receive(s, &hdr, &body)) {
		if (hdr.type == GH_SESSION_DATA && body_has(&hdr, body, "\"status\":\"running\""))
			runs = true;
		if (hdr.type == GH_SESSION_OK || hdr.type == GH_SESSION_ERROR)
			return runs && hdr.type == GH_SESSION_OK;
	}
	return false;
}

enum answer instance_answers(const struct gh_instance *inst)
{
	struct timeval limit = {.tv_sec = ANSWER_TIMEOUT_S};
	enum answer answer = ANSWER_NONE;
	char path[GH_INSTANCE_PATH_MAX];
	struct gh_frame_header hdr;
	struct gh_stream s;
	const void *body;
	int fd = gh_connect_unix(gh_instance_path(inst, "run/control.sock", path));

	if (fd < 0)
		return ANSWER_NONE;
	setsockopt(fd, SOL_SOCKET, SO_RCVTIMEO, &limit, sizeof(limit));
	setsockopt(fd, SOL_SOCKET, SO_SNDTIMEO, &limit, sizeof(limit));
	gh_stream_init(&s, fd);
	if (say(&s, GH_SESSION_HELLO, "{\"client\":\"gatehouse\",\"origin\":\"local\"}") &&
	    receive(&s, &hdr, &body) && hdr.type == GH_SESSION_HELLO)
		answer = fast_path_runs(&s) ? ANSWER_BOTH : ANSWER_GATEHOUSED;
	gh_stream_close(&s);
	return answer;
}
