/* SPDX-License-Identifier: BSD-3-Clause */
#include "ctrlplane/dpclient/view.h"

#include <string.h>
#include <sys/stat.h>

static struct gh_shm_view view;
static ino_t inode;
static dev_t device;

const struct gh_shm_view *gh_dpc_view(const struct gh_instance *inst)
{
	char path[GH_INSTANCE_PATH_MAX];
	struct stat st;

	if (stat(gh_instance_path(inst, "run/dataplane.shm", path), &st) < 0) {
		gh_dpc_view_close();
		return NULL;
	}
	if (view.header != NULL && st.st_ino == inode && st.st_dev == device)
		return &view;
	gh_dpc_view_close();
	if (gh_shm_open(path, &view, NULL) < 0)
		return NULL;
	inode = st.st_ino;
	device = st.st_dev;
	return &view;
}

void gh_dpc_view_close(void)
{
	if (view.header != NULL)
		gh_shm_close(&view);
	view = (struct gh_shm_view){0};
}

int gh_dpc_view_iface(const struct gh_shm_view *v, const char *name)
{
	const struct gh_shm_iface *iface;

	for (uint32_t i = 0; (iface = gh_shm_at(v, GH_SHM_IFACES, i)) != NULL; i++) {
		if (strncmp(iface->name, name, sizeof(iface->name)) == 0)
			return (int)i;
	}
	return -1;
}
