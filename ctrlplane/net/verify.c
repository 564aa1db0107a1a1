/* SPDX-License-Identifier: BSD-3-Clause */
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "ctrlplane/net/net.h"
#include "ctrlplane/net/tree.h"
#include "dataplane/api/dp_shm.h"

struct check {
	struct net_port *seen; /* ports that interfaces use */
	struct gh_error *err;
	unsigned ifaces;
	int rc;
};

static int refuse(struct check *c, const struct lyd_node *entry, const char *fmt, const char *a)
{
	char *path = lyd_path(entry, LYD_PATH_STD, NULL, 0);

	c->rc = gh_error_set(c->err, -EINVAL, path, fmt, a);
	free(path);
	return c->rc;
}

static void check_iface(const struct lyd_node *entry, void *ctx)
{
	const struct lyd_node *leaf = tree_child(entry, "port");
	const char *port = leaf != NULL ? lyd_get_value(leaf) : NULL;
	struct net_port *seen;
	struct check *c = ctx;

	if (c->rc < 0 || port == NULL)
		return;
	if (++c->ifaces > GH_SHM_IFACE_MAX)
		refuse(c, entry, "%s is one interface too many: the fast path has room for 64",
		    tree_key(entry));
	else if (strcmp(tree_key(lyd_parent(lyd_parent(entry))), "main") != 0)
		refuse(c, entry, "interfaces live in vrf main: move %s there", tree_key(entry));
	else if (strncmp(port, "infra-", 6) == 0 && strcmp(port + 6, tree_key(entry)) == 0)
		refuse(c, entry,
		    "the interface would have the name of the Linux device behind it: give one of "
		    "the two another name than %s",
		    port + 6);
	HASH_FIND_STR(c->seen, port, seen);
	if (c->rc == 0 && seen != NULL)
		refuse(c, entry, "port %s is used by another interface already", port);
	seen = c->rc == 0 ? calloc(1, sizeof(*seen)) : NULL;
	if (seen == NULL)
		return;
	strncpy(seen->name, port, sizeof(seen->name) - 1);
	HASH_ADD_STR(c->seen, name, seen);
}

int net_verify(void *ctx, const struct gh_change *chg, struct gh_error *err)
{
	struct check c = {.err = err};
	struct net_port *seen, *tmp;

	net_each_iface(tree_config(chg->after), check_iface, &c);
	HASH_ITER (hh, c.seen, seen, tmp) {
		HASH_DEL(c.seen, seen);
		free(seen);
	}
	return c.rc;
}

static_assert(GH_SHM_IFACE_MAX == 64, "the message above says 64");
