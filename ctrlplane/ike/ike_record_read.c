/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * Reading what ike_record.c wrote. Nothing is believed: a record that is cut, changed or of another
 * version is refused as a whole, and leaves nothing behind.
 */
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "common/log.h"
#include "common/secret.h"
#include "ctrlplane/ike/ike_child.h"
#include "ctrlplane/ike/ike_engine.h"
#include "ctrlplane/ike/ike_record.h"
#include "ctrlplane/ike/ike_sa.h"
#include "ctrlplane/ike/ike_task.h"

struct in {
	struct gh_reader r;
	struct ike_engine *e;
	uint64_t now;
	uint64_t elapsed; /* ms since the record was written, by the wall clock */
};

/* A view of text without final NUL into buf. */
static void take_text(struct gh_reader *r, char buf[IKE_RECORD_TEXT_MAX + 1])
{
	size_t len = gh_take_u8(r);
	const uint8_t *p = gh_take(r, len);

	if (p != NULL)
		memcpy(buf, p, len);
	buf[p != NULL ? len : 0] = '\0';
	r->ok = r->ok && strlen(buf) == len;
}

static void take_bytes(struct gh_reader *r, void *to, size_t len)
{
	const uint8_t *p = gh_take(r, len);

	if (p != NULL)
		memcpy(to, p, len);
}

static uint8_t *take_blob(struct gh_reader *r, size_t *len)
{
	*len = gh_take_u32(r);
	if (*len > IKE_SCRATCH)
		r->ok = false;
	return r->ok && *len > 0 && gh_left(r) >= *len ? ike_dup(gh_take(r, *len), *len) : NULL;
}

static struct ike_ident *take_ident(struct gh_reader *r)
{
	uint8_t type = gh_take_u8(r), len = gh_take_u8(r);
	const uint8_t *p = gh_take(r, len);
	struct ike_ident *id = p != NULL ? ike_ident_new(type, p, len) : NULL;

	r->ok = r->ok && id != NULL;
	return id;
}

static struct gh_addr take_addr(struct gh_reader *r)
{
	struct gh_addr a = {0};
	uint8_t family = gh_take_u8(r);

	a.family = family == 4 ? AF_INET : family == 6 ? AF_INET6 : AF_UNSPEC;
	r->ok = r->ok && a.family != AF_UNSPEC;
	take_bytes(r, a.bytes, gh_addr_len(&a));
	return a;
}

static struct gh_endpoint take_endpoint(struct gh_reader *r)
{
	struct gh_endpoint ep = {.addr = take_addr(r)};

	ep.port = gh_take_u16(r);
	return ep;
}

static void take_suite(struct gh_reader *r, uint8_t protocol, struct ike_suite *s)
{
	uint16_t enc, bits, integ, prf, dh;

	*s = (struct ike_suite){0};
	s->protocol = gh_take_u8(r);
	s->number = gh_take_u8(r);
	enc = gh_take_u16(r);
	bits = gh_take_u16(r);
	integ = gh_take_u16(r);
	prf = gh_take_u16(r);
	dh = gh_take_u16(r);
	s->esn = gh_take_u8(r) != 0;
	s->enc = ike_enc_by_id(enc, bits);
	s->integ = ike_integ_by_id(integ);
	s->prf = ike_prf_by_id(prf);
	s->dh = ike_dh_by_id(dh);
	r->ok = r->ok && s->protocol == protocol && s->enc != NULL &&
		s->enc->aead == (s->integ == NULL) && (integ == 0 || s->integ != NULL) &&
		(dh == 0 || s->dh != NULL) && (prf == 0 || s->prf != NULL) &&
		(protocol != IKE_PROTO_IKE || (s->prf != NULL && s->dh != NULL));
}

static uint64_t take_age(struct in *in)
{
	uint64_t age = gh_take_u64(&in->r) + in->elapsed;

	return age <= in->now ? in->now - age : 0;
}

/* What is left of a timer now. */
static uint64_t take_left(struct in *in)
{
	uint64_t left = gh_take_u64(&in->r);

	if (left == IKE_NEVER)
		return left;
	return left > in->elapsed ? left - in->elapsed : 0;
}

static struct ike_ts take_ts(struct gh_reader *r)
{
	struct ike_ts ts = {.proto = gh_take_u8(r)};

	ts.port_first = gh_take_u16(r);
	ts.port_last = gh_take_u16(r);
	ts.first = take_addr(r);
	ts.last = take_addr(r);
	r->ok = r->ok && ts.first.family == ts.last.family && gh_addr_cmp(&ts.first, &ts.last) <= 0;
	return ts;
}

static struct gh_prefix take_prefix(struct gh_reader *r)
{
	struct gh_prefix p = {.addr = take_addr(r)};

	p.len = gh_take_u8(r);
	r->ok = r->ok && p.len <= 8 * gh_addr_len(&p.addr);
	return p;
}

static struct gh_dp_selector take_selector(struct gh_reader *r)
{
	struct gh_dp_selector s;

	memset(&s, 0, sizeof(s));
	s.local = take_prefix(r);
	s.remote = take_prefix(r);
	s.proto = gh_take_u8(r);
	s.local_port_first = gh_take_u16(r);
	s.local_port_last = gh_take_u16(r);
	s.remote_port_first = gh_take_u16(r);
	s.remote_port_last = gh_take_u16(r);
	r->ok = r->ok && s.local.addr.family == s.remote.addr.family;
	return s;
}

static void take_child_keys(struct gh_reader *r, struct ike_child_keys *k)
{
	take_bytes(r, k->enc_i, sizeof(k->enc_i));
	take_bytes(r, k->integ_i, sizeof(k->integ_i));
	take_bytes(r, k->enc_r, sizeof(k->enc_r));
	take_bytes(r, k->integ_r, sizeof(k->integ_r));
}

static void take_selectors(struct gh_reader *r, struct ike_child *c)
{
	unsigned n;

	c->ts_local_count = gh_take_u8(r);
	c->ts_remote_count = gh_take_u8(r);
	r->ok = r->ok && c->ts_local_count > 0 && c->ts_local_count <= IKE_TS_MAX &&
		c->ts_remote_count > 0 && c->ts_remote_count <= IKE_TS_MAX;
	n = r->ok ? c->ts_local_count + (unsigned)c->ts_remote_count : 0;
	c->ts = calloc(n + 1, sizeof(*c->ts));
	for (unsigned i = 0; c->ts != NULL && i < n; i++)
		c->ts[i] = take_ts(r);
	c->selector_count = gh_take_u8(r);
	r->ok = r->ok && c->selector_count > 0 && c->selector_count <= IKE_CHILD_SELECTORS_MAX;
	n = r->ok ? c->selector_count : 0;
	c->selectors = calloc(n + 1, sizeof(*c->selectors));
	for (unsigned i = 0; c->selectors != NULL && i < n; i++)
		c->selectors[i] = take_selector(r);
	r->ok = r->ok && c->ts != NULL && c->selectors != NULL;
}

/* Reads one child and starts it in sa. */
static int take_child(struct in *in, struct ike_sa *sa)
{
	struct ike_child *c = calloc(1, sizeof(*c));
	char policy[IKE_RECORD_TEXT_MAX + 1];
	struct gh_reader *r = &in->r;
	uint64_t rekey_left, life_left;
	uint8_t flags;

	if (c == NULL)
		abort();
	c->spi_in = gh_take_u32(r);
	c->spi_out = gh_take_u32(r);
	c->successor = gh_take_u32(r);
	c->replaces = gh_take_u32(r);
	c->state = gh_take_u8(r);
	flags = gh_take_u8(r);
	c->initiator = flags & 1;
	c->udp_encap = flags >> 2 & 1;
	take_suite(r, IKE_PROTO_ESP, &c->suite);
	take_child_keys(r, &c->keys);
	c->soft_bytes = gh_take_u64(r);
	c->soft_packets = gh_take_u64(r);
	c->since_ms = take_age(in);
	c->since_wall_ms = gh_take_u64(r);
	rekey_left = take_left(in);
	life_left = take_left(in);
	take_text(r, policy);
	take_selectors(r, c);
	c->policy = strdup(policy);
	if (!r->ok || c->policy == NULL || c->spi_in < 256 || c->spi_out < 256 ||
	    c->state > IKE_CHILD_LINGERING || ike_child_find(in->e, c->spi_in) != NULL) {
		ike_child_free(c);
		return -EINVAL;
	}
	return ike_child_restore(sa, c, flags >> 1 & 1, rekey_left, life_left);
}

static void unpack_flags(struct ike_sa *sa, uint16_t flags)
{
	sa->fake_nat = flags >> 1 & 1;
	sa->nat_local = flags >> 2 & 1;
	sa->nat_remote = flags >> 3 & 1;
	sa->natt = flags >> 4 & 1;
	sa->mobike = flags >> 5 & 1;
	sa->had_child = flags >> 6 & 1;
}

/* What comes before the SA can be made. */
struct preamble {
	uint8_t state;
	uint16_t flags;
	uint64_t spi_i, spi_r, successor;
	struct gh_endpoint local, remote;
	char vpn[IKE_RECORD_TEXT_MAX + 1];
	struct ike_ident *local_id, *remote_id;
};

static void take_preamble(struct in *in, struct preamble *p)
{
	struct gh_reader *r = &in->r;
	uint64_t wall = in->e->host.wall_ms(in->e->ctx), written;

	if (gh_take_u32(r) != IKE_RECORD_MAGIC || gh_take_u16(r) != IKE_RECORD_VERSION)
		r->ok = false;
	written = gh_take_u64(r);
	in->elapsed = written < wall ? wall - written : 0;
	p->state = gh_take_u8(r);
	p->flags = gh_take_u16(r);
	p->spi_i = gh_take_u64(r);
	p->spi_r = gh_take_u64(r);
	p->successor = gh_take_u64(r);
	p->local = take_endpoint(r);
	p->remote = take_endpoint(r);
	take_text(r, p->vpn);
	p->local_id = take_ident(r);
	p->remote_id = take_ident(r);
	r->ok = r->ok && p->state > IKE_SA_CONNECTING && p->state <= IKE_SA_DELETING &&
		p->spi_i != 0 && p->spi_r != 0;
}

static void take_keys(struct gh_reader *r, struct ike_sa *sa)
{
	uint64_t iv;

	take_suite(r, IKE_PROTO_IKE, &sa->suite);
	take_bytes(r, sa->keys.d, sizeof(sa->keys.d));
	take_bytes(r, sa->keys.ai, sizeof(sa->keys.ai));
	take_bytes(r, sa->keys.ar, sizeof(sa->keys.ar));
	take_bytes(r, sa->keys.ei, sizeof(sa->keys.ei));
	take_bytes(r, sa->keys.er, sizeof(sa->keys.er));
	iv = gh_take_u64(r);
	if (!r->ok)
		return;
	ike_sa_keyed(sa);
	sa->sk_out.iv = iv;
	ike_sk_skip(&sa->sk_out); /* the record may be older than the last message */
}

static void take_messages(struct gh_reader *r, struct ike_sa *sa)
{
	sa->next_out = gh_take_u32(r);
	sa->next_in = gh_take_u32(r);
	sa->answered.hash = gh_take_u64(r);
	sa->answered.data = take_blob(r, &sa->answered.len);
	sa->req.exchange = gh_take_u8(r);
	sa->req.id = sa->next_out;
	sa->req.data = take_blob(r, &sa->req.len);
	sa->pending_spi = gh_take_u32(r);
}

static void set_timer(struct ike_sa *sa, struct ike_timer *t, uint64_t left)
{
	uint64_t now = ike_now(sa->e);

	ike_timer_set(&sa->e->timers, t, left < IKE_NEVER - now ? now + left : IKE_NEVER);
}

/* All after the preamble. 0 or -EINVAL. */
static int fill(struct in *in, struct ike_sa *sa)
{
	struct gh_reader *r = &in->r;
	uint64_t rekey_left, reauth_left;
	unsigned children;

	take_keys(r, sa);
	take_messages(r, sa);
	sa->since_ms = take_age(in);
	sa->since_wall_ms = gh_take_u64(r);
	rekey_left = take_left(in);
	reauth_left = take_left(in);
	children = gh_take_u16(r);
	for (; r->ok && children > 0; children--) {
		if (take_child(in, sa) < 0)
			return -EINVAL;
	}
	if (!r->ok || gh_left(r) != 0)
		return -EINVAL;
	ike_sa_start_timers(sa);
	set_timer(sa, &sa->rekey, rekey_left);
	set_timer(sa, &sa->reauth, reauth_left);
	return 0;
}

/* In the order of its life: a state that only waits for an end gets a time for it. */
static void resume(struct ike_sa *sa)
{
	struct ike_engine *e = sa->e;

	sa->up_told = true;
	e->counts.established++;
	if (sa->state == IKE_SA_REKEYED)
		ike_timer_set(&e->timers, &sa->life, ike_now(e) + e->limits.half_open_ms);
	ike_task_resume(sa);
}

static int make(struct in *in, struct preamble *p, uint64_t key, struct gh_error *err)
{
	struct ike_vpn *vpn = ike_vpns_find(&in->e->vpns, p->vpn);
	bool initiator = p->flags & 1;
	struct ike_sa *sa;

	if (vpn == NULL || !ike_ident_fits(vpn->remote_id, p->remote_id))
		return gh_error_set(err, -ENOENT, p->vpn,
		    "an IKE SA kept from before belongs to a VPN that is configured no more");
	if (key != (initiator ? p->spi_i : p->spi_r))
		return gh_error_set(err, -EINVAL, p->vpn, "the record is filed under another key");
	sa = ike_sa_new_with_spi(in->e, initiator, key, &p->local, &p->remote);
	if (sa == NULL)
		return gh_error_set(err, -EINVAL, p->vpn, "this IKE SA exists already");
	sa->spi_i = p->spi_i;
	sa->spi_r = p->spi_r;
	sa->state = p->state;
	sa->successor = p->successor;
	unpack_flags(sa, p->flags);
	ike_sa_set_vpn(sa, vpn);
	sa->local_id = ike_ident_dup(p->local_id);
	ike_sa_set_remote_id(sa, ike_ident_dup(p->remote_id));
	if (fill(in, sa) < 0) {
		ike_sa_kill(sa, "its record is broken");
		return gh_error_set(err, -EINVAL, p->vpn, "the record of an IKE SA is broken");
	}
	resume(sa);
	return 0;
}

int ike_engine_restore(
    struct ike_engine *e, uint64_t key, const void *record, size_t len, struct gh_error *err)
{
	struct in in = {.r = gh_reader(record, len), .e = e, .now = ike_now(e)};
	struct preamble p = {0};
	int rc;

	take_preamble(&in, &p);
	if (in.r.ok)
		rc = make(&in, &p, key, err);
	else
		rc = gh_error_set(err, -EINVAL, "", "this is not the record of an IKE SA");
	free(p.local_id);
	free(p.remote_id);
	ike_engine_leave(e);
	return rc;
}
