/* SPDX-License-Identifier: BSD-3-Clause */
#include <rte_branch_prediction.h>
#include <rte_esp.h>
#include <rte_prefetch.h>
#include <rte_udp.h>

#include "dataplane/ipsec/esp.h"
#include "dataplane/ipsec/esp_crypto.h"
#include "dataplane/ipsec/esp_header.h"
#include "dataplane/ipsec/esp_limit.h"
#include "dataplane/ipsec/esp_parse.h"
#include "dataplane/ipsec/replay.h"

#define ICV_MAX 32

/* A packet between the stages; what the crypto needs is in its gh_esp_op. */
struct arrival {
	uint64_t seq;
	uint32_t sa;
	uint16_t esp_off; /* from the outer IP header */
	uint16_t esp_len;
	uint8_t outer_tos;
	uint8_t icv_len;
	uint8_t saved_icv; /* the ICV was copied to icv[] before the crypto overwrote it */
};

struct burst {
	struct arrival arrival[GH_ESP_BURST]; /* by packet */
	struct gh_esp_op ops[GH_ESP_BURST];   /* by operation */
	uint8_t tag[GH_ESP_BURST][GH_ESP_TAG_MAX];
	uint8_t icv[GH_ESP_BURST][ICV_MAX]; /* by operation, HMAC only */
};

/* Where the ESP header is; fetches the SA's line. */
static __rte_always_inline enum gh_esp_verdict find(struct rte_mbuf *m, struct arrival *p)
{
	struct gh_esp_place place;
	enum gh_esp_verdict v = gh_esp_locate(m, &place);

	if (unlikely(v != GH_ESP_OK))
		return v;
	p->esp_off = place.offset;
	p->esp_len = place.len;
	p->outer_tos = place.tos;
	p->sa = place.spi & (GH_DP_SA_MAX - 1);
	rte_prefetch0(&gh_sa.dir[GH_DP_IN].line[p->sa]);
	rte_prefetch0(rte_pktmbuf_mtod_offset(m, void *, place.offset + place.len - 1));
	return GH_ESP_OK;
}

static __rte_always_inline enum gh_esp_verdict check_line(
    const struct gh_sa_line *l, const uint8_t *esp)
{
	uint32_t spi;

	memcpy(&spi, esp, 4);
	if (unlikely(l->spi != spi))
		return GH_ESP_IN_NO_SPI;
	if (unlikely((l->flags & (GH_SA_LIVE | GH_SA_BUSY)) != GH_SA_LIVE))
		return l->flags & GH_SA_BUSY ? GH_ESP_IN_SA_BUSY : GH_ESP_IN_NO_SPI;
	if (unlikely(l->expired))
		return GH_ESP_IN_EXPIRED;
	return GH_ESP_OK;
}

/* The packet's whole sequence number; fetches its word of the window. */
static __rte_always_inline enum gh_esp_verdict identify(struct rte_mbuf *m, struct arrival *p)
{
	const struct gh_sa_line *l = &gh_sa.dir[GH_DP_IN].line[p->sa];
	const uint8_t *esp = rte_pktmbuf_mtod_offset(m, const uint8_t *, p->esp_off);
	const struct gh_esp_alg *a = &gh_esp_algs[l->alg];
	enum gh_esp_verdict v = check_line(l, esp);
	uint32_t low, overhead;

	if (unlikely(v != GH_ESP_OK))
		return v;
	overhead = (uint32_t)sizeof(struct rte_esp_hdr) + a->iv_len + a->icv_len;
	if (unlikely(p->esp_len < overhead + a->align) ||
	    unlikely(((p->esp_len - overhead) & (a->align - 1u)) != 0))
		return GH_ESP_IN_TRUNCATED;
	p->icv_len = a->icv_len;
	memcpy(&low, esp + 4, 4);
	low = rte_be_to_cpu_32(low);
	p->seq = l->flags & GH_SA_ESN ? gh_esn_guess(l->seq, l->replay_window, low) : low;
	rte_prefetch0(gh_replay_word(&gh_sa.replay[p->sa], p->seq));
	return GH_ESP_OK;
}

static __rte_always_inline enum gh_esp_verdict check_window(const struct arrival *p)
{
	const struct gh_sa_line *l = &gh_sa.dir[GH_DP_IN].line[p->sa];

	switch (gh_replay_check(&gh_sa.replay[p->sa], l->seq, l->replay_window, p->seq)) {
	case GH_REPLAY_FRESH:
		return GH_ESP_OK;
	case GH_REPLAY_SEEN:
		return GH_ESP_IN_REPLAYED;
	default:
		return GH_ESP_IN_TOO_OLD;
	}
}

static __rte_always_inline void prepare(
    struct rte_mbuf *m, struct arrival *p, struct gh_esp_op *op, uint8_t *icv)
{
	const struct gh_sa_line *l = &gh_sa.dir[GH_DP_IN].line[p->sa];
	const struct gh_esp_alg *a = &gh_esp_algs[l->alg];
	uint8_t *esp = rte_pktmbuf_mtod_offset(m, uint8_t *, p->esp_off);
	uint64_t wire_seq = rte_cpu_to_be_64(p->seq);

	memcpy(op->aad, esp, 4);
	if (l->flags & GH_SA_ESN) {
		memcpy(op->aad + 4, &wire_seq, 8);
		op->aad_len = 12;
	} else {
		memcpy(op->aad + 4, esp + 4, 4);
		op->aad_len = 8;
	}
	op->text = esp + sizeof(struct rte_esp_hdr) + a->iv_len;
	op->text_len = p->esp_len - (uint32_t)sizeof(struct rte_esp_hdr) - a->iv_len - a->icv_len;
	if (likely(a->kind != GH_ESP_KIND_HMAC)) {
		memcpy(op->iv, l->salt, 4);
		memcpy(op->iv + 4, esp + 8, 8);
	} else {
		if (a->iv_len > 0)
			memcpy(op->iv, esp + 8, 16);
		memcpy(icv, op->text + op->text_len, a->icv_len);
	}
	p->saved_icv = a->kind == GH_ESP_KIND_HMAC;
	op->alg = l->alg;
	op->failed = 0;
	op->sa = p->sa;
	op->key = gh_sa_key(&gh_sa.dir[GH_DP_IN], p->sa);
}

/* Takes the same time wherever the first difference is; len is a multiple of 4. */
static __rte_always_inline bool icv_equal(const uint8_t *a, const uint8_t *b, unsigned len)
{
	uint64_t diff = 0, x, y;
	uint32_t u, v;

	if (len & 4) {
		len -= 4;
		memcpy(&u, a + len, 4);
		memcpy(&v, b + len, 4);
		diff = u ^ v;
	}
	for (unsigned i = 0; i < len; i += 8) {
		memcpy(&x, a + i, 8);
		memcpy(&y, b + i, 8);
		diff |= x ^ y;
	}
	return diff == 0;
}

static __rte_always_inline enum gh_esp_verdict check_padding(const struct gh_esp_op *op)
{
	uint8_t pad_len = op->text[op->text_len - 2];
	const uint8_t *pad = op->text + op->text_len - 2 - pad_len;

	if (unlikely(pad_len + 2u > op->text_len))
		return GH_ESP_IN_PADDING;
	for (unsigned i = 0; i < pad_len; i++) {
		if (unlikely(pad[i] != i + 1))
			return GH_ESP_IN_PADDING;
	}
	return GH_ESP_OK;
}

/* The inner packet against what carried it. Bytes behind it are TFC padding (RFC 4303 2.7). */
static __rte_always_inline enum gh_esp_verdict check_inner(const struct gh_esp_op *op)
{
	const struct rte_ipv4_hdr *ip = (const struct rte_ipv4_hdr *)op->text;
	uint8_t next_header = op->text[op->text_len - 1];
	uint32_t room = op->text_len - 2 - op->text[op->text_len - 2];
	uint32_t hlen, total;

	if (unlikely(next_header != IPPROTO_IPIP))
		return next_header == IPPROTO_NONE ? GH_ESP_IN_DUMMY : GH_ESP_IN_NEXT_HEADER;
	if (unlikely(room < sizeof(*ip) || ip->version_ihl >> 4 != 4))
		return GH_ESP_IN_INNER;
	hlen = (ip->version_ihl & 15u) * 4;
	total = rte_be_to_cpu_16(ip->total_length);
	if (unlikely(hlen < sizeof(*ip) || total < hlen || total > room))
		return GH_ESP_IN_INNER;
	return GH_ESP_OK;
}

static bool chain_match(const struct gh_sa_chain *c, const uint8_t *ip, uint32_t len)
{
	struct gh_flow4 f = gh_flow4_parse(ip, len, false);

	for (uint32_t i = 0; c != NULL && i < c->count; i++) {
		if (gh_selector4_match(&c->sel[i], &f))
			return true;
	}
	return false;
}

/* RFC 4301 5.2 step 4: only what was agreed for this SA may come out of it. */
static __rte_always_inline bool selectors_match(
    const struct gh_sa_line *l, uint32_t sa, const struct rte_ipv4_hdr *ip, uint32_t len)
{
	uint16_t flags = __atomic_load_n(&l->flags, __ATOMIC_ACQUIRE);
	uint32_t local = rte_be_to_cpu_32(ip->dst_addr), remote = rte_be_to_cpu_32(ip->src_addr);

	if (likely(flags & GH_SA_SEL_INLINE) &&
	    likely(((local ^ l->sel_local) & gh_mask4(l->sel_local_len)) == 0 &&
		   ((remote ^ l->sel_remote) & gh_mask4(l->sel_remote_len)) == 0))
		return true;
	if (!(flags & GH_SA_SEL_CHAIN))
		return false;
	return chain_match(__atomic_load_n(&gh_sa.dir[GH_DP_IN].cold[sa].chain, __ATOMIC_ACQUIRE),
	    (const uint8_t *)ip, len);
}

/* Authenticity and freshness; from here on the packet counts as received. */
static __rte_always_inline enum gh_esp_verdict accept_packet(
    const struct arrival *p, const struct gh_esp_op *op, const uint8_t *icv, const uint8_t *tag)
{
	struct gh_sa_line *l = &gh_sa.dir[GH_DP_IN].line[p->sa];
	enum gh_esp_verdict v;

	if (unlikely(op->failed) || unlikely(!icv_equal(icv, tag, p->icv_len)))
		return GH_ESP_IN_ICV;
	v = check_window(p); /* again: the burst may hold the same number twice */
	if (unlikely(v != GH_ESP_OK))
		return v;
	__atomic_store_n(
	    &l->seq, gh_replay_update(&gh_sa.replay[p->sa], l->seq, p->seq), __ATOMIC_RELAXED);
	return GH_ESP_OK;
}

static __rte_always_inline enum gh_esp_verdict finish(struct gh_esp_worker *w, struct rte_mbuf *m,
    const struct arrival *p, const struct gh_esp_op *op)
{
	struct gh_sa_line *l = &gh_sa.dir[GH_DP_IN].line[p->sa];
	struct rte_ipv4_hdr *ip = (struct rte_ipv4_hdr *)op->text;
	enum gh_esp_verdict v;
	uint16_t len;

	if (unlikely((v = check_padding(op)) != GH_ESP_OK) ||
	    unlikely((v = check_inner(op)) != GH_ESP_OK))
		return v;
	len = rte_be_to_cpu_16(ip->total_length);
	if (unlikely(l->flags & GH_SA_LIMITS) && !gh_sa_limit_pass(w, GH_DP_IN, p->sa, len))
		return GH_ESP_IN_EXPIRED;
	l->packets++;
	l->bytes += len;
	if (unlikely(!selectors_match(l, p->sa, ip, len)))
		return GH_ESP_IN_SELECTOR;
	if (unlikely(!gh_ecn_decap(p->outer_tos, ip)))
		return GH_ESP_IN_ECN;
	m->data_off = (uint16_t)(op->text - (uint8_t *)m->buf_addr);
	m->data_len = len;
	m->pkt_len = len;
	return GH_ESP_OK;
}

static void count_failure(uint32_t sa, enum gh_esp_verdict v)
{
	struct gh_sa_errors *e = &gh_sa.dir[GH_DP_IN].errors[sa];

	switch (v) {
	case GH_ESP_IN_ICV:
		e->icv++;
		break;
	case GH_ESP_IN_REPLAYED:
		e->replayed++;
		break;
	case GH_ESP_IN_TOO_OLD:
		e->too_old++;
		break;
	case GH_ESP_IN_SELECTOR:
		e->selector++;
		break;
	case GH_ESP_IN_EXPIRED:
		e->limit++;
		break;
	default:
		e->other++;
	}
}

/* Whose errors are an SA's own: not those of packets that only carry some number as SPI. */
static void note_failure(const struct arrival *p, enum gh_esp_verdict v)
{
	if (v > GH_ESP_IN_NO_SPI)
		count_failure(p->sa, v);
}

/* Stages before the crypto; returns the number of operations. */
static unsigned arrive(struct rte_mbuf **m, uint16_t n, struct burst *b, uint8_t *verdict)
{
	unsigned count = 0;

	for (uint16_t i = 0; i < n; i++)
		verdict[i] = (uint8_t)find(m[i], &b->arrival[i]);
	for (uint16_t i = 0; i < n; i++) {
		if (likely(verdict[i] == GH_ESP_OK))
			verdict[i] = (uint8_t)identify(m[i], &b->arrival[i]);
	}
	for (uint16_t i = 0; i < n; i++) {
		if (likely(verdict[i] == GH_ESP_OK))
			verdict[i] = (uint8_t)check_window(&b->arrival[i]);
		if (unlikely(verdict[i] != GH_ESP_OK)) {
			note_failure(&b->arrival[i], verdict[i]);
			continue;
		}
		prepare(m[i], &b->arrival[i], &b->ops[count], b->icv[count]);
		b->ops[count++].packet = (uint8_t)i;
	}
	return count;
}

void gh_esp_decrypt(
    struct gh_esp_worker *w, struct rte_mbuf **m, uint16_t n, uint32_t *sa, uint8_t *verdict)
{
	struct burst b;
	unsigned count = arrive(m, n, &b, verdict);

	gh_esp_open(w, b.ops, count, b.tag);
	for (unsigned i = 0; i < count; i++) {
		const struct gh_esp_op *op = &b.ops[i];
		const struct arrival *p = &b.arrival[op->packet];
		const uint8_t *icv = p->saved_icv ? b.icv[i] : op->text + op->text_len;
		enum gh_esp_verdict v = accept_packet(p, op, icv, b.tag[i]);

		if (likely(v == GH_ESP_OK))
			v = finish(w, m[op->packet], p, op);
		if (unlikely(v != GH_ESP_OK))
			note_failure(p, v);
		verdict[op->packet] = (uint8_t)v;
		sa[op->packet] = p->sa;
	}
}
