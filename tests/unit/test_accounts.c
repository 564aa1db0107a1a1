/* SPDX-License-Identifier: BSD-3-Clause */
/* Linux accounts in a root of the test's own; keys as sshd takes them. */
#include <errno.h>
#include <fcntl.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include "ctrlplane/auth/accounts.h"
#include "ctrlplane/auth/key.h"
#include "tests/unit/unit.h"

#define KEY "ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAIDb7Nf/yDGRbi4lPKoTQ3TkVvMHgPBZoiXXgUzNoxCQD a@b"
#define HASH "$6$saltsalt$0123456789"
#define MARK "Gatehouse /test/default"

static char root[64];

static struct gh_accounts_place place(void)
{
	return (struct gh_accounts_place){
	    .prefix = root, .shell = "/usr/bin/gatehouse-cli", .mark = MARK};
}

static const char *in_root(const char *path)
{
	static char buf[4][160];
	static unsigned n;

	n = (n + 1) % 4;
	snprintf(buf[n], sizeof(buf[n]), "%s%s", root, path);
	return buf[n];
}

static void put_file(const char *path, const char *text)
{
	FILE *f = fopen(in_root(path), "w");

	CU_ASSERT_PTR_NOT_NULL_FATAL(f);
	fputs(text, f);
	fclose(f);
}

static const char *content(const char *path)
{
	static char buf[4][8192];
	static unsigned n;
	FILE *f = fopen(in_root(path), "r");
	size_t len;

	n = (n + 1) % 4;
	len = f != NULL ? fread(buf[n], 1, sizeof(buf[n]) - 1, f) : 0;
	buf[n][len] = '\0';
	if (f != NULL)
		fclose(f);
	return buf[n];
}

static bool has(const char *path, const char *part)
{
	return strstr(content(path), part) != NULL;
}

#define PASSWD "root:x:0:0:root:/root:/bin/bash\nalan:x:1000:1000:Alan,,,:/home/alan:/bin/bash\n"
#define SHADOW "root:*:19000:0:99999:7:::\nalan:$y$x:19000:0:99999:7:::\n"

static void make_root(void)
{
	snprintf(root, sizeof(root), "/tmp/gatehouse-accounts-XXXXXX");
	CU_ASSERT_PTR_NOT_NULL_FATAL(mkdtemp(root));
	mkdir(in_root("/etc"), 0755);
	mkdir(in_root("/var"), 0755);
	mkdir(in_root("/var/lib"), 0755);
	put_file("/etc/passwd", PASSWD);
	put_file("/etc/shadow", SHADOW);
	chmod(in_root("/etc/shadow"), 0640);
	put_file("/etc/group", "root:x:0:\nalan:x:1000:\nusers:x:100:alan\n");
	put_file("/etc/gshadow", "root:*::\nalan:!::\nusers:*::alan\n");
	put_file("/etc/shells", "/bin/sh\n");
}

static void remove_root(void)
{
	char command[128];

	snprintf(command, sizeof(command), "rm -rf %s", root);
	CU_ASSERT_EQUAL(system(command), 0);
}

static int apply(const struct gh_account *list, size_t count, struct gh_error *err)
{
	struct gh_accounts_place where = place();

	return gh_accounts_apply(&where, list, count, err);
}

static void accounts_come_change_and_go(void)
{
	struct gh_account two[] = {
	    {.name = "ann", .role = "admin", .hash = HASH, .keys = (char *)KEY "\n"},
	    {.name = "vic", .role = "viewer"}};
	struct gh_error err = {0};
	struct stat st;

	make_root();
	CU_ASSERT_EQUAL(apply(two, 2, &err), 0);
	CU_ASSERT(has("/etc/passwd", "\nann:x:2000:999:" MARK ":"));
	CU_ASSERT(has("/etc/passwd", "\nvic:x:2001:999:" MARK ":"));
	CU_ASSERT(has("/etc/passwd", "/gatehouse-users/ann:/usr/bin/gatehouse-cli\n"));
	CU_ASSERT(has("/etc/shadow", "\nann:" HASH ":"));
	CU_ASSERT(has("/etc/shadow", "\nvic:*:"));
	CU_ASSERT(has("/etc/group", "\ngatehouse-admin:x:998:ann\n"));
	CU_ASSERT(has("/etc/group", "\ngatehouse-viewer:x:996:vic\n"));
	CU_ASSERT(has("/etc/gshadow", "\ngatehouse-viewer:!::vic\n"));
	CU_ASSERT_STRING_EQUAL(content("/etc/shells"), "/bin/sh\n/usr/bin/gatehouse-cli\n");
	CU_ASSERT_STRING_EQUAL(content("/etc/gatehouse/authorized_keys/ann"), KEY "\n");
	CU_ASSERT_EQUAL(stat(in_root("/etc/gatehouse/authorized_keys/ann"), &st), 0);
	CU_ASSERT(st.st_uid == geteuid() && (st.st_mode & 0777) == 0644);
	CU_ASSERT_EQUAL(stat(in_root("/etc/shadow"), &st), 0);
	CU_ASSERT_EQUAL(st.st_mode & 0777, 0640);
	CU_ASSERT_EQUAL(stat(in_root("/var/lib/gatehouse-users/vic"), &st), 0);
	CU_ASSERT(st.st_uid == 2001 && (st.st_mode & 0777) == 0700);

	two[0] = (struct gh_account){.name = "ann", .role = "operator"};
	CU_ASSERT_EQUAL(apply(two, 1, &err), 0);
	CU_ASSERT(has("/etc/group", "\ngatehouse-admin:x:998:\n"));
	CU_ASSERT(has("/etc/group", "\ngatehouse-operator:x:997:ann\n"));
	CU_ASSERT(has("/etc/group", "\ngatehouse-viewer:x:996:\n"));
	CU_ASSERT(has("/etc/shadow", "\nann:*:"));
	CU_ASSERT(!has("/etc/passwd", "vic"));
	CU_ASSERT(!has("/etc/shadow", "vic"));
	CU_ASSERT_EQUAL(access(in_root("/etc/gatehouse/authorized_keys/ann"), F_OK), -1);
	CU_ASSERT_EQUAL(access(in_root("/var/lib/gatehouse-users/vic"), F_OK), -1);

	CU_ASSERT_EQUAL(apply(NULL, 0, &err), 0);
	CU_ASSERT_STRING_EQUAL(content("/etc/passwd"), PASSWD);
	CU_ASSERT_STRING_EQUAL(content("/etc/shadow"), SHADOW);
	CU_ASSERT(has("/etc/group", "users:x:100:alan\n"));
	remove_root();
}

static void what_others_made_stays(void)
{
	struct gh_account alan = {.name = "alan", .role = "admin"};
	struct gh_accounts_place where = place();
	struct gh_error err = {0};

	make_root();
	CU_ASSERT_EQUAL(gh_accounts_check(&where, &alan, 1, &err), -EEXIST);
	CU_ASSERT_PTR_NOT_NULL(strstr(err.message, "did not make"));
	CU_ASSERT_EQUAL(apply(&alan, 1, &err), -EEXIST);
	CU_ASSERT_STRING_EQUAL(content("/etc/passwd"), PASSWD);
	CU_ASSERT_STRING_EQUAL(content("/etc/shadow"), SHADOW);
	/* another instance's account is another's */
	put_file("/etc/passwd", PASSWD "eve:x:2000:999:Gatehouse /test/other:/h:/s\n");
	CU_ASSERT_EQUAL(apply(NULL, 0, &err), 0);
	CU_ASSERT(has("/etc/passwd", "eve:"));
	remove_root();
}

static void a_home_is_removed_without_following_links(void)
{
	struct gh_account vic = {.name = "vic", .role = "viewer"};
	struct gh_error err = {0};

	make_root();
	CU_ASSERT_EQUAL(apply(&vic, 1, &err), 0);
	mkdir(in_root("/var/lib/gatehouse-users/vic/sub"), 0755);
	put_file("/var/lib/gatehouse-users/vic/sub/file", "x");
	CU_ASSERT_EQUAL(symlink(in_root("/etc"), in_root("/var/lib/gatehouse-users/vic/etc")), 0);
	CU_ASSERT_EQUAL(apply(NULL, 0, &err), 0);
	CU_ASSERT_EQUAL(access(in_root("/var/lib/gatehouse-users/vic"), F_OK), -1);
	CU_ASSERT_EQUAL(access(in_root("/etc/passwd"), F_OK), 0);
	remove_root();
}

static void another_program_has_the_lock(void)
{
	struct gh_account vic = {.name = "vic", .role = "viewer"};
	struct flock lock = {.l_type = F_WRLCK, .l_whence = SEEK_SET};
	struct gh_error err = {0};
	int fd, status, ready[2];
	pid_t pid;
	char c;

	make_root();
	CU_ASSERT_EQUAL_FATAL(pipe(ready), 0);
	pid = fork();
	if (pid == 0) { /* holds the lock until it is told */
		close(ready[1]);
		fd = open(in_root("/etc/.pwd.lock"), O_WRONLY | O_CREAT, 0600);
		_exit(fcntl(fd, F_SETLK, &lock) < 0 || read(ready[0], &c, 1) != 0);
	}
	close(ready[0]);
	fd = open(in_root("/etc/.pwd.lock"), O_WRONLY | O_CREAT, 0600);
	do {
		lock.l_type = F_WRLCK;
		fcntl(fd, F_GETLK, &lock);
	} while (lock.l_type == F_UNLCK);
	close(fd);
	CU_ASSERT_EQUAL(apply(&vic, 1, &err), -EBUSY);
	CU_ASSERT_STRING_EQUAL(content("/etc/passwd"), PASSWD);
	close(ready[1]);
	waitpid(pid, &status, 0);
	CU_ASSERT_EQUAL(status, 0);
	CU_ASSERT_EQUAL(apply(&vic, 1, &err), 0);
	remove_root();
}

static void keys_are_checked(void)
{
	static const char *const bad[] = {"", "hello", "ssh-ed25519", "ssh-ed25519 ",
	    "ssh-ed25519 AAAA", "command=\"sh\" " KEY,
	    "ssh-rsa AAAAC3NzaC1lZDI1NTE5AAAAIDb7Nf/yDGRbi4lPKoTQ3TkVvMHgPBZo",
	    "ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAIDb7Nf/yDGRbi4lPKoTQ3TkVvMHg!BZoiXXgUzNoxCQD a@b",
	    KEY "\nssh-rsa x"};
	struct gh_error err;

	CU_ASSERT_EQUAL(gh_key_check(KEY, &err), 0);
	for (size_t i = 0; i < sizeof(bad) / sizeof(bad[0]); i++) {
		if (gh_key_check(bad[i], &err) != -EINVAL)
			printf("taken: %s\n", bad[i]);
		CU_ASSERT_EQUAL(gh_key_check(bad[i], &err), -EINVAL);
	}
	CU_ASSERT_EQUAL(gh_key_check("hello", &err), -EINVAL);
	CU_ASSERT_PTR_NOT_NULL(strstr(err.message, "\"hello\""));
}

static const struct unit_test tests[] = {
    UNIT_TEST(accounts_come_change_and_go),
    UNIT_TEST(what_others_made_stays),
    UNIT_TEST(a_home_is_removed_without_following_links),
    UNIT_TEST(another_program_has_the_lock),
    UNIT_TEST(keys_are_checked),
};

UNIT_MAIN("accounts", tests)
