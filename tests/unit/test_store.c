/* SPDX-License-Identifier: BSD-3-Clause */
#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <signal.h>
#include <sqlite3.h>
#include <sys/stat.h>
#include <sys/wait.h>

#include "db/store.h"
#include "db/store_text.h"
#include "tests/unit/config_help.h"

struct place {
	char dir[64], path[96];
};

static void place_make(struct place *p)
{
	model_start();
	directory_make(p->dir);
	snprintf(p->path, sizeof(p->path), "%s/config.db", p->dir);
}

static struct gh_store *open_store(const struct place *p, unsigned history)
{
	struct gh_error err = {0};
	struct gh_store *s = gh_store_open(p->path, history, &err);

	if (s == NULL)
		fprintf(stderr, "%s: %s\n", err.path, err.message);
	CU_ASSERT_PTR_NOT_NULL_FATAL(s);
	return s;
}

/* Stores what changed from one tree to the other. */
static int append(struct gh_store *s, const struct lyd_node *before, const struct lyd_node *after)
{
	struct gh_commit c = {.id = gh_store_last(s) + 1,
	    .time_ms = 1700000000000,
	    .user = "anna",
	    .origin = "test",
	    .comment = "no comment"};
	struct lyd_node *diff = NULL, *kept;
	int rc = gh_tree_diff(before, after, &diff, NULL);

	kept = gh_diff_explicit(diff, before, after);
	if (rc == 0)
		rc = gh_store_append(s, &c, kept, after, NULL);
	lyd_free_all(kept);
	lyd_free_all(diff);
	return rc;
}

static void expect_stored(struct gh_store *s, uint64_t id, const char *json)
{
	struct lyd_node *tree = NULL;
	char *text;

	CU_ASSERT_EQUAL_FATAL(gh_store_load(s, model, id, &tree, NULL), 0);
	text = gh_tree_print(tree, false);
	CU_ASSERT_STRING_EQUAL(text, json);
	free(text);
	lyd_free_all(tree);
}

/* A random change that the model takes; also moves and deletes. */
static void random_edit(struct lyd_node *tree, unsigned *seed)
{
	char path[200], value[40];
	unsigned n = (unsigned)rand_r(seed) % 12;

	snprintf(value, sizeof(value), "10.%u.0.1/24", n);
	switch (rand_r(seed) % 6) {
	case 0:
		snprintf(
		    path, sizeof(path), VRF "/interface/loopback[name='lo%u']/ipv4/address", n);
		set(tree, path, value);
		break;
	case 1:
		snprintf(path, sizeof(path), VRF "/interface/loopback[name='lo%u']", n);
		edit(tree, GH_EDIT_REMOVE, path, NULL, NULL);
		break;
	case 2:
		snprintf(path, sizeof(path), VRF "/interface/loopback[name='a']/ipv4/address");
		set(tree, path, value);
		break;
	case 3:
		snprintf(path, sizeof(path),
		    VRF "/interface/loopback[name='a']/ipv4/address[.='%s']", value);
		edit(tree, GH_EDIT_MOVE, path, n % 2 ? "first" : "last", NULL);
		break;
	case 4:
		snprintf(path, sizeof(path), VRF "/interface/loopback[name='lo%u']/enabled", n);
		set(tree, path, n % 2 ? "true" : "false");
		break;
	case 5:
		snprintf(path, sizeof(path), VRF "/interface/loopback[name='lo%u']/enabled", n);
		edit(tree, GH_EDIT_REMOVE, path, NULL, NULL);
		break;
	}
}

#define COMMITS 300
#define HISTORY 40

/* What is stored as snapshots and changes is, at every commit, what was there. */
static void every_commit_of_the_history_comes_back_whole(void)
{
	char *expected[COMMITS + 1] = {0};
	struct lyd_node *tree, *next;
	unsigned seed = 7;
	struct gh_store *s;
	struct place p;

	place_make(&p);
	s = open_store(&p, HISTORY);
	tree = gh_tree_new(model);
	CU_ASSERT_EQUAL(gh_tree_validate(tree, NULL), 0);
	for (unsigned id = 1; id <= COMMITS; id++) {
		next = gh_tree_copy(tree);
		for (unsigned n = 0; n < 1 + id % 9; n++)
			random_edit(next, &seed);
		CU_ASSERT_EQUAL_FATAL(gh_tree_validate(next, NULL), 0);
		CU_ASSERT_EQUAL_FATAL(append(s, tree, next), 0);
		expected[id] = gh_tree_print(next, false);
		lyd_free_all(tree);
		tree = next;
	}
	gh_store_close(s);
	s = open_store(&p, HISTORY);
	CU_ASSERT_EQUAL(gh_store_last(s), COMMITS);
	for (unsigned id = COMMITS - HISTORY; id <= COMMITS; id++)
		expect_stored(s, id, expected[id]);
	CU_ASSERT_EQUAL(gh_store_load(s, model, 1, &next, NULL), -ENOENT);
	CU_ASSERT_EQUAL(gh_store_load(s, model, COMMITS + 1, &next, NULL), -ENOENT);
	gh_store_close(s);
	lyd_free_all(tree);
	for (unsigned id = 1; id <= COMMITS; id++)
		free(expected[id]);
	directory_remove(p.dir);
}

struct listing {
	unsigned count;
	uint64_t first, last;
};

static int count_commit(const struct gh_commit *c, void *ctx)
{
	struct listing *l = ctx;

	if (l->count++ == 0)
		l->first = c->id;
	l->last = c->id;
	CU_ASSERT_STRING_EQUAL(c->user, "anna");
	CU_ASSERT_STRING_EQUAL(c->comment, "no comment");
	CU_ASSERT_EQUAL(c->time_ms, 1700000000000);
	return 0;
}

static void the_history_is_bounded_and_listed_latest_first(void)
{
	struct listing l = {0};
	struct lyd_node *a, *b;
	struct gh_store *s;
	struct place p;

	place_make(&p);
	s = open_store(&p, 5);
	a = gh_tree_new(model);
	b = gh_tree_new(model);
	set(b, "/gatehouse:config/system/hostname", "x");
	for (unsigned id = 1; id <= 200; id++)
		CU_ASSERT_EQUAL_FATAL(append(s, id % 2 ? a : b, id % 2 ? b : a), 0);
	CU_ASSERT_EQUAL(gh_store_list(s, 1000, count_commit, &l, NULL), 0);
	CU_ASSERT_TRUE(l.count == 5 && l.first == 200 && l.last == 196);
	gh_store_close(s);
	lyd_free_all(a);
	lyd_free_all(b);
	directory_remove(p.dir);
}

static void commit_in_a_loop(const struct place *p, int to_parent)
{
	struct gh_store *s = gh_store_open(p->path, 50, NULL);
	struct lyd_node *tree = NULL, *next;
	char name[32];

	if (s == NULL || gh_store_load(s, model, gh_store_last(s), &tree, NULL) < 0)
		_exit(1);
	for (;;) {
		uint64_t id = gh_store_last(s) + 1;

		next = gh_tree_copy(tree);
		snprintf(name, sizeof(name), "host%" PRIu64, id);
		set(next, "/gatehouse:config/system/hostname", name);
		if (append(s, tree, next) < 0 || write(to_parent, &id, sizeof(id)) != sizeof(id))
			_exit(1);
		lyd_free_all(tree);
		tree = next;
	}
}

/* Kills a committer after some acknowledgements; the id last acknowledged. */
static uint64_t kill_committer(const struct place *p, unsigned after)
{
	uint64_t id, acknowledged = 0;
	int ends[2], status;
	pid_t pid;

	CU_ASSERT_EQUAL_FATAL(pipe(ends), 0);
	pid = fork();
	if (pid == 0) {
		close(ends[0]);
		commit_in_a_loop(p, ends[1]);
	}
	close(ends[1]);
	while (after-- > 0 && read(ends[0], &id, sizeof(id)) == sizeof(id))
		acknowledged = id;
	usleep(after * 37 % 900); /* somewhere in the middle of the next one */
	kill(pid, SIGKILL);
	waitpid(pid, &status, 0);
	while (read(ends[0], &id, sizeof(id)) == sizeof(id))
		acknowledged = id;
	close(ends[0]);
	return acknowledged;
}

static void what_was_acknowledged_survives_kill_9(void)
{
	struct place p;

	place_make(&p);
	for (unsigned round = 0; round < 12; round++) {
		uint64_t acknowledged = kill_committer(&p, 3 + round * 5);
		struct gh_store *s = open_store(&p, 50);
		struct lyd_node *tree = NULL, *node = NULL;
		char name[32];

		CU_ASSERT_TRUE(acknowledged > 0);
		CU_ASSERT_TRUE(gh_store_last(s) >= acknowledged);
		CU_ASSERT_TRUE(gh_store_last(s) <= acknowledged + 1);
		CU_ASSERT_EQUAL_FATAL(gh_store_load(s, model, gh_store_last(s), &tree, NULL), 0);
		snprintf(name, sizeof(name), "host%" PRIu64, gh_store_last(s));
		lyd_find_path(tree, "/gatehouse:config/system/hostname", 0, &node);
		CU_ASSERT_PTR_NOT_NULL_FATAL(node);
		CU_ASSERT_STRING_EQUAL(lyd_get_value(node), name);
		lyd_free_all(tree);
		gh_store_close(s);
	}
	directory_remove(p.dir);
}

static void sql(const struct place *p, const char *statement)
{
	sqlite3 *db = NULL;

	CU_ASSERT_EQUAL(sqlite3_open(p->path, &db), SQLITE_OK);
	CU_ASSERT_EQUAL(sqlite3_exec(db, statement, NULL, NULL, NULL), SQLITE_OK);
	sqlite3_close(db);
}

static size_t read_file(const struct place *p, char *buf, size_t size)
{
	int fd = open(p->path, O_RDONLY);
	ssize_t n = read(fd, buf, size);

	close(fd);
	return n < 0 ? 0 : (size_t)n;
}

/* Refused with those words, and not one byte of the file changed. */
static void expect_refused(const struct place *p, const char *words)
{
	static char before[1 << 20], after[1 << 20];
	size_t len = read_file(p, before, sizeof(before));
	struct gh_error err = {0};

	CU_ASSERT_PTR_NULL_FATAL(gh_store_open(p->path, 50, &err));
	CU_ASSERT_PTR_NOT_NULL(strstr(err.message, words));
	CU_ASSERT_PTR_NOT_NULL(strstr(err.message, "move"));
	CU_ASSERT_EQUAL(read_file(p, after, sizeof(after)), len);
	CU_ASSERT_EQUAL(memcmp(before, after, len), 0);
}

static void fill_store(const struct place *p)
{
	struct gh_store *s = open_store(p, 50);
	struct lyd_node *a = gh_tree_new(model), *b = gh_tree_new(model);

	set(b, "/gatehouse:config/system/hostname", "x");
	for (unsigned id = 1; id <= 40; id++)
		CU_ASSERT_EQUAL(append(s, id % 2 ? a : b, id % 2 ? b : a), 0);
	gh_store_close(s);
	lyd_free_all(a);
	lyd_free_all(b);
}

static void a_newer_store_is_refused_and_left_alone(void)
{
	struct place p;

	place_make(&p);
	fill_store(&p);
	sql(&p, "PRAGMA user_version=99");
	expect_refused(&p, "newer version");
	directory_remove(p.dir);
}

/* As version 1 made it. */
static const char version_1[] =
    "PRAGMA application_id=1197569125; PRAGMA user_version=1;"
    "CREATE TABLE commits (id INTEGER PRIMARY KEY, time_ms INTEGER NOT NULL, user TEXT NOT NULL,"
    " origin TEXT NOT NULL, comment TEXT NOT NULL, change TEXT NOT NULL) STRICT;"
    "CREATE TABLE snapshots (id INTEGER PRIMARY KEY REFERENCES commits (id), config TEXT NOT NULL)"
    " STRICT;"
    "INSERT INTO commits VALUES (1, 1700000000000, 'anna', 'test', '', '{}');"
    "INSERT INTO snapshots VALUES (1, "
    "'{\"gatehouse:config\":{\"system\":{\"hostname\":\"old\"}}}');";

static void a_store_of_an_old_version_is_brought_up_to_date(void)
{
	struct place p;
	struct gh_store *s;
	struct lyd_node *before = NULL, *after;

	place_make(&p);
	sql(&p, version_1);
	s = open_store(&p, 10);
	expect_stored(s, 1, "{\"gatehouse:config\":{\"system\":{\"hostname\":\"old\"}}}");
	CU_ASSERT_EQUAL_FATAL(gh_store_load(s, model, 1, &before, NULL), 0);
	after = gh_tree_copy(before);
	set(after, "/gatehouse:config/system/hostname", "new");
	CU_ASSERT_EQUAL(append(s, before, after), 0);
	gh_store_close(s);
	s = open_store(&p, 10);
	expect_stored(s, 2, "{\"gatehouse:config\":{\"system\":{\"hostname\":\"new\"}}}");
	gh_store_close(s);
	lyd_free_all(before);
	lyd_free_all(after);
	directory_remove(p.dir);
}

static void a_store_goes_to_text_and_back(void)
{
	struct place from, to;
	char *text = NULL, *again = NULL;
	size_t size, size_again;
	struct gh_store *s;
	FILE *f;

	place_make(&from);
	place_make(&to);
	fill_store(&from);
	f = open_memstream(&text, &size);
	CU_ASSERT_EQUAL_FATAL(gh_store_export(from.path, f, NULL), 0);
	fclose(f);
	f = fmemopen(text, size, "r");
	CU_ASSERT_EQUAL_FATAL(gh_store_import(to.path, f, NULL), 0);
	rewind(f);
	CU_ASSERT_EQUAL(gh_store_import(to.path, f, NULL), -EEXIST);
	fclose(f);
	f = open_memstream(&again, &size_again);
	CU_ASSERT_EQUAL(gh_store_export(to.path, f, NULL), 0);
	fclose(f);
	CU_ASSERT_STRING_EQUAL(text, again);
	s = open_store(&to, 10);
	CU_ASSERT(gh_store_last(s) > 1);
	gh_store_close(s);
	free(text);
	free(again);
	directory_remove(from.dir);
	directory_remove(to.dir);
}

static void a_text_that_is_none_is_refused_and_makes_nothing(void)
{
	static const char *const texts[][2] = {
	    {"\n", "line 1 "},
	    {"{\"gatehouse-store\":2}\n", "newer"},
	    {"{\"gatehouse-store\":1}\n{\"commit\":", "line 2 "},
	    {"{\"gatehouse-store\":1}\n{}\n", "line 2 "},
	    {"{\"gatehouse-store\":1}\n{\"commit\":1,\"user\":\"a\"}\n", "line 2 "},
	    {"{\"gatehouse-store\":1}\n{\"commit\":1,\"time-ms\":1,\"user\":\"a\","
	     "\"origin\":\"\",\"comment\":\"\",\"program\":\"\",\"change\":{}}\n",
		"missing"},
	};
	struct gh_error err;
	struct place p;
	FILE *f;

	place_make(&p);
	for (size_t i = 0; i < sizeof(texts) / sizeof(texts[0]); i++) {
		f = fmemopen((char *)texts[i][0], strlen(texts[i][0]), "r");
		err = (struct gh_error){0};
		CU_ASSERT(gh_store_import(p.path, f, &err) < 0);
		CU_ASSERT_PTR_NOT_NULL(strstr(err.message, texts[i][1]));
		CU_ASSERT(access(p.path, F_OK) < 0);
		fclose(f);
	}
	directory_remove(p.dir);
}

static void a_store_with_holes_is_refused_and_left_alone(void)
{
	struct place p;

	place_make(&p);
	fill_store(&p);
	sql(&p, "DELETE FROM commits WHERE id = 7");
	expect_refused(&p, "commits are missing");
	directory_remove(p.dir);
}

static void a_damaged_or_foreign_file_is_refused_and_left_alone(void)
{
	struct place p;
	char junk[4096];
	int fd;

	place_make(&p);
	fill_store(&p);
	memset(junk, 0x5a, sizeof(junk));
	fd = open(p.path, O_WRONLY);
	CU_ASSERT_EQUAL(pwrite(fd, junk, sizeof(junk), 4096), (ssize_t)sizeof(junk));
	close(fd);
	expect_refused(&p, "cannot be used");
	fd = open(p.path, O_WRONLY | O_TRUNC);
	CU_ASSERT_EQUAL(write(fd, junk, sizeof(junk)), (ssize_t)sizeof(junk));
	close(fd);
	expect_refused(&p, "not a database");
	unlink(p.path);
	sql(&p, "CREATE TABLE commits (x)");
	expect_refused(&p, "another program");
	directory_remove(p.dir);
}

static void the_file_is_not_for_others(void)
{
	struct stat st;
	struct place p;

	place_make(&p);
	fill_store(&p);
	CU_ASSERT_EQUAL(stat(p.path, &st), 0);
	CU_ASSERT_EQUAL(st.st_mode & 0777, 0600);
	directory_remove(p.dir);
}

static const struct unit_test tests[] = {
    UNIT_TEST(every_commit_of_the_history_comes_back_whole),
    UNIT_TEST(the_history_is_bounded_and_listed_latest_first),
    UNIT_TEST(what_was_acknowledged_survives_kill_9),
    UNIT_TEST(a_store_of_an_old_version_is_brought_up_to_date),
    UNIT_TEST(a_store_goes_to_text_and_back),
    UNIT_TEST(a_text_that_is_none_is_refused_and_makes_nothing),
    UNIT_TEST(a_newer_store_is_refused_and_left_alone),
    UNIT_TEST(a_store_with_holes_is_refused_and_left_alone),
    UNIT_TEST(a_damaged_or_foreign_file_is_refused_and_left_alone),
    UNIT_TEST(the_file_is_not_for_others),
};

UNIT_MAIN("store", tests)
