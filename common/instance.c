/* SPDX-License-Identifier: BSD-3-Clause */
#include "common/instance.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define DEFAULT_ROOT "/var/lib/gatehouse"
#define NAME_CHARS "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789-_"

int gh_instance_init(struct gh_instance *inst, const char *name, struct gh_error *err)
{
	const char *root = getenv("GATEHOUSE_ROOT");
	size_t len;

	if (name == NULL)
		name = getenv("GATEHOUSE_INSTANCE");
	if (name == NULL)
		name = GH_INSTANCE_DEFAULT;
	len = strlen(name);
	if (len == 0 || len >= sizeof(inst->name) || strspn(name, NAME_CHARS) != len)
		return gh_error_set(err, -EINVAL, NULL,
		    "'%.40s' is no instance name: use 1 to %zu letters, digits, '-' or '_'", name,
		    sizeof(inst->name) - 1);
	memcpy(inst->name, name, len + 1);
	len = (size_t)snprintf(
	    inst->dir, sizeof(inst->dir), "%s/%s", root ? root : DEFAULT_ROOT, name);
	if (len >= sizeof(inst->dir))
		return gh_error_set(err, -ENAMETOOLONG, root,
		    "the instance directory's path is longer than %zu: choose a shorter "
		    "GATEHOUSE_ROOT",
		    sizeof(inst->dir) - 1);
	return 0;
}

const char *gh_instance_path(
    const struct gh_instance *inst, const char *file, char buf[GH_INSTANCE_PATH_MAX])
{
	snprintf(buf, GH_INSTANCE_PATH_MAX, "%s/%s", inst->dir, file);
	return buf;
}
