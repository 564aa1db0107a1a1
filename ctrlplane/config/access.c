/* SPDX-License-Identifier: BSD-3-Clause */
#include "ctrlplane/config/access.h"

#include <pwd.h>
#include <stdio.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include "db/model.h"

static enum gh_role role_of(uid_t uid)
{
	return uid == 0 || uid == geteuid() ? GH_ROLE_ADMIN : GH_ROLE_NONE;
}

struct gh_identity gh_access_identify(int fd)
{
	struct gh_identity who = {.uid = (uid_t)-1};
	struct passwd pw, *found = NULL;
	struct ucred cred;
	socklen_t len = sizeof(cred);
	char buf[1024];

	if (getsockopt(fd, SOL_SOCKET, SO_PEERCRED, &cred, &len) < 0)
		return who;
	who.uid = cred.uid;
	who.role = role_of(cred.uid);
	if (getpwuid_r(cred.uid, &pw, buf, sizeof(buf), &found) == 0 && found != NULL)
		snprintf(who.user, sizeof(who.user), "%s", pw.pw_name);
	else
		snprintf(who.user, sizeof(who.user), "%u", (unsigned)cred.uid);
	return who;
}

const char *gh_role_name(enum gh_role role)
{
	static const char *const names[] = {
	    [GH_ROLE_NONE] = "none", [GH_ROLE_VIEWER] = "viewer", [GH_ROLE_ADMIN] = "admin"};

	return names[role];
}

bool gh_access_may_call(enum gh_role role, const struct lysc_node *rpc)
{
	const char *least = gh_model_ext(rpc, "role");

	if (least != NULL && strcmp(least, "viewer") == 0)
		return role >= GH_ROLE_VIEWER;
	return role >= GH_ROLE_ADMIN;
}

bool gh_access_may_see_secrets(enum gh_role role)
{
	return role >= GH_ROLE_ADMIN;
}
