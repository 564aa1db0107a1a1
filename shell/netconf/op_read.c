/* SPDX-License-Identifier: BSD-3-Clause */
/* get, get-config: RFC 6241 sections 7.1 and 7.7, with RFC 6243. */
#include <stdlib.h>
#include <string.h>

#include "db/model.h"
#include "shell/netconf/daemon.h"
#include "shell/netconf/fault.h"
#include "shell/netconf/filter.h"
#include "shell/netconf/monitoring.h"
#include "shell/netconf/netconf.h"

static NC_WD_MODE defaults_mode(const struct lyd_node *rpc)
{
	static const struct {
		const char *word;
		NC_WD_MODE mode;
	} modes[] = {
	    {"report-all", NC_WD_ALL}, {"report-all-tagged", NC_WD_ALL_TAG}, {"trim", NC_WD_TRIM}};
	const char *word = netconf_leaf(rpc, "with-defaults");

	for (size_t i = 0; word != NULL && i < sizeof(modes) / sizeof(modes[0]); i++) {
		if (strcmp(word, modes[i].word) == 0)
			return modes[i].mode;
	}
	return NC_WD_EXPLICIT;
}

static struct nc_server_reply *invalid(struct netconf *n, const struct gh_error *err)
{
	struct fault f = {.tag = "invalid-value", .path = err->path, .message = err->message};

	return fault_reply(n->ctx, &f);
}

/* RFC 6243 section 6 puts the attribute into a namespace that is not the YANG module's, as which
 * libyang prints it. */
static char *tagged_xml(const struct lyd_node *tree)
{
	static const char theirs[] = "\"urn:ietf:params:xml:ns:yang:ietf-netconf-with-defaults\"";
	static const char ours[] = "\"urn:ietf:params:xml:ns:netconf:default:1.0\"";
	char *xml = NULL, *from, *to;
	bool in_tag = false;

	lyd_print_mem(
	    &xml, tree, LYD_XML, LYD_PRINT_SHRINK | LYD_PRINT_WITHSIBLINGS | LYD_PRINT_WD_ALL_TAG);
	for (from = to = xml; from != NULL && *from != '\0';) {
		in_tag = *from == '<' || (in_tag && *from != '>');
		if (in_tag && *from == '"' && strncmp(from, theirs, sizeof(theirs) - 1) == 0) {
			memcpy(to, ours, sizeof(ours) - 1); /* shorter: never overtakes `from` */
			to += sizeof(ours) - 1;
			from += sizeof(theirs) - 1;
		} else {
			*to++ = *from++;
		}
	}
	if (xml != NULL)
		*to = '\0';
	return xml;
}

/* Takes the tree over. */
static struct nc_server_reply *reply_tree(
    struct netconf *n, const struct lyd_node *rpc, struct lyd_node *tree)
{
	NC_WD_MODE mode = defaults_mode(rpc);
	struct fault memory = {.tag = "resource-denied", .message = "there is not enough memory"};
	struct lyd_node *out = NULL;
	char *xml = NULL;
	LY_ERR rc = lyd_dup_single(rpc, NULL, 0, &out);

	if (rc == LY_SUCCESS && mode == NC_WD_ALL_TAG) {
		xml = tagged_xml(tree);
		rc = lyd_new_any(out, NULL, "data", xml, 0, LYD_ANYDATA_XML, 1, NULL);
		lyd_free_all(tree);
	} else if (rc == LY_SUCCESS) {
		rc = lyd_new_any(out, NULL, "data", tree, 1, LYD_ANYDATA_DATATREE, 1, NULL);
	}
	free(xml);
	if (rc == LY_SUCCESS)
		return nc_server_reply_data(out, mode, NC_PARAMTYPE_FREE);
	lyd_free_all(out);
	return fault_reply(n->ctx, &memory);
}

static const struct lysc_node *config_schema(const struct netconf *n)
{
	return lys_find_path(n->ctx, NULL, "/" GH_MODEL ":config", 0);
}

static int read_config(struct netconf *n, const struct lyd_node *rpc, const char *source,
    const struct filter *filter, struct lyd_node **tree, struct client_error *err)
{
	char *path = filter_narrow(filter, config_schema(n));
	NC_WD_MODE mode = defaults_mode(rpc);
	int rc = daemon_config(n, source, path, tree, err);

	free(path);
	if (rc == 0 && *tree == NULL)
		lyd_new_inner(NULL, config_schema(n)->module, "config", 0, tree);
	if (rc == 0 && (mode == NC_WD_ALL || mode == NC_WD_ALL_TAG))
		lyd_new_implicit_tree(*tree, LYD_IMPLICIT_NO_STATE, NULL);
	return rc;
}

struct nc_server_reply *op_get_config(struct netconf *n, const struct lyd_node *rpc)
{
	const struct lyd_node *source = netconf_child(rpc, "source");
	bool candidate = netconf_child(source, "candidate") != NULL;
	struct lyd_node *tree = NULL;
	struct client_error refused;
	struct gh_error err = {0};
	struct filter filter;

	if (filter_read(netconf_child(rpc, "filter"), &filter, &err) < 0)
		return invalid(n, &err);
	if (filter_wants(&filter, GH_MODEL, "config") &&
	    read_config(n, rpc, candidate ? "candidate" : "running", &filter, &tree, &refused) < 0)
		return fault_daemon(n->ctx, &refused);
	if (filter_apply(&filter, &tree, &err) < 0) {
		lyd_free_all(tree);
		return invalid(n, &err);
	}
	return reply_tree(n, rpc, tree);
}

static void join(struct lyd_node **tree, struct lyd_node *more)
{
	if (more != NULL && *tree != NULL)
		lyd_insert_sibling(*tree, more, tree);
	else if (more != NULL)
		*tree = more;
}

/* A daemon without operational state has none to show: that is no error. */
static int add_state(struct netconf *n, struct lyd_node **tree, struct client_error *err)
{
	struct lyd_node *state = NULL;
	int rc = daemon_state(n, &state, err);

	join(tree, state);
	return rc < 0 && strcmp(err->tag, "operation-not-supported") == 0 ? 0 : rc;
}

static void add_library(struct netconf *n, struct lyd_node **tree)
{
	struct lyd_node *library = NULL;

	if (ly_ctx_get_yanglib_data(n->ctx, &library, "%u", ly_ctx_get_change_count(n->ctx)) ==
	    LY_SUCCESS)
		join(tree, library);
}

static int collect(struct netconf *n, const struct lyd_node *rpc, const struct filter *filter,
    struct lyd_node **tree, struct client_error *err)
{
	int rc = 0;

	if (filter_wants(filter, GH_MODEL, "config"))
		rc = read_config(n, rpc, "running", filter, tree, err);
	if (rc == 0 && filter_wants(filter, GH_MODEL, "state"))
		rc = add_state(n, tree, err);
	if (rc == 0 && filter_wants(filter, "ietf-netconf-monitoring", "netconf-state"))
		join(tree, monitoring_state(n));
	if (rc == 0 && filter_wants(filter, "nc-notifications", "netconf"))
		join(tree, monitoring_streams(n));
	if (rc == 0 && (filter_wants(filter, "ietf-yang-library", "yang-library") ||
			   filter_wants(filter, "ietf-yang-library", "modules-state")))
		add_library(n, tree);
	return rc;
}

struct nc_server_reply *op_get(struct netconf *n, const struct lyd_node *rpc)
{
	struct lyd_node *tree = NULL;
	struct client_error refused;
	struct gh_error err = {0};
	struct filter filter;

	if (filter_read(netconf_child(rpc, "filter"), &filter, &err) < 0)
		return invalid(n, &err);
	if (collect(n, rpc, &filter, &tree, &refused) < 0) {
		lyd_free_all(tree);
		return fault_daemon(n->ctx, &refused);
	}
	if (filter_apply(&filter, &tree, &err) < 0) {
		lyd_free_all(tree);
		return invalid(n, &err);
	}
	return reply_tree(n, rpc, tree);
}
