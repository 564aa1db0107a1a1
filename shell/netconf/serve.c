/* SPDX-License-Identifier: BSD-3-Clause */
#include "shell/netconf/serve.h"

#include <errno.h>
#include <poll.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "shell/json.h"
#include "shell/netconf/events.h"
#include "shell/netconf/fault.h"
#include "shell/netconf/schema.h"

#define HELLO_PATIENCE_MS 60000

static int broken(struct gh_error *err, int code)
{
	return gh_error_set(err, code, NULL, "the client's message is %s: the session ends",
	    code == -EMSGSIZE ? "too large" : "not framed as RFC 6242 says");
}

static void add_capability(struct text *t, const char *capability)
{
	text_addf(t, "<capability>");
	for (const char *p = capability; *p != '\0'; p++) {
		if (*p == '&')
			text_addf(t, "&amp;");
		else
			text_add(t, p, 1);
	}
	text_addf(t, "</capability>");
}

/* libnetconf2 would number every session 1: the daemon's number is the one that locks name. */
static int send_hello(struct netconf *n)
{
	const char **all = nc_server_get_cpblts_version(n->ctx, LYS_VERSION_1_0);
	struct text t = {0};
	int rc;

	if (all == NULL)
		return -ENOMEM;
	text_addf(&t, "<hello xmlns=\"%s\"><capabilities>", NETCONF_NS);
	for (size_t i = 0; all[i] != NULL; i++) {
		add_capability(&t, all[i]);
		lydict_remove(n->ctx, all[i]);
	}
	free(all);
	text_addf(&t, "</capabilities><session-id>%u</session-id></hello>", n->daemon.session);
	rc = wire_send(&n->wire, t.data, t.len);
	text_free(&t);
	return rc;
}

static bool all_opaque(const struct lyd_node *node)
{
	const struct lyd_node *child;

	LY_LIST_FOR (lyd_child(node), child) {
		if (child->schema != NULL || !all_opaque(child))
			return false;
	}
	return true;
}

/* The library takes for granted that a hello is one, whatever comes. */
static bool is_hello(const struct netconf *n)
{
	struct lyd_node *tree = NULL;
	bool is;

	lyd_parse_data_mem(
	    n->ctx, n->wire.message.data, LYD_XML, LYD_PARSE_ONLY | LYD_PARSE_OPAQ, 0, &tree);
	is = tree != NULL && tree->next == NULL && tree->schema == NULL &&
	     strcmp(((struct lyd_node_opaq *)tree)->name.name, "hello") == 0 && all_opaque(tree);
	lyd_free_all(tree);
	return is;
}

static int wait_for_message(struct netconf *n, struct gh_error *err)
{
	struct pollfd pfd = {.fd = n->wire.in, .events = POLLIN};
	int rc;

	while ((rc = wire_next(&n->wire)) == 0) {
		if (poll(&pfd, 1, HELLO_PATIENCE_MS) == 0)
			return gh_error_set(err, -ETIMEDOUT, NULL, "the client does not say hello");
		if (wire_fill(&n->wire) <= 0)
			return gh_error_set(
			    err, -ECONNRESET, NULL, "the client went away before its hello");
	}
	return rc < 0 ? broken(err, rc) : 0;
}

int serve_greet(struct netconf *n, struct gh_error *err)
{
	NC_MSG_TYPE type;
	int rc = send_hello(n);

	if (rc < 0)
		return gh_error_set(err, rc, NULL, "the hello cannot be sent: %s", strerror(-rc));
	rc = wait_for_message(n, err);
	if (rc < 0)
		return rc;
	if (!is_hello(n))
		return gh_error_set(err, -EPROTO, NULL, "the client's first message is no hello");
	type = nc_accept_inout(n->wire.lib_in, n->wire.lib_out, n->daemon.user, &n->session);
	wire_drop(&n->wire);
	if (type != NC_MSG_HELLO)
		return gh_error_set(err, -EPROTO, NULL,
		    "the client's hello is not valid, or it speaks neither base:1.0 nor base:1.1");
	n->wire.chunked = nc_session_get_version(n->session) == 1;
	nc_session_set_data(n->session, n);
	n->poll = nc_ps_new();
	return n->poll == NULL || nc_ps_add_session(n->poll, n->session) != 0 ? -ENOMEM : 0;
}

/* The library answers what it cannot parse without the place; we know it. */
static void answer_bad_rpc(struct netconf *n)
{
	struct lyd_node *envelope = NULL, *op = NULL, *reply = NULL;
	struct lyd_node_opaq *from;
	struct ly_in *in = NULL;
	char *xml = NULL;

	ly_in_new_memory(n->wire.message.data, &in);
	lyd_parse_op(n->ctx, NULL, in, LYD_XML, LYD_TYPE_RPC_NETCONF, &envelope, &op);
	ly_in_free(in, 0);
	from = (struct lyd_node_opaq *)envelope;
	if (from != NULL && op == NULL &&
	    lyd_new_opaq2(NULL, n->ctx, "rpc-reply", NULL, NULL, NETCONF_NS, &reply) ==
		LY_SUCCESS) {
		lyd_insert_child(reply, fault_parse(n->ctx));
		((struct lyd_node_opaq *)reply)->attr = from->attr;
		lyd_print_mem(&xml, reply, LYD_XML, LYD_PRINT_SHRINK);
		((struct lyd_node_opaq *)reply)->attr = NULL;
	}
	lyd_free_all(op);
	lyd_free_all(envelope);
	lyd_free_all(reply);
	if (xml != NULL) {
		wire_drop(&n->wire);
		wire_send(&n->wire, xml, strlen(xml));
	}
	free(xml);
}

/* 1: go on; 0: the session was closed; <0. */
static int serve_message(struct netconf *n, struct gh_error *err)
{
	int what = nc_ps_poll(n->poll, 0, NULL), rc;

	if (what & NC_PSPOLL_BAD_RPC) {
		n->count.bad_rpcs++;
		if (!n->wire.chunked && wire_written(&n->wire) == 0)
			return gh_error_set(
			    err, -EPROTO, NULL, "the client's message is not understood");
		answer_bad_rpc(n);
	}
	rc = wire_flush(&n->wire);
	if (rc < 0)
		return gh_error_set(err, rc, NULL, "the client went away");
	if (n->daemon_gone)
		return gh_error_set(
		    err, -EPIPE, NULL, "the daemon went away, or ended the session");
	if (what & NC_PSPOLL_SESSION_ERROR)
		return gh_error_set(err, -EPROTO, NULL, "the session broke off");
	return (what & NC_PSPOLL_SESSION_TERM) == 0;
}

/* Every message that has come whole, and the events between them. */
static int serve_messages(struct netconf *n, struct gh_error *err)
{
	int rc;

	while ((rc = wire_next(&n->wire)) > 0) {
		rc = serve_message(n, err);
		if (rc <= 0)
			return rc;
		events_send(n);
	}
	return rc < 0 ? broken(err, rc) : 1;
}

static int serve_daemon(struct netconf *n, struct gh_error *err)
{
	if (client_poll(&n->daemon) < 0)
		return gh_error_set(
		    err, -EPIPE, NULL, "the daemon went away, or ended the session");
	return 1;
}

int serve(struct netconf *n, struct gh_error *err)
{
	struct pollfd pfds[2] = {
	    {.fd = n->wire.in, .events = POLLIN}, {.fd = n->daemon.stream.fd, .events = POLLIN}};
	int rc = serve_messages(n, err);

	while (rc > 0) {
		events_send(n);
		rc = wire_flush(&n->wire);
		if (rc < 0)
			return gh_error_set(err, rc, NULL, "the client went away");
		rc = poll(pfds, 2, events_timeout_ms(n));
		if (rc < 0)
			return errno == EINTR ? 0 : -errno;
		rc = 1;
		if (pfds[1].revents != 0)
			rc = serve_daemon(n, err);
		if (rc > 0 && pfds[0].revents != 0) {
			int filled = wire_fill(&n->wire);

			if (filled <= 0)
				return gh_error_set(err, -ECONNRESET, NULL,
				    "the client went away without close-session");
			rc = serve_messages(n, err);
		}
	}
	return rc;
}
