/* SPDX-License-Identifier: BSD-3-Clause */
#include <errno.h>
#include <net/if.h>
#include <stdio.h>
#include <string.h>

#include "dataplane/port.h"

static const struct {
	const char *prefix;
	enum gh_port_kind kind;
} kinds[] = {
    {"infra-", GH_PORT_INFRA},
    {"pci-", GH_PORT_PCI},
    {"memif-server:", GH_PORT_MEMIF_SERVER},
    {"memif-client:", GH_PORT_MEMIF_CLIENT},
    {"ring-", GH_PORT_RING},
    {"vdev:", GH_PORT_VDEV},
};

/* "b0s4" or "d0b0s4f1" to "0000:00:04.0". */
static int parse_pci(const char *text, char *out, size_t size)
{
	unsigned domain = 0, bus, slot, function = 0;
	int used = 0;

	if (*text == 'd' && sscanf(text, "d%u%n", &domain, &used) == 1)
		text += used;
	used = 0;
	if (sscanf(text, "b%3us%2u%n", &bus, &slot, &used) != 2)
		return -EINVAL;
	text += used;
	used = 0;
	if (*text == 'f' && sscanf(text, "f%1u%n", &function, &used) == 1)
		text += used;
	if (*text != '\0' || domain > 0xffff || bus > 0xff || slot > 0x1f || function > 7)
		return -EINVAL;
	snprintf(out, size, "%04x:%02x:%02x.%x", domain, bus, slot, function);
	return 0;
}

static int check(struct gh_port_spec *spec, const char *arg, struct gh_error *err)
{
	if (*arg == '\0' || strlen(arg) >= sizeof(spec->arg))
		return gh_error_set(
		    err, -EINVAL, NULL, "a port name ends too early or is too long");
	if (spec->kind == GH_PORT_PCI) {
		if (parse_pci(arg, spec->arg, sizeof(spec->arg)) < 0)
			return gh_error_set(err, -EINVAL, NULL,
			    "'pci-%s' is no PCI port: write pci-bBUSsSLOT, or "
			    "pci-dDOMAINbBUSsSLOTfFUNCTION, in decimal",
			    arg);
		return 0;
	}
	if (spec->kind == GH_PORT_INFRA && strlen(arg) >= IFNAMSIZ)
		return gh_error_set(
		    err, -EINVAL, NULL, "'%s' is too long for a network device's name", arg);
	if ((spec->kind == GH_PORT_MEMIF_SERVER || spec->kind == GH_PORT_MEMIF_CLIENT) &&
	    strchr(arg, ',') != NULL)
		return gh_error_set(err, -EINVAL, NULL, "a memif path holds no comma");
	strcpy(spec->arg, arg);
	return 0;
}

int gh_port_spec_parse(const char *text, struct gh_port_spec *spec, struct gh_error *err)
{
	*spec = (struct gh_port_spec){0};
	for (size_t i = 0; i < sizeof(kinds) / sizeof(kinds[0]); i++) {
		size_t n = strlen(kinds[i].prefix);

		if (strncmp(text, kinds[i].prefix, n) == 0) {
			spec->kind = kinds[i].kind;
			return check(spec, text + n, err);
		}
	}
	return gh_error_set(err, -EINVAL, NULL,
	    "'%s' is no port: use infra-NETDEV, pci-bXsY, memif-server:PATH or memif-client:PATH",
	    text);
}
