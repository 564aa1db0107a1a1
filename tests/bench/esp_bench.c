/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * Cycles per packet of ESP over bursts of 64, AES-128-GCM with ESN, replay window 4096, every
 * packet of a burst of another SA, beside the bare one-shot GCM call on a hot key and buffer.
 *
 *   esp_bench [MEGABYTES OF EAL MEMORY [SAS [LENGTH]]]
 *
 * "hot": 64 buffers again and again; "ring": 4096 in turn, as with a NIC. TSC cycles, the lower
 * quartile of many windows. Quote ratios of one run: machines drift.
 */
#include <rte_cycles.h>
#include <rte_ip.h>
#include <rte_malloc.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "dataplane/ipsec/ipsec.h"
#include "unit/ipsec_rig.h"

#define WINDOWS 31
#define BURSTS 64 /* in a window */
#define BURST GH_ESP_BURST
#define RING (BURSTS * BURST)

static struct rte_mbuf *ring[RING];
static uint32_t order[RING];

static int by_value(const void *a, const void *b)
{
	double x = *(const double *)a, y = *(const double *)b;

	return (x > y) - (x < y);
}

/* The lower quartile: what other load on the machine adds is no property of the code. */
static double typical(double *v, unsigned n)
{
	qsort(v, n, sizeof(*v), by_value);
	return v[n / 4];
}

static double floor_cycles(uint16_t len, bool seal)
{
	static uint8_t text[2048] __attribute__((aligned(64)));
	static struct gcm_key_data key;
	struct gcm_context_data ctx;
	uint8_t iv[12] = {0}, aad[12] = {0}, tag[16], raw[16] = {1};
	IMB_MGR *mgr = rig_worker->mgr;
	double v[WINDOWS];

	IMB_AES128_GCM_PRE(mgr, raw, &key);
	for (unsigned w = 0; w < WINDOWS; w++) {
		uint64_t t = rte_rdtsc_precise();

		for (unsigned i = 0; i < RING; i++) {
			if (seal)
				IMB_AES128_GCM_ENC(
				    mgr, &key, &ctx, text, text, len, iv, aad, 12, tag, 16);
			else
				IMB_AES128_GCM_DEC(
				    mgr, &key, &ctx, text, text, len, iv, aad, 12, tag, 16);
		}
		v[w] = (double)(rte_rdtsc_precise() - t) / RING;
	}
	return typical(v, WINDOWS);
}

/* Slots of n SAs in an order without pattern, no two equal in a burst when n allows. */
static void shuffle_slots(uint32_t n)
{
	uint32_t *slot = malloc(n * sizeof(*slot));

	for (uint32_t i = 0; i < n; i++)
		slot[i] = i;
	for (uint32_t i = n; i > 1; i--) {
		uint32_t j = (uint32_t)(rig_random() % i), t = slot[j];

		slot[j] = slot[i - 1];
		slot[i - 1] = t;
	}
	for (uint32_t i = 0; i < RING; i++)
		order[i] = slot[i % n];
	free(slot);
}

static void state_sas(uint32_t n)
{
	for (uint32_t i = 0; i < n; i++) {
		struct gh_dp_sa out =
		    rig_sa(GH_DP_OUT, i, GH_DP_AEAD_AES128_GCM_16, 0, GH_DP_SA_ESN);
		struct gh_dp_sa in = rig_sa(GH_DP_IN, i, GH_DP_AEAD_AES128_GCM_16, 0, GH_DP_SA_ESN);
		struct gh_dp_policy p = rig_policy(i + 1, GH_DP_IN, i, "10.0.0.0/8", "10.0.0.0/8");

		in.replay_window = 4096;
		rig_set_sa(&out);
		rig_set_sa(&in);
		rig_set_policy(&p);
	}
}

static void make_clear(struct rte_mbuf *m, const struct rte_mbuf *clear)
{
	m->data_off = RTE_PKTMBUF_HEADROOM;
	m->data_len = clear->data_len;
	m->pkt_len = clear->data_len;
	memcpy(rte_pktmbuf_mtod(m, void *), rte_pktmbuf_mtod(clear, void *), clear->data_len);
}

static unsigned bad(const uint8_t *verdict)
{
	unsigned n = 0;

	for (unsigned i = 0; i < BURST; i++)
		n += verdict[i] != GH_ESP_OK;
	return n;
}

struct result {
	double out, in;
};

/*
 * Seals a window of packets, then opens them: each is measured on buffers that the other filled.
 * Between the two the buffers' headers are fetched, as a receive driver would have.
 */
static struct result run(unsigned buffers, const struct rte_mbuf *clear)
{
	double out[WINDOWS], in[WINDOWS];
	uint32_t sa[BURST];
	uint8_t verdict[BURST];
	unsigned failed = 0;

	for (unsigned w = 0; w < WINDOWS; w++) {
		uint64_t t_out = 0, t_in = 0;

		for (unsigned b = 0; b < BURSTS; b += buffers / BURST) {
			unsigned pieces = buffers / BURST;

			for (unsigned i = 0; i < buffers; i++)
				make_clear(ring[i], clear);
			for (unsigned p = 0; p < pieces; p++) {
				struct rte_mbuf **m = &ring[p * BURST];
				uint64_t t;

				for (unsigned i = 0; i < BURST; i++)
					rte_prefetch0(rte_pktmbuf_mtod(m[i], void *));
				t = rte_rdtsc_precise();
				gh_esp_encrypt(
				    rig_worker, m, &order[(b + p) * BURST], BURST, verdict);
				t_out += rte_rdtsc_precise() - t;
				failed += bad(verdict);
			}
			for (unsigned p = 0; p < pieces; p++) {
				struct rte_mbuf **m = &ring[p * BURST];
				uint64_t t;

				for (unsigned i = 0; i < BURST; i++)
					rte_prefetch0(rte_pktmbuf_mtod(m[i], void *));
				t = rte_rdtsc_precise();
				gh_esp_decrypt(rig_worker, m, BURST, sa, verdict);
				t_in += rte_rdtsc_precise() - t;
				failed += bad(verdict);
			}
		}
		out[w] = (double)t_out / RING;
		in[w] = (double)t_in / RING;
	}
	if (failed > 0)
		printf("%u packets failed: the figures mean nothing\n", failed);
	return (struct result){typical(out, WINDOWS), typical(in, WINDOWS)};
}

static void row(uint32_t sas, uint16_t len)
{
	struct rte_mbuf *clear = rig_packet("10.0.0.1", "10.1.0.1", len);
	uint16_t text = (uint16_t)((len + 2 + 3) & ~3);
	struct result hot, cold;

	hot = run(BURST, clear);
	cold = run(RING, clear);
	printf(
	    "%6u SAs %5u B  out: hot %6.1f ring %6.1f floor %6.1f   in: hot %6.1f ring %6.1f floor "
	    "%6.1f\n",
	    sas, len, hot.out, cold.out, floor_cycles(text, true), hot.in, cold.in,
	    floor_cycles(text, false));
	rte_pktmbuf_free(clear);
}

int main(int argc, char **argv)
{
	static const uint32_t counts[] = {1, 10000, 100000};
	static const uint16_t lengths[] = {64, 1420};
	uint32_t only_sas = argc > 2 ? (uint32_t)atoi(argv[2]) : 0;
	uint16_t only_len = argc > 3 ? (uint16_t)atoi(argv[3]) : 0;

	rig_eal(argv[0], argc > 1 ? (unsigned)atoi(argv[1]) : 64);
	for (unsigned i = 0; i < RING; i++)
		ring[i] = rig_packet("10.0.0.1", "10.1.0.1", 20);
	for (unsigned i = 0; i < sizeof(counts) / sizeof(counts[0]); i++) {
		if (only_sas != 0 && only_sas != counts[i])
			continue;
		rig_start();
		state_sas(counts[i]);
		shuffle_slots(counts[i]);
		for (unsigned l = 0; l < sizeof(lengths) / sizeof(lengths[0]); l++) {
			if (only_len == 0 || only_len == lengths[l])
				row(counts[i], lengths[l]);
		}
		rig_stop();
	}
	return 0;
}
