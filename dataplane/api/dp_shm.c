/* SPDX-License-Identifier: BSD-3-Clause */
#include "dataplane/api/dp_shm.h"

#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>

#define REGION_ALIGN 4096u

static const struct {
	uint32_t stride, count;
} shapes[GH_SHM_REGION_COUNT] = {
#define X(id, bytes, records) [GH_SHM_##id] = {bytes, records},
    GH_SHM_REGIONS(X)
#undef X
};

static uint64_t align_up(uint64_t v)
{
	return (v + REGION_ALIGN - 1) & ~(uint64_t)(REGION_ALIGN - 1);
}

void gh_shm_layout(struct gh_shm_header *h)
{
	uint64_t at = align_up(sizeof(*h));

	*h = (struct gh_shm_header){
	    .magic = GH_SHM_MAGIC, .layout = GH_SHM_LAYOUT, .sa_max = GH_DP_SA_MAX};
	for (int i = 0; i < GH_SHM_REGION_COUNT; i++) {
		h->regions[i] = (struct gh_shm_region){
		    .offset = at, .stride = shapes[i].stride, .count = shapes[i].count};
		at = align_up(at + (uint64_t)shapes[i].stride * shapes[i].count);
	}
	h->size = at;
}

bool gh_shm_compatible(const struct gh_shm_header *h)
{
	struct gh_shm_header ours;

	gh_shm_layout(&ours);
	return h->magic == ours.magic && h->layout == ours.layout && h->sa_max == ours.sa_max &&
	       h->size == ours.size && memcmp(h->regions, ours.regions, sizeof(h->regions)) == 0;
}

int gh_shm_open(const char *path, struct gh_shm_view *v, struct gh_error *err)
{
	int fd = open(path, O_RDONLY | O_CLOEXEC);
	struct gh_shm_header h;
	struct stat st;
	void *p;

	*v = (struct gh_shm_view){0};
	if (fd < 0)
		return gh_error_set(
		    err, -errno, path, "%s: is the dataplane running?", strerror(errno));
	if (fstat(fd, &st) < 0 || read(fd, &h, sizeof(h)) != sizeof(h) || !gh_shm_compatible(&h) ||
	    (uint64_t)st.st_size < h.size) {
		close(fd);
		return gh_error_set(err, -EPROTO, path,
		    "the dataplane's shared segment has another layout than this program: run "
		    "programs of one version");
	}
	p = mmap(NULL, h.size, PROT_READ, MAP_SHARED, fd, 0);
	close(fd);
	if (p == MAP_FAILED)
		return gh_error_set(err, -errno, path, "cannot be mapped: %s", strerror(errno));
	*v = (struct gh_shm_view){.header = p, .size = h.size};
	return 0;
}

void gh_shm_close(struct gh_shm_view *v)
{
	if (v->header != NULL)
		munmap((void *)(uintptr_t)v->header, v->size);
	*v = (struct gh_shm_view){0};
}

void gh_shm_iface_sum(
    const struct gh_shm_view *v, uint32_t iface, struct gh_shm_iface_counters *sum)
{
	*sum = (struct gh_shm_iface_counters){0};
	for (uint32_t row = 0; row < GH_SHM_ROWS; row++) {
		const struct gh_shm_iface_counters *c =
		    gh_shm_at(v, GH_SHM_IFACE_COUNTERS, row * GH_SHM_IFACE_MAX + iface);

		sum->rx_packets += c->rx_packets;
		sum->rx_bytes += c->rx_bytes;
		sum->tx_packets += c->tx_packets;
		sum->tx_bytes += c->tx_bytes;
		sum->tx_full += c->tx_full;
		sum->to_host += c->to_host;
		sum->from_host += c->from_host;
	}
}

uint64_t gh_shm_drop_sum(const struct gh_shm_view *v, uint32_t reason)
{
	uint64_t sum = 0;

	for (uint32_t row = 0; row < GH_SHM_ROWS; row++)
		sum +=
		    *(const uint64_t *)gh_shm_at(v, GH_SHM_DROPS, row * GH_SHM_DROP_MAX + reason);
	return sum;
}
