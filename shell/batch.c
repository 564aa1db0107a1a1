/* SPDX-License-Identifier: BSD-3-Clause */
#include "shell/batch.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "common/secret.h"

#define BATCH_EDITS 1000

/* Remembers the line, so that an edit's refusal can be shown with it. */
void batch_add_line(struct session *s, const char *line, unsigned first_edit)
{
	if (s->batch.count == first_edit)
		return;
	s->batch_texts = reallocarray(s->batch_texts, s->batch_lines + 1, sizeof(*s->batch_texts));
	if (s->batch_texts == NULL)
		abort();
	s->batch_texts[s->batch_lines].text = strdup(line);
	s->batch_texts[s->batch_lines].number = s->source.line;
	for (unsigned i = first_edit; i < s->batch.count; i++)
		s->batch.list[i].line = s->batch_lines;
	s->batch_lines++;
}

bool batch_is_full(const struct session *s)
{
	return s->batch.count >= BATCH_EDITS;
}

void batch_clear(struct session *s)
{
	for (unsigned i = 0; i < s->batch_lines; i++)
		gh_wipe_free(s->batch_texts[i].text, strlen(s->batch_texts[i].text));
	free(s->batch_texts);
	s->batch_texts = NULL;
	s->batch_lines = 0;
	edits_clear(&s->batch);
}

static void add_edit(struct text *body, const struct edit *edit, bool first)
{
	text_addf(body, "%s{\"operation\":\"%s\",\"path\":", first ? "" : ",",
	    edit->op == EDIT_DELETE ? "delete" : "set");
	text_add_json_string(body, edit->path);
	if (edit->value != NULL) {
		text_addf(body, ",\"value\":");
		text_add_json_string(body, edit->value);
	}
	text_addf(body, "}");
}

static int take_uncommitted(void *arg, const char *json, size_t len)
{
	struct session *s = arg;
	struct lyd_node *reply = session_parse_reply(s, json, len), *leaf;

	if (reply == NULL)
		return 0;
	if (lyd_find_path(reply, "uncommitted", 1, &leaf) == LY_SUCCESS)
		s->uncommitted = strcmp(lyd_get_value(leaf), "true") == 0;
	lyd_free_all(reply);
	return 0;
}

/* Sends edits from … to-1 as one rpc. */
static int send_edits(struct session *s, unsigned from, unsigned to, struct client_error *err)
{
	struct text body = {0};
	int ret;

	if (from == to)
		return 0;
	text_addf(&body, "{\"gatehouse:edit\":{\"edit\":[");
	for (unsigned i = from; i < to; i++)
		add_edit(&body, &s->batch.list[i], i == from);
	text_addf(&body, "]}}");
	s->uncommitted = true; /* unless the answer knows better */
	ret = client_rpc(&s->client, body.data, body.len, take_uncommitted, s, err);
	text_free(&body);
	return ret;
}

static void refuse_line(struct session *s, unsigned edit, struct client_error *err)
{
	const struct edit *e = &s->batch.list[edit];
	unsigned number = s->source.line;

	s->source.line = s->batch_texts[e->line].number;
	if (s->interactive && s->batch_lines > 1)
		fprintf(stderr, "  %s\n", s->batch_texts[e->line].text);
	session_refused(s, err);
	s->source.line = number;
}

static unsigned first_of_line(const struct session *s, unsigned edit)
{
	while (edit > 0 && s->batch.list[edit - 1].line == s->batch.list[edit].line)
		edit--;
	return edit;
}

static unsigned end_of_line(const struct session *s, unsigned edit)
{
	unsigned line = s->batch.list[edit].line;

	while (edit < s->batch.count && s->batch.list[edit].line == line)
		edit++;
	return edit;
}

static int lost(struct session *s, struct client_error *err, int ret)
{
	session_refused(s, err);
	s->quit = s->quit || ret != -EREMOTEIO;
	batch_clear(s);
	return ret;
}

int session_flush(struct session *s)
{
	struct client_error err;
	unsigned from = 0;
	int result = 0;

	while (from < s->batch.count) {
		int ret = send_edits(s, from, s->batch.count, &err);
		unsigned bad, start;

		if (ret == 0)
			break;
		if (ret != -EREMOTEIO || err.edit < 0 ||
		    from + (unsigned)err.edit >= s->batch.count)
			return lost(s, &err, ret);
		result = ret;
		bad = from + (unsigned)err.edit;
		start = first_of_line(s, bad);
		if (start > from) {
			struct client_error again;

			ret = send_edits(s, from, start, &again);
			if (ret < 0)
				return lost(s, &again, ret);
		}
		refuse_line(s, bad, &err);
		from = end_of_line(s, bad);
		if (!s->interactive && !s->keep_going)
			break;
	}
	batch_clear(s);
	return result;
}
