/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * gatehoused: owns the configuration and speaks IKE. One libev loop; see docs/architecture.md.
 */
#include <errno.h>
#include <ev.h>
#include <fcntl.h>
#include <getopt.h>
#include <signal.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <unistd.h>

#include "common/log.h"
#include "config.h"
#include "ctrlplane/auth/auth.h"
#include "ctrlplane/config/audit.h"
#include "ctrlplane/config/registry.h"
#include "ctrlplane/config/server.h"
#include "ctrlplane/config/system.h"
#include "ctrlplane/config/transaction.h"
#include "ctrlplane/daemon.h"
#include "ctrlplane/dpclient/dpclient.h"
#include "ctrlplane/ike/host/ike_daemon.h"
#include "ctrlplane/net/net.h"
#include "db/model.h"
#include "db/store_text.h"

/* The parts, in the order in which they start and apply a commit. */
static const struct gh_part parts[] = {
    {.name = "auth", .start = gh_auth_start, .stop = gh_auth_stop},
    {.name = "net", .start = gh_net_start, .stop = gh_net_stop},
    {.name = "ike", .start = gh_ike_start, .ready = gh_ike_ready, .stop = gh_ike_stop},
    {0},
};

struct options {
	const char *instance;
	const char *export, *import; /* files */
	bool foreground;
};

static struct {
	struct gh_instance instance;
	struct gh_daemon daemon;
	struct gh_datastore ds;
	struct ly_ctx *model;
	struct gh_server *server;
	size_t started; /* parts */
	int lock;
	bool wrote_pid;
	int ready_fd; /* the waiting parent of a background start, or -1 */
} d = {.lock = -1, .ready_fd = -1};

const struct lyd_node *gh_running(void)
{
	return d.ds.running;
}

static void usage(FILE *to)
{
	fputs("usage: gatehoused --instance NAME [--foreground | --export FILE | --import FILE]\n"
	      "Serves one gateway's configuration and IKE, in the network namespace it is started "
	      "in.\n"
	      "--export writes all kept configurations to FILE as text (secrets in clear), also "
	      "while\nthe daemon runs; --import makes the store of an instance that has none "
	      "from it.\n",
	    to);
}

static int parse_options(int argc, char **argv, struct options *opt)
{
	static const struct option known[] = {{"instance", required_argument, NULL, 'i'},
	    {"foreground", no_argument, NULL, 'f'}, {"help", no_argument, NULL, 'h'},
	    {"version", no_argument, NULL, 'v'}, {"export", required_argument, NULL, 'E'},
	    {"import", required_argument, NULL, 'I'}, {0}};
	int c;

	while ((c = getopt_long(argc, argv, "i:fhv", known, NULL)) != -1) {
		switch (c) {
		case 'i':
			opt->instance = optarg;
			break;
		case 'f':
			opt->foreground = true;
			break;
		case 'E':
			opt->export = optarg;
			break;
		case 'I':
			opt->import = optarg;
			break;
		case 'h':
			usage(stdout);
			exit(0);
		case 'v':
			puts("gatehoused " PACKAGE_VERSION);
			exit(0);
		default:
			usage(stderr);
			return -1;
		}
	}
	if (optind < argc)
		usage(stderr);
	return optind < argc ? -1 : 0;
}

static int make_directory(const char *path, mode_t mode, struct gh_error *err)
{
	if (mkdir(path, mode) == 0 || errno == EEXIST)
		return 0;
	return gh_error_set(err, -errno, path, "the directory cannot be made: %s", strerror(errno));
}

static int make_directories(const struct gh_instance *inst, struct gh_error *err)
{
	char path[GH_INSTANCE_PATH_MAX], root[sizeof(inst->dir)];
	int rc;

	snprintf(root, sizeof(root), "%s", inst->dir);
	*strrchr(root, '/') = '\0';
	rc = make_directory(root, 0755, err);
	if (rc == 0)
		rc = make_directory(inst->dir, 0755, err);
	if (rc == 0)
		rc = make_directory(gh_instance_path(inst, "run", path), 0755, err);
	if (rc == 0)
		rc = make_directory(gh_instance_path(inst, "log", path), 0755, err);
	return rc;
}

/* One daemon an instance, whatever became of files of an earlier one. */
static int take_lock(const struct gh_instance *inst, struct gh_error *err)
{
	char path[GH_INSTANCE_PATH_MAX];

	gh_instance_path(inst, "run/gatehoused.lock", path);
	d.lock = open(path, O_RDWR | O_CREAT | O_CLOEXEC, 0644);
	if (d.lock < 0)
		return gh_error_set(
		    err, -errno, path, "the lock file cannot be opened: %s", strerror(errno));
	if (flock(d.lock, LOCK_EX | LOCK_NB) < 0)
		return gh_error_set(err, -EBUSY, path,
		    "another gatehoused of instance '%s' is running: stop it first", inst->name);
	return 0;
}

/* Log lines go to a file from here on. */
static int open_log(const struct gh_instance *inst, struct gh_error *err)
{
	char path[GH_INSTANCE_PATH_MAX];
	int fd, null;

	gh_instance_path(inst, "log/gatehoused.log", path);
	fd = open(path, O_WRONLY | O_CREAT | O_APPEND | O_CLOEXEC, 0640);
	null = open("/dev/null", O_RDWR | O_CLOEXEC);
	if (fd < 0 || null < 0)
		return gh_error_set(
		    err, -errno, path, "the log file cannot be opened: %s", strerror(errno));
	dup2(null, STDIN_FILENO);
	dup2(null, STDOUT_FILENO);
	dup2(fd, STDERR_FILENO);
	close(fd);
	close(null);
	return 0;
}

/* The parent waits until the daemon serves or has said why it does not. */
static void wait_for_child(int fd)
{
	char text[800];
	ssize_t n, len = 0;

	while ((n = read(fd, text + len, sizeof(text) - 1 - (size_t)len)) > 0)
		len += n;
	text[len] = '\0';
	if (strcmp(text, "ready") == 0)
		_exit(0);
	fprintf(
	    stderr, "gatehoused: %s\n", len > 0 ? text : "it ended while starting: see its log");
	_exit(1);
}

static int go_to_background(struct gh_error *err)
{
	int ends[2];
	pid_t pid;

	if (pipe2(ends, O_CLOEXEC) < 0 || (pid = fork()) < 0)
		return gh_error_set(
		    err, -errno, NULL, "the daemon cannot be started: %s", strerror(errno));
	if (pid > 0) {
		close(ends[1]);
		wait_for_child(ends[0]);
	}
	close(ends[0]);
	setsid();
	d.ready_fd = ends[1];
	return open_log(&d.instance, err);
}

static void tell_parent(const char *text)
{
	if (d.ready_fd < 0)
		return;
	if (write(d.ready_fd, text, strlen(text)) < 0)
		gh_log(GH_LOG_MAIN, LOG_WARNING, "whoever started the daemon has gone");
	close(d.ready_fd);
	d.ready_fd = -1;
}

/* In the foreground the supervisor keeps the file. */
static void write_pid(void)
{
	char path[GH_INSTANCE_PATH_MAX];
	FILE *f = fopen(gh_instance_path(&d.instance, "run/gatehoused.pid", path), "we");

	if (f == NULL)
		return;
	fprintf(f, "%d 0 0\n", (int)getpid());
	fclose(f);
	d.wrote_pid = true;
}

static int open_configuration(struct gh_error *err)
{
	char path[GH_INSTANCE_PATH_MAX];
	struct gh_store *store;

	d.model = gh_model_new(err);
	if (d.model == NULL)
		return -EINVAL;
	gh_instance_path(&d.instance, "config.db", path);
	store = gh_store_open(path, GH_STORE_HISTORY, err);
	return store == NULL ? -EIO : gh_datastore_open(&d.ds, d.model, store, err);
}

static int start_parts(struct gh_error *err)
{
	gh_session_rpcs_register();
	gh_system_register();
	for (; parts[d.started].name != NULL; d.started++) {
		if (parts[d.started].start(&d.daemon, err) < 0)
			return err->code < 0 ? err->code : -EINVAL;
	}
	gh_datastore_start(&d.ds);
	for (const struct gh_part *p = parts; p->name != NULL; p++) {
		if (p->ready != NULL && p->ready(err) < 0)
			return err->code < 0 ? err->code : -EINVAL;
	}
	return 0;
}

static int start(struct gh_error *err)
{
	char path[GH_INSTANCE_PATH_MAX];

	if (open_configuration(err) < 0 ||
	    gh_audit_open(
		gh_instance_path(&d.instance, "log/audit.log", path), d.instance.name, err) < 0)
		return -EINVAL;
	d.daemon = (struct gh_daemon){
	    .instance = &d.instance, .loop = ev_default_loop(EVFLAG_AUTO), .schema = d.model};
	if (d.daemon.loop == NULL)
		return gh_error_set(err, -ENOMEM, NULL, "the event loop cannot be made");
	d.daemon.dpc = gh_dpc_new(d.daemon.loop, &d.instance, err);
	if (d.daemon.dpc == NULL || start_parts(err) < 0)
		return -EINVAL;
	d.server = gh_server_start(d.daemon.loop,
	    gh_instance_path(&d.instance, "run/control.sock", path), &d.instance, &d.ds, err);
	return d.server != NULL ? 0 : -EINVAL;
}

static void stop(void)
{
	char path[GH_INSTANCE_PATH_MAX];

	if (d.server != NULL)
		unlink(gh_instance_path(&d.instance, "run/control.sock", path));
	gh_server_stop(d.server);
	if (d.daemon.dpc != NULL)
		gh_dpc_close(d.daemon.dpc);
	while (d.started > 0)
		parts[--d.started].stop();
	if (d.daemon.dpc != NULL)
		gh_dpc_free(d.daemon.dpc);
	gh_audit_close();
	gh_registry_clear();
	gh_datastore_close(&d.ds);
	ly_ctx_destroy(d.model);
	if (d.daemon.loop != NULL)
		ev_loop_destroy(d.daemon.loop);
	if (d.wrote_pid)
		unlink(gh_instance_path(&d.instance, "run/gatehoused.pid", path));
	if (d.lock >= 0)
		close(d.lock);
}

static void on_signal(struct ev_loop *loop, struct ev_signal *w, int events)
{
	gh_log(GH_LOG_MAIN, LOG_NOTICE, "stopping: %s", strsignal(w->signum));
	ev_break(loop, EVBREAK_ALL);
}

static void run(void)
{
	struct ev_signal term, interrupt;

	ev_signal_init(&term, on_signal, SIGTERM);
	ev_signal_init(&interrupt, on_signal, SIGINT);
	ev_signal_start(d.daemon.loop, &term);
	ev_signal_start(d.daemon.loop, &interrupt);
	tell_parent("ready");
	gh_log(GH_LOG_MAIN, LOG_NOTICE, "instance '%s' serves commit %llu", d.instance.name,
	    (unsigned long long)d.ds.id);
	ev_run(d.daemon.loop, 0);
	ev_signal_stop(d.daemon.loop, &term);
	ev_signal_stop(d.daemon.loop, &interrupt);
}

static int fail(const struct gh_error *err)
{
	char text[sizeof(err->path) + sizeof(err->message) + 4];

	snprintf(text, sizeof(text), "%s%s%s", err->path, err->path[0] != '\0' ? ": " : "",
	    err->message);
	if (d.ready_fd >= 0)
		gh_log(GH_LOG_MAIN, LOG_ERR, "%s", text);
	else
		fprintf(stderr, "gatehoused: %s\n", text);
	tell_parent(text);
	stop();
	return 1;
}

static int export_store(const char *file, struct gh_error *err)
{
	char path[GH_INSTANCE_PATH_MAX];
	int fd = open(file, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0600);
	FILE *f = fd >= 0 ? fdopen(fd, "w") : NULL;
	int rc;

	if (f == NULL)
		return gh_error_set(
		    err, -errno, file, "the file cannot be made: %s", strerror(errno));
	rc = gh_store_export(gh_instance_path(&d.instance, "config.db", path), f, err);
	fclose(f);
	if (rc < 0)
		unlink(file);
	return rc;
}

/* What does not fit the model leaves no store behind. */
static int import_store(const char *file, struct gh_error *err)
{
	char path[GH_INSTANCE_PATH_MAX];
	FILE *f = fopen(file, "re");
	int rc;

	if (f == NULL)
		return gh_error_set(
		    err, -errno, file, "the file cannot be read: %s", strerror(errno));
	gh_instance_path(&d.instance, "config.db", path);
	rc = gh_store_import(path, f, err);
	fclose(f);
	if (rc == 0 && open_configuration(err) < 0) {
		gh_datastore_close(&d.ds);
		unlink(path);
		rc = -EINVAL;
	}
	return rc;
}

static int export_or_import(const struct options *opt, struct gh_error *err)
{
	if (opt->export != NULL)
		return export_store(opt->export, err) < 0 ? fail(err) : 0;
	if (make_directories(&d.instance, err) < 0 || take_lock(&d.instance, err) < 0 ||
	    import_store(opt->import, err) < 0)
		return fail(err);
	stop();
	return 0;
}

int main(int argc, char **argv)
{
	struct options opt = {0};
	struct gh_error err = {0};

	if (parse_options(argc, argv, &opt) < 0)
		return 2;
	signal(SIGPIPE, SIG_IGN);
	gh_log_init("gatehoused");
	if (gh_instance_init(&d.instance, opt.instance, &err) < 0)
		return fail(&err);
	if (opt.export != NULL || opt.import != NULL)
		return export_or_import(&opt, &err);
	if (make_directories(&d.instance, &err) < 0 ||
	    (!opt.foreground && go_to_background(&err) < 0) || take_lock(&d.instance, &err) < 0 ||
	    start(&err) < 0)
		return fail(&err);
	if (!opt.foreground)
		write_pid();
	run();
	stop();
	gh_log(GH_LOG_MAIN, LOG_NOTICE, "stopped");
	return 0;
}
