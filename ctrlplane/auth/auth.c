/* SPDX-License-Identifier: BSD-3-Clause */
#include "ctrlplane/auth/auth.h"

#include <crypt.h>
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "common/log.h"
#include "ctrlplane/auth/accounts.h"
#include "ctrlplane/auth/key.h"
#include "ctrlplane/config/server.h"
#include "db/tree.h"

#define AUTH GH_CONFIG_PATH "/system/auth"
#define CLI "gatehouse-cli"

/* Accounts of Debian's base-passwd and of what we install; root is always admin. */
static const char *const reserved[] = {"root", "daemon", "bin", "sys", "sync", "games", "man", "lp",
    "mail", "news", "uucp", "proxy", "www-data", "backup", "list", "irc", "gnats", "nobody", "_apt",
    "messagebus", "sshd", "systemd-network", "systemd-resolve", "systemd-timesync", "gatehouse",
    "gatehoused"};

static struct {
	const struct gh_instance *instance;
	char shell[512], mark[128];
} auth;

struct users {
	struct gh_account *list;
	size_t count;
};

static const struct lyd_node *auth_node(const struct lyd_node *tree)
{
	struct lyd_node *node = NULL;

	return tree != NULL && lyd_find_path(tree, AUTH, 0, &node) == LY_SUCCESS ? node : NULL;
}

static const char *leaf(const struct lyd_node *node, const char *name)
{
	const struct lyd_node *child;

	LY_LIST_FOR (lyd_child(node), child) {
		if (strcmp(child->schema->name, name) == 0)
			return lyd_get_value(child);
	}
	return NULL;
}

static bool is_managed(const struct lyd_node *tree)
{
	const struct lyd_node *node = auth_node(tree);
	const char *managed = node != NULL ? leaf(node, "manage-accounts") : NULL;

	return managed != NULL && strcmp(managed, "true") == 0;
}

static bool is_user(const struct lyd_node *node)
{
	return node->schema->nodetype == LYS_LIST && strcmp(node->schema->name, "user") == 0;
}

static bool is_key(const struct lyd_node *node)
{
	return strcmp(node->schema->name, "authorized-key") == 0;
}

static char *keys_of(const struct lyd_node *user)
{
	const struct lyd_node *child;
	char *text = NULL;
	size_t len = 0;
	FILE *f = open_memstream(&text, &len);

	if (f == NULL)
		return NULL;
	LY_LIST_FOR (lyd_child(user), child) {
		if (is_key(child))
			fprintf(f, "%s\n", lyd_get_value(child));
	}
	fclose(f);
	return text;
}

static void free_users(struct users *u)
{
	for (size_t i = 0; i < u->count; i++)
		free(u->list[i].keys);
	free(u->list);
	*u = (struct users){0};
}

/* The users that have an account: none when accounts are not managed. Values stay the tree's. */
static int read_users(const struct lyd_node *tree, struct users *u, struct gh_error *err)
{
	const struct lyd_node *node = is_managed(tree) ? auth_node(tree) : NULL, *child;

	*u = (struct users){0};
	LY_LIST_FOR (node != NULL ? lyd_child(node) : NULL, child) {
		struct gh_account *list;

		if (!is_user(child))
			continue;
		list = realloc(u->list, (u->count + 1) * sizeof(*list));
		if (list == NULL) {
			free_users(u);
			return gh_error_set(err, -ENOMEM, NULL, "there is not enough memory");
		}
		u->list = list;
		list[u->count++] = (struct gh_account){.name = leaf(child, "name"),
		    .role = leaf(child, "role"),
		    .hash = leaf(child, "password"),
		    .keys = keys_of(child)};
	}
	return 0;
}

static struct gh_accounts_place place(void)
{
	return (struct gh_accounts_place){.prefix = "", .shell = auth.shell, .mark = auth.mark};
}

static int name_error(const struct lyd_node *node, const char *message, struct gh_error *err)
{
	char *path = lyd_path(node, LYD_PATH_STD, NULL, 0);

	gh_error_set(err, -EINVAL, path, "%s", message);
	free(path);
	return -EINVAL;
}

static int check_user_name(const struct lyd_node *user, struct gh_error *err)
{
	const char *name = leaf(user, "name");

	for (size_t i = 0; i < sizeof(reserved) / sizeof(reserved[0]); i++) {
		if (strcmp(name, reserved[i]) == 0)
			return name_error(user,
			    "the name is reserved for the machine itself: choose another", err);
	}
	return 0;
}

/* The path of a leaf-list entry is its value: a whole key is no help, its user and start are. */
static int check_user_key(
    const struct lyd_node *user, const struct lyd_node *key, struct gh_error *err)
{
	struct gh_error why = {0};

	if (gh_key_check(lyd_get_value(key), &why) == 0)
		return 0;
	return name_error(user, why.message, err);
}

static int check_password(
    const struct lyd_node *user, const struct lyd_node *password, struct gh_error *err)
{
	const char *value = lyd_get_value(password);

	if (value[0] == '$' && strpbrk(value, ": \n") == NULL &&
	    crypt_checksalt(value) == CRYPT_SALT_OK)
		return 0;
	return name_error(user,
	    "the password starts like a hash but is none of crypt(5) that is safe today: give it "
	    "in clear, or as $y$…, $6$… or $5$…",
	    err);
}

static int check_user(const struct lyd_node *user, struct gh_error *err)
{
	const struct lyd_node *child;
	int rc = check_user_name(user, err);

	LY_LIST_FOR (lyd_child(user), child) {
		if (rc == 0 && is_key(child))
			rc = check_user_key(user, child, err);
		else if (rc == 0 && strcmp(child->schema->name, "password") == 0)
			rc = check_password(user, child, err);
	}
	return rc;
}

static bool touches(const struct gh_change *chg)
{
	return auth_node(chg->diff) != NULL;
}

static int verify(void *ctx, const struct gh_change *chg, struct gh_error *err)
{
	const struct lyd_node *node = auth_node(chg->after), *child;
	struct gh_accounts_place where = place();
	struct users users;
	int rc = 0;

	if (!touches(chg))
		return 0;
	LY_LIST_FOR (node != NULL ? lyd_child(node) : NULL, child) {
		if (rc == 0 && is_user(child))
			rc = check_user(child, err);
	}
	if (rc < 0 || (rc = read_users(chg->after, &users, err)) < 0)
		return rc;
	if (users.count > 0 && geteuid() != 0)
		rc = gh_error_set(err, -EPERM, AUTH "/manage-accounts",
		    "the daemon does not run as root and can make no accounts");
	if (rc == 0 && users.count > 0)
		rc = gh_accounts_check(&where, users.list, users.count, err);
	if (rc < 0 && err->path[0] == '\0')
		snprintf(err->path, sizeof(err->path), "%s", AUTH);
	free_users(&users);
	return rc;
}

static int state(const struct lyd_node *tree, struct gh_error *err)
{
	struct gh_accounts_place where = place();
	struct users users;
	char path[GH_INSTANCE_PATH_MAX];
	int rc = read_users(tree, &users, err);

	if (rc < 0)
		return rc;
	rc = gh_accounts_apply(&where, users.list, users.count, err);
	free_users(&users);
	gh_instance_path(auth.instance, "run/control.sock", path);
	if (rc == 0 && access(path, F_OK) == 0) /* the group may be new */
		gh_server_admit_group(path);
	return rc;
}

static int apply(void *ctx, const struct gh_change *chg, struct gh_error *err)
{
	struct gh_error ignored;
	int rc;

	if (!touches(chg) || (!is_managed(chg->before) && !is_managed(chg->after)))
		return 0;
	rc = state(chg->after, err);
	if (rc < 0)
		state(chg->before, &ignored);
	return rc;
}

/* The CLI that was built or installed with this very daemon. */
static void find_shell(void)
{
	char self[400];
	ssize_t n = readlink("/proc/self/exe", self, sizeof(self) - 1);
	char *slash;

	self[n > 0 ? n : 0] = '\0';
	slash = strrchr(self, '/');
	if (slash != NULL)
		*slash = '\0';
	if (slash == NULL || strcmp(self, GH_SBINDIR) == 0)
		snprintf(auth.shell, sizeof(auth.shell), "%s/" CLI, GH_BINDIR);
	else
		snprintf(auth.shell, sizeof(auth.shell), "%s/" CLI, self);
}

static struct gh_engine engine = {.name = "auth", .verify = verify, .apply = apply};

int gh_auth_start(struct gh_daemon *daemon, struct gh_error *err)
{
	auth.instance = daemon->instance;
	find_shell();
	snprintf(auth.mark, sizeof(auth.mark), "Gatehouse %s", daemon->instance->dir);
	for (char *c = auth.mark; *c != '\0'; c++) { /* what separates fields */
		if (*c == ':' || *c == ',')
			*c = '_';
	}
	gh_engine_register(&engine);
	return 0;
}

void gh_auth_stop(void)
{
}
