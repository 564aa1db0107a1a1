/* SPDX-License-Identifier: BSD-3-Clause */
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "common/secret.h"
#include "ctrlplane/config/json.h"
#include "ctrlplane/config/session_impl.h"
#include "db/model.h"

struct gh_reply *gh_reply_new(struct gh_session *s, uint32_t id, const struct lysc_node *rpc)
{
	struct gh_reply *reply = calloc(1, sizeof(*reply));

	if (reply != NULL)
		*reply = (struct gh_reply){.session = s, .id = id, .rpc = rpc};
	return reply;
}

struct lyd_node *gh_reply_piece(struct gh_reply *reply)
{
	struct lyd_node *node = NULL;

	lyd_new_inner(NULL, reply->rpc->module, reply->rpc->name, 0, &node);
	return node;
}

int gh_reply_send_json(struct gh_reply *reply, const char *json, size_t len)
{
	if (reply->cancelled || reply->session == NULL)
		return -ECANCELED;
	return gh_session_send(reply->session, GH_SESSION_DATA, reply->id, json, len);
}

int gh_reply_send(struct gh_reply *reply, struct lyd_node *piece)
{
	char *text = NULL;
	size_t len;
	int rc;

	if (piece == NULL)
		return -ENOMEM;
	lyd_print_mem(&text, piece, LYD_JSON, LYD_PRINT_SHRINK | LYD_PRINT_WD_ALL);
	lyd_free_all(piece);
	if (text == NULL)
		return -ENOMEM;
	len = strlen(text);
	rc = gh_reply_send_json(reply, text, len);
	gh_wipe_free(text, len);
	return rc;
}

void gh_reply_keep(struct gh_reply *reply, void (*writable)(struct gh_reply *reply, void *ctx),
    void (*cancelled)(struct gh_reply *reply, void *ctx), void *ctx)
{
	reply->kept = true;
	reply->on_writable = writable;
	reply->on_cancelled = cancelled;
	reply->ctx = ctx;
}

/* Frees it now, or when the handler that is on the stack has returned. */
static void release(struct gh_reply *reply)
{
	struct gh_session *s = reply->session;

	reply->ended = true;
	if (reply->handling)
		return;
	free(reply);
	if (s != NULL)
		gh_session_next(s);
}

void gh_reply_finish(struct gh_reply *reply)
{
	reply->handling = false;
	if (reply->ended)
		release(reply);
	else if (!reply->kept)
		gh_reply_done(reply);
}

/* The error-tag of RFC 6241 appendix A; RFC 7950 section 15 for what validation found. */
static const char *error_tag(const struct gh_error *err)
{
	static const struct {
		int code;
		const char *tag;
	} tags[] = {{-EACCES, "access-denied"}, {-EPERM, "access-denied"},
	    {-ENOENT, "data-missing"}, {-EEXIST, "data-exists"}, {-EBUSY, "in-use"},
	    {-ENOLCK, "lock-denied"}, {-ENOMEM, "resource-denied"}, {-ENOSPC, "resource-denied"},
	    {-ENOSYS, "operation-not-supported"}, {-EOPNOTSUPP, "operation-not-supported"},
	    {-EMSGSIZE, "too-big"}, {-EINVAL, "invalid-value"}};

	if (err->app_tag != NULL && (strcmp(err->app_tag, "instance-required") == 0 ||
					strcmp(err->app_tag, "missing-choice") == 0))
		return "data-missing";
	for (size_t i = 0; err->app_tag == NULL && i < sizeof(tags) / sizeof(tags[0]); i++) {
		if (err->code == tags[i].code)
			return tags[i].tag;
	}
	return "operation-failed";
}

/* `reply` tells which edit failed and whose lock is in the way; it may be NULL. */
static void refuse(
    struct gh_session *s, uint32_t id, const struct gh_error *err, const struct gh_reply *reply)
{
	struct gh_text t = {0};

	gh_text_add(&t, "{");
	gh_text_add_member(&t, "message", err->message);
	gh_text_add_member(&t, "path", err->path);
	gh_text_add_member(&t, "tag", error_tag(err));
	if (err->app_tag != NULL)
		gh_text_add_member(&t, "app-tag", err->app_tag);
	if (reply != NULL && reply->holder > 0)
		gh_text_add(&t, ",\"session\":%u", reply->holder);
	if (reply != NULL && reply->edit > 0)
		gh_text_add(&t, ",\"edit\":%zu", reply->edit - 1);
	gh_text_add(&t, "}");
	if (!t.failed)
		gh_session_send(s, GH_SESSION_ERROR, id, t.text, t.len);
	free(t.text);
}

void gh_reply_done(struct gh_reply *reply)
{
	static const struct gh_error cancelled = {.code = -ECANCELED, .message = "cancelled"};

	if (reply->session != NULL && reply->cancelled)
		gh_reply_refuse(reply->session, reply->id, &cancelled);
	else if (reply->session != NULL)
		gh_session_send(reply->session, GH_SESSION_OK, reply->id, NULL, 0);
	release(reply);
}

void gh_reply_fail(struct gh_reply *reply, const struct gh_error *err)
{
	if (reply->session != NULL)
		refuse(reply->session, reply->id, err, reply);
	release(reply);
}

void gh_reply_refuse(struct gh_session *s, uint32_t id, const struct gh_error *err)
{
	refuse(s, id, err, NULL);
}

void gh_reply_cancel(struct gh_reply *reply, bool session_gone)
{
	if (session_gone)
		reply->session = NULL;
	if (reply->cancelled)
		return;
	reply->cancelled = true;
	if (reply->kept && !reply->handling && reply->on_cancelled != NULL)
		reply->on_cancelled(reply, reply->ctx);
}

bool gh_reply_cancelled(const struct gh_reply *reply)
{
	return reply->cancelled || reply->session == NULL;
}

const char *gh_reply_user(const struct gh_reply *reply)
{
	return reply->session != NULL ? reply->session->who.user : "";
}

bool gh_reply_may_see_secrets(const struct gh_reply *reply)
{
	return reply->session != NULL && gh_access_may_see_secrets(reply->session->who.role);
}
