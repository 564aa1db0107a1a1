/* SPDX-License-Identifier: BSD-3-Clause */
#include "db/store.h"

#include <errno.h>
#include <inttypes.h>
#include <sqlite3.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#include "common/secret.h"
#include "config.h"
#include "db/embedded.h"
#include "db/tree.h"

#define GH_STORE_APPLICATION 0x47617465 /* "Gate" */
#define GH_STORE_VERSION 2
#define SNAPSHOT_EVERY 32		  /* commits */
#define SNAPSHOT_SLACK ((int64_t)1 << 16) /* bytes of changes beyond the last snapshot's size */

/* What makes a file of version N one of version N + 1. */
static const char *const migrations[GH_STORE_VERSION] = {
    [1] = "ALTER TABLE commits ADD COLUMN program TEXT NOT NULL DEFAULT ''",
};

struct gh_store {
	sqlite3 *db;
	unsigned history;
	uint64_t last;
	int64_t snapshot;      /* the newest snapshot's commit */
	int64_t snapshot_size; /* bytes, and of the changes behind it */
	int64_t changes_size;
	char path[256];
};

static int damaged(const struct gh_store *s, const char *why, struct gh_error *err)
{
	return gh_error_set(err, -EIO, s->path,
	    "the store of configurations cannot be used (%s): restore the file from a copy, or "
	    "move "
	    "it away to start with an empty configuration",
	    why);
}

static int sql_failed(const struct gh_store *s, struct gh_error *err)
{
	int rc = sqlite3_errcode(s->db);

	if (rc == SQLITE_FULL)
		return gh_error_set(
		    err, -ENOSPC, s->path, "the disk is full: make room and try again");
	if (rc == SQLITE_BUSY || rc == SQLITE_LOCKED)
		return gh_error_set(err, -EBUSY, s->path,
		    "another program uses the store of configurations: stop it and try again");
	return damaged(s, sqlite3_errmsg(s->db), err);
}

static int sql_exec(struct gh_store *s, const char *sql, struct gh_error *err)
{
	return sqlite3_exec(s->db, sql, NULL, NULL, NULL) == SQLITE_OK ? 0 : sql_failed(s, err);
}

static sqlite3_stmt *sql_prepare(struct gh_store *s, const char *sql, struct gh_error *err)
{
	sqlite3_stmt *stmt = NULL;

	if (sqlite3_prepare_v2(s->db, sql, -1, &stmt, NULL) != SQLITE_OK)
		sql_failed(s, err);
	return stmt;
}

/* The first column of the first row as a number; `none` if there is no row or it is NULL. */
static int sql_number(
    struct gh_store *s, const char *sql, int64_t none, int64_t *value, struct gh_error *err)
{
	sqlite3_stmt *stmt = sql_prepare(s, sql, err);
	int rc;

	if (stmt == NULL)
		return -EIO;
	rc = sqlite3_step(stmt);
	*value = none;
	if (rc == SQLITE_ROW && sqlite3_column_type(stmt, 0) != SQLITE_NULL)
		*value = sqlite3_column_int64(stmt, 0);
	else if (rc != SQLITE_ROW && rc != SQLITE_DONE)
		rc = SQLITE_ERROR;
	if (rc == SQLITE_ERROR)
		sql_failed(s, err);
	sqlite3_finalize(stmt);
	return rc == SQLITE_ERROR ? -EIO : 0;
}

static const char *schema_text(void)
{
	for (const struct gh_embedded *e = gh_embedded; e->name != NULL; e++) {
		if (strcmp(e->name, "schema.sql") == 0)
			return e->text;
	}
	return "";
}

static int create_schema(struct gh_store *s, struct gh_error *err)
{
	char version[96];

	snprintf(version, sizeof(version), "PRAGMA application_id=%d; PRAGMA user_version=%d;",
	    GH_STORE_APPLICATION, GH_STORE_VERSION);
	if (sql_exec(s, "BEGIN IMMEDIATE", err) < 0)
		return -EIO;
	if (sql_exec(s, schema_text(), err) < 0 || sql_exec(s, version, err) < 0 ||
	    sql_exec(s, "COMMIT", err) < 0) {
		sqlite3_exec(s->db, "ROLLBACK", NULL, NULL, NULL);
		return -EIO;
	}
	return 0;
}

/* One transaction: the file is of the old version or of this one. */
static int migrate(struct gh_store *s, int64_t version, struct gh_error *err)
{
	char set[64];
	int rc = sql_exec(s, "BEGIN IMMEDIATE", err);

	if (rc < 0)
		return rc;
	for (; rc == 0 && version < GH_STORE_VERSION; version++)
		rc = version > 0 ? sql_exec(s, migrations[version], err)
				 : damaged(s, "its format is not known", err);
	snprintf(set, sizeof(set), "PRAGMA user_version=%d; COMMIT", GH_STORE_VERSION);
	if (rc == 0)
		rc = sql_exec(s, set, err);
	if (rc < 0)
		sqlite3_exec(s->db, "ROLLBACK", NULL, NULL, NULL);
	return rc;
}

static int check_schema(struct gh_store *s, struct gh_error *err)
{
	int64_t application, version, tables;

	if (sql_number(s, "PRAGMA application_id", 0, &application, err) < 0 ||
	    sql_number(s, "PRAGMA user_version", 0, &version, err) < 0 ||
	    sql_number(s, "SELECT count(*) FROM sqlite_schema", 0, &tables, err) < 0)
		return -EIO;
	if (application == 0 && tables == 0)
		return create_schema(s, err);
	if (application != GH_STORE_APPLICATION)
		return damaged(s, "it is a database of another program", err);
	if (version > GH_STORE_VERSION)
		return gh_error_set(err, -EPROTO, s->path,
		    "the store of configurations was written by a newer version (format %" PRId64
		    ", this program knows %d): install that version again, or move the file away "
		    "to "
		    "start with an empty configuration",
		    version, GH_STORE_VERSION);
	return version < GH_STORE_VERSION ? migrate(s, version, err) : 0;
}

static int check_integrity(struct gh_store *s, struct gh_error *err)
{
	sqlite3_stmt *stmt = sql_prepare(s, "PRAGMA quick_check(1)", err);
	const char *result = NULL;
	int rc = -EIO;

	if (stmt == NULL)
		return -EIO;
	if (sqlite3_step(stmt) == SQLITE_ROW)
		result = (const char *)sqlite3_column_text(stmt, 0);
	if (result != NULL && strcmp(result, "ok") == 0)
		rc = 0;
	else
		damaged(s, result != NULL ? result : sqlite3_errmsg(s->db), err);
	sqlite3_finalize(stmt);
	return rc;
}

static int check_numbers(struct gh_store *s, struct gh_error *err)
{
	int64_t last, first, count, oldest;

	if (sql_number(s, "SELECT max(id) FROM commits", 0, &last, err) < 0 ||
	    sql_number(s, "SELECT min(id) FROM commits", 1, &first, err) < 0 ||
	    sql_number(s, "SELECT count(*) FROM commits", 0, &count, err) < 0 ||
	    sql_number(s, "SELECT min(id) FROM snapshots", 0, &oldest, err) < 0)
		return -EIO;
	if (last - first + 1 != count || (last > 0 && oldest != first))
		return damaged(s, "commits are missing in it", err);
	s->last = (uint64_t)last;
	return 0;
}

/* Asked once: reading lengths reads the texts. */
static int read_sizes(struct gh_store *s, struct gh_error *err)
{
	if (sql_number(s, "SELECT max(id) FROM snapshots", 0, &s->snapshot, err) < 0 ||
	    sql_number(s, "SELECT length(config) FROM snapshots ORDER BY id DESC LIMIT 1", 0,
		&s->snapshot_size, err) < 0)
		return -EIO;
	return sql_number(s,
	    "SELECT sum(length(change)) FROM commits WHERE id > (SELECT max(id) FROM snapshots)", 0,
	    &s->changes_size, err);
}

static int open_file(struct gh_store *s, struct gh_error *err)
{
	mode_t mask = umask(077);
	int rc = sqlite3_open_v2(s->path, &s->db,
	    SQLITE_OPEN_READWRITE | SQLITE_OPEN_CREATE | SQLITE_OPEN_NOMUTEX, NULL);

	if (rc == SQLITE_OK) {
		sqlite3_extended_result_codes(s->db, 0);
		sqlite3_busy_timeout(s->db, 2000);
		rc = check_integrity(s, err) < 0 || check_schema(s, err) < 0 ? -EIO : 0;
		if (rc == 0)
			rc = sql_exec(s,
			    "PRAGMA journal_mode=WAL; PRAGMA synchronous=FULL; PRAGMA "
			    "foreign_keys=ON; PRAGMA secure_delete=ON",
			    err);
	} else {
		rc = gh_error_set(err, -EIO, s->path, "the file cannot be opened: %s",
		    s->db != NULL ? sqlite3_errmsg(s->db) : "no memory");
	}
	umask(mask);
	return rc;
}

struct gh_store *gh_store_open(const char *path, unsigned history, struct gh_error *err)
{
	struct gh_store *s = calloc(1, sizeof(*s));

	if (s == NULL) {
		gh_error_set(err, -ENOMEM, path, "there is not enough memory");
		return NULL;
	}
	s->history = history > 0 ? history : 1;
	snprintf(s->path, sizeof(s->path), "%s", path);
	if (open_file(s, err) < 0 || check_numbers(s, err) < 0 || read_sizes(s, err) < 0) {
		gh_store_close(s);
		return NULL;
	}
	return s;
}

void gh_store_close(struct gh_store *s)
{
	if (s == NULL)
		return;
	sqlite3_close(s->db);
	free(s);
}

uint64_t gh_store_last(const struct gh_store *s)
{
	return s->last;
}

static void free_text(char *text)
{
	if (text != NULL)
		gh_wipe_free(text, strlen(text));
}

static int insert_commit(
    struct gh_store *s, const struct gh_commit *c, const char *change, struct gh_error *err)
{
	sqlite3_stmt *stmt = sql_prepare(s,
	    "INSERT INTO commits (id, time_ms, user, origin, comment, change, program) VALUES "
	    "(?,?,?,?,?,?,?)",
	    err);
	int rc;

	if (stmt == NULL)
		return -EIO;
	sqlite3_bind_int64(stmt, 1, (int64_t)c->id);
	sqlite3_bind_int64(stmt, 2, (int64_t)c->time_ms);
	sqlite3_bind_text(stmt, 3, c->user, -1, SQLITE_STATIC);
	sqlite3_bind_text(stmt, 4, c->origin, -1, SQLITE_STATIC);
	sqlite3_bind_text(stmt, 5, c->comment, -1, SQLITE_STATIC);
	sqlite3_bind_text(stmt, 6, change, -1, SQLITE_STATIC);
	sqlite3_bind_text(stmt, 7, PACKAGE_VERSION, -1, SQLITE_STATIC);
	rc = sqlite3_step(stmt) == SQLITE_DONE ? 0 : sql_failed(s, err);
	sqlite3_finalize(stmt);
	return rc;
}

static bool snapshot_is_due(const struct gh_store *s, uint64_t id, int64_t change)
{
	return s->snapshot == 0 || (int64_t)id - s->snapshot >= SNAPSHOT_EVERY ||
	       s->changes_size + change > s->snapshot_size + SNAPSHOT_SLACK;
}

static int insert_snapshot(
    struct gh_store *s, uint64_t id, const char *config, struct gh_error *err)
{
	sqlite3_stmt *stmt = sql_prepare(s, "INSERT INTO snapshots (id, config) VALUES (?,?)", err);
	int rc;

	if (stmt == NULL)
		return -EIO;
	sqlite3_bind_int64(stmt, 1, (int64_t)id);
	sqlite3_bind_text(stmt, 2, config, -1, SQLITE_STATIC);
	rc = sqlite3_step(stmt) == SQLITE_DONE ? 0 : sql_failed(s, err);
	sqlite3_finalize(stmt);
	return rc;
}

/* Forgets what is older than the history, from a snapshot on, so that the rest can be rebuilt. */
static int prune(struct gh_store *s, uint64_t last, struct gh_error *err)
{
	char sql[320];
	int64_t keep;

	if (last <= s->history)
		return 0;
	snprintf(sql, sizeof(sql), "SELECT max(id) FROM snapshots WHERE id <= %" PRIu64,
	    last - s->history);
	if (sql_number(s, sql, 0, &keep, err) < 0)
		return -EIO;
	snprintf(sql, sizeof(sql),
	    "DELETE FROM snapshots WHERE id < %" PRId64 "; DELETE FROM commits WHERE id < %" PRId64,
	    keep, keep);
	return keep == 0 ? 0 : sql_exec(s, sql, err);
}

/* One transaction: the change, the snapshot unless NULL, and what is forgotten. */
static int write_commit(struct gh_store *s, const struct gh_commit *commit, const char *change,
    const char *snapshot, struct gh_error *err)
{
	int rc = sql_exec(s, "BEGIN IMMEDIATE", err);

	if (rc < 0)
		return rc;
	rc = insert_commit(s, commit, change, err);
	if (rc == 0 && snapshot != NULL)
		rc = insert_snapshot(s, commit->id, snapshot, err);
	if (rc == 0)
		rc = prune(s, commit->id, err);
	if (rc == 0)
		rc = sql_exec(s, "COMMIT", err);
	if (rc < 0)
		sqlite3_exec(s->db, "ROLLBACK", NULL, NULL, NULL);
	return rc;
}

static void note_written(struct gh_store *s, uint64_t id, const char *change, const char *snapshot)
{
	s->last = id;
	s->changes_size += (int64_t)strlen(change);
	if (snapshot == NULL)
		return;
	s->snapshot = (int64_t)id;
	s->snapshot_size = (int64_t)strlen(snapshot);
	s->changes_size = 0;
}

int gh_store_append(struct gh_store *s, const struct gh_commit *commit, const struct lyd_node *diff,
    const struct lyd_node *config, struct gh_error *err)
{
	char *change = NULL, *snapshot = NULL;
	int rc = 0;

	lyd_print_mem(&change, diff, LYD_JSON,
	    LYD_PRINT_SHRINK | LYD_PRINT_WITHSIBLINGS | LYD_PRINT_WD_ALL | LYD_PRINT_KEEPEMPTYCONT);
	if (change != NULL && snapshot_is_due(s, commit->id, (int64_t)strlen(change))) {
		snapshot = gh_tree_print(config, false);
		rc = snapshot != NULL ? 0 : -ENOMEM;
	}
	if (change == NULL || rc < 0)
		rc = gh_error_set(err, -ENOMEM, s->path, "there is not enough memory");
	if (rc == 0)
		rc = write_commit(s, commit, change, snapshot, err);
	if (rc == 0)
		note_written(s, commit->id, change, snapshot);
	free_text(change);
	free_text(snapshot);
	return rc;
}

static int parse_change(struct gh_store *s, const struct ly_ctx *ctx, const char *text, uint64_t id,
    struct lyd_node **diff, struct gh_error *err)
{
	*diff = NULL;
	if (text != NULL && lyd_parse_data_mem(ctx, text, LYD_JSON,
				LYD_PARSE_ONLY | LYD_PARSE_STRICT, 0, diff) == LY_SUCCESS)
		return 0;
	return gh_error_set(err, -EINVAL, s->path,
	    "commit %" PRIu64
	    " does not fit this version's model (%s): start the version that made "
	    "it, or move the file away to start with an empty configuration",
	    id, ly_errmsg(ctx) != NULL ? ly_errmsg(ctx) : "no text");
}

/* Starts from the newest snapshot at or before id. */
static int load_snapshot(struct gh_store *s, const struct ly_ctx *ctx, uint64_t id, uint64_t *from,
    struct lyd_node **tree, struct gh_error *err)
{
	sqlite3_stmt *stmt = sql_prepare(
	    s, "SELECT id, config FROM snapshots WHERE id <= ? ORDER BY id DESC LIMIT 1", err);
	const char *text;

	if (stmt == NULL)
		return -EIO;
	*tree = NULL;
	sqlite3_bind_int64(stmt, 1, (int64_t)id);
	if (sqlite3_step(stmt) == SQLITE_ROW) {
		*from = (uint64_t)sqlite3_column_int64(stmt, 0);
		text = (const char *)sqlite3_column_text(stmt, 1);
		*tree = gh_tree_parse(ctx, text != NULL ? text : "", err);
		if (*tree == NULL)
			gh_error_set(err, -EINVAL, s->path,
			    "the configuration of commit %" PRIu64
			    " does not fit this version's model (%s): start the version that made "
			    "it, "
			    "or move the file away to start with an empty configuration",
			    *from, ly_errmsg(ctx) != NULL ? ly_errmsg(ctx) : "damaged");
	} else {
		gh_error_set(err, -ENOENT, s->path, "commit %" PRIu64 " is no longer kept", id);
	}
	sqlite3_finalize(stmt);
	return *tree != NULL ? 0 : -ENOENT;
}

/* The first statement in an empty configuration: the change makes the top, too. */
static bool creates_all(const struct lyd_node *diff)
{
	const struct lyd_meta *op = lyd_find_meta(diff->meta, NULL, "yang:operation");

	return op != NULL && strcmp(lyd_get_meta_value(op), "create") == 0;
}

static int apply_changes(struct gh_store *s, const struct ly_ctx *ctx, uint64_t from, uint64_t to,
    struct lyd_node **tree, struct gh_error *err)
{
	struct lyd_node *diff = NULL;
	int rc = 0;

	for (uint64_t id = from + 1; rc == 0 && id <= to; id++) {
		rc = gh_store_change(s, ctx, id, &diff, err);
		if (rc == 0 && diff != NULL && creates_all(diff)) {
			lyd_free_all(*tree);
			*tree = NULL;
		}
		if (rc == 0 && diff != NULL && lyd_diff_apply_all(tree, diff) != LY_SUCCESS)
			rc =
			    damaged(s, ly_errmsg(ctx) != NULL ? ly_errmsg(ctx) : "bad change", err);
		lyd_free_all(diff);
		diff = NULL;
		if (*tree == NULL)
			*tree = gh_tree_new(ctx);
	}
	return rc;
}

int gh_store_load(struct gh_store *s, const struct ly_ctx *ctx, uint64_t id, struct lyd_node **tree,
    struct gh_error *err)
{
	uint64_t from = 0;
	int rc;

	*tree = id == 0 ? gh_tree_new(ctx) : NULL;
	if (id == 0)
		return 0;
	if (id > s->last)
		return gh_error_set(err, -ENOENT, s->path, "there is no commit %" PRIu64, id);
	rc = load_snapshot(s, ctx, id, &from, tree, err);
	if (rc == 0)
		rc = apply_changes(s, ctx, from, id, tree, err);
	if (rc < 0) {
		lyd_free_all(*tree);
		*tree = NULL;
	}
	return rc;
}

int gh_store_change(struct gh_store *s, const struct ly_ctx *ctx, uint64_t id,
    struct lyd_node **diff, struct gh_error *err)
{
	sqlite3_stmt *stmt = sql_prepare(s, "SELECT change FROM commits WHERE id = ?", err);
	int rc;

	if (stmt == NULL)
		return -EIO;
	sqlite3_bind_int64(stmt, 1, (int64_t)id);
	if (sqlite3_step(stmt) == SQLITE_ROW)
		rc =
		    parse_change(s, ctx, (const char *)sqlite3_column_text(stmt, 0), id, diff, err);
	else
		rc =
		    gh_error_set(err, -ENOENT, s->path, "commit %" PRIu64 " is no longer kept", id);
	sqlite3_finalize(stmt);
	return rc;
}

int gh_store_list(struct gh_store *s, unsigned count,
    int (*fn)(const struct gh_commit *commit, void *ctx), void *ctx, struct gh_error *err)
{
	sqlite3_stmt *stmt = sql_prepare(s,
	    "SELECT id, time_ms, user, origin, comment FROM commits ORDER BY id DESC LIMIT ?", err);
	int rc = 0, step = SQLITE_ROW;

	if (stmt == NULL)
		return -EIO;
	sqlite3_bind_int64(stmt, 1, count < s->history ? count : s->history);
	while (rc == 0 && (step = sqlite3_step(stmt)) == SQLITE_ROW) {
		struct gh_commit c = {
		    .id = (uint64_t)sqlite3_column_int64(stmt, 0),
		    .time_ms = (uint64_t)sqlite3_column_int64(stmt, 1),
		    .user = (const char *)sqlite3_column_text(stmt, 2),
		    .origin = (const char *)sqlite3_column_text(stmt, 3),
		    .comment = (const char *)sqlite3_column_text(stmt, 4),
		};
		rc = fn(&c, ctx);
	}
	if (step != SQLITE_ROW && step != SQLITE_DONE)
		rc = sql_failed(s, err);
	sqlite3_finalize(stmt);
	return rc;
}
