/* SPDX-License-Identifier: BSD-3-Clause */
/* edit-config, copy-config, delete-config, validate: RFC 6241 sections 7.2 to 7.4 and 8.6. */
#include <stdlib.h>
#include <string.h>

#include "common/secret.h"
#include "db/model.h"
#include "shell/netconf/daemon.h"
#include "shell/netconf/edits.h"
#include "shell/netconf/element.h"
#include "shell/netconf/fault.h"
#include "shell/netconf/netconf.h"

#define LOAD_FROM 1000 /* edits: a plain merge of so many is loaded in one piece */

static struct nc_server_reply *load(
    struct netconf *n, const struct lyd_node *elements, bool replace)
{
	struct client_error err;
	struct text t = {0};
	char *json = NULL;
	int rc;

	if (elements != NULL)
		lyd_print_mem(&json, elements, LYD_JSON,
		    LYD_PRINT_SHRINK | LYD_PRINT_WITHSIBLINGS | LYD_PRINT_KEEPEMPTYCONT);
	text_addf(&t, "%s\"json\":", replace ? "\"replace\":[null]," : "");
	text_add_json_string(&t, json != NULL && json[0] != '\0' ? json : "{}");
	if (json != NULL)
		gh_wipe_free(json, strlen(json));
	rc = daemon_rpc(n, "load", t.data, NULL, &err);
	text_free(&t);
	return rc < 0 ? fault_daemon(n->ctx, &err) : nc_server_reply_ok();
}

/* The daemon's `test`; a test-option that the client has not given is none: candidates are built
 * up in steps, and a commit tests anyway. */
static const char *test_word(const struct lyd_node *rpc)
{
	const struct lyd_node *option = netconf_child(rpc, "test-option");
	const char *word = option != NULL ? lyd_get_value(option) : "set";

	if (option == NULL || (option->flags & LYD_DEFAULT) != 0 || strcmp(word, "set") == 0)
		return "none";
	return strcmp(word, "test-only") == 0 ? "only" : "then-set";
}

static int send_edits(struct netconf *n, const struct edits *edits, size_t from, size_t to,
    const char *test, struct client_error *err)
{
	struct text t = {0};
	int rc;

	*err = (struct client_error){.edit = -1};
	if (from == to)
		return 0;
	text_addf(&t, "\"test\":\"%s\",", test);
	edits_print(edits, from, to, &t);
	rc = daemon_rpc(n, "edit", t.data, NULL, err);
	text_free(&t);
	return rc;
}

static bool is_below(const char *path, const char *top)
{
	size_t len = strlen(top);

	return strncmp(path, top, len) == 0 && (path[len] == '\0' || path[len] == '/');
}

static void add_fault(
    struct netconf *n, struct nc_server_reply **reply, const struct client_error *err)
{
	struct fault fault = fault_of(err);
	struct lyd_node *node = fault_node(n->ctx, &fault);

	if (*reply == NULL)
		*reply = nc_server_reply_err(node);
	else
		nc_server_reply_add_err(*reply, node);
}

/* error-option continue-on-error: what fails is left out, with what is below it. */
static struct nc_server_reply *edit_on(
    struct netconf *n, const struct edits *edits, const char *test)
{
	struct nc_server_reply *reply = NULL;
	struct client_error err, ignored;
	size_t from = 0, failed;

	while (from < edits->count && send_edits(n, edits, from, edits->count, test, &err) < 0) {
		add_fault(n, &reply, &err);
		if (err.edit < 0)
			break;
		failed = from + (size_t)err.edit;
		send_edits(n, edits, from, failed, test, &ignored);
		for (from = failed + 1; from < edits->count &&
					is_below(edits->list[from].path, edits->list[failed].path);)
			from++;
	}
	return reply != NULL ? reply : nc_server_reply_ok();
}

static struct nc_server_reply *do_edits(struct netconf *n, const struct lyd_node *rpc,
    const struct lyd_node *elements, const struct edits *edits, const char *default_operation)
{
	const char *option = netconf_leaf(rpc, "error-option"), *test = test_word(rpc);
	struct client_error err;

	if (edits->plain && edits->count >= LOAD_FROM && strcmp(test, "none") == 0 &&
	    strcmp(default_operation, "none") != 0)
		return load(n, elements, strcmp(default_operation, "replace") == 0);
	if (option != NULL && strcmp(option, "continue-on-error") == 0)
		return edit_on(n, edits, test);
	/* stop-on-error too leaves the candidate as it was: all is done, or nothing */
	if (send_edits(n, edits, 0, edits->count, test, &err) < 0)
		return fault_daemon(n->ctx, &err);
	return nc_server_reply_ok();
}

struct nc_server_reply *op_edit_config(struct netconf *n, const struct lyd_node *rpc)
{
	const struct lyd_node *elements = element_content(netconf_child(rpc, "config"));
	const char *operation = netconf_leaf(rpc, "default-operation");
	struct nc_server_reply *reply;
	struct lyd_node *fault = NULL;
	struct edits edits;

	if (operation == NULL)
		operation = "merge";
	if (edits_make(&edits, n->ctx, elements, operation, &fault) < 0)
		reply = nc_server_reply_err(fault);
	else
		reply = do_edits(n, rpc, elements, &edits, operation);
	edits_free(&edits);
	return reply;
}

/* The configuration inside <config>, which has to fit the schema. NULL with *reply set, or without
 * when it is empty. */
static struct lyd_node *inline_config(
    struct netconf *n, const struct lyd_node *any, struct nc_server_reply **reply)
{
	const struct lyd_node *elements = element_content(any);
	struct lyd_node *tree = NULL;
	char *xml = NULL;

	*reply = NULL;
	if (elements == NULL)
		return NULL;
	lyd_print_mem(&xml, elements, LYD_XML,
	    LYD_PRINT_SHRINK | LYD_PRINT_WITHSIBLINGS | LYD_PRINT_KEEPEMPTYCONT);
	if (xml == NULL ||
	    lyd_parse_data_mem(n->ctx, xml, LYD_XML,
		LYD_PARSE_ONLY | LYD_PARSE_STRICT | LYD_PARSE_NO_STATE, 0, &tree) != LY_SUCCESS)
		*reply = nc_server_reply_err(fault_libyang(n->ctx, "invalid-value"));
	if (xml != NULL)
		gh_wipe_free(xml, strlen(xml));
	return tree;
}

static struct nc_server_reply *not_supported(struct netconf *n, const char *message)
{
	struct fault f = {.type = "protocol", .tag = "operation-not-supported", .message = message};

	return fault_reply(n->ctx, &f);
}

struct nc_server_reply *op_copy_config(struct netconf *n, const struct lyd_node *rpc)
{
	const struct lyd_node *source = netconf_child(rpc, "source");
	const struct lyd_node *target = netconf_child(rpc, "target");
	const struct lyd_node *config = netconf_child(source, "config");
	struct nc_server_reply *reply = NULL;
	struct client_error err;
	struct lyd_node *tree;

	if (netconf_child(target, "candidate") == NULL)
		return not_supported(n, "a configuration can be copied to the candidate only");
	if (config == NULL && netconf_child(source, "candidate") != NULL)
		return nc_server_reply_ok();
	if (config == NULL)
		return daemon_rpc(n, "discard", "", NULL, &err) < 0 ? fault_daemon(n->ctx, &err)
								    : nc_server_reply_ok();
	tree = inline_config(n, config, &reply);
	if (reply == NULL)
		reply = load(n, tree, true);
	lyd_free_all(tree);
	return reply;
}

struct nc_server_reply *op_delete_config(struct netconf *n, const struct lyd_node *rpc)
{
	return not_supported(
	    n, "running and candidate cannot be deleted: commit an empty configuration instead");
}

static struct nc_server_reply *validate_inline(struct netconf *n, const struct lyd_node *config)
{
	struct nc_server_reply *reply = NULL;
	struct lyd_node *tree = inline_config(n, config, &reply);

	if (reply == NULL && lyd_validate_all(&tree, n->ctx,
				 LYD_VALIDATE_NO_STATE | LYD_VALIDATE_PRESENT, NULL) != LY_SUCCESS)
		reply = nc_server_reply_err(fault_libyang(n->ctx, "operation-failed"));
	lyd_free_all(tree);
	return reply != NULL ? reply : nc_server_reply_ok();
}

struct nc_server_reply *op_validate(struct netconf *n, const struct lyd_node *rpc)
{
	const struct lyd_node *source = netconf_child(rpc, "source");
	const struct lyd_node *config = netconf_child(source, "config");
	struct client_error err;

	if (config != NULL)
		return validate_inline(n, config);
	if (netconf_child(source, "running") != NULL)
		return nc_server_reply_ok(); /* what is in force has been validated */
	return daemon_rpc(n, "validate", "", NULL, &err) < 0 ? fault_daemon(n->ctx, &err)
							     : nc_server_reply_ok();
}
