/* SPDX-License-Identifier: BSD-3-Clause */
#include <rte_branch_prediction.h>
#include <rte_esp.h>
#include <rte_prefetch.h>
#include <rte_udp.h>

#include "dataplane/ipsec/esp.h"
#include "dataplane/ipsec/esp_crypto.h"
#include "dataplane/ipsec/esp_header.h"
#include "dataplane/ipsec/esp_limit.h"

/* 1, 2, 3, ... (RFC 4303 2.4) */
static const uint8_t padding[16] = {1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15, 16};

/* What a packet will look like, computed before anything is written. */
struct plan {
	uint16_t inner_len;
	uint8_t pad_len;
	uint8_t udp_len; /* 0 or 8 */
	uint16_t head;	 /* bytes in front of the inner packet */
	uint16_t tail;	 /* bytes behind it */
};

static __rte_always_inline enum gh_esp_verdict check_line(const struct gh_sa_line *l)
{
	if (likely((l->flags & (GH_SA_LIVE | GH_SA_BUSY)) == GH_SA_LIVE)) {
		if (unlikely(l->expired))
			return GH_ESP_OUT_EXPIRED;
		if (unlikely(l->seq >= UINT32_MAX) &&
		    (!(l->flags & GH_SA_ESN) || l->seq == UINT64_MAX))
			return GH_ESP_OUT_SEQ_OVERFLOW;
		return GH_ESP_OK;
	}
	return l->flags & GH_SA_BUSY ? GH_ESP_OUT_SA_BUSY : GH_ESP_OUT_NO_SA;
}

static __rte_always_inline enum gh_esp_verdict make_plan(
    struct rte_mbuf *m, const struct gh_sa_line *l, struct plan *p)
{
	const struct gh_esp_alg *a = &gh_esp_algs[l->alg];
	const struct rte_ipv4_hdr *ip = rte_pktmbuf_mtod(m, const struct rte_ipv4_hdr *);
	uint32_t trailer = sizeof(struct rte_esp_tail);

	if (unlikely(m->nb_segs != 1))
		return GH_ESP_OUT_SEGMENTS;
	if (unlikely(m->data_len < sizeof(*ip)))
		return GH_ESP_OUT_LENGTH;
	if (unlikely(ip->version_ihl >> 4 != 4))
		return GH_ESP_OUT_FAMILY;
	p->inner_len = rte_be_to_cpu_16(ip->total_length);
	if (unlikely(p->inner_len < sizeof(*ip) || p->inner_len > m->data_len))
		return GH_ESP_OUT_LENGTH;
	p->pad_len = (uint8_t)(-(p->inner_len + trailer) & (a->align - 1u));
	p->udp_len = l->flags & GH_SA_UDP ? sizeof(struct rte_udp_hdr) : 0;
	p->head = (uint16_t)(sizeof(struct rte_ipv4_hdr) + p->udp_len + sizeof(struct rte_esp_hdr) +
			     a->iv_len);
	p->tail = (uint16_t)(p->pad_len + trailer + a->icv_len);
	if (unlikely((uint32_t)p->head + p->inner_len + p->tail > UINT16_MAX))
		return GH_ESP_OUT_LENGTH;
	if (unlikely(rte_pktmbuf_headroom(m) < p->head))
		return GH_ESP_OUT_HEADROOM;
	if (unlikely(m->buf_len - m->data_off - p->inner_len < p->tail))
		return GH_ESP_OUT_TAILROOM;
	return GH_ESP_OK;
}

static __rte_always_inline void write_trailer(uint8_t *at, uint8_t pad_len)
{
	/* Stores of fixed size; what is too much of them lies where the ICV will. */
	memcpy(at, padding, 8);
	if (unlikely(pad_len > 8))
		memcpy(at + 8, padding + 8, 8);
	at[pad_len] = pad_len;
	at[pad_len + 1] = IPPROTO_IPIP;
}

static void write_udp(uint8_t *at, uint32_t sa, uint16_t len)
{
	const struct gh_sa_cold *c = &gh_sa.dir[GH_DP_OUT].cold[sa];
	struct rte_udp_hdr udp = {
	    .src_port = c->src_port,
	    .dst_port = c->dst_port,
	    .dgram_len = rte_cpu_to_be_16(len),
	};

	memcpy(at, &udp, sizeof(udp));
}

/* Header, IV and AAD of the transform; returns where the text begins. */
static __rte_always_inline uint8_t *write_esp(struct gh_esp_worker *w, uint8_t *at,
    const struct gh_sa_line *l, uint64_t seq, struct gh_esp_op *op)
{
	const struct gh_esp_alg *a = &gh_esp_algs[l->alg];
	uint64_t wire_seq = rte_cpu_to_be_64(seq);
	uint32_t low = (uint32_t)(wire_seq >> 32);

	memcpy(at, &l->spi, 4);
	memcpy(at + 4, &low, 4);
	memcpy(op->aad, &l->spi, 4);
	if (l->flags & GH_SA_ESN) {
		memcpy(op->aad + 4, &wire_seq, 8);
		op->aad_len = 12;
	} else {
		memcpy(op->aad + 4, &low, 4);
		op->aad_len = 8;
	}
	if (likely(a->kind != GH_ESP_KIND_HMAC)) {
		memcpy(op->iv, l->salt, 4);
		memcpy(op->iv + 4, &wire_seq, 8);
		memcpy(at + 8, &wire_seq, 8);
	} else if (a->iv_len > 0) {
		gh_esp_cbc_iv(w, op->sa, seq, op->iv);
		memcpy(at + 8, op->iv, 16);
	}
	return at + 8 + a->iv_len;
}

static __rte_always_inline bool outer_df(const struct gh_sa_line *l, const struct rte_ipv4_hdr *ip)
{
	if (l->flags & GH_SA_DF_SET)
		return true;
	return (l->flags & GH_SA_DF_COPY) &&
	       (ip->fragment_offset & RTE_BE16(RTE_IPV4_HDR_DF_FLAG)) != 0;
}

/* Everything but the crypto. The number is taken, and stored, before the packet can leave. */
static __rte_always_inline enum gh_esp_verdict prepare(
    struct gh_esp_worker *w, struct rte_mbuf *m, uint32_t sa, struct gh_esp_op *op)
{
	struct gh_sa_line *l = &gh_sa.dir[GH_DP_OUT].line[sa];
	const struct rte_ipv4_hdr *inner = rte_pktmbuf_mtod(m, const struct rte_ipv4_hdr *);
	enum gh_esp_verdict v;
	struct plan p;
	uint8_t *out;
	bool df;

	if (unlikely(sa >= GH_DP_SA_MAX))
		return GH_ESP_OUT_NO_SA;
	if (unlikely((v = check_line(l)) != GH_ESP_OK) ||
	    unlikely((v = make_plan(m, l, &p)) != GH_ESP_OK))
		return v;
	if (unlikely(l->flags & GH_SA_LIMITS) && !gh_sa_limit_pass(w, GH_DP_OUT, sa, p.inner_len))
		return GH_ESP_OUT_EXPIRED;
	__atomic_store_n(&l->seq, l->seq + 1, __ATOMIC_RELAXED);
	l->packets++;
	l->bytes += p.inner_len;

	df = outer_df(l, inner);
	out = (uint8_t *)(uintptr_t)inner - p.head;
	write_trailer((uint8_t *)(uintptr_t)inner + p.inner_len, p.pad_len);
	gh_outer_write(out, l, (uint16_t)(p.head + p.inner_len + p.tail),
	    gh_outer_tos(l, inner->type_of_service), df ? 0 : w->ip_id++, df);
	if (unlikely(p.udp_len > 0))
		write_udp(out + 20, sa, (uint16_t)(p.head - 20 + p.inner_len + p.tail));
	op->sa = sa;
	op->text = write_esp(w, out + 20 + p.udp_len, l, l->seq, op);
	op->text_len = p.inner_len + p.pad_len + (uint32_t)sizeof(struct rte_esp_tail);
	op->alg = l->alg;
	op->failed = 0;
	op->key = gh_sa_key(&gh_sa.dir[GH_DP_OUT], sa);
	m->data_off = (uint16_t)(m->data_off - p.head);
	m->data_len = (uint16_t)(p.head + p.inner_len + p.tail);
	m->pkt_len = m->data_len;
	return GH_ESP_OK;
}

static void note_failure(struct gh_esp_worker *w, uint32_t sa, enum gh_esp_verdict v)
{
	struct gh_sa_errors *e = &gh_sa.dir[GH_DP_OUT].errors[sa];

	if (v == GH_ESP_OUT_NO_SA)
		return;
	if (v == GH_ESP_OUT_SEQ_OVERFLOW)
		gh_sa_limit_stop(w, GH_DP_OUT, sa);
	if (v == GH_ESP_OUT_EXPIRED || v == GH_ESP_OUT_SEQ_OVERFLOW)
		e->limit++;
	else
		e->other++;
}

void gh_esp_encrypt(
    struct gh_esp_worker *w, struct rte_mbuf **m, const uint32_t *sa, uint16_t n, uint8_t *verdict)
{
	struct gh_esp_op ops[GH_ESP_BURST];
	unsigned count = 0;

	for (uint16_t i = 0; i < n; i++) {
		rte_prefetch0(&gh_sa.dir[GH_DP_OUT].line[sa[i]]);
		rte_prefetch0(rte_pktmbuf_mtod_offset(m[i], void *, m[i]->data_len));
	}
	for (uint16_t i = 0; i < n; i++) {
		verdict[i] = (uint8_t)prepare(w, m[i], sa[i], &ops[count]);
		ops[count].packet = (uint8_t)i;
		if (likely(verdict[i] == GH_ESP_OK))
			count++;
		else
			note_failure(w, sa[i], verdict[i]);
	}
	gh_esp_seal(w, ops, count);
	for (unsigned i = 0; i < count; i++) {
		if (unlikely(ops[i].failed))
			verdict[ops[i].packet] = GH_ESP_OUT_CRYPTO;
	}
}
