/* SPDX-License-Identifier: BSD-3-Clause */
#include "shell/netconf/edits.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "common/secret.h"
#include "db/model.h"
#include "shell/netconf/element.h"
#include "shell/netconf/schema.h"

#define YANG_NS "urn:ietf:params:xml:ns:yang:1"

/* Where the walk is. */
struct place {
	struct edits *edits;
	const struct ly_ctx *ctx;
	struct lyd_node **fault;
	const struct lysc_node *schema; /* of the element's parent; NULL at the top */
	const char *path;		/* of the parent; "" at the top */
	const char *operation;		/* in force */
};

static int refuse(const struct place *p, const char *tag, const char *path, const char *element,
    const char *message)
{
	struct fault f = {.tag = tag, .path = path, .bad_element = element, .message = message};

	*p->fault = fault_node(p->ctx, &f);
	return -EINVAL;
}

static void add(struct edits *edits, const char *operation, const char *path, const char *value)
{
	if (edits->count == edits->size) {
		edits->size = edits->size > 0 ? edits->size * 2 : 64;
		edits->list = reallocarray(edits->list, edits->size, sizeof(*edits->list));
		if (edits->list == NULL)
			abort();
	}
	edits->list[edits->count++] = (struct edit){.operation = operation,
	    .path = strdup(path),
	    .value = value != NULL ? strdup(value) : NULL};
}

void edits_free(struct edits *edits)
{
	for (size_t i = 0; i < edits->count; i++) {
		free(edits->list[i].path);
		if (edits->list[i].value != NULL)
			gh_wipe_free(edits->list[i].value, strlen(edits->list[i].value));
	}
	free(edits->list);
	*edits = (struct edits){0};
}

void edits_print(const struct edits *edits, size_t from, size_t to, struct text *t)
{
	text_addf(t, "\"edit\":[");
	for (size_t i = from; i < to; i++) {
		const struct edit *e = &edits->list[i];

		text_addf(
		    t, "%s{\"operation\":\"%s\",\"path\":", i > from ? "," : "", e->operation);
		text_add_json_string(t, e->path);
		if (e->value != NULL) {
			text_addf(t, ",\"value\":");
			text_add_json_string(t, e->value);
		}
		text_addf(t, "}");
	}
	text_addf(t, "]");
}

static const struct lysc_node *find_schema(const struct place *p, const struct lyd_node *e)
{
	const struct lys_module *mod = ly_ctx_get_module_implemented(p->ctx, GH_MODEL);
	const struct lysc_node *node = NULL;

	while ((node = lys_getnext(node, p->schema, p->schema == NULL ? mod->compiled : NULL, 0)) !=
	       NULL) {
		if (element_names(e, node))
			return node;
	}
	return NULL;
}

static int unknown(const struct place *p, const struct lyd_node *e)
{
	const char *ns = element_namespace(e);
	char message[300];

	if (ns != NULL && ns[0] != '\0' && ly_ctx_get_module_implemented_ns(p->ctx, ns) == NULL) {
		snprintf(message, sizeof(message), "the namespace '%.200s' is not known", ns);
		return refuse(p, "unknown-namespace", p->path, element_name(e), message);
	}
	snprintf(message, sizeof(message), "'%.100s' is not known %s%s", element_name(e),
	    p->schema != NULL ? "below " : "here: expected config of urn:gatehouse",
	    p->schema != NULL ? p->schema->name : "");
	return refuse(p, "unknown-element", p->path, element_name(e), message);
}

/* The key's value from the element's children, or NULL. */
static const char *key_text(const struct lyd_node *e, const struct lysc_node *key)
{
	const struct lyd_node *child;

	LY_LIST_FOR (lyd_child(e), child) {
		if (element_names(child, key))
			return element_text(child);
	}
	return NULL;
}

static int add_keys(const struct place *p, struct text *path, const struct lysc_node *list,
    const struct lyd_node *e)
{
	const struct lysc_node *key = NULL;

	while ((key = lys_getnext(key, list, NULL, 0)) != NULL && lysc_is_key(key)) {
		const char *text = key_text(e, key);
		char quote = text != NULL && strchr(text, '\'') != NULL ? '"' : '\'';

		if (text == NULL)
			return refuse(p, "missing-element", path->data, key->name,
			    "the entry's key is missing");
		if (strchr(text, quote) != NULL)
			return refuse(p, "invalid-value", path->data, key->name,
			    "a key cannot hold both kinds of quotes");
		text_addf(path, "[%s=%c%s%c]", key->name, quote, text, quote);
	}
	return 0;
}

static int make_path(const struct place *p, const struct lysc_node *schema,
    const struct lyd_node *e, struct text *path)
{
	if (p->schema == NULL)
		text_addf(path, "/%s:%s", schema->module->name, schema->name);
	else
		text_addf(path, "%s/%s", p->path, schema->name);
	return schema->nodetype == LYS_LIST ? add_keys(p, path, schema, e) : 0;
}

static bool is_one_of(const char *word, const char *const *words)
{
	for (; *words != NULL; words++) {
		if (strcmp(word, *words) == 0)
			return true;
	}
	return false;
}

/* The operation in force for the element. */
static int read_operation(const struct place *p, const struct lyd_node *e, const char **operation)
{
	static const char *const known[] = {"merge", "replace", "create", "delete", "remove", NULL};
	const char *own = element_attribute(e, "ietf-netconf", NETCONF_NS, "operation");

	*operation = own != NULL ? own : p->operation;
	if (own == NULL)
		return 0;
	p->edits->plain = false;
	if (is_one_of(own, known))
		return 0;
	return refuse(p, "bad-attribute", p->path, element_name(e),
	    "operation: expected merge, replace, create, delete or remove");
}

/* The text between the quotes of [key='text']. */
static char *quoted_text(const char *predicate)
{
	const char *start = strpbrk(predicate, "'\""), *end;

	end = start != NULL ? strchr(start + 1, *start) : NULL;
	return end != NULL ? strndup(start + 1, (size_t)(end - start - 1)) : NULL;
}

/* RFC 7950 sections 7.7.9 and 7.8.6: yang:insert with yang:key or yang:value. */
static int add_move(const struct place *p, const struct lysc_node *schema, const struct lyd_node *e,
    const char *path)
{
	static const char *const known[] = {"first", "last", "before", "after", NULL};
	const char *insert = element_attribute(e, "yang", YANG_NS, "insert");
	bool list = schema->nodetype == LYS_LIST;
	const char *anchor = element_attribute(e, "yang", YANG_NS, list ? "key" : "value");
	struct text where = {0}, entry = {0};
	char *name = NULL;

	if (insert == NULL || !lysc_is_userordered(schema))
		return 0;
	p->edits->plain = false;
	if (!is_one_of(insert, known) || (insert[0] != 'f' && insert[0] != 'l' && anchor == NULL))
		return refuse(p, "bad-attribute", path, element_name(e),
		    "insert: expected first, last, or before or after with the attribute key "
		    "(value for a leaf-list)");
	if (insert[0] != 'f' && insert[0] != 'l')
		name = list ? quoted_text(anchor) : strdup(anchor);
	text_addf(&where, "%s%s%s", insert, name != NULL ? " " : "", name != NULL ? name : "");
	text_addf(&entry, list ? "%s" : "%s[.='%s']", path, element_text(e));
	add(p->edits, "move", entry.data, where.data);
	free(name);
	text_free(&where);
	text_free(&entry);
	return 0;
}

static bool is_term(const struct lysc_node *schema)
{
	return (schema->nodetype & (LYS_LEAF | LYS_LEAFLIST)) != 0;
}

static const char *value_of(const struct lysc_node *schema, const struct lyd_node *e)
{
	const struct lysc_node_leaf *leaf = (const struct lysc_node_leaf *)schema;

	if (!is_term(schema) || leaf->type->basetype == LY_TYPE_EMPTY)
		return NULL;
	return element_text(e);
}

/* A container without presence is there whenever something is in it. */
static bool exists_by_itself(const struct lysc_node *schema)
{
	return schema->nodetype != LYS_CONTAINER || (schema->flags & LYS_PRESENCE) != 0;
}

/* The daemon's word for what has to be done at the node itself; NULL: nothing. */
static const char *edit_word(const struct lysc_node *schema, const char *operation)
{
	if (strcmp(operation, "merge") == 0)
		return exists_by_itself(schema) ? "set" : NULL;
	if (strcmp(operation, "none") == 0)
		return exists_by_itself(schema) ? "need" : NULL;
	if (strcmp(operation, "replace") == 0)
		return "replace";
	if (strcmp(operation, "create") == 0)
		return "create";
	return strcmp(operation, "delete") == 0 ? "delete" : "remove";
}

static int walk(const struct place *p, const struct lyd_node *elements);

static int edit_element(const struct place *p, const struct lysc_node *schema,
    const struct lyd_node *e, const char *path)
{
	struct place below = *p;
	const char *operation, *word;
	bool gone;
	int rc = read_operation(p, e, &operation);

	if (rc < 0)
		return rc;
	word = edit_word(schema, operation);
	gone = strcmp(operation, "delete") == 0 || strcmp(operation, "remove") == 0;
	if (word != NULL)
		add(p->edits, word, path,
		    gone && schema->nodetype == LYS_LEAF ? NULL : value_of(schema, e));
	if (gone)
		return 0;
	rc = add_move(p, schema, e, path);
	if (rc < 0 || is_term(schema))
		return rc;
	below.schema = schema;
	below.path = path;
	/* what is below a new or emptied node is just put there */
	below.operation = strcmp(operation, "none") == 0 ? "none" : "merge";
	return walk(&below, lyd_child(e));
}

static int walk_one(const struct place *p, const struct lyd_node *e)
{
	const struct lysc_node *schema = find_schema(p, e);
	struct text path = {0};
	int rc;

	if (schema == NULL)
		return unknown(p, e);
	if (lysc_is_key(schema))
		return 0;
	if (e->schema == NULL)
		p->edits->plain = false;
	if ((schema->flags & LYS_CONFIG_R) != 0)
		return refuse(p, "invalid-value", p->path, schema->name,
		    "this is state, which cannot be configured");
	rc = make_path(p, schema, e, &path);
	if (rc == 0)
		rc = edit_element(p, schema, e, path.data);
	text_free(&path);
	return rc;
}

static int walk(const struct place *p, const struct lyd_node *elements)
{
	const struct lyd_node *e;
	int rc = 0;

	LY_LIST_FOR (elements, e) {
		rc = walk_one(p, e);
		if (rc < 0)
			break;
	}
	return rc;
}

int edits_make(struct edits *edits, const struct ly_ctx *ctx, const struct lyd_node *elements,
    const char *default_operation, struct lyd_node **fault_element)
{
	struct place top = {.edits = edits,
	    .ctx = ctx,
	    .fault = fault_element,
	    .path = "",
	    .operation = default_operation};

	*edits = (struct edits){.plain = true};
	*fault_element = NULL;
	if (strcmp(default_operation, "replace") == 0 && elements == NULL)
		add(edits, "replace", "/" GH_MODEL ":config", NULL);
	return walk(&top, elements);
}
