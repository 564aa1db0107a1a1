/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * The rpcs of db/yang/gatehouse-ike.yang: what `show ike`, `show ipsec` and `clear ike` are made
 * of. One IKE SA is one piece of the answer, so that a long list streams. A walk of the whole
 * table goes by ids, a batch a round, because SAs come and go while a slow client reads.
 */
#include <errno.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "common/log.h"
#include "ctrlplane/config/session.h"
#include "ctrlplane/ike/host/conf_tree.h"
#include "ctrlplane/ike/host/ike_daemon_int.h"

/* ---- output nodes ---- */

static void put(struct lyd_node *parent, const char *name, const char *value)
{
	if (parent != NULL && value != NULL && value[0] != '\0')
		lyd_new_term(parent, NULL, name, value, 1, NULL);
}

static void put_u64(struct lyd_node *parent, const char *name, uint64_t value)
{
	char text[24];

	snprintf(text, sizeof(text), "%" PRIu64, value);
	put(parent, name, text);
}

/* Milliseconds as whole seconds; nothing when never. */
static void put_seconds(struct lyd_node *parent, const char *name, uint64_t ms)
{
	if (ms != UINT64_MAX)
		put_u64(parent, name, ms / 1000);
}

static void put_bool(struct lyd_node *parent, const char *name, bool value)
{
	put(parent, name, value ? "true" : "false");
}

static void put_hex(struct lyd_node *parent, const char *name, uint64_t value, int digits)
{
	char text[24];

	snprintf(text, sizeof(text), "0x%0*" PRIx64, digits, value);
	put(parent, name, text);
}

static void put_addr(struct lyd_node *parent, const char *name, const struct gh_addr *addr)
{
	char text[GH_ADDR_STRLEN];

	put(parent, name, gh_addr_str(addr, text));
}

static struct lyd_node *put_entry(struct lyd_node *parent, const char *list)
{
	struct lyd_node *entry = NULL;

	/* Output lists have no keys. */
	if (parent == NULL || lyd_new_list(parent, NULL, list, 1, &entry) != LY_SUCCESS)
		return NULL;
	return entry;
}

/* ---- child SAs ---- */

static void add_ports(char *text, size_t size, uint16_t first, uint16_t last)
{
	size_t n = strlen(text);

	if (first == 0 && last == UINT16_MAX)
		return;
	if (first == last)
		snprintf(text + n, size - n, ":%u", first);
	else
		snprintf(text + n, size - n, ":%u-%u", first, last);
}

static void put_selectors(
    struct lyd_node *entry, const char *name, const struct ike_child_info *child, bool local)
{
	char text[512] = "";

	for (unsigned i = 0; i < child->selector_count; i++) {
		const struct gh_dp_selector *s = &child->selectors[i];
		char prefix[GH_PREFIX_STRLEN], one[GH_PREFIX_STRLEN + 24];

		gh_prefix_str(local ? &s->local : &s->remote, prefix);
		if (s->proto != 0)
			snprintf(one, sizeof(one), "%s[%u]", prefix, s->proto);
		else
			snprintf(one, sizeof(one), "%s", prefix);
		add_ports(one, sizeof(one), local ? s->local_port_first : s->remote_port_first,
		    local ? s->local_port_last : s->remote_port_last);
		if (strstr(text, one) != NULL || strlen(text) + strlen(one) + 2 > sizeof(text))
			continue;
		if (text[0] != '\0')
			strcat(text, " ");
		strcat(text, one);
	}
	put(entry, name, text);
}

static void put_counters(struct ike_daemon *d, struct lyd_node *entry, uint32_t spi_in)
{
	struct ike_child_counters c;
	struct child_place place;

	if (!children_find(d->children, spi_in, &place) ||
	    !counters_read(d->counters, &place, ev_now(d->loop) * 1000, &c))
		return;
	put_u64(entry, "packets-in", c.packets_in);
	put_u64(entry, "bytes-in", c.bytes_in);
	put_u64(entry, "packets-out", c.packets_out);
	put_u64(entry, "bytes-out", c.bytes_out);
	put_u64(entry, "sequence-in", c.seq_in);
	put_u64(entry, "sequence-out", c.seq_out);
}

static void put_child(
    struct ike_daemon *d, struct lyd_node *entry, const struct ike_child_info *child)
{
	put(entry, "policy", child->policy);
	put(entry, "state", child->state_word);
	put_hex(entry, "spi-in", child->spi_in, 8);
	put_hex(entry, "spi-out", child->spi_out, 8);
	put_selectors(entry, "local-ts", child, true);
	put_selectors(entry, "remote-ts", child, false);
	put(entry, "encryption", child->encryption);
	put(entry, "integrity", child->integrity);
	put(entry, "dh-group", child->dh_group);
	put_bool(entry, "esn", child->esn);
	put_bool(entry, "udp-encap", child->udp_encap);
	put_u64(entry, "replay-window", child->replay_window);
	put_seconds(entry, "age", child->age_ms);
	put_seconds(entry, "rekey-in", child->rekey_in_ms);
	put_counters(d, entry, child->spi_in);
}

/* ---- an IKE SA ---- */

struct sa_output {
	struct ike_daemon *d;
	struct gh_reply *reply;
	struct lyd_node *parent; /* of child-sa entries */
	const struct ike_sa_info *info;
	int rc; /* of the last send */
};

static bool add_child_sa(void *arg, const struct ike_child_info *child)
{
	struct sa_output *out = arg;

	put_child(out->d, put_entry(out->parent, "child-sa"), child);
	return true;
}

static void put_ike_sa(struct lyd_node *entry, const struct ike_sa_info *info)
{
	put_u64(entry, "id", info->id);
	put(entry, "vrf", IKE_VRF);
	put(entry, "vpn", info->vpn);
	put(entry, "state", info->state_word);
	put(entry, "role", info->initiator ? "initiator" : "responder");
	put_addr(entry, "local-address", &info->local.addr);
	put_u64(entry, "local-port", info->local.port);
	put_addr(entry, "remote-address", &info->remote.addr);
	put_u64(entry, "remote-port", info->remote.port);
	put(entry, "local-id", info->local_id);
	put(entry, "remote-id", info->remote_id);
	put_hex(entry, "initiator-spi", info->spi_i, 16);
	put_hex(entry, "responder-spi", info->spi_r, 16);
	put(entry, "encryption", info->encryption);
	put(entry, "integrity", info->integrity);
	put(entry, "prf", info->prf);
	put(entry, "dh-group", info->dh_group);
	put_bool(entry, "nat-local", info->nat_local);
	put_bool(entry, "nat-remote", info->nat_remote);
	put_bool(entry, "mobike", info->mobike);
	put_seconds(entry, "age", info->age_ms);
	put_seconds(entry, "rekey-in", info->rekey_in_ms);
	put_seconds(entry, "reauth-in", info->reauth_in_ms);
	put_seconds(entry, "dpd-in", info->dpd_in_ms);
	put_u64(entry, "child-count", info->child_count);
}

static bool send_ike_sa(void *arg, const struct ike_sa *sa)
{
	struct sa_output *out = arg;
	struct lyd_node *piece = gh_reply_piece(out->reply);
	struct ike_sa_info info;

	ike_sa_describe(sa, &info);
	out->parent = put_entry(piece, "ike-sa");
	put_ike_sa(out->parent, &info);
	ike_sa_children(sa, add_child_sa, out);
	out->rc = gh_reply_send(out->reply, piece);
	return out->rc == 0;
}

/* show ipsec sa: one entry a child, with the names of its IKE SA. */
static bool send_ipsec_sa(void *arg, const struct ike_child_info *child)
{
	struct sa_output *out = arg;
	struct lyd_node *entry = put_entry(out->parent, "ipsec-sa");

	put(entry, "vrf", IKE_VRF);
	put(entry, "vpn", child->vpn);
	put_addr(entry, "local-address", &out->info->local.addr);
	put_addr(entry, "remote-address", &out->info->remote.addr);
	put(entry, "remote-id", out->info->remote_id);
	put_child(out->d, entry, child);
	return true;
}

static bool send_ipsec_sas(void *arg, const struct ike_sa *sa)
{
	struct sa_output *out = arg;
	struct ike_sa_info info;

	ike_sa_describe(sa, &info);
	if (info.child_count == 0)
		return true;
	out->info = &info;
	out->parent = gh_reply_piece(out->reply);
	ike_sa_children(sa, send_ipsec_sa, out);
	out->rc = gh_reply_send(out->reply, out->parent);
	return out->rc == 0;
}

/* ---- which SAs ---- */

struct filter {
	const char *vrf, *vpn, *remote_id, *remote_address;
	struct gh_addr addr;
};

static int read_filter(const struct lyd_node *input, struct filter *f, struct gh_error *err)
{
	*f = (struct filter){.vrf = conf_leaf(input, "vrf"),
	    .vpn = conf_leaf(input, "vpn"),
	    .remote_id = conf_leaf(input, "remote-id"),
	    .remote_address = conf_leaf(input, "remote-address")};
	if (f->remote_address != NULL && gh_addr_parse(f->remote_address, &f->addr) < 0)
		return gh_error_set(
		    err, -EINVAL, "remote-address", "'%s' is no IP address", f->remote_address);
	return 0;
}

/* A visit that lets through only what every part of the filter admits. */
struct filtered {
	const struct filter *f;
	ike_sa_visit visit;
	void *arg;
};

static bool admits(const struct filter *f, const struct ike_sa *sa)
{
	struct ike_sa_info info;

	ike_sa_describe(sa, &info);
	return (f->vpn == NULL || strcmp(f->vpn, info.vpn) == 0) &&
	       (f->remote_id == NULL || strcmp(f->remote_id, info.remote_id) == 0) &&
	       (f->remote_address == NULL || gh_addr_equal(&f->addr, &info.remote.addr));
}

static bool visit_filtered(void *arg, const struct ike_sa *sa)
{
	struct filtered *v = arg;

	return admits(v->f, sa) ? v->visit(v->arg, sa) : true;
}

/* True when an index leads to what is wanted, so that the whole table need not be walked. */
static bool visit_by_index(
    struct ike_daemon *d, const struct filter *f, ike_sa_visit visit, void *arg)
{
	struct filtered v = {.f = f, .visit = visit, .arg = arg};

	if (f->vrf != NULL && strcmp(f->vrf, IKE_VRF) != 0)
		return true;
	if (f->remote_id != NULL)
		ike_sa_by_remote_id(d->engine, f->remote_id, visit_filtered, &v);
	else if (f->remote_address != NULL)
		ike_sa_by_remote_address(d->engine, &f->addr, visit_filtered, &v);
	else if (f->vpn != NULL)
		ike_sa_by_vpn(d->engine, f->vpn, visit_filtered, &v);
	else
		return false;
	return true;
}

/* ---- a whole list, in batches ---- */

struct listing {
	struct ike_daemon *d;
	struct gh_reply *reply;
	ike_sa_visit send;
	uint64_t *ids;
	size_t count, room, at;
};

static bool collect_id(void *arg, const struct ike_sa *sa)
{
	struct listing *l = arg;
	struct ike_sa_info info;

	if (l->count == l->room) {
		size_t room = l->room ? l->room * 2 : 256;
		uint64_t *ids = realloc(l->ids, room * sizeof(*ids));

		if (ids == NULL)
			return false;
		l->ids = ids;
		l->room = room;
	}
	ike_sa_describe(sa, &info);
	l->ids[l->count++] = info.id;
	return true;
}

static void listing_free(struct listing *l)
{
	free(l->ids);
	free(l);
}

/* Sends until the end or until the client is slow. 0: ended; 1: slow; <0: the client is gone. */
static int listing_run(struct listing *l)
{
	struct sa_output out = {.d = l->d, .reply = l->reply};

	while (l->at < l->count) {
		const struct ike_sa *sa = ike_sa_by_id(l->d->engine, l->ids[l->at++]);

		out.rc = 0;
		if (sa != NULL)
			l->send(&out, sa);
		if (out.rc != 0)
			return out.rc;
	}
	return 0;
}

static void listing_end(struct listing *l)
{
	struct gh_reply *reply = l->reply;

	listing_free(l);
	gh_reply_done(reply);
}

static void on_cancelled(struct gh_reply *reply, void *ctx)
{
	listing_end(ctx);
}

static void on_writable(struct gh_reply *reply, void *ctx)
{
	struct listing *l = ctx;

	if (listing_run(l) == 1)
		gh_reply_keep(reply, on_writable, on_cancelled, l);
	else
		listing_end(l);
}

static int list_all(
    struct ike_daemon *d, struct gh_reply *reply, ike_sa_visit send, struct gh_error *err)
{
	struct listing *l = calloc(1, sizeof(*l));

	if (l == NULL)
		return gh_error_set(err, -ENOMEM, NULL, "out of memory");
	*l = (struct listing){.d = d, .reply = reply, .send = send};
	ike_sa_foreach(d->engine, collect_id, l);
	if (listing_run(l) == 1)
		gh_reply_keep(reply, on_writable, on_cancelled, l);
	else
		listing_free(l);
	return 0;
}

static int show_sas(struct ike_daemon *d, const struct lyd_node *input, struct gh_reply *reply,
    ike_sa_visit send, struct gh_error *err)
{
	struct sa_output out = {.d = d, .reply = reply};
	struct filter f;
	int rc = read_filter(input, &f, err);

	if (rc < 0 || visit_by_index(d, &f, send, &out))
		return rc;
	return list_all(d, reply, send, err);
}

static int show_ike_sa(
    void *ctx, const struct lyd_node *input, struct gh_reply *reply, struct gh_error *err)
{
	return show_sas(ctx, input, reply, send_ike_sa, err);
}

static int show_ipsec_sa(
    void *ctx, const struct lyd_node *input, struct gh_reply *reply, struct gh_error *err)
{
	return show_sas(ctx, input, reply, send_ipsec_sas, err);
}

static int show_ike_sa_count(
    void *ctx, const struct lyd_node *input, struct gh_reply *reply, struct gh_error *err)
{
	const char *vrf = conf_leaf(input, "vrf");
	struct lyd_node *piece = gh_reply_piece(reply);
	struct ike_daemon *d = ctx;
	struct ike_counts c = {0};

	if (vrf == NULL || strcmp(vrf, IKE_VRF) == 0)
		ike_engine_counts(d->engine, &c);
	put_u64(piece, "total", c.established + c.half_open);
	put_u64(piece, "half-open", c.half_open);
	put_u64(piece, "established", c.established);
	put_u64(piece, "child-sas", c.children);
	gh_reply_send(reply, piece);
	return 0;
}

/* ---- failures ---- */

static bool send_failure(void *arg, const struct ike_failure *failure)
{
	struct sa_output *out = arg;
	struct lyd_node *entry = put_entry(out->parent, "failure");
	time_t seconds = (time_t)(failure->wall_ms / 1000);
	char text[32];
	struct tm tm;

	strftime(text, sizeof(text), "%Y-%m-%dT%H:%M:%SZ", gmtime_r(&seconds, &tm));
	put(entry, "time", text);
	put_addr(entry, "remote-address", &failure->remote);
	put(entry, "vpn", failure->vpn);
	put(entry, "reason", failure->text);
	put_u64(entry, "count", failure->repeated + 1u);
	return true;
}

static int show_last_failure(
    void *ctx, const struct lyd_node *input, struct gh_reply *reply, struct gh_error *err)
{
	struct ike_daemon *d = ctx;
	struct sa_output out = {.d = d, .reply = reply};
	struct filter f;
	int rc = read_filter(input, &f, err);

	if (rc < 0)
		return rc;
	out.parent = gh_reply_piece(reply);
	ike_failures(d->engine, f.remote_address != NULL ? &f.addr : NULL, send_failure, &out);
	gh_reply_send(reply, out.parent);
	return 0;
}

/* ---- actions ---- */

static int clear_ike_sa(
    void *ctx, const struct lyd_node *input, struct gh_reply *reply, struct gh_error *err)
{
	struct ike_daemon *d = ctx;
	struct listing l = {.d = d};
	struct lyd_node *piece;
	struct filter f;
	int rc = read_filter(input, &f, err);

	if (rc < 0)
		return rc;
	if (!visit_by_index(d, &f, collect_id, &l))
		ike_sa_foreach(d->engine, collect_id, &l);
	for (size_t i = 0; i < l.count; i++)
		ike_sa_terminate(d->engine, l.ids[i]);
	free(l.ids);
	piece = gh_reply_piece(reply);
	put_u64(piece, "cleared", l.count);
	gh_reply_send(reply, piece);
	return 0;
}

static int ike_initiate(
    void *ctx, const struct lyd_node *input, struct gh_reply *reply, struct gh_error *err)
{
	const char *vpn = conf_leaf(input, "vpn");
	struct ike_daemon *d = ctx;
	struct lyd_node *piece;
	int rc = ike_vpn_initiate(d->engine, vpn);

	if (rc == -EDESTADDRREQ)
		return gh_error_set(
		    err, rc, "vpn", "VPN %s has no remote-address: only its peers can start", vpn);
	if (rc < 0)
		return gh_error_set(
		    err, rc, "vpn", "VPN %s cannot be started: %s", vpn, strerror(-rc));
	piece = gh_reply_piece(reply);
	put(piece, "result", "started; follow it with show ike ike-sa");
	gh_reply_send(reply, piece);
	return 0;
}

void ike_show_init(struct ike_daemon *d)
{
	static const struct {
		const char *name;
		int (*handle)(void *ctx, const struct lyd_node *input, struct gh_reply *reply,
		    struct gh_error *err);
	} table[] = {
	    {"show-ike-sa", show_ike_sa},
	    {"show-ike-sa-count", show_ike_sa_count},
	    {"show-ike-last-failure", show_last_failure},
	    {"show-ipsec-sa", show_ipsec_sa},
	    {"clear-ike-sa", clear_ike_sa},
	    {"ike-initiate", ike_initiate},
	};

	_Static_assert(sizeof(table) / sizeof(table[0]) <= sizeof(d->rpcs) / sizeof(d->rpcs[0]),
	    "room for every rpc");
	for (unsigned i = 0; i < sizeof(table) / sizeof(table[0]); i++) {
		d->rpcs[i] =
		    (struct gh_rpc){.name = table[i].name, .handle = table[i].handle, .ctx = d};
		gh_rpc_register(&d->rpcs[i]);
	}
}
