/* SPDX-License-Identifier: BSD-3-Clause */
#include "shell/netconf/fault.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "shell/client.h"
#include "shell/json.h"
#include "shell/netconf/schema.h"

static void add_xml(struct text *t, const char *value, size_t len)
{
	for (size_t i = 0; i < len; i++) {
		unsigned char c = (unsigned char)value[i];

		if (c == '&')
			text_addf(t, "&amp;");
		else if (c == '<')
			text_addf(t, "&lt;");
		else if (c == '>')
			text_addf(t, "&gt;");
		else if (c >= 0x20 || c == '\t' || c == '\n')
			text_add(t, (const char *)&c, 1);
	}
}

static void add_element(struct text *t, const char *name, const char *value)
{
	if (value == NULL || value[0] == '\0')
		return;
	text_addf(t, "<%s>", name);
	add_xml(t, value, strlen(value));
	text_addf(t, "</%s>", name);
}

static bool is_name_char(char c)
{
	return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') ||
	       c == '_' || c == '-' || c == '.';
}

/* The step or key at p, with its prefix in front; *module is the one in force. */
static const char *add_name(struct text *t, const char *p, char *module, size_t size, bool remember)
{
	size_t n = 0, m = 0;

	while (is_name_char(p[n]))
		n++;
	if (p[n] == ':') {
		if (remember)
			snprintf(module, size, "%.*s", (int)n, p);
		for (m = n + 1; is_name_char(p[m]);)
			m++;
		text_add(t, p, m);
		return p + m;
	}
	text_addf(t, "%s:%.*s", module, (int)n, p);
	return p + n;
}

/* Every name of an XPath 1.0 needs its prefix; libyang's paths leave out those that repeat. */
static void add_path(struct text *t, const char *path, char *module, size_t size)
{
	struct text out = {0};
	char quote = '\0';

	text_add(&out, "", 0);
	for (const char *p = path; *p != '\0';) {
		char c = *p++;

		text_add(&out, &c, 1);
		if (quote != '\0')
			quote = c == quote ? '\0' : quote;
		else if (c == '\'' || c == '"')
			quote = c;
		else if ((c == '/' || c == '[') && is_name_char(*p) && (*p < '0' || *p > '9'))
			p = add_name(&out, p, module, size, c == '/');
	}
	add_xml(t, out.data, out.len);
	text_free(&out);
}

static void add_error_path(struct text *t, const struct ly_ctx *ctx, const char *path)
{
	const struct lys_module *mod;
	char module[64] = "";
	struct text value = {0};

	if (path == NULL || path[0] != '/')
		return;
	add_path(&value, path, module, sizeof(module));
	mod = ly_ctx_get_module_implemented(ctx, module);
	if (mod != NULL)
		text_addf(
		    t, "<error-path xmlns:%s=\"%s\">%s</error-path>", module, mod->ns, value.data);
	text_free(&value);
}

static void add_info(struct text *t, const struct fault *f)
{
	if (f->session == 0 && f->bad_element == NULL)
		return;
	text_addf(t, "<error-info>");
	add_element(t, "bad-element", f->bad_element);
	if (f->session != 0)
		text_addf(t, "<session-id>%u</session-id>", f->session);
	text_addf(t, "</error-info>");
}

struct lyd_node *fault_node(const struct ly_ctx *ctx, const struct fault *f)
{
	struct lyd_node *node = NULL;
	struct text t = {0};

	text_addf(&t, "<rpc-error xmlns=\"%s\">", NETCONF_NS);
	add_element(&t, "error-type", f->type != NULL ? f->type : "application");
	add_element(&t, "error-tag", f->tag != NULL ? f->tag : "operation-failed");
	add_element(&t, "error-severity", "error");
	add_element(&t, "error-app-tag", f->app_tag);
	add_error_path(&t, ctx, f->path);
	text_addf(&t, "<error-message xml:lang=\"en\">");
	add_xml(&t, f->message, strlen(f->message));
	text_addf(&t, "</error-message>");
	add_info(&t, f);
	text_addf(&t, "</rpc-error>");
	lyd_parse_data_mem(ctx, t.data, LYD_XML, LYD_PARSE_ONLY | LYD_PARSE_OPAQ, 0, &node);
	text_free(&t);
	return node;
}

struct nc_server_reply *fault_reply(const struct ly_ctx *ctx, const struct fault *fault)
{
	struct lyd_node *node = fault_node(ctx, fault);

	if (node == NULL)
		node = nc_err(ctx, NC_ERR_OP_FAILED, NC_ERR_TYPE_APP);
	return nc_server_reply_err(node);
}

static bool is_protocol_tag(const char *tag)
{
	return strcmp(tag, "lock-denied") == 0 || strcmp(tag, "access-denied") == 0 ||
	       strcmp(tag, "operation-not-supported") == 0;
}

struct fault fault_of(const struct client_error *err)
{
	bool denied = strcmp(err->tag, "lock-denied") == 0;

	return (struct fault){.type = is_protocol_tag(err->tag) ? "protocol" : "application",
	    .tag = err->tag[0] != '\0' ? err->tag : NULL,
	    .app_tag = err->app_tag,
	    .path = err->path,
	    .message = err->message,
	    .session = denied ? err->session : 0};
}

struct nc_server_reply *fault_daemon(const struct ly_ctx *ctx, const struct client_error *err)
{
	struct fault fault = fault_of(err);

	return fault_reply(ctx, &fault);
}

/* libyang's Data location "PATH", line number N. */
static const char *location_path(const char *location, char *buf, size_t size)
{
	const char *start = location != NULL ? strstr(location, "ata location \"") : NULL;

	buf[0] = '\0';
	if (start != NULL)
		snprintf(buf, size, "%s", start + 14);
	if (strchr(buf, '"') != NULL && strstr(buf, "\", line") != NULL)
		*strstr(buf, "\", line") = '\0';
	else if (buf[0] != '\0' && buf[strlen(buf) - 1] == '"')
		buf[strlen(buf) - 1] = '\0';
	return buf;
}

/* The word that libyang puts between quotes. */
static const char *quoted(const char *message, char *buf, size_t size)
{
	const char *start = strchr(message, '"'), *end;

	buf[0] = '\0';
	end = start != NULL ? strchr(start + 1, '"') : NULL;
	if (end != NULL)
		snprintf(buf, size, "%.*s", (int)(end - start - 1), start + 1);
	return buf;
}

struct lyd_node *fault_libyang(const struct ly_ctx *ctx, const char *tag)
{
	const char *said = ly_errmsg(ctx), *app_tag = ly_errapptag(ctx);
	char message[512], path[512], word[128];
	struct fault f = {.tag = tag, .app_tag = app_tag, .message = message, .path = path};

	snprintf(message, sizeof(message), "%s", said != NULL ? said : "not understood");
	location_path(ly_errpath(ctx), path, sizeof(path));
	if (strstr(message, " not found ") != NULL) {
		f.tag = "unknown-element";
		f.bad_element = quoted(message, word, sizeof(word));
	} else if (strncmp(message, "Mandatory node", 14) == 0) {
		f.tag = "missing-element";
		f.type = "protocol";
		f.app_tag = NULL;
		f.bad_element = quoted(message, word, sizeof(word));
	}
	return fault_node(ctx, &f);
}

/* Datastores that RFC 6241 knows and we do not have, by the word that libyang did not find. */
static const char *missing_datastore(const char *message)
{
	if (strstr(message, "\"running\" not found as a child of \"target\"") != NULL)
		return "running is not changed directly: change the candidate, then commit";
	if (strstr(message, "\"startup\" not found") != NULL)
		return "there is no startup configuration: every commit is kept for the next start";
	if (strstr(message, "\"url\" not found") != NULL)
		return "configurations are not read from or written to URLs";
	return NULL;
}

struct lyd_node *fault_parse(const struct ly_ctx *ctx)
{
	const char *said = ly_errmsg(ctx);
	struct fault f = {.type = "protocol", .tag = "operation-not-supported"};

	f.message = said != NULL ? missing_datastore(said) : NULL;
	if (f.message != NULL)
		return fault_node(ctx, &f);
	if (said != NULL && strstr(said, " not found in the ") != NULL) {
		f.message = said;
		return fault_node(ctx, &f);
	}
	return fault_libyang(ctx, "invalid-value");
}
