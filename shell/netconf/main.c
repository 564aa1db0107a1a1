/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * gatehouse-netconf: a NETCONF session on standard input and output, as sshd's subsystem.
 */
#include "config.h"

#include <errno.h>
#include <getopt.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "shell/netconf/events.h"
#include "shell/netconf/schema.h"
#include "shell/netconf/serve.h"

#define EXIT_BROKEN 1
#define EXIT_USAGE 2
#define EXIT_NO_DAEMON 3

static const char usage[] =
    "Usage: gatehouse-netconf [--instance NAME]\n"
    "Serves one NETCONF session (RFC 6241) on standard input and output. It is meant to be sshd's\n"
    "subsystem: in sshd_config, \"Subsystem netconf /usr/bin/gatehouse-netconf\".\n"
    "\n"
    "  -i, --instance NAME   the instance (default: $GATEHOUSE_INSTANCE, or \"default\")\n"
    "  -h, --help            this text\n"
    "  -V, --version\n"
    "\n"
    "Exit status: 0 after close-session; 1 when the session broke off; 2 for a wrong option;\n"
    "3 when the instance does not answer. Why is said on standard error, which sshd logs.\n";

/* sshd starts a subsystem by the user's shell, which may add words: they are refused. */
static int parse_options(int argc, char **argv, const char **instance)
{
	static const struct option longopts[] = {
	    {"instance", required_argument, NULL, 'i'},
	    {"help", no_argument, NULL, 'h'},
	    {"version", no_argument, NULL, 'V'},
	    {NULL, 0, NULL, 0},
	};
	int opt;

	while ((opt = getopt_long(argc, argv, "i:hV", longopts, NULL)) != -1) {
		if (opt == 'i')
			*instance = optarg;
		else if (opt == 'h')
			return fputs(usage, stdout), -1;
		else if (opt == 'V')
			return puts("gatehouse-netconf " PACKAGE_VERSION), -1;
		else
			return EXIT_USAGE;
	}
	if (optind == argc)
		return 0;
	fprintf(stderr, "gatehouse-netconf: \"%s\" is no option\n", argv[optind]);
	return EXIT_USAGE;
}

static void complain(const struct gh_error *err)
{
	fprintf(stderr, "gatehouse-netconf: %s%s%s\n", err->path, err->path[0] != '\0' ? ": " : "",
	    err->message);
}

static void print_library(const struct nc_session *session, NC_VERB_LEVEL level, const char *text)
{
	fprintf(stderr, "gatehouse-netconf: %s\n", text);
}

/* The library's own answer to get-schema frees its text twice with this libyang. */
static void take_get_schema(const struct ly_ctx *ctx)
{
	const struct lysc_node *rpc =
	    lys_find_path(ctx, NULL, "/ietf-netconf-monitoring:get-schema", 0);

	if (rpc != NULL)
		((struct lysc_node *)rpc)->priv = netconf_answer;
}

static int start_library(struct netconf *n, struct gh_error *err)
{
	/* Debug and verbose lines would hold messages, and so secrets. */
	nc_verbosity(NC_VERB_ERROR);
	nc_set_print_clb_session(print_library);
	take_get_schema(n->ctx);
	if (nc_server_init(n->ctx) != 0)
		return gh_error_set(err, -ENOMEM, NULL, "libnetconf2 does not start");
	nc_server_set_capab_withdefaults(
	    NC_WD_EXPLICIT, NC_WD_ALL | NC_WD_ALL_TAG | NC_WD_TRIM | NC_WD_EXPLICIT);
	nc_server_set_capability("urn:ietf:params:netconf:capability:notification:1.0");
	nc_server_set_capability("urn:ietf:params:netconf:capability:interleave:1.0");
	nc_set_global_rpc_clb(netconf_answer);
	return 0;
}

static int connect_daemon(struct netconf *n, const char *instance, struct gh_error *err)
{
	const char *ssh = getenv("SSH_CONNECTION");
	struct gh_instance inst;
	char origin[64];

	if (ssh != NULL && *ssh != '\0')
		snprintf(origin, sizeof(origin), "ssh from %.*s", (int)strcspn(ssh, " "), ssh);
	else
		snprintf(origin, sizeof(origin), "local");
	n->daemon.event = events_take;
	n->daemon.event_arg = n;
	if (gh_instance_init(&inst, instance, err) < 0)
		return err->code;
	return client_open(&n->daemon, &inst, "gatehouse-netconf", origin, err);
}

static int run(struct netconf *n, struct gh_error *err)
{
	int rc = start_library(n, err);

	if (rc == 0)
		rc = wire_open(&n->wire, STDIN_FILENO, STDOUT_FILENO);
	if (rc == 0)
		rc = serve_greet(n, err);
	if (rc == 0)
		rc = serve(n, err);
	events_free(n);
	if (n->poll != NULL)
		nc_ps_clear(n->poll, 1, NULL);
	nc_ps_free(n->poll);
	nc_server_destroy();
	wire_close(&n->wire);
	return rc;
}

int main(int argc, char **argv)
{
	const char *instance = NULL;
	struct netconf n = {0};
	struct gh_error err = {0};
	int rc = parse_options(argc, argv, &instance);

	if (rc != 0)
		return rc < 0 ? 0 : rc;
	signal(SIGPIPE, SIG_IGN);
	if (connect_daemon(&n, instance, &err) < 0) {
		complain(&err);
		return EXIT_NO_DAEMON;
	}
	n.ctx = netconf_schema_new(&err);
	rc = n.ctx != NULL ? run(&n, &err) : -EINVAL;
	if (rc < 0)
		complain(&err);
	ly_ctx_destroy(n.ctx);
	client_close(&n.daemon);
	return rc < 0 ? EXIT_BROKEN : 0;
}
