/* SPDX-License-Identifier: BSD-3-Clause */
#include <errno.h>
#include <fcntl.h>
#include <sched.h>
#include <stdio.h>
#include <string.h>
#include <sys/mount.h>
#include <unistd.h>

#include "launcher/launcher.h"

#define NETNS_DIR "/run/netns"

/* /sys shows the network devices of the namespace it was mounted in: drivers look there. */
static int remount_sys(struct gh_error *err)
{
	if (unshare(CLONE_NEWNS) < 0 || mount("", "/", "none", MS_SLAVE | MS_REC, NULL) < 0)
		return gh_error_set(
		    err, -errno, "/", "cannot get mounts of our own: %s", strerror(errno));
	umount2("/sys", MNT_DETACH);
	if (mount("sysfs", "/sys", "sysfs", 0, NULL) < 0)
		return gh_error_set(err, -errno, "/sys", "cannot mount: %s", strerror(errno));
	return 0;
}

int netns_open(const char *name, struct gh_error *err)
{
	char path[128];
	int fd;

	if (strchr(name, '/') != NULL ||
	    snprintf(path, sizeof(path), NETNS_DIR "/%s", name) >= (int)sizeof(path))
		return gh_error_set(err, -EINVAL, NULL, "'%s' names no network namespace", name);
	fd = open(path, O_RDONLY | O_CLOEXEC);
	if (fd < 0)
		return gh_error_set(err, -errno, path,
		    "there is no network namespace '%s': create it by `ip netns add %s`", name,
		    name);
	return fd;
}

int netns_enter(int fd, struct gh_error *err)
{
	if (setns(fd, CLONE_NEWNET) < 0)
		return gh_error_set(
		    err, -errno, NULL, "cannot enter the namespace: %s", strerror(errno));
	return remount_sys(err);
}
