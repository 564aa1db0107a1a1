/* SPDX-License-Identifier: BSD-3-Clause */
#include "dataplane/netdev.h"

#include <errno.h>
#include <fcntl.h>
#include <linux/ethtool.h>
#include <linux/if_tun.h>
#include <linux/sockios.h>
#include <net/if.h>
#include <net/if_arp.h>
#include <spawn.h>
#include <stdio.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>

#include "common/log.h"

gh_tap_open_fn *gh_tap_open_hook;

static int ioctl_name(const char *name, unsigned long request, struct ifreq *ifr)
{
	int rc, fd = socket(AF_INET, SOCK_DGRAM | SOCK_CLOEXEC, 0);

	if (fd < 0)
		return -errno;
	snprintf(ifr->ifr_name, IFNAMSIZ, "%s", name);
	rc = ioctl(fd, request, ifr) < 0 ? -errno : 0;
	close(fd);
	return rc;
}

static int write_sysctl(const char *family, const char *name, const char *key, const char *value)
{
	char path[128];
	int rc, fd;

	snprintf(path, sizeof(path), "/proc/sys/net/%s/conf/%s/%s", family, name, key);
	fd = open(path, O_WRONLY | O_CLOEXEC);
	if (fd < 0)
		return -errno;
	rc = write(fd, value, strlen(value)) < 0 ? -errno : 0;
	close(fd);
	return rc;
}

static char read_sysctl_char(const char *path)
{
	char c = '\0';
	int fd = open(path, O_RDONLY | O_CLOEXEC);

	if (fd < 0)
		return c;
	if (read(fd, &c, 1) != 1)
		c = '\0';
	close(fd);
	return c;
}

/*
 * Linux is host only: it forwards nothing between our TAPs, answers ARP only for addresses of the
 * TAP that is asked, and takes packets that came out of tunnels whatever its own route back.
 */
static void set_tap_sysctls(const char *name)
{
	static const struct {
		const char *key, *value;
	} keys[] = {{"forwarding", "0"}, {"rp_filter", "0"}, {"arp_ignore", "1"},
	    {"arp_announce", "2"}, {"accept_redirects", "0"}, {"send_redirects", "0"},
	    {"arp_filter", "0"}};

	for (size_t i = 0; i < sizeof(keys) / sizeof(keys[0]); i++)
		if (write_sysctl("ipv4", name, keys[i].key, keys[i].value) < 0)
			gh_log(GH_LOG_DATAPLANE, LOG_WARNING,
			    "net.ipv4.conf.%s.%s cannot be set to %s: %s", name, keys[i].key,
			    keys[i].value, strerror(errno));
	/* Linux takes the stricter of the interface's and that of all. */
	if (read_sysctl_char("/proc/sys/net/ipv4/conf/all/rp_filter") == '1')
		write_sysctl("ipv4", "all", "rp_filter", "2");
	write_sysctl("ipv6", name, "forwarding", "0");
	write_sysctl("ipv6", name, "accept_ra", "0");
}

static int set_mac(const char *name, const uint8_t mac[6])
{
	struct ifreq ifr = {0};

	ifr.ifr_hwaddr.sa_family = ARPHRD_ETHER;
	memcpy(ifr.ifr_hwaddr.sa_data, mac, 6);
	return ioctl_name(name, SIOCSIFHWADDR, &ifr);
}

int gh_netdev_set_mtu(const char *name, uint16_t mtu)
{
	struct ifreq ifr = {.ifr_mtu = mtu};

	return ioctl_name(name, SIOCSIFMTU, &ifr);
}

int gh_netdev_set_up(const char *name, bool up)
{
	struct ifreq ifr = {0};
	int rc = ioctl_name(name, SIOCGIFFLAGS, &ifr);

	if (rc < 0)
		return rc;
	ifr.ifr_flags = (short)(up ? ifr.ifr_flags | IFF_UP : ifr.ifr_flags & ~IFF_UP);
	return ioctl_name(name, SIOCSIFFLAGS, &ifr);
}

static int attach_tap(int fd, const char *name, struct gh_error *err)
{
	struct ifreq ifr = {.ifr_flags = IFF_TAP | IFF_NO_PI | IFF_TUN_EXCL};

	snprintf(ifr.ifr_name, IFNAMSIZ, "%s", name);
	if (ioctl(fd, TUNSETIFF, &ifr) == 0)
		return 0;
	if (errno == EBUSY || errno == EINVAL)
		return gh_error_set(err, -errno, name,
		    "another network device is named %s: give the interface, or the device, "
		    "another name",
		    name);
	return gh_error_set(err, -errno, name, "no TAP can be made: %s", strerror(errno));
}

static int configure_tap(const char *name, const uint8_t mac[6], uint16_t mtu, struct gh_error *err)
{
	int rc = set_mac(name, mac);

	if (rc == 0)
		rc = gh_netdev_set_mtu(name, mtu);
	set_tap_sysctls(name);
	if (rc == 0)
		rc = gh_netdev_set_up(name, true);
	if (rc < 0)
		return gh_error_set(err, rc, name, "the TAP cannot be set up: %s", strerror(-rc));
	return 0;
}

int gh_tap_open(const char *name, const uint8_t mac[6], uint16_t mtu, struct gh_error *err)
{
	int rc, fd;

	if (gh_tap_open_hook != NULL)
		return gh_tap_open_hook(name, mac, mtu, err);
	fd = open("/dev/net/tun", O_RDWR | O_NONBLOCK | O_CLOEXEC);
	if (fd < 0)
		return gh_error_set(err, -errno, name, "/dev/net/tun: %s", strerror(errno));
	rc = attach_tap(fd, name, err);
	if (rc == 0)
		rc = configure_tap(name, mac, mtu, err);
	if (rc < 0) {
		close(fd);
		return rc;
	}
	return fd;
}

int gh_tap_set_carrier(int fd, bool up)
{
	int carrier = up;

	return ioctl(fd, TUNSETCARRIER, &carrier) < 0 ? -errno : 0;
}

static void ethtool_off(const char *name, uint32_t command)
{
	struct ethtool_value value = {.cmd = command, .data = 0};
	struct ifreq ifr = {.ifr_data = (char *)&value};

	ioctl_name(name, SIOCETHTOOL, &ifr); /* devices without the feature refuse: fine */
}

int gh_netdev_take(const char *name, struct gh_error *err)
{
	struct ifreq ifr = {0};
	int rc;

	if (if_nametoindex(name) == 0)
		return gh_error_set(err, -ENODEV, name,
		    "there is no network device %s in the dataplane's network namespace", name);
	write_sysctl("ipv6", name, "disable_ipv6", "1");
	ethtool_off(name, ETHTOOL_SGRO);
	ethtool_off(name, ETHTOOL_SGSO);
	if (ioctl_name(name, SIOCGIFADDR, &ifr) == 0)
		gh_log(GH_LOG_DATAPLANE, LOG_WARNING,
		    "%s has an IPv4 address of its own: packets to it never reach Linux; put it on "
		    "the "
		    "gateway's interface instead",
		    name);
	rc = gh_netdev_set_up(name, true);
	if (rc < 0)
		return gh_error_set(err, rc, name, "cannot be brought up: %s", strerror(-rc));
	return 0;
}

static int run_nft(char *command)
{
	char *argv[] = {(char *)"nft", command, NULL};
	int status;
	pid_t pid;

	if (posix_spawnp(&pid, "nft", NULL, NULL, argv, NULL) != 0)
		return -ENOENT;
	while (waitpid(pid, &status, 0) < 0)
		if (errno != EINTR)
			return -errno;
	return WIFEXITED(status) && WEXITSTATUS(status) == 0 ? 0 : -EINVAL;
}

int gh_netdev_mute(const char *name, bool mute, struct gh_error *err)
{
	char command[512];

	if (mute)
		snprintf(command, sizeof(command),
		    "add table netdev gatehouse-%s\ndelete table netdev gatehouse-%s\n"
		    "table netdev gatehouse-%s {\nchain in {\n"
		    "type filter hook ingress device \"%s\" priority 0; policy drop;\n}\n}",
		    name, name, name, name);
	else
		snprintf(command, sizeof(command), "delete table netdev gatehouse-%s", name);
	if (run_nft(command) == 0)
		return 0;
	return gh_error_set(
	    err, -ENOTSUP, name, "the kernel's own stack cannot be kept off it: install nftables");
}
