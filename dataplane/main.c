/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * gatehouse-dataplane: the packet process of one instance, in the network namespace it is
 * started in.
 */
#include <errno.h>
#include <fcntl.h>
#include <getopt.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

#include "common/clock.h"
#include "common/instance.h"
#include "common/log.h"
#include "dataplane/control.h"
#include "dataplane/dataplane.h"
#include "dataplane/eal.h"
#include "dataplane/loop.h"

#define PREDECESSOR_MS 5000

struct arguments {
	const char *instance;
	unsigned memory_mb;
};

static void usage(FILE *out)
{
	fprintf(out,
	    "usage: gatehouse-dataplane [--instance NAME] [--memory MB]\n"
	    "\n"
	    "  --instance NAME   the instance to serve (default: $GATEHOUSE_INSTANCE or "
	    "'default')\n"
	    "  --memory MB       packet memory, %u if not given; huge pages when so many are "
	    "free\n",
	    GH_EAL_MEMORY_DEFAULT);
}

static void parse_arguments(int argc, char **argv, struct arguments *a)
{
	static const struct option options[] = {{"instance", required_argument, NULL, 'i'},
	    {"memory", required_argument, NULL, 'm'}, {"help", no_argument, NULL, 'h'}, {0}};
	int c;

	*a = (struct arguments){.memory_mb = GH_EAL_MEMORY_DEFAULT};
	while ((c = getopt_long(argc, argv, "i:m:h", options, NULL)) != -1) {
		if (c == 'i') {
			a->instance = optarg;
		} else if (c == 'm') {
			a->memory_mb = (unsigned)strtoul(optarg, NULL, 10);
		} else {
			usage(c == 'h' ? stdout : stderr);
			exit(c == 'h' ? EXIT_SUCCESS : EXIT_FAILURE);
		}
	}
	if (optind < argc || a->memory_mb < 192 || a->memory_mb > 1u << 20) {
		fprintf(stderr, "gatehouse-dataplane: %s\n",
		    optind < argc ? "there are no arguments, only options"
				  : "--memory takes 192 MB to 1 TB");
		usage(stderr);
		exit(EXIT_FAILURE);
	}
}

/* A dataplane that was killed holds its lock until the kernel has taken its ports apart. */
static int lock_patiently(int fd)
{
	uint64_t give_up = gh_clock_ms() + PREDECESSOR_MS;

	while (flock(fd, LOCK_EX | LOCK_NB) < 0) {
		if (gh_clock_ms() > give_up)
			return -EBUSY;
		nanosleep(&(struct timespec){.tv_nsec = 20 * GH_NS_PER_MS}, NULL);
	}
	return 0;
}

/* Holds <instance>/run/dataplane.pid locked as long as we live. */
static int take_pid_file(const struct gh_instance *inst, struct gh_error *err)
{
	char path[GH_INSTANCE_PATH_MAX], text[16];
	int fd, n;

	mkdir(inst->dir, 0755);
	mkdir(gh_instance_path(inst, "run", path), 0755);
	gh_instance_path(inst, "run/dataplane.pid", path);
	fd = open(path, O_RDWR | O_CREAT | O_CLOEXEC | O_NOFOLLOW, 0644);
	if (fd < 0)
		return gh_error_set(err, -errno, path, "%s", strerror(errno));
	if (lock_patiently(fd) < 0) {
		close(fd);
		return gh_error_set(
		    err, -EBUSY, path, "a dataplane of instance %s is running", inst->name);
	}
	n = snprintf(text, sizeof(text), "%d\n", getpid());
	if (ftruncate(fd, 0) < 0 || write(fd, text, (size_t)n) != n)
		return gh_error_set(err, -EIO, path, "cannot be written");
	return fd;
}

/* One name for DPDK's run-time files per instance directory, whatever its length. */
static void make_prefix(const struct gh_instance *inst, char *buf, size_t size)
{
	uint32_t hash = 2166136261u;

	for (const char *p = inst->dir; *p != '\0'; p++)
		hash = (hash ^ (uint8_t)*p) * 16777619u;
	snprintf(buf, size, "gatehouse-%s-%08x", inst->name, hash);
}

static void on_signal(int signo)
{
	gh_loop_stop();
}

static void catch_signals(void)
{
	struct sigaction sa = {.sa_handler = on_signal};

	sigaction(SIGTERM, &sa, NULL);
	sigaction(SIGINT, &sa, NULL);
	signal(SIGPIPE, SIG_IGN);
}

static int serve(const struct gh_instance *inst, unsigned memory_mb, struct gh_error *err)
{
	char prefix[64], shm[GH_INSTANCE_PATH_MAX], socket[GH_INSTANCE_PATH_MAX];
	struct gh_dataplane_options options = {.prefix = prefix,
	    .shm_path = gh_instance_path(inst, "run/dataplane.shm", shm),
	    .socket_path = gh_instance_path(inst, "run/dataplane.sock", socket),
	    .memory_mb = memory_mb,
	    .netlink = true};
	int rc;

	make_prefix(inst, prefix, sizeof(prefix));
	rc = gh_dataplane_start(&options, err);
	if (rc == 0) {
		catch_signals();
		gh_log(GH_LOG_MAIN, LOG_NOTICE, "instance %s: dataplane ready", inst->name);
		gh_loop_run(gh_control_tick);
		gh_log(GH_LOG_MAIN, LOG_NOTICE, "instance %s: dataplane ends", inst->name);
	}
	gh_dataplane_stop();
	return rc;
}

int main(int argc, char **argv)
{
	char path[GH_INSTANCE_PATH_MAX];
	struct arguments args;
	struct gh_instance inst;
	struct gh_error err = {0};
	int pid_fd = -1, rc;

	parse_arguments(argc, argv, &args);
	gh_log_init("gatehouse-dataplane");
	rc = gh_instance_init(&inst, args.instance, &err);
	if (rc == 0)
		rc = pid_fd = take_pid_file(&inst, &err);
	if (rc >= 0)
		rc = serve(&inst, args.memory_mb, &err);
	if (rc < 0)
		gh_log(
		    GH_LOG_MAIN, LOG_ERR, "%s%s%s", err.path, err.path[0] ? ": " : "", err.message);
	if (pid_fd >= 0)
		unlink(gh_instance_path(&inst, "run/dataplane.pid", path));
	return rc < 0 ? EXIT_FAILURE : EXIT_SUCCESS;
}
