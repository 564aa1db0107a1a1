/* SPDX-License-Identifier: BSD-3-Clause */
#include "ctrlplane/auth/accounts.h"

#include <errno.h>
#include <fcntl.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "common/clock.h"
#include "common/secret.h"
#include "ctrlplane/auth/files.h"
#include "ctrlplane/auth/home.h"
#include "ctrlplane/auth/table.h"

#define UID_FIRST 2000 /* above those that people give by hand */
#define UID_LAST 59999
#define GID_FIRST 999 /* and down: groups of the system */
#define GID_LAST 100
#define MEMBERS 3 /* the field of group and gshadow */
#define LINE_MAX_LEN 4096

enum file { PASSWD, SHADOW, GROUP, GSHADOW, SHELLS, FILES };

static const struct {
	const char *path;
	unsigned mode; /* of a new one */
} files[FILES] = {[PASSWD] = {"/etc/passwd", 0644},
    [SHADOW] = {"/etc/shadow", 0640},
    [GROUP] = {"/etc/group", 0644},
    [GSHADOW] = {"/etc/gshadow", 0640},
    [SHELLS] = {"/etc/shells", 0644}};

static const char *const roles[] = {"admin", "operator", "viewer"};

#define ROLES (sizeof(roles) / sizeof(roles[0]))

struct work {
	const struct gh_accounts_place *place;
	struct gh_table t[FILES];
	int lock;
	unsigned gid; /* of the primary group */
};

static void path_of(const struct gh_accounts_place *place, const char *path, const char *name,
    char *buf, size_t size)
{
	snprintf(buf, size, "%s%s%s%s", place->prefix, path, name != NULL ? "/" : "",
	    name != NULL ? name : "");
}

static int no_memory(struct gh_error *err)
{
	return gh_error_set(err, -ENOMEM, NULL, "there is not enough memory");
}

/* The lock of passwd(5)'s tools; they hold it for moments only. */
static int take_lock(struct work *w, struct gh_error *err)
{
	struct flock lock = {.l_type = F_WRLCK, .l_whence = SEEK_SET};
	char path[256];

	path_of(w->place, "/etc/.pwd.lock", NULL, path, sizeof(path));
	w->lock = open(path, O_WRONLY | O_CREAT | O_CLOEXEC, 0600);
	if (w->lock < 0)
		return gh_error_set(err, -errno, path, "it cannot be opened: %s", strerror(errno));
	if (fcntl(w->lock, F_SETLK, &lock) == 0)
		return 0;
	return gh_error_set(err, -EBUSY, path,
	    "another program is changing the machine's accounts: commit again when it has ended");
}

static int read_tables(struct work *w, struct gh_error *err)
{
	char path[256];
	int rc = 0;

	for (int f = 0; rc == 0 && f < FILES; f++) {
		path_of(w->place, files[f].path, NULL, path, sizeof(path));
		rc = gh_table_read(&w->t[f], path, err);
	}
	return rc;
}

static void end_work(struct work *w)
{
	for (int f = 0; f < FILES; f++)
		gh_table_free(&w->t[f]);
	if (w->lock >= 0)
		close(w->lock);
}

static bool is_ours(const struct work *w, const char *line)
{
	char gecos[256];

	return strcmp(gh_table_field(line, 4, gecos, sizeof(gecos)), w->place->mark) == 0;
}

static bool is_wanted(const struct gh_account *wanted, size_t count, const char *name)
{
	for (size_t i = 0; i < count; i++) {
		if (strcmp(wanted[i].name, name) == 0)
			return true;
	}
	return false;
}

static int check_foreign(
    const struct work *w, const struct gh_account *wanted, size_t count, struct gh_error *err)
{
	for (size_t i = 0; i < count; i++) {
		const char *line = gh_table_find(&w->t[PASSWD], wanted[i].name);

		if (line != NULL && !is_ours(w, line))
			return gh_error_set(err, -EEXIST, NULL,
			    "the machine has an account '%s' that this instance did not make: "
			    "choose another name",
			    wanted[i].name);
	}
	return 0;
}

/* A number that field 2 of no line has. */
static unsigned free_number(const struct gh_table *t, unsigned first, unsigned last)
{
	int step = first < last ? 1 : -1;
	char field[24];

	for (unsigned n = first; n != last; n += (unsigned)step) {
		size_t i = 0;

		while (i < t->count &&
		       strtoul(gh_table_field(t->lines[i], 2, field, sizeof(field)), NULL, 10) != n)
			i++;
		if (i == t->count)
			return n;
	}
	return 0;
}

static int make_group(struct work *w, const char *name, unsigned *gid, struct gh_error *err)
{
	const char *line = gh_table_find(&w->t[GROUP], name);
	char text[128], field[24];

	if (line != NULL) {
		*gid = (unsigned)strtoul(gh_table_field(line, 2, field, sizeof(field)), NULL, 10);
		return 0;
	}
	*gid = free_number(&w->t[GROUP], GID_FIRST, GID_LAST);
	if (*gid == 0)
		return gh_error_set(err, -ENOSPC, NULL, "no number is left for the group %s", name);
	snprintf(text, sizeof(text), "%s:x:%u:", name, *gid);
	if (gh_table_put(&w->t[GROUP], text) < 0)
		return no_memory(err);
	snprintf(text, sizeof(text), "%s:!::", name);
	if (!w->t[GSHADOW].absent && gh_table_put(&w->t[GSHADOW], text) < 0)
		return no_memory(err);
	return 0;
}

static int make_groups(struct work *w, struct gh_error *err)
{
	int rc = make_group(w, GH_ACCOUNTS_GROUP, &w->gid, err);
	char name[48];
	unsigned gid;

	for (size_t r = 0; rc == 0 && r < ROLES; r++) {
		snprintf(name, sizeof(name), GH_ACCOUNTS_GROUP "-%s", roles[r]);
		rc = make_group(w, name, &gid, err);
	}
	return rc;
}

static bool list_has(const char *list, const char *name)
{
	size_t len = strlen(name);

	for (const char *at = list; *at != '\0';
	     at += strcspn(at, ",") + (at[strcspn(at, ",")] != 0)) {
		if (strcspn(at, ",") == len && strncmp(at, name, len) == 0)
			return true;
	}
	return false;
}

static void list_add(char *list, size_t size, const char *name, size_t len)
{
	size_t n = strlen(list);

	snprintf(list + n, size - n, "%s%.*s", n > 0 ? "," : "", (int)len, name);
}

/* The list with the name in it, or without. */
static void list_with(char *list, size_t size, const char *name, bool in)
{
	char old[LINE_MAX_LEN];

	if (list_has(list, name) == in)
		return;
	snprintf(old, sizeof(old), "%s", list);
	list[0] = '\0';
	for (const char *at = old; *at != '\0';) {
		size_t len = strcspn(at, ",");

		if (len != strlen(name) || strncmp(at, name, len) != 0)
			list_add(list, size, at, len);
		at += len + (at[len] == ',');
	}
	if (in)
		list_add(list, size, name, strlen(name));
}

static int set_member(struct gh_table *t, const char *group, const char *user, bool in)
{
	const char *line = gh_table_find(t, group);
	char list[LINE_MAX_LEN], text[LINE_MAX_LEN + 128], a[64], b[24];

	if (line == NULL)
		return 0;
	if (strlen(line) + strlen(user) + 2 > sizeof(list))
		return -ENOSPC;
	gh_table_field(line, MEMBERS, list, sizeof(list));
	list_with(list, sizeof(list), user, in);
	snprintf(text, sizeof(text), "%s:%s:%s:%s", group, gh_table_field(line, 1, a, sizeof(a)),
	    gh_table_field(line, 2, b, sizeof(b)), list);
	return gh_table_put(t, text);
}

/* role NULL: in none. */
static int set_role(struct work *w, const char *user, const char *role, struct gh_error *err)
{
	char group[48];
	int rc = 0;

	for (size_t r = 0; rc == 0 && r < ROLES; r++) {
		bool in = role != NULL && strcmp(role, roles[r]) == 0;

		snprintf(group, sizeof(group), GH_ACCOUNTS_GROUP "-%s", roles[r]);
		rc = set_member(&w->t[GROUP], group, user, in);
		if (rc == 0)
			rc = set_member(&w->t[GSHADOW], group, user, in);
	}
	return rc < 0 ? gh_error_set(err, rc, NULL, "the groups of %s cannot be set", user) : 0;
}

static int set_passwd(struct work *w, const struct gh_account *a, struct gh_error *err)
{
	const char *line = gh_table_find(&w->t[PASSWD], a->name);
	char text[1024], field[24];
	unsigned uid;
	int n;

	if (line != NULL)
		uid = (unsigned)strtoul(gh_table_field(line, 2, field, sizeof(field)), NULL, 10);
	else
		uid = free_number(&w->t[PASSWD], UID_FIRST, UID_LAST);
	if (uid == 0)
		return gh_error_set(err, -ENOSPC, NULL, "no number is left for '%s'", a->name);
	n = snprintf(text, sizeof(text), "%s:x:%u:%u:%s:%s" GH_ACCOUNTS_HOMES "/%s:%s", a->name,
	    uid, w->gid, w->place->mark, w->place->prefix, a->name, w->place->shell);
	if ((size_t)n >= sizeof(text) || gh_table_put(&w->t[PASSWD], text) < 0)
		return no_memory(err);
	return 0;
}

/* '*' and not '!': sshd takes the latter for an account that is locked, keys and all. */
static int set_shadow(struct work *w, const struct gh_account *a, struct gh_error *err)
{
	const char *line = gh_table_find(&w->t[SHADOW], a->name);
	const char *hash = a->hash != NULL ? a->hash : "*";
	char text[640], field[512];
	int rc = 0;

	if (line != NULL && strcmp(gh_table_field(line, 1, field, sizeof(field)), hash) == 0)
		return 0;
	snprintf(text, sizeof(text), "%s:%s:%llu:0:99999:7:::", a->name, hash,
	    (unsigned long long)(gh_wallclock_ms() / GH_MS_PER_S / 86400));
	if (gh_table_put(&w->t[SHADOW], text) < 0)
		rc = no_memory(err);
	gh_wipe(text, sizeof(text));
	gh_wipe(field, sizeof(field));
	return rc;
}

static int set_account(struct work *w, const struct gh_account *a, struct gh_error *err)
{
	int rc = set_passwd(w, a, err);

	if (rc == 0)
		rc = set_shadow(w, a, err);
	return rc == 0 ? set_role(w, a->name, a->role, err) : rc;
}

/* Ours that nobody wants any more: their names into *gone, which the caller frees. */
static int drop_others(struct work *w, const struct gh_account *wanted, size_t count,
    struct gh_table *gone, struct gh_error *err)
{
	char name[64];
	int rc = 0;

	for (size_t i = w->t[PASSWD].count; rc == 0 && i-- > 0;) {
		const char *line = w->t[PASSWD].lines[i];

		gh_table_field(line, 0, name, sizeof(name));
		if (!is_ours(w, line) || is_wanted(wanted, count, name))
			continue;
		rc = gh_table_put(gone, name) < 0 ? no_memory(err) : set_role(w, name, NULL, err);
		gh_table_remove(&w->t[SHADOW], name);
		gh_table_remove(&w->t[PASSWD], name);
	}
	return rc;
}

/* All are written before the first one counts; passwd last, as it refers to the others. */
static int write_tables(struct work *w, struct gh_error *err)
{
	static const enum file order[] = {SHELLS, GROUP, GSHADOW, SHADOW, PASSWD};
	int rc = 0;

	for (int f = 0; rc == 0 && f < FILES; f++)
		rc = gh_table_prepare(&w->t[f], files[f].mode, err);
	for (int f = 0; rc == 0 && f < FILES; f++)
		rc = gh_table_install(&w->t[order[f]], err);
	for (int f = 0; rc < 0 && f < FILES; f++)
		gh_table_forget(&w->t[f]);
	return rc;
}

static int make_directories(const struct gh_accounts_place *place, struct gh_error *err)
{
	static const char *const paths[] = {"/etc/gatehouse", GH_ACCOUNTS_KEYS, GH_ACCOUNTS_HOMES};
	char path[256];
	int rc = 0;

	for (size_t i = 0; rc == 0 && i < sizeof(paths) / sizeof(paths[0]); i++) {
		path_of(place, paths[i], NULL, path, sizeof(path));
		rc = gh_files_directory(path, err);
	}
	return rc;
}

static int make_own_files(const struct work *w, const struct gh_account *a, struct gh_error *err)
{
	const char *line = gh_table_find(&w->t[PASSWD], a->name);
	char path[256], field[24];
	uid_t uid = (uid_t)strtoul(gh_table_field(line, 2, field, sizeof(field)), NULL, 10);
	int rc;

	path_of(w->place, GH_ACCOUNTS_KEYS, a->name, path, sizeof(path));
	rc = gh_files_put(path, a->keys != NULL ? a->keys : "", err);
	if (rc < 0)
		return rc;
	path_of(w->place, GH_ACCOUNTS_HOMES, a->name, path, sizeof(path));
	return gh_home_make(path, uid, w->gid, err);
}

static void remove_own_files(const struct gh_accounts_place *place, const char *name)
{
	char path[256];

	path_of(place, GH_ACCOUNTS_KEYS, name, path, sizeof(path));
	unlink(path);
	path_of(place, GH_ACCOUNTS_HOMES, name, path, sizeof(path));
	gh_home_remove(path);
}

static int carry_out(struct work *w, const struct gh_account *wanted, size_t count,
    struct gh_table *gone, struct gh_error *err)
{
	int rc = check_foreign(w, wanted, count, err);

	if (rc == 0)
		rc = drop_others(w, wanted, count, gone, err);
	if (rc == 0 && count > 0)
		rc = make_groups(w, err);
	if (rc == 0 && count > 0)
		rc = gh_table_put(&w->t[SHELLS], w->place->shell) < 0 ? no_memory(err) : 0;
	for (size_t i = 0; rc == 0 && i < count; i++)
		rc = set_account(w, &wanted[i], err);
	if (rc == 0)
		rc = write_tables(w, err);
	if (rc == 0 && count > 0)
		rc = make_directories(w->place, err);
	for (size_t i = 0; rc == 0 && i < count; i++)
		rc = make_own_files(w, &wanted[i], err);
	return rc;
}

int gh_accounts_apply(const struct gh_accounts_place *place, const struct gh_account *wanted,
    size_t count, struct gh_error *err)
{
	struct work w = {.place = place, .lock = -1};
	struct gh_table gone = {0};
	int rc = take_lock(&w, err);

	if (rc == 0)
		rc = read_tables(&w, err);
	if (rc == 0)
		rc = carry_out(&w, wanted, count, &gone, err);
	for (size_t i = 0; rc == 0 && i < gone.count; i++)
		remove_own_files(place, gone.lines[i]);
	gh_table_free(&gone);
	end_work(&w);
	return rc;
}

int gh_accounts_check(const struct gh_accounts_place *place, const struct gh_account *wanted,
    size_t count, struct gh_error *err)
{
	struct work w = {.place = place, .lock = -1};
	int rc = read_tables(&w, err);

	if (rc == 0)
		rc = check_foreign(&w, wanted, count, err);
	end_work(&w);
	return rc;
}
