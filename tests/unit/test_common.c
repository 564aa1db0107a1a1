/* SPDX-License-Identifier: BSD-3-Clause */
#include <arpa/inet.h>
#include <errno.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include "common/addr.h"
#include "common/frame.h"
#include "common/instance.h"
#include "common/secret.h"
#include "common/wire.h"
#include "tests/unit/unit.h"

static void reader_sticks_after_overrun(void)
{
	const uint8_t data[] = {1, 2, 3};
	struct gh_reader r = gh_reader(data, sizeof(data));

	CU_ASSERT_EQUAL(gh_take_u16(&r), 0x0102);
	CU_ASSERT_EQUAL(gh_take_u16(&r), 0);
	CU_ASSERT_FALSE(r.ok);
	CU_ASSERT_EQUAL(gh_take_u8(&r), 0);
	CU_ASSERT_PTR_NULL(gh_take(&r, 1));
}

static void writer_refuses_what_does_not_fit(void)
{
	uint8_t buf[6] = {0};
	struct gh_writer w = gh_writer(buf, sizeof(buf));

	gh_put_u16(&w, 0);
	gh_put_u32(&w, 0xa1b2c3d4);
	gh_patch_be(&w, 0, 0x0506, 2);
	CU_ASSERT_TRUE(w.ok);
	gh_put_u8(&w, 9);
	CU_ASSERT_FALSE(w.ok);
	CU_ASSERT_EQUAL(memcmp(buf, "\x05\x06\xa1\xb2\xc3\xd4", 6), 0);
}

static void prefixes_parse_and_print(void)
{
	static const char *const good[] = {"172.16.0.0/24", "0.0.0.0/0", "2001:db8::/32", "::/0"};
	static const char *const bad[] = {
	    "172.16.0/24", "1.2.3.4/33", "1.2.3.4/", "1.2.3.4/-1", "::/129", "x"};
	char buf[GH_PREFIX_STRLEN];
	struct gh_prefix p;

	for (unsigned i = 0; i < 4; i++) {
		CU_ASSERT_EQUAL(gh_prefix_parse(good[i], &p), 0);
		CU_ASSERT_STRING_EQUAL(gh_prefix_str(&p, buf), good[i]);
	}
	for (unsigned i = 0; i < 6; i++)
		CU_ASSERT_EQUAL(gh_prefix_parse(bad[i], &p), -EINVAL);
}

static void prefix_and_range_agree(void)
{
	static const char *const text[] = {
	    "10.1.2.3/32", "10.0.0.0/9", "0.0.0.0/0", "2001:db8::8/125"};
	struct gh_prefix p, back;
	struct gh_addr lo, hi;

	for (unsigned i = 0; i < 4; i++) {
		CU_ASSERT_EQUAL(gh_prefix_parse(text[i], &p), 0);
		gh_prefix_range(&p, &lo, &hi);
		CU_ASSERT_TRUE(gh_prefix_contains(&p, &lo) && gh_prefix_contains(&p, &hi));
		CU_ASSERT_TRUE(gh_prefix_from_range(&lo, &hi, &back));
		CU_ASSERT_EQUAL(memcmp(&p, &back, sizeof(p)), 0);
	}
	gh_addr_parse("10.0.0.1", &lo);
	gh_addr_parse("10.0.0.2", &hi);
	CU_ASSERT_FALSE(gh_prefix_from_range(&lo, &hi, &back));
}

static void frames_cross_a_socket(void)
{
	struct gh_frame_header hdr;
	struct gh_stream a, b;
	const void *body;
	int fd[2];

	CU_ASSERT_EQUAL_FATAL(socketpair(AF_UNIX, SOCK_STREAM, 0, fd), 0);
	gh_stream_init(&a, fd[0]);
	gh_stream_init(&b, fd[1]);
	CU_ASSERT_EQUAL(gh_stream_put(&a, 7, 1, 42, "hello", 5), 0);
	CU_ASSERT_EQUAL(gh_stream_put(&a, 8, 0, 43, NULL, 0), 0);
	CU_ASSERT_EQUAL(gh_stream_flush(&a), 0);
	CU_ASSERT_EQUAL(gh_stream_fill(&b), 1);
	CU_ASSERT_EQUAL(gh_stream_next(&b, &hdr, &body), 1);
	CU_ASSERT_TRUE(hdr.type == 7 && hdr.id == 42 && hdr.len == 5);
	CU_ASSERT_EQUAL(memcmp(body, "hello", 5), 0);
	CU_ASSERT_EQUAL(gh_stream_next(&b, &hdr, &body), 1);
	CU_ASSERT_TRUE(hdr.type == 8 && hdr.len == 0);
	CU_ASSERT_EQUAL(gh_stream_next(&b, &hdr, &body), 0);
	gh_stream_close(&a);
	CU_ASSERT_EQUAL(gh_stream_fill(&b), -ECONNRESET);
	gh_stream_close(&b);
}

static void an_oversized_frame_is_refused(void)
{
	struct gh_frame_header hdr = {.len = GH_FRAME_MAX + 1};
	const void *body;
	struct gh_stream s;
	int fd[2];

	CU_ASSERT_EQUAL_FATAL(socketpair(AF_UNIX, SOCK_STREAM, 0, fd), 0);
	gh_stream_init(&s, fd[1]);
	CU_ASSERT_EQUAL(write(fd[0], &hdr, sizeof(hdr)), (ssize_t)sizeof(hdr));
	CU_ASSERT_EQUAL(gh_stream_fill(&s), 1);
	CU_ASSERT_EQUAL(gh_stream_next(&s, &hdr, &body), -EMSGSIZE);
	gh_stream_close(&s);
	close(fd[0]);
}

static void instance_names_are_checked(void)
{
	struct gh_instance inst;
	struct gh_error err;
	char path[GH_INSTANCE_PATH_MAX];

	CU_ASSERT_EQUAL(gh_instance_init(&inst, "../etc", &err), -EINVAL);
	CU_ASSERT_EQUAL(gh_instance_init(&inst, "", &err), -EINVAL);
	CU_ASSERT_EQUAL(gh_instance_init(&inst, "vpnc1", &err), 0);
	CU_ASSERT_PTR_NOT_NULL(
	    strstr(gh_instance_path(&inst, "run/x.sock", path), "/vpnc1/run/x.sock"));
}

static const struct unit_test tests[] = {
    UNIT_TEST(reader_sticks_after_overrun),
    UNIT_TEST(writer_refuses_what_does_not_fit),
    UNIT_TEST(prefixes_parse_and_print),
    UNIT_TEST(prefix_and_range_agree),
    UNIT_TEST(frames_cross_a_socket),
    UNIT_TEST(an_oversized_frame_is_refused),
    UNIT_TEST(instance_names_are_checked),
};

UNIT_MAIN("common", tests)
