/* SPDX-License-Identifier: BSD-3-Clause */
#include <string.h>

#include "common/clock.h"
#include "ctrlplane/config/session.h"
#include "ctrlplane/dpclient/view.h"
#include "ctrlplane/net/net.h"
#include "ctrlplane/net/show.h"

static void put_ports(struct lyd_node *piece, const struct gh_shm_view *v)
{
	const struct gh_shm_iface *iface;
	struct lyd_node *entry;

	for (uint32_t i = 0; (iface = gh_shm_at(v, GH_SHM_IFACES, i)) != NULL; i++) {
		if (iface->name[0] == '\0')
			continue;
		entry = show_entry(piece, "port");
		show_text(entry, "name", iface->name);
		show_text(entry, "port", iface->port);
		show_text(entry, "driver", iface->driver);
		show_link(entry, iface->link);
		net_show_port_traffic(entry, v, i);
	}
}

static void put_busy(struct lyd_node *entry, const struct gh_shm_worker *w)
{
	uint64_t all = w->busy_cycles + w->idle_cycles;
	uint64_t tenths = all > 0 ? (uint64_t)(1000.0 * (double)w->busy_cycles / (double)all) : 0;
	char text[16];

	snprintf(text, sizeof(text), "%u.%u", (unsigned)(tenths / 10), (unsigned)(tenths % 10));
	show_text(entry, "busy", text);
}

static void put_workers(struct lyd_node *piece, const struct gh_shm_view *v)
{
	const struct gh_shm_worker *w;
	struct lyd_node *entry;
	char cpu[12];

	for (uint32_t i = 0; i < v->header->workers; i++) {
		w = gh_shm_at(v, GH_SHM_WORKERS, i);
		if (w == NULL)
			return;
		entry = show_entry(piece, "worker");
		show_number(entry, "id", i);
		snprintf(cpu, sizeof(cpu), "%d", w->cpu);
		show_text(entry, "cpu", w->cpu < 0 ? "any" : cpu);
		put_busy(entry, w);
		show_number(entry, "packets", w->packets);
		if (w->packets > 0)
			show_number(entry, "cycles-per-packet", w->busy_cycles / w->packets);
	}
}

static void put_drops(struct lyd_node *piece, const struct gh_shm_view *v)
{
	const struct gh_shm_drop_name *name;
	struct lyd_node *entry;
	uint64_t packets;

	for (uint32_t i = 0; i < v->header->reasons; i++) {
		name = gh_shm_at(v, GH_SHM_DROP_NAMES, i);
		packets = name != NULL && name->name[0] != '\0' ? gh_shm_drop_sum(v, i) : 0;
		if (packets == 0)
			continue;
		entry = show_entry(piece, "drop");
		show_text(entry, "node", name->name);
		show_text(entry, "reason", name->text);
		show_number(entry, "packets", packets);
	}
}

static int show_fast_path(
    void *ctx, const struct lyd_node *input, struct gh_reply *reply, struct gh_error *err)
{
	bool up = gh_dpc_state(net.daemon->dpc) == GH_DPC_UP;
	const struct gh_shm_view *v = up ? gh_dpc_view(net.daemon->instance) : NULL;
	struct lyd_node *piece = gh_reply_piece(reply);
	uint64_t now = gh_wallclock_ms();

	show_text(piece, "status", up ? "running" : "stopped");
	if (v != NULL) {
		show_number(piece, "uptime",
		    now > v->header->started_ms ? (now - v->header->started_ms) / GH_MS_PER_S : 0);
		show_bool(piece, "huge-pages", v->header->huge_pages != 0);
		put_ports(piece, v);
		put_workers(piece, v);
		put_drops(piece, v);
	}
	gh_reply_send(reply, piece);
	return 0;
}

static struct gh_rpc rpc = {.name = "show-fast-path", .handle = show_fast_path};

void net_show_fast_path_register(void)
{
	gh_rpc_register(&rpc);
}
