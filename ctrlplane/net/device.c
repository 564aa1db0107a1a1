/* SPDX-License-Identifier: BSD-3-Clause */
#include <dirent.h>
#include <errno.h>
#include <net/if.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "ctrlplane/net/net.h"

#define SYS_NET "/sys/class/net"

/* Reads "X" and its number at *p; 0 when the letter is not there. */
static bool take_number(const char **p, char letter, unsigned *value)
{
	int used = 0;

	if (**p != letter || sscanf(*p + 1, "%u%n", value, &used) != 1)
		return false;
	*p += 1 + used;
	return true;
}

int net_pci_address(const char *port, char *out, size_t size)
{
	unsigned domain = 0, bus, slot, function = 0;
	const char *p = port + 4;

	if (strncmp(port, "pci-", 4) != 0)
		return -EINVAL;
	take_number(&p, 'd', &domain);
	if (!take_number(&p, 'b', &bus) || !take_number(&p, 's', &slot))
		return -EINVAL;
	take_number(&p, 'f', &function);
	if (*p != '\0' || bus > 255 || slot > 31 || function > 7)
		return -EINVAL;
	snprintf(out, size, "%04x:%02x:%02x.%x", domain, bus, slot, function);
	return 0;
}

/* The device's link ends in the address of the bus device; virtio puts a virtioN in between. */
static bool is_at(const char *device, const char *pci)
{
	char link[300], target[512];
	ssize_t n;

	snprintf(link, sizeof(link), SYS_NET "/%s", device);
	n = readlink(link, target, sizeof(target) - 1);
	if (n < 0)
		return false;
	target[n] = '\0';
	return strstr(target, pci) != NULL;
}

static int pci_index(const char *port)
{
	char pci[24];
	struct dirent *e;
	int index = 0;
	DIR *d;

	if (net_pci_address(port, pci, sizeof(pci)) < 0)
		return 0;
	d = opendir(SYS_NET);
	while (d != NULL && index == 0 && (e = readdir(d)) != NULL) {
		if (e->d_name[0] != '.' && is_at(e->d_name, pci))
			index = (int)if_nametoindex(e->d_name);
	}
	if (d != NULL)
		closedir(d);
	return index;
}

int net_device_index(const struct net_iface *iface)
{
	if (iface->kind == NET_LOOPBACK)
		return (int)if_nametoindex("lo");
	if (iface->fast_path)
		return (int)if_nametoindex(iface->name);
	if (strncmp(iface->port, "infra-", 6) == 0)
		return (int)if_nametoindex(iface->port + 6);
	return pci_index(iface->port);
}
