/* SPDX-License-Identifier: BSD-3-Clause */
#include "ctrlplane/ike/host/record_log.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "tests/unit/unit.h"

static char path[64];

struct replayed {
	unsigned count;
	uint64_t key;
	size_t len;
	uint8_t data[4096];
};

static void keep(void *ctx, uint64_t key, const void *data, size_t len)
{
	struct replayed *r = ctx;

	r->count++;
	r->key = key;
	r->len = len;
	memcpy(r->data, data, len < sizeof(r->data) ? len : sizeof(r->data));
}

static struct record_log *reopen(struct record_log *log, struct replayed *r)
{
	struct gh_error err;

	record_log_close(log);
	*r = (struct replayed){0};
	log = record_log_open(path, keep, r, &err);
	CU_ASSERT_PTR_NOT_NULL_FATAL(log);
	return log;
}

static struct record_log *fresh(struct replayed *r)
{
	snprintf(path, sizeof(path), "/tmp/gh-record-log-%d", getpid());
	unlink(path);
	return reopen(NULL, r);
}

static void finish(struct record_log *log)
{
	record_log_close(log);
	unlink(path);
}

static void the_last_put_counts(void)
{
	struct replayed r;
	struct record_log *log = fresh(&r);
	struct stat st;

	CU_ASSERT_EQUAL(record_log_put(log, 7, "first", 5), 0);
	CU_ASSERT_EQUAL(record_log_put(log, 7, "second", 6), 0);
	CU_ASSERT_EQUAL(record_log_put(log, 8, "other", 5), 0);
	CU_ASSERT_EQUAL(record_log_del(log, 8), 0);
	log = reopen(log, &r);
	CU_ASSERT_EQUAL(r.count, 1);
	CU_ASSERT_EQUAL(r.key, 7);
	CU_ASSERT_TRUE(r.len == 6 && memcmp(r.data, "second", 6) == 0);
	CU_ASSERT_TRUE(stat(path, &st) == 0 && (st.st_mode & 0777) == 0600);
	finish(log);
}

/* kill -9 in the middle of a write: what was whole before is all there. */
static void a_cut_tail_is_dropped(void)
{
	struct replayed r;
	struct record_log *log = fresh(&r);
	size_t whole;

	record_log_put(log, 1, "whole", 5);
	whole = record_log_file_size(log);
	record_log_put(log, 2, "cut off", 7);
	for (size_t cut = 1; cut < 31; cut++) {
		CU_ASSERT_EQUAL(truncate(path, (off_t)(whole + 31 - cut)), 0);
		log = reopen(log, &r);
		CU_ASSERT_TRUE(r.count == 1 && r.key == 1);
		CU_ASSERT_EQUAL(record_log_file_size(log), whole);
		record_log_put(log, 2, "cut off", 7);
	}
	finish(log);
}

static void a_damaged_record_is_dropped(void)
{
	struct replayed r;
	struct record_log *log = fresh(&r);
	FILE *f;

	record_log_put(log, 1, "good", 4);
	record_log_put(log, 2, "bad", 3);
	f = fopen(path, "r+");
	CU_ASSERT_PTR_NOT_NULL_FATAL(f);
	fseek(f, -1, SEEK_END);
	fputc('X', f);
	fclose(f);
	log = reopen(log, &r);
	CU_ASSERT_TRUE(r.count == 1 && r.key == 1);
	finish(log);
}

static void the_file_stays_bounded(void)
{
	struct replayed r;
	struct record_log *log = fresh(&r);
	uint8_t data[1024];

	memset(data, 0x5a, sizeof(data));
	for (unsigned i = 0; i < 20000; i++) {
		data[0] = (uint8_t)i;
		CU_ASSERT_EQUAL(record_log_put(log, i % 10, data, sizeof(data)), 0);
	}
	CU_ASSERT_TRUE(record_log_file_size(log) < (2u << 20));
	CU_ASSERT_EQUAL(record_log_count(log), 10);
	log = reopen(log, &r);
	CU_ASSERT_EQUAL(r.count, 10);
	CU_ASSERT_EQUAL(r.len, sizeof(data));
	finish(log);
}

static void what_cannot_be_kept_is_refused(void)
{
	struct replayed r;
	struct record_log *log = fresh(&r);
	struct gh_error err;

	CU_ASSERT_EQUAL(record_log_put(log, 1, "", 0), -EMSGSIZE);
	finish(log);
	CU_ASSERT_PTR_NULL(record_log_open("/nonexistent/x", keep, &r, &err));
	CU_ASSERT_EQUAL(err.code, -ENOENT);
	CU_ASSERT_STRING_EQUAL(err.path, "/nonexistent/x");
}

static const struct unit_test tests[] = {
    UNIT_TEST(the_last_put_counts),
    UNIT_TEST(a_cut_tail_is_dropped),
    UNIT_TEST(a_damaged_record_is_dropped),
    UNIT_TEST(the_file_stays_bounded),
    UNIT_TEST(what_cannot_be_kept_is_refused),
};

UNIT_MAIN("record-log", tests)
