/* SPDX-License-Identifier: BSD-3-Clause */
#include "dataplane/eal.h"

#include <dirent.h>
#include <errno.h>
#include <rte_eal.h>
#include <rte_errno.h>
#include <rte_mbuf.h>
#include <rte_mbuf_pool_ops.h>
#include <rte_memzone.h>
#include <sched.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "common/log.h"
#include "dataplane/shm.h"

#define HUGE_FREE "/sys/kernel/mm/hugepages/hugepages-2048kB/free_hugepages"
#define MBUFS_PER_MB 64u /* leaves more than half of the memory to tables and ports */
#define POOL_CACHE 256
#define ARGS_MAX 24

struct rte_mempool *gh_pool;

static unsigned huge_free_mb(void)
{
	FILE *f = fopen(HUGE_FREE, "re");
	unsigned pages = 0;

	if (f == NULL)
		return 0;
	if (fscanf(f, "%u", &pages) != 1)
		pages = 0;
	fclose(f);
	return pages * 2;
}

/* "0@(2,3,...)": the main thread may run wherever this process may. */
static void lcores_arg(char *buf, size_t size)
{
	size_t n = (size_t)snprintf(buf, size, "--lcores=0@(");
	cpu_set_t set;
	char sep = ' ';

	CPU_ZERO(&set);
	sched_getaffinity(0, sizeof(set), &set);
	for (int cpu = 0; cpu < CPU_SETSIZE && n < size - 16; cpu++)
		if (CPU_ISSET(cpu, &set)) {
			if (sep == ',')
				buf[n++] = sep;
			n += (size_t)snprintf(buf + n, size - n, "%d", cpu);
			sep = ',';
		}
	snprintf(buf + n, size - n, ")");
}

static int start(const char *prefix, unsigned memory_mb, bool huge)
{
	char lcores[4096], memory[16], file_prefix[64];
	char *args[ARGS_MAX];
	int n = 0;

	lcores_arg(lcores, sizeof(lcores));
	snprintf(memory, sizeof(memory), "%u", memory_mb);
	snprintf(file_prefix, sizeof(file_prefix), "--file-prefix=%s", prefix);
	args[n++] = (char *)"gatehouse-dataplane";
	args[n++] = lcores;
	args[n++] = (char *)"-m";
	args[n++] = memory;
	args[n++] = (char *)"--no-telemetry";
	args[n++] = (char *)"--log-level=*:4";
	/* An allow-list that matches nothing: PCI devices come only when they are configured. */
	args[n++] = (char *)"-a";
	args[n++] = (char *)"ffff:ff:1f.7";
	if (huge) {
		args[n++] = (char *)"--in-memory";
	} else {
		args[n++] = (char *)"--no-huge";
		args[n++] = file_prefix;
	}
	args[n] = NULL;
	return rte_eal_init(n, args) < 0 ? -rte_errno : 0;
}

static bool packed(void)
{
	return rte_eal_iova_mode() == RTE_IOVA_VA;
}

/*
 * Buffers one after the other in one piece of memory. DPDK's own layout leaves gaps at page ends,
 * but AF_XDP registers the first (buffers x size) bytes with the kernel: every buffer behind that
 * is refused by it and lost, until the port receives no more. Devices that need physical addresses
 * get DPDK's layout.
 */
static int populate(struct rte_mempool *pool)
{
	const struct rte_memzone *zone;
	size_t len =
	    (size_t)pool->size * rte_mempool_calc_obj_size(pool->elt_size, pool->flags, NULL) +
	    RTE_MEMPOOL_ALIGN;

	if (!packed())
		return rte_mempool_populate_default(pool);
	zone = rte_memzone_reserve("packets-memory", len, SOCKET_ID_ANY, 0);
	if (zone == NULL)
		return -rte_errno;
	return rte_mempool_populate_iova(pool, zone->addr, zone->iova, zone->len, NULL, NULL);
}

static int make_pool(unsigned count)
{
	struct rte_pktmbuf_pool_private private = {
	    .mbuf_data_room_size = RTE_MBUF_DEFAULT_BUF_SIZE};
	int rc;

	gh_pool = rte_mempool_create_empty("packets", count,
	    sizeof(struct rte_mbuf) + RTE_MBUF_DEFAULT_BUF_SIZE, POOL_CACHE, sizeof(private),
	    SOCKET_ID_ANY, packed() ? RTE_MEMPOOL_F_NO_IOVA_CONTIG : 0);
	if (gh_pool == NULL)
		return -rte_errno;
	rc = rte_mempool_set_ops_byname(gh_pool, rte_mbuf_best_mempool_ops(), NULL);
	if (rc < 0)
		return rc;
	rte_pktmbuf_pool_init(gh_pool, &private);
	rc = populate(gh_pool);
	if (rc < 0)
		return rc;
	rte_mempool_obj_iter(gh_pool, rte_pktmbuf_init, NULL);
	return rc == (int)count ? 0 : -ENOMEM;
}

int gh_eal_init(const char *prefix, unsigned memory_mb, struct gh_error *err)
{
	unsigned have = huge_free_mb();
	bool huge = have >= memory_mb;
	int rc = start(prefix, memory_mb, huge);

	if (rc < 0)
		return gh_error_set(
		    err, rc, NULL, "DPDK does not start with %u MB: %s", memory_mb, strerror(-rc));
	rc = make_pool(memory_mb * MBUFS_PER_MB - 1);
	if (rc < 0)
		return gh_error_set(err, rc, NULL,
		    "no room for packets in %u MB: give more by --memory", memory_mb);
	gh_shm->huge_pages = huge;
	gh_shm->buffers = gh_pool->size;
	if (huge)
		gh_log(
		    GH_LOG_DATAPLANE, LOG_NOTICE, "packet memory: %u MB on huge pages", memory_mb);
	else
		gh_log(GH_LOG_DATAPLANE, LOG_NOTICE,
		    "packet memory: %u MB on normal pages (%u MB of huge pages are free): works, "
		    "but slower",
		    memory_mb, have);
	return 0;
}

/* DPDK leaves its run-time files, and a directory per prefix, behind. */
static void remove_directory(const char *path)
{
	DIR *dir = opendir(path);
	struct dirent *entry;

	if (dir == NULL)
		return;
	while ((entry = readdir(dir)) != NULL)
		unlinkat(dirfd(dir), entry->d_name, 0); /* refuses "." and ".." */
	closedir(dir);
	rmdir(path);
}

void gh_eal_fini(void)
{
	char path[256];

	snprintf(path, sizeof(path), "%s", rte_eal_get_runtime_dir());
	rte_mempool_free(gh_pool);
	gh_pool = NULL;
	rte_eal_cleanup();
	if (strstr(path, "gatehouse") != NULL)
		remove_directory(path);
}
