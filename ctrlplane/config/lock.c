/* SPDX-License-Identifier: BSD-3-Clause */
#include "ctrlplane/config/lock.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "common/clock.h"
#include "common/log.h"
#include "ctrlplane/config/confirm.h"
#include "ctrlplane/config/rpc_util.h"
#include "ctrlplane/config/session_impl.h"

const char *gh_lock_name(enum gh_lock_target target)
{
	return target == GH_LOCK_RUNNING ? "running" : "candidate";
}

static struct gh_lock *lock_of(const struct gh_session *s, enum gh_lock_target target)
{
	return &s->server->locks[target];
}

bool gh_lock_holds(const struct gh_session *s, enum gh_lock_target target)
{
	return lock_of(s, target)->session == s->id;
}

static struct gh_session *find_session(const struct gh_server *server, uint32_t id)
{
	struct gh_session *s;

	TAILQ_FOREACH (s, &server->sessions, next) {
		if (s->id == id)
			return s;
	}
	return NULL;
}

static int locked_error(
    const struct gh_session *asking, enum gh_lock_target target, int code, struct gh_error *err)
{
	uint32_t id = lock_of(asking, target)->session;
	const struct gh_session *s = find_session(asking->server, id);

	return gh_error_set(err, code, NULL,
	    "the %s configuration is locked by session %u (%s, %s, %s): wait until it is unlocked, "
	    "or end that session",
	    gh_lock_name(target), id, s != NULL ? s->who.user : "?", s != NULL ? s->client : "?",
	    s != NULL ? s->origin : "?");
}

static int check(const struct gh_session *s, enum gh_lock_target target, struct gh_error *err)
{
	const struct gh_lock *lock = lock_of(s, target);

	if (lock->session == 0 || lock->session == s->id)
		return 0;
	return locked_error(s, target, -EBUSY, err);
}

int gh_lock_check_edit(const struct gh_reply *reply, struct gh_error *err)
{
	return check(reply->session, GH_LOCK_CANDIDATE, err);
}

int gh_lock_check_commit(const struct gh_reply *reply, struct gh_error *err)
{
	int rc = check(reply->session, GH_LOCK_RUNNING, err);

	return rc < 0 ? rc : check(reply->session, GH_LOCK_CANDIDATE, err);
}

void gh_lock_session_gone(struct gh_session *s)
{
	for (int t = 0; t < GH_LOCK_COUNT; t++) {
		if (gh_lock_holds(s, t))
			*lock_of(s, t) = (struct gh_lock){0};
	}
}

static enum gh_lock_target read_target(const struct lyd_node *input)
{
	const char *target = gh_input(input, "target");

	return target != NULL && strcmp(target, "running") == 0 ? GH_LOCK_RUNNING
								: GH_LOCK_CANDIDATE;
}

static int refuse_lock(struct gh_reply *reply, uint32_t holder, struct gh_error *err)
{
	reply->holder = holder;
	return err->code;
}

static int handle_lock(
    void *ctx, const struct lyd_node *input, struct gh_reply *reply, struct gh_error *err)
{
	enum gh_lock_target target = read_target(input);
	struct gh_session *s = reply->session;
	struct gh_lock *lock = lock_of(s, target);
	uint32_t other = gh_confirm_owner(s->server);

	if (lock->session != 0) {
		locked_error(s, target, -ENOLCK, err);
		return refuse_lock(reply, lock->session, err);
	}
	if (target == GH_LOCK_CANDIDATE && gh_candidate_has_edits(&s->candidate)) {
		gh_error_set(err, -ENOLCK, NULL,
		    "this session's candidate has edits already: commit or discard them first");
		return refuse_lock(reply, s->id, err);
	}
	if (target == GH_LOCK_RUNNING && other != 0 && other != s->id) {
		gh_error_set(err, -ENOLCK, NULL,
		    "a commit of session %u still has to be confirmed: wait for it", other);
		return refuse_lock(reply, other, err);
	}
	*lock = (struct gh_lock){.session = s->id, .since_ms = gh_wallclock_ms()};
	return 0;
}

static int handle_unlock(
    void *ctx, const struct lyd_node *input, struct gh_reply *reply, struct gh_error *err)
{
	enum gh_lock_target target = read_target(input);

	if (!gh_lock_holds(reply->session, target))
		return gh_error_set(err, -EPROTO, NULL,
		    "this session does not hold the lock on the %s configuration",
		    gh_lock_name(target));
	*lock_of(reply->session, target) = (struct gh_lock){0};
	return 0;
}

static int handle_kill(
    void *ctx, const struct lyd_node *input, struct gh_reply *reply, struct gh_error *err)
{
	uint32_t id = (uint32_t)gh_input_number(input, "session", 0);
	struct gh_session *s = reply->session, *target = find_session(s->server, id);
	char text[200];
	int n;

	if (target == s)
		return gh_error_set(
		    err, -EINVAL, NULL, "session %u is this one: leave it by its own means", id);
	if (target == NULL)
		return gh_error_set(
		    err, -EINVAL, NULL, "there is no session %u: see show sessions", id);
	gh_log(GH_LOG_CONFIG, LOG_NOTICE, "session %u of %s is ended by session %u of %s", id,
	    target->who.user, s->id, s->who.user);
	n = snprintf(text, sizeof(text), "This session was ended by %s.", s->who.user);
	gh_session_send(target, GH_SESSION_NOTICE, 0, text, (size_t)n);
	gh_session_end(target);
	return 0;
}

static struct gh_rpc rpcs[] = {
    {.name = "lock", .handle = handle_lock},
    {.name = "unlock", .handle = handle_unlock},
    {.name = "kill-session", .handle = handle_kill},
};

void gh_lock_rpcs_register(void)
{
	for (size_t i = 0; i < sizeof(rpcs) / sizeof(rpcs[0]); i++)
		gh_rpc_register(&rpcs[i]);
}
