/* SPDX-License-Identifier: BSD-3-Clause */
#include "ctrlplane/config/access.h"

#include <pwd.h>
#include <stdio.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include "db/model.h"
#include "db/tree.h"

/* What a configured user may be called: also what may stand in a path. */
#define NAME_CHARS "abcdefghijklmnopqrstuvwxyz0123456789_-"

static const char *const names[] = {[GH_ROLE_NONE] = "none",
    [GH_ROLE_VIEWER] = "viewer",
    [GH_ROLE_OPERATOR] = "operator",
    [GH_ROLE_ADMIN] = "admin"};

static enum gh_role role_by_name(const char *name)
{
	for (int r = GH_ROLE_VIEWER; name != NULL && r <= GH_ROLE_ADMIN; r++) {
		if (strcmp(name, names[r]) == 0)
			return r;
	}
	return GH_ROLE_NONE;
}

static enum gh_role configured_role(const char *user, const struct lyd_node *running)
{
	struct lyd_node *node = NULL;
	char path[128];

	if (running == NULL || user[0] == '\0' || strspn(user, NAME_CHARS) != strlen(user))
		return GH_ROLE_NONE;
	snprintf(path, sizeof(path), GH_CONFIG_PATH "/system/auth/user[name='%s']/role", user);
	if (lyd_find_path(running, path, 0, &node) != LY_SUCCESS)
		return GH_ROLE_NONE;
	return role_by_name(lyd_get_value(node));
}

enum gh_role gh_access_role(const struct gh_identity *who, const struct lyd_node *running)
{
	if (who->uid == (uid_t)-1)
		return GH_ROLE_NONE;
	if (who->uid == 0 || who->uid == geteuid())
		return GH_ROLE_ADMIN;
	return configured_role(who->user, running);
}

struct gh_identity gh_access_identify(int fd, const struct lyd_node *running)
{
	struct gh_identity who = {.uid = (uid_t)-1};
	struct passwd pw, *found = NULL;
	struct ucred cred;
	socklen_t len = sizeof(cred);
	char buf[4096];

	if (getsockopt(fd, SOL_SOCKET, SO_PEERCRED, &cred, &len) < 0)
		return who;
	who.uid = cred.uid;
	who.pid = cred.pid;
	if (getpwuid_r(cred.uid, &pw, buf, sizeof(buf), &found) == 0 && found != NULL &&
	    strlen(pw.pw_name) < sizeof(who.user))
		strcpy(who.user, pw.pw_name);
	else /* a number, or a name too long to be a user's: cut, it might be another's */
		snprintf(who.user, sizeof(who.user), "#%u", (unsigned)cred.uid);
	who.role = gh_access_role(&who, running);
	return who;
}

const char *gh_role_name(enum gh_role role)
{
	return names[role];
}

enum gh_role gh_access_least(const struct lysc_node *rpc)
{
	enum gh_role least = role_by_name(gh_model_ext(rpc, "role"));

	return least != GH_ROLE_NONE ? least : GH_ROLE_ADMIN;
}

bool gh_access_may_call(enum gh_role role, const struct lysc_node *rpc)
{
	return role >= gh_access_least(rpc);
}

bool gh_access_may_see_secrets(enum gh_role role)
{
	return role >= GH_ROLE_ADMIN;
}
