/* SPDX-License-Identifier: BSD-3-Clause */
#include "ctrlplane/ike/ike_record.h"

#include <stdlib.h>
#include <string.h>

#include "common/secret.h"
#include "ctrlplane/ike/ike_sa.h"
#include "ctrlplane/ike/ike_task.h"

#define RECORD_MAX (8u << 20) /* 2 * IKE_CHILDREN_MAX with all the selectors they may have */

static void put_text(struct gh_writer *w, const char *s)
{
	size_t len = strnlen(s, IKE_RECORD_TEXT_MAX);

	gh_put_u8(w, (uint8_t)len);
	gh_put(w, s, len);
}

static void put_blob(struct gh_writer *w, const void *data, size_t len)
{
	gh_put_u32(w, (uint32_t)len);
	gh_put(w, data, len);
}

static void put_ident(struct gh_writer *w, const struct ike_ident *id)
{
	gh_put(w, id, ike_ident_size(id));
}

static void put_addr(struct gh_writer *w, const struct gh_addr *a)
{
	gh_put_u8(w, a->family == AF_INET ? 4 : a->family == AF_INET6 ? 6 : 0);
	gh_put(w, a->bytes, gh_addr_len(a));
}

static void put_endpoint(struct gh_writer *w, const struct gh_endpoint *ep)
{
	put_addr(w, &ep->addr);
	gh_put_u16(w, ep->port);
}

static void put_suite(struct gh_writer *w, const struct ike_suite *s)
{
	gh_put_u8(w, s->protocol);
	gh_put_u8(w, s->number);
	gh_put_u16(w, s->enc->id);
	gh_put_u16(w, s->enc->key_bits);
	gh_put_u16(w, s->integ != NULL ? s->integ->id : 0);
	gh_put_u16(w, s->prf != NULL ? s->prf->id : 0);
	gh_put_u16(w, s->dh != NULL ? s->dh->id : 0);
	gh_put_u8(w, s->esn);
}

static void put_timer(struct gh_writer *w, const struct ike_timer *t, uint64_t now)
{
	gh_put_u64(w, ike_timer_left(t, now));
}

static void put_ts(struct gh_writer *w, const struct ike_ts *ts)
{
	gh_put_u8(w, ts->proto);
	gh_put_u16(w, ts->port_first);
	gh_put_u16(w, ts->port_last);
	put_addr(w, &ts->first);
	put_addr(w, &ts->last);
}

static void put_selector(struct gh_writer *w, const struct gh_dp_selector *s)
{
	put_addr(w, &s->local.addr);
	gh_put_u8(w, s->local.len);
	put_addr(w, &s->remote.addr);
	gh_put_u8(w, s->remote.len);
	gh_put_u8(w, s->proto);
	gh_put_u16(w, s->local_port_first);
	gh_put_u16(w, s->local_port_last);
	gh_put_u16(w, s->remote_port_first);
	gh_put_u16(w, s->remote_port_last);
}

static void put_child(struct gh_writer *w, const struct ike_child *c, uint64_t now)
{
	gh_put_u32(w, c->spi_in);
	gh_put_u32(w, c->spi_out);
	gh_put_u32(w, c->successor);
	gh_put_u32(w, c->replaces);
	gh_put_u8(w, c->state);
	gh_put_u8(w, (uint8_t)(c->initiator | c->outbound << 1 | c->udp_encap << 2));
	put_suite(w, &c->suite);
	gh_put(w, c->keys.enc_i, sizeof(c->keys.enc_i));
	gh_put(w, c->keys.integ_i, sizeof(c->keys.integ_i));
	gh_put(w, c->keys.enc_r, sizeof(c->keys.enc_r));
	gh_put(w, c->keys.integ_r, sizeof(c->keys.integ_r));
	gh_put_u64(w, c->soft_bytes);
	gh_put_u64(w, c->soft_packets);
	gh_put_u64(w, now - c->since_ms);
	gh_put_u64(w, c->since_wall_ms);
	put_timer(w, &c->rekey, now);
	put_timer(w, &c->life, now);
	put_text(w, c->policy);
	gh_put_u8(w, c->ts_local_count);
	gh_put_u8(w, c->ts_remote_count);
	for (unsigned i = 0; i < c->ts_local_count + (unsigned)c->ts_remote_count; i++)
		put_ts(w, &c->ts[i]);
	gh_put_u8(w, c->selector_count);
	for (unsigned i = 0; i < c->selector_count; i++)
		put_selector(w, &c->selectors[i]);
}

static uint16_t pack_flags(const struct ike_sa *sa)
{
	return (uint16_t)(sa->initiator | sa->fake_nat << 1 | sa->nat_local << 2 |
			  sa->nat_remote << 3 | sa->natt << 4 | sa->mobike << 5 |
			  sa->had_child << 6);
}

static void put_keys(struct gh_writer *w, const struct ike_sa *sa)
{
	gh_put(w, sa->keys.d, sizeof(sa->keys.d));
	gh_put(w, sa->keys.ai, sizeof(sa->keys.ai));
	gh_put(w, sa->keys.ar, sizeof(sa->keys.ar));
	gh_put(w, sa->keys.ei, sizeof(sa->keys.ei));
	gh_put(w, sa->keys.er, sizeof(sa->keys.er));
	gh_put_u64(w, sa->sk_out.iv);
}

static void put_messages(struct gh_writer *w, const struct ike_sa *sa)
{
	gh_put_u32(w, sa->next_out);
	/* A request that is being worked on will come again. */
	gh_put_u32(w, sa->next_in - (sa->passive != NULL));
	gh_put_u64(w, sa->answered.hash);
	put_blob(w, sa->answered.data, sa->answered.data != NULL ? sa->answered.len : 0);
	gh_put_u8(w, sa->req.data != NULL ? sa->req.exchange : 0);
	put_blob(w, sa->req.data, sa->req.data != NULL ? sa->req.len : 0);
	gh_put_u32(w, ike_task_pending_spi(sa));
}

static void put_sa(struct gh_writer *w, const struct ike_sa *sa)
{
	uint64_t now = ike_now(sa->e);
	const struct ike_child *child;

	gh_put_u32(w, IKE_RECORD_MAGIC);
	gh_put_u16(w, IKE_RECORD_VERSION);
	gh_put_u64(w, sa->e->host.wall_ms(sa->e->ctx));
	gh_put_u8(w, sa->state);
	gh_put_u16(w, pack_flags(sa));
	gh_put_u64(w, sa->spi_i);
	gh_put_u64(w, sa->spi_r);
	gh_put_u64(w, sa->successor);
	put_endpoint(w, &sa->local);
	put_endpoint(w, &sa->remote);
	put_text(w, sa->vpn->conf.name);
	put_ident(w, sa->local_id);
	put_ident(w, sa->remote_id);
	put_suite(w, &sa->suite);
	put_keys(w, sa);
	put_messages(w, sa);
	gh_put_u64(w, now - sa->since_ms);
	gh_put_u64(w, sa->since_wall_ms);
	put_timer(w, &sa->rekey, now);
	put_timer(w, &sa->reauth, now);
	gh_put_u16(w, (uint16_t)sa->child_count);
	LIST_FOREACH (child, &sa->children, next)
		put_child(w, child, now);
}

uint8_t *ike_record_write(const struct ike_sa *sa, size_t *len)
{
	for (size_t size = 4096; size <= RECORD_MAX; size *= 2) {
		uint8_t *data = malloc(size);
		struct gh_writer w = gh_writer(data, size);

		if (data == NULL)
			abort();
		put_sa(&w, sa);
		*len = gh_written(&w);
		if (w.ok)
			return data;
		gh_wipe_free(data, size);
	}
	abort(); /* RECORD_MAX holds any SA */
}
