/* SPDX-License-Identifier: BSD-3-Clause */
#include "db/store_text.h"

#include <errno.h>
#include <sqlite3.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "common/secret.h"
#include "db/store.h"

#define FORMAT "{\"gatehouse-store\":1}"

/* SQLite makes and reads the JSON; texts that are JSON stay as they are. */
static const char export_sql[] =
    "SELECT text FROM (SELECT id, 0 AS kind, json_object('commit', id, 'time-ms', time_ms, "
    "'user', user, 'origin', origin, 'comment', comment, 'program', program, 'change', "
    "json(change)) AS text FROM commits UNION ALL SELECT id, 1, json_object('snapshot', id, "
    "'config', json(config)) FROM snapshots) ORDER BY id, kind";
static const char commit_sql[] =
    "INSERT INTO commits (id, time_ms, user, origin, comment, program, change) SELECT "
    "json_extract(?1,'$.commit'), json_extract(?1,'$.time-ms'), json_extract(?1,'$.user'), "
    "json_extract(?1,'$.origin'), json_extract(?1,'$.comment'), json_extract(?1,'$.program'), "
    "json_extract(?1,'$.change') WHERE json_extract(?1,'$.commit') IS NOT NULL";
static const char snapshot_sql[] =
    "INSERT INTO snapshots (id, config) SELECT json_extract(?1,'$.snapshot'), "
    "json_extract(?1,'$.config') WHERE json_extract(?1,'$.snapshot') IS NOT NULL";

/* Through gh_store_open: it knows which files are ours, and brings old ones up to date. */
static sqlite3 *open_checked(const char *path, struct gh_error *err)
{
	struct gh_store *store = gh_store_open(path, GH_STORE_HISTORY, err);
	sqlite3 *db = NULL;

	if (store == NULL)
		return NULL;
	gh_store_close(store);
	if (sqlite3_open_v2(path, &db, SQLITE_OPEN_READWRITE, NULL) == SQLITE_OK) {
		sqlite3_busy_timeout(db, 2000);
		return db;
	}
	gh_error_set(err, -EIO, path, "the file cannot be opened: %s", sqlite3_errmsg(db));
	sqlite3_close(db);
	return NULL;
}

static int write_rows(sqlite3 *db, FILE *out, const char *path, struct gh_error *err)
{
	sqlite3_stmt *stmt = NULL;
	int rc = sqlite3_prepare_v2(db, export_sql, -1, &stmt, NULL);

	fputs(FORMAT "\n", out);
	while (rc == SQLITE_OK && (rc = sqlite3_step(stmt)) == SQLITE_ROW) {
		fprintf(out, "%s\n", (const char *)sqlite3_column_text(stmt, 0));
		rc = SQLITE_OK;
	}
	if (rc != SQLITE_DONE)
		gh_error_set(err, -EIO, path, "the store of configurations cannot be read: %s",
		    sqlite3_errmsg(db));
	sqlite3_finalize(stmt);
	if (rc == SQLITE_DONE && (fflush(out) != 0 || ferror(out)))
		return gh_error_set(err, -errno, NULL, "it cannot be written: %s", strerror(errno));
	return rc == SQLITE_DONE ? 0 : -EIO;
}

int gh_store_export(const char *path, FILE *out, struct gh_error *err)
{
	sqlite3 *db = NULL;
	int rc;

	if (access(path, F_OK) < 0)
		return gh_error_set(err, -ENOENT, path, "there is no store of configurations");
	db = open_checked(path, err);
	rc = db != NULL ? write_rows(db, out, path, err) : -EIO;
	sqlite3_close(db);
	return rc;
}

/* How many rows the line made; <0: SQLite refused it. */
static int insert(sqlite3 *db, const char *sql, const char *line)
{
	sqlite3_stmt *stmt = NULL;
	int rc = sqlite3_prepare_v2(db, sql, -1, &stmt, NULL);

	if (rc == SQLITE_OK) {
		sqlite3_bind_text(stmt, 1, line, -1, SQLITE_STATIC);
		rc = sqlite3_step(stmt);
	}
	sqlite3_finalize(stmt);
	return rc == SQLITE_DONE ? sqlite3_changes(db) : -1;
}

static int read_row(sqlite3 *db, const char *line, unsigned number, struct gh_error *err)
{
	int n = insert(db, commit_sql, line);

	if (n == 0)
		n = insert(db, snapshot_sql, line);
	if (n > 0)
		return 0;
	return gh_error_set(err, -EINVAL, NULL, "line %u is not a commit or a snapshot: %s", number,
	    n < 0 ? sqlite3_errmsg(db) : "it has no number");
}

static int read_rows(sqlite3 *db, FILE *in, struct gh_error *err)
{
	char *line = NULL;
	size_t size = 0;
	ssize_t len;
	unsigned number = 0;
	int rc = 0;

	while (rc == 0 && (len = getline(&line, &size, in)) > 0) {
		line[len - 1] = line[len - 1] == '\n' ? '\0' : line[len - 1];
		if (number++ > 0)
			rc = read_row(db, line, number, err);
		else if (strcmp(line, FORMAT) != 0)
			rc = gh_error_set(err, -EINVAL, NULL,
			    "line 1 is not " FORMAT
			    ": this is not an export, or one of a newer version");
	}
	if (rc == 0 && number == 0)
		rc = gh_error_set(err, -EINVAL, NULL, "the text is empty");
	if (line != NULL)
		gh_wipe_free(line, size);
	return rc;
}

static int read_all(const char *path, FILE *in, struct gh_error *err)
{
	sqlite3 *db = open_checked(path, err);
	int rc;

	if (db == NULL)
		return -EIO;
	sqlite3_exec(db, "PRAGMA foreign_keys=ON; BEGIN", NULL, NULL, NULL);
	rc = read_rows(db, in, err);
	if (rc == 0 && sqlite3_exec(db, "COMMIT", NULL, NULL, NULL) != SQLITE_OK)
		rc = gh_error_set(
		    err, -EIO, path, "the store cannot be written: %s", sqlite3_errmsg(db));
	sqlite3_close(db);
	return rc;
}

static void remove_store(const char *path)
{
	static const char *const tails[] = {"", "-wal", "-shm", "-journal"};
	char name[300];

	for (size_t i = 0; i < sizeof(tails) / sizeof(tails[0]); i++) {
		snprintf(name, sizeof(name), "%s%s", path, tails[i]);
		unlink(name);
	}
}

int gh_store_import(const char *path, FILE *in, struct gh_error *err)
{
	struct gh_store *store = NULL;
	int rc;

	if (access(path, F_OK) == 0)
		return gh_error_set(err, -EEXIST, path,
		    "a store of configurations is there already: move it away first");
	rc = read_all(path, in, err);
	if (rc == 0)
		store = gh_store_open(path, GH_STORE_HISTORY, err); /* are all commits there? */
	if (store == NULL)
		remove_store(path);
	gh_store_close(store);
	return store != NULL ? 0 : -EINVAL;
}
