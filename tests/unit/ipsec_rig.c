/* SPDX-License-Identifier: BSD-3-Clause */
#include "ipsec_rig.h"

#include <rte_eal.h>
#include <rte_ip.h>
#include <rte_udp.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "dataplane/drop.h"
#include "dataplane/iface.h"
#include "dataplane/ipsec/ipsec.h"
#include "dataplane/ipsec/memory.h"
#include "dataplane/nexthop.h"
#include "dataplane/rcu.h"
#include "dataplane/shm.h"

struct rte_mempool *rig_pool;
struct gh_esp_worker *rig_worker;
static struct gh_worker worker;

static void die(const char *what, const struct gh_error *err)
{
	fprintf(stderr, "rig: %s%s%s\n", what, err != NULL ? ": " : "",
	    err != NULL ? err->message : "");
	exit(1);
}

/* --- what the dataplane offers its IPsec part --- */

struct gh_shm_header *gh_shm;
struct gh_iface_hot gh_ifaces[GH_IFACE_MAX];
struct gh_nexthop gh_nexthops[GH_NEXTHOP_MAX];

static struct {
	void (*fn)(void *arg);
	void *arg;
} deferred[1 << 16];
static unsigned deferred_count;

static struct rig_event events[1024];
static unsigned event_count;
bool rig_listening = true;

uint16_t gh_drop_register(const char *name, const char *text)
{
	static uint16_t next;

	return next++;
}

void gh_rcu_defer(void (*fn)(void *arg), void *arg)
{
	if (deferred_count == sizeof(deferred) / sizeof(deferred[0]))
		rig_grace();
	deferred[deferred_count].fn = fn;
	deferred[deferred_count++].arg = arg;
}

void gh_rcu_synchronize(void)
{
}

unsigned gh_rcu_poll(void)
{
	rig_grace();
	return 0;
}

void rig_grace(void)
{
	for (unsigned i = 0; i < deferred_count; i++)
		deferred[i].fn(deferred[i].arg);
	deferred_count = 0;
}

void rig_grace_oldest(void)
{
	if (deferred_count == 0)
		return;
	deferred[0].fn(deferred[0].arg);
	memmove(deferred, deferred + 1, --deferred_count * sizeof(deferred[0]));
}

uint32_t gh_route_resolve(const struct gh_addr *dst)
{
	return 1;
}

unsigned gh_worker_count(void)
{
	return 1;
}

void gh_control_kick(void)
{
}

bool gh_control_event(enum gh_dp_type type, const void *body, size_t len)
{
	struct rig_event *e = &events[event_count];

	if (!rig_listening || event_count == sizeof(events) / sizeof(events[0]))
		return false;
	e->type = type;
	memcpy(&e->acquire, body, len);
	event_count++;
	return true;
}

unsigned rig_events(struct rig_event *out, unsigned max)
{
	unsigned n;

	gh_ipsec_poll();
	n = event_count < max ? event_count : max;
	memcpy(out, events, n * sizeof(*out));
	event_count = 0;
	return n;
}

/* --- life --- */

static void make_segment(void)
{
	static const struct {
		uint32_t stride, count;
	} size[] = {
#define X(id, bytes, records) [GH_SHM_##id] = {(uint32_t)(bytes), (records)},
	    GH_SHM_REGIONS(X)
#undef X
	};
	struct gh_shm_header h = {.size = 4096};

	for (unsigned i = 0; i < GH_SHM_REGION_COUNT; i++) {
		uint64_t bytes = (uint64_t)size[i].stride * size[i].count;

		h.regions[i] = (struct gh_shm_region){h.size, size[i].stride, size[i].count};
		h.size += (bytes + 4095) & ~UINT64_C(4095);
	}
	gh_shm = gh_table_alloc(h.size, 0);
	if (gh_shm == NULL)
		die("no memory for the segment", NULL);
	*gh_shm = h;
}

void rig_eal(const char *program, unsigned megabytes)
{
	char size[16];
	char *argv[] = {(char *)(uintptr_t)program, "--no-huge", "-m", size, "--no-pci",
	    "--no-shconf", "--log-level=error", "-l", "0"};

	snprintf(size, sizeof(size), "%u", megabytes);
	if (rte_eal_init(sizeof(argv) / sizeof(argv[0]), argv) < 0)
		die("EAL does not start", NULL);
	rig_pool = rte_pktmbuf_pool_create("rig", 8191, 0, 0, RTE_MBUF_DEFAULT_BUF_SIZE, 0);
	if (rig_pool == NULL)
		die("no memory for packets", NULL);
}

static void begin(void)
{
	struct gh_error err = {0};

	if (gh_ipsec_init(&err) != 0 || gh_ipsec_worker_init(&worker, &err) != 0)
		die("IPsec does not start", &err);
	gh_ipsec_workers_changed();
	rig_worker = worker.ipsec;
}

static void end(void)
{
	gh_ipsec_worker_fini(&worker);
	rig_grace();
	gh_ipsec_fini();
}

void rig_start(void)
{
	make_segment();
	begin();
}

void rig_stop(void)
{
	end();
	gh_table_free(gh_shm, gh_shm->size);
	event_count = 0;
}

void rig_restart(void)
{
	deferred_count = 0; /* a killed process reclaims nothing */
	end();
	begin();
}

/* --- records --- */

uint64_t rig_random(void)
{
	static uint64_t x = 0x9e3779b97f4a7c15;

	x ^= x << 13;
	x ^= x >> 7;
	x ^= x << 17;
	return x * 0x2545f4914f6cdd1d;
}

uint32_t rig_spi(uint32_t index)
{
	return 0x5a000000 | index;
}

static struct gh_endpoint endpoint(const char *text, uint16_t port)
{
	struct gh_endpoint e = {.port = port};

	if (gh_addr_parse(text, &e.addr) != 0)
		die("bad address", NULL);
	return e;
}

struct gh_dp_sa rig_sa(
    enum gh_dp_dir dir, uint32_t index, enum gh_dp_alg enc, enum gh_dp_alg auth, uint16_t flags)
{
	struct gh_dp_sa sa = {
	    .id = {.index = index, .spi = rig_spi(index), .dir = (uint8_t)dir},
	    .enc_alg = (uint16_t)enc,
	    .auth_alg = (uint16_t)auth,
	    .flags = flags,
	    .replay_window = dir == GH_DP_IN ? 64 : 0,
	};
	bool udp = (flags & GH_DP_SA_UDP_ENCAP) != 0;

	sa.local = endpoint(dir == GH_DP_OUT ? "192.0.2.1" : "192.0.2.2", udp ? 4500 : 0);
	sa.remote = endpoint(dir == GH_DP_OUT ? "192.0.2.2" : "192.0.2.1", udp ? 4500 : 0);
	for (unsigned i = 0; i < sizeof(sa.enc_key); i++)
		sa.enc_key[i] = (uint8_t)(i * 7 + index * 13 + 1);
	for (unsigned i = 0; i < sizeof(sa.auth_key); i++)
		sa.auth_key[i] = (uint8_t)(i * 5 + index * 11 + 2);
	return sa;
}

struct gh_dp_policy rig_policy(
    uint32_t id, enum gh_dp_dir dir, uint32_t sa, const char *local, const char *remote)
{
	struct gh_dp_policy p = {
	    .id = id,
	    .priority = 100,
	    .sa = sa,
	    .dir = (uint8_t)dir,
	    .sel = {.local_port_last = UINT16_MAX, .remote_port_last = UINT16_MAX},
	};

	if (gh_prefix_parse(local, &p.sel.local) != 0 ||
	    gh_prefix_parse(remote, &p.sel.remote) != 0)
		die("bad prefix", NULL);
	return p;
}

void rig_set_sa(const struct gh_dp_sa *sa)
{
	struct gh_error err = {0};
	uint32_t failed;

	if (gh_ipsec_sa_set(sa, 1, &failed, &err) != 0)
		die("SA refused", &err);
}

void rig_set_policy(const struct gh_dp_policy *policy)
{
	struct gh_error err = {0};
	uint32_t failed;

	if (gh_ipsec_policy_set(policy, 1, &failed, &err) != 0)
		die("policy refused", &err);
}

/* --- packets --- */

uint32_t rig_addr(const char *text)
{
	struct gh_addr a;
	uint32_t v;

	if (gh_addr_parse(text, &a) != 0)
		die("bad address", NULL);
	memcpy(&v, a.bytes, 4);
	return v;
}

struct rte_mbuf *rig_packet(const char *src, const char *dst, uint16_t len)
{
	struct rte_mbuf *m = rte_pktmbuf_alloc(rig_pool);
	struct rte_ipv4_hdr *ip = (void *)rte_pktmbuf_append(m, len);
	uint8_t *payload = (uint8_t *)(ip + 1);

	*ip = (struct rte_ipv4_hdr){
	    .version_ihl = 0x45,
	    .total_length = rte_cpu_to_be_16(len),
	    .packet_id = rte_cpu_to_be_16(7),
	    .time_to_live = 63,
	    .next_proto_id = IPPROTO_UDP,
	    .src_addr = rig_addr(src),
	    .dst_addr = rig_addr(dst),
	};
	ip->hdr_checksum = rte_ipv4_cksum(ip);
	for (unsigned i = 0; i + sizeof(*ip) < len; i++)
		payload[i] = (uint8_t)rig_random();
	return m;
}

bool rig_ip_checksum_ok(const void *ip)
{
	return rte_raw_cksum(ip, 20) == 0xffff;
}

enum gh_esp_verdict rig_encrypt(struct rte_mbuf *m, uint32_t sa)
{
	uint8_t verdict;

	gh_esp_encrypt(rig_worker, &m, &sa, 1, &verdict);
	return verdict;
}

enum gh_esp_verdict rig_decrypt(struct rte_mbuf *m, uint32_t *sa)
{
	uint8_t verdict;
	uint32_t unused;

	gh_esp_decrypt(rig_worker, &m, 1, sa != NULL ? sa : &unused, &verdict);
	return verdict;
}
